"""What excludes each other in time: a role or relation held twice, and the three administrators."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from schemas.document import Document, Fault, Path
from schemas.vocabulary import ADMINISTRATORS, Vocabulary
from services.workflow.domain.organisation.model import Post, Relation, Span
from services.workflow.domain.organisation.sentences import say

S = TypeVar("S", bound=Post | Relation)


class Place(NamedTuple, Generic[S]):
    """Something that is held for a time, and where in the file it stands."""

    path: Path
    held: S


Conflict = tuple[Place[S], Place[S], str]


def post_faults(
    document: Document, posts: Sequence[Place[Post]], vocabulary: Vocabulary
) -> Iterator[Fault]:
    """Yield a fault for each pair that excludes each other, at the one written later."""
    yield from _faults(document, _conflicts(posts, vocabulary))


def relation_faults(document: Document, relations: Sequence[Place[Relation]]) -> Iterator[Fault]:
    """Yield a fault for each relation that is told twice for a day."""
    groups: dict[tuple[str, str, str], list[Place[Relation]]] = {}
    for place in relations:
        groups.setdefault(place.held.key[:3], []).append(place)
    conflicts = (
        (earlier, later, say("relation_overlaps"))
        for group in groups.values()
        for earlier, later in _overlaps(group)
    )
    yield from _faults(document, conflicts)


def _faults(document: Document, conflicts: Iterable[Conflict[S]]) -> Iterator[Fault]:
    for earlier, later, reason in conflicts:
        line = document.line_of(earlier.path)  # 0 where it stands in no file
        told = say("see_line", reason=reason, line=line) if line else reason
        yield document.fault(later.path, told)


def _conflicts(posts: Sequence[Place[Post]], vocabulary: Vocabulary) -> Iterator[Conflict[Post]]:
    by_post: dict[tuple[str, str, str], list[Place[Post]]] = {}
    by_desk: dict[tuple[str, str], list[Place[Post]]] = {}
    by_person: dict[str, list[Place[Post]]] = {}
    administrators: set[str] = set()
    held_by_one = {role.name for role in vocabulary.roles.values() if role.one}
    for place in posts:
        post = place.held
        by_post.setdefault((post.person, post.unit, post.role), []).append(place)
        if post.role in held_by_one:
            by_desk.setdefault((post.unit, post.role), []).append(place)
        by_person.setdefault(post.person, []).append(place)
        if post.role in ADMINISTRATORS:
            administrators.add(post.person)
    for group in by_post.values():
        for earlier, later in _overlaps(group):
            yield earlier, later, say("post_overlaps")
    for group in by_desk.values():
        for earlier, later in _overlaps(group):
            if earlier.held.person != later.held.person:
                label = vocabulary.role_label(later.held.role)
                yield earlier, later, say("held_by_two", unit=later.held.unit, label=label)
    for person in sorted(administrators):
        yield from _administrator_conflicts(by_person[person], vocabulary)


def _administrator_conflicts(
    posts: Sequence[Place[Post]], vocabulary: Vocabulary
) -> Iterator[Conflict[Post]]:
    for index, later in enumerate(posts):
        for earlier in posts[:index]:
            reason = _exclusion(earlier.held, later.held, vocabulary)
            if reason and earlier.held.overlaps(later.held):
                yield earlier, later, reason


def _exclusion(one: Post, other: Post, vocabulary: Vocabulary) -> str:
    n_administrators = len({one.role, other.role} & ADMINISTRATORS)
    one_label, other_label = (vocabulary.role_label(each.role) for each in (one, other))
    if n_administrators == 2:  # noqa: PLR2004 - both, and not the same one
        return say("administrators_exclude", one=one_label, other=other_label)
    if n_administrators == 1 and one.role != other.role:
        return say("administrators_touch_no_case", one=one_label, other=other_label)
    return ""


def _overlaps(places: Iterable[Place[S]]) -> Iterator[tuple[Place[S], Place[S]]]:
    """Yield pairs that overlap, the one written first in front; linear after sorting."""
    in_order = sorted(places, key=lambda place: (place.held.since, place.path))
    furthest: Place[S] | None = None  # the one that lasts longest of those begun so far
    for place in in_order:
        if furthest is not None and furthest.held.overlaps(place.held):
            first, second = sorted((furthest, place), key=lambda each: each.path)
            yield first, second
        if furthest is None or _outlasts(place.held, furthest.held):
            furthest = place


def _outlasts(one: Span, other: Span) -> bool:
    return other.until is not None and (one.until is None or one.until > other.until)
