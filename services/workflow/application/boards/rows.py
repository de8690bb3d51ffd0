"""One case as a row: where it lies, how late it is, what was done and what comes next.

A page of rows costs the same three questions whether it has one row or fifty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from schemas.calendar import local_day
from schemas.envelope import Envelope, UnreadableEvent, recall
from services.workflow.application.boards.look import (
    Answered,
    Desk,
    Look,
    Names,
    NextNotice,
    Planned,
    SetAside,
    Sources,
)
from services.workflow.application.boards.spoken import (
    Spoken,
    lifted,
    spoken,
)
from services.workflow.application.boards.working_time import between
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.ports import NoticeRow
from services.workflow.application.reading_ports import Stored
from services.workflow.application.rulebook import Rules
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.documents import Person

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One case of a list."""

    case: Case
    here: Spoken
    label: str  # of its state, in its life
    completed: bool  # whether that is the proper end of a case
    days_over: int | None  # completed working days since the deadline; None: not overdue
    days_left: int | None  # working days until the due day, 0 on the day; None: overdue or none
    desks: tuple[Desk, ...]  # the one that is due first before the others
    last: Envelope | None = None  # the last event of its own stream; None: it cannot be read
    notice: NoticeRow | None = None  # the last one, sent or not
    next: NextNotice | None = None
    set_aside: SetAside | None = None  # by the notifier
    answered: tuple[Answered, ...] = ()  # by those who have it

    @property
    def desk(self) -> Desk | None:
        return self.desks[0] if self.desks else None

    @property
    def last_label(self) -> str:
        """What the last event was, in the scheme's words; "" for the opening."""
        trigger = self.last.data.get("trigger") if self.last else None
        return self.here.trigger(trigger) if isinstance(trigger, str) else ""

    @property
    def submitted(self) -> int | None:
        """Which version of a text the last event brought, if it brought one."""
        for told in self.last.data.get("documents", ()) if self.last else ():
            document = self.here.filed(told["name"])
            if document is not None and document.parts:
                version: int = told["version"]
                return version
        return None


def read_rows(
    sources: Sources, look: Look, cases: Sequence[Case], names: Names, *, noticed: bool = True
) -> tuple[tuple[Row, ...], bool]:
    """Return rows for *cases*, and whether the notifier was away; two statements.

    One, unless they are to tell what was *noticed* last.
    """
    ids = [case.id for case in cases]
    last = sources.reads.latest_events(ids) if ids else {}
    notices = sources.reads.latest_notices(ids) if ids and noticed else {}
    return _rows(sources, look, cases, names, last, notices)


def read_row(sources: Sources, look: Look, case: Case, names: Names) -> tuple[Row, bool]:
    """Return *case* alone, and whether the notifier was away; no statement.

    What happened to it last is not in the row: its own page tells all that did.
    """
    (row,), away = _rows(sources, look, (case,), names, {}, {})
    return row, away


def _rows(
    sources: Sources,
    look: Look,
    cases: Sequence[Case],
    names: Names,
    last: Mapping[str, Stored],
    notices: Mapping[str, NoticeRow],
) -> tuple[tuple[Row, ...], bool]:
    streams = [case.stream for case in cases]
    planned = sources.next_notices(streams) if streams else {}
    rows = []
    for case in cases:
        stored, coming = last.get(case.id), (planned or {}).get(case.stream)
        row = _row(look, sources.rulebook.of(case.cycle), case)
        row = replace(
            planned_for(row, coming),
            last=_recalled(stored, row.case) if stored else None,
            notice=notices.get(case.id),
        )
        names.want(row.case.person, row.last.actor if row.last else None)
        names.want(row.last.deputyfor if row.last else None)
        names.want(*(person for desk in row.desks for person in (*desk.people, *desk.deputies)))
        names.want(row.notice.person if row.notice else None)
        names.want(row.next.person if row.next else None)
        names.want(*(one.person for one in row.answered))
        names.want(*people_of(row.case, row.here))
        rows.append(row)
    return tuple(rows), planned is None


def planned_for(row: Row, coming: Planned | None) -> Row:
    """Return *row* with what the notifier says of its case; None: nothing."""
    return replace(
        row,
        next=coming if isinstance(coming, NextNotice) else None,
        set_aside=coming if isinstance(coming, SetAside) else None,
        answered=() if coming is None or isinstance(coming, SetAside) else coming.answered,
    )


def people_of(case: Case, here: Spoken) -> Iterator[str]:
    """Yield the people who stand in the row that *case* was made from."""
    for column in here.columns(case.row[0]) if case.row else ():
        value = case.values.get(column.name)
        if isinstance(column.type, Person) and isinstance(value, str):
            yield value


def row_of(sources: Sources, look: Look, case: Case) -> Row:
    """Return *case* as it stands, without what happened to it and what comes; no statement."""
    return _row(look, sources.rulebook.of(case.cycle), case)


def _row(look: Look, rules: Rules, case: Case) -> Row:
    here = spoken(case, rules.scheme, look.organisation.vocabulary, look.say)
    return Row(
        case=case,
        here=here,
        label=here.state(case.state),
        completed=case.final == "completed",
        days_over=days_over(case, look, rules),
        days_left=days_left(case, look, rules),
        desks=tuple(look.desks(case)),
    )


def _recalled(stored: Stored, case: Case) -> Envelope | None:
    """Return an event; None for one stored before every event was held against its schema.

    Its data is not checked, for speed: one that cannot be lifted is such an event too.
    """
    try:
        return lifted(recall(stored.body), case)
    except (UnreadableEvent, LookupError, TypeError, AttributeError):
        return None


def days_over(case: Case, look: Look, rules: Rules) -> int | None:
    """Return the completed working days since the deadline; None if it is not overdue."""
    if case.due_at is None or case.suspended_at or look.now < case.due_at:
        return None
    due_day = local_day(case.due_at - _INSTANT, ZONE)
    return between(rules.calendar, due_day, look.day - timedelta(days=1))


def days_left(case: Case, look: Look, rules: Rules) -> int | None:
    """Return the working days until the due day; None if there is none ahead."""
    if case.due_at is None or case.suspended_at or look.now >= case.due_at:
        return None
    return between(rules.calendar, look.day, local_day(case.due_at - _INSTANT, ZONE))
