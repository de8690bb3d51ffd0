"""Positions and signed checkpoints: what makes the log one log.

Writers leave events pending; here they get contiguous positions in batches, and every so often
the tree over all of them is signed. Each checkpoint is also appended to a file outside the
database: whoever cuts the log's tail cannot cut that too, and no process writes to a log that has
fallen behind it.

The one idea of signing: what is signed next grows out of what was signed last. The nodes kept of
the tree are a cache, and a cache can be damaged; so the peaks it gives for the last checkpoint
must lead to the root in that very note, and only then is the tree extended by the leaves since.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from time import perf_counter

from schemas.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from schemas.merkle import Frontier, Node, peaks_of
from schemas.note import BadNote, Sign, VerifierKey, Verify
from schemas.readiness import DEGRADED, OK, Part
from services.workflow.application.sequencing_ports import (
    Outside,
    SavedCheckpoint,
    Seal,
    Sequencing,
)
from services.workflow.application.unattended import Duty
from services.workflow.domain.refusals import LogDamaged

MOST_AT_ONCE = 1000
BETWEEN_CHECKPOINTS = timedelta(seconds=1)  # at most one a second
_EVERY_S = 0.05  # polling costs less than a notification, which takes a lock at commit
_SELDOM_S = 0.25  # however slow the disk: readers of the log wait for no more than this and a batch
_REST = 20  # times as long as the work: writers, who wait for their answers, come first
_LEAVES_AT_ONCE = 10_000
_MOST_TO_SIGN = 100_000  # leaves more in one checkpoint, where signing was long impossible


def rest_s(worked_s: float) -> float:
    """Return for how long the sequencer rests, seconds, after it *worked_s*, of a batch not full.

    What a batch costs beside its events is then paid for more of them, and fewer transitions
    are slowed down by one: those are the slowest there are.
    """
    return min(max(_EVERY_S, _REST * worked_s), _SELDOM_S)


class LogForked(Exception):
    """The log is behind the checkpoint kept outside, or is another log: refuse to go on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogKey:
    """Who signs the log, and what checks it; its name is the checkpoints' origin."""

    public: VerifierKey  # given to auditors
    sign: Sign
    verify: Verify


class Sequencer:
    """Sequences and signs; any number may stand by, the database lets one at a time sequence."""

    def __init__(
        self,
        *,
        sequencing: Sequencing,
        key: LogKey,
        outside: Outside | None,
        system_now: Callable[[], datetime],
        seal: Seal = lambda _: None,
        say: Callable[..., object] = lambda *_, **__: None,
    ) -> None:
        self.positions = Duty("positions", self.sequence, say)
        self.signing = Duty("signing", self.sign_if_due, say)
        self._sequencing = sequencing
        self._key = key
        self._outside = outside
        self._seal = seal
        self._now = system_now  # signing is paced by system time, not by a driven clock
        self._signed_at: datetime | None = None
        self._signed_size: int | None = None

    def run(self, stop: Event) -> None:
        """Sequence and sign until *stop*, whatever happens; positions do not wait for signing."""
        while not stop.is_set():
            began = perf_counter()
            n = self.positions.attempt()
            self.signing.attempt()
            if n is None or n < MOST_AT_ONCE:
                # Also when there was some: many small batches would cost more than the writers.
                stop.wait(rest_s(perf_counter() - began))

    def parts(self) -> dict[str, Part]:
        """Return how each duty is, by name: what is stored waits, so none is ever down."""
        return {
            duty.name: {"status": OK}
            if duty.trouble is None
            else {"status": DEGRADED, "reason": duty.trouble}
            for duty in (self.positions, self.signing)
        }

    def step(self) -> int:
        """Sequence what is pending and sign if it is time; returns how many got a position."""
        n = self.sequence()
        self.sign_if_due()
        return n

    def sequence(self) -> int:
        """Give positions to what is pending, up to `MOST_AT_ONCE`; returns to how many."""
        return self._sequencing.sequence(MOST_AT_ONCE, self._seal)

    def sign_if_due(self) -> None:
        """Sign the tree as it stands, unless it was just signed, has not grown, or another signs.

        Raises:
            LogDamaged: the tree does not continue what was signed last; nothing was signed.
        """
        now = self._now()
        if self._signed_at is not None and now - self._signed_at < BETWEEN_CHECKPOINTS:
            return
        if self._sequencing.tree_size() == self._signed_size:
            return
        # Alone: of two that append to one file, each would cut or contradict the other's note.
        with self._sequencing.signing() as alone:
            if alone:
                self._sign_next(now)

    def _sign_next(self, now: datetime) -> None:
        size, last = self._sequencing.tree_size(), self._sequencing.last_checkpoint()
        if last is not None and last.size == size:
            self._signed_size = size
            return
        self._signed_size = self._sign(last, size, now)
        self._signed_at = now

    def _sign(self, last: SavedCheckpoint | None, size: int, now: datetime) -> int:
        """Sign the tree over *size* entries, or a good part of the way there; returns how many."""
        tree = Frontier() if last is None else signed_tree(self._sequencing, self._key, last)
        if size < tree.size:
            raise LogDamaged(f"there are {size} entries, and {tree.size} were signed")
        ahead = self._ahead(last, tree.size)
        signed = ahead.size if ahead else 0
        # What a draw was sealed at is signed at just that size, and the rest the next time.
        sealed = self._sequencing.next_seal(max(tree.size, signed - 1))
        size = min(size, sealed or size, max(tree.size + _MOST_TO_SIGN, signed))
        nodes = list(self._grow(tree, ahead, size))
        root, name = tree.root(), self._key.public.name
        note = sign_checkpoint(name, size, root, self._key.public, self._key.sign)
        if self._outside is not None:
            self._outside.append(note, is_first=last is None)
        self._sequencing.save_checkpoint(SavedCheckpoint(size, root, note), now, nodes)
        return size

    def _ahead(self, last: SavedCheckpoint | None, size: int) -> Checkpoint | None:
        """Return the newest checkpoint outside, if it signs more than the *size* saved here.

        It was appended, and we were killed before it was saved; or the log was longer once.
        """
        note = self._outside and self._outside.last(is_first=last is None)
        newest = note and open_checkpoint(note, self._key.public, self._key.verify)
        return newest if newest and newest.size > size else None

    def _grow(self, tree: Frontier, ahead: Checkpoint | None, size: int) -> Iterator[Node]:
        """Grow *tree* to *size*, through the root that is signed already; yield its new nodes."""
        if ahead is not None:
            if ahead.size > size:
                raise LogForked(f"there are {size} entries, and {ahead.size} were signed")
            yield from self._grow(tree, None, ahead.size)
            if tree.root() != ahead.root:
                raise LogForked(f"the first {ahead.size} entries are not those that were signed")
        for leaves in _leaves(self._sequencing, tree.size, size):
            yield from tree.extend(leaves)


