"""What one person could do with a case now, with the fields that each trigger's data take.

Clients learn names, labels and fields here, because a scheme makes them up. What only lacks its
data has nothing in its way: the data come with the trigger.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.form import form
from services.workflow.application.firing.judging import judge
from services.workflow.domain.authority import Actor
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import signable
from services.workflow.domain.case.acts import Decided
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import never_held
from services.workflow.domain.case.seeing import is_narrowed
from services.workflow.domain.case.world import World, stages
from services.workflow.domain.data.kinds import schema, taken, to_name
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.outliving import outlives
from services.workflow.domain.refusals import Blocker


@dataclass(frozen=True, kw_only=True, slots=True)
class Possible:
    """One trigger, seen by one person now."""

    trigger: str
    label: str
    to: Mapping[str, str]  # where it may lead, each with its label; empty: the state stays
    allowed: bool
    blockers: tuple[Blocker, ...]
    data: Mapping[str, Any]  # JSON Schema
    reason_required: bool
    desks: tuple[str, ...] = ()  # those this person could sign
    left_open: Mapping[str, int] = field(default_factory=dict)  # as in `Answer`
    warnings: tuple[Blocker, ...] = ()  # as in `Answer`


def possible(
    case: Case, actor: Actor, world: World, only: Callable[[Trigger], bool] | None = None
) -> list[Possible]:
    """Return every trigger that somebody may fire, in the scheme's order, as *actor* could now.

    *only* those that it takes: judging what nobody asks for is most of what a page costs.
    """
    triggers = world.life(case).triggers.values()
    return [
        _seen(trigger, case, actor, world)
        for trigger in triggers
        if trigger.by_desk or any(not grant.cause for grant in trigger.by)
        if only is None or only(trigger)
    ]


def _seen(trigger: Trigger, case: Case, actor: Actor, world: World) -> Possible:
    command = CaseCommand(case=case.stream, trigger=trigger.name, actor=actor, dry_run=True)
    verdict, states = judge(command, case, world), world.life(case).states
    blockers = () if isinstance(verdict, Decided) else verdict.answer.blockers
    named = to_name(trigger, case, world.life(case), world.scheme)
    takes = taken(trigger, case, world)
    told = form(schema(world.scheme, case.tier or "", trigger, takes, named))
    return Possible(
        trigger=trigger.name,
        label=trigger.label,
        to={
            state: states[state].label
            for state in _leads_to(trigger, case)
            if state in states  # another tier's
        },
        allowed=not blockers,
        blockers=blockers,
        data=told,
        reason_required=trigger.reason_required,
        desks=_desks(trigger, case, actor, world),
        left_open=counted(_living_on(trigger, case, world), world),
        warnings=warnings(trigger, case, world),
    )


def _leads_to(trigger: Trigger, case: Case) -> Iterator[str]:
    """Yield where *trigger* leads from here; of one for other states, where from those."""
    sources = (case.state,) if case.state in trigger.sources else trigger.sources
    found = (state for source in sources for state in trigger.targets(source, stages(case)))
    yield from dict.fromkeys(found)


def counted(cases: Iterable[Case], world: World) -> Mapping[str, int]:
    """Return how many cases live on without the one they belong to, by kind.

    That there is one which is left to some is not for everybody to know.
    """
    return Counter(one.kind for one in cases if not is_narrowed(one, world))


def warnings(trigger: Trigger, case: Case, world: World) -> tuple[Blocker, ...]:
    """Return what stands in no way of *trigger*, and who fires it should know."""
    polls = never_held(trigger, case, world) if world.polls else ()
    return tuple(Blocker(code="poll_never_held", params={"poll": one.label}) for one in polls)


def _living_on(trigger: Trigger, case: Case, world: World) -> Iterator[Case]:
    found = outlives(world.scheme, world.kind(case), world.life(case), trigger)
    kinds = {one.child.name for one in found}
    for kind in sorted(kinds) if case.state in trigger.sources else ():
        yield from (one for one in world.heads.children(case, kind) if one.is_open)


def _desks(trigger: Trigger, case: Case, actor: Actor, world: World) -> tuple[str, ...]:
    if not trigger.by_desk or actor.person is None:
        return ()
    candidate = Candidate(actor.person, world.organisation, world.day(world.now))
    return tuple(one.desk for one in signable(candidate, case, world) if one.desk)
