"""Stand-ins that keep the promises of the real parts: they pass the same contract tests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.workflow.adapters.memory.cases import MemoryCases
from services.workflow.application.firing.port import Event, Standing, Used, Wanted, Write
from services.workflow.application.gate import hold
from services.workflow.application.ports import (
    Append,
    Bulk,
    CycleRow,
    Document,
    SideStream,
    Text,
)
from services.workflow.application.reading_ports import ListQuery, Page, Stored
from services.workflow.application.tries import Who
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import MOST_WRONG


class ListEventStore:
    """A `CaseStore` in memory, with the reads that use cases need in unit tests."""

    def __init__(self) -> None:
        self.cases = MemoryCases()
        self.appends: list[Any] = []  # every event written, oldest first
        self.kept_texts: dict[bytes, Text] = {}
        self.kept_documents: dict[str, Document] = {}
        self.kept_cycles: dict[str, CycleRow] = {}
        self.units: dict[str, tuple[str, ...]] = {}  # by cycle
        self.numbers: dict[tuple[str, str, str], int] = {}
        self.identity_version = 1

    @property
    def heads(self) -> dict[str, Case]:
        """Every case as it stands, by id."""
        heads: dict[str, Case] = {}
        for one in self.appends:
            if isinstance(one, Event):
                heads[one.after.id] = one.after
        return heads

    @property
    def seen(self) -> dict[tuple[str, str], Used]:
        """The keys that were used."""
        return self.cases._used

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        found = self.cases.standing(wanted)
        asked = {(one.client, one.key) for one in wanted}
        return Standing(
            heads=found.heads,
            used={at: found.used[at] for at in asked if at in found.used},
            organisation_version=self._organisation_version(),
            identity_version=self.identity_version,
            rulings=len(self.stream("text/calendar")) + self._n_closed(),
        )

    def _n_closed(self) -> int:
        return sum(row.closed_at is not None for row in self.kept_cycles.values())

    def families(self, cases: Sequence[str]) -> Mapping[str, str]:
        return self.cases.families(cases)

    def side_streams(self, streams: Sequence[str], since: datetime) -> Mapping[str, SideStream]:
        return self.cases.side_streams(streams, since)

    def append(self, batch: Sequence[Write | Append]) -> list[bool]:
        for one in batch:
            for event in events_of(one):
                hold(event)
        won = self.cases.append(batch)
        self._keep(one for one, done in zip(batch, won, strict=True) if done)
        return won

    def write(self, bulk: Bulk, cases: Write | None = None) -> bool:
        writes = (*bulk.appends, *(() if cases is None else (cases,)))
        for one in writes:
            for event in events_of(one):
                hold(event)
        if self._opens_twice(bulk) or not self.cases.write(bulk, cases):
            return False
        self._keep(writes)
        self.kept_documents |= {one.hash: one for one in bulk.documents}
        if bulk.closes is not None:
            self.kept_cycles[bulk.closes.id] = bulk.closes
        if bulk.cycle is not None:
            self.kept_cycles[bulk.cycle.id] = bulk.cycle
            self.units[bulk.cycle.id] = bulk.units
        for counter, (_, last) in (cases.numbers if cases else {}).items():
            label, _, letter = counter.rpartition("/")
            self.numbers[cases.root if cases else "", label, letter] = last
        return True

    def _keep(self, written: Any) -> None:
        for one in written:
            for event in events_of(one):
                self.appends.append(event)
                self.kept_texts |= {text.sha256: text for text in event.texts}

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

    def in_cycles(self, scheme: str, label: str) -> Mapping[str, str]:
        return {
            unit: row.id
            for row in self.kept_cycles.values()
            if (row.scheme, row.label) == (scheme, label)
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
        return Counter(
            (one.tier or one.kind, one.state) for one in self.heads.values() if one.cycle == cycle
        )

    def count_moves(self, cycle: str) -> int:
        return sum(one.version for one in self.heads.values() if one.cycle == cycle)

    def list_cases(self, query: ListQuery, total: int | None = None) -> Page:
        found = tuple(
            one
            for one in self.heads.values()
            if query.kind in (None, one.kind)
            and query.cycle in (None, one.cycle)
            and (not query.units or one.unit in query.units)
        )
        return Page(cases=found, next=None, total=len(found) if total is None else total)

    def versions(self) -> tuple[int, int]:
        return self._organisation_version(), len(self.stream("text/calendar"))

    def organisation(self, after: int = 0) -> tuple[int, list[bytes]]:
        bodies = [one.body for one in self.appends if one.stream.startswith("organisation/")]
        return len(bodies), bodies[after:]

    def _organisation_version(self) -> int:
        own = (one for one in self.appends if one.stream.startswith("organisation/"))
        return max((one.version for one in own), default=0)

    def _opens_twice(self, bulk: Bulk) -> bool:
        def once(row: CycleRow) -> tuple[str, str, str]:
            return row.scheme, row.unit, row.label

        if bulk.cycle is None:
            return False
        inside = self.in_cycles(bulk.cycle.scheme, bulk.cycle.label)
        again = once(bulk.cycle) in map(once, self.kept_cycles.values())
        return again or not inside.keys().isdisjoint(bulk.units)


def events_of(one: Write | Append) -> tuple[Any, ...]:
    return one.events if isinstance(one, Write) else (one,)


class ListTries:
    """A `TryStore` in memory."""

    def __init__(self) -> None:
        self._kept: dict[Who, tuple[int, datetime]] = {}

    def spent(self, asking: Sequence[Who], now: datetime) -> frozenset[Who]:
        return frozenset(who for who in asking if self._n(who, now) >= MOST_WRONG)

    def count(self, who: Who, now: datetime, until: datetime) -> None:
        self._kept[who] = (self._n(who, now) + 1, until)

    def _n(self, who: Who, now: datetime) -> int:
        n, until = self._kept.get(who, (0, now))
        return n if until > now else 0
