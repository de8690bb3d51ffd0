"""What would be sent to whom when, and what a change of the rules would make of it for everybody.

The one idea: the notifier plans, with the very engine that sends; here its lines are narrowed to
the cases that the reader sees, and every sum is of those lines alone.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from schemas.calendar import local_day
from services.workflow.application.boards.burden import (
    Crowded,
    OneADay,
    Reach,
    crowded,
    one_a_day,
    reach,
)
from services.workflow.application.boards.lists import found_by
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.plans import MovedDeadline, Planned, Plans, Words
from services.workflow.application.boards.working_time import is_working
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.reading_ports import ListQuery
from services.workflow.domain.case.head import Case

MOST_SHOWN = 100  # lines of one list
DIFFER, NOW, THEN = "differ", "now", "then"  # the lists there are, where something was changed
MOST_PEOPLE = 10  # of those who get most
MOST_DAYS = 35  # side by side: of more the list by day is enough
MOST_LEVELS = 3  # that are told apart by sight
_AT_ONCE = 200  # cases of one question: their ids are named once for each part one sees
_SATURDAY = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is to be shown of an answer."""

    about: str = ""  # the cases alone that are found by this, as a search finds them; "": all
    listed: str = DIFFER  # of DIFFER, NOW, THEN; where nothing was changed all are one
    most: int = MOST_SHOWN  # lines


ALL = Wanted()


@dataclass(frozen=True, kw_only=True, slots=True)
class Both:
    """One figure as things are, and as the change would have it."""

    now: int
    then: int

    @property
    def more(self) -> int:
        return self.then - self.now


