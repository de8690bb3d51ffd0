"""The HTTP server: worker processes that each build the application for themselves.

granian reads requests in Rust and answers them on threads of ours; on SIGTERM it stops taking
connections, lets the requests under way finish, and ends.
"""

import ctypes
import multiprocessing
import os
import signal
import sys

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

DRAIN_S = 25  # for the requests under way when asked to end; a long poll ends itself sooner
BACKLOG = 1024
MOST_HEADER_BYTES = 64 * 1024
_PR_SET_PDEATHSIG = 1


def serve(target: str, *, host: str, port: int, processes: int, threads: int) -> None:
    """Serve *target*, `module:function` that makes the application, until a signal says to end."""
    Granian(
        target,
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=processes,
        blocking_threads=threads,
        backlog=BACKLOG,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=MOST_HEADER_BYTES * 8),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_S,
        log_access=False,
    ).serve()


def end_with_server() -> None:
    """Let the kernel end this worker process when its server is gone, however it went.

    A killed server would leave workers behind that go on answering beside its successor's, with
    the old code and settings, and that nobody would ever stop.
    """
    server = multiprocessing.parent_process()
    if server is None or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != server.pid:
        os._exit(1)  # it went before the kernel was told
