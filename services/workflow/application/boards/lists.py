"""Lists of cases: what is stuck, what is due, whatever a URL asks for.

The one idea: a tile counts with the very filters that its link opens, so a figure and its list
can never disagree.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from schemas.calendar import end_of_day
from services.workflow.application.boards.asked import asking
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.recurring import numbers_named
from services.workflow.application.boards.rows import Row, days_over, read_rows
from services.workflow.application.boards.working_time import add, is_working
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.reading_ports import ListQuery, Page
from services.workflow.application.rulebook import Rules
from services.workflow.application.sought import blankless, by_name
from services.workflow.domain.language.model.lives import Kind, Life

SOON_DAYS = 3  # working days
PER_PAGE = 50
PER_PAGE_PRINTED = 200  # as many as the notifier answers for at once
FOUND_PEOPLE = 100
_MOST_COLUMNS = 10  # of the matrix: their labels can be read beside each other
_INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)
Cycles = Sequence[Rules]  # those that are looked at, the newest first; at least one
# What "escalated" and "undelivered" ask of the notices since the case entered its state.
NOTICED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "escalated": (("escalation",), ("sent", "unknown")),
    "undelivered": ((), ("failed", "unknown")),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """What a list's URL says; every field is one thing that can be taken off again."""

    cycle: str | None = None
    kind: str | None = None  # of case
    due: str = ""  # over, soon
    on: str = ""  # the day that something is due, YYYY-MM-DD
    noticed: str = ""  # escalated, undelivered
    new: str = ""  # moved, late, escalated, undelivered: since the working day before began
    running: bool = False  # neither closed nor withdrawn
    suspended: bool = False
    state: str | None = None
    tier: str | None = None
    unit: str | None = None  # with its subtree
    alone: bool = False  # the unit without what lies below it
    holder: str | None = None  # a person or a unit
    asks: bool = False  # something was asked for that nobody has answered
    text: str = ""  # a number, a name or a unit's name
    matrix: bool = False  # units by stages even where counting them takes a while
    many: bool = False  # so many on a page as one prints
    sort: str = "due_at"
    after: tuple[str, str] | None = None
    before: tuple[str, str] | None = None  # a page back from there


@dataclass(frozen=True, kw_only=True, slots=True)
class Heat:
    """Cases by unit and state; rows with the most first, columns in the order of the scheme."""

    states: tuple[tuple[str, str], ...]  # (name, label)
    units: tuple[str, ...]
    counts: dict[tuple[str, str], int]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListBoard:
    """A page of a list with everything its template shows."""

    filters: Filters
    rows: tuple[Row, ...]
    before: tuple[str, str] | None
    next: tuple[str, str] | None
    total: int
    names: Names
    notifier_away: bool
    tiles: dict[str, int]
    most_over: int | None  # working days the longest overdue case is over; None: none is
    heat: Heat | None
    heat_on_request: bool = False  # too many cases to count them unasked
    numbers: Mapping[str, str] = field(default_factory=dict)  # of cases that rows name, by stream


# Counting by unit and stage looks at every overdue case: up to so many it is part of the page.
HEAT_UNASKED = 1000
TILES: dict[str, Filters] = {
    "running": Filters(running=True),
    "soon": Filters(due="soon"),
    "over": Filters(due="over"),
    "escalated": Filters(noticed="escalated"),
    "suspended": Filters(suspended=True),
    "undelivered": Filters(noticed="undelivered"),
}


def list_board(
    sources: Sources, look: Look, cycles: Cycles, filters: Filters, *, overview: bool
) -> ListBoard:
    """Return one page of cases; with *overview* the tiles and the heat matrix of *cycles*."""
    names = Names(look)
    query = list_query(sources, look, cycles, filters)
    page = sources.reads.list_cases(query)
    look.totals.know(query, page.total)
    forwards = filters.before is None
    cases = page.cases if forwards else page.cases[::-1]
    rows, away = read_rows(sources, look, cases, names)
    tiles: dict[str, int] = {}
    heat, on_request = None, False
    most_over = None
    if overview:
        asked = {
            name: list_query(sources, look, cycles, replace(tile, cycle=filters.cycle))
            for name, tile in TILES.items()
        }
        # Mostly the page begins with it; through a filter, or further down, it does not.
        begins = page if query == asked["over"] else _first(sources, look, asked["over"])
        if begins.cases:
            latest = begins.cases[0]
            most_over = days_over(latest, look, sources.rulebook.of(latest.cycle))
        look.totals.want(*asked.values())
        look.totals.look_up(sources.reads)
        tiles = {name: look.totals(query) for name, query in asked.items()}
        on_request = tiles["over"] > HEAT_UNASKED and not filters.matrix
        heat = None if on_request else heat_of(sources, look, cycles, filters)
    names.look_up(sources.reads)
    return ListBoard(
        filters=filters,
        rows=rows,
        before=page.next if not forwards else page.first if filters.after else None,
        next=page.next if forwards else page.first,
        total=page.total,
        names=names,
        notifier_away=away,
        tiles=tiles,
        most_over=most_over,
        heat=heat,
        heat_on_request=on_request,
        numbers=numbers_named(sources, look, rows),
    )


