"""What is kept until a state is not given away before it: no act tells a grade by having happened.

What follows from a kept grade opens its cases only once it is told. But who sees a case sees where
it stands, and what was done: a route by such a grade, or an act that it alone allows, tells it.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from schemas.said import said
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Route, Trigger
from services.workflow.domain.language.model.where import GradeIn
from services.workflow.domain.language.soundness.noting import Note
from services.workflow.domain.language.soundness.reach import closure, edges, unit_kinds


def check_keeping(scheme: Scheme, note: Note) -> None:
    """Note acts that tell a grade while its figures are kept."""
    for kind, life in scheme.lives():
        for grading in scheme.gradings:
            for state in sorted(scheme.kept_until(grading, life.tier) & life.states.keys()):
                for trigger in _telling(life, grading, state):
                    reason = said(
                        "what {kind} does by the grade {grading} tells it before {state},"
                        " until which its figures are kept",
                        kind=kind.name,
                        grading=grading,
                        state=state,
                    )
                    note(trigger.at, reason)


def _telling(life: Life, grading: str, state: str) -> Iterator[Trigger]:
    """Yield the triggers after which a case is still to come to *state*, and whose grade shows."""
    kept = _kept(life, state)
    for trigger in life.triggers.values():
        if kept.isdisjoint(trigger.sources):
            continue
        to = trigger.to
        if isinstance(to, Route) and to.grading == grading:
            targets = {*to.routes.values(), to.otherwise} - {""}
            if len(targets) > 1 and not kept.isdisjoint(targets):
                yield trigger
        elif grading in _asked(trigger) and _stays(trigger, kept):
            yield trigger


def _kept(life: Life, state: str) -> set[str]:
    """Return the states that a case comes to before *state*, and from which it still may."""
    found = set[str]()
    for unit_kind in unit_kinds(life):
        pairs = edges(life, unit_kind)
        before = closure({life.initial}, [one for one in pairs if state not in one])
        found |= before & closure({state}, [(target, source) for source, target in pairs])
    return found - {state}


def _stays(trigger: Trigger, kept: AbstractSet[str]) -> bool:
    targets = {target for source in trigger.sources for target in trigger.targets(source, ())}
    return not targets or not kept.isdisjoint(targets)


def _asked(trigger: Trigger) -> Iterator[str]:
    """Yield the gradings by whose grade the trigger fires or not, or takes something or not."""
    for asked in (*trigger.guards, *trigger.takes):
        yield from (one.grading for one in asked.where.conditions if isinstance(one, GradeIn))
