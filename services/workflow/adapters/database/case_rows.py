"""Cases of every kind as the rows that hold them, the same for every database.

What lists filter and sort by stands in columns; all else is canonical JSON, in `pinned` (never
changes) or `facts` (moves). Of a row that is written anew PostgreSQL logs what lies between the
bytes it begins and ends with as before. So `facts` is a list of pairs: what every move changes
comes first, then what the case has been through, the newest step first; what seldom moves is its
end. A field added to
`Case` later needs a spelling (`case_spelling`) and no migration; one that equals its default is
left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from schemas.canonical import write_plain
from schemas.instants import instant
from services.workflow.adapters.database.case_spelling import (
    BEEN,
    KEPT,
    MOVED,
    PINNED,
    Codec,
    Plain,
    get_been,
    get_holders,
    put_been,
    same,
)
from services.workflow.adapters.database.rows import moment, path_text
from services.workflow.domain.case.head import (
    FIELDS,
    NO_DUE,
    Case,
    Holder,
    Source,
    changed,
    first_due,
)
from services.workflow.domain.language.model.parties import AUDITING_BODY, PASSING_BODY

Spell = Callable[[datetime], Any]  # how an instant is put for a database

_COLUMNS = frozenset(
    "id kind of family number cycle tier person unit path version state due entered_at"  # noqa: SIM905
    " suspended_at effective_at recorded_at".split()
)
_SPELLED = {**PINNED, **MOVED, **KEPT}
_BY_HAND = {"reached", "fired", "unsigned_version"}  # see `facts_of`
if _COLUMNS | _SPELLED.keys() | _BY_HAND != FIELDS:
    raise LookupError(f"no row has {FIELDS - _COLUMNS - _SPELLED.keys() - _BY_HAND}")


def _defaults() -> Iterator[tuple[str, Any]]:
    for one in fields(Case):
        if one.default is not MISSING:
            yield one.name, one.default
        elif one.default_factory is not MISSING:
            yield one.name, one.default_factory()  # shared: nobody changes one in place


_DEFAULTS = dict(_defaults())
Spelling = Sequence[tuple[str, Callable[[Any], Plain], Any]]


def _spelling(codecs: Mapping[str, Codec]) -> Spelling:
    return [(name, put, _DEFAULTS.get(name)) for name, (put, _) in codecs.items()]


_PINS, _MOVED, _KEPT = _spelling(PINNED), _spelling(MOVED), _spelling(KEPT)
_GETS = {name: get for name, (_, get) in _SPELLED.items() if get is not same}
_BARE = object.__new__(Case)
object.__setattr__(_BARE, "__dict__", _DEFAULTS)


def _put(case: Case, spellings: Spelling) -> Iterator[tuple[str, Plain]]:
    values = vars(case)
    for name, put, default in spellings:
        value = values[name]
        if value is not None and value is not default and value != default:
            yield name, put(value)


def _get(text: str) -> dict[str, Any]:
    values: dict[str, Any] = dict(orjson.loads(text))
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
        "pinned": write_plain(dict(_put(case, _PINS))).decode(),
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
    holder = first_due(case.holders)
    due_at = case.due.at
    return {
        "case_id": case.id,
        "version": case.version,
        "state": case.state,
        "due_at": due_at and spell(due_at),
        "holder_unit": holder and holder.unit,
        "holder_role": holder and holder.role,
        "holder_person": holder and holder.person,
        "suspended": case.suspended,
        "effective_from": spell(case.effective_at),
        "recorded_from": spell(case.recorded_at),
    }


def facts_of(case: Case) -> str:
    """Return everything else that moves of a case, as `case_head` keeps it."""
    unsigned = case.unsigned_version  # nearly always the last, and left out
    first = [] if unsigned == case.version else [("unsigned_version", unsigned)]
    been = (BEEN, put_been(case.reached, case.fired))
    return write_plain([*first, *_put(case, _MOVED), been, *_put(case, _KEPT)]).decode()


def case_of(row: Any) -> Case:
    """Return the case of a row joined from `case_record` and `case_head` (attributes by name)."""
    values = _pinned(row.pinned) | {"unsigned_version": row.version} | _get(row.facts)
    values["reached"], values["fired"] = get_been(values.pop(BEEN))
    due_at = moment(row.due_at)
    holders: tuple[Holder, ...] = ()
    if "holders" in values:
        first_desk = (row.holder_unit, row.holder_role, row.holder_person, due_at)
        holders = values["holders"] = get_holders(values["holders"], *first_desk)
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


def beside_rows(case: Case) -> list[dict[str, Any]]:
    """Return the rows of `case_beside`: its units that do not stand on its path."""
    found = dict(case.parties).items() | {(AUDITING_BODY, one.body) for one in case.audits}
    found |= {(PASSING_BODY, one.body) for one in case.audits[-1:]}
    return [
        {"unit": unit, "case_id": case.id, "party": party}
        for party, unit in sorted(found)
        if unit not in case.path
    ]


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
        {"case_id": case.id, "desk": desk, "kind": kind, "source": source, "version": n}
        for (desk, kind, source), n in rows.items()
    ]


def grade_rows(case: Case) -> list[dict[str, Any]]:
    """Return the rows of `case_grade`, by grading."""
    return [
        {
            "case_id": case.id,
            "grading": grading,
            "name": one.name,
            "hundredths": None if one.figure is None else int(one.figure * 100),
            "uncapped": one.uncapped,
        }
        for grading, one in sorted(case.grades.items())
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