def short_list(
    sources: Sources, look: Look, filters: Filters, query: ListQuery, people: Iterable[str]
) -> ListBoard:
    """Return one page of a *query* made of *filters*; rows without notices, *people* by name."""
    names = Names(look)
    names.want(*people)
    page = sources.reads.list_cases(query, look.totals.known(query))
    forwards = filters.before is None
    cases = page.cases if forwards else page.cases[::-1]
    rows, away = read_rows(sources, look, cases, names, noticed=False)
    names.look_up(sources.reads)
    return ListBoard(
        filters=filters,
        rows=rows,
        before=page.next if not forwards else page.first if filters.after else None,
        next=page.next if forwards else page.first,
        total=page.total,
        names=names,
        notifier_away=away,
        tiles={},
        most_over=None,
        heat=None,
        numbers=numbers_named(sources, look, rows),
    )


def _first(sources: Sources, look: Look, query: ListQuery) -> Page:
    page = sources.reads.list_cases(replace(query, limit=1))
    look.totals.know(query, page.total)
    return page


def list_query(sources: Sources, look: Look, cycles: Cycles, filters: Filters) -> ListQuery:
    """Return what the read model is asked; one more statement for names, and for requests."""
    query = ListQuery(
        cycle=filters.cycle,
        kind=filters.kind,
        tier=filters.tier,
        unit=None if filters.alone else filters.unit,
        at=filters.unit if filters.alone else None,
        sort=filters.sort if filters.before is None else _turned(filters.sort),
        stages=tuple(state_labels(cycles, filters.tier, filters.kind))
        if filters.sort.endswith("state")
        else (),
        after=filters.before or filters.after,
        limit=PER_PAGE_PRINTED if filters.many else PER_PAGE,
    )
    query = _due(look, cycles, query, filters.due)
    if filters.on:
        query = _due_on(query, date.fromisoformat(filters.on))
    if filters.new:
        query = _new(look, cycles, query, filters.new)
    if filters.running or filters.noticed:
        query = replace(query, states=running_states(cycles))
    if filters.noticed:
        kinds, outcomes = NOTICED[filters.noticed]
        # A stopped clock is not escalated any further either.
        query = replace(query, notice_kinds=kinds, notice_outcomes=outcomes, suspended=False)
    if filters.suspended:
        query = replace(query, suspended=True)
    if filters.state:
        query = replace(query, states=(filters.state,))
    if filters.holder:
        query = _held_by(look, query, filters.holder)
    if filters.text:
        query = found_by(sources, look, query, filters.text)
    if filters.asks:
        query = asking(sources, look, cycles, query)
    return look.seen(query)


def _turned(sort: str) -> str:
    return sort[1:] if sort.startswith("-") else f"-{sort}"


def _due(look: Look, cycles: Cycles, query: ListQuery, due: str) -> ListQuery:
    if not due:
        return query
    query = replace(query, suspended=False)  # a stopped clock is never late
    if due == "over":
        return replace(query, overdue_at=look.now)
    until = end_of_day(add(cycles[0].calendar, look.day, SOON_DAYS), ZONE) + _INSTANT
    return replace(query, not_overdue_at=look.now, due_before=until)


def _due_on(query: ListQuery, day: date) -> ListQuery:
    """Return *query* for what is due at the end of *day*, the clock running."""
    begins, ends = (end_of_day(one, ZONE) + _INSTANT for one in (day - _DAY, day))
    return replace(query, suspended=False, due_after=begins, due_before=ends)


def day_before(look: Look, cycles: Cycles) -> date:
    """Return the working day before the one that is looked at: what is since then is new."""
    day = look.day - _DAY
    while not is_working(cycles[0].calendar, day):
        day -= _DAY
    return day


def _new(look: Look, cycles: Cycles, query: ListQuery, new: str) -> ListQuery:
    """Return *query* for what is new in some respect since the working day before began."""
    since = end_of_day(day_before(look, cycles) - _DAY, ZONE)
    if new == "moved":
        return replace(query, entered_after=since)
    if new == "late":
        return replace(query, suspended=False, overdue_at=look.now, due_after=since)
    kinds, outcomes = NOTICED[new]
    return replace(query, notice_kinds=kinds, notice_outcomes=outcomes, notices_after=since)


