"""Stand-ins that keep the promises of the real parts: they pass the same contract tests."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.workflow.application.gate import hold
from services.workflow.application.ports import (
    Append,
    Bulk,
    CycleRow,
    Document,
    Refusal,
    Seen,
    SideStream,
    Standing,
    Text,
    Wanted,
)
from services.workflow.application.reading_ports import Stored
from services.workflow.domain.review import Review


class ListEventStore:
    """A `EventStore` in memory, with the reads that use cases need in unit tests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.appends: list[Append] = []  # everything written, oldest first
        self.heads: dict[str, Review] = {}
        self.versions: dict[str, int] = {}  # by stream
        self.seen: dict[tuple[str, str], Seen] = {}
        self.kept_texts: dict[bytes, Text] = {}
        self.kept_documents: dict[str, Document] = {}
        self.kept_cycles: dict[str, CycleRow] = {}
        self.units: dict[str, tuple[str, ...]] = {}  # by cycle
        self.numbers: dict[tuple[str, str, str], int] = {}
        self.identity_version = 1

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        with self._lock:
            return Standing(
                organisation_version=self._organisation_version(),
                identity_version=self.identity_version,
                cases={w.case: self.heads[w.case] for w in wanted if w.case in self.heads},
                seen={
                    (w.client, w.key): self.seen[w.client, w.key]
                    for w in wanted
                    if (w.client, w.key) in self.seen
                },
            )

    def side_streams(self, streams: Sequence[str], since: datetime) -> Mapping[str, SideStream]:
        with self._lock:
            return {
                stream: SideStream(
                    version=self.versions.get(stream, 0),
                    recorded_at=self._last_at(stream),
                    recent=self._recent(stream, since),
                )
                for stream in streams
            }

    def append(self, batch: Sequence[Append]) -> list[bool]:
        with self._lock:
            for one in batch:
                hold(one)
            return [self._append(one) for one in batch]

    def write(self, bulk: Bulk) -> bool:
        with self._lock:
            before = (self.appends[:], self.heads.copy(), self.versions.copy(), self.seen.copy())
            texts = self.kept_texts.copy()
            for one in bulk.appends:
                hold(one)
            if self._opens_twice(bulk) or not all(map(self._append, bulk.appends)):
                self.appends, self.heads, self.versions, self.seen = before
                self.kept_texts = texts
                return False
            self.kept_documents |= {one.hash: one for one in bulk.documents}
            if bulk.cycle is not None:
                self.kept_cycles[bulk.cycle.id] = bulk.cycle
                self.units[bulk.cycle.id] = bulk.units
            self.numbers |= {(n.unit, n.label, n.letter): n.last for n in bulk.numbers}
            return True

    def _last_at(self, stream: str) -> datetime | None:
        times = [one.recorded_at for one in self.appends if one.stream == stream]
        return times[-1] if times else None

    # --- the part of Reads that use cases need ---

    def stream(self, stream: str, upto: int | None = None) -> list[Stored]:
        return [
            Stored(stream=one.stream, version=one.version, body=one.body)
            for one in self.appends
            if one.stream == stream and (upto is None or one.version <= upto)
        ]

    def texts(self, hashes: Sequence[bytes]) -> Mapping[bytes, Text]:
        return {one: self.kept_texts[one] for one in hashes if one in self.kept_texts}

    def documents(self, hashes: Sequence[str]) -> Mapping[str, Document]:
        return {one: self.kept_documents[one] for one in hashes if one in self.kept_documents}

    def cycle(self, cycle_id: str) -> CycleRow | None:
        return self.kept_cycles.get(cycle_id)

    def in_cycles(self, scheme: str, year: int) -> Mapping[str, str]:
        return {
            unit: row.id
            for row in self.kept_cycles.values()
            if (row.scheme, row.year) == (scheme, year)
            for unit in self.units[row.id]
        }

    def last_numbers(self, unit: str, label: str) -> Mapping[str, int]:
        return {
            letter: last
            for (of, its, letter), last in self.numbers.items()
            if (of, its) == (unit, label)
        }

    def cycles(self) -> list[CycleRow]:
        return list(self.kept_cycles.values())

    def count_by_state(self, cycle: str) -> Mapping[tuple[str, str], int]:
        return Counter((one.tier, one.state) for one in self.heads.values() if one.cycle == cycle)

    def organisation_version(self) -> int:
        return self._organisation_version()

    def organisation(self, after: int = 0) -> tuple[int, list[bytes]]:
        bodies = [one.body for one in self.appends if one.stream.startswith("organisation/")]
        return len(bodies), bodies[after:]

    def _organisation_version(self) -> int:
        own = (v for stream, v in self.versions.items() if stream.startswith("organisation/"))
        return max(own, default=0)

    def _recent(self, stream: str, since: datetime) -> tuple[tuple[Refusal, int, bytes], ...]:
        return tuple(
            (one.refusal, one.version, one.body)
            for one in self.appends
            if one.stream == stream and one.refusal is not None and one.recorded_at >= since
        )

    def _opens_twice(self, bulk: Bulk) -> bool:
        def once(row: CycleRow) -> tuple[str, str, int]:
            return row.scheme, row.unit, row.year

        taken = any(
            self.numbers.get((n.unit, n.label, n.letter), 0) != n.before for n in bulk.numbers
        )
        if bulk.cycle is None:
            return taken
        inside = self.in_cycles(bulk.cycle.scheme, bulk.cycle.year)
        again = once(bulk.cycle) in map(once, self.kept_cycles.values())
        return taken or again or not inside.keys().isdisjoint(bulk.units)

    def _append(self, one: Append) -> bool:
        if self.versions.get(one.stream, 0) != one.version - 1:
            return False
        if one.key is not None:
            name = (one.key.client, one.key.key)
            if name in self.seen:
                return False
            self.seen[name] = Seen(
                key=one.key, stream=one.stream, version=one.version, body=one.body
            )
        self.versions[one.stream] = one.version
        self.appends.append(one)
        if one.after is not None:
            self.heads[one.after.id] = one.after
        self.kept_texts |= {text.sha256: text for text in one.texts}
        return True
