"""What happened to a case, and which days ahead nobody works: its events as a page reads them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from schemas.calendar import OutsideCalendar, WorkingDays, local_day
from schemas.envelope import Envelope, UnreadableEvent, open_envelope, peek
from schemas.streams import NOTICES, REFUSALS, Stream
from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.boards.rows import Row
from services.workflow.application.boards.spoken import Spoken, lifted
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.ports import Text
from services.workflow.application.reading_ports import Stored
from services.workflow.application.rulebook import Rules
from services.workflow.application.seeing import SeenCase
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Attendant, Listing, read_listing
from services.workflow.domain.case.seeing import Extent
from services.workflow.domain.language.model.documents import Person

MOST_EVENTS = 500  # of one page
MOST_TOGETHER = 20_000  # of several cases
Place = tuple[str, int]  # stream and version of an event
HORIZON = timedelta(days=21)  # how far ahead holidays are shown when nothing else is further
LONG_REST = 3  # days in a row without work; a plain weekend is not news


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One event of the case with the texts that its commitments stand for."""

    event: Envelope
    texts: Mapping[str, str | None]  # by hex hash; None: erased
    position: int | None
    effective_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreadable:
    """An event that cannot be read: that it is there is shown, what it says cannot be."""

    position: int | None
    at: datetime | None  # None: not even that
    withheld: bool = False  # the scheme leaves what it says to others


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """A deadline that passed while the case stayed where it was."""

    at: datetime
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """Days in a row on which nobody works and nothing is sent."""

    first: date
    last: date


def read_entries(
    sources: Sources, case: Case, before: Place | None, extent: Extent, *, with_refusals: bool
) -> tuple[list[Entry | Unreadable], Place | None, list[Stored]]:
    """Return the newest events of a case, or those *before* one, oldest first, and as stored.

    Where there are older ones, the first of these is told as well: the next page ends before it.
    """
    sides = ("", NOTICES, REFUSALS) if with_refusals else ("", NOTICES)
    streams = [str(Stream(case.kind, case.id, side)) for side in sides]
    stored = sources.reads.events_of(streams, MOST_EVENTS + 1, before, newest_first=True)
    shown = stored[:MOST_EVENTS][::-1]
    first = shown[0] if len(stored) > MOST_EVENTS else None
    place = None if first is None else (first.stream, first.version)
    return _entries(sources, case, shown, extent), place, shown


def read_own(sources: Sources, case: Case, stored: Sequence[Stored], extent: Extent) -> list[Entry]:
    """Return the events *stored* of a case's own stream, on whatever page they are shown."""
    return [entry for entry in _entries(sources, case, stored, extent) if isinstance(entry, Entry)]


def read_together(
    sources: Sources,
    seen: Sequence[SeenCase],
    wanted: Callable[[Envelope], bool],
    beside: Sequence[str] = (),
) -> tuple[list[Entry], Mapping[str, Text]]:
    """Return those *wanted* of the events of several cases, and the texts of hashes *beside* them.

    Two statements for any number of cases; the events are in order, oldest first.
    """
    extents = {one.case.stream: one.extent for one in seen}
    kept = [
        (one, event)
        for one, event in opened_together(sources, [one.case for one in seen])
        if wanted(event) and not extents[one.stream].withholds(event.data)
    ]
    hashes = {hash_ for _, event in kept for hash_ in commitments(event.data)} | {*beside}
    found = sources.reads.texts([bytes.fromhex(hash_) for hash_ in sorted(hashes)])
    texts = {text.sha256.hex(): text.content.decode(errors="replace") for text in found.values()}
    entries = [_entry(one, event, texts) for one, event in kept]
    return entries, {hash_.hex(): text for hash_, text in found.items() if hash_.hex() in beside}


def opened_together(sources: Sources, cases: Sequence[Case]) -> Iterator[tuple[Stored, Envelope]]:
    """Yield what can be read of the events of several cases, oldest first, in one statement."""
    by_stream = {one.stream: one for one in cases}
    for stored in sources.reads.events_of(list(by_stream), MOST_TOGETHER):
        event = _opened(stored, by_stream[stored.stream])
        if event is not None:
            yield stored, event


def _entries(
    sources: Sources, case: Case, shown: Sequence[Stored], extent: Extent
) -> list[Entry | Unreadable]:
    opened = [(one, _opened(one, case)) for one in shown]
    withheld = {one for one, event in opened if event and extent.withholds(event.data)}
    opened = [(one, None if one in withheld else event) for one, event in opened]
    events = [event for _, event in opened if event]
    hashes = sorted({hash_ for event in events for hash_ in commitments(event.data)})
    found = sources.reads.texts([bytes.fromhex(hash_) for hash_ in hashes]) if hashes else {}
    texts = {text.sha256.hex(): text.content.decode(errors="replace") for text in found.values()}
    return [
        _entry(one, event, texts) if event else _unreadable(one, withheld=one in withheld)
        for one, event in opened
    ]


def _opened(stored: Stored, case: Case) -> Envelope | None:
    try:
        return lifted(open_envelope(stored.body), case)
    except UnreadableEvent:  # stored before every event was held against its schema
        return None


def _unreadable(stored: Stored, *, withheld: bool) -> Unreadable:
    try:
        at = peek(stored.body).time
    except UnreadableEvent:
        return Unreadable(position=stored.position, at=None)
    return Unreadable(position=stored.position, at=at, withheld=withheld)