def kinds_of(cycles: Cycles) -> dict[str, Kind]:
    """Return the kinds of case of *cycles* by name; those of one name as the newest has them."""
    older_first = (kind for rules in reversed(cycles) for kind in rules.scheme.kinds.values())
    return {kind.name: kind for kind in older_first}


def tiers_of(cycles: Cycles, kind: str | None = None) -> dict[str, Life]:
    """Return the tiers of *cycles* by name; those of one name as the newest has them."""
    older_first = (life for rules in reversed(cycles) for life in _lives((rules,), kind))
    named = {life.tier: life for life in older_first if life.tier}
    return dict(sorted(named.items()))


def running_states(cycles: Cycles, kind: str | None = None) -> tuple[str, ...]:
    """Return the states of all lives, of those of *kind* if given, that are not final, in order."""
    states = (state for life in _lives(cycles, kind) for state in life.states.values())
    return tuple(dict.fromkeys(state.name for state in states if not state.final))


def _lives(cycles: Cycles, kind: str | None = None, tier: str | None = None) -> Iterator[Life]:
    """Yield all lives of *cycles*, those of one *kind* and *tier* if given, the newest first."""
    for rules in cycles:
        for of, life in rules.scheme.lives():
            if kind in (None, of.name) and tier in (None, life.tier):
                yield life


def state_labels(
    cycles: Cycles, tier: str | None = None, kind: str | None = None
) -> dict[str, str]:
    """Return the states and what most lives call them, in the order of the longest."""
    lives = list(_lives(cycles, kind, tier))
    longest = max((one.states for one in lives), key=len, default={})
    names = dict.fromkeys((*longest, *(name for one in lives for name in one.states)))
    labels: dict[str, Counter[str]] = {name: Counter() for name in names}
    for one in lives:
        for state in one.states.values():
            labels[state.name][state.label] += len(one.unit_kinds) or 1
    return {name: counted.most_common(1)[0][0] for name, counted in labels.items()}


def _held_by(look: Look, query: ListQuery, holder: str) -> ListQuery:
    if look.organisation.unit(holder):
        return replace(query, holder_unit=holder)
    return replace(query, held_by=look.seats_of(holder))


def found_by(sources: Sources, look: Look, query: ListQuery, text: str) -> ListQuery:
    """Return *query* for those of its cases that are found by *text*: number, person or unit."""
    is_meant = by_name(text)
    units = tuple(unit.id for unit in look.organisation.units.values() if is_meant(unit.name))
    people = tuple(sources.reads.find_people(is_meant, FOUND_PEOPLE))
    return replace(query, text=blankless(text), persons=people, units=units)


def heat_of(sources: Sources, look: Look, cycles: Cycles, filters: Filters) -> Heat | None:
    """Return overdue cases by unit and state below the unit that is looked at."""
    top = filters.unit or _common_unit(look)
    level = len(look.organisation.path(top)) if top else 1
    only = Filters(
        cycle=filters.cycle,
        kind=filters.kind,
        due="over",
        unit=filters.unit,
        tier=filters.tier,
        state=filters.state,
    )
    counted = sources.reads.heat(list_query(sources, look, cycles, only), level)
    counts: dict[tuple[str, str], int] = {}
    for unit, state, count in counted:
        counts[unit, state] = counts.get((unit, state), 0) + count
    if not counts:
        return None
    labels = state_labels(cycles, filters.tier, filters.kind)
    open_ = running_states(cycles)
    per_unit: Counter[str] = Counter()
    for (unit, _), count in counts.items():
        per_unit[unit] += count
    return Heat(
        states=columns(
            {name: label for name, label in labels.items() if name in open_},
            {state for _, state in counts},
        ),
        units=tuple(sorted(per_unit, key=lambda unit: (-per_unit[unit], unit))),
        counts=counts,
    )


def columns(running: Mapping[str, str], counted: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return the states that the matrix has columns of, with their labels.

    All of them tell how far things are; of more than can be read, those in which something is.
    """
    few = len(running) <= _MOST_COLUMNS
    return tuple((name, label) for name, label in running.items() if few or name in counted)


def _common_unit(look: Look) -> str | None:
    """Return the unit under which everything in sight lies apart: where rows begin to tell."""
    organisation = look.organisation
    tops: Iterable[str] = look.scope.subtrees or ((organisation.root,) if organisation.root else ())
    paths = [organisation.path(unit) for unit in tops]
    shortest = min(paths, key=len, default=())
    if not shortest:
        return None
    top = shortest[-1]
    children: dict[str, list[str]] = {}
    for unit in organisation.units.values():
        if unit.parent:
            children.setdefault(unit.parent, []).append(unit.id)
    # A chain of single offices (work committee, leadership group, organ committee) tells nothing.
    while len(children.get(top, ())) == 1:
        top = children[top][0]
    return top
