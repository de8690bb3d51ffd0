"""What an import would leave behind: open cases of units and people that go, desks left empty.

A case goes on without its unit or holder, but nobody acts on it and nobody is told: so it is named
before, and the import asks.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

from schemas.said import Said
from services.workflow.application.reading_ports import ListQuery, Reads, Seats
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Difference, Organisation, OrganisationFile, Post
from services.workflow.domain.organisation.sentences import say

SHOWN = 20  # cases that are named
_AT_ONCE = 200
_CODES = {
    (False, False): "leaves_unit",
    (False, True): "names_person",
    (True, False): "leaves_desk",
    (True, True): "leaves_own_desk",
}
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Left:
    """Open cases that lose their unit, the last one at their desk, or whose own desk it is."""

    unit: str
    role: str  # "": the unit itself goes, or the person
    numbers: tuple[str, ...]
    person: str = ""  # whose own desk it was


def left_behind(
    reads: Reads, file: OrganisationFile, changes: Difference, day: date
) -> Iterator[Left]:
    """Yield what *changes* would leave behind on *day*, units first."""
    gone = [unit.id for unit in changes.units.dropped]
    for unit in gone:
        found = [case for case in open_cases(reads, ListQuery(unit=unit)) if case.unit == unit]
        if found:
            yield Left(unit, "", _numbers(found))
    lost = [*changes.posts.dropped, *(was for was, _ in changes.posts.written if was)]
    for unit, role in sorted(_emptied(lost, file.posts, day, _desk)):
        found = [
            case
            for case in open_cases(reads, ListQuery(holder_unit=unit))
            if any((one.unit, one.role, one.person) == (unit, role, None) for one in case.holders)
        ]
        if found and unit not in gone:
            yield Left(unit, role, _numbers(found))
    people = [one.id for one in changes.people.dropped]
    for unit, role, person in sorted(_emptied(lost, file.posts, day, _own)):
        own = Seats(person=person, own=((unit, role),))
        found = list(open_cases(reads, ListQuery(held_by=(own,))))
        if found and unit not in gone and person not in people:
            yield Left(unit, role, _numbers(found), person)
    for person in people:
        found = list(open_cases(reads, ListQuery(held_by=(_own_desk(person, changes),))))
        if found:
            yield Left("", "", _numbers(found), person)


def _emptied(
    lost: Iterable[Post], posts: Iterable[Post], day: date, key: Callable[[Post], K]
) -> set[K]:
    """Return by *key* the posts that nobody has any more on *day* or, as it was the last, after it.

    A last day counts whole, so whoever ends a post today leaves its cases tomorrow.
    """
    days = (day, day + timedelta(days=1))
    had = {(on, key(post)) for on in days for post in lost if post.holds_on(on)}
    have = {(on, key(post)) for on in days for post in posts if post.holds_on(on)}
    return {what for _, what in had - have}


def _desk(post: Post) -> tuple[str, str]:
    return post.unit, post.role


def _own(post: Post) -> tuple[str, str, str]:
    return post.unit, post.role, post.person


def told_left(organisation: Organisation, left: Left) -> Said:
    """Return what is left behind, in words."""
    shown = "、".join(left.numbers[:SHOWN]) + ("…" if len(left.numbers) > SHOWN else "")
    code = _CODES[bool(left.role), bool(left.person)]
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
