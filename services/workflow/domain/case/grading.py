"""From a case's components to its grades, and the limits that take grades down.

Figures are decimal from end to end, weighted exactly and rounded half up once, at the end: a float
anywhere on the way would decide differently at a boundary.
"""

from collections.abc import Iterator
from decimal import Decimal

from services.workflow.domain.case.head import Case, Graded
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.data.component import CENT, EXACT, figure
from services.workflow.domain.language.model.scores import Grade, Grading


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
        return Graded(name=_band(grading, total).name, figure=total)
    if grading.by == "votes":
        return _voted(grading, case)
    decided = case.grades.get(name)
    return None if decided is None else Graded(name=decided.uncapped or decided.name)


def _weighted(grading: Grading, case: Case, world: World) -> Decimal | None:
    """Return the weighted figure; None while a component is missing that was not taken out."""
    total, weights = Decimal(0), Decimal(0)
    for name, weight in grading.weights.items():
        if name in case.waived:
            continue
        given = case.components.get(name)
        if given is None or given.figure is None:
            return None
        component = world.scheme.components[name].of_tier(case.tier or "")
        exact = figure(component, given.parts) if given.parts else given.figure
        total = EXACT.add(total, EXACT.multiply(exact, weight))
        weights = EXACT.add(weights, weight)
    return EXACT.quantize(EXACT.divide(total, weights), CENT) if weights else None


def _band(grading: Grading, total: Decimal) -> Grade:
    return next(
        (grade for grade in grading.grades if grade.least is not None and total >= grade.least),
        grading.grades[-1],
    )


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
