"""What giving positions and signing need: the log's order and tree, and a place outside."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from schemas.merkle import Node
from services.workflow.application.ports import Append
from services.workflow.domain.case.head import Case


class SavedCheckpoint(NamedTuple):
    """A signed checkpoint as the database keeps it: a row, to be believed as far as its note."""

    size: int
    root: bytes
    note: str


class Frozen(NamedTuple):
    """A draw that was frozen just now, and has the newest position."""

    case: Case
    body: bytes
    position: int
    roster: bytes | None  # the units' lines; None: they were erased


Seal = Callable[[Frozen], Append | None]


class Sequencing(Protocol):
    """Positions, tree and checkpoints; one sequencer at a time by an advisory lock."""

    def sequence(self, limit: int, seal: Seal) -> int:
        """Give positions to up to *limit* pending events, oldest pending first.

        The batch ends with a draw that is frozen; what seals it has the next position.
        Returns how many; 0 when nothing is pending or another sequencer holds the lock.
        """
        ...

    def next_seal(self, after: int) -> int | None:
        """Return the first position after *after* at which a draw was sealed."""
        ...

    def tree_node(self, level: int, index: int) -> bytes | None:
        """Return the hash of a complete subtree (level 0: leaves)."""
        ...

    def leaves(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """Return (position, leaf hash) of the next entries there are after position *after*."""
        ...

    def tree_size(self) -> int: ...
    def signing(self) -> AbstractContextManager[bool]:
        """Keep other sequencers from signing; False where another signs now."""
        ...

    def save_checkpoint(
        self, saved: SavedCheckpoint, at: datetime, nodes: Sequence[Node] = ()
    ) -> None:
        """Keep a checkpoint and the *nodes* the tree got since the last; the same again is fine."""
        ...

    def last_checkpoint(self) -> SavedCheckpoint | None: ...
    def signed_at(self) -> datetime | None:
        """Return the system's time at the newest checkpoint; None: there is none."""
        ...

    def checkpoint(self, size: int) -> SavedCheckpoint | None: ...


class Outside(Protocol):
    """Where checkpoints are kept outside the database; *is_first*: none was signed before."""

    @property
    def place(self) -> str:
        """Where that is, for messages."""
        ...

    def append(self, note: str, *, is_first: bool) -> None: ...
    def last(self, *, is_first: bool) -> str | None:
        """Return the newest note; None while there is none yet. Raises `OSError`."""
        ...

    def begun(self) -> int:
        """Return the size that a note torn while it was appended tells; 0: none does."""
        ...
