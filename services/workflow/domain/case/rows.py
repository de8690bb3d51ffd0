"""Rows that are cases: from then on the case is the truth, and the row is history.

A later version may add rows, and may not change or drop one whose case is open.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from schemas.calendar import end_of_day
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.naming import left_out, misnamed, missed
from services.workflow.domain.case.parties import subjects_of
from services.workflow.domain.case.world import World
from services.workflow.domain.data.columns import (
    bounds,
    ends_too_early,
    out_of_range,
    places,
    too_many_places,
)
from services.workflow.domain.language.model.days import FieldDay
from services.workflow.domain.language.model.documents import Case as CaseColumn
from services.workflow.domain.language.model.documents import Column, Day, Document, Person, Span
from services.workflow.domain.language.model.documents import Unit as UnitType
from services.workflow.domain.refusals import Blocker


def rows_at_fault(asked: Asked) -> Iterator[Blocker]:
    """Yield what is wrong with the rows that an act brings, beside their shape."""
    for name, given in asked.act.given.get("documents", {}).items():
        document, rows = asked.world.scheme.documents[name], given.get("rows")
        if isinstance(rows, list):
            yield from _repeated(rows, name)
            yield from _frozen(name, rows, asked)
        for place, row in placed(name, given):
            yield from _unfit(document, row, place, asked)


def unnamed(asked: Asked) -> Iterator[Blocker]:
    """Yield where rows could name no case, and say that there should be one."""
    for name, given in asked.act.given.get("documents", {}).items():
        yield from missed(asked.world.scheme.documents[name], placed(name, given), asked)


def placed(name: str, given: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the rows that are *given* of a document, each behind its place in the data."""
    start, rows = f"data.documents.{name}.rows", given.get("rows", ())
    if isinstance(rows, Mapping):
        yield from ((f"{start}.{part}", row) for part, row in rows.items())
    else:
        yield from ((f"{start}[{index}]", row) for index, row in enumerate(rows))


def made_of_rows(case: Case, document: str, world: World) -> Mapping[int, Case]:
    """Return the cases that were made of rows of *document*, by the row's number.

    What was carried over is of a row of the round before.
    """
    return {
        one.row[1]: one
        for kind in world.scheme.kinds.values()
        if kind.origin.parent == case.kind and any(m.document == document for m in kind.made_from)
        for one in world.heads.children(case, kind.name)
        if one.row is not None and one.row[0] == document and not one.carried_from
    }


def open_rows(case: Case, document: str, world: World) -> list[int]:
    """Return the rows of *document* that are open cases: a later version has them as they are."""
    filed = case.documents.get(document)
    made = made_of_rows(case, document, world) if filed is not None else {}
    return [n for n, one in made.items() if one.is_open and filed is not None and n in filed.rows]


def _repeated(rows: list[Mapping[str, Any]], name: str) -> Iterator[Blocker]:
    seen = set[int]()
    for index, row in enumerate(rows):
        number = row.get("row")
        if number in seen:
            place = f"data.documents.{name}.rows[{index}].row"
            yield Blocker(code="row_repeated", field=place, params={"row": number})
        if number is not None:
            seen.add(number)


def _frozen(name: str, rows: list[Mapping[str, Any]], asked: Asked) -> Iterator[Blocker]:
    given = {row["row"]: row for row in rows if "row" in row}
    made = made_of_rows(asked.case, name, asked.world)
    for number in open_rows(asked.case, name, asked.world):
        if number not in given or set(given[number]) != {"row"}:
            params: dict[str, str | int] = {"row": number, "number": made[number].number}
            yield Blocker(code="row_is_a_case", field=f"data.documents.{name}.rows", params=params)


def _unfit(
    document: Document, row: Mapping[str, Any], place: str, asked: Asked
) -> Iterator[Blocker]:
    known = asked.case.documents.get(document.name)
    number = row.get("row")
    if number is not None and (known is None or number not in known.rows):
        yield Blocker(code="row_unknown", field=f"{place}.row", params={"row": number})
        return
    if set(row) == {"row"}:
        return
    deadlines = _deadlines(document, asked)
    for column in document.columns:
        value, at = row.get(column.name), f"{place}.{column.name}"
        if value is None:
            if not column.optional:
                yield Blocker(code="required", field=at)
            else:
                yield from left_out(document, column, row, at, asked)
        elif column.name in deadlines and (why := _no_deadline(value, at, asked)):
            yield why
        elif isinstance(column.type, Day) and column.type.beyond:
            yield from _put_off_to(value, at, asked)
        elif isinstance(column.type, Day) and (column.type.past or column.type.since):
            yield from _untimely(column.type, value, at, asked)
        elif isinstance(column.type, Person) and _is_barred(column.type, value, asked):
            yield Blocker(code="its_own_subject", field=at, params={"id": value})
        else:
            yield from _flaws(column, value, at, asked)
            yield from _on_another_day(column, value, at, asked)


