"""Who sits where: the part of the organisation that one decision needs.

The one idea: an `Organisation` here is an extract, a value holding the units of some reviews'
paths and their posts. It is cut out of the database when a rung fires, so that a message goes to
whoever holds the post on that day and not to whoever held it when the timer was set.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

# Bodies that stand above their members' and branches' secretaries; a leadership group does not.
COMMITTEE_KINDS = frozenset({"unit_committee", "organ_committee", "work_committee"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A party organisation; the root has no parent."""

    id: str
    parent: str | None
    name: str
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One person in one role of one unit; *until* is the last day."""

    person: str
    unit: str
    role: str
    since: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the post is held on *day*."""
        return self.since <= day and (self.until is None or day <= self.until)


class Organisation:
    """Some units with their posts; immutable."""

    def __init__(self, units: Iterable[Unit] = (), posts: Iterable[Post] = ()) -> None:
        self.units: Mapping[str, Unit] = {unit.id: unit for unit in units}
        self._posts: dict[str, list[Post]] = {}
        for post in sorted(posts, key=lambda post: (post.since, post.person)):
            self._posts.setdefault(post.unit, []).append(post)

    def kind(self, unit: str) -> str | None:
        """Return the kind of *unit*, None if it is unknown."""
        found = self.units.get(unit)
        return found.kind if found else None

    def name(self, unit: str) -> str:
        """Return the name of *unit*, its id if it is unknown."""
        found = self.units.get(unit)
        return found.name if found else unit

    def holders(self, unit: str, role: str, day: date) -> tuple[str, ...]:
        """Return who holds *role* in *unit* on *day*, longest in post first; empty: a vacancy."""
        return tuple(
            post.person
            for post in self._posts.get(unit, ())
            if post.role == role and post.holds_on(day)
        )

    def belongs(self, person: str, unit: str, day: date) -> bool:
        """Tell whether *person* holds any post in *unit* on *day*."""
        return any(
            post.person == person and post.holds_on(day) for post in self._posts.get(unit, ())
        )
