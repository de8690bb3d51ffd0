"""What comes back: a case made of a row, those it takes up again, and those that took it up.

Rounds never link to each other; a row names a case of a round before, and here both are told of
each other. One statement, over the cases of that kind at the same unit.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.boards.rows import Row
from services.workflow.application.reading_ports import ListQuery
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.naming import lies_behind
from services.workflow.domain.case.world import NamedCase
from services.workflow.domain.language.model.documents import Case as NamesCase
from services.workflow.domain.language.model.documents import Column, Document
from services.workflow.domain.language.model.scheme import Scheme

MOST = 200  # of one unit, the newest numbers first


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurring:
    """Cases of one kind and unit that name each other."""

    earlier: tuple[Case, ...] = ()  # that it takes up again
    later: tuple[Case, ...] = ()  # that take it up


def numbers_named(sources: Sources, look: Look, rows: Iterable[Row]) -> Mapping[str, str]:
    """Return the numbers of cases that *rows* name, by stream, of those that lie in sight.

    One statement; none where no row names a case.
    """
    return numbers_in(
        sources,
        look,
        (
            (row.case, column)
            for row in rows
            if row.case.row is not None
            for column in row.here.columns(row.case.row[0])
        ),
    )


def numbers_in(
    sources: Sources, look: Look, told: Iterable[tuple[Case, Column]]
) -> Mapping[str, str]:
    """Return the numbers of cases that columns of the rows of cases name, as `numbers_named`."""
    named = {
        value.rpartition("/")[2]
        for case, column in told
        if isinstance(column.type, NamesCase)
        and isinstance(value := case.values.get(column.name), str)
    }
    if not named:
        return {}
    query = look.seen(ListQuery(ids=tuple(sorted(named)), limit=len(named)))
    return {one.stream: one.number for one in sources.reads.list_cases(query, 0).cases}


def streams_named(sources: Sources, look: Look, numbers: Collection[str]) -> Mapping[str, str]:
    """Return the streams of the cases of *numbers*, by number, of those that lie in sight.

    One statement; none where no number is asked for.
    """
    if not numbers:
        return {}
    query = look.seen(ListQuery(numbers=tuple(sorted(numbers)), limit=len(numbers)))
    return {one.number: one.stream for one in sources.reads.list_cases(query, 0).cases}


def nameable(
    sources: Sources, look: Look, case: Case, documents: Iterable[Document]
) -> Mapping[str, str]:
    """Return the numbers of what rows of *documents* could take up again, by stream.

    What has ended at the unit of *case*, or is of a round before; a statement for each kind.
    """
    types = (one.type for document in documents for one in document.columns)
    kinds = {one.kind for one in types if isinstance(one, NamesCase) and one.past and one.kind}
    queries = (
        ListQuery(kind=one, at=case.unit, sort="-number", limit=MOST) for one in sorted(kinds)
    )
    found = (one for query in queries for one in sources.reads.list_cases(look.seen(query)).cases)
    rounds, here = {one.cycle.id: one.running.round for one in look.cycles}, case.cycle
    return {
        one.stream: one.number
        for one in found
        if lies_behind(NamedCase(one, rounds[one.cycle]), rounds[here])
    }


def recurring(sources: Sources, look: Look, case: Case, scheme: Scheme) -> Recurring:
    """Return what *case* came back from and as, as far as the one who looks sees it."""
    document = None if case.row is None else scheme.documents.get(case.row[0])
    if document is None or not any(isinstance(one.type, NamesCase) for one in document.columns):
        return Recurring()
    query = ListQuery(kind=case.kind, at=case.unit, sort="-number", limit=MOST)
    there = [one for one in sources.reads.list_cases(look.seen(query)).cases if one.id != case.id]
    named = set(map(str, case.values.values()))
    return Recurring(
        earlier=tuple(one for one in there if one.stream in named),
        later=tuple(one for one in there if case.stream in one.values.values()),
    )
