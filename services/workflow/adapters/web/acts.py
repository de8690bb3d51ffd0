"""Firing triggers by form: every refusal comes back in words, beside what was typed."""

from uuid import UUID

from flask import Blueprint, redirect

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import case_page, refused_case_page
from services.workflow.adapters.web.fields import MORE, Asking, Group
from services.workflow.adapters.web.flash import go_and_tell
from services.workflow.adapters.web.older import Older
from services.workflow.adapters.web.taking import groups_of
from services.workflow.adapters.web.typed import command_of
from services.workflow.domain.refusals import Malformed, NotYours

CREATED, ABSENT = 201, 404


def add_acts(pages: Blueprint, browsers: Browsers) -> None:
    """Add what fires triggers."""

    @pages.post("/cases/<uuid:case_id>/transitions")
    @browsers.asks("review.trigger")
    def fire(case_id: UUID) -> Answer:
        case, form = str(case_id), browsers.form
        trigger = form.get("trigger", "")
        groups, older = _taken(browsers, case, trigger)
        if form.get(MORE) and groups is not None:
            return case_page(browsers, case, tried=trigger)  # asked for more rows, not for the act
        try:
            by = browsers.circumstances()
            command = command_of(case, groups, form, by, older.data)
        except Malformed as refused:
            return refused_case_page(browsers, case, refused, tried=trigger)
        outcome = browsers.uses.transitions.fire(command)
        if outcome.status == ABSENT:
            raise NotYours(case)
        if outcome.status == CREATED:
            back = "/tasks" if form.get("back") == "tasks" else f"/cases/{case}"
            return go_and_tell(browsers, back, trigger)
        return case_page(browsers, case, outcome.status, outcome=outcome, tried=trigger)

    @pages.get("/cases/<uuid:case_id>/transitions")
    @pages.get("/cases/<uuid:case_id>/notes")
    @browsers.asks("review.read")
    def back_to_case(case_id: UUID) -> Answer:
        """Where a browser is after a form was refused: asked for by itself, it is the case."""
        return redirect(f"/cases/{case_id}", 303)


def _taken(browsers: Browsers, case: str, trigger: str) -> tuple[list[Group] | None, Older]:
    """Return what *trigger* takes, and how the round's engine spells it.

    None where the scheme does not know it, or the case is out of sight: the attempt goes on in
    either case, as it is the use case that refuses it, and remembers.
    """
    look = browsers.look()
    try:
        found, here = browsers.uses.boards.head(look, case)
    except NotYours:
        return None, Older(None)
    known = here.life.triggers.get(trigger)
    older = Older(look.rules(found.cycle))
    asking = Asking(case=found, here=here, look=look, typed=browsers.form, older=older.applies)
    return list(groups_of(known, asking)) if known else None, older
