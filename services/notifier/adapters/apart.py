"""Simulations that are asked for over HTTP: each in a process of its own, one at a time, in bounds.

The notifier sends mail by the minute and must not wait for anybody's question, nor share its
memory with it: a question of a year and a large scheme may cost both. So the door hands what is
asked to a child that bounds itself before it reads; whatever becomes of it, the notifier goes on.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Apart:
    """Runs one child at a time; whoever asks meanwhile is told to come again."""

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
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "TMPDIR": folder},
                    timeout=self.most_s,
                    check=False,
                )
        except subprocess.TimeoutExpired:  # it has been killed
            return TOO_MUCH
        except OSError:  # no process, or no memory for one, just now
            return _AWAY
        finally:
            self._running.release()
        if child.returncode:
            return TOO_MUCH if child.returncode < 0 else _AWAY  # killed at its bounds, or away
        status, _, body = child.stdout.partition(b"\n")
        return Told(int(status), body, 1 if status == b"503" else None)
