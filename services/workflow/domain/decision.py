"""What one act on a review would record, or every reason why it may not be done.

Pure: the clock, the organisation, the calendar and the scheme come in as values, so a rehearsal
(`dry_run`), a list of what is possible now, and the act itself are one and the same question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.calendar import WorkingDays, end_of_day, local_day
from schemas.instants import instant
from services.workflow.domain.guards import Facts
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker
from services.workflow.domain.review import Review
from services.workflow.domain.scheme import DeskRule, Tier


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One trigger as it is about to be decided; times are aware UTC."""

    trigger: str
    person: str | None
    effective_at: datetime
    now: datetime
    reason_given: bool
    data: Mapping[str, Any] = field(default_factory=dict)  # checked and parsed: see trigger_data


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What a decision may look at besides the review itself."""

    tier: Tier
    zone: ZoneInfo
    organisation: Organisation
    calendar: WorkingDays
    max_backdating: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """The fact an act records: its event's name and data, without texts and their commitments."""

    fact: str
    data: dict[str, Any]


def decide(review: Review, act: Act, by: Circumstances) -> Decided | tuple[Blocker, ...]:
    """Return what *act* would record, or every reason why it cannot be done; change nothing.

    The trigger must be one of the tier's; whether the actor may fire it is asked before, of
    `authority`.
    """
    attempt = by.tier.attempt(act.trigger, review.state, _facts(review, act))
    blockers = (*_untimely(review, act, by), *attempt.blockers)
    if not attempt.fits or blockers:
        return blockers
    data: dict[str, Any] = {"trigger": act.trigger, "effective_at": instant(act.effective_at)}
    rule = by.tier.transition(act.trigger)
    assert rule is not None  # noqa: S101 - the caller has asked the tier for it
    match rule.records:
        case "state_changed":
            to = attempt.target or review.state
            data |= {"from": review.state, "to": to} | _standing(review, to, act, by)
        case "resumed":
            data |= _resumption(review, act.effective_at, by)
        case "deadline_changed":
            data["due_at"] = instant(act.data["due_at"])
            if review.due_at is not None:
                data["previous_due_at"] = instant(review.due_at)
    return Decided(fact=rule.records, data=data)


def standing_at_opening(review: Review, by: Circumstances) -> dict[str, Any]:
    """Return holder and due date with which *review* begins, as its first event tells them."""
    act = Act(
        trigger="", person=None, effective_at=review.opened_at, now=review.opened_at, reason_given=False
    )
    return _standing(review, by.tier.initial, act, by)


def _standing(review: Review, to: str, act: Act, by: Circumstances) -> dict[str, Any]:
    """Return holder and due date that go with entering state *to*."""
    state, day = by.tier.state(to), local_day(act.effective_at, by.zone)
    standing: dict[str, Any] = {}
    if state.desk is not None:
        standing["holder"] = _desk(review, to, state.desk, day, by.organisation)
    if "due_at" in act.data:  # redo comes with the deadline it sets
        standing["due_at"] = instant(act.data["due_at"])
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
    marks = {name: local_day(at, by.zone) for name, at in review.marks.items()}
    entered = local_day(entered_at, by.zone)
    day = rule.due_day(entered, marks | {state: entered}, by.calendar, paused_days)
    return None if day is None else end_of_day(day, by.zone)


def _resumption(review: Review, effective_at: datetime, by: Circumstances) -> dict[str, Any]:
    """Relative deadlines grow by the suspended working days; fixed ones stay (contract 3)."""
    since = review.suspended_at or effective_at
    paused = by.calendar.between(local_day(since, by.zone), local_day(effective_at, by.zone))
    due_at = review.due_at
    if not review.due_fixed:
        total = review.paused_days + paused
        due_at = _due_at(review, review.state, review.entered_at, total, by)
    data: dict[str, Any] = {"suspended_working_days": paused}
    if due_at is not None:
        data["due_at"] = instant(due_at)
    return data


def _untimely(review: Review, act: Act, by: Circumstances) -> tuple[Blocker, ...]:
    """Return why *act* cannot take effect when it says; contract section 2."""
    if act.effective_at > act.now:
        return (Blocker(code="effective_in_future", field="effective_at"),)
    if act.effective_at < review.effective_at:
        earliest = {"earliest": instant(review.effective_at)}
        return (Blocker(code="effective_before_last", field="effective_at", params=earliest),)
    if act.now - act.effective_at > by.max_backdating:
        days = {"days": by.max_backdating.days}
        return (Blocker(code="effective_too_old", field="effective_at", params=days),)
    return ()


