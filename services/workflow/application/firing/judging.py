"""One command against the cases as they stand: what would be written, or what the answer is.

The order of checks is part of the contract: absent or not yours (`hidden`), key seen before (the
caller asks the store), stale version, authority, state, guards and data. Nothing is written here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from schemas.complaints import Fault
from services.workflow.application.firing.commands import (
    Answer,
    CaseCommand,
    Command,
    OpenCommand,
    TallyCommand,
    Word,
)
from services.workflow.application.seeing import asking
from services.workflow.domain.authority import authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import (
    acts_alone,
    acts_for,
    lacking,
    not_submitted,
    who_may,
    why_not_fire,
)
from services.workflow.domain.case.acts import Act, Decided, Undone, clamp
from services.workflow.domain.case.deciding import decide
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.openers import why_not_open
from services.workflow.domain.case.polling import poll_of, why_not_hold
from services.workflow.domain.case.rounds import Request, decide_opening
from services.workflow.domain.case.seeing import extent_of, is_left_to_others
from services.workflow.domain.case.tallying import decide_tally
from services.workflow.domain.case.voices import voices
from services.workflow.domain.case.world import World
from services.workflow.domain.data import kinds, shorthand
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """Why a command is not done; *recorded* ones leave a trace in the refusals stream."""

    answer: Answer
    recorded: bool
    effective_at: datetime


def may_fire_now(command: Command, case: Case, world: World) -> bool:
    """Tell whether the actor may do what *command* asks, as of now and as the case stands.

    Then they find it, by the rule of `case.find`, and need not be asked about that besides. Nearly
    all may; of who may not `hidden` and `judge` tell the reason, each its own.
    """
    if isinstance(command, OpenCommand) or command.effective_at is not None:
        return False
    if not _fits(command, case, world):
        return False
    trigger = world.life(case).triggers[command.trigger]
    return not _why_not(command, case, trigger, world, world.now)


def hidden(command: Command, case: Case, world: World) -> Rejected | None:
    """Return the answer to who may not see *case*, which exists; None to who may.

    It comes before any word about a key: a used one must not tell which cases there are.
    """
    # What one may see is asked as of now; what one may do, as of when it takes effect.
    today = world.day(world.now)

    def may_act(candidate: Candidate) -> str:
        return _why_not_ask(candidate, command, case, world)

    sees = authorise(
        command.actor,
        "case.find",
        world.organisation,
        today,
        case=case,
        fires=may_act,
        **asking(case, world),
    )
    if sees.allowed:
        return None
    # The scope is the token's business and told; all else is not told apart from absent.
    outcome: Word = "not_allowed" if sees.reason == "client_scope" else "absent"
    answer = Answer(outcome=outcome, blockers=(Blocker(code=sees.reason),))
    at = _effective_at(command.effective_at, case, world.now)
    # A word that is no trigger was typed by somebody, and nothing typed enters the log.
    known = isinstance(command, CaseCommand) and command.trigger in world.life(case).triggers
    return Rejected(answer=answer, recorded=known, effective_at=at)


def _why_not_ask(candidate: Candidate, command: Command, case: Case, world: World) -> str:
    """Return "" if what *command* asks is the candidate's to do, else why not.

    What is left to others is there for who can act on it as it stands, and for nobody else.
    """
    if is_left_to_others(candidate, case, world) and not _fits(command, case, world):
        return "other_tree"
    if isinstance(command, OpenCommand):
        kind = world.scheme.kinds.get(command.kind)
        return (
            "no_post" if kind is None else why_not_open(candidate, kind, case.unit, case, world)[0]
        )
    if isinstance(command, TallyCommand):
        return why_not_hold(candidate, case, poll_of(case, command.trigger, world), world)
    trigger = world.life(case).triggers.get(command.trigger)
    return "no_post" if trigger is None else why_not_fire(candidate, case, trigger, world)


def _fits(command: Command, case: Case, world: World) -> bool:
    """Tell whether *command* fires a trigger that the case allows as it stands."""
    if isinstance(command, OpenCommand | TallyCommand):
        return False  # a part is opened, and a poll held, by who sees the case
    trigger = world.life(case).triggers.get(command.trigger)
    return trigger is not None and trigger.fits(case.state, suspended=case.suspended)


def judge(
    command: CaseCommand, case: Case, world: World, *, allowed: bool = False
) -> Decided | Rejected:
    """Return what *command*, whose actor may see *case*, would write, or why it writes nothing.

    *allowed* says that the actor is known to be one who may fire the trigger.
    """
    life, at = world.life(case), _effective_at(command.effective_at, case, world.now)
    trigger = life.triggers.get(command.trigger)
    if command.if_match is not None and _is_stale(command.if_match, case, trigger):
        return Rejected(answer=_stale(case, command.if_match), recorded=False, effective_at=at)
    if trigger is None:
        unknown = Blocker(code="unknown_trigger", field="trigger")
        answer = Answer(
            outcome="not_fulfilled", case=case, blockers=(unknown,), allowed=tuple(life.triggers)
        )
        return Rejected(answer=answer, recorded=False, effective_at=at)
    why = "" if allowed else _why_not(command, case, trigger, world, at)
    if why:
        roles = (role for _, roles in who_may(case, trigger, world) for role in roles)
        blocker = lacking(why, roles, world)
        if why == "not_submitter":
            unseen = _unseen(command, case, world)
            blocker = not_submitted(case, trigger, world.day(at), world, unseen)
        answer = Answer(outcome="not_allowed", case=case, blockers=(blocker,))
        return Rejected(answer=answer, recorded=True, effective_at=at)
    return _decided(command, case, trigger, world, at)


def _unseen(command: CaseCommand, case: Case, world: World) -> frozenset[str]:
    """Return the documents and figures of *case* that are not the actor's to see now."""
    candidate = Candidate(command.actor.person or "", world.organisation, world.day(world.now))
    extent = extent_of(voices(candidate, case, world), case, world)
    return frozenset(extent.documents | extent.components)