def _no_deadline(day: date, at: str, asked: Asked) -> Blocker | None:
    """Return why nothing can be due on *day*: it is past, or in no year of the calendar."""
    if not asked.world.knows(day):
        return Blocker(code="outside_calendar", field=at, params={"day": day.isoformat()})
    if day < asked.day:
        return Blocker(code="due_in_the_past", field=at, params={"date": asked.day.isoformat()})
    return None


def _flaws(column: Column, value: Any, at: str, asked: Asked) -> Iterator[Blocker]:
    if out_of_range(column, value):
        yield Blocker(code="out_of_range", field=at, params={"range": bounds(column)})
    elif too_many_places(column, value):
        yield Blocker(code="too_many_places", field=at, params={"places": places(column)})
    elif ends_too_early(column, value):
        yield Blocker(code="ends_too_early", field=f"{at}.until")
    elif isinstance(column.type, CaseColumn):
        yield from misnamed(column, value, at, asked)
    elif not _is_known(column, value, asked.world):
        yield Blocker(code="not_known", field=at, params={"id": value})


def _is_barred(kind: Person, person: str, asked: Asked) -> bool:
    """Tell whether *person* is one whom the case is or was about, where none of those may stand."""
    return not kind.subject and person in subjects_of(asked.case, asked.world)


def _untimely(kind: Day, day: date, at: str, asked: Asked) -> Iterator[Blocker]:
    """Yield why nothing can have been done on *day*: it is ahead, or before there was reason to."""
    first = asked.world.round.first_day if kind.past else date.min
    if kind.since:
        first = max(first, asked.world.day(asked.case.opened_at))
    if day < first or (kind.past and day > asked.day):
        bounds = {"since": first.isoformat(), "until": asked.day.isoformat()}
        code = "day_outside" if kind.past else "day_before_case"
        yield Blocker(code=code, field=at, params=bounds)


def _put_off_to(day: date, at: str, asked: Asked) -> Iterator[Blocker]:
    """Yield why the case's deadline cannot be put off to *day*: what its grant would be told."""
    world, present, now = asked.world, asked.case.due_at, asked.act.effective_at
    if not world.knows(day):
        yield Blocker(code="outside_calendar", field=at, params={"day": day.isoformat()})
        return
    due_at = end_of_day(day, world.scheme.zone)
    if due_at == present:
        yield Blocker(code="deadline_unchanged", field=at)
    elif due_at <= (now if present is None else max(now, present)):
        yield Blocker(code="deadline_not_ahead", field=at)


def _on_another_day(column: Column, value: Any, at: str, asked: Asked) -> Iterator[Blocker]:
    """Yield the ends of a span that lie on another day than is planned for its state."""
    state = column.type.day_of if isinstance(column.type, Span) else ""
    day = {**asked.case.planned, **asked.act.given.get("planned", {})}.get(state)
    if day is None:
        return
    for end, name in (("since", "from"), ("until", "until")):
        moment = value[end]
        told = asked.world.day(moment) if isinstance(moment, datetime) else moment
        if told != day:
            params: dict[str, str | int] = {"date": day.isoformat()}
            yield Blocker(code="not_on_the_day", field=f"{at}.{name}", params=params)


def _deadlines(document: Document, asked: Asked) -> set[str]:
    """Return the columns of days that stand alone as deadlines of what the rows are, or become.

    In `latest` another rule beside it gives whoever has to act their days.
    """
    kinds = [asked.world.kind(asked.case)]
    kinds += [
        kind
        for kind in asked.world.scheme.kinds.values()
        if any(made.document == document.name for made in kind.made_from)
    ]
    states = (state for kind in kinds for life in kind.lives for state in life.states.values())
    dues = (due for state in states for due in (state.due, *(desk.due for desk in state.desks)))
    named = {due.rule.column for due in dues if due is not None and isinstance(due.rule, FieldDay)}
    return {one.name for one in document.columns if isinstance(one.type, Day)} & named


def _is_known(column: Column, value: Any, world: World) -> bool:
    if isinstance(column.type, Person):
        return world.organisation.has_person(value)
    return not isinstance(column.type, UnitType) or world.organisation.unit(value) is not None
