"""What verifying and rebuilding need of a store: everything read in order, and compared or redone.

Apart from `ports`, because no request asks for any of it: these run for minutes, over all there is.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.merkle import Node
from schemas.streams import Stream
from services.workflow.application.ports import Append, CycleRow, Document
from services.workflow.application.sequencing_ports import SavedCheckpoint
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.slots import Slots

# Stream, version, body, and what is kept of it beside: type, and when it was recorded, spelled.
StreamRow = tuple[str, int, bytes, str, str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Rows of one table that are not what the log leads to."""

    table: str
    stream: str  # whose rows they are
    n_missing: int  # rows that follow from the log and are not there, or not so
    n_surplus: int  # rows that are there and do not follow
    columns: tuple[str, ...]  # what differs, where it is one row; else empty


class Comparison(Protocol):
    """What a replay leads to, held against the read model; says what `Rebuild` would write."""

    def streams(self) -> Iterator[StreamRow]:
        """Yield all events, by stream in the order of its bytes, then by version."""
        ...

    def ends_of_rounds(self) -> Iterator[bytes]:
        """Yield the events of rounds after their first."""
        ...

    def text(self, commitment: bytes) -> bytes | None:
        """Return what is kept beside the log under *commitment*; None where it is gone."""
        ...

    def case(
        self, stream: Stream, states: Sequence[Case], beside: Sequence[Append]
    ) -> Iterator[Difference]:
        """Compare the rows of the case of *stream*: after each event, and what lies *beside*.

        In the order of streams.
        """
        ...

    def skip(self, stream: Stream) -> Iterator[Difference]:
        """Pass over a case whose events cannot be replayed."""
        ...

    def apply_organisation(self, stream: str, data: Mapping[str, Any]) -> None: ...
    def apply_cycle(self, cycle: CycleRow) -> None: ...
    def apply_slots(self, slots: Slots) -> None: ...
    def rest(self) -> Iterator[Difference]:
        """Compare, when all is replayed, what belongs to no case."""
        ...


class Rebuild(Protocol):
    """One transaction that fills the read model anew."""

    def apply(self, appends: Sequence[Append]) -> None: ...
    def apply_organisation(self, version: int, data: Mapping[str, Any]) -> None: ...
    def apply_cycle(self, cycle: CycleRow) -> None: ...
    def apply_slots(self, slots: Slots) -> None:
        """Fill the slots, when all cases are applied."""
        ...


class TreeRebuild(Protocol):
    """One transaction that mends the tree's rows; nobody else gives positions meanwhile."""

    def put_leaf(self, position: int, leaf: bytes) -> None: ...
    def put_node(self, level: int, index: int, hash_: bytes) -> None: ...
    def drop_node(self, level: int, index: int) -> None: ...
    def put_checkpoint(self, size: int, saved: SavedCheckpoint) -> None:
        """Put *saved* in the place of the row of *size*."""
        ...

    def put_metadata(self, said: Mapping[str, str]) -> None:
        """Let the log say this of itself, and nothing else."""
        ...

    def requeue(self) -> int:
        """Let wait what has no position, and nothing else; returns how many rows that changed."""
        ...


class AuditStore(Protocol):
    """What verifying and rebuilding read and write; flat in memory."""

    def entries(self) -> Iterator[tuple[int, str, int, bytes, bytes]]:
        """Yield (position, stream, version, leaf hash, body) in order of position."""
        ...

    def leaves(self) -> Iterator[tuple[int, bytes]]:
        """Yield (position, leaf hash) in order of position."""
        ...

    def keeps(self, level: int) -> bool:
        """Tell whether nodes of *level* are kept."""
        ...

    def nodes(self) -> Iterator[Node]:
        """Yield the nodes that are kept, in the order in which a growing tree completes them."""
        ...

    def checkpoints(self) -> Iterator[SavedCheckpoint]:
        """Yield the checkpoints, smallest first."""
        ...

    def newest_checkpoints(self) -> Iterator[SavedCheckpoint]:
        """Yield the checkpoints, largest first."""
        ...

    def metadata(self) -> dict[str, str]:
        """Return what the log says of itself, by name."""
        ...

    def misplaced(self) -> Sequence[tuple[str, int, bool]]:
        """Return (stream, version, whether it waits) of what neither waits rightly nor is placed.

        An event that has no position waits for one; nothing else does.
        """
        ...

    def streams(self) -> Iterator[StreamRow]:
        """Yield all events, by stream in the order of its bytes, then by version."""
        ...

    def documents(self) -> Iterator[Document]:
        """Yield every scheme and calendar that is kept."""
        ...

    def texts(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Yield (commitment, salt, content) of every text that was not erased."""
        ...

    def dump(self) -> Iterator[bytes]:
        """Yield the read model's rows, one line each, in a fixed order: equal means equal bytes."""
        ...

    def comparing(self) -> AbstractContextManager[Comparison]:
        """Hold the read model against the log, both as of one instant."""
        ...

    def rebuilding_tree(self) -> AbstractContextManager[TreeRebuild]:
        """Open one transaction that may change the tree's rows; the owner's alone may."""
        ...

    def is_of_before(self) -> bool:
        """Tell whether rows of cases are spelled as a release did that knew one kind of case."""
        ...

    def rebuilding(self) -> AbstractContextManager[Rebuild]:
        """Open one transaction that has emptied the read model; commits on a clean exit."""
        ...
