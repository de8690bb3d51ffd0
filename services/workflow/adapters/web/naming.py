"""Voting under one's own name: the sheet, a look before it is sent, and what one said.

The pages are those of a slip, but for whom they ask: somebody who is signed in and has a vote.
"""

from uuid import UUID

from flask import Blueprint, Response, redirect

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import _
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import message_page, told
from services.workflow.adapters.web.voting import (
    answers_of,
    asked,
    comments_of,
    fields_of,
    looked_at,
    show,
)
from services.workflow.application.ballots.telling import grades_of
from services.workflow.application.ballots.voting import OwnSheet
from services.workflow.domain.refusals import Conflict, Malformed


def add_naming(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages of who votes under their own name."""
    at = "/cases/<uuid:case_id>/polls/<poll>/vote"

    @pages.get(at)
    @browsers.asks("poll.cast")
    def own_vote(case_id: UUID, poll: str) -> Answer:
        return _asking(browsers, str(case_id), poll, "")

    @pages.post(at)
    @browsers.asks("poll.cast")
    def own_vote_again(case_id: UUID, poll: str) -> Answer:
        return _asking(browsers, str(case_id), poll, "")

    @pages.post(f"{at}/look")
    @browsers.asks("poll.cast")
    def own_vote_look(case_id: UUID, poll: str) -> Answer:
        return _asking(browsers, str(case_id), poll, "look")

    @pages.post(f"{at}/cast")
    @browsers.asks("poll.cast")
    def own_vote_cast(case_id: UUID, poll: str) -> Answer:
        return _asking(browsers, str(case_id), poll, "cast")


def _asking(browsers: Browsers, case_id: str, poll: str, step: str) -> Response:
    """Show the sheet, take it a step further, or say why nobody votes here."""
    form = browsers.form
    require_known(form, fields_of(form))
    try:
        own = browsers.uses.voting.sheet(browsers.actor(), case_id, poll)
        if own.vote.answers is not None:
            return _done(browsers, own)
        return _filled(browsers, own, f"/cases/{case_id}/polls/{poll}/vote", step)
    except Conflict as refused:
        return message_page(browsers, 409, _("投票"), " ".join(told(refused.blocker)).strip())


def _filled(browsers: Browsers, own: OwnSheet, at: str, step: str) -> Response:
    form, sheet = browsers.form, own.sheet
    if not step:
        return show(browsers, "vote_sheet.html", at=at, kept="", **asked(browsers, sheet))
    try:
        answers, comments = [*answers_of(form, sheet)], [*comments_of(form, sheet)]
        browsers.uses.voting.cast(
            browsers.actor(),
            sheet.case.id,
            sheet.kept.name,
            answers,
            comments,
            trial=step == "look",
        )
    except Malformed as malformed:
        shown = asked(browsers, sheet, malformed.faults)
        return show(browsers, "vote_sheet.html", 400, at=at, kept="", **shown)
    if step == "look":
        return show(browsers, "vote_look.html", at=at, **looked_at(browsers, sheet))
    return redirect(at, 303)  # type: ignore[return-value]


def _done(browsers: Browsers, own: OwnSheet) -> Response:
    labels = {one["name"]: one["label"] for one in grades_of(own.sheet.poll, own.sheet)}
    said = {
        (one.about, one.question): labels.get(one.value, one.value)
        for one in own.vote.answers or ()
        if one.value
    }
    return show(browsers, "vote_done.html", sheet=own.sheet, said=said)
