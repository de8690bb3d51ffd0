"""Choosing one's channels: a box for each that some policy lets be chosen, beside the inbox."""

from flask import Blueprint, Response

from schemas.complaints import Fault
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.ladders import rungs_in_words
from services.workflow.adapters.web.posted import require_known, ticked
from services.workflow.adapters.web.rendering import page, told
from services.workflow.domain.refusals import Blocker, Invalid, Malformed

_PATH = "/inbox/channels"
CHANNEL = "channel."  # what the boxes begin with
CHOSEN, REVOKED = "chosen", "revoked"


def add_channel_choices(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page of one's own channels."""

    @pages.get(_PATH)
    @browsers.asks("page.inbox")
    def channels() -> Answer:
        return _page(browsers)

    @pages.post(_PATH)
    @browsers.asks("page.inbox")
    def choose_channels() -> Answer:
        form = browsers.form
        boxes = [name for name in form if name.startswith(CHANNEL)]
        require_known(form, ("form", *boxes))
        how = form.get("form", "")
        if how not in (CHOSEN, REVOKED):
            raise Malformed(Fault(field="form", code="not_a_choice"))
        chosen = [name.removeprefix(CHANNEL) for name in boxes if ticked(form, name)]
        by = browsers.circumstances()
        try:
            browsers.uses.channel_choices.choose(
                by.actor, chosen if how == CHOSEN else None, by.correlation
            )
        except Invalid as refused:
            return _page(browsers, refused.blockers)
        return go_and_tell(browsers, _PATH, how)


def _page(browsers: Browsers, blockers: tuple[Blocker, ...] = ()) -> Response:
    look = browsers.look()
    offered = browsers.uses.channel_choices.of(look.actor)
    return page(
        browsers,
        "channel_choices.html",
        422 if blockers else 200,
        offered=offered,
        called={one.scheme: rungs_in_words(one.policy, look) for one in offered.lets},
        wrong=[told(one) for one in blockers],
        done=just_done(browsers),
    )
