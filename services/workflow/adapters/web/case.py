"""The page of a case, remarks and reminders by hand."""

import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.document_fields import areas_for, told_point
from services.workflow.adapters.web.drawing import differ
from services.workflow.adapters.web.fields import Asking
from services.workflow.adapters.web.file_names import file_names
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.folding import folded
from services.workflow.adapters.web.forms import ActForm, closed_acts, forms_for
from services.workflow.adapters.web.languages import _
from services.workflow.adapters.web.members import told_warning
from services.workflow.adapters.web.opening import OPENED
from services.workflow.adapters.web.rendering import page, told
from services.workflow.adapters.web.rosters import foreseen
from services.workflow.adapters.web.sent import NOTES, Sent
from services.workflow.adapters.web.telling import ahead, past_told
from services.workflow.adapters.web.typed import note_of
from services.workflow.adapters.web.voice import Voice
from services.workflow.application.asking import fingerprint
from services.workflow.application.boards.acts import holds
from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.reading import found_before
from services.workflow.application.boards.stages import leading_on
from services.workflow.application.boards.versions import by_document
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.domain.reasons import REASONS, REFUSED
from services.workflow.domain.refusals import Blocker, Malformed, NotYours

NEWEST = "newest"  # as an address asks for the newest event first


def add_case(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page of a case and what can be written on it."""

    @pages.get("/cases/<uuid:case_id>")
    @browsers.asks("case.read")
    def case(case_id: UUID) -> Answer:
        given = urls.one(request.args, "before")
        before = urls.event(given) if "before" in request.args else None
        newest_first = _order() == NEWEST
        try:
            return case_page(browsers, str(case_id), before=before, newest_first=newest_first)
        except NotYours:  # who is told of a bulletin alone reads that, and nothing else of its case
            browsers.uses.bulletins.read(browsers.actor(), str(case_id))
            return redirect(f"/bulletins/{case_id}", 303)

    @pages.post("/cases/<uuid:case_id>/notes")
    @browsers.asks("case.note")
    def note(case_id: UUID) -> Answer:
        case, by = str(case_id), browsers.circumstances()
        kind = browsers.form.get("kind", "")
        try:
            body, key = note_of(browsers.form)
        except Malformed as refused:
            return refused_case_page(browsers, case, refused, tried=kind)
        said = fingerprint(f"/v1/reviews/{case}/notes", by.actor.person, body)
        answer = browsers.uses.notices.note(
            by.actor, case, body["kind"], body["text"], key, said, by.correlation
        )
        if not answer.is_accepted:
            return case_page(browsers, case, answer=answer, tried=kind)
        return go_and_tell(browsers, f"/cases/{case}#line", kind)


def _order() -> str:
    """Return the order in which an address asks for what happened; "": the oldest first.

    Raises:
        Malformed: there is no such order.
    """
    order = urls.one(request.args, "order")
    if order not in ("", NEWEST):
        raise Malformed(Fault(field="order", code="not_a_choice"))
    return order


def refused_case_page(
    browsers: Browsers, case_id: str, refused: Malformed, *, tried: str
) -> Response:
    """Return the page of a case after a form that could not be read."""
    status, answer = unreadable(refused)
    return case_page(browsers, case_id, status, answer=answer, tried=tried)


def unreadable(refused: Malformed) -> tuple[int, Outcome]:
    """Return what came of a form that could not be read."""
    blockers = () if refused.faults else (Blocker(code=refused.code),)
    answer = Outcome(outcome="not_fulfilled", blockers=blockers, faults=refused.faults)
    return REASONS[refused.code].status, answer


def case_page(
    browsers: Browsers,
    case_id: str,
    status: int | None = None,
    *,
    answer: Outcome | None = None,
    tried: str = "",
    before: tuple[str, int] | None = None,
    newest_first: bool = False,
) -> Response:
    """Return the page of a case; after a refused act with its reasons and what was typed.

    It shows the newest events, or those *before* one.
    """
    look = browsers.look()
    board = browsers.uses.boards.case(look, case_id, before)
    happened = list(folded(past_told(board, look)))
    tells: dict[str, Any] = {
        "past": happened[::-1] if newest_first else happened,
        "ahead": list(ahead(board, look)),
        "newest_first": newest_first,
        "filed": by_document(board.versions),
        "n_drafts": _n_drafts(board),
        "found_before": lambda version: list(found_before(board, version)),
    }
    return show_case(browsers, "case.html", board, status, answer=answer, tried=tried, **tells)


def show_case(
    browsers: Browsers,
    template: str,
    board: CaseBoard,
    status: int | None = None,
    *,
    answer: Outcome | None,
    tried: str,
    shows: Callable[[ActForm], bool] = lambda form: not form.document,
    **shown: Any,
) -> Response:
    """Return a page about a case, with its forms and what came of the one that was sent.

    *shows* tells which of them stand on it: what was typed into another is given back above.
    """
    look = browsers.look()
    answer = answer or Outcome(outcome="done")
    blockers, faults = answer.blockers, answer.faults
    asking = Asking.of(board, look, browsers.form)
    forms = forms_for(board, asking)
    sent = Sent(board.here, asking, tried)
    sent_flaws = sent.flaws(blockers, faults)
    return page(
        browsers,
        template,
        status or REFUSED.get(answer.outcome, 200),
        **shown,
        board=board,
        forms=forms,
        closed=list(closed_acts(board, look)),
        told=lambda blocker: told(blocker, words.of_kind(board.here)),
        told_warning=told_warning,
        numbers_differ=differ,
        areas=lambda version: areas_for(board.here.filed(version.document), board.case, look),
        told_point=lambda point: told_point(point, asking),
        called=file_names(browsers, board),
        voice=Voice(here=board.here, look=look, names=board.names, numbers=board.numbers),
        mine=holds(look, board.case),
        refused=[
            (*told(blocker, words.of_kind(board.here)), sent.field(blocker.field))
            for blocker in blockers
        ],
        faults=[(sent.fault(fault), sent.field(fault.field)) for fault in faults],
        flaws=sent_flaws,
        stale=answer.outcome == "stale",
        tried=tried,
        typed=browsers.form,
        warned=answer.warnings,
        brought=list(foreseen(browsers, answer, board.here.scheme)),
        filled={name for name, text in browsers.form.items() if text} | sent_flaws.keys(),
        homeless=sent.homeless(filter(shows, forms)),
        done=just_done(browsers),
        key=lambda: secrets.token_urlsafe(16),
        done_text=lambda code: _done(board, code),
    )


def _n_drafts(board: CaseBoard) -> int:
    """Return how often what the first stage waits for was handed in: of nothing else."""
    wanted = leading_on(board.case, board.here.life)
    filed = (one for one in board.versions if one.parts and one.document in wanted)
    return max((one.number for one in filed), default=0)


def _done(board: CaseBoard, code: str) -> str:
    """Return what is said after an act."""
    if code == OPENED:
        return _(
            "已立案，%(a_case)s处于“%(label)s”。下一步在“现在能做什么”里。",
            a_case=words.of_kind(board.here),
            label=board.row.label,
        )
    if code in NOTES:
        return _("已记下批注。") if code == "note" else _("已催办，通知服务会转告承办人。")
    known = board.here.life.triggers.get(code)
    label = _("已办理：%(label)s。", label=known.label) if known else _("已办理。")
    return _(
        "%(label)s%(a_case)s现在处于“%(label2)s”。",
        label=label,
        a_case=words.of_kind(board.here),
        label2=board.row.label,
    )
