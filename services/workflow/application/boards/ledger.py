"""The ledger of a kind whose cases grow out of rows: how many are done and late, whose, and which.

Its rows are those of the lists, so what a figure counts is what its link opens. Each page costs
the same number of statements, however many cases there are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from services.workflow.application.boards.asked import Wish, asking, wishes
from services.workflow.application.boards.lists import (
    Filters,
    ListBoard,
    list_query,
    short_list,
)
from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.carried_rows import hash_of, rows_of, told_rows
from services.workflow.application.reading_ports import ListQuery, Sum
from services.workflow.application.rulebook import Rules
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import Heads
from services.workflow.domain.language.model.lives import Kind

PER_PAGE = 20  # a row is four lines or five: these are two screens, and lists have one line
MOST_SUMS = 50  # groups that are told, the latest first
BY = ("unit", "of", "holder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Late:
    """How many are late in one state, and whether the delay is with who judges there."""

    state: str
    label: str
    n: int
    judged: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """One page of a ledger, with what is counted above it."""

    kind: Kind
    rules: Rules
    list: ListBoard
    texts: Mapping[str, Mapping[str, str]]  # by stream: what the row said, where it may be read
    sums: tuple[Sum, ...]  # by what is asked for, the latest first
    n: int  # open, completed or carried over
    n_done: int
    n_carried: int  # into the next round, unfinished
    n_late: int
    states: tuple[tuple[str, str, int], ...]  # name, label, how many
    late: tuple[Late, ...]  # what makes up n_late, in the order of a case's life
    judged: frozenset[str]  # states in which somebody else's verdict is waited for
    n_asked: int  # with a request that nobody answered yet
    others: Mapping[str, int]  # the other rounds with this ledger: how many are open there
    asked: Mapping[str, tuple[Wish, Mapping[str, str]]]  # by stream, of the rows: with its texts


def ledger_kinds(rules: Rules) -> Iterator[Kind]:
    """Yield the kinds of a round whose cases grow out of rows."""
    return (kind for kind in rules.scheme.kinds.values() if kind.made_from)


def ledger(
    sources: Sources, look: Look, rules: Rules, filters: Filters, kind: Kind, by: str
) -> Ledger:
    """Return the page that *filters* ask for, and the whole counted, and again *by* something."""
    filters = replace(filters, cycle=rules.cycle.id, kind=kind.name)
    plain = Filters(cycle=rules.cycle.id, kind=kind.name, unit=filters.unit)
    everything = list_query(sources, look, (rules,), plain)
    labels = {state.name: state.label for life in kind.lives for state in life.states.values()}
    done, carried, counting = _states(kind)
    whole = replace(everything, states=counting)
    each = [(everything, "state"), (whole, by)]
    states, sums = sources.reads.sums(each, done, look.now, MOST_SUMS)
    by_state = {one.key: one for one in states}
    if len(states) < MOST_SUMS:  # they are all: how long the plain lists are is told with them
        over = list_query(sources, look, (rules,), replace(plain, due="over"))
        look.totals.know(everything, sum(one.n for one in states))
        look.totals.know(over, sum(one.n_late for one in states))
    total = [one for name, one in by_state.items() if name in counting]
    elsewhere = dict(_elsewhere(sources, look, rules, kind, filters))
    look.totals.want(*elsewhere.values())
    look.totals.look_up(sources.reads)
    asked = asking(sources, look, (rules,), everything).ids or ()
    query = list_query(sources, look, (rules,), replace(filters, asks=False))
    if not filters.many:
        query = replace(query, limit=PER_PAGE)
    if filters.asks:
        query = replace(query, ids=asked)
    people = [one.key for one in sums] if by == "holder" else []
    named = [one for one in (filters.holder, *people) if one and not look.organisation.unit(one)]
    board = short_list(sources, look, filters, query, named)
    cases = [row.case for row in board.rows]
    readable = _readable(sources, look, rules, cases)
    hashes = {one: hash_of(row) for one, row in _told(sources, readable).items()}
    wished = {one.stream: one for one in wishes(sources, cases)} if asked else {}
    kept = _kept(
        sources, [*hashes.values(), *(wished[one].text for one in wished.keys() & readable)]
    )
    judged = _judged(kind)
    return Ledger(
        kind=kind,
        rules=rules,
        list=board,
        texts={stream: kept.get(hash_, {}) for stream, hash_ in hashes.items()},
        sums=tuple(sums),
        n=sum(one.n for one in total),
        n_done=sum(one.n_done for one in total),
        n_carried=sum(one.n for one in total if one.key in carried),
        n_late=sum(one.n_late for one in total),
        states=tuple(
            (name, label, by_state[name].n) for name, label in labels.items() if name in by_state
        ),
        late=tuple(
            Late(state=name, label=label, n=by_state[name].n_late, judged=name in judged)
            for name, label in labels.items()
            if name in by_state and by_state[name].n_late
        ),
        judged=judged,
        n_asked=len(asked),
        others={cycle: look.totals(query) for cycle, query in elsewhere.items()},
        asked={
            stream: (one, kept.get(one.text, {}) if stream in readable else {})
            for stream, one in wished.items()
        },
    )


def _elsewhere(
    sources: Sources, look: Look, rules: Rules, kind: Kind, filters: Filters
) -> Iterator[tuple[str, ListQuery]]:
    """Yield the other rounds with this ledger, and what asks for what is open there of the unit.

    What is late in a round stays somebody's to do when the next one is open.
    """
    for other in look.cycles:
        if other.cycle.id != rules.cycle.id and any(
            one.name == kind.name for one in ledger_kinds(other)
        ):
            asked = replace(in_round(filters, other.cycle.id), kind=kind.name, running=True)
            yield other.cycle.id, list_query(sources, look, (other,), asked)


def in_round(filters: Filters, cycle: str) -> Filters:
    """Return what asks for another round's ledger, of the same unit: all else is of this one."""
    return Filters(cycle=cycle, unit=filters.unit, alone=filters.alone)


