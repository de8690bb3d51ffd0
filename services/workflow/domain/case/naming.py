"""Other cases that rows name: which have to be known, and which may stand there.

A row may name a case of any round, so they are not among the heads of this one: whoever decides is
handed those that are named and that who acts sees. Where cases are played in memory nothing is
handed over, and what is not of this round may be any.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from schemas.limits import PLAIN
from schemas.streams import NotAStream, Stream
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import NamedCase, Round, World
from services.workflow.domain.language.model.documents import Case as CaseColumn
from services.workflow.domain.language.model.documents import Column, Document, Named
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.refusals import Blocker

_SOME = 5  # numbers that are told of what could be named
ANY = ""  # the kind of a column in which a case of any may stand


class Wanted(NamedTuple):
    """What has to be known of other cases before rows are judged."""

    streams: frozenset[str] = frozenset()  # that they name
    kinds: frozenset[str] = frozenset()  # of which one of a round before should have been named


NOTHING = Wanted()


def wanted(documents: object, scheme: Scheme) -> Wanted:
    """Return what has to be known before *documents* are judged, given as they were sent."""
    streams, kinds = set[str](), set[str]()
    for name, given in _mapping(documents).items():
        document = scheme.documents.get(name)
        named = () if document is None else _naming(document)
        for row in _rows(_mapping(given).get("rows")) if named else ():
            for column, type_ in named:
                value = row.get(column.name)
                if isinstance(value, str) and _is_case(value):
                    streams.add(value)
                if value is None and document is not None and needed_by(document, column, row):
                    kinds |= {type_.kind} if type_.past else set()
    return Wanted(frozenset(streams), frozenset(kinds))


def needed_by(
    document: Document, column: Column, row: Mapping[str, Any]
) -> tuple[Column, Named] | None:
    """Return what *row* chose with which *column* has to be given; None: nothing of the sort."""
    by, options = document.needing(column) or (None, ())
    chosen = next((one for one in options if by and row.get(by.name) == one.name), None)
    return None if by is None or chosen is None else (by, chosen)


def left_out(
    document: Document, column: Column, row: Mapping[str, Any], at: str, asked: Asked
) -> Iterator[Blocker]:
    """Yield why *column*, which is optional, may not be left out of *row*."""
    needed = needed_by(document, column, row)
    if needed is None:
        return
    if not _is_past(column):
        yield Blocker(code="needed_with", field=at, params=_chosen(*needed))
    elif there := _of_rounds_before(column, asked):
        numbers = _numbers(there)
        params = _chosen(*needed) | _kind_of(column, asked.world) | {"numbers": numbers}
        yield Blocker(code="earlier_needed", field=at, params=params)


def missed(
    document: Document, rows: Iterator[tuple[str, Mapping[str, Any]]], asked: Asked
) -> Iterator[Blocker]:
    """Yield where a row could name nothing of a round before, as there is nothing it could be."""
    columns = [column for column, type_ in _naming(document) if type_.past]
    for place, row in rows if columns else ():
        for column in columns:
            needed = needed_by(document, column, row) if column.name not in row else None
            if needed is not None and not _of_rounds_before(column, asked):
                params = _chosen(*needed) | _kind_of(column, asked.world)
                yield Blocker(code="none_earlier", field=f"{place}.{column.name}", params=params)


def misnamed(column: Column, stream: str, at: str, asked: Asked) -> Iterator[Blocker]:
    """Yield why the case of *stream* cannot stand in *column*.

    What another case hands on was looked at there.
    """
    kind, world = _kind(column), asked.world
    if kind and Stream.parse(stream).kind != kind:
        yield Blocker(code="another_kind", field=at, params=_kind_of(column, world))
    elif not asked.act.caused:
        named = _named(stream, world)
        if named is None and world.named is not None:
            yield Blocker(code="number_unknown", field=at)
        elif named is not None and _is_past(column) and not lies_behind(named, world.round):
            params = {"number": named.case.number, "label": named.case.label}
            yield Blocker(code="still_open", field=at, params=params)


def lies_behind(named: NamedCase, round_: Round) -> bool:
    """Tell whether a case has ended, or is of a round before this one."""
    return not named.case.is_open or named.round.first_day < round_.first_day


def _named(stream: str, world: World) -> NamedCase | None:
    if world.named is not None:
        return world.named.get(stream)
    case = world.heads.cases.get(stream)
    return None if case is None else NamedCase(case, world.round)


def _of_rounds_before(column: Column, asked: Asked) -> list[Case]:
    """Return cases of rounds before at the same unit that *column* could name, the newest first."""
    kind, world = _kind(column), asked.world
    found = [
        one.case
        for one in (world.named or {}).values()
        if kind in (ANY, one.case.kind) and one.case.unit == asked.case.unit
        if one.round.first_day < world.round.first_day
    ]
    return sorted(found, key=lambda one: one.number, reverse=True)


def _kind(column: Column) -> str:
    return column.type.kind if isinstance(column.type, CaseColumn) else ANY


def _is_past(column: Column) -> bool:
    return isinstance(column.type, CaseColumn) and column.type.past


def _naming(document: Document) -> list[tuple[Column, CaseColumn]]:
    return [(one, one.type) for one in document.columns if isinstance(one.type, CaseColumn)]


def _chosen(by: Column, chosen: Named) -> dict[str, str]:
    told = {"column": by.name, "column_label": by.label}
    told |= {"option": chosen.name, "option_label": chosen.label}
    return {name: text[:PLAIN] for name, text in told.items()}


def _kind_of(column: Column, world: World) -> dict[str, str]:
    kind = world.scheme.kinds.get(_kind(column))
    return {} if kind is None else {"kind": kind.name, "kind_label": kind.label}


def _numbers(cases: list[Case]) -> str:
    return ", ".join(one.number for one in islice(cases, _SOME))[:PLAIN]


def _is_case(text: str) -> bool:
    try:
        stream = Stream.parse(text)
    except NotAStream:
        return False
    return stream.is_case and not stream.side


def _rows(rows: object) -> Iterator[Mapping[str, Any]]:
    listed = rows.values() if isinstance(rows, Mapping) else rows
    if isinstance(listed, str | bytes) or not hasattr(listed, "__iter__"):
        return
    yield from (one for one in listed if isinstance(one, Mapping))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
