"""What is told by no ladder: that somebody reminds by hand, published, brought work, or answered.

Each is decided once, and of what came long ago nobody is told: a notifier that is set up anew reads
of all there ever was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from schemas.calendar import OutsideCalendar, WorkingDays, local_day
from schemas.policy import ARRIVAL, BULLETIN, INAPP, URGE, Policy
from services.notifier.domain.case import Answered, Case, Stay
from services.notifier.domain.notice import ANSWERED, Notice, Terms, addressed
from services.notifier.domain.recipients import Reached, Recipient

CAME_BACK = "came_back"  # the reason of a notice that a verdict sent a case back
ASKED = "asked"  # that something was asked for, to who answers it
TAKEN_OVER = "taken_over"  # the reason of one to who came to the desk after the case
# Longer than the longest holiday: a notifier set up anew reads of every bulletin there ever was,
# and of every reminder by hand.
NEWS = timedelta(days=14)
# Of work that came longer ago the ladder tells, and the page of tasks.
_WORKING_DAYS_NEW = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Urge:
    """A reminder by hand, that something was published, answered, or came: not decided yet."""

    event: str  # id of the event that carries it
    case: str  # its stream
    case_version: int
    actor: str | None
    at: datetime
    told: Mapping[str, str] = field(default_factory=dict)  # the range of each bulletin, by name
    arrived: tuple[str, ...] = ()  # desks that the case came to with the event
    answered: Answered | None = None  # whose request was answered with the event
    turned: bool = False  # no event of the case: others may have come to these desks


def decide_urge(urge: Urge, stay: Stay, reached: Reached, terms: Terms) -> list[Notice]:
    """Return the notices of a reminder by hand; none is sent if the desk has moved on since.

    Nor of one of long ago: a notifier that is set up anew reads of every one there ever was.
    """
    blank = _of_urge(urge, stay.case, terms)
    blank = replace(blank, desk=stay.desk.name, due_at=stay.due_at)
    if terms.now - urge.at > NEWS:
        return addressed(replace(blank, reason="too_late"), (), terms.ways, urge.event)
    if stay.desk.since > urge.case_version:
        return addressed(blank, (), terms.ways, urge.event)
    reason = "urged" if reached.recipients else "top_of_ladder"
    blank = replace(blank, reason=reason, skipped=reached.skipped)
    return addressed(blank, reached.recipients, terms.ways, urge.event)


def overtaken(urge: Urge, case: Case, terms: Terms) -> list[Notice]:
    """Return that a reminder by hand came too late: the case lies on nobody's desk any more."""
    return addressed(_of_urge(urge, case, terms), (), terms.ways, urge.event)


def decide_bulletin(
    urge: Urge, name: str, case: Case, readers: tuple[Recipient, ...], terms: Terms
) -> list[Notice]:
    """Return the notices that a bulletin was published, one to each of its range, and once.

    One that was published long ago is told to nobody, as a reminder is not made up for.
    """
    reason = "published" if readers else "nobody_in_range"
    if terms.now - urge.at > NEWS:
        readers, reason = (), "too_late"
    blank = replace(_of_urge(urge, case, terms), reason=reason, urged_by=None)
    blank = replace(blank, track=BULLETIN, rung=name, kind=BULLETIN)
    return addressed(blank, readers, terms.ways, urge.event)


def is_news(at: datetime, policy: Policy, calendar: WorkingDays, now: datetime) -> bool:
    """Tell whether that work came *at* an instant is still told *now*: two working days at most."""
    came, today = (local_day(one, policy.zone) for one in (at, now))
    try:
        return calendar.between(came, today) <= _WORKING_DAYS_NEW
    except OutsideCalendar:
        return now - at <= timedelta(days=_WORKING_DAYS_NEW)


def decide_arrival(urge: Urge, stay: Stay, reached: Reached, terms: Terms) -> list[Notice]:
    """Return the notices that a case has come to a desk; nobody is told what they did themselves.

    Where the deadline had passed by then, and is told of, that notice is this one as well.
    """
    came, ladders = stay.desk.came, terms.policy.at(stay.case.place)
    tells_late = any(track.late_start for track in ladders.tracks)
    recipients = tuple(one for one in reached.recipients if one.person != urge.actor)
    if reached.recipients and not recipients:
        return []
    reason = CAME_BACK if came and came.back else ASKED if stay.desk.asked else "arrived"
    if not recipients:
        reason = reached.skipped[0].reason
    elif urge.turned:
        reason = ASKED if stay.desk.asked else TAKEN_OVER
    elif stay.is_late and stay.runs and tells_late:
        recipients, reason = (), "superseded"
    blank = replace(
        _of_urge(urge, stay.case, terms),
        track=ARRIVAL,
        rung=ARRIVAL,
        kind="reminder",
        desk=stay.desk.name,
        due_at=stay.due_at,
        urged_by=None,
        reason=reason,
        skipped=reached.skipped,
        asks=bool(recipients and ladders.arrival and ladders.arrival.asks),
    )
    return addressed(blank, recipients, terms.ways, "")


def decide_answered(
    urge: Urge, answer: Answered, stay: Stay, to: Recipient | None, terms: Terms
) -> list[Notice]:
    """Return the notices that what somebody asked for was answered; *to* them, if they serve."""
    blank = replace(
        _of_urge(urge, stay.case, terms),
        track=ARRIVAL,
        rung=ARRIVAL,
        kind="reminder",
        desk=stay.desk.name,
        due_at=stay.due_at,
        reason=ANSWERED if to else "post_ended",
        answer=answer.trigger,
    )
    return addressed(blank, (to,) if to else (), terms.ways, urge.event)


def _of_urge(urge: Urge, case: Case, terms: Terms) -> Notice:
    return Notice(
        id="",
        case=case.stream,
        case_version=urge.case_version,
        desk="",
        state=case.state,
        track=URGE,
        rung=URGE,
        kind=URGE,
        recipient=None,
        channel=INAPP,
        status="not_sent",
        reason="overtaken",
        skipped=(),
        due_at=None,
        planned_at=urge.at,
        # While another event waits for its position, no instant from then on is swept through.
        decided_at=max(terms.now, urge.at),
        policy=terms.policy.hash,
        urged_by=urge.actor,
    )
