"""Who runs a round of firing.

On an event loop, beside all else; or in a thread, which waits inside each statement (`at_once`).
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.workflow.application.firing.port import (
    CaseStore,
    Given,
    Result,
    Standing,
    Wanted,
    Write,
)
from services.workflow.application.ports import Append, SideStream

READ_S = 5.0  # a reader is told that the store is away, and may come again
ANSWER_S = 20.0  # twice as long as a statement waits for one lock; it may need several in turn


class Blocking:
    """Implements `CaseRounds` in the thread that asks, over a `CaseStore`."""

    def __init__(self, store: CaseStore) -> None:
        self._store = store

    async def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return heads and used keys."""
        return self._store.standing(wanted)

    async def side_streams(
        self, streams: Sequence[str], since: datetime
    ) -> Mapping[str, SideStream]:
        """Return where refusals streams stand."""
        return self._store.side_streams(streams, since)

    async def append(self, batch: Sequence[Write | Append]) -> list[bool]:
        """Write what still fits."""
        return self._store.append(batch)

    async def elsewhere(
        self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Call *function* here."""
        return function(*given, **named)


def at_once(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Return what *coroutine* returns, which never waits: all it awaits is there at once."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine waited where nothing can be waited for")
