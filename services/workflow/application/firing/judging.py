"""One command against the cases as they stand: what would be written, or what the answer is.

The order of checks is part of the contract: absent, stale version, authority, state, guards and
data. Nothing is written here.
"""

from dataclasses import replace
from datetime import datetime

from services.workflow.application.firing.commands import Answer, CaseCommand, OpenCommand
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import why_not_fire, why_not_open
from services.workflow.domain.case.acts import Act, Decided, Undone, clamp
from services.workflow.domain.case.deciding import decide
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.rounds import Request, decide_opening
from services.workflow.domain.case.world import World
from services.workflow.domain.data import kinds
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.reasons import REASONS
from services.workflow.domain.refusals import Blocker


def judge(command: CaseCommand, case: Case, world: World) -> Decided | Answer:
    """Return what *command* would write, or the answer where it writes nothing."""
    life = world.life(case)
    trigger = life.triggers.get(command.trigger)
    if command.if_match is not None and _is_stale(command.if_match, case, trigger):
        return _stale(case, command.if_match)
    if trigger is None:
        unknown = Blocker(code="unknown_trigger", field="trigger")
        known = tuple(life.triggers)
        return Answer(status=422, case=case, blockers=(unknown,), allowed=known)
    if command.effective_at is None and case.effective_at > world.now:
        # Another replica's clock was ahead of ours when it wrote the last event.
        world = replace(world, now=case.effective_at)
    at = world.now if command.effective_at is None else clamp(command.effective_at, world.now)
    why = _why_not(command, case, trigger, world, at)
    if why:
        return Answer(status=403, case=case, blockers=(Blocker(code=why),))
    given, faults = kinds.read(trigger, case, world, command.data)
    act = Act(
        trigger=trigger.name,
        effective_at=at,
        person=command.actor.person,
        given=given,
        reason=command.reason,
        reference=command.reference,
        desk=command.desk,
    )
    decided = decide(case, act, world)
    if isinstance(decided, Decided) and not faults:
        return decided
    if isinstance(decided, Undone) and not decided.fits:
        suspended = case.suspended
        fitting = tuple(
            one.name for one in life.triggers_from(case.state) if one.fits_suspension(suspended)
        )
        return Answer(status=409, case=case, blockers=decided.blockers, allowed=fitting)
    blockers = () if isinstance(decided, Decided) else decided.blockers
    faulty = {fault.field for fault in faults}
    told = tuple(one for one in blockers if one.field not in faulty)
    return Answer(status=422, case=case, blockers=told, faults=faults)


def judge_opening(command: OpenCommand, parent: Case | None, world: World) -> Decided | Answer:
    """Return what opening a case would write, or the answer where it writes nothing."""
    kind = world.scheme.kinds.get(command.kind)
    unit = command.unit if parent is None else parent.unit
    if kind is not None and not unit:
        unit = _of_opener(command, kind, world)
    if kind is None or world.organisation.unit(unit) is None:
        return Answer(status=404, blockers=(Blocker(code="not_found"),))
    at = world.now if command.effective_at is None else clamp(command.effective_at, world.now)
    candidate = Candidate(command.actor.person or "", world.organisation, world.day(at))
    why, opened_from = why_not_open(candidate, kind, unit, parent, world)
    if why:
        return Answer(status=403, blockers=(Blocker(code=why),))
    request = Request(
        kind=kind.name,
        unit=unit,
        effective_at=at,
        person=command.actor.person,
        parent=parent,
        opened_from=opened_from,
    )
    decided = decide_opening(request, world)
    if isinstance(decided, Decided):
        return decided
    return Answer(status=REASONS[decided.blockers[0].code].status, blockers=decided.blockers)


def _of_opener(command: OpenCommand, kind: Kind, world: World) -> str:
    """Return the unit where who opens on request may do so: theirs; "" where there is none."""
    if kind.origin.form != "on_request":
        return ""
    day = world.day(world.now)
    candidate = Candidate(command.actor.person or "", world.organisation, day)
    for post in world.organisation.posts_of(candidate.person, day):
        if not why_not_open(candidate, kind, post.unit, None, world)[0]:
            return post.unit
    return ""


def _why_not(command: CaseCommand, case: Case, trigger: Trigger, world: World, at: datetime) -> str:
    """Return "" if the actor may fire *trigger*, else why not."""
    person = command.actor.person
    if person is None:
        return "" if trigger.name in world.scheme.clients else "person_required"
    # What lies in the future is refused for that, whoever will hold which post then.
    day = world.day(min(at, world.now))
    return why_not_fire(Candidate(person, world.organisation, day), case, trigger, world)


def _is_stale(expected: int, case: Case, trigger: Trigger | None) -> bool:
    if expected == case.version:
        return False
    # Another's signature of the same stay takes nothing away from this one's.
    signs = trigger is not None and trigger.by_desk
    return not (signs and case.unsigned_version <= expected < case.version)


def _stale(case: Case, expected: int) -> Answer:
    params: dict[str, str | int] = {"expected": expected, "version": case.version}
    blocker = Blocker(code="stale_version", field="If-Match", params=params)
    return Answer(status=412, case=case, blockers=(blocker,))
