"""What was recorded of a gathering, in sentences: where its minutes begin.

Made of events alone, so nobody has to remember; whoever keeps the minutes looks them through, and
somebody else approves them.
"""

from collections.abc import Iterator

from services.workflow.adapters.web import words
from services.workflow.application.boards.gathering import Gathering, Seat


def who_came(board: Gathering) -> str:
    """Say how many came in each capacity, and who did not, with the reason."""
    lines = [f"应到 {board.n_expected} 人，到会 {board.n_came} 人。"]
    lines += [
        f"{body.label}：应到 {len(body.seats)} 人，到会 {body.n_came} 人。" for body in board.bodies
    ]
    away = [_away(one) for one in board.seats if not one.came]
    if away:
        lines.append(f"缺席：{'、'.join(away)}。")
    return "\n".join(lines)


def _away(seat: Seat) -> str:
    last = seat.last
    why = "，".join(one for one in (last.why, last.reason) if one) if last else ""
    return f"{seat.name}（{why}）" if why else seat.name


def course(board: Gathering) -> str:
    """Say what was gone through, in order, with how many were there."""
    return "\n".join(_course(board))


def _course(board: Gathering) -> Iterator[str]:
    for point in board.points:
        told = f"：{point.told}" if point.told else ""
        counted = f"在场 {point.n_present} 人，法定 {point.n_needed} 人"
        yield f"{words.clock(point.at)} {point.label}{told}（{counted}）。"
    for seat in board.seats:
        for move in seat.moves:
            if move.way == "out":
                why = "，".join(one for one in (move.why, move.reason) if one)
                yield f"{words.clock(move.at)} {seat.name}离席{f'（{why}）' if why else ''}。"


def outcome(board: Gathering) -> str:
    """Say of each case of the agenda how it was heard, and what came of it."""
    lines = []
    for number, one in enumerate(board.agenda, board.first + 1):
        mode = one.here.mode(one.case.mode) if one.case.mode else ""
        version = f"第 {one.version} 稿" if one.version else ""
        grade = one.here.grade(one.grading, one.graded.name) if one.graded else ""
        said = "，".join(
            part for part in (mode, version, f"意见 {len(one.comments)} 条", grade) if part
        )
        lines.append(f"{number}. {one.name}：{said}。")
    return "\n".join(lines)
