"""What one act on a review would record, or every reason why it may not be done.

Pure: the clock, the organisation, the calendar and the scheme come in as values, so a rehearsal
(`dry_run`), a list of what is possible now, and the act itself are one and the same question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from schemas.calendar import OutsideCalendar, WorkingDays, end_of_day, local_day
from schemas.instants import instant
from services.workflow.domain.guards import Facts
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker
from services.workflow.domain.report import ReportCount, warnings
from services.workflow.domain.review import Review
from services.workflow.domain.scheme import Attempt, DeskRule, Scheme, Tier

SKEW = timedelta(seconds=60)  # how far a client's clock may be ahead of ours


@dataclass(kw_only=True, slots=True)
class Act:
    """One trigger as it is about to be decided; times are aware UTC."""

    trigger: str
    effective_at: datetime
    now: datetime
    reason_given: bool = False
    characters: ReportCount | None = None
    scores: Mapping[str, Decimal] = field(default_factory=dict)  # by component
    decision_days: tuple[date, ...] = ()
    due_at: datetime | None = None  # the deadline asked for


@dataclass(kw_only=True, slots=True)
class Circumstances:
    """What a decision may look at besides the review itself."""

    tier: Tier
    scheme: Scheme
    organisation: Organisation
    calendar: WorkingDays


@dataclass(kw_only=True, slots=True)
class Decided:
    """The fact an act records: its event's name and data, but for texts and their commitments."""

    fact: str
    data: dict[str, Any]


def decide(review: Review, act: Act, by: Circumstances) -> Decided | Attempt:
    """Return what *act* would record, or the attempt that failed, with every blocker.

    Whether the actor may fire it is asked before, of `authority`. Changes nothing.
    """
    attempt = by.tier.attempt(act.trigger, review.state, _facts(review, act, by))
    if untimely := _untimely(review, act, by):
        attempt = replace(attempt, blockers=(*untimely, *attempt.blockers))
    if not attempt.passes:
        return attempt
    try:
        return _decided(review, act, attempt, by)
    except OutsideCalendar as outside:
        unknown = Blocker(code="outside_calendar", params={"day": outside.day})
        return replace(attempt, blockers=(unknown,))


def _decided(review: Review, act: Act, attempt: Attempt, by: Circumstances) -> Decided:
    rule = by.tier.transition(act.trigger)
    if rule is None:
        raise LookupError(f"the machine knows {act.trigger}, the scheme does not")
    if act.due_at is not None:  # reminders count working days up to it
        by.calendar.is_working(local_day(act.due_at, by.scheme.zone))
    data: dict[str, Any] = {"trigger": act.trigger, "effective_at": instant(act.effective_at)}
    match rule.records:
        case "state_changed":
            to = attempt.target or review.state
            data |= {"from": review.state, "to": to} | _standing(review, to, act, by)
            if act.scores:
                data["scores"] = _scores(act.scores, by.scheme)
        case "resumed":
            data |= _resumption(review, act.effective_at, by)
        case "deadline_changed" if act.due_at is not None:
            data["due_at"] = instant(act.due_at)
            if review.due_at is not None:
                data["previous_due_at"] = instant(review.due_at)
    return Decided(fact=rule.records, data=data)


def report_warnings(characters: ReportCount, scheme: Scheme) -> tuple[str, ...]:
    """Return what the auditor is told about the lengths of a report."""
    return warnings(characters, scheme.report)


def standing_at_opening(review: Review, by: Circumstances) -> dict[str, Any]:
    """Return holder and due date with which *review* begins, as its first event tells them."""
    act = Act(trigger="", effective_at=review.opened_at, now=review.opened_at)
    return _standing(review, by.tier.initial, act, by)


def due_by_rule(review: Review, by: Circumstances) -> datetime | None:
    """Return when its present state's rule makes *review* due, whatever deadline it has."""
    return _due_at(review, review.state, review.entered_at, review.paused_days, by)


