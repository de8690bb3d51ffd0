"""Mail that came back: the ledger has it beside the notice that had been sent.

What was recorded as sent stays recorded: the server took it. That it came back later is one more
line of its own, with the same recipient and channel, and goes to the workflow's log like any other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.notifier.application.store_ports import Store
from services.notifier.domain.notice import bounced


class Returns(Protocol):
    """What came back, until it is written down."""

    @property
    def problem(self) -> str:
        """Why what came back cannot be read now; empty: it can."""
        ...

    def waiting(self) -> Sequence[str]: ...
    def written(self) -> None: ...
    def close(self) -> None: ...


def take_back(store: Store, epoch: int, returns: Returns, now: datetime) -> int:
    """Write down which notices came back; return how many.

    Raises:
        LeaseLost, StoreUnavailable: they are read again.
    """
    waiting = returns.waiting()
    if not waiting:
        return 0
    with store.writing(epoch) as tx:
        lines = [bounced(one, now) for one in tx.ledger.called(waiting)]
        found = [one for one in lines if one is not None]
        tx.ledger.add(found)
    returns.written()
    return len(found)
