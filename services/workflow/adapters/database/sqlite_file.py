"""The file of an SQLite database: which one it is, whether it can be written, and how it is opened.

What is opened while its folder may only be read stays so, and all connections of a process share
the index beside the log: as long as one of them has that open for reading only, whoever else opens
the file cannot write either. So such a connection is lent once and never kept.
"""

import os
import shutil
import sqlite3
from pathlib import Path
from urllib.parse import quote

from services.workflow.domain.refusals import NotWritable, StoreReplaced

_BUSY_S = 10.0  # another process may be writing: the sequencer, a command
_ROOM_BYTES = 1 << 20  # with less on the disk a commit may not fit


class FileConnection(sqlite3.Connection):
    """One that knows whether it can write."""

    can_write = True


class SqliteFile:
    """The file at *path*, the same for as long as the process lives."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Refuse a file that is missing; make it with *create*."""
        self.path = path
        self._create = create
        self._known: tuple[int, int] | None = None

    def require_in_place(self) -> None:
        """Refuse to go on when the file is gone, or is another.

        SQLite would go on writing into the one that was removed, and nobody could find it again.

        Raises:
            StoreReplaced: see above.
        """
        try:
            found = os.stat(self.path)  # noqa: PTH116 - a third of the time, on every way in
        except OSError as error:
            if self._create and self._known is None:
                return
            raise StoreReplaced(f"the database's file cannot be found: {error.strerror}") from error
        here = found.st_dev, found.st_ino
        if self._known is None:
            self._known = here
        if self._known != here:
            raise StoreReplaced("another file is in the place of the database's")

    def require_writable(self) -> None:
        """Refuse a file that cannot be written for now.

        Raises:
            NotWritable: it, its folder or its log may only be read, or the disk is full.
        """
        if not self._may_be_written():
            raise NotWritable("the database's folder, or a file of it, may only be read")
        if shutil.disk_usage(self.path.parent).free < _ROOM_BYTES:
            raise NotWritable("the database's disk is full")

    def open(self) -> FileConnection:
        """Return a connection in autocommit.

        Raises:
            sqlite3.OperationalError: it cannot be opened now.
        """
        mode = "rwc" if self._create else "rw"
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode={mode}",
            uri=True,
            timeout=_BUSY_S,
            isolation_level=None,
            check_same_thread=False,
            factory=FileConnection,
        )
        try:
            # What is deleted is overwritten: answers and tickets leave nothing in free pages.
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}").close()
            connection.can_write = _can_write(connection)
            self._require_no_more_readers(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _require_no_more_readers(self, connection: FileConnection) -> None:
        if not connection.can_write and self._may_be_written():
            # Others still have it open for reading only, and no more may join them: else there
            # would always be one that has, and nobody could ever write.
            raise sqlite3.OperationalError("the database is about to be opened for writing")

    def _may_be_written(self) -> bool:
        parts = (Path(f"{self.path}{suffix}") for suffix in ("", "-wal", "-shm"))
        places = [self.path.parent, *(part for part in parts if part.exists())]
        return all(os.access(place, os.W_OK) for place in places)


def _can_write(connection: sqlite3.Connection) -> bool:
    """Try it and take it back; who has to wait for another writer could."""
    connection.execute("PRAGMA busy_timeout = 0").close()
    try:
        # What is open for reading begins this as if it read; the attempt is what tells.
        connection.execute("BEGIN IMMEDIATE").close()
        connection.execute("PRAGMA user_version = 0").close()
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if code not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY):
            raise
        return code == sqlite3.SQLITE_BUSY
    finally:
        connection.rollback()
        connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_S * 1000)}").close()
    return True
