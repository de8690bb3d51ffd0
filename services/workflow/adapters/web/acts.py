"""Firing triggers by form: every refusal comes back in words, beside what was typed."""

from uuid import UUID

from flask import Blueprint, redirect, request

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import case_page, fingerprint
from services.workflow.adapters.web.forms import data_of, local_instant, text_of
from services.workflow.application.boards import Look
from services.workflow.application.commands import Command
from services.workflow.domain.refusals import NotYours
from services.workflow.domain.scheme import Transition

CREATED, ABSENT = 201, 404
MOST_KEY = 128


def add_acts(pages: Blueprint, browsers: Browsers) -> None:
    """Add what fires triggers."""

    @pages.post("/cases/<uuid:review_id>/transitions")
    @browsers.asks("review.trigger")
    def fire(review_id: UUID) -> Answer:
        case_id, form, look = str(review_id), request.form, browsers.look()
        trigger, typed = form.get("trigger", ""), dict(form.items())
        transition = _transition(browsers, look, case_id, trigger)
        try:
            data = data_of(transition, form) if transition else {}
            effective_at = local_instant(form.get("effective_at", ""))
            version = int(form.get("version", ""))
        except ValueError:
            problem = "日期或时间没有填对。"
            return case_page(browsers, case_id, 422, tried=trigger, typed=typed, problem=problem)
        said = {name: value for name, value in typed.items() if name not in ("csrf", "key")}
        outcome = browsers.uses.transitions.fire(
            Command(
                review=case_id,
                trigger=trigger,
                actor=look.actor,
                data=data,
                reason=text_of(form.get("reason", "")) or None,
                reference=text_of(form.get("reference", "")) or None,
                effective_at=effective_at,
                if_match=version,
                key=form.get("key", "")[:MOST_KEY] or None,
                fingerprint=fingerprint(case_id, said),
            )
        )
        if outcome.status == ABSENT:
            raise NotYours(case_id)
        if outcome.status == CREATED:
            back = "/tasks" if form.get("back") == "tasks" else f"/cases/{case_id}"
            return redirect(f"{back}?done={trigger}", 303)
        return case_page(
            browsers, case_id, outcome.status, outcome=outcome, tried=trigger, typed=typed
        )


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
