"""The checkpoints kept outside the database: one file, appended and synced, never rewritten.

What a crash left in the middle of a note was never handed out, and is taken off before the next
one is appended. Anything else that is no note of ours is not ours to cut: the file stays as it is.
"""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.workflow.adapters.files.new_file import written_beside

NAME = "checkpoints.txt"
_TAIL_BYTES = 64 * 1024
_SIGNATURES = re.compile("(?:\n\N{EM DASH} [^\n]+)+\n\n?".encode())
_SIZE = re.compile(rb"[1-9][0-9]{0,18}")
_MOST_AFTER_ORIGIN = 512  # bytes of a note beside its origin's: size, root, signature


class NoCheckpoints(OSError):
    """The file is not there, or is none of ours, where checkpoints were kept already."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, f"{reason}: see `audit checkpoint adopt`")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the file holds."""

    last: str | None  # the newest whole note
    end: int  # bytes up to which there are whole notes
    size: int  # bytes in all: what is beyond the end is the torn beginning of a note
    begun: int = 0  # the size that this beginning tells, if it comes that far

    @property
    def is_torn(self) -> bool:
        return self.size > self.end


class CheckpointFile:
    """Implements the port `Outside`."""

    def __init__(self, directory: Path, origin: str) -> None:
        self._file = directory / NAME
        self._origin = f"{origin}\n".encode()
        self.place = str(self._file)

    def last(self, *, is_first: bool) -> str | None:
        """Return the newest whole note; None while there is none yet.

        Raises:
            NoCheckpoints: there should be one (unless *is_first*), or something else is there.
            OSError: it cannot be read.
        """
        return self._kept(is_first=is_first).last

    def begun(self) -> int:
        """Return the size that a torn note tells; it was about to sign what was there.

        Raises:
            NoCheckpoints, OSError: as `last` does.
        """
        return self._look().begun

    def append(self, note: str, *, is_first: bool) -> None:
        """Keep *note*; it is on the disk when this returns. The one kept last is kept once.

        Raises:
            NoCheckpoints: as `last` does; the file is left untouched.
            OSError: it cannot be written now.
        """
        kept = self._kept(is_first=is_first)
        if kept.last == note:
            return
        if is_first:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()
        with self._file.open("r+b") as file:
            file.truncate(kept.end)
            file.seek(kept.end)
            file.write(note.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if kept.last is None:
            _sync_folder(self._file.parent)

    def begin_anew(self, note: str | None, at: datetime) -> Path | None:
        """Let the file begin with *note*, or be none; what was there is set aside, and told where.

        Raises:
            OSError: it cannot be written.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        found = self._file.exists()
        aside = self._file.with_name(f"{NAME}.{at:%Y%m%dT%H%M%SZ}")
        with written_beside(self._file, f"{note}\n" if note else "", 0o644) as beside:
            if found:
                self._file.rename(aside)
            beside.rename(self._file)
        _sync_folder(self._file.parent)
        return aside if found else None

    def _kept(self, *, is_first: bool) -> _Kept:
        kept = self._look()
        if kept.last is None and not kept.is_torn and not is_first:
            raise NoCheckpoints(f"{self._file} holds no checkpoint, and there were some")
        return kept

    def _look(self) -> _Kept:
        try:
            with self._file.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                start = max(0, size - _TAIL_BYTES)
                file.seek(start)
                data = file.read()
        except FileNotFoundError:
            return _Kept(None, 0, 0)
        ends = [match.end() for match in _SIGNATURES.finditer(data)]
        end = ends[-1] if ends else 0
        if not self._begins_a_note(data[end:]) or (start and not ends):
            raise NoCheckpoints(f"{self._file} holds something else than checkpoints")
        begin = ends[-2] if len(ends) > 1 else 0
        try:
            last = data[begin:end].decode().strip("\n") + "\n" if ends else None
        except UnicodeDecodeError as error:
            raise NoCheckpoints(f"{self._file} holds something else than checkpoints") from error
        return _Kept(last, start + end, start + len(data), self._size_in(data[end:]))

    def _size_in(self, torn: bytes) -> int:
        _, _, told = torn.partition(b"\n")
        line, ended, _ = told.partition(b"\n")
        return int(line) if ended and _SIZE.fullmatch(line) else 0

    def _begins_a_note(self, data: bytes) -> bool:
        """Tell whether *data* is what a crash leaves of one note; so is nothing at all."""
        if len(data) <= len(self._origin):
            return self._origin.startswith(data)
        longest = 2 * len(self._origin) + _MOST_AFTER_ORIGIN
        return data.startswith(self._origin) and len(data) < longest


def _sync_folder(folder: Path) -> None:
    """Let the file's name be on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
