"""The door of a gathering: whoever stands on the roster comes and goes by the code shown there."""

import secrets
import unicodedata
from functools import partial
from uuid import UUID

from flask import Blueprint, request

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.attendance import field_of
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.gathering import fire_with, refused
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import page
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.domain.reasons import REFUSED

_OWN = ("key", "way", "why", "code")


def add_door(pages: Blueprint, browsers: Browsers) -> None:
    """Add where one signs in oneself."""

    @pages.get("/cases/<uuid:case_id>/door")
    @browsers.asks("page.account")
    def door(case_id: UUID) -> Answer:
        code = urls.one(request.args, "code")
        return _door(browsers, str(case_id), Outcome(outcome="done"), code)

    @pages.post("/cases/<uuid:case_id>/door")
    @browsers.asks("case.trigger")
    def come(case_id: UUID) -> Answer:
        return _come(browsers, str(case_id))


def _come(browsers: Browsers, case: str) -> Answer:
    form = browsers.form
    require_known(form, _OWN)
    door = browsers.uses.boards.door(browsers.look(), case)
    own = {name: form[name].strip() for name in ("code", "way", "why") if form.get(name)}
    if "code" in own:  # as input methods type figures: wide, or with a blank between
        own["code"] = "".join(unicodedata.normalize("NFKC", own["code"]).split())
    data = {"presence": {door.roster.name: own}}
    answer = fire_with(browsers, case, door.trigger.name, data)
    if answer.outcome == "done":
        return go_and_tell(browsers, f"/cases/{case}/door", form.get("way", ""))
    return _door(browsers, case, answer, form.get("code", ""))


def _door(browsers: Browsers, case: str, answer: Outcome, code: str) -> Answer:
    door = browsers.uses.boards.door(browsers.look(), case)
    why = refused(answer, partial(field_of, form={}))
    return page(
        browsers,
        "door.html",
        REFUSED.get(answer.outcome, 200),
        door=door,
        code=code[:6],
        tried="",
        refused=why,
        flaws={one.field: one.reason for one in reversed(why)},
        done=just_done(browsers),
        key=secrets.token_urlsafe(16),
    )
