"""Firing triggers by form: every refusal comes back in words, beside what was typed."""

from uuid import UUID

from flask import Blueprint, redirect

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import case_page, refused_case_page
from services.workflow.adapters.web.fields import MORE, Asking, Group
from services.workflow.adapters.web.flash import go_and_tell
from services.workflow.adapters.web.taking import groups_of
from services.workflow.adapters.web.typed import command_of
from services.workflow.domain.refusals import Malformed, NotYours


def add_acts(pages: Blueprint, browsers: Browsers) -> None:
    """Add what fires triggers."""

    @pages.post("/cases/<uuid:case_id>/transitions")
    @browsers.asks("case.trigger")
    def fire(case_id: UUID) -> Answer:
        case, form = str(case_id), browsers.form
        trigger = form.get("trigger", "")
        groups = _taken(browsers, case, trigger)
        if form.get(MORE) and groups is not None:
            return case_page(browsers, case, tried=trigger)  # asked for more rows, not for the act
        try:
            by = browsers.circumstances()
            command = command_of(case, groups, form, by)
        except Malformed as refused:
            return refused_case_page(browsers, case, refused, tried=trigger)
        answer = browsers.uses.firing.fire(command)
        if answer.outcome == "absent":
            raise NotYours(case)
        if answer.outcome == "done":
            back = "/tasks" if form.get("back") == "tasks" else f"/cases/{case}"
            return go_and_tell(browsers, back, trigger)
        return case_page(browsers, case, answer=answer, tried=trigger)

    @pages.get("/cases/<uuid:case_id>/transitions")
    @pages.get("/cases/<uuid:case_id>/notes")
    @browsers.asks("case.read")
    def back_to_case(case_id: UUID) -> Answer:
        """Where a browser is after a form was refused: asked for by itself, it is the case."""
        return redirect(f"/cases/{case_id}", 303)


def _taken(browsers: Browsers, case: str, trigger: str) -> list[Group] | None:
    """Return what *trigger* takes.

    None where the scheme does not know it, or the case is out of sight: the attempt goes on in
    either case, as it is the use case that refuses it, and remembers.
    """
    look = browsers.look()
    try:
        found, here = browsers.uses.boards.head(look, case)
    except NotYours:
        return None
    known = here.life.triggers.get(trigger)
    asking = Asking(case=found, here=here, look=look, typed=browsers.form)
    return list(groups_of(known, asking)) if known else None
