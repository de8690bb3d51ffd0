"""What follows from grade, flags and mode in force: nothing of it is stored but the cases it opens.

Whether it follows is asked of the case before an event and after it; only the difference does
anything. A case that was opened because of what is no longer so ends, by the trigger its scheme has
for that.

What follows from a grade opens nothing while that is kept from anybody who sees the case: a talk
that somebody is called to would tell them the grade before the feedback does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.workflow.domain.case.head import Case
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Consequence
from services.workflow.domain.language.model.triggers import ToState
from services.workflow.domain.language.model.where import AttributeIs, AttributeWithin, GradeIn
from services.workflow.domain.organisation import Organisation

NO_LONGER, COMPLETED = "no_longer", "completed"
_OF_UNITS = (AttributeIs, AttributeWithin)  # true of a unit on a day


@dataclass(frozen=True, kw_only=True, slots=True)
class Follows:
    """Something that changed: a case to open, or one to end by a trigger of its own."""

    kind: str
    because: str
    ends: tuple[Case, str] | None = None


def in_force(case: Case, scheme: Scheme, organisation: Organisation) -> Iterator[Consequence]:
    """Yield every consequence that *case* has as it stands."""
    for one in scheme.consequences:
        if one.kind in ("", case.kind) and matches(one.where, case, organisation):
            yield one


def opening(case: Case, scheme: Scheme, *, kept_too: bool = False) -> Iterator[tuple[str, str]]:
    """Yield which kind follows from *case* because of what, unless an attribute has a say in it.

    *kept_too*: also because of a grade that is kept yet, as releases before this one opened it.
    """
    for one in in_force(case, scheme, Organisation.empty()):
        if one.opens and not _asks_units(one) and (kept_too or is_told(one, case, scheme)):
            yield one.opens, one.clause or one.opens


def is_derived(kind: str, because: str, scheme: Scheme) -> bool:
    """Tell whether no attribute has a say in what opens cases of *kind* because of that."""
    found = (one for one in scheme.consequences if one.opens == kind)
    return not any(_asks_units(one) for one in found if (one.clause or one.opens) == because)


def _asks_units(one: Consequence) -> bool:
    return any(isinstance(each, _OF_UNITS) for each in one.where.conditions)


def may_follow(before: Case, after: Case) -> bool:
    """Tell whether a move from *before* to *after* may open or end anything at all."""
    return _in_question(before) != _in_question(after)


def _in_question(case: Case) -> tuple[object, ...]:
    return case.grades, case.flags, case.mode, case.reached.keys() if case.grades else ()


def is_told(one: Consequence, case: Case, scheme: Scheme) -> bool:
    """Tell whether no grade that *one* rests on is kept from anybody who sees *case*."""
    gradings = {each.grading for each in one.where.conditions if isinstance(each, GradeIn)}
    return all(scheme.kept_until(name, case.tier or "") <= case.reached.keys() for name in gradings)


def follows(before: Case, after: Case, world: World) -> Iterator[Follows]:
    """Yield what a move from *before* to *after* opens and ends."""
    scheme, organisation = world.scheme, world.organisation
    was = [one for one in in_force(before, scheme, organisation) if one.opens]
    is_now = [one for one in in_force(after, scheme, organisation) if one.opens]
    kept = {(one.clause, one.opens) for one in is_now}
    for one in was:
        if (one.clause, one.opens) not in kept:
            yield from _ending(after, one, world)
    for one in is_now:
        is_known = one in was and is_told(one, before, scheme)
        if is_known or not is_told(one, after, scheme):
            continue
        # What a release before this one opened while the grade was kept may be over already.
        ends = ("", COMPLETED) if one in was else ("",)
        if not any(other.final in ends for other in _because_of(after, one, world)):
            yield Follows(kind=one.opens, because=one.clause or one.opens)


def _opened_by(case: Case, one: Consequence, world: World) -> Iterator[Case]:
    return (other for other in _because_of(case, one, world) if other.is_open)


def _because_of(case: Case, one: Consequence, world: World) -> Iterator[Case]:
    because = one.clause or one.opens
    for other in world.heads.children(case, one.opens):
        if other.because == because:
            yield other


def _ending(case: Case, one: Consequence, world: World) -> Iterator[Follows]:
    for other in _opened_by(case, one, world):
        trigger = _trigger_that_ends(other, world)
        if trigger is not None:
            yield Follows(kind=one.opens, because=other.because, ends=(other, trigger))


def _trigger_that_ends(case: Case, world: World) -> str | None:
    life = world.life(case)
    for trigger in life.triggers_from(case.state):
        to = trigger.to
        leads = isinstance(to, ToState) and life.states[to.state].final == NO_LONGER
        if leads and trigger.caused:
            return trigger.name
    return None
