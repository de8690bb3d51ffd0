"""What auditors begin with: the newest of the log, what was refused, and who read what.

The one idea: a page walks a bounded stretch of the log from its end, and shows of it what lies in
sight. Who sees a case is asked as lists ask it, who sees its refusals of the authority function.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from schemas.envelope import Envelope, UnreadableEvent, peek, recall
from schemas.streams import NOTICES, REFUSALS, Stream
from services.workflow.application.boards.acts import alone, may
from services.workflow.application.boards.case import seen_case
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.rows import Row, row_of
from services.workflow.application.boards.spoken import lifted
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.identity_ports import ReadRow, WantedReads
from services.workflow.application.reading_ports import ListQuery, Stored, Stretch
from services.workflow.application.seeing import SeenCase, seen
from services.workflow.application.staffing import found_people
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import bodies_of
from services.workflow.domain.case.seeing import Extent
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.refusals import NotYours

PER_PAGE = 50
AT_ONCE = 200  # events of one stretch, of which those in sight are shown
MOST_OF_ONE = 2000  # of which those of one person are looked out
Sort = Literal["all", "acts", "notices", "refused"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """One event of a case in sight, without what it says: that is on the case's page."""

    row: Row
    position: int
    event: Envelope | None  # None: it cannot be read, or is not told
    withheld: bool = False  # the scheme leaves what it says to others


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryBoard:
    """A stretch of the log, the newest first."""

    happened: tuple[Happened, ...]
    before: int | None  # where the next stretch ends; None: the log has no more
    names: Names


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """That somebody opened something of a case."""

    row: Row
    person: str
    what: str  # case, document
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadsBoard:
    """Who read what, the newest first."""

    reads: tuple[Read, ...]
    before: int | None
    names: Names


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """What is looked for: by whom it was done, of which case, on which day."""

    who: str = ""  # an id or a part of a name
    number: str = ""  # of a case
    day: date | None = None

    @property
    def since(self) -> datetime | None:
        return None if self.day is None else _midnight(self.day)

    @property
    def until(self) -> datetime | None:
        return None if self.day is None else _midnight(self.day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """What is looked for, found: None is anybody and any case."""

    people: frozenset[str] | None
    case: Case | None
    is_nothing: bool  # nobody is called so, or no case in sight has that number


def _found(sources: Sources, look: Look, sought: Sought) -> _Found:
    people, case = None, None
    if sought.who:
        people = frozenset(found_people(look.organisation, sources.reads, sought.who))
    if sought.number:
        query = look.seen(ListQuery(numbers=(sought.number,), limit=1))
        case = next(iter(sources.reads.list_cases(query).cases), None)
    lacks_case = bool(sought.number) and case is None
    return _Found(people=people, case=case, is_nothing=people == frozenset() or lacks_case)


def history_board(
    sources: Sources,
    look: Look,
    sort: Sort,
    before: int | None,
    sought: Sought,
    most: int = PER_PAGE,
) -> HistoryBoard:
    """Return a stretch of the log that ends before a position, and keep that it was read.

    Shown are *most* of its events, at most `AT_ONCE`.

    Raises:
        OutcomeUnknown, StoreUnavailable: it cannot be kept, so nothing is to be shown.
    """
    sources.watch.keep_history(look.actor, look.day)
    found, names = _found(sources, look, sought), Names(look)
    if found.is_nothing:
        return HistoryBoard(happened=(), before=None, names=names)
    # Of one person there may be little: more is walked before the next page has to be asked for.
    at_once = AT_ONCE if found.people is None else MOST_OF_ONE
    stretch = Stretch(streams=_streams(found.case), since=sought.since, until=sought.until)
    stored, further = sources.reads.newest_of(sort, before, at_once, stretch)
    if found.people is not None:
        stored = [one for one in stored if _is_by(one, found.people)]
    cases = (
        {found.case.id: found.case}
        if found.case is not None
        else _in_sight(sources, look, (Stream.parse(one.stream).id for one in stored))
    )
    shown = list(_shown(sources, look, stored, cases))
    for one in shown[:most]:
        names.want(one.row.case.person)
        names.want(*((one.event.actor, one.event.deputyfor) if one.event else ()))
    names.look_up(sources.reads)
    more = len(shown) > most
    return HistoryBoard(
        happened=tuple(shown[:most]),
        before=shown[most - 1].position if more else further,
        names=names,
    )


def _streams(case: Case | None) -> tuple[str, ...]:
    sides = ("", NOTICES, REFUSALS)
    return () if case is None else tuple(str(Stream(case.kind, case.id, one)) for one in sides)


def _is_by(stored: Stored, people: Collection[str]) -> bool:
    """Tell whether one of *people* did it, or a deputy in their name."""
    try:
        event = peek(stored.body)
    except UnreadableEvent:
        return False
    return event.actor in people or event.deputyfor in people


def reads_board(
    sources: Sources, look: Look, before: int | None, sought: Sought, most: int = PER_PAGE
) -> ReadsBoard:
    """Return who opened what of the cases in sight, *most* at once, and keep that this was read."""
    sources.watch.keep_history(look.actor, look.day)
    found = _found(sources, look, sought)
    if found.is_nothing:
        return ReadsBoard(reads=(), before=None, names=Names(look))
    stream = "" if found.case is None else found.case.stream
    wanted = WantedReads(people=found.people, case=stream, since=sought.since, until=sought.until)
    rows = sources.watch.records(before, AT_ONCE, wanted)
    cases = _in_sight(sources, look, map(_case_of, rows))
    names, shown = Names(look), list[tuple[int, Read]]()
    for one in rows:
        case = cases.get(_case_of(one))
        if case is not None and len(shown) < most:
            row = row_of(sources, look, case)
            shown.append((one.id, Read(row=row, person=one.person, what=one.what, at=one.at)))
            names.want(one.person, case.person)
    names.look_up(sources.reads)
    full = len(shown) == most or len(rows) == AT_ONCE
    last = shown[-1][0] if len(shown) == most else rows[-1].id if rows else 0
    return ReadsBoard(
        reads=tuple(read for _, read in shown), before=last if full else None, names=names
    )


def _shown(
    sources: Sources, look: Look, stored: Sequence[Stored], cases: dict[str, Case]
) -> Iterator[Happened]:
    refusals: dict[str, bool] = {}
    extents = {case.id: _extent(sources, look, case) for case in cases.values()}
    for one in stored:
        stream = Stream.parse(one.stream)
        case = cases.get(stream.id)
        if case is None or one.position is None:
            continue
        extent = extents[case.id]
        if extent is None or extent.shown is not None:
            continue  # the history is theirs alone who see the case
        if stream.side == REFUSALS:
            if case.id not in refusals:
                refusals[case.id] = _sees_refusals(sources, look, case)
            if not refusals[case.id]:
                continue
        event = _event(one, case)
        withheld = event is not None and extent.withholds(event.data)
        yield Happened(
            row=row_of(sources, look, case),
            position=one.position,
            event=None if withheld else event,
            withheld=withheld,
        )


def _extent(sources: Sources, look: Look, case: Case) -> Extent | None:
    """Return what of a case in sight is theirs who look; None: not the case."""
    try:
        found = seen(look.actor, case, alone(look, case, sources.rulebook.of(case.cycle)))
    except Unread:  # it hangs on other cases as well
        try:
            found = seen_case(sources, look, case.id)
        except NotYours:
            return None
    return found.extent if isinstance(found, SeenCase) else None


def _sees_refusals(sources: Sources, look: Look, case: Case) -> bool:
    bodies = bodies_of(case, alone(look, case, sources.rulebook.of(case.cycle)))
    return may(look, "case.refusals.read", case, bodies=bodies)


def _event(stored: Stored, case: Case) -> Envelope | None:
    try:
        return lifted(recall(stored.body), case)
    except (UnreadableEvent, LookupError, TypeError, AttributeError):
        return None


def _in_sight(sources: Sources, look: Look, ids: Iterable[str]) -> dict[str, Case]:
    """Return those of some cases that the one who looks sees, by id; one statement."""
    wanted = tuple(dict.fromkeys(ids))
    if not wanted:
        return {}
    page = sources.reads.list_cases(look.seen(ListQuery(ids=wanted, limit=len(wanted))))
    return {case.id: case for case in page.cases}


def _case_of(row: ReadRow) -> str:
    """Return the case that something was opened of: a document is named by its stream."""
    return row.subject if row.what == "case" else row.subject.split("/")[1]
