"""One case as a row: where it lies, how late it is, what was done and what comes next.

A page of rows costs the same three questions whether it has one row or fifty.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from schemas.calendar import local_day
from schemas.envelope import Envelope, UnreadableEvent, recall
from services.workflow.application.boards.look import (
    Desk,
    Look,
    Names,
    NextNotice,
    SetAside,
    Sources,
)
from services.workflow.application.boards.working_time import between
from services.workflow.application.ports import NoticeRow
from services.workflow.application.reading_ports import Stored
from services.workflow.application.rulebook import ZONE, Rules
from services.workflow.domain.review import Review

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One case of a list."""

    review: Review
    label: str  # of its state, in its tier
    completed: bool  # whether that is the proper end of a case
    days_over: int | None  # completed working days since the deadline; None: not overdue
    days_left: int | None  # working days until the due day, 0 on the day; None: overdue or none
    desk: Desk | None
    last: Envelope | None  # the last event of its own stream; None: it cannot be read
    last_label: str  # what that was, in the scheme's words
    notice: NoticeRow | None  # the last one, sent or not
    next: NextNotice | None
    set_aside: SetAside | None = None  # by the notifier

    @property
    def submitted(self) -> int | None:
        """Which version of the report the last event brought, if it brought one."""
        report = self.last.data.get("report") if self.last else None
        return report.get("version") if isinstance(report, dict) else None


def read_rows(
    sources: Sources, look: Look, reviews: Sequence[Review], names: Names
) -> tuple[tuple[Row, ...], bool]:
    """Return rows for *reviews*, and whether the notifier was away; two statements."""
    ids = [review.id for review in reviews]
    last = sources.reads.latest_events(ids) if ids else {}
    notices = sources.reads.latest_notices(ids) if ids else {}
    planned = sources.next_notices(ids) if ids else {}
    rows = []
    for review in reviews:
        stored = last.get(review.id)
        coming = (planned or {}).get(review.id)
        row = _row(look, sources.rulebook.of(review.cycle), review)
        event = _recalled(stored) if stored else None
        row = replace(
            row,
            last=event,
            last_label=_label(event, sources.rulebook.of(review.cycle), review),
            notice=notices.get(review.id),
            next=coming if isinstance(coming, NextNotice) else None,
            set_aside=coming if isinstance(coming, SetAside) else None,
        )
        names.want(review.person, row.last.actor if row.last else None)
        names.want(*(row.desk.people if row.desk else ()))
        names.want(row.notice.person if row.notice else None)
        names.want(row.next.person if row.next else None)
        rows.append(row)
    return tuple(rows), planned is None


def _row(look: Look, rules: Rules, review: Review) -> Row:
    tier = rules.scheme.tiers[review.tier]
    return Row(
        review=review,
        label=tier.state(review.state).label,
        completed=review.state in tier.completed,
        days_over=days_over(review, look, rules),
        days_left=days_left(review, look, rules),
        desk=look.desk(review.holder),
        last=None,
        last_label="",
        notice=None,
        next=None,
    )


def _recalled(stored: Stored) -> Envelope | None:
    """Return an event; None for one stored before every event was held against its schema.

    Its data is not checked, for speed: whoever looks into it finds it is a mapping, no more.
    """
    try:
        event = recall(stored.body)
    except UnreadableEvent:
        return None
    return event if isinstance(event.data, dict) else None


def _label(event: Envelope | None, rules: Rules, review: Review) -> str:
    trigger = event.data.get("trigger") if event else None
    transition = (
        rules.scheme.tiers[review.tier].transition(trigger) if isinstance(trigger, str) else None
    )
    return transition.label if transition else "开启"


def days_over(review: Review, look: Look, rules: Rules) -> int | None:
    """Return the completed working days since the deadline; None if it is not overdue."""
    if review.due_at is None or review.suspended_at or look.now < review.due_at:
        return None
    due_day = local_day(review.due_at - _INSTANT, ZONE)
    return between(rules.calendar, due_day, look.day - timedelta(days=1))


def days_left(review: Review, look: Look, rules: Rules) -> int | None:
    """Return the working days until the due day; None if there is none ahead."""
    if review.due_at is None or review.suspended_at or look.now >= review.due_at:
        return None
    return between(rules.calendar, look.day, local_day(review.due_at - _INSTANT, ZONE))
