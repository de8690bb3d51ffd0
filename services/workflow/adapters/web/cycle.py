"""A cycle's page: how far each tier is; every figure is a link to its list."""

from uuid import UUID

from flask import Blueprint, abort, redirect

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.closing import CLOSED
from services.workflow.adapters.web.flash import just_done
from services.workflow.adapters.web.rendering import newest_read, page, told
from services.workflow.adapters.web.sheets import saved
from services.workflow.application.boards import Look
from services.workflow.application.boards.lists import Filters, columns, state_labels
from services.workflow.application.boards.spoken import spoken
from services.workflow.application.lacking import Lacking
from services.workflow.application.ranking import graded_tiers
from services.workflow.application.round_report import MOST_LISTED, is_late
from services.workflow.application.rulebook import Rules
from services.workflow.application.seeing import cycle_read
from services.workflow.domain.refusals import Blocker, NotAllowed


def why_lacking(one: Lacking, rules: Rules, look: Look) -> str:
    """Return why a unit has no case: the rule that exempts it, or what was in the way."""
    kind = rules.scheme.kinds[one.kind].label
    params = {"unit": look.unit_name(one.unit), "kind": kind, "case": kind}
    rule = one.rule and look.word(one.rule, rules.cycle.id)
    return rule or told(Blocker(code=one.reason, params=params))[0]


def cycle_asked(look: Look, cycle: str) -> Rules:
    """Return a round whose figures open to the one who looks.

    Raises:
        NotFound: there is none. NotAllowed: they do not.
    """
    rules = look.rules(cycle)
    if rules is None:
        abort(404)
    verdict = cycle_read(look.actor, rules.running, look.organisation, look.day)
    if not verdict.allowed:
        raise NotAllowed(Blocker(code=verdict.reason))
    return rules


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
        rules = cycle_asked(look, str(cycle_id))

        def link(**asked: str) -> str:
            return urls.address("/cases", Filters(cycle=rules.cycle.id, **asked))  # type: ignore[arg-type]

        over = browsers.uses.round_closing.told(look.actor, rules.cycle.id)
        tiers = browsers.uses.boards.coverage(look, rules)
        counted = {state for tier in tiers for state, n in tier.states.items() if n}
        return page(
            browsers,
            "cycle.html",
            rules=rules,
            tiers=tiers,
            ranked=graded_tiers(rules.scheme),
            why=lambda one: why_lacking(one, rules, look),
            labels=dict(columns(state_labels([rules]), counted)),
            link=link,
            cycles=look.cycles,
            may_close=browsers.uses.round_closing.may_close(look.actor, rules),
            over=over,
            names=browsers.uses.boards.names(look, [over.by if over else None]),
            done=just_done(browsers) == CLOSED,
        )

    @pages.get("/cycles/<uuid:cycle_id>/outcome")
    @browsers.asks("cycle.read")
    def report_of_round(cycle_id: UUID) -> Answer:
        look = browsers.look()
        found = browsers.uses.round_reports.of(look.actor, str(cycle_id))
        people = [one.case.person for one in found.models] + [one.by for one in found.models]
        names = browsers.uses.boards.names(look, [*people, *(one.person for one in found.open)])
        rules = found.rules
        return page(
            browsers,
            "outcome.html",
            found=found,
            most_listed=MOST_LISTED,
            rules=rules,
            names=names,
            grades=grades_of(rules),
            here=lambda case: spoken(case, rules.scheme, look.organisation.vocabulary, look.say),
            is_late=lambda case: is_late(case, found.at),
            why=lambda one: why_lacking(one, rules, look),
        )

    @pages.get("/cycles/<uuid:cycle_id>/outcome.xlsx")
    @browsers.asks("cycle.read")
    def workbook_of_round(cycle_id: UUID) -> Answer:
        return saved(browsers.uses.round_papers.workbook(browsers.look(), str(cycle_id)))

    @pages.get("/cycles/<uuid:cycle_id>/outcome.docx")
    @browsers.asks("cycle.read")
    def paper_of_round(cycle_id: UUID) -> Answer:
        return saved(browsers.uses.round_papers.paper(browsers.look(), str(cycle_id)))


def grades_of(rules: Rules) -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Return the grades of each grading and tier, the best first: name and label."""
    return {
        (name, life.tier): tuple((one.name, one.label or one.name) for one in of.grades)
        for name, grading in rules.scheme.gradings.items()
        for _, life in rules.scheme.lives()
        for of in (grading.of_tier(life.tier),)
    }
