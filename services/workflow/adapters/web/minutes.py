"""What was recorded of a gathering, in sentences: where its minutes begin.

Made of events alone, so nobody has to remember; whoever keeps the minutes looks them through, and
somebody else approves them.
"""

from collections.abc import Iterator
from datetime import datetime

from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Browsers
from services.workflow.adapters.web.languages import CHINESE, speaking
from services.workflow.application.boards.agenda import Heard
from services.workflow.application.boards.calls import Call
from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.gathering import Gathering, Point
from services.workflow.application.boards.seats import Moved, Seat
from services.workflow.application.boards.versions import Version
from services.workflow.application.papers import Section
from services.workflow.domain.case.listing import EXCUSED
from services.workflow.domain.refusals import NotYours


def minutes_of(
    browsers: Browsers, board: CaseBoard, version: Version
) -> tuple[list[Section], list[Section]]:
    """Return what stands before and after the minutes of a gathering on paper; of others nothing.

    Before: where, when, who came, from what was recorded. After: who let them stand, and what was
    put right since, each by itself.
    """
    roster = board.here.gathers
    agenda = roster.agenda if roster else None
    if agenda is None or version.document != agenda.record:
        return [], []
    try:
        shown = browsers.uses.boards.gathering(browsers.look(), board.case.id, "nothing")
    except NotYours:  # to whoever sees this document alone, of all that gathers
        return [], []
    before = [Section(heading="时间、地点和到会", paragraphs=who_came(shown).splitlines())]
    return before, list(stands(shown, version))


def begun(browsers: Browsers, case: str) -> tuple[str, ...]:
    """Return what is drafted of the minutes of a gathering, part by part: of others nothing."""
    with speaking(CHINESE):  # a paper of the office, whoever looks
        try:
            board = browsers.uses.boards.gathering(browsers.look(), case, "whole")
        except NotYours:
            return ()
        return course(board), outcome(board)


def stands(board: Gathering, version: Version) -> Iterator[Section]:
    """Yield who filed a version and let it stand, and each annex to it."""
    latest, lets = board.latest(version.document), board.approved
    if latest is None or latest.number != version.number:
        yield Section(heading="审定", paragraphs=["此稿已有后稿。"])
        return
    filed = board.names.by(version.actor, version.deputy_for, version.at)
    if lets is not None:
        who = board.names.by(lets.event.actor, lets.event.deputyfor, lets.effective_at)
        told = [f"审定：{who}，{words.clock(lets.effective_at)}。"]
    else:  # where nobody has to let them stand nothing is lacking
        told = ["审定：尚未审定。"] if board.approving else []
    heading = "提交和审定" if told else "提交"
    yield Section(heading=heading, paragraphs=[f"提交：{filed}。", *told])
    for nth, one in enumerate(board.annexes, 1):
        by = f"{board.names.by(one.actor, one.deputy_for, one.at)} {words.clock(one.at)}"
        texts = ("（内容已依规删除）" if part.text is None else part.text for part in one.parts)
        lines = [line for text in texts for line in text.splitlines()]
        yield Section(heading=f"{one.label}之{nth}", paragraphs=[*lines, f"（{by}）"])


def who_came(board: Gathering) -> str:
    """Say how many came in each capacity, and who did not, with the reason."""
    lines = [_called(one) for one in board.calls]
    lines += [f"应到 {board.n_expected} 人，到场 {board.n_came} 人。"]
    lines += [
        f"{body.label}：应到 {body.n_expected} 人，到场 {body.n_came} 人。"
        for body in board.bodies
        if body.n_expected
    ]
    away = [_away(one) for one in board.seats if not (one.came or one.struck)]
    if away:
        lines.append(f"缺席：{'、'.join(away)}。")
    struck = [f"{one.name}（{one.struck}）" for one in board.seats if one.struck]
    if struck:
        lines.append(f"误列后划去，不计应到：{'、'.join(struck)}。")
    return "\n".join(lines)


def _called(call: Call) -> str:
    hours = (words.time_of_day(at) for at in (call.since, call.until) if at is not None)
    when = " ".join(part for part in (words.weekday(call.day), "—".join(hours)) if part)
    return f"时间：{when}{f'；地点：{call.place}' if call.place else ''}。"


