"""The morning of who looks after others: how things stand, what is theirs, what leaves by itself.

The one idea: a figure counts with the very filters that its link opens, and what will leave comes
from the planner that sends it. Whatever the number of cases, a page costs the same few questions.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from schemas.calendar import end_of_day, local_day
from services.workflow.application.boards.acts import quick_acts
from services.workflow.application.boards.desk import Task, task_query, tasks_of
from services.workflow.application.boards.history import HORIZON, Rest, rests
from services.workflow.application.boards.lists import (
    HEAT_UNASKED,
    Filters,
    Heat,
    day_before,
    heat_of,
    list_query,
)
from services.workflow.application.boards.look import Look, Names, NextNotice, Sources
from services.workflow.application.boards.rows import Row, days_over, row_of
from services.workflow.application.boards.working_time import add, between, is_working
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.reading_ports import ListQuery
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.triggers import Trigger

MOST_TASKS = 5
MOST_LEAVING = 200  # as many as the notifier answers for at once
DAYS_AHEAD = 14
NEWS = ("moved", "late", "escalated", "undelivered")
_SATURDAY = 5
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """What leaves at one instant, of one kind, to one desk, unless somebody acts before."""

    at: datetime
    kind: str  # reminder, escalation
    unit: str | None
    role: str | None
    people: tuple[str, ...]  # who is told, where each is told alone
    cases: tuple[tuple[Row, Trigger | None], ...]  # and by what the clock of each can be stopped


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """A day to come, and how much is due on it."""

    day: date
    n: int
    works: bool
    moved: bool  # works on a weekend, or rests on a weekday

    @property
    def filters(self) -> Filters:
        return Filters(on=self.day.isoformat())


@dataclass(frozen=True, kw_only=True, slots=True)
class Morning:
    """Everything the morning's page shows."""

    n_over: int
    news: Mapping[str, int]  # by what is new
    since: date  # from when on things are new
    most_over: int | None  # working days the longest overdue case is over; None: none is
    tasks: tuple[Task, ...]  # the first that wait for the one who looks
    n_tasks: int
    leaves_on: date  # of which day *leaving* tells: today, on a day of rest the next working day
    leaving: tuple[Leaving, ...]
    n_leaving: int
    more_leave: bool  # more cases than could be asked about: so many letters, or more
    notifier_away: bool
    days: tuple[Ahead, ...]
    rest: Rest | None  # the next one of several days
    days_to_rest: int | None  # working days until then
    heat: Heat | None
    names: Names


def morning(sources: Sources, look: Look) -> Morning:
    """Return the morning of the one who looks, in whose sight there is a round."""
    cycles, names = look.cycles, Names(look)
    days = [look.day + timedelta(days=n) for n in range(DAYS_AHEAD)]
    asked = {"over": Filters(due="over"), **{name: Filters(new=name) for name in NEWS}}
    queries = {name: list_query(sources, look, cycles, one) for name, one in asked.items()}
    waiting = sources.reads.list_cases(task_query(look))
    look.totals.know(task_query(look), waiting.total)
    look.totals.want(*queries.values())
    look.totals.look_up(sources.reads)
    n = {name: look.totals(query) for name, query in queries.items()}
    leaves_on = _next_working(look)
    leaving, n_leaving, more, away = _leaving(sources, look, leaves_on)
    first = [row_of(sources, look, case) for case in waiting.cases[:MOST_TASKS]]
    tasks = tuple(tasks_of(sources, look, first))
    _want(names, tasks, leaving)
    names.look_up(sources.reads)
    rest = next(rests(cycles[0].calendar, look.day, look.day + HORIZON), None)
    due = _due(sources, look, days)
    return Morning(
        n_over=n["over"],
        news={name: n[name] for name in NEWS},
        since=day_before(look, cycles),
        most_over=_most_over(sources, look, queries["over"]) if n["over"] else None,
        tasks=tasks,
        n_tasks=waiting.total,
        leaves_on=leaves_on,
        leaving=leaving,
        n_leaving=n_leaving,
        more_leave=more,
        notifier_away=away,
        days=tuple(_ahead(look, day, due[day]) for day in days),
        rest=rest,
        days_to_rest=between(cycles[0].calendar, look.day, rest.first) if rest else None,
        heat=heat_of(sources, look, cycles, Filters()) if 0 < n["over"] <= HEAT_UNASKED else None,
        names=names,
    )