def signed_tree(sequencing: Sequencing, key: LogKey, last: SavedCheckpoint) -> Frontier:
    """Return the tree as *last* signs it, from the nodes that are kept.

    Raises:
        LogDamaged: the note is not what was signed, or the nodes do not lead to its root.
    """
    signed = opened(last, key)
    tree = kept_tree(sequencing, signed.size)
    if tree is None or tree.root() != signed.root:
        raise LogDamaged(
            f"the nodes kept of the tree do not lead to the root signed over {signed.size} entries"
        )
    return tree


def opened(saved: SavedCheckpoint, key: LogKey) -> Checkpoint:
    """Return what the note in *saved* signs.

    Raises:
        LogDamaged: nothing, or something else than its row says.
    """
    try:
        signed = open_checkpoint(saved.note, key.public, key.verify)
    except BadNote as error:
        raise LogDamaged(f"the checkpoint over {saved.size} entries: {error}") from error
    if (signed.size, signed.root) != (saved.size, saved.root):
        raise LogDamaged(f"the checkpoint over {saved.size} entries is not the one in its note")
    return signed


def kept_tree(sequencing: Sequencing, size: int) -> Frontier | None:
    """Return the tree of the first *size* entries from its kept nodes; None if one is missing."""

    def node(level: int, index: int) -> bytes:
        found = sequencing.tree_node(level, index)
        if found is None:
            raise LookupError(level, index)
        return found

    try:
        return Frontier.restore(size, peaks_of(size, node))
    except LookupError:
        return None


def leafy_tree(sequencing: Sequencing, size: int) -> Frontier:
    """Return the tree of the first *size* entries from all their leaves: slow, and no cache.

    Raises:
        LogDamaged: a position has no leaf.
    """
    tree = Frontier()
    for leaves in _leaves(sequencing, 0, size):
        tree.extend(leaves)
    return tree


def _leaves(sequencing: Sequencing, after: int, size: int) -> Iterator[list[bytes]]:
    """Yield the leaf hashes of the positions after *after* up to *size*, in pieces."""
    while after < size:
        found = sequencing.leaves(after, min(_LEAVES_AT_ONCE, size - after))
        if not found or found[-1][0] != after + len(found):
            raise LogDamaged(f"positions after {after} are missing")
        yield [leaf for _, leaf in found]
        after += len(found)


def require_unforked(sequencing: Sequencing, key: LogKey, outside: Outside) -> str | None:
    """Hold the log against the newest checkpoint kept outside; an older backup would fork it.

    Returns what is damaged although the log is the one that was signed: it may be written to,
    but nothing is signed until it was rebuilt. None: nothing was noticed.

    Raises:
        LogForked: the log is behind, or holds something else, or what is kept outside is not
            this log's, or not there although there was something once.
    """
    # First what must be there, then what is: the sequencer, at work beside us, writes the
    # checkpoint outside first, and positions before both.
    saved = sequencing.last_checkpoint()
    note, begun = _newest_outside(outside, is_first=saved is None)
    checkpoint = None
    try:
        checkpoint = note and open_checkpoint(note, key.public, key.verify)
    except BadNote as error:
        raise LogForked(f"{outside.place} is not this log's: {error}") from error
    # A note that a crash tore was about to sign what was there: an older backup is behind it too.
    size, signed = sequencing.tree_size(), max(checkpoint.size if checkpoint else 0, begun)
    if size < signed:
        raise LogForked(
            f"the log ends at position {size}, but position {signed} was signed: "
            f"restore a newer backup, or move {outside.place} away knowingly, and adopt what "
            "there is by `audit checkpoint adopt`"
        )
    return _held(sequencing, checkpoint, outside) if checkpoint else None


def _newest_outside(outside: Outside, *, is_first: bool) -> tuple[str | None, int]:
    try:
        return outside.last(is_first=is_first), outside.begun()
    except OSError as error:
        raise LogForked(f"{outside.place}: {error.strerror or error}") from error


def _held(sequencing: Sequencing, checkpoint: Checkpoint, outside: Outside) -> str | None:
    tree = kept_tree(sequencing, checkpoint.size)
    if tree is not None and tree.root() == checkpoint.root:
        return None
    # Is it another log, or a damaged cache of this one? The leaves know.
    try:
        root = leafy_tree(sequencing, checkpoint.size).root()
    except LogDamaged:
        root = b""
    if root != checkpoint.root:
        raise LogForked(
            f"the first {checkpoint.size} entries are not those that were signed "
            f"({outside.place}): ask `audit verify` what differs"
        )
    return "the nodes kept of the tree are damaged: make them anew by `audit rebuild`"
