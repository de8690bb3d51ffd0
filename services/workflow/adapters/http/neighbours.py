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
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

PATH: Final = "/v1/transitions"
_CONNECT_S = 0.5
_ANSWER_S = 30.0  # then we do it ourselves
_log = structlog.get_logger("shuping.http")


class Neighbours:
    """The other processes of this server; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # One part at a time is lent: processes whose threads all waited for each other would wait
        # for ever.
        self._lent = threading.Lock()

    def lend(self, commands: Sequence[Any], headers: Mapping[str, str]) -> "Lent | None":
        """Have a neighbour fire *commands*; None: there is none, or it is busy with ours."""
        if not self._lent.acquire(blocking=False):
            return None
        connection = None
        try:
            body = orjson.dumps({"commands": commands})
            connection = self._connected()
            if connection is not None:
                sent = {**headers, "Content-Type": "application/json"}
                connection.request("POST", PATH, body, sent)
                return Lent(connection, self._lent)
        except (OSError, http.client.HTTPException, TypeError):  # or what orjson does not write
            if connection is not None:
                connection.close()
        self._lent.release()
        return None

    def _connected(self) -> "_Beside | None":
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

    def __init__(self, connection: "_Beside", lent: threading.Lock) -> None:
        self._connection, self._lent = connection, lent

    def results(self, n: int) -> list[bytes] | None:
        """Wait for the *n* results, each as a bulk tells it; None: they are not known."""
        try:
            answer = self._connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException) as error:
            _log.warning("neighbour_lost", error=type(error).__name__)
            return None
        finally:
            self._connection.close()
            self._lent.release()
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
            self.sock.settimeout(_CONNECT_S)
            self.sock.connect(str(self._file))
            self.sock.settimeout(_ANSWER_S)
        except OSError:
            self.close()
            raise


def is_lent(environ: Mapping[str, Any]) -> bool:
    """Tell whether a neighbour asks: over a socket that has no port, which nobody else reaches."""
    scope = environ.get("asgi.scope")
    if scope is None:
        return False
    _, port = scope.get("server") or ("", 0)
    return port is None
