"""Having a quota met: others that it counts get another grade, by figures, a poll or a cap."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Protocol

from services.workflow.application.rehearsing.causing import Seeks
from services.workflow.application.rehearsing.suiting import suit_to
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.ranking import counts, grading_of, ranked_of, standing
from services.workflow.domain.language.model.guards import QuotaMet, Taken
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.scores import Cap, Grading, Quota
from services.workflow.domain.language.model.triggers import Route, Take, Trigger

DEEPEST_ASKED = 1  # others who are to be graded first do not ask the same of others again


class Grades(Seeks, Protocol):
    """Whoever has cases graded in a rehearsal."""

    def be_voted_on(self, case: Case, trigger: Trigger, component: str) -> bool: ...


def have_quotas_met(seeker: Grades, case: Case, trigger: Trigger) -> bool:
    """Have others graded until each quota that *trigger* asks for is met; tell whether they are."""
    asked = [one.quota for one in trigger.guards if isinstance(one, QuotaMet)]
    quotas = [seeker.play.world.scheme.quotas[one] for one in asked]
    return seeker.depth <= DEEPEST_ASKED and all(
        _have_met(seeker, case, trigger, one) for one in quotas
    )


def _have_met(seeker: Grades, case: Case, trigger: Trigger, quota: Quota) -> bool:
    grading = grading_of(quota, seeker.play.world.scheme, case.tier or "")
    if grading is None:
        return False
    if _is_met(seeker, case, quota):  # unless the act brings one grade too many itself
        return not _are_of(grading, (*trigger.takes, *trigger.corrects))
    among = [one for one in seeker.play.world.heads.sharing(case, quota.among) if counts(one)]
    for one in sorted(among, key=lambda one: (one.stream == case.stream, one.number)):
        lacking, over = _missing(seeker, case, quota)
        if not lacking and not over:
            break
        if one.is_open and _has(seeker, one, quota) is bool(over):
            _grade_again(seeker, one, trigger, quota, grading)
    return _is_met(seeker, case, quota)


def _is_met(seeker: Grades, case: Case, quota: Quota) -> bool:
    return _missing(seeker, case, quota) == (0, 0)


def _missing(seeker: Grades, case: Case, quota: Quota) -> tuple[int, int]:
    """Return how many of its grades a quota lacks, and how many are too many."""
    world = seeker.play.world
    among = [one for one in world.heads.sharing(case, quota.among) if counts(one)]
    ranked = [ranked_of(one, quota.grading) for one in among]
    now = standing(ranked, quota, grading_of(quota, world.scheme, case.tier or ""))
    return now.lacking, now.over


def _has(seeker: Grades, case: Case, quota: Quota) -> bool:
    graded = ranked_of(seeker.play.case(case.stream), quota.grading).graded
    return graded is not None and graded.name in quota.grades


def _grade_again(
    seeker: Grades, one: Case, trigger: Trigger, quota: Quota, grading: Grading
) -> None:
    """Have a case get one of the grades of a quota; or, if it has one, another."""
    has = _has(seeker, one, quota)
    fitting = [grade.name for grade in grading.grades if (grade.name in quota.grades) is not has]
    for way in _ways(seeker, one, trigger, grading, fitting):
        inner = seeker.inner()
        inner.wishes.grades[grading.name] = fitting[0]
        way(inner)
        if _has(seeker, one, quota) is not has:
            return


def _ways(
    seeker: Grades, one: Case, trigger: Trigger, grading: Grading, fitting: Collection[str]
) -> Iterator[Callable[[Grades], bool]]:
    """Yield what may give *one* another grade: an act, a poll, a correction, a cap."""
    life = seeker.play.world.life(one)
    for act in life.triggers.values():
        if _are_of(grading, act.takes):
            yield partial(_cause, one, act)
    for component in made_of(grading):
        yield partial(_vote, one, trigger, component)
    for act in life.triggers.values():
        if _are_of(grading, act.corrects):
            yield partial(_cause, one, act)
    for cap in seeker.play.world.scheme.caps:
        if cap.grading in ("", grading.name) and cap.at_best in fitting:
            yield partial(_take_down, one, cap)


def _cause(one: Case, act: Trigger, seeker: Grades) -> bool:
    return seeker.cause(one.stream, act)


def _vote(one: Case, trigger: Trigger, component: str, seeker: Grades) -> bool:
    return seeker.be_voted_on(one, trigger, component)


def _take_down(one: Case, cap: Cap, seeker: Grades) -> bool:
    return suit_to(seeker, one.stream, cap.where.conditions)


def made_of(grading: Grading) -> list[str]:
    """Return the components that a grade is made of."""
    return [one for one in (grading.of, *grading.weights) if one]


def _are_of(grading: Grading, takes: Iterable[Take]) -> bool:
    """Tell whether a grade, or what it is made of, is among *takes*."""
    names = {("component", one) for one in made_of(grading)} | {("grade", grading.name)}
    return not names.isdisjoint((one.what, one.name) for one in takes)


def leading_to(life: Life, grading: Grading) -> Iterator[Trigger]:
    """Yield the triggers that bring a grade, or what it is made of; then those that need it."""
    yield from (one for one in life.triggers.values() if _are_of(grading, one.takes))
    needed = {*made_of(grading)}
    for one in life.triggers.values():
        asks = {guard.component for guard in one.guards if isinstance(guard, Taken)}
        routed = isinstance(one.to, Route) and one.to.grading == grading.name
        if not _are_of(grading, one.takes) and not one.corrects and (routed or asks & needed):
            yield one
