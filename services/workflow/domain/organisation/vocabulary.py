"""Units and posts, and the closed lists of kinds and roles they are made of.

The lists are part of the contract: a scheme, a policy and an organisation file that name a kind
or a role which is not here are refused as a whole, so a typing error never becomes a silent gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

# In the order of the contract, with the words people read.
KIND_LABELS: Mapping[str, str] = {
    "work_committee": "省直机关工委",
    "leadership_group": "党组",
    "organ_committee": "机关党委",
    "organ_branch": "机关党支部",
    "unit_committee": "直属单位党委",
    "unit_branch": "直属单位党支部",
    "general_branch": "党总支",
    "grassroots_branch": "基层党支部",
}
ROLE_LABELS: Mapping[str, str] = {
    "secretary": "书记",
    "acting_secretary": "主持工作的负责人",
    "deputy_secretary": "副书记",
    "committee_member": "委员",
    "discipline_member": "纪检委员",
    "head": "行政负责人",
    "office": "党务部门",
    "clerk": "工作人员",
    "liaison": "联络员",
    "inspector": "纪检巡察",
    "system_administrator": "系统管理员",
    "security_administrator": "安全管理员",
    "audit_administrator": "审计管理员",
}
KINDS: frozenset[str] = frozenset(KIND_LABELS)
ROLES: frozenset[str] = frozenset(ROLE_LABELS)
# The three administrators watch each other: nobody is two of them, and none touches a case.
ADMINISTRATORS: frozenset[str] = frozenset(
    {"system_administrator", "security_administrator", "audit_administrator"}
)
# In order: who stands in for the secretary comes second, and counts only in a vacancy.
SECRETARIES: tuple[str, ...] = ("secretary", "acting_secretary")


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
