"""The page of a case that people gather for: its roster, a sheet to sign, and the door.

The one idea: nothing is decided here. Who comes and goes is told by the scheme's own triggers, and
whoever stands on the roster finds the door without seeing the case.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, abort, request

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.attendance import (
    FIELDS,
    data_of,
    field_of,
    strikes_nobody,
    ticked,
)
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.fields import Asking
from services.workflow.adapters.web.file_names import file_names
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.forms import ActForm, Closed, closed_acts, forms_for, is_quiet
from services.workflow.adapters.web.languages import CHINESE, _, language, speaking
from services.workflow.adapters.web.minutes import course, outcome, who_came
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.qr import qr
from services.workflow.adapters.web.rendering import page, told
from services.workflow.adapters.web.rosters import foreseen
from services.workflow.adapters.web.seats import FIRST, shown_seats
from services.workflow.adapters.web.sent import Sent
from services.workflow.adapters.web.typed import command_with
from services.workflow.application.boards import Look
from services.workflow.application.boards.acts import is_open
from services.workflow.application.boards.agenda import MOST_HEARD
from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.gathering import Gathering
from services.workflow.application.boards.seats import Seat
from services.workflow.application.boards.shortened import shortened
from services.workflow.application.boards.versions import Version
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.domain.authority import REASONS as AUTHORITY
from services.workflow.domain.case.verdicts import presentable
from services.workflow.domain.language.model.documents import Case as CaseType
from services.workflow.domain.language.model.documents import Text as TextType
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.reasons import REFUSED, blocker_of
from services.workflow.domain.refusals import Blocker, Malformed, NotYours

# Drawing one takes a third of such a page, and a room looks at it for five minutes. Here and not in
# `qr`: the code of a slip is a voter's secret, which nothing keeps.
_door_code = lru_cache(maxsize=64)(qr)
_SOUGHT = ("body", "name")  # by which an address narrows a roster


class Why(NamedTuple):
    """Why a form was not taken, what would lift it, and the field that it is about."""

    reason: str
    lift: str
    field: str  # "": none of the page's


def add_gathering(pages: Blueprint, browsers: Browsers) -> None:
    """Add what concerns those who gather."""

    @pages.get("/cases/<uuid:case_id>/gathering")
    @browsers.asks("case.read")
    def gathering(case_id: UUID) -> Answer:
        return _page(browsers, str(case_id), "gathering.html")

    @pages.get("/cases/<uuid:case_id>/roster")
    @browsers.asks("case.read")
    def roster(case_id: UUID) -> Answer:
        return _page(browsers, str(case_id), "roster.html")

    @pages.get("/cases/<uuid:case_id>/sheet")
    @browsers.asks("case.read")
    def sheet(case_id: UUID) -> Answer:
        return _page(browsers, str(case_id), "sheet.html")

    @pages.get("/cases/<uuid:case_id>/code")
    @browsers.asks("case.read")
    def code(case_id: UUID) -> Answer:
        answer = _page(browsers, str(case_id), "code.html")
        # Whoever stands in front of it has no hand free: it is there anew before it is over.
        answer.headers["Refresh"] = "30"
        return answer

    @pages.get("/cases/<uuid:case_id>/short")
    @browsers.asks("case.texts.read")
    def short(case_id: UUID) -> Answer:
        board = browsers.uses.boards.case(browsers.look(), str(case_id))
        version = _presented(board)
        if version is None:
            abort(404)
        parts = [
            (one.label, None if one.text is None else shortened(one.text)) for one in version.parts
        ]
        return page(browsers, "short.html", board=board, version=version, parts=parts)

    @pages.post("/cases/<uuid:case_id>/roster")
    @browsers.asks("case.trigger")
    def take(case_id: UUID) -> Answer:
        return _take(browsers, str(case_id))


def gathering_page(
    browsers: Browsers,
    host: str,
    status: int | None = None,
    *,
    answer: Outcome | None = None,
    tried: str = "",
    case: str = "",
) -> Response:
    """Return the page of a gathering, after a refused act with its reasons and what was typed.

    The act was *tried* on *case*: the gathering's own, or one of its agenda.
    """
    tried_on = Tried(trigger=tried, case=case or host)
    return _page(browsers, host, "gathering.html", answer, status=status, tried=tried_on)


class Tried(NamedTuple):
    """What a form of the page asked for, and of which case."""

    trigger: str
    case: str


NOTHING_TRIED = Tried("", "")


def _page(
    browsers: Browsers,
    case_id: str,
    template: str,
    answer: Outcome | None = None,
    *,
    status: int | None = None,
    tried: Tried = NOTHING_TRIED,
) -> Response:
    answer = answer or Outcome(outcome="done")
    first = urls.one(request.args, "from") if request.args else ""
    start = int(first) if first.isdecimal() and len(first) < 7 else 0  # noqa: PLR2004
    look = browsers.look()
    goes_through = template == "gathering.html"  # the others are about the people alone
    board = browsers.uses.boards.gathering(look, case_id, start if goes_through else "nothing")
    door = browsers.address(f"/cases/{case_id}/door?code={board.code}") if board.code else ""
    graded = [one for one in board.agenda if one.graded is not None]
    own = tried.trigger if tried.case == board.case.id else ""
    sent = Sent(board.here, Asking.of(board, look, browsers.form if own else {}), own)
    at = sent.field if own else partial(field_of, form=browsers.form)
    why = refused(answer, at, words.of_kind(board.here))
    if answer.outcome == "stale":
        why = [Why(_moved_since(board, tried.case), "", "")]
    return page(
        browsers,
        template,
        status or REFUSED.get(answer.outcome, 200),
        board=board,
        counted=list(_grades(board)),
        n_graded=len(graded),
        figures=list(_figures(board)),
        refused=why,
        ways=words.WAYS,
        forms=list(_forms(board, look)),
        writes=list(_writes(board)),
        room="/gatherings",
        closed=[one for one in closed_acts(board, look) if one.fits and not _is_others(one)],
        hears=_hears(board),
        waits={
            f"{act.name}-{one.waits[act.name].code}": (act.label, one.waits[act.name])
            for one in board.agenda
            for act in one.acts
            if act.name in one.waits
        },
        warned=answer.warnings,
        brought=list(foreseen(browsers, answer, board.here.scheme)),
        quiet=is_quiet,
        told=told,
        tried=own,
        tried_on=tried,
        typed=browsers.form,
        flaws={one.field: one.reason for one in reversed(why)},
        filled={name for name, text in browsers.form.items() if text},
        door=door,
        qr=_door_code(door) if door else None,
        handed_in=list(_handed_in(board)),
        called=file_names(browsers, board) if goes_through else {},
        kept_now={
            take.name
            for one in board.here.life.triggers_from(board.case.state)
            for take in one.takes
        },
        **(_minutes(browsers, board) if goes_through else {}),
        **(_seats(board) if template == "roster.html" else {}),
        most=MOST_HEARD,
        done=just_done(browsers),
        key=lambda: secrets.token_urlsafe(16),
        seat_state=_state,
    )


def _seats(board: Gathering) -> dict[str, Any]:
    """Return what is shown of a roster, by what the address asks for."""
    sought = _sought()
    return {
        "shown": list(shown_seats(board.bodies, **sought)),
        "sought": sought,
        "at": _roster_at(board.case.id),
        "first_shown": FIRST,
    }


def _sought() -> dict[str, str]:
    return {name: text for name in _SOUGHT if (text := urls.one(request.args, name))}


def _roster_at(case: str) -> str:
    """Return the address of a roster, narrowed as this page of it is."""
    sought = _sought()
    return f"/cases/{case}/roster" + (f"?{urlencode(sought)}" if sought else "")


def _minutes(browsers: Browsers, shown: Gathering) -> dict[str, Any]:
    """Return what the minutes begin with: a paper of the office, whoever looks, of all it heard."""
    # Where nobody writes, only who came is told, and each page knows that. What is shown in another
    # language has words that are not the scheme's own, and these are recorded.
    is_all_there = shown.n_agenda <= MOST_HEARD or not any(_writes(shown))
    suffices = is_all_there and language() == CHINESE
    with speaking(CHINESE):
        boards, case = browsers.uses.boards, shown.case.id
        board = shown if suffices else boards.gathering(browsers.look(), case, "whole")
        return {"came": who_came(board), "drafted": (course(board), outcome(board))}


def _forms(board: Gathering, look: Look) -> Iterator[ActForm]:
    """Yield the forms of what can be done now; what is on this page anyway has its own."""
    for form in forms_for(board, Asking.of(board, look, {})):
        hears = _hears(board)
        if form.document != board.record and (hears is None or form.trigger != hears.trigger):
            yield form


def _writes(board: Gathering) -> Iterator[Trigger]:
    """Yield what can be done now that takes the record, which is written at its own place here."""
    for act in board.acts:
        if is_open(act) and board.record in {one.name for one in act.trigger.takes}:
            yield act.trigger


def _is_others(closed: Closed) -> bool:
    """Tell whether nothing is lacking but that somebody else does it."""
    return any(one.code in AUTHORITY for one in closed.blockers)


class Hears(NamedTuple):
    """The act by which a point is kept: which document, and where the case stands in it."""

    trigger: str
    label: str
    document: str
    case: str  # the column that names it
    text: str  # the column that says it
    column: str  # what people call that one


def _hears(board: Gathering) -> Hears | None:
    """Return what keeps a point about a case of the agenda; None where that is not open now."""
    for act in board.acts:
        documents = (one.name for one in act.trigger.takes if one.what == "document")
        for document in documents if is_open(act) else ():
            columns = board.here.columns(document)
            case = next((one.name for one in columns if isinstance(one.type, CaseType)), "")
            text = next((one for one in columns if isinstance(one.type, TextType)), None)
            if case and text:
                trigger = act.trigger
                return Hears(trigger.name, trigger.label, document, case, text.name, text.label)
    return None


def _handed_in(board: Gathering) -> Iterator[Version]:
    """Yield what was filed for it, in force now: texts and files, but the record."""
    latest = {one.document: one for one in board.versions if one.parts}
    minutes = {board.record, *(one.document for one in board.annexes)}
    yield from (one for name, one in latest.items() if name not in minutes)


def _presented(board: CaseBoard) -> Version | None:
    """Return what is presented of a case: what passed of what an agenda pins, nothing else."""
    agendas = (one.agenda for one in board.here.scheme.rosters.values() if one.agenda)
    wanted = {(one.pins, presentable(board.case, one.pins)) for one in agendas}
    return next((one for one in board.versions if (one.document, one.number) in wanted), None)


def _grades(board: Gathering) -> Iterator[tuple[str, int]]:
    """Yield each grade with how many got it, best first."""
    grading = next((one.grading for one in board.agenda if one.graded), "")
    known = board.here.scheme.gradings.get(grading)
    for grade in known.grades if known else ():
        got = sum(one.graded.name == grade.name for one in board.agenda if one.graded)
        yield grade.label or grade.name, got


def _figures(board: Gathering) -> Iterator[tuple[str, str]]:
    """Yield each component that somebody on the agenda has a figure of, with its weight."""
    scheme = board.here.scheme
    first = next((one for one in board.agenda if one.grading), None)
    grading = scheme.gradings.get(first.grading) if first else None
    weights = grading.of_tier(first.case.tier).weights if grading and first else {}
    for name in scheme.components:
        given = (one.case.components.get(name) for one in board.agenda)
        if any(one is not None and one.figure is not None for one in given):
            yield name, f"{weights[name] * 100:.0f}%" if name in weights else ""


def _state(seat: Seat) -> str:
    return words.WAYS[seat.last.way] if seat.last else _("未到")


# --- Taking attendance ---


def _take(browsers: Browsers, case: str) -> Answer:
    form = browsers.form
    require_known(form, (*FIELDS, *ticked(form)))
    board = browsers.uses.boards.gathering(browsers.look(), case, "nothing")
    if strikes_nobody(form, board):
        answer = Outcome(outcome="not_fulfilled", blockers=(Blocker(code="strikes_nobody"),))
    else:
        answer = fire_with(browsers, case, form.get("trigger", ""), data_of(form, board))
    if answer.outcome == "done":
        return go_and_tell(browsers, _roster_at(case), form.get("trigger", ""))
    return _page(browsers, case, "roster.html", answer)


def _moved_since(board: Gathering, case: str) -> str:
    """Say what became meanwhile of the *case* a form was about: by whom, where that is told."""
    moved = next((one.case for one in board.agenda if one.case.id == case), board.case)
    if moved.id != board.case.id or not board.entries:
        return _(
            "页面打开后，这一件已有变动（%(at)s，由别人或在另一窗口）。请核对下面的最新情况后再做。",
            at=words.clock(moved.recorded_at),
        )
    last = board.entries[-1]
    return _(
        "页面打开后，%(who)s已于 %(at)s 办理过一步。请核对下面的最新情况后再做。",
        who=board.names.by(last.event.actor, last.event.deputyfor, last.effective_at),
        at=words.clock(last.event.time),
    )


def refused(answer: Outcome, at: Callable[[str], str], a_case: str = "") -> list[Why]:
    """Return why *answer* is none, each with the page's own field that it is *at*, each once."""
    wrong = map(blocker_of, answer.faults)
    every = (Why(*told(one, a_case), at(one.field)) for one in (*wrong, *answer.blockers))
    return list(dict.fromkeys(every))


def fire_with(browsers: Browsers, case: str, trigger: str, data: Mapping[str, Any]) -> Outcome:
    try:
        command = command_with(case, trigger, data, browsers.form, browsers.circumstances())
    except Malformed as refused:
        return Outcome(outcome="not_fulfilled", faults=refused.faults)
    answer = browsers.uses.firing.fire(command)
    if answer.outcome == "absent":
        raise NotYours(case)
    return answer
