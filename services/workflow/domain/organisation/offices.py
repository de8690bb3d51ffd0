"""What posts exclude each other in time: a desk held twice, and the three administrators."""

from collections.abc import Iterable, Iterator, Sequence

from schemas.document import Document, Fault
from services.workflow.domain.organisation.entry import Place
from services.workflow.domain.organisation.vocabulary import (
    ADMINISTRATORS,
    ROLE_LABELS,
    SECRETARIES,
    Post,
)


def post_faults(document: Document, posts: Sequence[Place]) -> Iterator[Fault]:
    """Yield a fault for each pair that excludes each other, at the one written later."""
    for earlier, later, reason in _conflicts(posts):
        line = document.line_of(earlier[0])
        yield document.fault(later[0], f"{reason}（见第 {line} 行）")


def _conflicts(posts: Sequence[Place]) -> Iterator[tuple[Place, Place, str]]:
    by_post: dict[tuple[str, str, str], list[Place]] = {}
    by_desk: dict[tuple[str, str], list[Place]] = {}
    by_person: dict[str, list[Place]] = {}
    administrators: set[str] = set()
    for place in posts:
        post = place[1]
        by_post.setdefault((post.person, post.unit, post.role), []).append(place)
        if post.role in SECRETARIES:
            by_desk.setdefault((post.unit, post.role), []).append(place)
        by_person.setdefault(post.person, []).append(place)
        if post.role in ADMINISTRATORS:
            administrators.add(post.person)
    for group in by_post.values():
        for earlier, later in _overlaps(group):
            yield earlier, later, "同一人在同一单位的同一职务时间重叠"
    for group in by_desk.values():
        for earlier, later in _overlaps(group):
            if earlier[1].person != later[1].person:
                label = ROLE_LABELS[later[1].role]
                yield earlier, later, f"单位“{later[1].unit}”同时有两位{label}"
    for person in sorted(administrators):
        yield from _administrator_conflicts(by_person[person])


def _administrator_conflicts(posts: Sequence[Place]) -> Iterator[tuple[Place, Place, str]]:
    for index, later in enumerate(posts):
        for earlier in posts[:index]:
            reason = _exclusion(earlier[1], later[1])
            if reason and earlier[1].overlaps(later[1]):
                yield earlier, later, reason


def _exclusion(one: Post, other: Post) -> str:
    n_administrators = len({one.role, other.role} & ADMINISTRATORS)
    roles = f"{ROLE_LABELS[one.role]}与{ROLE_LABELS[other.role]}"
    if n_administrators == 2:  # noqa: PLR2004 - both, and not the same one
        return f"三员互斥：{roles}不能由同一人同时担任"
    if n_administrators == 1 and one.role != other.role:
        return f"管理员不得经办考核：{roles}不能由同一人同时担任"
    return ""


def _overlaps(posts: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
    """Yield pairs that overlap, the one written first in front; linear after sorting."""
    in_order = sorted(posts, key=lambda place: (place[1].since, place[0][1]))
    furthest: Place | None = None  # the one that lasts longest of those begun so far
    for place in in_order:
        if furthest is not None and furthest[1].overlaps(place[1]):
            first, second = sorted((furthest, place), key=lambda each: each[0][1])
            yield first, second
        if furthest is None or _outlasts(place[1], furthest[1]):
            furthest = place


def _outlasts(one: Post, other: Post) -> bool:
    return other.until is not None and (one.until is None or one.until > other.until)
