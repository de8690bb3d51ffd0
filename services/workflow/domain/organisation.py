"""The organisation: units in a tree, people, and the posts they hold for a time.

The one idea: an `Organisation` is a value at one version of the organisation's stream. Who holds
what is always asked *at an instant*, because a case of January is judged by January's posts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A party organisation; the root has no parent."""

    id: str
    parent: str | None
    name: str
    kind: str  # one of KINDS
    staff: int = 0
    public_hospital: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One person in one role of one unit, from a day to a last day (inclusive; None: open)."""

    person: str
    unit: str
    role: str  # one of ROLES
    since: date  # "from" in the file and on the wire
    until: date | None = None
