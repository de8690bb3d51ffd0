"""What people said to a notice, and which reminders wait for it.

The one idea: a promise, or a delay, holds back what reminds those who are to act, from the desk it
was said at, until the working day after its last. What goes to those above comes when it is due; so
no reminder waits longer than that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from schemas.calendar import OutsideCalendar, WorkingDays, local_day

if TYPE_CHECKING:
    from services.notifier.domain.plan import Timed

# By the fact that says it: why a reminder that came due within it is not sent.
REASONS: Mapping[str, str] = {"notice_acknowledged": "promised", "notice_snoozed": "snoozed"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer that holds, for all that a desk is reminded of."""

    desk: str
    until: date  # its last day
    reason: str  # one of REASONS
    version: int  # of the stream beside the case: a later one takes its place


def answered(
    before: tuple[Answer, ...], version: int, fact: str, data: Mapping[str, Any]
) -> tuple[Answer, ...]:
    """Return the answers that hold after one more; one that came before leaves all as it was."""
    desk = data.get("desk", "")
    if any(one.desk == desk and one.version >= version for one in before):
        return before
    new = Answer(
        desk=desk,
        until=date.fromisoformat(data["until"]),
        reason=REASONS[fact],
        version=version,
    )
    return (*(one for one in before if one.desk != desk), new)


def holding(answers: Iterable[Answer], desk: str) -> Answer | None:
    """Return the answer that holds back what *desk* is reminded of, if one does."""
    return next((one for one in answers if one.desk == desk), None)


def waiting(
    rungs: Sequence["Timed"],
    answer: Answer | None,
    zone: ZoneInfo,
    calendar: WorkingDays,
    on: Callable[[date], datetime],
) -> tuple["Timed", ...]:
    """Return *rungs* with those reminders later that wait for *answer*; *on* tells their instant.

    All that wait have one instant, so that the last of them is told and no other. None waits beyond
    the next rung that goes to those above: that comes when it is due, and rungs pass in order.
    """
    if answer is None:
        return tuple(rungs)
    try:
        first = on(calendar.add(answer.until, 1))
    except OutsideCalendar:
        return tuple(rungs)
    held: list[Timed] = []
    limit: datetime | None = None
    for timed in reversed(rungs):
        if timed.rung.kind != "reminder":
            limit = timed.at
        elif local_day(timed.at, zone) <= answer.until:
            at = first if limit is None else min(first, limit)
            timed = replace(timed, at=max(timed.at, at))  # noqa: PLW2901
        held.append(timed)
    return tuple(reversed(held))


def silence(answer: Answer | None, kind: str, day: date) -> str:
    """Return why a reminder that comes due on *day* is not said; empty: it may be."""
    holds = answer is not None and kind == "reminder" and day <= answer.until
    return answer.reason if answer is not None and holds else ""
