"""Half of a large bulk is lent to another worker process of this server, which has time for it.

Python decides on one processor alone, whatever number of threads it has. Processes of one server
listen for each other on sockets in a folder that is theirs alone; what is lent is asked there as
the client asked us, under the client's own token, and decided by the same code. No part is lost or
done twice if that process ends on the way: each command has its key, and we fire it again.
"""

import http.client
import os
import random
import socket
import stat
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final

import orjson
import structlog

PATH: Final = "/v1/transitions"
_SEND_S = 0.5  # for each step until all is with the neighbour
_ANSWER_S = 5.0  # from when our own half is done: its half is no larger. Then we do it ourselves
_REST_S = 60.0  # for which nobody is lent anything after a time-out: it costs who asks that long
_log = structlog.get_logger("shuping.http")


class Neighbours:
    """The other processes of this server; safe to share between threads."""

    def __init__(self, folder: Path, monotonic_s: Callable[[], float] = monotonic) -> None:
        self._folder, self._monotonic_s = folder, monotonic_s
        self._rests_until = -_REST_S
        # One part at a time is lent: processes whose threads all waited for each other would wait
        # for ever.
        self._lent = threading.Lock()

    def lend(self, commands: Sequence[Any], headers: Mapping[str, str]) -> "Lent | None":
        """Have a neighbour fire *commands*; None: there is none, or it is busy with ours."""
        if self._monotonic_s() < self._rests_until or not self._lent.acquire(blocking=False):
            return None
        connection = None
        try:
            body = orjson.dumps({"commands": commands})
            connection = self._connected()
            if connection is not None:
                sent = {**headers, "Content-Type": "application/json"}
                connection.request("POST", PATH, body, sent)
                connection.waits()
                return Lent(connection, self)
        except BaseException as error:
            if connection is not None:
                connection.close()
            self.gone(error)
            # What orjson does not write is a TypeError.
            if not isinstance(error, OSError | http.client.HTTPException | TypeError):
                raise
            return None
        self.gone()
        return None

    def gone(self, error: BaseException | None = None) -> None:
        """Note that what was lent is lent no more; after a time-out nothing is for a while."""
        if isinstance(error, TimeoutError):
            self._rests_until = self._monotonic_s() + _REST_S
        self._lent.release()

    def _is_ours(self) -> bool:
        """Tell whether nobody else may enter the folder: what listens there is told tokens."""
        found = self._folder.lstat()
        private = not stat.S_IMODE(found.st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and private

    def _connected(self) -> "_Beside | None":
        if not self._is_ours():
            return None
        files = [one for one in self._folder.iterdir() if one.name != str(os.getpid())]
        random.shuffle(files)
        for file in files:
            connection = _Beside(file)
            try:
                connection.connect()
            except OSError:  # it ended
                continue
            return connection
        return None


class Lent:
    """Commands that a neighbour fires meanwhile."""

    def __init__(self, connection: "_Beside", lender: Neighbours) -> None:
        self._connection, self._lender = connection, lender

    def results(self, n: int) -> list[bytes] | None:
        """Wait for the *n* results, each as a bulk tells it; None: they are not known."""
        lost: BaseException | None = None
        try:
            answer = self._connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException) as error:
            lost = error
            _log.warning("neighbour_lost", error=type(error).__name__)
            return None
        finally:
            self._connection.close()
            self._lender.gone(lost)
        results = told.split(b"\n")
        return results if answer.status == http.client.OK and len(results) == n else None


class _Beside(http.client.HTTPConnection):
    """A connection to a socket of this machine."""

    def __init__(self, file: Path) -> None:
        super().__init__("beside")
        self._file = file

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(_SEND_S)
            self.sock.connect(str(self._file))
        except OSError:
            self.close()
            raise

    def waits(self) -> None:
        """Wait for an answer from now on."""
        self.sock.settimeout(_ANSWER_S)


def is_lent(environ: Mapping[str, Any]) -> bool:
    """Tell whether a neighbour asks: over a socket that has no port, which nobody else reaches."""
    scope = environ.get("asgi.scope")
    if scope is None:
        return False
    _, port = scope.get("server") or ("", 0)
    return port is None
