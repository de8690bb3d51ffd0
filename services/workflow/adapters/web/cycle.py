"""A cycle's page: how far each tier is; every figure is a link to its list."""

from uuid import UUID

from flask import Blueprint, abort, redirect

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.rendering import newest_read, page
from services.workflow.application.boards.lists import Filters, state_labels
from services.workflow.application.seeing import cycle_read
from services.workflow.domain.refusals import Blocker, NotAllowed


def add_cycle(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages of cycles."""

    @pages.get("/cycles")
    @browsers.asks("cycle.read")
    def newest_cycle() -> Answer:
        rules = newest_read(browsers.look()) or browsers.look().rules(None)
        return redirect(f"/cycles/{rules.cycle.id}" if rules else "/", 303)

    @pages.get("/cycles/<uuid:cycle_id>")
    @browsers.asks("cycle.read")
    def cycle(cycle_id: UUID) -> Answer:
        look = browsers.look()
        rules = look.rules(str(cycle_id))
        if rules is None:
            abort(404)
        verdict = cycle_read(look.actor, rules.running, look.organisation, look.day)
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))

        def link(**asked: str) -> str:
            return urls.address("/cases", Filters(cycle=rules.cycle.id, **asked))  # type: ignore[arg-type]

        return page(
            browsers,
            "cycle.html",
            rules=rules,
            tiers=browsers.uses.boards.coverage(rules),
            labels=state_labels([rules]),
            link=link,
            cycles=look.cycles,
        )
