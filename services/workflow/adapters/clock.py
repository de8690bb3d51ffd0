"""The business clock: the system's, or one that a demo or a test drives.

A driven clock is a file with one RFC 3339 instant, replaced by rename, never going back. Deadlines
run by this clock; leases, sessions and time-outs always by the system's.
"""

from datetime import UTC, datetime
from pathlib import Path

from schemas.instants import parse_offset_instant


def system_now() -> datetime:
    """Return the system's time, aware UTC."""
    return datetime.now(UTC)


class DrivenClock:
    """Shows the instant in a file; looks again whenever the file was replaced."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[int, int] = (0, 0)
        self._at = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the instant in the file.

        Raises:
            OSError, BadInstant: there is no file, or no instant in it.
        """
        status = self._file.stat()
        seen = (status.st_ino, status.st_mtime_ns)
        if seen != self._seen:
            at = parse_offset_instant(self._file.read_text(encoding="ascii").strip())
            # Never back, even if somebody puts an older file there.
            self._at, self._seen = max(at, self._at), seen
        return self._at