def _most_over(sources: Sources, look: Look, query: ListQuery) -> int | None:
    """Return how long the one has been late that is late for longest."""
    latest = sources.reads.list_cases(_first(query)).cases
    return days_over(latest[0], look, sources.rulebook.of(latest[0].cycle)) if latest else None


def _due(sources: Sources, look: Look, days: Sequence[date]) -> Counter[date]:
    """Return how much is due on each of *days*, as the list of one of them has it."""
    asked = (list_query(sources, look, look.cycles, Filters(on=one.isoformat())) for one in days)
    first, *_, last = asked
    query = replace(first, due_before=last.due_before)
    found = Counter[date]()
    for at, n in sources.reads.count_by_due(query):
        found[local_day(at - _INSTANT, ZONE)] += n
    return found


def _ahead(look: Look, day: date, n: int) -> Ahead:
    works = is_working(look.cycles[0].calendar, day)
    return Ahead(day=day, n=n, works=works, moved=works == (day.weekday() >= _SATURDAY))


def _next_working(look: Look) -> date:
    calendar = look.cycles[0].calendar
    return look.day if is_working(calendar, look.day) else add(calendar, look.day, 1)


def _leaving(
    sources: Sources, look: Look, day: date
) -> tuple[tuple[Leaving, ...], int, bool, bool]:
    """Return what leaves up to *day* of cases in sight, how much, whether more, whether away."""
    until = end_of_day(day, ZONE)
    coming = sources.coming(until)
    if coming is None:
        return (), 0, False, True
    order = {stream.partition("/")[2]: n for n, stream in enumerate(coming.cases)}
    asked = look.seen(ListQuery(ids=tuple(order), limit=len(order))) if order else None
    page = sources.reads.list_cases(asked) if asked else None
    if page is None or not page.cases:
        return (), 0, coming.more, False
    in_sight = sorted(page.cases, key=lambda case: order[case.id])
    cases = in_sight[:MOST_LEAVING]
    planned = sources.next_notices([case.stream for case in cases])
    if planned is None:
        return (), 0, False, True
    found = [
        (one, case)
        for case in cases
        if isinstance(one := planned.get(case.stream), NextNotice) and one.at <= until
    ]
    more = coming.more or len(in_sight) > len(cases)
    return tuple(_together(sources, look, found)), len(found), more, False


def _together(
    sources: Sources, look: Look, found: Sequence[tuple[NextNotice, Case]]
) -> Iterator[Leaving]:
    """Yield what leaves at once, of one kind and to one role, together."""

    def alike(one: tuple[NextNotice, Case]) -> tuple[datetime, str, str, str]:
        notice = one[0]
        return notice.at, notice.kind, notice.unit or "", notice.role or ""

    for (at, kind, unit, role), group in groupby(sorted(found, key=alike), alike):
        told = list(group)
        yield Leaving(
            at=at,
            kind=kind,
            unit=unit or None,
            role=role or None,
            people=tuple(dict.fromkeys(one.person for one, _ in told if one.person)),
            cases=tuple(
                (row_of(sources, look, case), stops(sources, look, case)) for _, case in told
            ),
        )


def stops(sources: Sources, look: Look, case: Case) -> Trigger | None:
    """Return what stops the clock of a case, and with it what it would send, if they may do it."""
    acts = quick_acts(look, case, sources.rulebook.of(case.cycle))
    return next((act for act in acts if act.records == "suspended"), None)


def _want(names: Names, tasks: Sequence[Task], leaving: Sequence[Leaving]) -> None:
    for task in tasks:
        names.want(task.row.case.person, task.stands_for)
    for one in leaving:
        names.want(*one.people, *(row.case.person for row, _ in one.cases))


def _first(query: ListQuery) -> ListQuery:
    return replace(query, limit=1)
