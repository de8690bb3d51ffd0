"""From a case's components to its grades, and the limits that take grades down.

Figures are exact fractions from end to end, rounded half up once, at the end (`schemas.scoring`).
"""

from collections.abc import Iterator
from fractions import Fraction

from schemas.scoring import band, rounded, weighed
from services.workflow.domain.case.head import Case, Graded
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.data.component import figure
from services.workflow.domain.language.model.scores import Grading


def grades_of(case: Case, world: World) -> dict[str, Graded]:
    """Return every grade that can be told of *case* as it stands, by grading."""
    return dict(_grades(case, world))


def _grades(case: Case, world: World) -> Iterator[tuple[str, Graded]]:
    for name, whole in world.scheme.gradings.items():
        grading = whole.of_tier(case.tier or "")
        if not matches(grading.where, case, world.organisation):
            continue
        graded = _graded(grading, name, case, world)
        if graded is not None:
            yield name, _capped(graded, grading, name, case, world)


def _graded(grading: Grading, name: str, case: Case, world: World) -> Graded | None:
    if grading.by == "bands":
        total = _weighted(grading, case, world)
        if total is None:
            return None
        shown = rounded(total)
        bands = [(grade.name, grade.least) for grade in grading.grades]
        return Graded(name=band(shown, bands), figure=shown)
    if grading.by == "votes":
        return _voted(grading, case)
    decided = case.grades.get(name)
    return None if decided is None else Graded(name=decided.uncapped or decided.name)


def _weighted(grading: Grading, case: Case, world: World) -> Fraction | None:
    """Return the weighted figure; None while a component is missing that was not taken out."""
    figures = []
    for name, weight in grading.weights.items():
        if name in case.waived:
            continue
        given = case.components.get(name)
        if given is None or given.value is None:
            return None
        component = world.scheme.components[name].of_tier(case.tier or "")
        exact = figure(component, given.parts) if given.parts else given.value
        figures.append((exact, weight))
    return weighed(figures)


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


def _capped(graded: Graded, grading: Grading, name: str, case: Case, world: World) -> Graded:
    order = [grade.name for grade in grading.grades]  # best first
    lowest = order.index(graded.name)
    for cap in world.scheme.caps:
        applies = cap.grading in ("", name) and cap.at_best in order
        if applies and matches(cap.where, case, world.organisation):
            lowest = max(lowest, order.index(cap.at_best))
    if order[lowest] == graded.name:
        return graded
    return Graded(name=order[lowest], figure=graded.figure, uncapped=graded.name)
