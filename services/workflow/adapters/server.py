"""The HTTP server: worker processes that each build the application for themselves.

uvicorn reads the connections of a process on one event loop; on SIGTERM it stops taking new ones,
lets the requests under way finish, and ends.
"""

import ctypes
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.supervisors import multiprocess

DRAIN_S = 25  # for the requests under way when asked to end
KEEP_ALIVE_S = 75  # longer than clients keep idle connections, so that they are the ones to close
BACKLOG = 1024
BESIDE = "SHUPING_SERVED_BESIDE"  # in the environment of worker processes: their folder
_OPEN_FILES = 8192
_SOON_S = 2  # for who asks while a process ends
_PR_SET_PDEATHSIG = 1


def configured(
    target: Any, protocol: Any, *, host: str = "127.0.0.1", port: int = 0, processes: int = 1
) -> uvicorn.Config:
    """Return how to serve *target*, an ASGI application, its connections read by *protocol*."""
    return uvicorn.Config(
        target,
        factory=isinstance(target, str),
        interface="asgi3",
        http=protocol,
        ws="none",
        lifespan="off",
        loop="uvloop",
        host=host,
        port=port,
        workers=processes,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        log_config=None,
        log_level="error",  # what is wrong with a request is told to who sent it, and counted
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


def serve(
    target: str, protocol: str, *, host: str, port: int, processes: int, beside: Path
) -> None:
    """Serve until a signal says to end, in *processes* that are replaced when they die.

    They listen for each other in the folder *beside*, which nobody else may enter. *target* is
    `module:function` that makes the application, *protocol* `module:class`.

    Raises:
        OSError: the address is taken, or is not this machine's.
    """
    config = configured(target, protocol, host=host, port=port, processes=processes)
    listen(host, port).close()  # a port that is taken is told now, and once
    # glibc gives each thread a heap of its own: what one large request gave back, the next, in
    # another thread, would ask of the kernel anew, page by page.
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    # The supervisor has no other place to say so.
    multiprocess.Process = _Worker  # type: ignore[misc]
    with told_beside(beside if processes > 1 else None):
        multiprocess.Multiprocess(config, sockets=[]).run()


@contextmanager
def told_beside(folder: Path | None) -> Iterator[None]:
    """Let worker processes that begin meanwhile listen in *folder*; None: nowhere.

    Nobody else says where, and nothing of it is left behind.
    """
    os.environ.pop(BESIDE, None)
    if folder is not None:
        os.environ[BESIDE] = str(folder)
    try:
        yield
    finally:
        os.environ.pop(BESIDE, None)


@contextmanager
def beside(target: Any, protocol: Any, listener: socket.socket) -> Iterator[None]:
    """Serve *target* from a thread, beside what this process does."""
    server = uvicorn.Server(configured(target, protocol))
    thread = threading.Thread(target=server.run, args=([listener],), name="server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_SOON_S)


def listen(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        OSError: the address is taken, or is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, reuse_port=reuse_port)


class _Worker(multiprocess.Process):
    """A worker process that listens for itself.

    From a socket that all share, whoever wakes first takes every connection that waits: one of
    two had 30 of 32. And a server that is to end would leave it open, for connections that
    nobody answers.
    """

    def target(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        """Serve, until told to end."""
        listening = listen(self.config.host, self.config.port, reuse_port=True)
        super().target([listening, *listen_beside()])


def listen_beside() -> Iterator[socket.socket]:
    """Yield a socket on which the other processes of this server reach this one, if there may be.

    Who cannot be reached there is asked nothing: no reason not to serve.
    """
    folder = os.environ.get(BESIDE)
    if folder is None:
        return
    file, made = Path(folder) / str(os.getpid()), socket.socket(socket.AF_UNIX)
    try:
        file.unlink(missing_ok=True)
        made.bind(str(file))
    except OSError:  # the name of the folder is too long for one, for example
        made.close()
    else:
        made.listen(BACKLOG)
        yield made


def open_files() -> int:
    """Return how many files and connections this process may have open: as many as it may ask for.

    What is allowed at first is, by old custom, far less.
    """
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(most, _OPEN_FILES) if most != resource.RLIM_INFINITY else _OPEN_FILES
    if wanted > now:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        return wanted
    return now


def on_end(act: Callable[[], None]) -> None:
    """Let this worker process call *act* as soon as it is asked to end.

    uvicorn tells the application only when the last request is answered; one that waits for
    something to happen would be waited for.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        ending = signal.getsignal(number)

        def handle(
            number: int,
            frame: FrameType | None,
            ending: "Callable[[int, FrameType | None], object] | int | None" = ending,
        ) -> None:
            act()
            if callable(ending):
                ending(number, frame)

        signal.signal(number, handle)


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
