"""From a case's components to its grades, and the limits that take grades down.

Figures are exact fractions from end to end, rounded half up once, at the end (`schemas.scoring`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from schemas.scoring import band, rounded, weighed
from services.workflow.domain.case.head import Case, Given, Graded
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.data.component import figure
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Cap, Component, Grading
from services.workflow.domain.organisation import Organisation


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One component of a weighted figure, as it stands in a case."""

    component: Component
    weight: Decimal
    given: Given | None
    waived: bool

    @property
    def exact(self) -> Fraction | None:
        """What it comes to before any rounding; None: it was not given, or is no figure."""
        given = self.given
        if given is None or given.value is None:
            return None
        return figure(self.component, given.parts) if given.parts else given.value


def grades_of(case: Case, world: World) -> dict[str, Graded]:
    """Return every grade that can be told of *case* as it stands, by grading."""
    return dict(_grades(case, world))


def _grades(case: Case, world: World) -> Iterator[tuple[str, Graded]]:
    for grading in gradings_of(case, world.scheme, world.organisation):
        graded = _graded(grading, case, world)
        if graded is not None:
            yield grading.name, _capped(graded, grading, case, world)


def gradings_of(case: Case, scheme: Scheme, organisation: Organisation) -> Iterator[Grading]:
    """Yield the gradings of cases like this one, as its tier has them."""
    for whole in scheme.gradings.values():
        grading = whole.of_tier(case.tier)
        if matches(grading.where, case, organisation):
            yield grading


def terms_of(case: Case, grading: Grading, scheme: Scheme) -> tuple[Term, ...]:
    """Return what a weighted figure is made of, in the order of the scheme's components."""
    tier = case.tier or ""
    return tuple(
        Term(
            component=whole.of_tier(tier),
            weight=grading.weights[name],
            given=case.components.get(name),
            waived=name in case.waived,
        )
        for name, whole in scheme.components.items()
        if name in grading.weights
    )


def caps_on(
    case: Case, grading: Grading, scheme: Scheme, organisation: Organisation
) -> Iterator[Cap]:
    """Yield the limits that hold for a case's grade, whether or not it lies above them."""
    order = {grade.name for grade in grading.grades}
    for cap in scheme.caps:
        applies = cap.grading in ("", grading.name) and cap.at_best in order
        if applies and matches(cap.where, case, organisation):
            yield cap


def _graded(grading: Grading, case: Case, world: World) -> Graded | None:
    if grading.by == "bands":
        total = weighted(terms_of(case, grading, world.scheme))
        if total is None:
            return None
        shown = rounded(total)
        bands = [(grade.name, grade.least) for grade in grading.grades]
        return Graded(name=band(shown, bands), figure=shown)
    if grading.by == "votes":
        return _voted(grading, case)
    decided = case.grades.get(grading.name)
    return None if decided is None else Graded(name=decided.uncapped or decided.name)


def weighted(terms: Sequence[Term]) -> Fraction | None:
    """Return the weighted figure; None while a component is missing that was not taken out."""
    there = [(one.exact, one.weight) for one in terms if not one.waived]
    known = [(exact, weight) for exact, weight in there if exact is not None]
    return weighed(known) if len(known) == len(there) else None


def _voted(grading: Grading, case: Case) -> Graded | None:
    given = case.components.get(grading.of)
    if given is None or not given.n_valid:
        return None
    n_for = 0
    for grade in grading.grades:
        n_for += given.votes.get(grade.name, 0)
        if grade.share is None or n_for * grade.share[1] >= given.n_valid * grade.share[0]:
            return Graded(name=grade.name)
    return Graded(name=grading.grades[-1].name)


def _capped(graded: Graded, grading: Grading, case: Case, world: World) -> Graded:
    order = [grade.name for grade in grading.grades]  # best first
    caps = caps_on(case, grading, world.scheme, world.organisation)
    lowest = max([order.index(graded.name), *(order.index(cap.at_best) for cap in caps)])
    if order[lowest] == graded.name:
        return graded
    return Graded(name=order[lowest], figure=graded.figure, uncapped=graded.name)
