"""What one command writes, as the rows either database takes.

A write is taken apart here once: its events, and for every row that it compares or moves one entry
that says all of it, so that a row is never moved twice in a statement.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from schemas.envelope import event_id
from schemas.instants import instant
from schemas.streams import Stream
from services.workflow.adapters.database.case_rows import (
    beside_rows,
    facts_of,
    grade_rows,
    record_row,
    source_rows,
    standing_row,
)
from services.workflow.adapters.database.rows import append_row, is_case_id, key_row
from services.workflow.application.firing.port import Event, Write
from services.workflow.application.gate import hold
from services.workflow.application.ports import Append, Key, Text
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import Place, Row

Flat = dict[str, Any]
_ON_ITS_WAY = timedelta(hours=1)


@dataclass(slots=True)
class Rows:
    """The rows of several writes, each with the place of its write in *w*."""

    events: list[Flat] = field(default_factory=list)
    begins: list[Flat] = field(default_factory=list)  # heads of cases that are opened
    heads: list[Flat] = field(default_factory=list)  # compared, counted on, moved
    places: list[Flat] = field(default_factory=list)  # the same of slots
    numbers: list[Flat] = field(default_factory=list)
    sources: list[Flat] = field(default_factory=list)  # of deadlines, as they are now
    told: list[Flat] = field(default_factory=list)  # cases whose sources were or are some
    subjects: list[Flat] = field(default_factory=list)  # cases that are about another now
    grades: list[Flat] = field(default_factory=list)  # of cases whose grades moved: all of them
    graded: list[Flat] = field(default_factory=list)  # those cases that were there before

    def add(self, nth: int, one: Write | Append) -> None:
        """Add the rows of *one*.

        Raises:
            UnfitEvent: one of its events may not be written.
        """
        if isinstance(one, Append):
            self.events.append(append_row(one) | {"w": nth})
            return
        for name, rows in (
            ("events", event_rows(one)),
            ("begins", _begins(one)),
            ("heads", _heads(one)),
            ("places", _places(one)),
            ("numbers", _numbers(one)),
            ("sources", _sources(one)),
            ("told", _told(one)),
            ("subjects", _subjects(one)),
            ("grades", _grades(one)),
            ("graded", _graded(one)),
        ):
            kept = getattr(self, name)
            for row in rows:
                row["w"] = nth
                kept.append(row)


def is_plain(one: Write | Append) -> bool:
    """Tell whether *one* moves a single head with its grades, and compares nothing besides."""
    if isinstance(one, Append) or len(one.events) != 1:
        return False
    if one.versions or one.touched or one.touches or one.slots or one.numbers:
        return False
    event = one.events[0]
    before, after = event.before, event.after
    if event.files or before is None:
        return False
    return before.person == after.person and not _has_sources(before, after)


def _has_sources(*cases: Case | None) -> bool:
    return any(holder.due.sources for case in cases if case is not None for holder in case.holders)


def _is_regraded(before: Case, after: Case) -> bool:
    # Most events take over what stood before, and nothing is compared.
    return before.grades is not after.grades and before.grades != after.grades


def plain_row(write: Write) -> Flat:
    """Return the one row of what is plain.

    Raises:
        UnfitEvent: its event may not be written.
    """
    (row,), (event,) = event_rows(write), write.events
    row["facts"] = facts_of(event.after)
    if event.before is not None and _is_regraded(event.before, event.after):
        row["grades"] = [
            {name: value for name, value in one.items() if name != "case_id"}
            for one in grade_rows(event.after)
        ]
    return row


def event_rows(write: Write) -> Iterator[Flat]:
    """Yield the rows of a write's events; the key is kept on the first.

    Raises:
        UnfitEvent: one of them may not be written.
    """
    key: Key | None = write.key
    for event in write.events:
        hold(event)
        row = standing_row(event.after) | {
            "stream": event.stream,
            "version": event.version,
            "type": event.type,
            "recorded_at": instant(event.recorded_at),
            "id": event_id(event.body),
            "body": event.body,
        }
        if event.before is None:
            row["opening"] = record_row(event.after) | {
                "within": event.after.path,
                "beside": beside_rows(event.after),
            }
            if write.running:
                row["opening"]["running"] = write.running
        if event.texts:
            row["texts"] = [_text_row(text) for text in event.texts]
        if filed := _filed(event):
            row["filed"] = filed
        if event.files:
            named = ((name, bytes.fromhex(hash_)) for name, hash_ in event.files)
            row["files"] = [{"document": name, "sha256": hash_} for name, hash_ in named]
        if key is not None:
            row |= key_row(key)
            key = None
        yield row


def _filed(event: Event) -> list[Flat]:
    """Return the documents of which *event* files a version: their drafts go with it.

    Until when a save may have been on its way, that had not seen it, is told with each.
    """
    before = {} if event.before is None else event.before.n_filed
    after = event.after.n_filed
    if before is after:  # most events file none, and take over what stood before
        return []
    gone_at = instant(event.recorded_at + _ON_ITS_WAY)
    return [
        {"document": name, "n_filed": n, "gone_at": gone_at}
        for name, n in after.items()
        if before.get(name) != n
    ]


def _text_row(text: Text) -> Flat:
    # Not by `asdict`, which copies deeply: 3 µs a text, and a report has three.
    return {"sha256": text.sha256, "salt": text.salt, "content": text.content}


def last_of_each(write: Write) -> Mapping[str, Event]:
    """Return the last event of each stream that *write* adds to."""
    return {event.stream: event for event in write.events}


def first_of_each(write: Write) -> Mapping[str, Event]:
    """Return the first event of each stream that *write* adds to."""
    return {event.stream: event for event in reversed(write.events)}


def _opened(write: Write) -> frozenset[str]:
    return frozenset(event.stream for event in write.events if event.before is None)


def _begins(write: Write) -> Iterator[Flat]:
    """Yield the heads of what is opened, counted on by what follows it in the same write."""
    opened = _opened(write)
    for stream, event in last_of_each(write).items():
        if stream in opened:
            counts = _counts(stream, write)
            _, n_children = write.numbers.get(stream, (0, None))
            yield standing_row(event.after) | {
                "facts": facts_of(event.after),
                "touched": counts["touches"] or None,
                "n_open": counts["opens"] or None,
                "n_children": n_children,
            }


def _heads(write: Write) -> Iterator[Flat]:
    first, last, opened = first_of_each(write), last_of_each(write), _opened(write)
    rows = (*write.touched, *write.touches, *write.numbers)
    counted = {row for row in rows if isinstance(row, str) and _is_stream(row)}
    for stream in {*last, *write.versions, *counted} - opened:
        row = {"case_id": Stream.parse(stream).id, **_counts(stream, write)}
        row["expected"] = write.versions.get(stream)
        row["counted"] = write.touched.get(stream)
        row["n_from"], row["n_to"] = write.numbers.get(stream, (None, None))
        if stream in last:
            row["expected"] = first[stream].version - 1
            row |= standing_row(last[stream].after)
            row["facts"] = facts_of(last[stream].after)
        row["moves"] = stream in last
        row["changes"] = stream in last or row["touches"] > 0 or row["n_to"] is not None
        yield row


def _places(write: Write) -> Iterator[Flat]:
    touched = {row for row in (*write.touched, *write.touches) if isinstance(row, Place)}
    for place in touched | write.slots.keys():
        was, becomes = write.slots.get(place, (None, None))
        yield {
            "cycle": place.cycle,
            "kind": place.kind,
            "unit": place.unit,
            "sets": place in write.slots,
            "was": _id_of(was),
            "becomes": _id_of(becomes),
            "counted": write.touched.get(place),
            **_counts(place, write),
        }


def _numbers(write: Write) -> Iterator[Flat]:
    for counter, (before, last) in write.numbers.items():
        if not _is_stream(counter):
            label, _, letter = counter.rpartition("/")
            row = {"unit": write.root, "label": label, "letter": letter}
            yield row | {"before": before, "last": last}


def _sources(write: Write) -> Iterator[Flat]:
    for event in last_of_each(write).values():
        yield from source_rows(event.after)


def _told(write: Write) -> Iterator[Flat]:
    first = first_of_each(write)
    for stream, event in last_of_each(write).items():
        before = first[stream].before
        if before is not None and _has_sources(before, event.after):
            yield {"case_id": event.after.id}


def _subjects(write: Write) -> Iterator[Flat]:
    for event in write.events:
        if event.before is not None and event.before.person != event.after.person:
            yield {"case_id": event.after.id, "person": event.after.person}


def _regraded(write: Write) -> Iterator[tuple[Case | None, Case]]:
    """Yield the cases whose grades *write* moves, as they were and as they are then."""
    first = first_of_each(write)
    for stream, event in last_of_each(write).items():
        before = first[stream].before
        if event.after.grades if before is None else _is_regraded(before, event.after):
            yield before, event.after


def _grades(write: Write) -> Iterator[Flat]:
    for _, case in _regraded(write):
        yield from grade_rows(case)


def _graded(write: Write) -> Iterator[Flat]:
    for before, case in _regraded(write):
        if before is not None and before.grades:
            yield {"case_id": case.id}


def _counts(row: Row, write: Write) -> Flat:
    """Return by how much a write moves the two counts of a row."""
    if row not in write.touches:
        return {"touches": 0, "opens": 0}
    opens = sum(
        event.after.is_open - (event.before is not None and event.before.is_open)
        for event in write.events
        if _leads_to(event.after, row)
    )
    return {"touches": 1, "opens": opens}


def _leads_to(case: Case, row: Row) -> bool:
    """Tell whether a case is among those that are counted on *row*."""
    if isinstance(row, str):
        return case.of == row
    if (case.kind, case.unit) == (row.kind, row.unit):
        return True
    return any((link.kind, link.unit) == (row.kind, row.unit) for link in case.links)


def _is_stream(counter: str) -> bool:
    return bool(is_case_id(counter.rpartition("/")[2]))


def _id_of(stream: str | None) -> str | None:
    return None if stream is None else Stream.parse(stream).id


# --- Several at once ---


def without_clashes(batch: Sequence[Write | Append]) -> list[int]:
    """Return which of *batch* may share a statement, in order.

    A statement compares all with what stood before it. Of two that each looked at what the other
    moves both would be taken, which one after the other would not: so what looked at something that
    is moved earlier in the batch has lost.
    """
    moved: set[Row] = set()
    fitting = []
    for nth, one in enumerate(batch):
        if isinstance(one, Write):
            if not moved.isdisjoint(one.looked_at()):
                continue
            moved.update((*one.sets(), *one.touches))
        fitting.append(nth)
    return fitting


def pieces(write: Write, most: int) -> Iterator[Write]:
    """Cut a write into pieces that follow each other in one transaction.

    What is counted on a case that it opens goes with the opening; all else with the first piece,
    and so does what was there before: the sum of its counts is one.
    """
    opened = _opened(write)
    moved = tuple(event for event in write.events if event.stream not in opened)
    made = tuple(event for event in write.events if event.stream in opened)
    for start in range(0, max(len(made), 1), most):
        events = made[start : start + most] if start else moved + made[:most]
        here = {event.stream for event in events if event.before is None}
        mine = partial(_belongs, here=here, elsewhere=opened if start == 0 else None)
        yield replace(
            write,
            events=events,
            versions={} if start else write.versions,
            touched={} if start else write.touched,
            touches=frozenset(filter(mine, write.touches)),
            slots={} if start else write.slots,
            numbers={row: given for row, given in write.numbers.items() if mine(row)},
            key=None if start else write.key,
        )


def _belongs(row: Row, here: AbstractSet[str], elsewhere: AbstractSet[str] | None) -> bool:
    return row in here or (elsewhere is not None and row not in elsewhere)
