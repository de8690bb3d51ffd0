"""The two clocks of business time: the machine's, and one that somebody drives.

The driven clock is a file with one RFC 3339 instant, replaced by rename; demo and tests only.
"""

from datetime import UTC, datetime
from pathlib import Path

from schemas.instants import BadInstant, parse_offset_instant


class SystemClock:
    """The machine's time."""

    driven = False

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


class DrivenClock:
    """The instant in a file; never goes back, whatever the file says."""

    driven = True

    def __init__(self, file: Path) -> None:
        self._file = file
        self._now = self._read()

    def now(self) -> datetime:
        """Return the file's instant, or the last one if the file is gone or broken."""
        try:
            self._now = max(self._now, self._read())
        except (OSError, BadInstant):
            return self._now
        return self._now

    def _read(self) -> datetime:
        return parse_offset_instant(self._file.read_text(encoding="ascii").strip())
