"""Which turn of a kind an opening falls into: a kind may come round more often than its round does.

A turn is a stretch of the calendar and has no life of its own. So no event names it: it is the
quarter or the month of the local day on which a case was opened.
"""

from datetime import date, datetime

from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.lives import Kind

_MONTHS = {"month": 1, "quarter": 3}


def share_turn(kind: Kind, case: Case, at: datetime, world: World) -> bool:
    """Tell whether *case* and what is opened at *at* are of one turn of *kind*.

    Of a kind without a turn of its own all cases of a round are.
    """
    return not kind.every or _turn(kind, world.day(case.opened_at)) == _turn(kind, world.day(at))


def expected_as(kind: Kind, case: Case, day: date) -> tuple[str, str | None, tuple[int, int]]:
    """Return as what *case*, opened on *day*, is expected: of a turn of *kind*, one is of each.

    One that was opened in the place of another, given up in the same turn, is what that one was.
    """
    whom = case.person if kind.origin.of == "post" else None
    return case.unit, whom, _turn(kind, day)


def next_turn(kind: Kind, day: date) -> date:
    """Return the first day of the turn of *kind* that follows that of *day*."""
    year, turn = _turn(kind, day)
    n_months = (turn + 1) * _MONTHS[kind.every]
    return date(year + n_months // 12, n_months % 12 + 1, 1)


def _turn(kind: Kind, day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // _MONTHS[kind.every]
