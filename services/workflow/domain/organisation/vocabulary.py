"""Units and posts, and the closed lists of kinds and roles they are made of.

The lists are part of the contract: a scheme, a policy and an organisation file that name a kind
or a role which is not here are refused as a whole, so a typing error never becomes a silent gap.
"""

from dataclasses import dataclass
from datetime import date

KINDS: frozenset[str] = frozenset(
    {
        "work_committee",
        "leadership_group",
        "organ_committee",
        "organ_branch",
        "unit_committee",
        "unit_branch",
        "general_branch",
        "grassroots_branch",
    }
)
# The three administrators watch each other: nobody is two of them, and none touches a case.
ADMINISTRATORS: frozenset[str] = frozenset(
    {"system_administrator", "security_administrator", "audit_administrator"}
)
# In order: who stands in for the secretary comes second, and counts only in a vacancy.
SECRETARIES: tuple[str, ...] = ("secretary", "acting_secretary")
ROLES: frozenset[str] = ADMINISTRATORS | {
    *SECRETARIES,
    "deputy_secretary",
    "committee_member",
    "discipline_member",
    "head",
    "office",
    "clerk",
    "liaison",
    "inspector",
}


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

    @property
    def key(self) -> tuple[str, str, str, date]:
        """What tells this post from every other; `until` may still move."""
        return (self.person, self.unit, self.role, self.since)

    def holds_on(self, day: date) -> bool:
        """Tell whether the post is held on *day*; both its first and its last day count."""
        return self.since <= day and (self.until is None or day <= self.until)

    def overlaps(self, other: "Post") -> bool:
        """Tell whether there is a day on which both posts are held."""
        return (self.until is None or other.since <= self.until) and (
            other.until is None or self.since <= other.until
        )
