"""Cases in memory, written by the same protocol as in a database.

What a write looked at is compared under one lock with what stands then; it is all taken or nothing.
The whole round is read for a command: a rehearsal has few cases.
"""

from collections.abc import Sequence
from threading import Lock

from services.workflow.application.firing.port import (
    Event,
    Standing,
    Used,
    Wanted,
    Write,
)
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import Heads, Place, Row


class MemoryCases:
    """Implements `CaseStore`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cases: dict[str, Case] = {}
        self._current: dict[Place, str] = {}
        self._touched: dict[Row, int] = {}
        self._numbered: dict[str, int] = {}
        self._used: dict[tuple[str, str], Used] = {}
        self.log: list[Event] = []  # in the order of writing

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return the rounds of the wanted cases, whole."""
        with self._lock:
            cycles = {one.cycle for one in wanted if one.cycle}
            cycles |= {self._cases[one.case].cycle for one in wanted if one.case in self._cases}
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

    def append(self, batch: Sequence[Write]) -> list[bool]:
        """Write what still holds, one after another."""
        with self._lock:
            return [self._append(write) for write in batch]

    def _append(self, write: Write) -> bool:
        if not self._holds(write):
            return False
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
        if write.key is not None:
            own = write.events[0]
            used = Used(key=write.key, stream=own.stream, version=own.version, body=own.body)
            self._used[write.key.client, write.key.key] = used
        return True

    def _holds(self, write: Write) -> bool:
        return (
            all(self._follows(event, write) for event in write.events)
            and all(self._version(stream) == n for stream, n in write.versions.items())
            and all(self._touched.get(row, 0) == n for row, n in write.touched.items())
            and all(self._current.get(at) == was for at, (was, _) in write.slots.items())
            and all(self._numbered.get(at, 0) == was for at, (was, _) in write.numbers.items())
            and (write.key is None or (write.key.client, write.key.key) not in self._used)
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
