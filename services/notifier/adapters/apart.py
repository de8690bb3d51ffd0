"""Simulations that are asked for over HTTP: each in a process of its own, one at a time, in bounds.

The notifier sends mail by the minute and must not wait for anybody's question, nor share its
memory with it: a question of a year and a large scheme may cost both. So the door hands what is
asked to a child that bounds itself before it reads; whatever becomes of it, the notifier goes on.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import orjson

from services.notifier.application.simulations import MOST_S, TOO_MUCH, Told

COMMAND = (sys.executable, "-m", "services.notifier", "simulate", "--apart", "--json")
_AGAIN_S = 10  # after which it is worth asking again
_STARTING_S = 10  # beside what it may take: a child reads its libraries first
_AWAY = Told(503, {"code": "unavailable"}, 1)
_FAILED = Told(500, {"code": "internal"})
# How a child ends at its bounds: of the processor, of memory (the system's, or a library's own).
_AT_ITS_BOUNDS = frozenset({-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT})
_STOPPED = frozenset({-signal.SIGTERM, -signal.SIGINT})  # with all of this service
_FRAME = re.compile(r'^  File "([^"]+)", line (\d+)', re.MULTILINE)
_KIND = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Apart:
    """Runs one child at a time; whoever asks meanwhile is told to come again."""

    log: Callable[..., object]  # (event name, **facts without personal text)
    command: tuple[str, ...] = COMMAND
    most_s: float = MOST_S + _STARTING_S
    _running: Lock = field(default_factory=Lock)

    def __call__(self, asked: Mapping[str, Any]) -> Told:
        """Return what the child tells, or what became of it."""
        if not self._running.acquire(blocking=False):
            return Told(503, {"code": "busy"}, _AGAIN_S)
        try:
            # Ours, so that it goes though the child is killed: there are people's names in it.
            with TemporaryDirectory() as folder:
                child = subprocess.run(  # noqa: S603 -- no word of it is anybody's
                    self.command,
                    input=orjson.dumps(asked),
                    capture_output=True,
                    env={**os.environ, "TMPDIR": folder},
                    timeout=self.most_s,
                    check=False,
                )
        except subprocess.TimeoutExpired:  # it has been killed
            return TOO_MUCH
        except OSError as error:  # no process, or no memory for one, just now
            self.log("simulation_not_started", error=error.strerror)
            return _AWAY
        finally:
            self._running.release()
        return self._told(child.returncode, child.stdout, child.stderr)

    def _told(self, code: int, answer: bytes, errors: bytes) -> Told:
        if code in _AT_ITS_BOUNDS:
            return TOO_MUCH
        if code in _STOPPED:
            return _AWAY
        status, _, body = answer.partition(b"\n")
        if code or not status.isdigit():
            self.log("simulation_failed", exit=code, **_where(errors.decode(errors="replace")))
            return _FAILED
        return Told(int(status), body, 1 if status == b"503" else None)


def _where(errors: str) -> dict[str, str]:
    """Return where it ended and by what: an error's own text may have people's names in it."""
    frames = [*_FRAME.finditer(errors)]
    if not frames:
        return {}
    kind = _KIND.search(errors, frames[-1].end())
    return {"at": f"{frames[-1][1]}:{frames[-1][2]}", "error": kind[1] if kind else ""}
