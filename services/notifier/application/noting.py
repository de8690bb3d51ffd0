"""Noting what the engine had read when it decided: with that it can be gone through again.

Two acts recorded at the same instant may be heard together or one after the other, and the clock
does not tell which; the log's position does.
"""

from dataclasses import dataclass, field

from services.notifier.application.store_ports import Transaction
from services.notifier.domain.reading import Pass


@dataclass(slots=True)
class Noting:
    """One pass of the engine, noted with the first thing that it does, and once."""

    made: Pass
    _noted: bool = field(default=False, init=False)

    def into(self, tx: Transaction) -> None:
        """Note the pass in *tx*, beside what it does there."""
        if not self._noted:
            tx.progress.note(self.made)
            self._noted = True
