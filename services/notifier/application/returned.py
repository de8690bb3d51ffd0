"""Mail that came back: the ledger has it beside the notice that had been sent.

What was recorded as sent stays recorded: the server took it. That it came back later is one more
line of its own, with the same recipient and channel, and goes to the workflow's log like any other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.notifier.application.rules import Book
from services.notifier.application.store_ports import Store, Transaction
from services.notifier.domain.notice import Notice, bounced, handed_on


class Returns(Protocol):
    """What came back, until it is written down."""

    @property
    def problem(self) -> str:
        """Why what came back cannot be read now; empty: it can."""
        ...

    def waiting(self) -> Sequence[str]: ...
    def written(self) -> None: ...
    def close(self) -> None: ...


def take_back(store: Store, epoch: int, returns: Returns, book: Book, now: datetime) -> int:
    """Write down which notices came back, and hand them on; return how many.

    Raises:
        LeaseLost, StoreUnavailable: they are read again.
    """
    waiting = returns.waiting()
    if not waiting:
        return 0
    with store.writing(epoch) as tx:
        came = [(one, bounced(one, now)) for one in tx.ledger.called(waiting)]
        found = [(one, line) for one, line in came if line is not None]
        tx.ledger.add([line for _, line in found])
        tx.ledger.add(_handed_on(tx, found, book, now))
    returns.written()
    return len(found)


def _handed_on(
    tx: Transaction, found: Sequence[tuple[Notice, Notice]], book: Book, now: datetime
) -> list[Notice]:
    """Return what tells those whose mail came back by another channel, as the policy says."""
    in_force, cases = book.in_force(tx), tx.facts.cases(one.case for one, _ in found)
    rules = ((*pair, in_force.of(cases[pair[0].case])) for pair in found)
    instead = (handed_on(was, line, under.fallbacks, now) for was, line, under in rules if under)
    return [one for one in instead if one]