def _entry(stored: Stored, event: Envelope, texts: Mapping[str, str]) -> Entry:
    effective_at = event.data.get("effective_at")
    return Entry(
        event=event,
        texts={hash_: texts.get(hash_) for hash_ in commitments(event.data)},
        position=stored.position,
        effective_at=_instant(effective_at) if effective_at else event.time,
    )


def commitments(data: Any) -> Iterator[str]:
    """Yield the hex hash of every commitment in *data*."""
    if isinstance(data, Mapping):
        if data.keys() >= {"sha256", "length"}:
            yield data["sha256"]
            return
        for name, value in data.items():
            # One number would tell who enters the second what to enter.
            is_draw = name == "draw" and isinstance(value, Mapping)  # of its terms it is a number
            told = {**value, "entered": None} if is_draw else value
            yield from commitments(told)
    elif isinstance(data, list):
        for value in data:
            yield from commitments(value)


def listed_in(entries: Iterable[Entry]) -> Mapping[str, Listing]:
    """Return the rosters that *entries* took, each as it was taken last.

    No row of a roster goes, and each keeps its number: it tells who was meant before, too.
    """
    last = dict[str, str]()
    for entry in entries:
        for name, told in entry.event.data.get("rosters", {}).items():
            text = entry.texts.get(told.get("sha256", ""))
            if text is not None:
                last[name] = text
    return {name: read_listing(text.encode(), b"") for name, text in last.items()}


def told_of(event: Envelope, seats: Mapping[str, Listing]) -> Iterator[Attendant]:
    """Yield who came and went in each move that *event* tells, and whom it struck off."""
    for name in event.data.get("rosters", {}):
        yield from struck_by(event, seats.get(name))
    for name, told in event.data.get("presence", {}).items():
        for move in told.get("moves", ()):
            attendant = seats[name].by_row.get(move["row"]) if name in seats else None
            if attendant is not None:
                yield attendant


def struck_by(event: Envelope, listing: Listing | None) -> Iterator[Attendant]:
    """Yield whom *event* struck off a roster that stands now as *listing* tells."""
    for one in listing.rows if listing else ():
        if one.struck is not None and one.struck.version == event.streamversion:
            yield one


def people_in(data: Any, here: Spoken) -> Iterator[str]:
    """Yield the people that *data* names: at desks, as subjects, in columns of rows."""
    for name in ("subject", "previous"):
        if isinstance(data.get(name), str):
            yield data[name]
    for desk in (*data.get("holders", ()), *data.get("skipped", ()), data.get("recipient") or {}):
        if "person" in desk:
            yield desk["person"]
    columns = {
        column.name
        for document in here.scheme.documents.values()
        for column in document.columns
        if isinstance(column.type, Person)
    }
    rows = [
        row.get("values", {}) for told in data.get("documents", ()) for row in told.get("rows", ())
    ]
    for values in (*rows, data.get("values", {})):
        yield from (value for name, value in values.items() if name in columns)


def past_of(
    entries: list[Entry | Unreadable],
    intervals: list[Mapping[str, Any]],
    look: Look,
    here: Spoken,
    *,
    is_first: bool,
    is_last: bool,
) -> Iterator[Entry | Unreadable | Missed]:
    """Yield events and missed deadlines, in the order in which people came to know of them.

    Deadlines before the *entries* belong to them on the first page alone, later ones on the last.
    """
    missed = [
        Missed(at=row["due_at"], label=here.state(row["state"]))
        for row in intervals
        if row["due_at"] is not None
        and not row["suspended"]
        and row["effective_from"] <= row["due_at"] <= look.now
        and (row["effective_to"] is None or row["due_at"] < row["effective_to"])
    ]
    shows = is_first
    for entry in entries:
        at = entry.event.time if isinstance(entry, Entry) else entry.at
        while missed and at is not None and missed[0].at <= at:
            earlier = missed.pop(0)
            if shows:
                yield earlier
        shows = True
        yield entry
    if is_last:
        yield from missed


def rests_ahead(row: Row, look: Look, rules: Rules) -> Iterator[Rest]:
    """Yield the long rests that begin before anything is due or sent."""
    if not row.case.holders:
        return
    ends = [look.now + HORIZON]
    ends += [row.case.due_at] if row.case.due_at else []
    ends += [row.next.at] if row.next else []
    last = min(max(ends), look.now + 4 * HORIZON)
    yield from rests(rules.calendar, look.day, local_day(last, ZONE))


def rests(calendar: WorkingDays, first: date, last: date) -> Iterator[Rest]:
    """Yield the long rests that begin between *first* and *last*, and the one under way on *first*.

    That one is told whole: on its last days it is long still.
    """
    day = first
    try:
        while not (calendar.is_working(day) or calendar.is_working(day - timedelta(days=1))):
            day -= timedelta(days=1)
        while day <= last:
            end = day
            while not calendar.is_working(end):
                end += timedelta(days=1)
            if (end - day).days >= LONG_REST:
                yield Rest(first=day, last=end - timedelta(days=1))
            day = end + timedelta(days=1)
    except OutsideCalendar:
        return  # nobody knows the holidays of a year that is not in the table


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
