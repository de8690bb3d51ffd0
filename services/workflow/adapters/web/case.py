"""The page of a case, two versions of its report, remarks and reminders by hand."""

import secrets
from collections.abc import Iterable, Mapping
from uuid import UUID

from flask import Blueprint, Response, abort, request

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.forms import ActForm, closed_acts, forms_for
from services.workflow.adapters.web.rendering import page, told
from services.workflow.adapters.web.telling import tell
from services.workflow.adapters.web.typed import field_of, note_of
from services.workflow.application.asking import fingerprint
from services.workflow.application.boards.case import CaseBoard, holds
from services.workflow.application.boards.comparing import compare
from services.workflow.application.commands import Outcome
from services.workflow.domain.reasons import REASONS
from services.workflow.domain.refusals import Blocker, Malformed

REFUSED, STALE = 400, 412
NOTES = ("note", "urge")
FIELDS = words.LISTS | {
    "findings": "意见",
    "ballot": "测评得分",
    "superior": "上级评价得分",
    "minutes": "纪要文号",
    "date": "会议日期",
    "body": "会议",
    "due_at": "新的期限",
    "reason": "理由",
    "reference": "文号",
    "effective_at": "实际发生时间",
    "text": "内容",
}


def add_case(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page of a case and what can be written on it."""

    @pages.get("/cases/<uuid:review_id>")
    @browsers.asks("review.read")
    def case(review_id: UUID) -> Answer:
        given = urls.one(request.args, "before")
        before = urls.event(given) if "before" in request.args else None
        return case_page(browsers, str(review_id), before=before)

    @pages.get("/cases/<uuid:review_id>/versions")
    @browsers.asks("review.texts.read")
    def versions(review_id: UUID) -> Answer:
        look = browsers.look()
        board = browsers.uses.boards.case(look, str(review_id))
        by_number = {str(version.number): version for version in board.versions}
        old, new = (by_number.get(urls.one(request.args, name)) for name in ("old", "new"))
        if old is None or new is None:
            abort(404)
        lists = [
            (label, list(compare(old.lists[name] or "", new.lists[name] or "")))
            for name, label in words.LISTS.items()
        ]
        return page(browsers, "versions.html", board=board, old=old, new=new, lists=lists)

    @pages.post("/cases/<uuid:review_id>/notes")
    @browsers.asks("review.note")
    def note(review_id: UUID) -> Answer:
        case_id, by = str(review_id), browsers.circumstances()
        kind = browsers.form.get("kind", "")
        try:
            body, key = note_of(browsers.form)
        except Malformed as refused:
            return refused_case_page(browsers, case_id, refused, tried=kind)
        said = fingerprint(f"/v1/reviews/{case_id}/notes", by.actor.person, body)
        outcome = browsers.uses.notices.note(
            by.actor, case_id, body["kind"], body["text"], key, said, by.correlation
        )
        if outcome.status >= REFUSED:
            return case_page(browsers, case_id, outcome.status, outcome=outcome, tried=kind)
        return go_and_tell(browsers, f"/cases/{case_id}#line", kind)


def refused_case_page(
    browsers: Browsers, review_id: str, refused: Malformed, *, tried: str
) -> Response:
    """Return the page of a case after a form that could not be read."""
    blockers = () if refused.faults else (Blocker(code=refused.code),)
    status = REASONS[refused.code].status
    outcome = Outcome(status=status, blockers=blockers, faults=refused.faults)
    return case_page(browsers, review_id, outcome.status, outcome=outcome, tried=tried)


def case_page(
    browsers: Browsers,
    review_id: str,
    status: int = 200,
    *,
    outcome: Outcome | None = None,
    tried: str = "",
    before: tuple[str, int] | None = None,
) -> Response:
    """Return the page of a case; after a refused act with its reasons and what was typed.

    It shows the newest events, or those *before* one.
    """
    look = browsers.look()
    board = browsers.uses.boards.case(look, review_id, before)
    lines = list(tell(board, look))
    blockers: tuple[Blocker, ...] = outcome.blockers if outcome else ()
    faults: tuple[Fault, ...] = outcome.faults if outcome else ()
    forms = forms_for(board, look)
    tier = board.rules.scheme.tiers[board.review.tier]
    grades = {grade.name: grade.label for grade in board.rules.scheme.scoring.grades}
    return page(
        browsers,
        "case.html",
        status,
        board=board,
        lines=lines,
        forms=forms,
        closed=closed_acts(board, look),
        told=told,
        mine=holds(look, board.review),
        refused=[told(blocker) for blocker in blockers],
        faults=[_fault(fault) for fault in faults],
        flaws=_flaws(blockers, faults),
        stale=status == STALE,
        tried=tried,
        typed=browsers.form,
        homeless=_homeless(browsers.form, tried, forms),
        done=just_done(browsers),
        key=lambda: secrets.token_urlsafe(16),
        done_text=lambda code: _done(board, code),
        state_label=lambda state: tier.state(state).label,
        grade_label=lambda name: grades.get(name, name),
    )


def _done(board: CaseBoard, code: str) -> str:
    """Return what is said after an act."""
    if code in NOTES:
        return "已记下批注。" if code == "note" else "已催办，通知服务会转告承办人。"
    transition = board.rules.scheme.tiers[board.review.tier].transition(code)
    label = f"已办理：{transition.label}。" if transition else "已办理。"
    return f"{label}案件现在处于“{board.row.label}”。"


def _fault(fault: Fault) -> str:
    """Return what is wrong with one field, in words."""
    reason, _ = told(Blocker(code=fault.code, field=fault.field))
    name = next((word for key, word in FIELDS.items() if key in fault.field), fault.field)
    return f"{name}：{reason}" + (f"（应为 {fault.accepted_zh}）" if fault.accepted_zh else "")


def _flaws(blockers: Iterable[Blocker], faults: Iterable[Fault]) -> dict[str, str]:
    """Return what is wrong with each field of the form that was sent, in words."""
    wrong = [Blocker(code=fault.code, field=fault.field) for fault in faults]
    found: dict[str, str] = {}
    for blocker in (*wrong, *blockers):
        found.setdefault(field_of(blocker.field), told(blocker)[0])
    return found


def _homeless(
    typed: Mapping[str, str], tried: str, forms: Iterable[ActForm]
) -> list[tuple[str, str]]:
    """Return what was typed into a form that is not shown any more: it must not be lost."""
    if not tried or tried in NOTES or tried in {form.trigger for form in forms}:
        return []
    return [(FIELDS[name], text) for name, text in typed.items() if text and name in FIELDS]
