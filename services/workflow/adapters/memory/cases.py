"""Cases in memory, written by the same protocol as in a database.

What a write looked at is compared under one lock with what stands then; it is all taken or nothing.
The whole round is read for a command: a rehearsal has few cases.
"""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from threading import Lock

from services.workflow.application.firing.port import (
    Event,
    Standing,
    Used,
    Wanted,
    Write,
)
from services.workflow.application.gate import hold
from services.workflow.application.ports import Append, Bulk, Key, SideStream, Text
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import Heads, Place, Row

_KEPT = ("_cases", "_current", "_touched", "_numbered", "_used", "_beside", "_over", "log")


class MemoryCases:
    """Implements `CaseStore`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cases: dict[str, Case] = {}
        self._current: dict[Place, str] = {}
        self._touched: dict[Row, int] = {}
        self._numbered: dict[str, int] = {}
        self._used: dict[tuple[str, str], Used] = {}
        self._beside: dict[str, list[Append]] = {}
        self._over: set[str] = set()  # rounds
        self.log: list[Event] = []  # in the order of writing

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return the rounds of the wanted cases, whole."""
        with self._lock:
            cycles = {one.cycle for one in wanted if one.cycle}
            asked = {one.case for one in wanted}
            cycles |= {
                case.cycle
                for stream, case in self._cases.items()
                if stream in asked or case.id in asked
            }
            return Standing(
                heads={cycle: self._heads(cycle) for cycle in cycles},
                used={key: used for key, used in self._used.items() if key[1]},
            )

    def _heads(self, cycle: str) -> Heads:
        return Heads(
            cases={stream: case for stream, case in self._cases.items() if case.cycle == cycle},
            current={place: stream for place, stream in self._current.items() if place[0] == cycle},
            touched=dict(self._touched),
            numbered=dict(self._numbered),
        )

    def round(self, cycle: str) -> Heads:
        """Return a round as it stands."""
        with self._lock:
            return self._heads(cycle)

    def texts(self, hashes: Sequence[bytes]) -> dict[bytes, Text]:
        """Return the texts that lie beside what was written."""
        with self._lock:
            found = {text.sha256: text for event in self.log for text in event.texts}
            return {hash_: found[hash_] for hash_ in hashes if hash_ in found}

    def families(self, cases: Sequence[str]) -> dict[str, str]:
        """Return the families of those that are there."""
        with self._lock:
            by_id = {case.id: case.family for case in self._cases.values()}
            ids = {name: name.rpartition("/")[2] for name in cases}
            return {name: by_id[found] for name, found in ids.items() if found in by_id}

    def side_streams(self, streams: Sequence[str], since: datetime) -> dict[str, SideStream]:
        """Return where streams beside cases stand."""
        with self._lock:
            return {stream: _end_of(self._beside.get(stream, []), since) for stream in streams}

    def append(self, batch: Sequence[Write | Append]) -> list[bool]:
        """Write what still holds, one after another."""
        with self._lock:
            return [self._append_any(one) for one in batch]

    def append_all(self, writes: Sequence[Write]) -> bool:
        """Write what still holds, all of it or nothing."""
        return self._all(writes)

    def write(self, bulk: Bulk, cases: Write | None = None) -> bool:
        """Write the cases of a round, or its end; its own rows are nobody's question here."""
        closes = None if bulk.closes is None else (bulk.closes.id, bulk.n_moves)
        return self._all((*bulk.appends, *(() if cases is None else (cases,))), closes)

    def _all(self, writes: Sequence[Write | Append], closes: tuple[str, int] | None = None) -> bool:
        with self._lock:
            before = deepcopy({name: vars(self)[name] for name in _KEPT})
            if self._close(closes) and all(self._append_any(one) for one in writes):
                return True
            vars(self).update(before)
            return False

    def _close(self, closes: tuple[str, int] | None) -> bool:
        if closes is None:
            return True
        cycle, n_moves = closes
        moves = sum(case.version for case in self._cases.values() if case.cycle == cycle)
        if cycle in self._over or moves != n_moves:
            return False
        self._over.add(cycle)
        return True

    def _append_any(self, one: Write | Append) -> bool:
        return self._append(one) if isinstance(one, Write) else self._append_beside(one)

    def _append_beside(self, one: Append) -> bool:
        hold(one)
        if not self._is_next(one):
            return False
        self._beside.setdefault(one.stream, []).append(one)
        self._use(one.key, one)
        return True

    def _is_next(self, one: Append) -> bool:
        before = self._beside.get(one.stream, [])
        in_time = not before or before[-1].recorded_at <= one.recorded_at
        return len(before) + 1 == one.version and in_time and self._is_new(one.key)

    def _is_new(self, key: Key | None) -> bool:
        return key is None or (key.client, key.key) not in self._used

    def _use(self, key: Key | None, event: Event | Append) -> None:
        if key is not None:
            self._used[key.client, key.key] = Used(
                key=key, stream=event.stream, version=event.version, body=event.body
            )

    def _append(self, write: Write) -> bool:
        if not self._holds(write):
            return False
        for event in write.events:
            hold(event)
        for event in write.events:
            self._cases[event.stream] = event.after
            self.log.append(event)
        for row in write.touches:
            self._touched[row] = self._touched.get(row, 0) + 1
        for place, (_, stream) in write.slots.items():
            if stream is None:
                self._current.pop(place, None)
            else:
                self._current[place] = stream
        for counter, (_, last) in write.numbers.items():
            self._numbered[counter] = last
        self._use(write.key, write.events[0])
        return True

    def _holds(self, write: Write) -> bool:
        return (
            write.running not in self._over
            and all(self._follows(event, write) for event in write.events)
            and all(self._version(stream) == n for stream, n in write.versions.items())
            and all(self._touched.get(row, 0) == n for row, n in write.touched.items())
            and all(self._current.get(at) == was for at, (was, _) in write.slots.items())
            and all(self._numbered.get(at, 0) == was for at, (was, _) in write.numbers.items())
            and self._is_new(write.key)
        )

    def _follows(self, event: Event, write: Write) -> bool:
        """Tell whether an event is the next of its stream, those of the same write before it."""
        before = sum(
            one.stream == event.stream and one.version < event.version for one in write.events
        )
        return self._version(event.stream) + before + 1 == event.version

    def _version(self, stream: str) -> int:
        case = self._cases.get(stream)
        return 0 if case is None else case.version


def _end_of(events: Sequence[Append], since: datetime) -> SideStream:
    if not events:
        return SideStream(version=0, recorded_at=None)
    recent = tuple(
        (one.refusal, one.version, one.body)
        for one in events
        if one.refusal is not None and one.recorded_at >= since
    )
    return SideStream(version=events[-1].version, recorded_at=events[-1].recorded_at, recent=recent)
