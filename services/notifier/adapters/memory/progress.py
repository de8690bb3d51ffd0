"""How far the feed has been read, and which events wait for something they need."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.notifier.application.contents import Contents
from services.notifier.application.store_ports import Parked, SetAside
from services.notifier.domain.reading import Pass, Reading


class MemoryProgress:
    """The progress."""

    def __init__(self, begun: Contents) -> None:
        self._readings = {**begun.readings}
        self._offsets: dict[str, dict[int, int]] = {}
        self._passes: list[Pass] = []
        self._parked: dict[tuple[str, int], Parked] = {}
        self._waiting = Counter[str]()  # events, by case
        self._set_aside = {one.position: one for one in begun.set_aside}
        self.park(begun.parked)

    def waits(self, case: str) -> bool:
        """Tell whether an event of *case* is parked."""
        return self._waiting[case] > 0

    def reading(self, name: str) -> Reading:
        """Return how far the feed *name* has been read."""
        return self._readings.get(name, Reading())

    def offsets(self, name: str) -> Mapping[int, int]:
        """Return {partition: next offset}."""
        return {**self._offsets.get(name, {})}

    def save(self, name: str, reading: Reading, offsets: Mapping[int, int]) -> None:
        """Keep how far the feed *name* has been read, and where to read on."""
        self._readings[name] = reading
        self._offsets.setdefault(name, {}).update(offsets)

    def note(self, made: Pass) -> None:
        """Keep what the engine had read when it made a pass."""
        self._passes.append(made)

    def passes(self) -> Iterator[Pass]:
        """Yield every pass that was noted, in their order."""
        yield from self._passes

    def park(self, events: Sequence[Parked]) -> None:
        """Keep *events* until what they need has been read; repeats change nothing."""
        for one in events:
            self.unpark([(one.subject, one.version)])
            self._parked[one.subject, one.version] = one
            self._waiting.update([one.case] if one.case else [])

    def parked(self) -> list[Parked]:
        """Return what waits, by subject and version."""
        return [one for _, one in sorted(self._parked.items())]

    def unpark(self, keys: Iterable[tuple[str, int]]) -> None:
        """Forget what waited under *keys*, (subject, version): it waits no more."""
        for key in keys:
            one = self._parked.pop(key, None)
            if one is not None and one.case:
                self._waiting[one.case] -= 1

    def put_aside(self, events: Sequence[SetAside]) -> None:
        """Keep *events* of cases that are set aside; one already kept is left as it is."""
        for one in events:
            self._set_aside.setdefault(one.position, one)

    def set_aside(self, cases: Iterable[str] | None = None) -> list[SetAside]:
        """Return the event at which each case that is set aside was, in the log's order."""
        if not self._set_aside:
            return []
        wanted = None if cases is None else {*cases}
        return [
            one
            for _, one in sorted(self._set_aside.items())
            if one.reason and (wanted is None or one.case in wanted)
        ]

    def take_back(self, case: str) -> list[SetAside]:
        """Return all that was kept of a case, in the log's order, and keep it no longer."""
        found = [one for _, one in sorted(self._set_aside.items()) if one.case == case]
        for one in found:
            del self._set_aside[one.position]
        return found
