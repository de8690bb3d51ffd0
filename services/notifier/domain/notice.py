"""A notice: one decision to tell, or not to tell, one person by one channel.

Its id follows from what it is about, so deciding it again after a crash finds it decided. Its life:

    pending -> sending -> sent                       handed over
                       -> retry (at a time)          a temporary failure; then sending again
                       -> failed                     refused for good, or tried long enough
                       -> unknown                    handed over twice at most, and nobody can say
    not_sent                                         decided not to tell, with the reason

`sending` is entered before the call outside and left after it. Found by a successor it means that
the outcome is unknown, because a process died in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from schemas.policy import LATE_START, URGE, Policy, Retry
from services.notifier.domain.plan import LateStart, NextDue
from services.notifier.domain.recipients import Recipient, Skipped
from services.notifier.domain.review import Review

_NAMESPACE = UUID("6f0d5f7e-3c1b-5a52-9b3d-6c0f5d0e2019")
FINAL = ("sent", "failed", "unknown", "not_sent")
STATUSES = ("pending", "sending", "retry", *FINAL)
_PERHAPS_TOLD = ("sent", "unknown")


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One notice of the ledger."""

    id: str
    review: str
    review_version: int
    state: str
    track: str
    rung: str
    kind: str  # reminder, escalation, urge
    recipient: Recipient | None
    channel: str  # inapp, email, console
    status: str  # one of STATUSES
    reason: str
    skipped: tuple[Skipped, ...]
    due_at: datetime | None
    planned_at: datetime
    decided_at: datetime
    policy: str  # hash
    urged_by: str | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    n_unknown: int = 0  # attempts of which nobody knows how they ended
    settled_at: datetime | None = None  # business time at which *status* became final


@dataclass(frozen=True, kw_only=True, slots=True)
class Urge:
    """A reminder by hand, accepted and not decided yet."""

    event: str  # id of the event that carries it
    review: str
    review_version: int
    actor: str | None
    at: datetime


def decide(
    due: NextDue, review: Review, policy: Policy, channels: Iterable[str], now: datetime
) -> list[Notice]:
    """Return the notices that a rung comes to: one per recipient and channel, or one not sent."""
    timed = due.timed
    blank = Notice(
        id="",
        review=review.id,
        review_version=review.version,
        state=review.state,
        track=timed.track,
        rung=timed.rung.name,
        kind=timed.rung.kind,
        recipient=None,
        channel="inapp",
        status="not_sent",
        reason=due.reason,
        skipped=due.skipped,
        due_at=review.due_at,
        planned_at=timed.at,
        decided_at=now,
        policy=policy.hash,
    )
    return _addressed(blank, due.recipients if due.speaks else (), channels, "")


def late_starts(review: Review, notices: Iterable[Notice]) -> Mapping[str, LateStart]:
    """Return by track how the holder was told of the present deadline that it had gone by.

    Told is told by one channel; passed over, when nothing is under way any more.
    """
    by_track: dict[str, list[Notice]] = {}
    for notice in notices:
        known_since = notice.review_version >= review.entered_version
        if notice.rung == LATE_START and known_since and notice.due_at == review.due_at:
            by_track.setdefault(notice.track, []).append(notice)
    return {track: LateStart(_settled_at(found)) for track, found in by_track.items()}


def _settled_at(notices: Sequence[Notice]) -> datetime | None:
    told = [one.settled_at or one.decided_at for one in notices if one.status in _PERHAPS_TOLD]
    if told:
        return min(told)
    if any(one.status not in FINAL for one in notices):
        return None
    return max(one.settled_at or one.decided_at for one in notices)


def decide_urge(
    urge: Urge,
    review: Review,
    reached: tuple[tuple[Recipient, ...], tuple[Skipped, ...]],
    policy: Policy,
    channels: Iterable[str],
    now: datetime,
) -> list[Notice]:
    """Return the notices of a reminder by hand; none is sent if the case has moved on since."""
    recipients, skipped = reached
    reason = "urged" if recipients else "top_of_ladder"
    if review.holder is None or review.version != urge.review_version:
        recipients, skipped, reason = (), (), "overtaken"
    blank = Notice(
        id="",
        review=review.id,
        review_version=urge.review_version,
        state=review.state,
        track=URGE,
        rung=URGE,
        kind=URGE,
        recipient=None,
        channel="inapp",
        status="not_sent",
        reason=reason,
        skipped=skipped,
        due_at=review.due_at,
        planned_at=urge.at,
        decided_at=now,
        policy=policy.hash,
        urged_by=urge.actor,
    )
    return _addressed(blank, recipients, channels, urge.event)


def _addressed(
    blank: Notice, recipients: tuple[Recipient, ...], channels: Iterable[str], cause: str
) -> list[Notice]:
    if not recipients:
        return [replace(blank, id=_identify(blank, cause))]
    made = [
        replace(blank, recipient=recipient, channel=channel, status="pending")
        for recipient in recipients
        for channel in channels
    ]
    return [replace(notice, id=_identify(notice, cause)) for notice in made]


def _identify(notice: Notice, cause: str) -> str:
    """Return the id under which this decision is known, whoever takes it and however often."""
    person = notice.recipient.person if notice.recipient else ""
    parts = (
        notice.review,
        str(notice.review_version),
        notice.track,
        notice.rung,
        person,
        notice.channel,
        cause,
    )
    return str(uuid5(_NAMESPACE, "/".join(parts)))


def delivered(notice: Notice, now: datetime) -> Notice:
    """Return *notice* after a call that succeeded."""
    if notice.n_unknown:
        # One of two attempts has arrived for certain, perhaps both: that is what we know.
        return _settled(notice, "unknown", "sent_again", now)
    return _settled(notice, "sent", notice.reason, now)


def refused(notice: Notice, reason: str, now: datetime) -> Notice:
    """Return *notice* after a failure for good."""
    if notice.n_unknown:
        return _settled(notice, "unknown", "outcome_unknown", now)
    return _settled(notice, "failed", reason, now)


def postponed(notice: Notice, reason: str, retry: Retry, now: datetime) -> Notice:
    """Return *notice* after a temporary failure."""
    delay = retry.delay(notice.attempts)
    if delay is None:
        return refused(notice, f"gave_up_{reason}"[:64], now)
    return replace(notice, status="retry", retry_at=now + delay)


def in_doubt(notice: Notice, send_again: bool, now: datetime) -> Notice:  # noqa: FBT001
    """Return *notice* after an attempt of which nobody knows how it ended.

    Where the rung allows it, it is sent once more, under the same Message-ID, and never a third
    time.
    """
    doubted = replace(notice, n_unknown=notice.n_unknown + 1)
    if send_again and notice.n_unknown == 0:
        return replace(doubted, status="retry", retry_at=now)
    return _settled(doubted, "unknown", "outcome_unknown", now)


def withheld(notice: Notice, reason: str, now: datetime) -> Notice:
    """Return *notice* when there is no sense in sending it any more."""
    if notice.n_unknown:
        return _settled(notice, "unknown", "outcome_unknown", now)
    return _settled(notice, "not_sent", reason, now)


def _settled(notice: Notice, status: str, reason: str, now: datetime) -> Notice:
    return replace(notice, status=status, reason=reason, retry_at=None, settled_at=now)