def _judged(kind: Kind) -> frozenset[str]:
    """Return the states that wait for a verdict: a delay there is not who works on the case's."""
    triggers = (one for life in kind.lives for one in life.triggers.values() if one.verdict)
    return frozenset(state for one in triggers for state in one.sources)


def _states(kind: Kind) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the states of what is done, of what is carried over, and of all that counts.

    These are both and what is open: whatever was to be done in the round, and is not off it.
    """
    ends = {name: end for life in kind.lives for name, end in life.ends.items()}
    states = {name for life in kind.lives for name in life.states}
    done = tuple(sorted(name for name, end in ends.items() if end == "completed"))
    carried = tuple(sorted(name for name, end in ends.items() if end == "carried"))
    counting = (name for name in states if name not in ends or name in (*done, *carried))
    return done, carried, tuple(sorted(counting))


def row_texts(sources: Sources, look: Look, cases: Iterable[Case]) -> dict[str, Mapping[str, str]]:
    """Return what stood in the rows, of the cases whose texts a list may show them.

    Two statements, however many rounds they are of; none where no case was made from a row.
    """
    of_rows = dict[str, list[Case]]()
    for case in cases:
        if case.row:
            of_rows.setdefault(case.cycle, []).append(case)
    mine = sorted(
        stream
        for cycle, found in of_rows.items()
        for stream in _readable(sources, look, sources.rulebook.of(cycle), found)
    )
    found = rows_of(mine, sources.reads) if mine else {}
    return {stream: row.texts for stream, row in found.items()}


def _readable(sources: Sources, look: Look, rules: Rules, cases: list[Case]) -> set[str]:
    """Return the streams of the cases whose texts a list may show to who looks."""
    heads = Heads(cases={one.stream: one for one in cases}, seen=frozenset())
    world = rules.running.world(heads, look.organisation, look.now, str)
    return {one.stream for one in cases if sources.watch.shows_texts(look.actor, one, world)}


def _told(sources: Sources, streams: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    asked = sorted(streams)
    return told_rows(asked, sources.reads) if asked else {}


def _kept(sources: Sources, hashes: Iterable[bytes]) -> dict[bytes, Mapping[str, str]]:
    """Return the texts of rows by their hash; those that were erased are missing."""
    asked = [one for one in hashes if one]
    found = sources.reads.texts(asked) if asked else {}
    return {hash_: orjson.loads(one.content) for hash_, one in found.items()}
