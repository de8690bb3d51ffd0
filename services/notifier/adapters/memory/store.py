"""One store for one engine: every transaction is the whole, and nobody else writes.

Nothing is taken back. What raises in a simulation ends it, and the store is thrown away with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from services.notifier.adapters.memory.facts import MemoryFacts
from services.notifier.adapters.memory.ledger import MemoryLedger
from services.notifier.adapters.memory.progress import MemoryProgress
from services.notifier.adapters.memory.texts import MemoryTexts
from services.notifier.adapters.memory.timers import MemoryTimers
from services.notifier.application.contents import NOTHING, Contents
from services.notifier.application.store_ports import OwnWork
from services.notifier.domain.errors import LeaseLost
from services.notifier.domain.notice import Notice


class MemoryTransaction:
    """The parts of a store."""

    def __init__(self, begun: Contents) -> None:
        self.progress = MemoryProgress(begun)
        self.facts = MemoryFacts(begun)
        self.texts = MemoryTexts(begun)
        self.timers = MemoryTimers(self.progress.waits)
        self.timers.move(begun.timers)
        self.timers.urge(begun.urges)
        self.timers.turn(begun.turns)
        self.ledger = MemoryLedger(begun.notices)

    @property
    def watch(self) -> OwnWork:
        """Refuse: who runs ahead does not watch itself."""
        raise NotImplementedError


class MemoryStore:
    """A store that begins with *begun*; for one thread."""

    def __init__(self, begun: Contents = NOTHING) -> None:
        self._whole = MemoryTransaction(begun)
        self._epoch = 0
        self._owner = ""

    def claim(self, owner: str) -> int | None:
        """Return a new epoch, or None while another owner has the lease: here it never runs out."""
        if self._owner not in {"", owner}:
            return None
        self._owner, self._epoch = owner, self._epoch + 1
        return self._epoch

    def renew(self, epoch: int) -> bool:
        """Tell whether *epoch* has the lease."""
        return bool(self._owner) and epoch == self._epoch

    def release(self, epoch: int) -> None:
        """Let a successor take over at once."""
        if epoch == self._epoch:
            self._owner = ""

    def is_anything_due(self, epoch: int, now: datetime) -> bool:
        """Tell whether a timer or a reminder by hand waits for the holder of *epoch* at *now*."""
        self._require(epoch)
        return self._whole.timers.is_any_due(now)

    @contextmanager
    def writing(self, epoch: int) -> Iterator[MemoryTransaction]:
        """Open a transaction that only the holder of *epoch* can begin."""
        self._require(epoch)
        yield self._whole

    @contextmanager
    def seeing(self) -> Iterator[MemoryTransaction]:
        """Open a transaction that writes nothing."""
        yield self._whole

    def _require(self, epoch: int) -> None:
        if epoch != self._epoch:
            raise LeaseLost(f"epoch {epoch} is over")

    def next_after(self, now: datetime) -> datetime | None:
        """Return the first instant after *now* at which anything falls due or is tried again."""
        parts = (self._whole.timers, self._whole.ledger)
        coming = (part.first_after(now) for part in parts)
        return min((at for at in coming if at is not None), default=None)

    def decided(self) -> list[Notice]:
        """Return what was decided in it, in no order."""
        return self._whole.ledger.decided()
