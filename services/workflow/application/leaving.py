"""What an import would leave behind: open cases of units and people that go, desks left empty.

A case goes on without its unit or holder, but nobody acts on it and nobody is told: so it is named
before, and the import asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from schemas.said import Said
from services.workflow.application.reading_ports import ListQuery, Reads, Seats
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Difference, Organisation, OrganisationFile
from services.workflow.domain.organisation.sentences import say

SHOWN = 20  # cases that are named
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Left:
    """Open cases that lose their unit, the last one at their desk, or whose own desk it is."""

    unit: str
    role: str  # "": the unit itself goes, or the person
    numbers: tuple[str, ...]
    person: str = ""


def left_behind(
    reads: Reads, file: OrganisationFile, changes: Difference, day: date
) -> Iterator[Left]:
    """Yield what *changes* would leave behind on *day*, units first."""
    gone = [unit.id for unit in changes.units.dropped]
    for unit in gone:
        found = [case for case in open_cases(reads, ListQuery(unit=unit)) if case.unit == unit]
        if found:
            yield Left(unit, "", _numbers(found))
    kept = {(post.unit, post.role) for post in file.posts if post.holds_on(day)}
    lost = (*changes.posts.dropped, *(was for was, _ in changes.posts.written if was))
    desks = {(post.unit, post.role) for post in lost if post.holds_on(day)} - kept
    for unit, role in sorted(desks):
        found = [
            case
            for case in open_cases(reads, ListQuery(holder_unit=unit))
            if any((one.unit, one.role, one.person) == (unit, role, None) for one in case.holders)
        ]
        if found and unit not in gone:
            yield Left(unit, role, _numbers(found))
    for person in (one.id for one in changes.people.dropped):
        found = list(open_cases(reads, ListQuery(held_by=(_own_desk(person, changes),))))
        if found:
            yield Left("", "", _numbers(found), person)


def told_left(organisation: Organisation, left: Left) -> Said:
    """Return what is left behind, in words."""
    shown = "、".join(left.numbers[:SHOWN]) + ("…" if len(left.numbers) > SHOWN else "")
    code = "names_person" if left.person else "leaves_desk" if left.role else "leaves_unit"
    return say(
        code,
        person=left.person,
        unit=organisation.unit_name(left.unit),
        role=organisation.vocabulary.role_label(left.role) if left.role else "",
        total=len(left.numbers),
        shown=shown,
    )


def _own_desk(person: str, changes: Difference) -> Seats:
    lost = changes.posts.dropped
    return Seats(
        person=person, own=tuple((one.unit, one.role) for one in lost if one.person == person)
    )


def _numbers(cases: list[Case]) -> tuple[str, ...]:
    return tuple(case.number for case in cases)


def open_cases(reads: Reads, query: ListQuery) -> Iterator[Case]:
    """Yield every open case of a list, page by page."""
    query = replace(query, limit=_AT_ONCE)
    while True:
        page = reads.list_cases(query)
        yield from (case for case in page.cases if case.is_open)
        if page.next is None:
            return
        query = replace(query, after=page.next)