def _deputy_for(
    command: CaseCommand, case: Case, trigger: Trigger, world: World, at: datetime
) -> str | None:
    """Return as whose deputy the actor fires *trigger*; None: in their own right."""
    candidate = Candidate(command.actor.person or "", world.organisation, world.day(at))
    if not candidate.principals or acts_alone(candidate, case, trigger, world):
        return None
    return acts_for(candidate, case, trigger, world)


def _decided(
    command: CaseCommand, case: Case, trigger: Trigger, world: World, at: datetime
) -> Decided | Rejected:
    data, short = (
        command.data,
        bool(trigger.takes) and shorthand.is_used(command.data, world.scheme),
    )
    if short:
        data = shorthand.spelled_out(data, trigger, world.scheme)
    given, faults = kinds.read(trigger, case, world, data)
    act = Act(
        trigger=trigger.name,
        effective_at=at,
        person=command.actor.person,
        deputy_for=_deputy_for(command, case, trigger, world, at),
        given=given,
        reason=command.reason,
        reference=command.reference,
        desk=command.desk,
    )
    decided = decide(case, act, world)
    if isinstance(decided, Decided) and not faults:
        decided.deputy_for = act.deputy_for
        return decided
    if isinstance(decided, Undone) and not decided.fits:
        allowed = tuple(
            one.name
            for one in world.life(case).triggers.values()
            if one.fits(case.state, suspended=case.suspended)
        )
        unfit = Answer(outcome="unfit", case=case, blockers=decided.blockers, allowed=allowed)
        return Rejected(answer=unfit, recorded=True, effective_at=at)
    blockers = () if isinstance(decided, Decided) else decided.blockers
    told = tuple(_besides(blockers, faults))
    if short:
        told, faults = tuple(map(_as_written, told)), tuple(map(_as_written, faults))
    answer = Answer(outcome="not_fulfilled", case=case, blockers=told, faults=faults)
    return Rejected(answer=answer, recorded=not faults, effective_at=at)


def _besides(blockers: Iterable[Blocker], faults: Iterable[Fault]) -> Iterator[Blocker]:
    """Yield those of *blockers* that do not say again what *faults* do.

    What is at fault is left out, and so it may be lacking, or what it was a part of.
    """
    faulty, above = {fault.field for fault in faults}, set[str]()
    for path in faulty:
        while path := path[: max(path.rfind("."), path.rfind("["), 0)]:
            above.add(path)
    for one in blockers:
        if one.field not in faulty and not (one.code == "required" and one.field in above):
            yield one


Told = TypeVar("Told", Blocker, Fault)