@dataclass(frozen=True, kw_only=True, slots=True)
class Receiver:
    """Somebody who is told, and how much: in all, and on their fullest day."""

    person: str
    told: Both
    fullest: Both


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """Messages by day, a row for each of what they are told by; empty where there are many days."""

    days: tuple[date, ...]
    rows: Mapping[str, tuple[Both, ...]]
    rests: frozenset[date] = frozenset()  # of these days, on which nobody works
    made_up: frozenset[date] = frozenset()  # and Saturdays and Sundays on which people do

    def total(self, row: str) -> Both:
        """Return what a row comes to."""
        every = self.rows[row]
        return Both(now=sum(one.now for one in every), then=sum(one.then for one in every))

    @property
    def most(self) -> int:
        """The largest figure of all, as a change would have it or as it is."""
        return max((max(one.now, one.then) for row in self.rows.values() for one in row), default=0)

    def shade(self, one: Both) -> int:
        """Return how full a day is beside the fullest, from 0 to 4."""
        return -(-4 * one.then // self.most) if self.most else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """Everything the page shows of an answer; of each list the first lines."""

    messages: Both
    collected: tuple[int, int]  # messages as it would be that leave together; in how many letters
    people: Both
    by_rung: Mapping[str, tuple[Both, Both]]  # messages, people
    by_day: Mapping[date, Both]
    rungs_by_day: "Calendar"  # rungs one under the other in order of time, every day in between
    levels: Mapping[str, int]  # of rungs: escalations by their order, 0 where it is none
    people_by_day: "Calendar"  # what each of the receivers gets
    receivers: tuple[Receiver, ...]  # who gets most, first
    lines: tuple[tuple[str, Planned], ...]  # "-" goes, "+" comes, "" is as it is
    n_lines: int
    listed: Mapping[str, int]  # how many lines each list has; empty where nothing was changed
    n_cases: int  # about which anything is decided
    unsent: tuple[tuple[str, int], ...]  # why not, how often
    cases: Mapping[str, Case]  # by stream
    names: Names
    letter: tuple[Planned, Words] | None  # that was asked for, and lies in sight
    reach: tuple[Reach | None, Reach | None]  # as things are, and as the change would have it
    one_a_day: tuple[OneADay, ...]  # as the change would have it, and so the next
    crowded: tuple[Crowded, ...]
    n_crowded: int
    moved: tuple[MovedDeadline, ...]  # deadlines that the change moves, the first of them
    n_moved: int


def simulation(
    sources: Sources, look: Look, plans: Plans, *, changed: bool, wanted: Wanted = ALL
) -> Simulation:
    """Return what of *plans* the one who looks may see, and *wanted*, summed up."""
    told = {one.case for part in (plans.now, plans.gone, plans.come) for one in part}
    every = told | {one.case for one in plans.deadlines}
    cases = _in_sight(sources, look, sorted(every), wanted.about)
    then, gone, come = (
        [one for one in part if one.case in cases] for part in (plans.now, plans.gone, plans.come)
    )
    fresh = {one.id for one in come}
    now = [one for one in then if one.id not in fresh] + gone
    lists = {THEN: [("+" if changed and one.id in fresh else "", one) for one in then]}
    if changed:
        lists[DIFFER] = [*(("-", one) for one in gone), *(("+", one) for one in come)]
        away = {one.id for one in gone}
        lists[NOW] = [("-" if one.id in away else "", one) for one in now]
    lines = sorted(lists.get(wanted.listed, lists[THEN]), key=_by_time)
    shown = tuple(lines[: wanted.most])
    receivers = _receivers(now, then)
    names = Names(look)
    names.want(*(one.person for one in receivers), *(one.person for _, one in shown))
    names.want(*(cases[one.case].person for _, one in shown))
    letter = _letter(plans.words, [*then, *gone])
    names.want(letter[0].person if letter else None)
    full = crowded(then)
    names.want(*(one.person for one in full[:MOST_PEOPLE]))
    moved = tuple(one for one in plans.deadlines if one.case in cases)
    names.want(*(cases[one.case].person for one in moved[:MOST_PEOPLE]))
    names.look_up(sources.reads)
    by_day, by_rung = _by_day(now, then), _by_rung(now, then)
    days = tuple(by_day) if len(by_day) <= MOST_DAYS else ()
    unsent = Counter(one.reason for one in then if not one.leaves)
    return Simulation(
        messages=_both(_leaving(now), _leaving(then)),
        collected=_collected(then),
        people=_both(_people(now), _people(then)),
        by_rung=by_rung,
        by_day=by_day,
        rungs_by_day=_with_rests(
            _calendar(_through(days), by_rung, now, then, lambda one: one.rung), look
        ),
        levels=_levels([*now, *then]),
        people_by_day=_calendar(
            days, (one.person for one in receivers), now, then, lambda one: one.person or ""
        ),
        receivers=receivers,
        lines=shown,
        n_lines=len(lines),
        listed={name: len(each) for name, each in lists.items()} if changed else {},
        n_cases=len(told & cases.keys()),
        unsent=tuple(unsent.most_common()),
        cases=cases,
        names=names,
        letter=letter,
        reach=_reach(look, now, then),
        one_a_day=one_a_day(then),
        crowded=full[:MOST_PEOPLE],
        n_crowded=len(full),
        moved=moved[:MOST_PEOPLE],
        n_moved=len(moved),
    )


def _reach(
    look: Look, now: Sequence[Planned], then: Sequence[Planned]
) -> tuple[Reach | None, Reach | None]:
    if not look.cycles:
        return None, None
    calendar = look.cycles[0].calendar
    return reach(now, calendar), reach(then, calendar)


def _letter(words: Words | None, seen: Sequence[Planned]) -> tuple[Planned, Words] | None:
    """Return the notice that *words* are of, if it is one of those that are *seen*."""
    return next(((one, words) for one in seen if words and one.id == words.notice), None)


def _by_time(line: tuple[str, Planned]) -> tuple[datetime, str, str]:
    return line[1].at, line[1].case, line[0]


def _in_sight(sources: Sources, look: Look, streams: Sequence[str], about: str) -> dict[str, Case]:
    found: dict[str, Case] = {}
    query = look.seen(ListQuery())
    query = found_by(sources, look, query, about) if about else query
    for first in range(0, len(streams), _AT_ONCE):
        ids = tuple(one.partition("/")[2] for one in streams[first : first + _AT_ONCE])
        page = sources.reads.list_cases(replace(query, ids=ids, limit=len(ids)))
        found |= {case.stream: case for case in page.cases}
    return found


def _collected(lines: Iterable[Planned]) -> tuple[int, int]:
    letters = Counter(one.letter for one in lines if one.leaves and one.person and one.letter)
    return letters.total(), len(letters)


def _leaving(lines: Sequence[Planned]) -> list[Planned]:
    return [one for one in lines if one.leaves]


def _people(lines: Sequence[Planned]) -> set[str]:
    return {one.person for one in lines if one.leaves and one.person}


def _both(now: Sequence[object] | set[str], then: Sequence[object] | set[str]) -> Both:
    return Both(now=len(now), then=len(then))


def _by_rung(now: Sequence[Planned], then: Sequence[Planned]) -> dict[str, tuple[Both, Both]]:
    rungs = dict.fromkeys(one.rung for one in sorted([*now, *then], key=lambda one: one.at))
    found = {}
    for rung in rungs:
        was, will = ([one for one in part if one.rung == rung] for part in (now, then))
        if _leaving(was) or _leaving(will):
            messages = _both(_leaving(was), _leaving(will))
            found[rung] = messages, _both(_people(was), _people(will))
    return found


def _by_day(now: Sequence[Planned], then: Sequence[Planned]) -> dict[date, Both]:
    was, will = (Counter(local_day(one.at, ZONE) for one in _leaving(part)) for part in (now, then))
    return {day: Both(now=was[day], then=will[day]) for day in sorted(was.keys() | will.keys())}


def _through(days: tuple[date, ...]) -> tuple[date, ...]:
    """Return every day from the first of *days* to the last; only these, where that is too many."""
    n_days = (days[-1] - days[0]).days + 1 if days else 0
    if n_days > MOST_DAYS:
        return days
    return tuple(days[0] + timedelta(days=n) for n in range(n_days))


def _with_rests(calendar: Calendar, look: Look) -> Calendar:
    if not look.cycles:
        return calendar
    working = {day for day in calendar.days if is_working(look.cycles[0].calendar, day)}
    weekend = {day for day in calendar.days if day.weekday() >= _SATURDAY}
    rests = frozenset(calendar.days) - working
    return replace(calendar, rests=rests, made_up=frozenset(working & weekend))


def _levels(lines: Sequence[Planned]) -> dict[str, int]:
    """Return how high each rung reaches: of one case the later escalation is the higher one.

    Of some cases the lower rungs are behind already, so a rung is above all that it follows in any.
    """
    ladders = defaultdict[str, dict[str, None]](dict)
    for one in sorted(lines, key=lambda one: one.at):
        if one.kind == "escalation":
            ladders[one.case][one.rung] = None
    high = {rung: 1 for rungs in ladders.values() for rung in rungs}
    follow = {pair for rungs in ladders.values() for pair in pairwise(rungs)}
    for _ in range(MOST_LEVELS):  # where cases have them in different orders there is no end
        for lower, upper in follow:
            high[upper] = max(high[upper], min(high[lower] + 1, MOST_LEVELS))
    return {one.rung: high.get(one.rung, 0) for one in lines}


def _calendar(
    days: tuple[date, ...],
    names: Iterable[str],
    now: Sequence[Planned],
    then: Sequence[Planned],
    name: Callable[[Planned], str],
) -> Calendar:
    was, will = (
        Counter((name(one), local_day(one.at, ZONE)) for one in _leaving(part))
        for part in (now, then)
    )
    rows = {
        row: tuple(Both(now=was[row, day], then=will[row, day]) for day in days)
        for row in names
        if days
    }
    return Calendar(days=days, rows=rows)


def _receivers(now: Sequence[Planned], then: Sequence[Planned]) -> tuple[Receiver, ...]:
    told = [Counter(one.person for one in _leaving(part) if one.person) for part in (now, then)]
    days = [_fullest(part) for part in (now, then)]
    most = sorted(
        told[0].keys() | told[1].keys(), key=lambda who: (-max(told[0][who], told[1][who]), who)
    )
    return tuple(
        Receiver(
            person=who,
            told=Both(now=told[0][who], then=told[1][who]),
            fullest=Both(now=days[0].get(who, 0), then=days[1].get(who, 0)),
        )
        for who in most[:MOST_PEOPLE]
    )


def _fullest(lines: Sequence[Planned]) -> dict[str, int]:
    by_day = Counter((one.person, local_day(one.at, ZONE)) for one in _leaving(lines) if one.person)
    found: dict[str, int] = {}
    for (who, _), n in by_day.items():
        found[who or ""] = max(n, found.get(who or "", 0))
    return found