def _standing(review: Review, to: str, act: Act, by: Circumstances) -> dict[str, Any]:
    """Return holder and due date that go with entering state *to*."""
    state, day = by.tier.state(to), local_day(act.effective_at, by.scheme.zone)
    standing: dict[str, Any] = {}
    if state.desk is not None:
        standing["holder"] = _desk(review, to, state.desk, day, by.organisation)
    if act.due_at is not None:  # redo comes with the deadline it sets
        standing["due_at"] = instant(act.due_at)
    elif (due := _due_at(review, to, act.effective_at, 0, by)) is not None:
        standing["due_at"] = instant(due)
    return standing


def _desk(
    review: Review, to: str, desk: DeskRule, day: date, organisation: Organisation
) -> dict[str, str]:
    if desk.party == "appraised":
        return {"unit": review.unit, "role": desk.roles[0], "person": review.person}
    unit = review.hearing_body
    if desk.party == "auditing_body":
        unit = next(audit.body for audit in review.audits if audit.stage == to)
    role = organisation.desk(unit, desk.roles, day, not_person=review.person)
    return {"unit": unit, "role": role}


def _due_at(
    review: Review, state: str, entered_at: datetime, paused_days: int, by: Circumstances
) -> datetime | None:
    rule = by.tier.state(state).deadline
    if rule is None:
        return None
    marks = {name: local_day(at, by.scheme.zone) for name, at in review.marks.items()}
    entered = local_day(entered_at, by.scheme.zone)
    day = rule.due_day(entered, marks, by.calendar, paused_days)
    return None if day is None else end_of_day(day, by.scheme.zone)


def _resumption(review: Review, effective_at: datetime, by: Circumstances) -> dict[str, Any]:
    """Relative deadlines grow by the suspended working days; fixed ones stay (contract 3)."""
    since = review.suspended_at or effective_at
    paused = by.calendar.between(
        local_day(since, by.scheme.zone), local_day(effective_at, by.scheme.zone)
    )
    due_at = review.due_at
    if not review.due_fixed:
        total = review.paused_days + paused
        due_at = _due_at(review, review.state, review.entered_at, total, by)
    data: dict[str, Any] = {"suspended_working_days": paused}
    if due_at is not None:
        data["due_at"] = instant(due_at)
    return data


def clamp(effective_at: datetime, now: datetime) -> datetime:
    """Return *effective_at*, or *now* where it is ahead by no more than a clock's skew."""
    return now if now < effective_at <= now + SKEW else effective_at


def _untimely(review: Review, act: Act, by: Circumstances) -> tuple[Blocker, ...]:
    """Return why *act* cannot take effect when it says."""
    found = []
    if act.effective_at > act.now:
        found.append(Blocker(code="effective_in_future", field="effective_at"))
    if act.effective_at < review.effective_at:
        last = {"earliest": instant(review.effective_at)}
        found.append(Blocker(code="effective_before_last", field="effective_at", params=last))
    if act.now - act.effective_at > by.scheme.max_backdating:
        days = {"days": by.scheme.max_backdating.days}
        found.append(Blocker(code="effective_too_old", field="effective_at", params=days))
    return tuple(found)


def _facts(review: Review, act: Act, by: Circumstances) -> Facts:
    return Facts(
        audits=tuple(audit.stage for audit in review.audits),
        state=review.state,
        effective_at=act.effective_at,
        effective_on=local_day(act.effective_at, by.scheme.zone),
        suspended=review.suspended_at is not None,
        reason_given=act.reason_given,
        characters=act.characters,
        scores=tuple(act.scores.items()),
        decision_days=act.decision_days,
        due_at=review.due_at,
        new_due_at=act.due_at,
    )


def _scores(scores: Mapping[str, Decimal], scheme: Scheme) -> dict[str, str]:
    final = scheme.scoring.final(scores)
    named = {name: f"{score:.2f}" for name, score in scores.items()}
    return named | {"final": f"{final:.2f}", "grade": scheme.scoring.grade(final).name}
