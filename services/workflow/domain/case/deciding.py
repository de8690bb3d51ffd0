"""What one command writes: its own event and what it does elsewhere, or every reason why not.

Pure: the clock, the organisation, the calendar, the scheme and other cases come in as values, so a
rehearsal, a list of what is possible now, and the act itself are one and the same question.
Whether the actor may fire the trigger is asked before, of `acting`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.calendar import OutsideCalendar
from schemas.instants import instant
from services.workflow.domain.case import within
from services.workflow.domain.case.acts import (
    Act,
    Asked,
    Blocked,
    Decided,
    Recorded,
    Undone,
    flattened,
)
from services.workflow.domain.case.agenda import place_taken
from services.workflow.domain.case.between import last_counted_on
from services.workflow.domain.case.composing import Composing
from services.workflow.domain.case.correcting import (
    counted_already,
    never_given,
    of_others,
    says_what_was_counted,
)
from services.workflow.domain.case.drawing import steps_at_fault
from services.workflow.domain.case.effects import Transaction
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.planning import beyond, deadline_behind, out_of_bounds
from services.workflow.domain.case.polling import left_open
from services.workflow.domain.case.world import SOON, Looks, World, stages
from services.workflow.domain.data import kinds
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker


def decide(case: Case, act: Act, world: World) -> Decided | Undone:
    """Return all that *act* would write, or every blocker. Changes nothing."""
    writing = Transaction(world, fire=fire, person=act.person)
    try:
        return fire(writing, case, act, None) or writing.finished()
    except Blocked as blocked:  # by what it does elsewhere: all of it, or nothing
        return Undone(fits=True, blockers=blocked.blockers)
    except OutsideCalendar as outside:
        return Undone(fits=True, blockers=(unknown_day(outside, beyond(act, world, outside.day)),))


def fire(writing: Transaction, case: Case, act: Act, cause: int | None) -> Undone | None:
    """Add to *writing* what *act* does; nothing, and why, where it is not done."""
    world = writing.world
    life = world.life(case)
    trigger = life.triggers.get(act.trigger)
    unfit = _unfit(case, act, trigger, life)
    if unfit is not None:
        when = () if act.caused else untimely(act.effective_at, world, case)
        return Undone(fits=False, blockers=(*when, unfit))
    assert trigger is not None  # noqa: S101 - `_unfit` tells of it
    looks = Looks()
    asked = Asked(case=case, act=act, world=world, looks=looks)
    blockers = flattened(_blockers(trigger, asked, caused=cause is not None))
    if blockers:
        return Undone(fits=True, blockers=blockers)
    earliest = world.now if cause is None else writing.events[cause].recorded_at + SOON
    recorded_at = looks.recorded_at(earliest, case.recorded_at)
    try:
        event = _event(case, trigger, act, world, recorded_at, cause)
        counted_on = last_counted_on(case, event.after, world)
        if counted_on is not None and counted_on >= recorded_at:
            event = _event(case, trigger, act, world, counted_on + SOON, cause)
    except Blocked as blocked:
        return Undone(fits=True, blockers=blocked.blockers)
    except OutsideCalendar as outside:
        return Undone(fits=True, blockers=(unknown_day(outside, beyond(act, world, outside.day)),))
    if act.given:
        event.warned = tuple(kinds.warned(trigger, asked))
        event.brought = kinds.brought(trigger, asked)
    if looks.versions:
        event.data["saw"] = [
            {"stream": stream, "version": version} for stream, version in looks.versions.items()
        ]
    writing.add(event, trigger, looks, act)
    return None


def unknown_day(outside: OutsideCalendar, place: str = "") -> Blocker:
    """Return the reason that a day lies in no year of the calendar; *place*: where it is said."""
    return Blocker(code="outside_calendar", field=place, params={"day": outside.day})


def _event(
    case: Case,
    trigger: Trigger,
    act: Act,
    world: World,
    recorded_at: datetime,
    cause: int | None,
) -> Recorded:
    composing = Composing(case, trigger, act, world, recorded_at)
    data = composing.compose()
    return Recorded(fact=composing.fact, data=data, before=case, after=composing.after, cause=cause)


def _unfit(case: Case, act: Act, trigger: Trigger | None, life: Life) -> Blocker | None:
    """Return why the state, or whether the case is suspended, does not allow the trigger."""
    if trigger is None or (act.caused and not trigger.caused):
        return Blocker(code="unknown_trigger", field="trigger")
    if not life.ways.allow(trigger.name, case.state):
        code = "wrong_state"
    elif not trigger.fits_suspension(case.suspended):
        code = "suspended" if case.suspended else "not_suspended"
    elif case.awaits_seal and not _gives_up(trigger, case, life):
        code = "draw_awaits_seal"
    else:
        return None
    params: dict[str, str | int] = {
        "state": case.state,
        "state_label": life.states[case.state].label,
        "trigger": trigger.name,
        "trigger_label": trigger.label,
    }
    return Blocker(code=code, params=params)


def _gives_up(trigger: Trigger, case: Case, life: Life) -> bool:
    """Tell whether *trigger* ends a draw for good: all else would come before its seal."""
    targets = [life.ends.get(to) for to in trigger.targets(case.state, stages(case))]
    return bool(targets) and all(end == "abandoned" for end in targets)


def _blockers(trigger: Trigger, asked: Asked, *, caused: bool) -> Iterator[Blocker]:
    if not caused:
        yield from untimely(asked.act.effective_at, asked.world, asked.case)
        if not asked.act.reason and (trigger.reason_required or _puts_aside(trigger, asked)):
            yield Blocker(code="reason_required", field="reason")
    if trigger.presents:
        yield from within.unpresentable(trigger.presents, asked)
    if trigger.guards:
        yield from within.blockers(trigger.guards, asked)
    if trigger.corrects:
        yield from never_given(trigger, asked)
        yield from of_others(trigger, asked)
    yield from counted_already(trigger, asked)
    if not caused and asked.world.polls:
        for poll in left_open(trigger, asked.case, asked.world):
            yield Blocker(code="poll_goes_on", params={"poll": poll.label})
    yield from steps_at_fault(trigger, asked)
    if asked.act.given:
        yield from kinds.at_fault(trigger, asked)
        yield from deadline_behind(asked)
        yield from out_of_bounds(asked)
        yield from place_taken(asked)


def _puts_aside(trigger: Trigger, asked: Asked) -> bool:
    """Tell whether a figure that is brought by hand takes the place of what a poll counted."""
    by_hand = (one.name for one in trigger.takes if one.what == "component" and one.by_hand)
    return any(
        asked.given("components", name) is not None
        and asked.case.components[name].n_valid
        and not says_what_was_counted(name, asked)
        for name in by_hand
        if name in asked.case.components
    )


def untimely(effective_at: datetime, world: World, case: Case | None = None) -> Iterator[Blocker]:
    """Yield why nothing takes effect then: in *case*, or at all where one is to be opened."""
    # Another replica's clock may be ahead: what that one recorded does not lie in the future.
    if effective_at > (world.now if case is None else max(world.now, case.effective_at)):
        yield Blocker(code="effective_in_future", field="effective_at")
    if case is not None and effective_at < case.effective_at:
        last = {"earliest": instant(case.effective_at)}
        yield Blocker(code="effective_before_last", field="effective_at", params=last)
    most = world.scheme.max_backdating
    if world.now - effective_at > timedelta(days=most):
        days = {"days": most}
        yield Blocker(code="effective_too_old", field="effective_at", params=days)
