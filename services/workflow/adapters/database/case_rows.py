"""Cases of every kind as the rows that hold them, the same for every database.

What lists filter and sort by stands in columns; all else is canonical JSON, in `pinned` (never
changes) or `facts` (moves). A field added to `Case` later needs a spelling here and no migration;
one that equals its default is left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from schemas.canonical import write_plain
from schemas.instants import instant
from services.workflow.adapters.database.rows import moment, path_text
from services.workflow.domain.case.head import (
    FIELDS,
    NO_DUE,
    Audit,
    Awaited,
    Case,
    Due,
    Filed,
    Given,
    Graded,
    Holder,
    Link,
    Reached,
    Signature,
    Source,
    Verdict,
    changed,
    first_due,
)

Spell = Callable[[datetime], Any]  # how an instant is put for a database
Plain = Any  # what JSON can say

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(4096)  # one instant stands in many heads, and in one head for all its life
def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


@lru_cache(4096)
def _at(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


# --- How each field that is no column is put ---


def _same(value: Plain) -> Plain:
    return value


def _put_reached(reached: Mapping[str, Reached]) -> Plain:
    """Put both times of a state as one where they are the same, as they nearly always are."""
    return {
        state: _micros(one.effective_at)
        if one.effective_at == one.recorded_at
        else [_micros(one.effective_at), _micros(one.recorded_at)]
        for state, one in reached.items()
    }


def _get_reached(put: Mapping[str, Plain]) -> dict[str, Reached]:
    return {state: _get_times(times) for state, times in put.items()}


def _get_times(times: Plain) -> Reached:
    effective, recorded = times if type(times) is list else (times, times)
    return Reached(effective_at=_at(effective), recorded_at=_at(recorded))


def _put_figure(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)


def _get_figure(put: str | None) -> Decimal | None:
    return None if put is None else Decimal(put)


def _put_filed(one: Filed) -> Plain:
    rows = {str(number): dict(values) for number, values in one.rows.items()}
    texts = {str(number): [text["sha256"], text["length"]] for number, text in one.texts.items()}
    return [one.version, one.submitter, rows, *([texts] if texts else [])]


def _get_filed(put: Plain) -> Filed:
    version, submitter, rows, *texts = put
    return Filed(
        version=version,
        submitter=submitter,
        rows={int(number): values for number, values in rows.items()},
        texts={
            int(number): {"sha256": sha256, "length": length}
            for told in texts
            for number, (sha256, length) in told.items()
        },
    )


def _put_given(one: Given) -> Plain:
    parts = {name: str(part) for name, part in one.parts.items()}
    return [_put_figure(one.figure), parts, dict(one.votes), one.n_valid, one.by]


def _get_given(put: Plain) -> Given:
    figure, parts, votes, n_valid, by = put
    return Given(
        figure=_get_figure(figure),
        parts={name: Decimal(part) for name, part in parts.items()},
        votes=votes,
        n_valid=n_valid,
        by=by,
    )


def _put_grade(one: Graded) -> Plain:
    return [one.name, _put_figure(one.figure), one.uncapped]


def _get_grade(put: Plain) -> Graded:
    name, figure, uncapped = put
    return Graded(name=name, figure=_get_figure(figure), uncapped=uncapped)


def _put_due(due: Due) -> Plain:
    put = [
        due.at and _micros(due.at),
        due.rule and dict(due.rule),
        due.calendar and list(due.calendar),
        [[one.link, one.stream, one.version] for one in due.sources] or None,
        due.by_hand or None,
        due.waits_for and [due.waits_for.link, due.waits_for.mark],
        due.raised_from and due.raised_from.isoformat(),
    ]
    while put and put[-1] is None:
        put.pop()
    return put


def _get_due(put: Sequence[Plain]) -> Due:
    if not put:
        return NO_DUE
    at, rule, calendar, sources, by_hand, awaited, raised = [*put, *_NOTHING[len(put) :]]
    return Due(
        at=None if at is None else _at(at),
        rule=rule,
        calendar=None if calendar is None else (calendar[0], calendar[1]),
        sources=tuple(Source(link=link, stream=stream, version=n) for link, stream, n in sources)
        if sources
        else (),
        by_hand=bool(by_hand),
        waits_for=None if awaited is None else Awaited(link=awaited[0], mark=awaited[1]),
        raised_from=None if raised is None else date.fromisoformat(raised),
    )


_NOTHING: list[Plain] = [None] * 7  # of what a deadline may have


def _put_holders(holders: Sequence[Holder]) -> Plain:
    """Put desks without the names of their members: they are in every head, written every time."""
    return [
        [one.unit, one.role, one.person, one.desk, int(one.vacant), *_put_due(one.due)]
        for one in holders
    ]


def _get_holders(put: Plain) -> tuple[Holder, ...]:
    return tuple(
        Holder(
            unit=unit, role=role, person=person, desk=desk, vacant=bool(vacant), due=_get_due(due)
        )
        for unit, role, person, desk, vacant, *due in put
    )


def _each(convert: Callable[[Any], Any]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda named: {name: convert(one) for name, one in named.items()}


def _put_links(links: Sequence[Link]) -> Plain:
    """Put links as the reading statement takes them apart: see `postgres_cases.LINKED`."""
    return [[one.name, one.kind, one.way, one.unit, one.back] for one in links]


def _get_links(put: Plain) -> tuple[Link, ...]:
    return tuple(
        Link(name=name, kind=kind, way=way, unit=unit, back=back)
        for name, kind, way, unit, back in put
    )


def _get_pairs(put: Plain) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(pair) for pair in put)


Codec = tuple[Callable[[Any], Plain], Callable[[Plain], Any]]
_PLAIN: Codec = (_same, _same)
_INSTANT: Codec = (_micros, _at)
_PAIR: Codec = (list, tuple)
_PINNED: Mapping[str, Codec] = {
    "scheme": _PLAIN,
    "label": _PLAIN,
    "unit_kind": _PLAIN,
    "opened_at": _INSTANT,
    "initial": _PLAIN,
    "parties": (dict, _same),
    "audits": (
        lambda audits: [[one.stage, one.body] for one in audits],
        lambda put: tuple(Audit(stage=stage, body=body) for stage, body in put),
    ),
    "links": (_put_links, _get_links),
    "values": (dict, _same),
    "row": _PAIR,
    "because": _PLAIN,
}
_FACTS: Mapping[str, Codec] = {
    "past_subjects": _PAIR,
    "final": _PLAIN,
    "holders": (_put_holders, _get_holders),
    "reached": (_put_reached, _get_reached),
    "forgot_at": _INSTANT,
    "planned": (_each(date.isoformat), _each(date.fromisoformat)),
    "documents": (_each(_put_filed), _each(_get_filed)),
    "n_filed": (dict, _same),
    "n_rows": (dict, _same),
    "components": (_each(_put_given), _each(_get_given)),
    "waived": (sorted, frozenset),
    "grades": (_each(_put_grade), _each(_get_grade)),
    "flags": (sorted, frozenset),
    "mode": _PLAIN,
    "order": _PLAIN,
    "verdicts": (
        _each(lambda one: [one.passed, one.person, one.body]),
        _each(lambda put: Verdict(passed=put[0], person=put[1], body=put[2])),
    ),
    "signatures": (
        lambda signed: [[one.desk, one.person] for one in signed],
        lambda put: tuple(Signature(desk=desk, person=person) for desk, person in put),
    ),
    "fired": (dict, _same),
    "decisions": (list, _get_pairs),
    "numbers": (dict, _same),
    "rosters": (dict, _same),
    "unsigned_version": _PLAIN,
    "paused_days": _PLAIN,
}
_COLUMNS = frozenset(
    "id kind of family number cycle tier person unit path version state due entered_at"  # noqa: SIM905
    " suspended_at effective_at recorded_at".split()
)
if _COLUMNS | _PINNED.keys() | _FACTS.keys() != FIELDS:
    raise LookupError(f"no row has {FIELDS - _COLUMNS - _PINNED.keys() - _FACTS.keys()}")


def _defaults() -> Iterator[tuple[str, Any]]:
    for one in fields(Case):
        if one.default is not MISSING:
            yield one.name, one.default
        elif one.default_factory is not MISSING:
            yield one.name, one.default_factory()  # shared: nobody changes one in place


_DEFAULTS = dict(_defaults())
_PUTS = [(name, put, _DEFAULTS.get(name)) for name, (put, _) in _FACTS.items()]
_PINS = [(name, put, _DEFAULTS.get(name)) for name, (put, _) in _PINNED.items()]
_GETS = {name: get for name, (_, get) in {**_PINNED, **_FACTS}.items() if get is not _same}
_BARE = object.__new__(Case)
object.__setattr__(_BARE, "__dict__", _DEFAULTS)


def _put(case: Case, spellings: Sequence[tuple[str, Callable[[Any], Plain], Any]]) -> str:
    values = vars(case)
    told = {
        name: put(value)
        for name, put, default in spellings
        if (value := values[name]) is not None and value != default
    }
    return write_plain(told).decode()


def _get(text: str) -> dict[str, Any]:
    values: dict[str, Any] = orjson.loads(text)
    for name in values.keys() & _GETS.keys():
        values[name] = _GETS[name](values[name])
    return values


@lru_cache(1024)
def _pinned(text: str) -> dict[str, Any]:
    """Read what never changes of a case: the same text for many of one round and body."""
    return _get(text)


# --- Rows ---


def record_row(case: Case) -> dict[str, Any]:
    """Return the row of `case_record`."""
    return {
        "id": case.id,
        "kind": case.kind,
        "of": case.of or case.unit,
        "family": case.family,
        "number": case.number,
        "cycle": case.cycle,
        "tier": case.tier,
        "person": case.person,
        "unit": case.unit,
        "path": path_text(case.path),
        "pinned": _put(case, _PINS),
    }


def standing_row(case: Case, spell: Spell = instant) -> dict[str, Any]:
    """Return what the rows of `case_head` and `case_interval` both have of a case."""
    holder = first_due(case.holders)
    due_at = case.due.at
    return {
        "case_id": case.id,
        "version": case.version,
        "state": case.state,
        "holder_unit": holder and holder.unit,
        "holder_role": holder and holder.role,
        "holder_person": holder and holder.person,
        "entered_at": spell(case.entered_at),
        "due_at": due_at and spell(due_at),
        "suspended_at": case.suspended_at and spell(case.suspended_at),
        "effective_at": spell(case.effective_at),
        "recorded_at": spell(case.recorded_at),
    }


def head_row(case: Case, spell: Spell = instant) -> dict[str, Any]:
    """Return the row of `case_head`."""
    return standing_row(case, spell) | {"facts": facts_of(case)}


def interval_row(case: Case, spell: Spell = instant) -> dict[str, Any]:
    """Return the row of `case_interval` that the event leading to *case* begins."""
    row = standing_row(case, spell)
    return {
        **{name: row[name] for name in ("case_id", "version", "state", "due_at")},
        **{name: row[name] for name in ("holder_unit", "holder_role", "holder_person")},
        "suspended": case.suspended,
        "effective_from": row["effective_at"],
        "recorded_from": row["recorded_at"],
    }


def facts_of(case: Case) -> str:
    """Return everything else that moves of a case, as `case_head` keeps it."""
    return _put(case, _PUTS)


def case_of(row: Any) -> Case:
    """Return the case of a row joined from `case_record` and `case_head` (attributes by name)."""
    values = _pinned(row.pinned) | _get(row.facts)
    holders: tuple[Holder, ...] = values.get("holders", ())
    first = first_due(holders)
    values |= {
        "id": row.id,
        "kind": row.kind,
        "of": row.of if "/" in row.of else None,  # else the unit: no case is called like one
        "family": row.family,
        "number": row.number,
        "cycle": row.cycle,
        "tier": row.tier,
        "person": row.person,
        "unit": row.unit,
        "path": tuple(row.path[1:-1].split("/")),
        "version": row.version,
        "state": row.state,
        "due": NO_DUE if first is None else first.due,
        "entered_at": moment(row.entered_at),
        "suspended_at": moment(row.suspended_at),
        "effective_at": moment(row.effective_at),
        "recorded_at": moment(row.recorded_at),
    }
    case = changed(_BARE, values)
    if vars(case).keys() != FIELDS:
        unknown = sorted(vars(case).keys() ^ FIELDS)
        raise LookupError(f"a case of another release: {unknown}")
    return case


def source_rows(case: Case) -> list[dict[str, Any]]:
    """Return the rows of `case_source`: which cases told the deadlines of *case*, and as of when.

    A calendar is none of them: nearly every deadline counts in one, and a new one is followed by
    going through the rounds that follow it.
    """
    rows = {
        (holder.desk, kind, told_by): version
        for holder in case.holders
        for source in holder.due.sources
        for kind, told_by, version in _sources(case, source)
    }
    return [
        {"case_id": case.id, "desk": desk, "kind": kind, "source": source, "version": n, "hash": ""}
        for (desk, kind, source), n in rows.items()
    ]


def _sources(case: Case, source: Source) -> Iterator[tuple[str, str, int]]:
    """Yield a case by its id; and where others may come to stand, by their kind and unit."""
    link = case.link(source.link)
    if link is None:  # the round: its days move by no event
        return
    if source.stream is not None:
        yield "case", source.stream.rpartition("/")[2], source.version
    if source.stream is None or link.way != "of":
        yield "slot", f"{link.kind}/{link.unit or ''}", 0
