"""Units, posts and relations: what an organisation is made of.

Which kinds, roles, relations and attributes there are is the vocabulary's to say, and an
organisation file that names another is refused as a whole: a typing error never becomes a silent
gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from schemas.vocabulary import Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit; the root has no parent."""

    id: str
    parent: str | None
    name: str
    kind: str
    attributes: Mapping[str, Value] = field(default_factory=dict, hash=False)  # what is filled in


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From a day to a last day (inclusive; None: until further notice)."""

    since: date  # "from" in the file and on the wire
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on *day*; both its first and its last day count."""
        return self.since <= day and (self.until is None or day <= self.until)

    def overlaps(self, other: "Span") -> bool:
        """Tell whether there is a day on which both hold."""
        return (self.until is None or other.since <= self.until) and (
            other.until is None or self.since <= other.until
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Post(Span):
    """One person in one role of one unit."""

    person: str
    unit: str
    role: str

    @property
    def key(self) -> tuple[str, str, str, date]:
        """What tells this post from every other; `until` may still move."""
        return (self.person, self.unit, self.role, self.since)


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation(Span):
    """What one person is to one unit without holding a post there."""

    person: str
    unit: str
    relation: str

    @property
    def key(self) -> tuple[str, str, str, date]:
        """What tells this relation from every other; `until` may still move."""
        return (self.person, self.unit, self.relation, self.since)


@dataclass(frozen=True, kw_only=True, slots=True)
class Delegation(Span):
    """A deputy stands in for a person, in some roles of one unit."""

    deputy: str
    person: str
    unit: str
    roles: frozenset[str]

    @property
    def key(self) -> tuple[str, str, str, date]:
        """What tells this delegation from every other; the rest may still move."""
        return (self.deputy, self.person, self.unit, self.since)

    def covers(self, post: Post) -> bool:
        """Tell whether *post* is one that the deputy stands in for."""
        return post.unit == self.unit and post.role in self.roles


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence(Span):
    """A person is away."""

    person: str

    @property
    def key(self) -> tuple[str, date]:
        """What tells this absence from every other; `until` may still move."""
        return (self.person, self.since)