def _as_written(told: Told) -> Told:
    """Return what is told of a place as the client spelled it."""
    return replace(told, field=shorthand.place(told.field))


def judge_tally(command: TallyCommand, case: Case, world: World) -> Decided | Rejected:
    """Return what taking a tally would write, or why it cannot be taken."""
    at, poll = _effective_at(None, case, world.now), poll_of(case, command.trigger, world)
    verdict = authorise(
        command.actor,
        "poll.run",
        world.organisation,
        world.day(world.now),
        case=case,
        fires=lambda candidate: why_not_hold(candidate, case, poll, world),
    )
    if not verdict.allowed:
        answer = Answer(outcome="not_allowed", case=case, blockers=(Blocker(code=verdict.reason),))
        return Rejected(answer=answer, recorded=True, effective_at=at)
    decided = decide_tally(case, command.tally, world, command.actor.person, at)
    if isinstance(decided, Decided):
        return decided
    answer = Answer(outcome="unfit", case=case, blockers=decided.blockers)
    return Rejected(answer=answer, recorded=False, effective_at=at)


def judge_opening(command: OpenCommand, parent: Case | None, world: World) -> Decided | Rejected:
    """Return what opening a case would write, or why it writes nothing."""
    asked = judge_asking(command, parent, world)
    if isinstance(asked, Rejected):
        return asked
    decided = decide_opening(asked, world)
    if isinstance(decided, Decided):
        return decided
    outcome: Word = "not_fulfilled" if decided.fits else "unfit"
    return _unopened(asked.effective_at, outcome, *decided.blockers)


def judge_asking(command: OpenCommand, parent: Case | None, world: World) -> Request | Rejected:
    """Return what *command* asks for, if there is such a thing and its actor may ask for it."""
    at = world.now if command.effective_at is None else clamp(command.effective_at, world.now)
    kind = world.scheme.kinds.get(command.kind)
    unit = command.unit if parent is None else parent.unit
    if kind is not None and not unit:
        unit = _of_opener(command, kind, world)
    if kind is None or world.organisation.unit(unit) is None:
        return _unopened(at, "absent", Blocker(code="not_found"))
    opened_from: list[str | None] = []

    def may_open(candidate: Candidate) -> str:
        why, body = why_not_open(candidate, kind, unit, parent, world)
        opened_from.append(body)
        return why

    day = world.day(min(at, world.now))
    verdict = authorise(
        command.actor, "case.open", world.organisation, day, unit=unit, fires=may_open
    )
    if not verdict.allowed:
        roles = (role for one in kind.opened_by for role in one.roles)
        return _unopened(at, "not_allowed", lacking(verdict.reason, roles, world))
    return Request(
        kind=kind.name,
        unit=unit,
        effective_at=at,
        person=command.actor.person,
        parent=parent,
        opened_from=opened_from[-1],
    )


def _unopened(at: datetime, outcome: Word, *blockers: Blocker) -> Rejected:
    answer = Answer(outcome=outcome, blockers=blockers)
    return Rejected(answer=answer, recorded=False, effective_at=at)


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
    # What lies in the future is refused for that, whoever will hold which post then.
    verdict = authorise(
        command.actor,
        "case.trigger",
        world.organisation,
        world.day(min(at, world.now)),
        case=case,
        fires=lambda candidate: why_not_fire(candidate, case, trigger, world),
        trigger=trigger.name,
        client_triggers=world.scheme.clients,
    )
    return verdict.reason


def _is_stale(expected: int, case: Case, trigger: Trigger | None) -> bool:
    if expected == case.version:
        return False
    # Another's signature of the same stay takes nothing away from this one's; that somebody came
    # or went meanwhile, nothing from anything.
    signs = trigger is not None and trigger.by_desk
    harmless = signs or not case.signatures
    return not (harmless and case.unsigned_version <= expected < case.version)


def _stale(case: Case, expected: int) -> Answer:
    params: dict[str, str | int] = {"expected": expected, "version": case.version}
    blocker = Blocker(code="stale_version", field="If-Match", params=params)
    return Answer(outcome="stale", case=case, blockers=(blocker,))


def _effective_at(asked: datetime | None, case: Case, now: datetime) -> datetime:
    if asked is None:
        # Another replica's clock may have been ahead of ours when it wrote the last event.
        return max(now, case.effective_at)
    return clamp(asked, now)
