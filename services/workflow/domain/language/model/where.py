"""`where`: which cases something is for; one form everywhere (§2).

All conditions of one `where` hold together. An attribute that is not filled in does not match.
"""

from dataclasses import dataclass
from datetime import date

from services.workflow.domain.language.model.placed import Placed


@dataclass(frozen=True, slots=True)
class AttributeIs(Placed):
    """`{public_hospital: true}`: an attribute of the anchor unit has this value."""

    attribute: str
    value: bool | str


@dataclass(frozen=True, slots=True)
class AttributeWithin(Placed):
    """`{staff: {below: 100}}`, `{founded: {from: 2019-10-01}}`: from inclusive, below exclusive."""

    attribute: str
    least: int | date | None = None  # `from`
    below: int | date | None = None


@dataclass(frozen=True, slots=True)
class UnitKindIn(Placed):
    """`{unit_kind: [unit_committee]}`: the kind of the anchor unit."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TierIn(Placed):
    """`{tier: [A, B]}`."""

    tiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModeIs(Placed):
    """`{mode: on_site}`."""

    mode: str


@dataclass(frozen=True, slots=True)
class FlagSet(Placed):
    """`{flag: discipline_problem}`."""

    flag: str


@dataclass(frozen=True, slots=True)
class GradeIn(Placed):
    """`{grade: {of: person, in: [average, poor]}}`: the grade in force."""

    grading: str
    grades: tuple[str, ...]


Condition = AttributeIs | AttributeWithin | UnitKindIn | TierIn | ModeIs | FlagSet | GradeIn


@dataclass(frozen=True, slots=True)
class Where(Placed):
    """Conditions that hold together; none: everything."""

    conditions: tuple[Condition, ...] = ()


EVERYWHERE = Where()
