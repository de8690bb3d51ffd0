"""Firing triggers by form: every refusal comes back in words, beside what was typed."""

from uuid import UUID

from flask import Blueprint, redirect

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import case_page, refused_case_page
from services.workflow.adapters.web.flash import go_and_tell
from services.workflow.adapters.web.typed import command_of
from services.workflow.application.boards import Look
from services.workflow.domain.refusals import Malformed, NotYours
from services.workflow.domain.scheme import Transition

CREATED, ABSENT = 201, 404


def add_acts(pages: Blueprint, browsers: Browsers) -> None:
    """Add what fires triggers."""

    @pages.post("/cases/<uuid:review_id>/transitions")
    @browsers.asks("review.trigger")
    def fire(review_id: UUID) -> Answer:
        case_id, form, look = str(review_id), browsers.form, browsers.look()
        trigger = form.get("trigger", "")
        transition = _transition(browsers, look, case_id, trigger)
        try:
            command = command_of(case_id, transition, form, browsers.circumstances())
        except Malformed as refused:
            return refused_case_page(browsers, case_id, refused, tried=trigger)
        outcome = browsers.uses.transitions.fire(command)
        if outcome.status == ABSENT:
            raise NotYours(case_id)
        if outcome.status == CREATED:
            back = "/tasks" if form.get("back") == "tasks" else f"/cases/{case_id}"
            return go_and_tell(browsers, back, trigger)
        return case_page(browsers, case_id, outcome.status, outcome=outcome, tried=trigger)

    @pages.get("/cases/<uuid:review_id>/transitions")
    @pages.get("/cases/<uuid:review_id>/notes")
    @browsers.asks("review.read")
    def back_to_case(review_id: UUID) -> Answer:
        """Where a browser is after a form was refused: asked for by itself, it is the case."""
        return redirect(f"/cases/{review_id}", 303)


def _transition(browsers: Browsers, look: Look, case_id: str, trigger: str) -> Transition | None:
    """Return what the scheme says of *trigger*; None also where the case is out of sight.

    The attempt goes on in either case: it is the use case that refuses it, and remembers.
    """
    try:
        review = browsers.uses.boards.review(look, case_id)
    except NotYours:
        return None
    rules = look.rules(review.cycle)
    return rules.scheme.tiers[review.tier].transition(trigger) if rules else None
