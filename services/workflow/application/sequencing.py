"""Positions and signed checkpoints: what makes the log one log.

Writers leave events pending; here they get contiguous positions in batches, and every so often
the tree over all of them is signed. Each checkpoint is also appended to a file outside the
database: whoever cuts the log's tail cannot cut that too, and the service will not start on a log
that has fallen behind it.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from schemas.checkpoint import open_checkpoint, sign_checkpoint, split_notes
from schemas.merkle import Frontier, peaks_of
from schemas.note import BadNote, Sign, VerifierKey, Verify
from services.workflow.application.ports import Sequencing

MOST_AT_ONCE = 1000
BETWEEN_CHECKPOINTS = timedelta(seconds=1)  # contract section 4: at most one a second
_EVERY_S = 0.05  # polling costs less than a notification, which takes a lock at commit
_SELDOM_S = 0.25  # however slow the disk: readers of the log wait for no more than this and a batch
_REST = 20  # times as long as the work: writers, who wait for their answers, come first
_TAIL_BYTES = 64 * 1024
_SIGNATURE = re.compile("\n\N{EM DASH} [^\n]+\n\n?".encode())
_SIGNED = re.compile(r"\n\N{EM DASH} [^\n]+\n\Z")


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


class OutsideCheckpoints:
    """The checkpoints kept outside the database: one file, appended and synced, never rewritten."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.file = directory / "checkpoints.txt"
        self._mended = False

    def append(self, note: str) -> None:
        """Keep *note*; it is on the disk when this returns."""
        if not self._mended:
            self._cut_torn_note()
            self._mended = True
        with self.file.open("ab") as file:
            file.write(note.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _cut_torn_note(self) -> None:
        """Take off the end of a file that a crash left in the middle of a note.

        Such a note was never handed out; left there it would spoil the next one as well.
        """
        if not self.file.exists():
            return
        with self.file.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - _TAIL_BYTES)
            file.seek(start)
            ends = [match.end() for match in _SIGNATURE.finditer(file.read())]
            if ends or start == 0:
                file.truncate(start + ends[-1] if ends else 0)

    def last(self) -> str | None:
        """Return the newest whole note; None if there is none."""
        if not self.file.exists():
            return None
        with self.file.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            notes = split_notes(file.read().decode(errors="replace"))
        # A note cut short by a crash while it was appended was never handed out.
        whole = [note for note in notes if _SIGNED.search(note)]
        return whole[-1] if whole else None


class Sequencer:
    """Sequences and signs; one of them works at a time, others stand by."""

    def __init__(
        self,
        *,
        sequencing: Sequencing,
        key: LogKey,
        outside: OutsideCheckpoints | None,
        system_now: Callable[[], datetime],
    ) -> None:
        self._sequencing = sequencing
        self._key = key
        self._outside = outside
        self._now = system_now  # signing is paced by system time, not by a driven clock
        self._signed_at: datetime | None = None
        self._signed_size: int | None = None

    def step(self) -> int:
        """Sequence what is pending and sign if it is time; returns how many got a position."""
        n = self._sequencing.sequence(MOST_AT_ONCE)
        self.sign_if_due()
        return n

    def sign_if_due(self) -> None:
        """Sign the tree as it stands, unless it was just signed or has not grown."""
        now = self._now()
        if self._signed_at is not None and now - self._signed_at < BETWEEN_CHECKPOINTS:
            return
        if self._signed_size is None:
            last = self._sequencing.last_checkpoint()
            self._signed_size = last[0] if last else 0
        size = self._sequencing.tree_size()
        if size == self._signed_size:
            return
        root = self.root(size)
        note = sign_checkpoint(self._key.public.name, size, root, self._key.public, self._key.sign)
        if self._outside is not None:
            self._outside.append(note)
        self._sequencing.save_checkpoint(size, root, note, now)
        self._signed_at, self._signed_size = now, size

    def root(self, size: int) -> bytes:
        """Return the root of the first *size* entries."""
        return root_at(self._sequencing, size)


def root_at(sequencing: Sequencing, size: int) -> bytes:
    """Return the root of the first *size* entries, from their stored nodes."""

    def node(level: int, index: int) -> bytes:
        found = sequencing.tree_node(level, index)
        if found is None:
            raise LogForked(f"the log has no node {index} on level {level}: its tree is damaged")
        return found

    return Frontier.restore(size, peaks_of(size, node)).root()


def require_unforked(sequencing: Sequencing, key: LogKey, outside: OutsideCheckpoints) -> None:
    """Compare the log with the newest checkpoint kept outside; an older backup would fork it.

    Raises:
        LogForked: the log is behind, or holds something else, or the note is not ours.
    """
    note = outside.last()
    if note is None:
        return
    try:
        checkpoint = open_checkpoint(note, key.public, key.verify)
    except BadNote as error:
        raise LogForked(f"{outside.file} is not this log's: {error}") from error
    size = sequencing.tree_size()
    if size < checkpoint.size:
        raise LogForked(
            f"the log ends at position {size}, but position {checkpoint.size} was signed: "
            f"restore a newer backup, or move {outside.file} away knowingly"
        )
    if root_at(sequencing, checkpoint.size) != checkpoint.root:
        raise LogForked(
            f"the first {checkpoint.size} entries are not those that were signed ({outside.file})"
        )
