"""Reading the log: its entries from any position, its signed checkpoint, and proofs tied to it."""

from dataclasses import dataclass
from threading import BoundedSemaphore, Event
from time import monotonic

from schemas.checkpoint import format_proof, parse_checkpoint
from schemas.merkle import BadProof, inclusion_proof, verify_inclusion
from schemas.note import BadNote, note_text
from services.workflow.application.access import Access
from services.workflow.application.reading_ports import (
    LogHead,
    Reads,
)
from services.workflow.application.sequencing_ports import SavedCheckpoint, Sequencing
from services.workflow.domain.authority import Actor
from services.workflow.domain.refusals import (
    Blocker,
    Invalid,
    LogDamaged,
    NotYours,
)

POLL_S = 0.05  # how often a waiting reader looks; the sequencer's own pace


@dataclass(frozen=True, kw_only=True, slots=True)
class LogPage:
    """A stretch of the log, positions contiguous."""

    entries: tuple[tuple[int, bytes, bytes], ...]  # (position, leaf hash, body)
    next: int  # where to go on: the *after* of the next page
    head: LogHead


class LogReading:
    """The use cases of who follows the log, or checks it."""

    def __init__(
        self,
        *,
        access: Access,
        reads: Reads,
        sequencing: Sequencing,
        stopping: Event | None = None,
        most_waiting: int = 8,
    ) -> None:
        """*most_waiting* may wait for news."""
        self._access = access
        self._reads = reads
        self._sequencing = sequencing
        self._stopping = stopping or Event()  # set on SIGTERM: nobody goes on waiting
        self._waiting = BoundedSemaphore(most_waiting)

    def page(self, actor: Actor, after: int, limit: int, wait_s: float = 0.0) -> LogPage:
        """Return up to *limit* entries after position *after*; waits up to *wait_s* for the first.

        No connection is held while waiting, but a thread is: where too many wait already, the
        answer comes soon, so that others find a thread. The head is read after the entries: a
        reader whose `next` equals it with nothing pending has everything that was committed
        before; with something pending, everything that was recorded before the oldest of it.
        """
        self._access.require(actor, "log.read")
        entries = self._reads.log_page(after, limit)
        if not entries and wait_s:
            entries = self._wait(after, limit, wait_s)
        head = self._reads.log_head()
        last = entries[-1][0] if entries else after
        return LogPage(entries=tuple(entries), next=last, head=head)

    def _wait(self, after: int, limit: int, wait_s: float) -> list[tuple[int, bytes, bytes]]:
        """Return the next entries once there are any; nothing when the time is over."""
        there_is_room = self._waiting.acquire(blocking=False)
        until = monotonic() + (wait_s if there_is_room else min(wait_s, POLL_S))
        try:
            while (left := until - monotonic()) > 0:
                if self._stopping.wait(min(POLL_S, left)):
                    break
                if entries := self._reads.log_page(after, limit):
                    return entries
        finally:
            if there_is_room:
                self._waiting.release()
        return []

    def checkpoint(self, actor: Actor) -> str:
        """Return the latest signed checkpoint, a C2SP signed note.

        Raises:
            NotYours: there is none yet.
            LogDamaged: what is kept as the latest is none.
        """
        self._access.require(actor, "log.checkpoint")
        latest = self._sequencing.last_checkpoint()
        if latest is None:
            raise NotYours("checkpoint")
        _signed_root(latest)
        return latest.note

    def proof(self, actor: Actor, position: int, size: int) -> str:
        """Return the C2SP proof that the entry at *position* is in the log of signed *size*.

        Raises:
            Invalid: no checkpoint was signed at that size, or the position lies beyond it.
            LogDamaged: what is kept of the tree does not lead to the root that was signed.
        """
        self._access.require(actor, "log.proof")
        if position > size:
            params = {"size": size}
            raise Invalid((Blocker(code="position_beyond_size", field="position", params=params),))
        saved = self._sequencing.checkpoint(size)
        if saved is None:
            raise Invalid((Blocker(code="size_not_signed", field="size", params={"size": size}),))
        leaf, hashes = self._node(0, position - 1), inclusion_proof(position - 1, size, self._node)
        try:
            # The nodes are a cache: a damaged one must not make a proof that proves nothing.
            verify_inclusion(leaf, position - 1, size, hashes, _signed_root(saved))
        except BadProof as error:
            raise LogDamaged(f"no proof of position {position} in {size}: {error}") from error
        return format_proof(position - 1, hashes, saved.note)

    def _node(self, level: int, index: int) -> bytes:
        node = self._sequencing.tree_node(level, index)
        if node is None:
            raise LogDamaged(f"the tree has no node {index} on level {level}")
        return node


def _signed_root(saved: SavedCheckpoint) -> bytes:
    """Return the root in the note itself; whoever asked checks its signature."""
    try:
        signed = parse_checkpoint(note_text(saved.note))
    except BadNote as error:
        raise LogDamaged(f"the checkpoint over {saved.size} entries: {error}") from error
    if signed.size != saved.size:
        raise LogDamaged(f"the checkpoint over {saved.size} entries is another one")
    return signed.root
