"""What a counted poll writes: one event of the case that held it, and each covered case's figure.

Who is struck, which trigger takes the figure of a case and what follows from it is decided on the
cases as they stand, like every other effect. A case whose scheme names a trigger that a cause may
fire and that takes the component has it fired; any other simply gets the figure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.calendar import OutsideCalendar
from schemas.instants import instant
from schemas.tally import Result
from services.workflow.domain.case.acts import Act, Blocked, Decided, Recorded, Undone
from services.workflow.domain.case.composing import Composing
from services.workflow.domain.case.deciding import fire, unknown_day
from services.workflow.domain.case.effects import Transaction, leave_out
from services.workflow.domain.case.evolving import evolve
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import Covered
from services.workflow.domain.case.world import SOON, Looks, World
from services.workflow.domain.data.component import DATUM, Polled
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.triggers import Take, Trigger
from services.workflow.domain.refusals import Blocker

FACT = "tally_taken"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What was counted, ready to be told."""

    poll: str
    link: str  # that leads from the case to those covered
    covered: Sequence[Covered]
    told: Mapping[str, Any]  # members of the event: hashes, groups, whether the slips add up
    results: Mapping[str, Result]  # by case
    reason: str | None = None


def decide_tally(
    case: Case, tally: Tally, world: World, person: str | None, effective_at: datetime
) -> Decided | Undone:
    """Return all that taking the tally writes, or why it cannot be taken."""
    try:
        return _decided(case, tally, world, person, effective_at)
    except Blocked as blocked:  # by what it does elsewhere: all of it, or nothing
        return Undone(fits=True, blockers=blocked.blockers)
    except OutsideCalendar as outside:
        return Undone(fits=True, blockers=(unknown_day(outside),))


def _decided(
    case: Case, tally: Tally, world: World, person: str | None, effective_at: datetime
) -> Decided | Undone:
    if tally.poll in case.tallies:
        return Undone(fits=False, blockers=(Blocker(code="poll_counted"),))
    if not case.is_open:
        return Undone(fits=False, blockers=(Blocker(code="case_closed"),))
    cases = {one.stream: one for one in world.heads.linked(case, tally.link)}
    looks = Looks()
    data: dict[str, Any] = {
        "poll": tally.poll,
        "effective_at": instant(effective_at),
        "n_covered": len(tally.covered),
        **tally.told,
    }
    struck = dict(_struck(tally.covered, cases, looks))
    if struck:
        data["struck"] = [{"case": one, "reason": why} for one, why in struck.items()]
    if tally.reason:
        data["reason"] = Words(tally.reason)
    recorded_at = looks.recorded_at(world.now, case.recorded_at)
    after = evolve(case, FACT, data, person, recorded_at)
    writing = Transaction(world, fire=fire, person=person)
    own = Recorded(fact=FACT, data=data, before=case, after=after)
    at = writing.note(own, looks)
    left: list[dict[str, Any]] = []
    for one in tally.covered:
        if one.stream not in struck:
            _give(writing, at, cases[one.stream], tally, left)
    if left:
        data["left_out"] = left
    return writing.finished()


def _struck(
    covered: Sequence[Covered], cases: Mapping[str, Case], looks: Looks
) -> Iterator[tuple[str, str]]:
    """Yield the cases that no longer count: withdrawn, exempt, or about somebody else by now."""
    for one in covered:
        case = cases.get(one.stream)
        if case is None:
            yield one.stream, "abandoned"
            continue
        looks.by_version(case)
        if case.final not in ("", "completed"):
            yield one.stream, case.final
        elif case.person != one.person:
            yield one.stream, "replaced"


def _give(
    writing: Transaction, at: int, target: Case, tally: Tally, left: list[dict[str, Any]]
) -> None:
    """Give *target* every figure that comes from the poll."""
    scheme = writing.world.scheme
    for name, whole in scheme.components.items():
        if whole.of_tier(target.tier).poll != tally.poll or name in target.waived:
            continue
        target = writing.world.heads.cases.get(target.stream, target)
        result = tally.results.get(target.stream)
        if result is None or (result.exact is None and not result.n_valid):
            leave_out(left, name, "no_valid_ballot", target.stream)
        elif name in target.components:
            leave_out(left, name, "given_already", target.stream)
        else:
            _give_one(writing, at, target, name, tally, left)


def _give_one(
    writing: Transaction,
    at: int,
    target: Case,
    name: str,
    tally: Tally,
    left: list[dict[str, Any]],
) -> None:
    result = tally.results[target.stream]
    world = writing.world
    told = Polled(
        result.exact, result.votes, result.n_valid, tally.told["counts"], tally.told["rule"]
    )
    taker = _taker(target, name, world)
    given = {DATUM.member: {name: told}}
    if taker is not None:
        writing.fire_at(at, target, taker.name, given, left)
    elif not target.is_open or target.suspended:
        leave_out(left, name, "suspended" if target.suspended else "case_closed", target.stream)
    else:
        _tell(writing, at, target, name, given)


def _taker(case: Case, name: str, world: World) -> Trigger | None:
    """Return the trigger of *case*, as it stands, that a cause may fire to take a component."""
    life = world.life(case)
    return next(
        (
            trigger
            for trigger in life.triggers.values()
            if trigger.caused
            and any((one.what, one.name) == ("component", name) for one in trigger.takes)
            and life.ways.allow(trigger.name, case.state)
        ),
        None,
    )


def _tell(writing: Transaction, at: int, target: Case, name: str, given: Mapping[str, Any]) -> None:
    """Record a figure that no trigger takes, under the name of the component."""
    cause, world = writing.events[at].after, writing.world
    trigger = Trigger(name=name, label="", sources=(), takes=(Take(what="component", name=name),))
    effective_at = max(cause.effective_at, target.effective_at)
    act = Act(
        trigger=name, effective_at=effective_at, person=writing.person, given=given, caused=True
    )
    recorded_at = Looks().recorded_at(cause.recorded_at + SOON, target.recorded_at)
    composing = Composing(target, trigger, act, world, recorded_at)
    data = composing.compose()
    event = Recorded(fact=composing.fact, data=data, before=target, after=composing.after, cause=at)
    writing.add(event, trigger, Looks(), act)
