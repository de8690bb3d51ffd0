"""Timers and reminders by hand: what falls due when."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from services.notifier.adapters.memory.queue import Queue
from services.notifier.application.store_ports import Timer
from services.notifier.domain.turns import Turn
from services.notifier.domain.urges import Urge

_Key = tuple[str, str, str]  # case, desk, track


class MemoryTimers:
    """The timers; *waits* tells of a case that an event of it is parked."""

    def __init__(self, waits: Callable[[str], bool]) -> None:
        self._waits = waits
        self._by_case: dict[str, dict[tuple[str, str], Timer]] = {}
        self._queue = Queue(self._at)
        self._due: set[_Key] = set()  # taken from the queue, and not moved yet
        self._urges: dict[str, Urge] = {}  # to be decided
        self._known: set[str] = set()  # events of all there ever were
        self._turns: set[Turn] = set()

    def _at(self, key: _Key) -> datetime | None:
        case, desk, track = key
        found = self._by_case.get(case, {}).get((desk, track))
        return found.at if found else None

    def replace(self, cases: Iterable[str], timers: Iterable[Timer]) -> None:
        """Drop every timer of *cases* and set *timers*."""
        for case in cases:
            for desk, track in self._by_case.pop(case, {}):
                self._due.discard((case, desk, track))
        self.move(timers)

    def move(self, timers: Iterable[Timer]) -> None:
        """Set *timers* where they are now."""
        for one in timers:
            key = one.case, one.desk, one.track
            self._by_case.setdefault(one.case, {})[one.desk, one.track] = one
            self._due.discard(key)
            if one.at is not None:
                self._queue.put(one.at, key)

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """Return timers due at *now*, oldest first, without cases that have parked events."""
        self._due.update(self._queue.take(now))
        found = []
        for case, desk, track in self._due:
            timer = self._by_case[case][desk, track]
            if timer.at is not None and timer.at <= now and not self._waits(case):
                found.append((timer.at, case, desk, track, timer))
        return [timer for *_, timer in sorted(found)[:limit]]

    def is_any_due(self, now: datetime) -> bool:
        """Tell whether `due`, `urges` or `turns` would return anything."""
        turned = any(one.at <= now for one in self._turns)
        return turned or bool(self._urges) or bool(self.due(now, 1))

    def first_after(self, now: datetime) -> datetime | None:
        """Return when the first timer or turn is due that is not at *now*."""
        self._due.update(self._queue.take(now))
        turns = (one.at for one in self._turns if one.at > now)
        return min((at for at in (self._queue.first(), *turns) if at is not None), default=None)

    def coming(self, until: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return the first *limit* cases with a timer up to *until*, each with its first one."""
        firsts = (
            (min((one.at for one in timers.values() if one.at), default=None), case)
            for case, timers in self._by_case.items()
        )
        found = sorted((at, case) for at, case in firsts if at is not None and at <= until)
        return [(case, at) for at, case in found[:limit]]

    def of(self, cases: Iterable[str]) -> Mapping[str, Mapping[tuple[str, str], Timer]]:
        """Return {case: {(desk, track): timer}}."""
        wanted = ((case, self._by_case.get(case)) for case in cases)
        return {case: {**timers} for case, timers in wanted if timers}

    def urge(self, urges: Iterable[Urge]) -> None:
        """Add reminders by hand, and what was published; one already known is left as it is."""
        for one in urges:
            if one.event not in self._known:
                self._known.add(one.event)
                self._urges[one.event] = one

    def urges(self, limit: int) -> list[Urge]:
        """Return reminders by hand that are not decided, oldest first."""
        if not self._urges:
            return []
        return sorted(self._urges.values(), key=lambda one: (one.at, one.event))[:limit]

    def settle(self, urges: Iterable[Urge]) -> None:
        """Mark *urges* as decided."""
        for one in urges:
            self._urges.pop(one.event, None)

    def turn(self, turns: Iterable[Turn]) -> None:
        """Add turns; one already known is left as it is."""
        self._turns.update(turns)

    def turns(self, now: datetime) -> list[Turn]:
        """Return the turns up to *now*, oldest first."""
        return sorted(one for one in self._turns if one.at <= now)

    def drop_turns(self, now: datetime) -> None:
        """Keep the turns up to *now* no longer."""
        self._turns = {one for one in self._turns if one.at > now}
