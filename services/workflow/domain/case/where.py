"""`where`: whether a case, or a unit that has none yet, is one of those that something is for.

What is not filled in does not match: nobody is exempt, graded lower or asked for more because of
a gap in the organisation file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.where import (
    AttributeIs,
    AttributeWithin,
    Condition,
    FlagSet,
    GradeIn,
    ModeIs,
    TierIn,
    UnitKindIn,
    Where,
)
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.organisation.parties import is_value, is_within


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """What conditions are held against: a case, or the unit that would get one."""

    unit: str
    unit_kind: str
    tier: str
    case: Case | None = None

    @classmethod
    def of(cls, case: Case) -> "Candidate":
        return cls(unit=case.unit, unit_kind=case.unit_kind, tier=case.tier or "", case=case)


def matches(where: Where, case: Case, organisation: Organisation) -> bool:
    """Tell whether *case* is one of those that *where* names."""
    return not where.conditions or names(where, Candidate.of(case), organisation)


def names(where: Where, candidate: Candidate, organisation: Organisation) -> bool:
    """Tell whether *where* names *candidate*: all of its conditions hold together."""
    return all(_holds(one, candidate, organisation) for one in where.conditions)


def _holds(condition: Condition, candidate: Candidate, organisation: Organisation) -> bool:
    return _CONDITIONS[type(condition)](condition, candidate, organisation)


def _is(condition: AttributeIs, candidate: Candidate, organisation: Organisation) -> bool:
    unit = organisation.unit(candidate.unit)
    return unit is not None and bool(is_value(unit, condition.attribute, condition.value))


def _within(condition: AttributeWithin, candidate: Candidate, organisation: Organisation) -> bool:
    unit, least, below = organisation.unit(candidate.unit), condition.least, condition.below
    return unit is not None and bool(is_within(unit, condition.attribute, least=least, below=below))


def _grade(condition: GradeIn, candidate: Candidate, _organisation: Organisation) -> bool:
    case = candidate.case
    graded = None if case is None else case.grades.get(condition.grading)
    return graded is not None and graded.name in condition.grades


def _mode(condition: ModeIs, candidate: Candidate, _organisation: Organisation) -> bool:
    return candidate.case is not None and candidate.case.mode == condition.mode


def _flag(condition: FlagSet, candidate: Candidate, _organisation: Organisation) -> bool:
    return candidate.case is not None and condition.flag in candidate.case.flags


_CONDITIONS: Mapping[type[Any], Callable[[Any, Candidate, Organisation], bool]] = {
    AttributeIs: _is,
    AttributeWithin: _within,
    UnitKindIn: lambda condition, candidate, _: candidate.unit_kind in condition.kinds,
    TierIn: lambda condition, candidate, _: candidate.tier in condition.tiers,
    ModeIs: _mode,
    FlagSet: _flag,
    GradeIn: _grade,
}
