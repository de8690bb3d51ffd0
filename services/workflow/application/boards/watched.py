"""How the notifier finds its own work, with the cases it names told to who may see them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.own_work import OwnWork, Track
from services.workflow.application.reading_ports import ListQuery
from services.workflow.domain.case.head import Case


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """What the notifier told, and of its cases those that lie in sight, by stream."""

    own: OwnWork | None  # None: it does not answer
    cases: Mapping[str, Case]
    names: Names


def watched(sources: Sources, look: Look) -> Watched:
    """Return how the notifier finds its own work; two statements where it names cases."""
    own, names = sources.own_work(), Names(look)
    ids = {one.case.rpartition("/")[2] for one in _named(own)} if own else set[str]()
    cases: Mapping[str, Case] = {}
    if ids:
        query = look.seen(ListQuery(ids=tuple(sorted(ids)), limit=len(ids)))
        cases = {one.stream: one for one in sources.reads.list_cases(query).cases}
        names.want(*(one.person for one in cases.values()))
    names.look_up(sources.reads)
    return Watched(own=own, cases=cases, names=names)


def _named(own: OwnWork) -> Iterator[Track]:
    yield from (*own.unarmed, *own.unreached)
    yield from own.yesterday.missing if own.yesterday else ()