def _away(seat: Seat) -> str:
    return seat.name + (_why(seat.last) if seat.last else "")


Line = tuple[datetime, datetime, str]  # when it was, when it was recorded, and what


def course(board: Gathering) -> str:
    """Say what was gone through, who came late, went or came back, in order of time."""
    lines = [(point.at, point.recorded_at, _point(board, point)) for point in board.points]
    begun = min((point.at for point in board.points), default=None)
    lines += _heard(board)
    lines += _steps(board, min(lines, key=_by_time, default=None))
    for seat in board.seats:
        for move in seat.moves:
            by_itself = move.why and move.why == board.roster.reason(board.roster.concerned)
            if begun and move.at > begun and move.way != EXCUSED and not by_itself:
                told = f"{seat.name}{words.WAYS[move.way]}{_why(move)}。"
                lines.append((move.at, move.at, told))
    return "\n".join(f"{words.clock(at)} {told}" for at, _, told in sorted(lines, key=_by_time))


def _by_time(line: Line) -> tuple[datetime, datetime]:
    return line[:2]


def _heard(board: Gathering) -> Iterator[Line]:
    """Yield what was presented, in which version, and commented on, with its place."""
    for number, one in enumerate(board.agenda, board.first + 1):
        for entry in one.heard:
            event = entry.event
            shown = "，".join(f"第 {pin['version']} 稿" for pin in event.data.get("pins", ()))
            by = shown or board.names.in_post(event.actor, event.deputyfor, entry.effective_at)
            label = one.here.trigger(event.data["trigger"])
            yield entry.effective_at, event.time, f"{label}：{number}. {one.name}（{by}）。"


def _steps(board: Gathering, first: Line | None) -> Iterator[Line]:
    """Yield by what it was opened, went on and ended: all from the step before the *first* line.

    What is told as a point with its count is not told twice, and the record is made of it all.
    """
    own = [one for one in board.entries if "trigger" in one.event.data]
    before = [one for one in own if first and (one.effective_at, one.event.time) < first[:2]]
    moves = [one for one in before if "to" in one.event.data]
    for entry in own[own.index(moves[-1]) :] if moves else ():
        data = entry.event.data
        filed = {one["name"] for one in data.get("documents", ())}
        if board.record in filed:
            return
        counted = data.get("presence", {}).get(board.roster.name, {})
        if "n_needed" not in counted and ("to" in data or filed):
            label = board.here.trigger(data["trigger"])
            yield entry.effective_at, entry.event.time, f"{label}。"


def _point(board: Gathering, point: Point) -> str:
    told = f"：{point.told}" if point.told else ""
    counted = f"在场 {point.n_present} 人，法定 {point.n_needed} 人"
    if point.aside:
        why = board.roster.reason(board.roster.concerned)
        counted += f"；{'、'.join(point.aside)}{why}，不计在内"
    return f"{point.label}{told}（{counted}）。"


def _why(move: Moved) -> str:
    why = "，".join(one for one in (move.why, move.reason) if one)
    return f"（{why}）" if why else ""


def outcome(board: Gathering) -> str:
    """Say of each case of the agenda how it was heard, and what came of it."""
    lines, comment = [], comment_of(board)
    for number, one in enumerate(board.agenda, board.first + 1):
        mode = one.here.mode(one.case.mode) if one.case.mode else ""
        version = f"第 {one.version} 稿" if one.version else ""
        grade = one.here.grade(one.grading, one.graded.name) if one.graded else ""
        said = f"{comment} {len(one.comments)} 条{_by(board, one)}"
        told = (mode, version, said, grade)
        lines.append(f"{number}. {one.name}：{'，'.join(part for part in told if part)}。")
    return "\n".join(lines)


def _by(board: Gathering, heard: Heard) -> str:
    """Say who commented, in which posts, each once; "": nobody did."""
    who = [board.names.in_post(one.actor, one.deputy_for, one.at) for one in heard.comments]
    return f"（{'、'.join(dict.fromkeys(who))}）" if who else ""


def comment_of(board: Gathering) -> str:
    """Return what the scheme calls what is said of each."""
    agenda = board.roster.agenda
    return board.here.document(agenda.comments[0]) if agenda and agenda.comments else "意见"
