"""What falls due next on each track of a case on a desk, when, and to whom: one pure function.

The engine fires what `plan` says, the page's "next notice" shows what `plan` says, and the tests
ask `plan`: what is shown is what is sent. Days are working days on the State Council's calendar;
within its hour each rung has a minute of its own, so that a thousand cases due on one day do not
all speak at once, and never at :00 or :30 when everybody's batch jobs do.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from schemas.calendar import OutsideCalendar, WorkingDays, local_day
from schemas.policy import LATE_START, Policy, Rung, Target, Track
from services.notifier.domain.answers import SUPERSEDED, Answer, held, holding, silence, waiting
from services.notifier.domain.case import Stay
from services.notifier.domain.moments import moment
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.recipients import Reached, Recipient, Skipped, climb

# In place of how many rungs are behind: the holder has not been told yet that it was late.
LATE = -1
_BARELY = timedelta(microseconds=1)  # instants are no finer


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """A rung of a ladder and its instant."""

    track: str
    index: int
    rung: Rung
    at: datetime
    waits_since: datetime | None = None  # when it was due but for an answer; None: it does not wait


@dataclass(frozen=True, slots=True)
class LateStart:
    """How the holder was told that the case was late when it came."""

    settled_at: datetime | None  # told, or passed over for good; None: under way


NOT_LATE: Mapping[str, LateStart] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class NextDue:
    """The next rung of one track, decided as far as it can be decided now.

    *reason* says why it speaks (`before_deadline`, `due_today`, `overdue`, `late_start`) or, when
    *speaks* is false, why it does not (`superseded`, `too_late`, `top_of_ladder`, `promised`,
    `snoozed`; of a late start, why the holder was passed over).
    """

    timed: Timed
    speaks: bool
    reason: str
    recipients: tuple[Recipient, ...]
    skipped: tuple[Skipped, ...]
    held_by: str = ""  # why it was not said when it was due, before it waited


def plan(
    stay: Stay,
    passed: Mapping[str, int],
    policy: Policy,
    calendar: WorkingDays,
    organisation: Organisation,
    now: datetime,
    late: Mapping[str, LateStart] = NOT_LATE,
) -> tuple[NextDue, ...]:
    """Return the next rung of each track that has one left.

    *passed* is how many rungs of a track are behind; a track that is missing begins where
    `begin` says. *late* has the tracks whose holder was told of a late start, or is being told.
    """
    found = []
    for track in policy.at(stay.case.place).tracks:
        rungs = _next(stay, track, passed.get(track.name), policy, calendar, now, late)
        while rungs:
            due = _decide(stay, track, rungs, policy, calendar, organisation, now)
            if due.reason != SUPERSEDED or due.timed.at <= now:
                found.append(due)
                break
            # By what is to come with it: that is what will be told.
            rungs = _next(stay, track, due.timed.index + 1, policy, calendar, now, late)
    return tuple(found)


def due_or_when(
    stay: Stay,
    track: Track,
    passed: int,
    policy: Policy,
    calendar: WorkingDays,
    organisation: Organisation,
    now: datetime,
    late: Mapping[str, LateStart] = NOT_LATE,
) -> NextDue | datetime | None:
    """Return what `plan` says of *track*; of what is not due yet, when, and nobody it goes to."""
    rungs = _next(stay, track, passed, policy, calendar, now, late)
    if not rungs or rungs[0].at > now:
        return rungs[0].at if rungs else None
    return _decide(stay, track, rungs, policy, calendar, organisation, now)


def _next(
    stay: Stay,
    track: Track,
    passed: int | None,
    policy: Policy,
    calendar: WorkingDays,
    now: datetime,
    late: Mapping[str, LateStart],
) -> tuple[Timed, ...]:
    """Return the next rung of *track*, and the one after it; empty if none is left."""
    index = _next_index(stay, track, passed, policy, calendar)
    if index is None:
        return ()
    if index == LATE and track.late_start is not None:
        at = _late_since(stay)
        return (Timed(track=track.name, index=LATE, rung=track.late_start, at=at),)
    return _coming(stay, track, index, policy, calendar, now, late)


def _next_index(
    stay: Stay, track: Track, index: int | None, policy: Policy, calendar: WorkingDays
) -> int | None:
    """Return which rung of *track* is the next; None: none is left, or no deadline runs."""
    if index is None:
        index = begin(stay, track, ladder(stay, track, policy, calendar), policy)
    if index >= len(track.rungs) or not stay.runs:
        return None
    return None if index == LATE and not _within(stay, track, 0, policy, calendar) else index


def _coming(
    stay: Stay,
    track: Track,
    index: int,
    policy: Policy,
    calendar: WorkingDays,
    now: datetime,
    late: Mapping[str, LateStart],
) -> tuple[Timed, ...]:
    """Return the rung at *index* and the one after it: all that is looked at to decide one."""
    if index == LATE:  # under a policy of before
        index = track.n_reminders
    if _holding(stay, policy, calendar) is None:
        rungs = _within(stay, track, index, policy, calendar)
    else:
        rungs = ladder(stay, track, policy, calendar)[index : index + 2]
    if track.name in late:
        day = local_day(late[track.name].settled_at or now, policy.zone)
        rungs = _after(day, rungs, stay, policy, calendar)
    return rungs


def _within(
    stay: Stay, track: Track, index: int, policy: Policy, calendar: WorkingDays
) -> tuple[Timed, ...]:
    """Return the rungs of `ladder` at *index* and after it, as if nobody had answered anything."""
    # Of a ladder whose first rung lies outside the calendar there is none: see `ladder`.
    timed = _timed(stay, track, sorted({0, index, index + 1}), policy, calendar)
    return tuple(one for one in timed if one.index >= index)


def ladder(stay: Stay, track: Track, policy: Policy, calendar: WorkingDays) -> tuple[Timed, ...]:
    """Return the rungs of *track* with their instants, in order; empty while no deadline runs.

    Rungs beyond the last year of the calendar are left out.
    """
    timed = [*_timed(stay, track, range(len(track.rungs)), policy, calendar)]
    name = f"{track.name}/promised"
    return waiting(
        timed,
        _holding(stay, policy, calendar),
        policy.zone,
        calendar,
        lambda day: _instant(day, stay.case.id, name, policy),
    )


def _holding(stay: Stay, policy: Policy, calendar: WorkingDays) -> Answer | None:
    """Return what holds back reminders of a desk: never on the last day on which it can be done.

    Whoever promised that very day, or a later one, would hear nothing more in time.
    """
    answer = holding(stay.case.answers, stay.desk.name)
    if answer is None or stay.due_at is None:
        return answer
    try:
        last = rung_day(local_day(stay.due_at - _BARELY, policy.zone), 0, calendar)
        before = calendar.previous_working(last)
    except OutsideCalendar:
        return answer
    return replace(answer, until=min(answer.until, before))


def _timed(
    stay: Stay, track: Track, indexes: Iterable[int], policy: Policy, calendar: WorkingDays
) -> Iterator[Timed]:
    """Yield the rungs at *indexes*, which go up, until one lies beyond the calendar."""
    if not stay.runs or stay.due_at is None:
        return
    # due_at is the midnight that ends the due day; the instant before it is still that day.
    due_day = local_day(stay.due_at - _BARELY, policy.zone)
    for index in indexes:
        if index >= len(track.rungs):
            return
        rung = track.rungs[index]
        if rung.is_repeat and stay.has_ended(track):
            return
        try:
            day = rung_day(due_day, rung.working_days, calendar)
        except OutsideCalendar:
            return
        at = _instant(day, stay.case.id, f"{track.name}/{rung.name}", policy)
        yield Timed(track=track.name, index=index, rung=rung, at=at)


def begin(stay: Stay, track: Track, rungs: tuple[Timed, ...], policy: Policy) -> int:
    """Return the first rung that is to be told of a deadline that became known just now.

    A reminder whose time had gone by before anybody could send it is not made up for, but for the
    last one where nothing else tells the holder before those above hear of it. Where the deadline
    had gone by, the holder is told first.
    """
    if track.late_start is not None and stay.is_late:
        return LATE
    left = (
        timed.index
        for timed in rungs
        if timed.rung.kind != "reminder" or timed.at > stay.case.armed_at
    )
    first = next(left, len(rungs))
    is_told = first < track.n_reminders or _is_told_by_arrival(stay, policy)
    nobody_above = first >= len(track.rungs)
    if is_told or nobody_above or stay.is_late or track.last_reminder is None:
        return first
    return track.last_reminder


def _is_told_by_arrival(stay: Stay, policy: Policy) -> bool:
    """Tell whether the notice that work came tells of the deadline, which none moved since."""
    came = stay.desk.came
    tells = policy.at(stay.case.place).arrival is not None
    return tells and came is not None and came.version == stay.desk.since


def go_on(track: Track, passed: int, stay: Stay) -> int:
    """Return the next rung of a clock that stood still with *passed* rungs behind.

    Where the deadline went by meanwhile, before the holder's last reminder, it is a late start.
    """
    began_late = stay.is_late and passed < track.n_reminders
    return LATE if began_late and track.late_start is not None else passed


def rung_day(due_day: date, working_days: int, calendar: WorkingDays) -> date:
    """Return the day of a rung, always a working day.

    "n over" are n *completed* working days, so the rung falls on the working day after the nth.
    Before the deadline one counts back from the last working day that is left to act: the due
    day itself, or the working day before it when it is a holiday.
    """
    if working_days > 0:
        return calendar.add(due_day, working_days + 1)
    day = due_day if calendar.is_working(due_day) else calendar.previous_working(due_day)
    for _ in range(-working_days):
        day = calendar.previous_working(day)
    return day


def late_start(
    stay: Stay, timed: Timed, policy: Policy, organisation: Organisation, now: datetime
) -> NextDue:
    """Decide the rung that is the holder's own: nobody else is told in the holder's place."""
    day = local_day(max(now, stay.case.armed_at), policy.zone)
    reached = climb((timed.rung.target,), stay, organisation, day)
    return NextDue(
        timed=timed,
        speaks=bool(reached.recipients),
        reason=LATE_START if reached.recipients else reached.skipped[0].reason,
        recipients=reached.recipients,
        skipped=reached.skipped,
    )


def _late_since(stay: Stay) -> datetime:
    """Return when it was late and known to be."""
    return max(stay.case.armed_at, stay.due_at or stay.case.armed_at)


def _after(
    day: date, rungs: tuple[Timed, ...], stay: Stay, policy: Policy, calendar: WorkingDays
) -> tuple[Timed, ...]:
    """Return *rungs*, none of them before the holder, who was told on *day*, had a working day.

    Told on a day of rest they have none before the next working day is over.
    """
    try:
        had = day if calendar.is_working(day) else calendar.add(day, 1)
        first = calendar.add(had, 1)
    except OutsideCalendar:
        return ()
    held = []
    for timed in rungs:
        at = _instant(first, stay.case.id, f"{timed.track}/{timed.rung.name}", policy)
        held.append(replace(timed, at=max(timed.at, at)))
    return tuple(held)


def _decide(
    stay: Stay,
    track: Track,
    rungs: tuple[Timed, ...],  # it, and the one after it
    policy: Policy,
    calendar: WorkingDays,
    organisation: Organisation,
    now: datetime,
) -> NextDue:
    timed = rungs[0]
    if timed.index == LATE:
        return late_start(stay, timed, policy, organisation, now)
    day = local_day(max(now, timed.at), policy.zone)
    reached = climb(track.targets[timed.index], stay, organisation, day)
    answer = _holding(stay, policy, calendar)
    if timed.rung.kind == "reminder":
        silent = _silence(stay, rungs, now) or silence(answer, timed.rung.kind, day)
    else:
        silent = _gives_way(stay, track, rungs, policy, organisation, now)
    if not silent and not reached.recipients and timed.rung.is_repeat:
        timed, reached = _in_their_place(timed, reached, stay, organisation, day)
    if not silent and not reached.recipients:
        silent = "top_of_ladder"
    held_by = held(answer, timed, silent)
    return NextDue(
        timed=timed,
        speaks=not silent,
        reason=(silent and held_by) or silent or _occasion(timed.rung),
        recipients=() if silent else reached.recipients,
        skipped=reached.skipped,
        held_by=held_by,
    )


def _in_their_place(
    timed: Timed, reached: Reached, stay: Stay, organisation: Organisation, day: date
) -> tuple[Timed, Reached]:
    """Return a repeat that nobody above can hear as a reminder to the holder, if there is one."""
    own = climb((Target(),), stay, organisation, day)
    if not own.recipients:
        return timed, reached
    # It ends with what the holder does in any case.
    rung = replace(timed.rung, kind="reminder", target=Target(), until_acted=False)
    return replace(timed, rung=rung), replace(reached, recipients=own.recipients)


def _silence(stay: Stay, rungs: tuple[Timed, ...], now: datetime) -> str:
    """Return why a reminder is not said, for all that its holder has answered."""
    following = rungs[1:]
    if stay.due_at is not None and now >= stay.due_at:
        return "too_late"
    next_is_due = bool(following) and following[0].at <= now
    return SUPERSEDED if next_is_due and following[0].rung.kind == "reminder" else ""


def _gives_way(
    stay: Stay,
    track: Track,
    rungs: tuple[Timed, ...],
    policy: Policy,
    organisation: Organisation,
    now: datetime,
) -> str:
    """Return why an escalation is not said: the one above is due with it, and reaches somebody.

    As after an outage, or on the day on which those above have waited for the holder long enough.
    What goes to the holder gives way to nobody above.
    """
    if len(rungs) == 1:
        return ""
    timed, later = rungs[0], rungs[1]
    on_one_day = local_day(timed.at, policy.zone) == local_day(later.at, policy.zone)
    if later.at > now and not on_one_day:
        return ""
    if later.rung.is_repeat:
        return SUPERSEDED
    if timed.rung.target.is_holder and not later.rung.target.is_holder:
        return ""
    day = local_day(max(now, later.at), policy.zone)
    reached = climb(track.targets[later.index], stay, organisation, day)
    return SUPERSEDED if reached.recipients else ""


def _occasion(rung: Rung) -> str:
    if rung.working_days > 0:
        return "overdue"
    return "due_today" if rung.working_days == 0 else "before_deadline"


def _instant(day: date, case: str, rung: str, policy: Policy) -> datetime:
    return moment(day, policy.hour, f"{case}/{rung}", policy.zone)
