"""Which acts end a case while cases that belong to it may be open: those live on by themselves.

An act that waits for them (`all_ended`) or ends them too (`fires`) leaves none.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from services.workflow.domain.language.model.guards import AllEnded
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Consequence
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.model.where import FlagSet, GradeIn, ModeIs
from services.workflow.domain.language.soundness.reach import closure


class Outlives(NamedTuple):
    """Cases of *child* may live on when *trigger* has ended the case they belong to."""

    trigger: Trigger
    state: str  # the end it leads to
    child: Kind


def outliving(scheme: Scheme, kind: Kind, life: Life) -> Iterator[Outlives]:
    """Yield what may outlive a case of *kind*, by the act that ends it."""
    return _outliving(scheme, kind, life, life.triggers.values())


def outlives(scheme: Scheme, kind: Kind, life: Life, trigger: Trigger) -> Iterator[Outlives]:
    """Yield what may outlive a case of *kind* that *trigger* ends; nothing where it ends none."""
    return _outliving(scheme, kind, life, (trigger,))


def _outliving(
    scheme: Scheme, kind: Kind, life: Life, triggers: Iterable[Trigger]
) -> Iterator[Outlives]:
    where = dict[str, set[str]]()  # by child: the same for all triggers, and long to find out
    children = [child for child in scheme.kinds.values() if child.origin.parent == kind.name]
    ending = [one for one in triggers if _ends(one, one.sources, life)] if children else []
    for trigger, child in product(ending, children):
        if _minds(trigger, kind, child):
            continue
        if child.name not in where:
            where[child.name] = _where_there_may_be(child, scheme, life)
        sources = [source for source in trigger.sources if source in where[child.name]]
        yield from (Outlives(trigger, state, child) for state in _ends(trigger, sources, life))


def _minds(trigger: Trigger, kind: Kind, child: Kind) -> bool:
    links = {link.name for link in kind.links.values() if link.kind == child.name}
    waits = any(isinstance(guard, AllEnded) and guard.link in links for guard in trigger.guards)
    return waits or any(fires.link in links for fires in trigger.fires)


def _where_there_may_be(child: Kind, scheme: Scheme, life: Life) -> set[str]:
    """Return the states in which a case may have some *child*: from what opens one on."""
    if child.opened_by:
        return set(life.states)
    consequences = [one for one in scheme.consequences if one.opens == child.name]
    by = {made.by for made in child.made_from}
    opening = {
        trigger.name
        for trigger in life.triggers.values()
        if trigger.name in by
        or any(one.kind == child.name for one in trigger.opens)
        or any(_leads_to(one, trigger) for one in consequences)
    }
    moves = {
        (trigger.name, source, target)
        for kind in _unit_kinds(life)
        for trigger, source, target in life.edges(kind)
    }
    first = {target for name, _, target in moves if name in opening}
    staying = (life.triggers[name] for name in opening if life.triggers[name].to is None)
    first |= {source for trigger in staying for source in trigger.sources}
    return closure(first, {(source, target) for _, source, target in moves})


def _leads_to(consequence: Consequence, trigger: Trigger) -> bool:
    """Tell whether the trigger tells of a case what the consequence follows from."""
    takes = {take.what for take in (*trigger.takes, *trigger.corrects)}
    graded = not takes.isdisjoint(("component", "grade"))
    return any(
        (graded and isinstance(condition, GradeIn))
        or (isinstance(condition, FlagSet) and trigger.sets_what("flag") is not None)
        or (isinstance(condition, ModeIs) and trigger.sets_what("mode") is not None)
        for condition in consequence.where.conditions
    )


def _ends(trigger: Trigger, sources: Iterable[str], life: Life) -> dict[str, None]:
    courses = dict.fromkeys(life.stages(unit_kind) for unit_kind in _unit_kinds(life))
    ends = life.ends
    return {
        state: None
        for source in sources
        for stages in courses
        for state in trigger.targets(source, stages)
        if state in ends
    }


def _unit_kinds(life: Life) -> tuple[str, ...]:
    return ("", *life.audits)
