"""Builders: what a test needs, with everything it does not care about filled in."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.workflow.domain.organisation import Organisation, Post, Unit

DAY = date(2020, 1, 9)  # an ordinary working day inside the 2019 cycle

# A small tree with every kind of unit. The ids are the tree: c.h1.a is a branch of c.h1.
UNITS: tuple[tuple[str, str | None, str], ...] = (
    ("w", None, "work_committee"),
    ("g", "w", "leadership_group"),
    ("c", "g", "organ_committee"),
    ("c.o1", "c", "organ_branch"),
    ("c.b1", "c", "unit_branch"),
    ("c.h1", "c", "unit_committee"),
    ("c.h1.a", "c.h1", "grassroots_branch"),
    ("c.h1.b", "c.h1", "grassroots_branch"),
    ("c.h1.g", "c.h1", "general_branch"),
    ("c.h1.g.a", "c.h1.g", "grassroots_branch"),
    ("c.h2", "c", "unit_committee"),
    ("c.h2.a", "c.h2", "grassroots_branch"),
)


def unit(unit_id: str, parent: str | None, kind: str, **others: Any) -> Unit:
    return Unit(**{"id": unit_id, "parent": parent, "kind": kind, "name": unit_id, **others})


def post(
    person: str,
    unit_id: str,
    role: str,
    since: date = date(2019, 1, 1),
    until: date | None = date(2020, 12, 31),
) -> Post:
    return Post(person=person, unit=unit_id, role=role, since=since, until=until)


def organisation(
    posts: Iterable[Post] = (),
    units: Iterable[Unit] | None = None,
    people: Iterable[str] = (),
) -> Organisation:
    """Build an organisation at version 1; whoever holds a post is known."""
    posts = tuple(posts)
    if units is None:
        units = (unit(*entry) for entry in UNITS)
    return Organisation.empty().evolve(
        changed(units=units, people={*people, *(post.person for post in posts)}, posts=posts)
    )


def changed(
    units: Iterable[Unit] = (),
    people: Iterable[str] = (),
    posts: Iterable[Post] = (),
    dropped_units: Iterable[str] = (),
    dropped_people: Iterable[str] = (),
    dropped_posts: Iterable[Post] = (),
) -> dict[str, Any]:
    """Build the data of one `organisation_changed` event."""
    return {
        "units": [unit_entry(unit) for unit in units],
        "people": [
            {"id": person, "details": {"sha256": "0" * 64, "length": 1}}
            for person in sorted(people)
        ],
        "posts": [post_entry(post) for post in posts],
        "dropped": {
            "units": list(dropped_units),
            "people": list(dropped_people),
            "posts": [
                {key: value for key, value in post_entry(post).items() if key != "until"}
                for post in dropped_posts
            ],
        },
    }


def unit_entry(unit: Unit) -> dict[str, Any]:
    entry = {
        "id": unit.id,
        "name": unit.name,
        "kind": unit.kind,
        "staff": unit.staff,
        "public_hospital": unit.public_hospital,
    }
    return entry if unit.parent is None else {**entry, "parent": unit.parent}


def post_entry(post: Post) -> dict[str, Any]:
    entry = {
        "person": post.person,
        "unit": post.unit,
        "role": post.role,
        "from": post.since.isoformat(),
    }
    return entry if post.until is None else {**entry, "until": post.until.isoformat()}
