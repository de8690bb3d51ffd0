"""How far up a ladder leads and how soon, and how many messages of a day come to one person."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.calendar import WorkingDays, local_day
from services.workflow.application.boards.plans import Planned
from services.workflow.application.boards.working_time import between
from services.workflow.application.firing.rules import ZONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """The highest desk that a ladder comes to, and on which working day after the deadline."""

    n_days: int
    unit: str | None
    role: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OneADay:
    """A channel by which everybody has one letter a day, and the rungs that go beside it."""

    channel: str
    beside: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowded:
    """A day on which somebody has more than the one letter by a channel that has one a day."""

    person: str
    day: date
    channel: str
    n_notices: int
    n_letters: int


def reach(lines: Iterable[Planned], calendar: WorkingDays) -> Reach | None:
    """Return how far up the *lines* lead, and how soon at the soonest; None: to nobody above.

    Of a case whose ladder is in the middle the rungs are fewer: the longest ladder says what the
    highest desk is.
    """
    ladders = defaultdict[str, dict[str, Planned]](dict)
    for one in sorted(lines, key=lambda one: one.at):
        if one.kind == "escalation" and one.leaves and one.due:
            ladders[one.case].setdefault(one.rung.partition("/")[0], one)
    tops = [
        (-len(rungs), between(calendar, *_days(top)), top)
        for rungs in ladders.values()
        for top in [[*rungs.values()][-1]]
    ]
    if not tops:
        return None
    _, n_days, top = min(tops, key=lambda one: one[:2])
    return Reach(n_days=n_days, unit=top.unit, role=top.role)


def _days(one: Planned) -> tuple[date, date]:
    due = (one.due or one.at) - timedelta(microseconds=1)  # a deadline is the end of its day
    return local_day(due, ZONE), local_day(one.at, ZONE)


def one_a_day(lines: Sequence[Planned]) -> tuple[OneADay, ...]:
    """Return the channels that put what somebody is told on a day into one letter."""
    found = []
    for channel in sorted({one.channel for one in lines if one.letter}):
        by_itself = {
            one.rung
            for one in lines
            if one.channel == channel and one.leaves and one.person and not one.letter
        }
        found.append(OneADay(channel=channel, beside=tuple(sorted(by_itself))))
    return tuple(found)


def crowded(lines: Sequence[Planned]) -> tuple[Crowded, ...]:
    """Return the days on which somebody has more than one letter, the fullest first."""
    limited = {one.channel for one in lines if one.letter}
    notices = Counter[tuple[str, date, str]]()
    letters = defaultdict[tuple[str, date, str], set[str]](set)
    for one in lines:
        if one.leaves and one.person and one.channel in limited:
            key = one.person, local_day(one.gone_at or one.at, ZONE), one.channel
            notices[key] += 1
            letters[key].add(one.letter or one.id)
    found = [
        Crowded(
            person=person,
            day=day,
            channel=channel,
            n_notices=notices[person, day, channel],
            n_letters=len(each),
        )
        for (person, day, channel), each in letters.items()
        if len(each) > 1
    ]
    return tuple(sorted(found, key=lambda one: (-one.n_letters, one.day, one.person)))
