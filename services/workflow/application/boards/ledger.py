"""The ledger of a kind whose cases grow out of rows: how many are done and late, whose, and which.

Its rows are those of the lists, so what a figure counts is what its link opens. Each page costs
the same number of statements, however many cases there are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from services.workflow.application.boards.asked import Asked, asked_in, asking
from services.workflow.application.boards.lists import Filters, ListBoard, list_board, list_query
from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.carried_rows import rows_of
from services.workflow.application.reading_ports import ListQuery, Sum
from services.workflow.application.rulebook import Rules
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import Heads
from services.workflow.domain.language.model.lives import Kind

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
    n: int  # open or completed
    n_done: int
    n_late: int
    states: tuple[tuple[str, str, int], ...]  # name, label, how many
    late: tuple[Late, ...]  # what makes up n_late, in the order of a case's life
    judged: frozenset[str]  # states in which somebody else's verdict is waited for
    n_asked: int  # with a request that nobody answered yet
    asked: Mapping[str, Asked]  # by stream, of the rows


def ledger_kinds(rules: Rules) -> Iterator[Kind]:
    """Yield the kinds of a round whose cases grow out of rows."""
    return (kind for kind in rules.scheme.kinds.values() if kind.made_from)


def ledger(
    sources: Sources, look: Look, rules: Rules, filters: Filters, kind: Kind, by: str
) -> Ledger:
    """Return the page that *filters* ask for, and the whole counted, and again *by* something."""
    filters = replace(filters, cycle=rules.cycle.id, kind=kind.name)
    board = list_board(sources, look, (rules,), filters, overview=False)
    everything = list_query(
        sources, look, (rules,), Filters(cycle=rules.cycle.id, kind=kind.name, unit=filters.unit)
    )
    labels = {state.name: state.label for life in kind.lives for state in life.states.values()}
    done, counting = _states(kind)
    whole = replace(everything, states=counting)
    by_state = {one.key: one for one in _summed(sources, look, everything, "state", done)}
    total = [one for name, one in by_state.items() if name in counting]
    cases = [row.case for row in board.rows]
    texts = row_texts(sources, look, rules, cases)
    asked = asking(sources, look, (rules,), everything).ids or ()
    judged = _judged(kind)
    return Ledger(
        kind=kind,
        rules=rules,
        list=board,
        texts=texts,
        sums=tuple(_summed(sources, look, whole, by, done)[:MOST_SUMS]),
        n=sum(one.n for one in total),
        n_done=sum(one.n_done for one in total),
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
        asked=asked_in(sources, cases, texts) if asked else {},
    )


def _judged(kind: Kind) -> frozenset[str]:
    """Return the states that wait for a verdict: a delay there is not who works on the case's."""
    triggers = (one for life in kind.lives for one in life.triggers.values() if one.verdict)
    return frozenset(state for one in triggers for state in one.sources)


def _summed(
    sources: Sources, look: Look, query: ListQuery, by: str, done: tuple[str, ...]
) -> list[Sum]:
    return sources.reads.sums(query, by, done, look.now, MOST_SUMS)


def _states(kind: Kind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the states in which a case is done, and those in which it counts: done or open."""
    ends = {name: end for life in kind.lives for name, end in life.ends.items()}
    states = {name for life in kind.lives for name in life.states}
    done = tuple(sorted(name for name, end in ends.items() if end == "completed"))
    return done, tuple(sorted(name for name in states if name not in ends or name in done))


def row_texts(
    sources: Sources, look: Look, rules: Rules, cases: list[Case]
) -> dict[str, Mapping[str, str]]:
    """Return what stood in the rows, of the cases whose texts a list may show them."""
    heads = Heads(cases={one.stream: one for one in cases}, seen=frozenset())
    world = rules.running.world(heads, look.organisation, look.now, str)
    mine = [one.stream for one in cases if sources.watch.shows_texts(look.actor, one, world)]
    found = rows_of(mine, sources.reads) if mine else {}
    return {stream: row.texts for stream, row in found.items()}
