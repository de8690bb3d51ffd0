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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from schemas.policy import (
    ARRIVAL,
    BULLETIN,
    INAPP,
    NOT_CHOSEN,
    URGE,
    Fallback,
    Policy,
    Retry,
    ways,
)
from services.notifier.domain.case import Stay
from services.notifier.domain.gate import BUDGET
from services.notifier.domain.plan import NextDue
from services.notifier.domain.recipients import Recipient, Skipped
from services.notifier.domain.words import Words

_NAMESPACE = UUID("6f0d5f7e-3c1b-5a52-9b3d-6c0f5d0e2019")
ANSWERED = "replied"  # the reason of one to who asked for what was answered
NO_ADDRESS, OUTCOME_UNKNOWN = "no_address", "outcome_unknown"
BOUNCED = "bounced"  # the reason of a line beside the notice that had been sent
FINAL = ("sent", "failed", "unknown", "not_sent")
STATUSES = ("pending", "sending", "retry", *FINAL)
PERHAPS_TOLD = ("sent", "unknown")
_WAITS_FOR_CHANNEL = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One notice of the ledger."""

    id: str
    case: str  # its stream
    case_version: int
    desk: str
    state: str
    track: str
    rung: str
    kind: str  # reminder, escalation, urge, bulletin
    recipient: Recipient | None
    channel: str  # inapp, or the name of a registered one
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
    letter: str | None = None  # id of the one that it leaves with; None: it leaves by itself
    settled_at: datetime | None = None  # business time at which *status* became final
    instead_of: str | None = None  # id of the one that failed, which this stands in for
    asks: bool = False  # who is told is asked to acknowledge it
    why_channel: str = ""  # of whom chose: chosen, or choice_not_let
    words: Words | None = None  # as they left last; None: they did not, or not by way of a channel
    answer: str = ""  # the trigger by which that was answered which who is told asked for


@dataclass(frozen=True, slots=True)
class Terms:
    """What a decision is taken under."""

    policy: Policy
    channels: tuple[str, ...]
    now: datetime
    # The channels that somebody chose, as they are here; None: they chose nothing.
    wanted: Callable[[str], Sequence[str] | None] = lambda _: None

    def ways(self, rung: str, person: str) -> Mapping[str, str]:
        """Return by which channels *rung* tells *person*, and why; see `schemas.policy.ways`."""
        return ways(self.channels, self.policy.choices, rung, self.wanted(person))


def decide(due: NextDue, stay: Stay, terms: Terms) -> list[Notice]:
    """Return the notices that a rung comes to: one per recipient and channel, or one not sent.

    What an answer held back has one that was not sent then, before those of what is said now.
    """
    timed = due.timed
    blank = Notice(
        id="",
        case=stay.case.stream,
        case_version=stay.case.version,
        desk=stay.desk.name,
        state=stay.case.state,
        track=timed.track,
        rung=timed.rung.name,
        kind=timed.rung.kind,
        recipient=None,
        channel=INAPP,
        status="not_sent",
        reason=due.reason,
        skipped=due.skipped,
        due_at=stay.due_at,
        planned_at=timed.at,
        decided_at=terms.now,
        policy=terms.policy.hash,
        asks=timed.rung.asks and due.speaks,
    )
    told = addressed(blank, due.recipients, terms.ways, "") if due.speaks else []
    if due.held_by and timed.waits_since:
        blank = replace(blank, reason=due.held_by, planned_at=timed.waits_since, asks=False)
    elif due.speaks:
        return told
    return addressed(blank, (), terms.ways, "") + told


def addressed(
    blank: Notice,
    recipients: tuple[Recipient, ...],
    by: Callable[[str, str], Mapping[str, str]],
    cause: str,
) -> list[Notice]:
    """Return *blank* to each of *recipients* by their channels, or as not sent to anybody.

    *by* tells for a rung and a person which these are, and why. What they chose to do without is
    not sent.
    """
    if not recipients:
        return [replace(blank, id=_identify(blank, blank.recipient, blank.channel, cause))]
    return [
        replace(
            blank,
            id=_identify(blank, recipient, channel, cause),
            recipient=recipient,
            channel=channel,
            status="not_sent" if why == NOT_CHOSEN else "pending",
            reason=why if why == NOT_CHOSEN else blank.reason,
            asks=blank.asks and why != NOT_CHOSEN,
            why_channel="" if why == NOT_CHOSEN else why,
        )
        for recipient in recipients
        for channel, why in by(blank.rung, recipient.person).items()
    ]


def _identify(blank: Notice, recipient: Recipient | None, channel: str, cause: str) -> str:
    """Return the id under which this decision is known, whoever takes it and however often."""
    parts = (
        blank.case.partition("/")[2],  # an id is of no other case, of whatever kind
        str(blank.case_version),
        blank.track,
        blank.rung,
        recipient.person if recipient else "",
        channel,
        cause,
        *filter(None, (blank.desk,)),
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
        return _settled(notice, "unknown", OUTCOME_UNKNOWN, now)
    return _settled(notice, "failed", reason, now)


def postponed(notice: Notice, reason: str, retry: Retry, now: datetime) -> Notice:
    """Return *notice* after a temporary failure."""
    delay = retry.delay(notice.attempts)
    if delay is None:
        return refused(notice, f"gave_up_{reason}"[:64], now)
    return replace(notice, status="retry", retry_at=now + delay)


def deferred(
    notice: Notice, reason: str, wait: timedelta, now: datetime, ready_at: datetime
) -> Notice:
    """Return *notice* when its channel takes nothing for *wait*: that was no attempt.

    What waits for its turn gets it. What a channel that is down still keeps back a day after
    *ready_at*, when it could first have left, is given up, as what was tried too often is.
    """
    its_turn_comes = reason == f"channel_{BUDGET}"
    if not its_turn_comes and now + wait - ready_at > _WAITS_FOR_CHANNEL:
        return refused(notice, f"gave_up_{reason}"[:64], now)
    return replace(notice, status="retry", retry_at=now + wait)


def in_doubt(notice: Notice, send_again: bool, now: datetime) -> Notice:  # noqa: FBT001
    """Return *notice* after an attempt of which nobody knows how it ended.

    Where the rung allows it, it is sent once more, under the same Message-ID, and never a third
    time.
    """
    doubted = replace(notice, n_unknown=notice.n_unknown + 1)
    if send_again and notice.n_unknown == 0:
        return replace(doubted, status="retry", retry_at=now)
    return _settled(doubted, "unknown", OUTCOME_UNKNOWN, now)


def bounced(notice: Notice, now: datetime) -> Notice | None:
    """Return the line that says that *notice* came back; None: it had not left."""
    if notice.status not in PERHAPS_TOLD:
        return None
    id_ = str(uuid5(_NAMESPACE, f"{notice.id}/{BOUNCED}"))
    line = replace(notice, id=id_, decided_at=now, n_unknown=0)
    return _settled(line, "failed", BOUNCED, now)


def handed_on(
    was: Notice, settled: Notice, fallbacks: Iterable[Fallback], now: datetime
) -> Notice | None:
    """Return the notice by the channel that stands in for that of *settled*; None: none does.

    It speaks for the reason for which it *was* to be told before its outcome was known.

    Its id follows from the one that *was*, so it is handed on once, whoever finds it failed: one
    that nobody knew of and that comes back later was handed on already. What
    arrived, or had no sense any more, is not handed on; what nobody can say, where the policy says.
    """
    lost = settled.status == "failed" or settled.reason == NO_ADDRESS
    doubtful = settled.status == "unknown" and settled.reason == OUTCOME_UNKNOWN
    for one in fallbacks:
        if one.holds(settled.channel, settled.rung) and (lost or (doubtful and one.in_doubt)):
            letter = settled.letter and str(uuid5(_NAMESPACE, f"{settled.letter}/{one.to}"))
            return replace(
                settled,
                id=str(uuid5(_NAMESPACE, f"{was.id}/{one.to}")),
                instead_of=settled.id,
                channel=one.to,
                status="pending",
                reason=_occasion(was),
                why_channel="",
                decided_at=now,
                letter=letter,
                retry_at=now if letter else None,
                attempts=0,
                n_unknown=0,
                settled_at=None,
                words=None,
            )
    return None


def _occasion(was: Notice) -> str:
    """Return why it spoke; of one that is *unknown* that is not kept, and it came back since."""
    if was.answer:
        return ANSWERED
    if was.status != "unknown":
        return was.reason
    by_track = {ARRIVAL: "arrived", BULLETIN: "published", URGE: "urged"}
    return by_track.get(was.track, "before_deadline" if was.kind == "reminder" else "overdue")


def withheld(notice: Notice, reason: str, now: datetime) -> Notice:
    """Return *notice* when there is no sense in sending it any more."""
    if notice.n_unknown:
        return _settled(notice, "unknown", OUTCOME_UNKNOWN, now)
    return _settled(notice, "not_sent", reason, now)


def told_anew(notice: Notice, now: datetime) -> Notice:
    """Return the notice to the same person, in the place of one that is on record as not sent."""
    id_ = str(uuid5(_NAMESPACE, f"{notice.id}/anew"))
    return replace(notice, id=id_, decided_at=now)


def _settled(notice: Notice, status: str, reason: str, now: datetime) -> Notice:
    return replace(notice, status=status, reason=reason, retry_at=None, settled_at=now)
