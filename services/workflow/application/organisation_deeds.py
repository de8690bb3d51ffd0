"""What is done to people, posts, deputies and absences, as the audit administrator reads it.

Ids, roles and days alone: who reads deeds sees no address, and a name that is erased stays so.
"""

from collections.abc import Iterator
from datetime import datetime

from services.workflow.application.envelopes import Origin
from services.workflow.application.identity_ports import By
from services.workflow.application.ports import WrittenDown
from services.workflow.domain.organisation import Absence, Delegation, Difference, Post
from services.workflow.domain.organisation.deputising import Wish

Told = tuple[str, str, str | None]  # what, to whom, and more of it


def deeds_of(
    changes: Difference, root: str, origin: Origin, at: datetime, *, is_first: bool
) -> tuple[WrittenDown, ...]:
    """Return what is written down of *changes* in the order of their events.

    Each person and each post has one of its own; units, relations and words have one together. So
    has the whole of a first import (*is_first*), which is no act on anybody who was there.
    """
    by = By(client=origin.client, person=origin.actor)
    told = [("organisation_imported", root, None)] if is_first else [*_told(changes, root)]
    return tuple(
        WrittenDown(at=at, by=by, what=what, subject=subject, detail=detail)
        for what, subject, detail in told
    )


def deeds_of_standing_in(wish: Wish, origin: Origin, at: datetime) -> tuple[WrittenDown, ...]:
    """Return what is written down of a deputy or an absence; nothing where it was their own act."""
    one = wish.entry
    if origin.actor == one.person:
        return ()
    what, told = ("absence_recorded", "absence_withdrawn"), _days(one)
    if isinstance(one, Delegation):
        what = ("deputy_recorded", "deputy_withdrawn")
        told = f"{one.deputy} {one.unit} {','.join(sorted(one.roles))} {told}"
    by = By(client=origin.client, person=origin.actor)
    return (WrittenDown(at=at, by=by, what=what[wish.revoked], subject=one.person, detail=told),)


def _told(changes: Difference, root: str) -> Iterator[Told]:
    if changes.units or changes.relations or changes.is_said_anew:
        yield "organisation_changed", root, None
    for before, person in changes.people.written:
        yield "person_added" if before is None else "person_changed", person.id, None
    for post in changes.posts.dropped:
        yield "post_withdrawn", post.person, _spelled(post)
    for held, post in changes.posts.written:
        yield "post_given" if held is None else "post_changed", post.person, _spelled(post)
    for person in changes.people.dropped:
        yield "person_removed", person.id, None


def _spelled(post: Post) -> str:
    return f"{post.unit} {post.role} {_days(post)}"


def _days(span: Post | Delegation | Absence) -> str:
    if span.until is not None and span.until < span.since:
        return span.since.isoformat()  # taken back before it began: no day is left of it
    until = ".." if span.until is None else span.until.isoformat()  # as ISO 8601 has it
    return f"{span.since.isoformat()}/{until}"
