"""Which steps lead a case where: the shortest way over its triggers, and what that takes."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence

from services.workflow.application.rehearsing.offering import grade_that_leads
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World, stages
from services.workflow.domain.language.model.guards import CameBy
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.triggers import Route, Trigger

Step = tuple[Trigger, str]  # a trigger, and where it is to lead


def way_to(
    case: Case,
    state: str,
    world: World,
    barred: Collection[tuple[str, str, str]] = (),
    avoid: Collection[str] = (),
) -> tuple[Step, ...]:
    """Return the shortest way to *state*: each trigger, and where it is to lead; empty: none.

    It begins with no step that is *barred* where the case stands (trigger, from, to), and takes no
    trigger of *avoid*.
    """
    life, audits = world.life(case), stages(case)
    waiting = deque([case.state])
    seen, ways = {case.state}, dict[str, tuple[Step, ...]]()
    ways[case.state] = ()
    while waiting:
        at = waiting.popleft()
        for trigger, target in moves(life, at, audits):
            closed = at == case.state and (trigger.name, at, target) in barred
            if target in seen or closed or trigger.name in avoid:
                continue
            seen.add(target)
            ways[target] = (*ways[at], (trigger, target))
            if target == state:
                return ways[target]
            if not life.states[target].final:
                waiting.append(target)
    return ()


def moves(life: Life, at: str, audits: tuple[str, ...]) -> Iterator[Step]:
    """Yield each step out of the state *at*."""
    for trigger in life.triggers_from(at):
        for target in trigger.targets(at, audits):
            yield trigger, target


def other_ways(trigger: Trigger, life: Life, audits: tuple[str, ...]) -> frozenset[str]:
    """Return the triggers by which a case must not come to where *trigger* is fired."""
    asked = [one for one in trigger.guards if isinstance(one, CameBy)]
    into = {
        step.name
        for at in life.states
        for step, to in moves(life, at, audits)
        if to in trigger.sources
    }
    return frozenset(name for name in into if any(name not in one.triggers for one in asked))


def grades_for(way: Sequence[Step], world: World) -> dict[str, str]:
    """Return the grades by which the routes on *way* lead where they are to."""
    return {
        trigger.to.grading: grade_that_leads(
            trigger.to, world.scheme.gradings[trigger.to.grading], target
        )
        for trigger, target in way
        if isinstance(trigger.to, Route)
    }


def states_when_drawn(life: Life, draw: str, audits: tuple[str, ...]) -> Iterator[str]:
    """Yield each state that a draw may come to when its number is entered; none: not here."""
    for act in life.triggers.values():
        if act.draws is not None and (act.draws.name, act.draws.step) == (draw, "enter"):
            for source in act.sources:
                yield from act.targets(source, audits)


def has_come(one: Case, state: str, asking: Case) -> bool:
    """Tell whether *one* has come to *state* since *asking* last forgot what others reached."""
    entered = one.reached.get(state)
    if entered is None:
        return False
    return asking.forgot_at is None or entered.recorded_at > asking.forgot_at
