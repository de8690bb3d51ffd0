"""What an import would leave behind: open cases of units that go, and desks that nobody is left at.

A case goes on without its unit or holder, but nobody acts on it and nobody is told: so it is named
before, and the import asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Difference, OrganisationFile

SHOWN = 20  # cases that are named
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Left:
    """Open cases that lose their unit, or the last one at their desk."""

    unit: str
    role: str  # "": the unit itself goes
    numbers: tuple[str, ...]


def left_behind(
    reads: Reads, file: OrganisationFile, changes: Difference, day: date
) -> Iterator[Left]:
    """Yield what *changes* would leave behind on *day*, units first."""
    gone = [unit.id for unit in changes.units.dropped]
    for unit in gone:
        found = [case for case in _open(reads, ListQuery(unit=unit)) if case.unit == unit]
        if found:
            yield Left(unit, "", _numbers(found))
    kept = {(post.unit, post.role) for post in file.posts if post.holds_on(day)}
    lost = (*changes.posts.dropped, *(was for was, _ in changes.posts.written if was))
    desks = {(post.unit, post.role) for post in lost if post.holds_on(day)} - kept
    for unit, role in sorted(desks):
        found = [
            case
            for case in _open(reads, ListQuery(holder_unit=unit))
            if any((one.unit, one.role, one.person) == (unit, role, None) for one in case.holders)
        ]
        if found and unit not in gone:
            yield Left(unit, role, _numbers(found))


def _numbers(cases: list[Case]) -> tuple[str, ...]:
    return tuple(case.number for case in cases)


def _open(reads: Reads, query: ListQuery) -> Iterator[Case]:
    """Yield every open case of a list, page by page."""
    query = replace(query, limit=_AT_ONCE)
    while True:
        page = reads.list_cases(query)
        yield from (case for case in page.cases if case.is_open)
        if page.next is None:
            return
        query = replace(query, after=page.next)
