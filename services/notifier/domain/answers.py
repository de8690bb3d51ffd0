"""What people said to a notice, and which reminders wait for it.

The one idea: a promise, or a delay, holds back what reminds those who are to act, from the desk it
was said at, until the working day after its last. What goes to those above comes when it is due; so
no reminder waits longer than that. And nobody holds back what reaches a desk that is theirs no
more: an answer ends with the post, or with the standing in, that it was given by.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from schemas.calendar import OutsideCalendar, WorkingDays, local_day

if TYPE_CHECKING:
    from services.notifier.domain.case import Holder
    from services.notifier.domain.organisation import Organisation
    from services.notifier.domain.plan import Timed

# By the fact that says it: why a reminder that came due within it is not sent.
REASONS: Mapping[str, str] = {"notice_acknowledged": "promised", "notice_snoozed": "snoozed"}
SUPERSEDED = "superseded"  # why a rung is not said that another one, due with it, says as well


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer that holds, for all that a desk is reminded of."""

    desk: str
    until: date  # its last day, no later than that of the post it was given by
    reason: str  # one of REASONS
    version: int  # of the stream beside the case: a later one takes its place
    said: date  # its last day as it was said
    person: str | None = None  # who gave it; None: a release of before did not keep that


def answered(
    before: tuple[Answer, ...],
    version: int,
    fact: str,
    data: Mapping[str, Any],
    person: str | None,
) -> tuple[Answer, ...]:
    """Return the answers that hold after one more; one that came before leaves all as it was."""
    desk = data.get("desk", "")
    if any(one.desk == desk and one.version >= version for one in before):
        return before
    said = date.fromisoformat(data["until"])
    new = Answer(
        desk=desk, until=said, reason=REASONS[fact], version=version, said=said, person=person
    )
    return (*(one for one in before if one.desk != desk), new)


def ending(
    answers: Iterable[Answer], holders: Mapping[str, "Holder"], organisation: "Organisation"
) -> tuple[Answer, ...]:
    """Return *answers*, each until its last day on which its desk is that person's to answer for.

    Always from what was said, so that it makes no difference in how many steps posts have changed.
    """
    return tuple(
        replace(one, until=_last(one, one.person, holders[one.desk], organisation))
        if one.person is not None and one.desk in holders
        else one
        for one in answers
    )


def _last(one: Answer, person: str, holder: "Holder", organisation: "Organisation") -> date:
    days = (day for day in organisation.turns(holder.unit) if day < one.said)
    return next(
        (
            day
            for day in sorted({one.said, *days}, reverse=True)
            if organisation.has_desk(person, holder.unit, holder.role, holder.person, day)
        ),
        date.min,
    )


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
            if at > timed.at:
                timed = replace(timed, at=at, waits_since=timed.at)  # noqa: PLW2901
        elif local_day(timed.at, zone) == local_day(first, zone):
            first = timed.at  # of one day's reminders the last is told
        held.append(timed)
    return tuple(reversed(held))


def silence(answer: Answer | None, kind: str, day: date) -> str:
    """Return why a reminder that comes due on *day* is not said; empty: it may be."""
    holds = answer is not None and kind == "reminder" and day <= answer.until
    return answer.reason if answer is not None and holds else ""


def held(answer: Answer | None, timed: "Timed", silent: str) -> str:
    """Return why *timed* was not said when it was due; empty: it did not wait.

    Nor is it the answer's doing where it is *silent* for a reason of its own.
    """
    if answer is None or timed.waits_since is None:
        return ""
    return answer.reason if silent in {"", SUPERSEDED, answer.reason} else ""
