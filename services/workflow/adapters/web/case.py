"""The page of a case, two versions of its report, remarks and reminders by hand."""

import secrets
from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, request

from schemas.complaints import Fault
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.forms import closed_acts, forms_for
from services.workflow.adapters.web.rendering import page, refusal_page, told
from services.workflow.adapters.web.telling import tell
from services.workflow.application.boards.case import CaseBoard, holds
from services.workflow.application.boards.comparing import compare
from services.workflow.application.commands import Outcome
from services.workflow.domain.refusals import Blocker, NotAllowed

MOST_NOTE = 2000
READ_ONLY = frozenset({"inspector", "discipline_member"})
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
}


def add_case(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page of a case and what can be written on it."""

    @pages.get("/cases/<uuid:review_id>")
    @browsers.asks("review.read")
    def case(review_id: UUID) -> Answer:
        response = case_page(browsers, str(review_id))
        look = browsers.look()
        person = look.actor.person or ""
        if any(post.role in READ_ONLY for post in look.organisation.posts_of(person, look.day)):
            # Who watches is watched: what auditors open is kept too.
            browsers.uses.accounts.record_read(person, "case", str(review_id), look.now)
        return response

    @pages.get("/cases/<uuid:review_id>/versions")
    @browsers.asks("review.texts.read")
    def versions(review_id: UUID) -> Answer:
        look = browsers.look()
        board = browsers.uses.boards.case(look, str(review_id))
        by_number = {version.number: version for version in board.versions}
        old = by_number.get(request.args.get("old", type=int) or 0)
        new = by_number.get(request.args.get("new", type=int) or 0)
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
        case_id, kind = str(review_id), request.form.get("kind", "")
        text = request.form.get("text", "").replace("\r\n", "\n").strip()
        if kind not in ("note", "urge"):
            abort(400)
        if not text or len(text) > MOST_NOTE or "\0" in text:
            return case_page(browsers, case_id, 422, problem=f"请写一至{MOST_NOTE}字。")
        try:
            outcome = browsers.uses.notices.note(
                browsers.actor(),
                case_id,
                kind,
                text,
                request.form.get("key", "") or secrets.token_urlsafe(16),
                fingerprint(case_id, {"kind": kind, "text": text}),
                "",
            )
        except NotAllowed as refused:
            return refusal_page(browsers, 403, (refused.blocker,))
        if outcome.status >= 400:  # noqa: PLR2004
            return case_page(browsers, case_id, outcome.status, outcome=outcome)
        return redirect(f"/cases/{case_id}?done={kind}#line", 303)


def case_page(
    browsers: Browsers,
    review_id: str,
    status: int = 200,
    *,
    outcome: Outcome | None = None,
    tried: str = "",
    typed: Mapping[str, str] | None = None,
    problem: str = "",
) -> Response:
    """Return the page of a case; after a refused act with its reasons and what was typed."""
    look = browsers.look()
    board = browsers.uses.boards.case(look, review_id)
    lines = list(tell(board, look))
    blockers: tuple[Blocker, ...] = outcome.blockers if outcome else ()
    tier = board.rules.scheme.tiers[board.review.tier]
    grades = {grade.name: grade.label for grade in board.rules.scheme.scoring.grades}
    return page(
        browsers,
        "case.html",
        status,
        board=board,
        lines=lines,
        forms=forms_for(board, look),
        closed=closed_acts(board),
        told=told,
        mine=holds(look, board.review),
        problem=problem,
        refused=[told(blocker) for blocker in blockers],
        faults=outcome.faults if outcome else (),
        stale=status == 412,  # noqa: PLR2004
        tried=tried,
        typed=typed or {},
        done=request.args.get("done", "") if request.method == "GET" else "",
        key=lambda: secrets.token_urlsafe(16),
        done_text=lambda code: _done(board, code),
        fault_text=_fault,
        state_label=lambda state: tier.state(state).label,
        grade_label=lambda name: grades.get(name, name),
    )


def _done(board: CaseBoard, code: str) -> str:
    """Return what is said after an act; a code that is none says the least."""
    if code in ("note", "urge"):
        return "已记下批注。" if code == "note" else "已催办，通知服务会转告承办人。"
    transition = board.rules.scheme.tiers[board.review.tier].transition(code)
    label = f"已办理：{transition.label}。" if transition else "已办理。"
    return f"{label}案件现在处于“{board.row.label}”。"


def _fault(fault: Fault) -> str:
    """Return what is wrong with one field, in words."""
    reason, _ = told(Blocker(code=fault.code, field=fault.field))
    name = next((word for key, word in FIELDS.items() if key in fault.field), fault.field)
    return f"{name}：{reason}" + (f"（应为 {fault.accepted_zh}）" if fault.accepted_zh else "")


def fingerprint(review_id: str, form: Mapping[str, str]) -> bytes:
    """Return what two forms have in common that say the same about the same case."""
    said = "\0".join(f"{name}={form[name]}" for name in sorted(form))
    return sha256(f"{review_id}\0{said}".encode()).digest()
