"""What comes next: a heap whose entries are checked against what holds as they are taken."""

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import heappop, heappush
from typing import Generic, TypeVar

Key = TypeVar("Key", str, tuple[str, str, str])


class Queue(Generic[Key]):
    """Instants by key; of a key that was put again only the latest holds, as *holds* tells."""

    def __init__(self, holds: Callable[[Key], datetime | None]) -> None:
        self._heap: list[tuple[datetime, Key]] = []
        self._holds: Callable[[Key], datetime | None] = holds

    def put(self, at: datetime, key: Key) -> None:
        """Let *key* come at *at*."""
        heappush(self._heap, (at, key))

    def first(self) -> datetime | None:
        """Return when the first one comes."""
        heap = self._heap
        while heap:
            at, key = heap[0]
            if self._holds(key) == at:
                return at
            heappop(heap)
        return None

    def take(self, until: datetime) -> Iterator[Key]:
        """Take out what comes up to *until*, in order, each once."""
        heap, before = self._heap, None
        while heap and heap[0][0] <= until:
            at, key = heappop(heap)
            if (at, key) != before and self._holds(key) == at:
                before = (at, key)
                yield key
