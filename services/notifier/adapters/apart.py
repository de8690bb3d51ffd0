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
from contextlib import suppress
from dataclasses import dataclass, field, replace
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread, Timer
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import orjson

from services.notifier.application.simulations import (
    MOST_S,
    TOO_MUCH,
    KeepsAnswers,
    Told,
    under_way,
)
from services.notifier.domain.errors import StoreUnavailable

COMMAND = (sys.executable, "-m", "services.notifier", "simulate", "--apart", "--json")
_AGAIN_S = 10  # after which it is worth asking again
_STARTING_S = 10  # beside what it may take: a child reads its libraries first
_LONGEST_S = 600  # of one that nobody waits for: on a machine at work its minute takes so long
_KEPT_S = 600  # an answer: there are people's names in it
_BEAT_S, _BEATS = 5, 6  # how often the process says that it goes on; so many it may miss
_LOOKS_EVERY_S = 0.2
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


@dataclass(slots=True)
class _Begun:
    """A question under way, or its answer."""

    id: str = field(default_factory=lambda: str(uuid4()))
    told: Told | None = None
    over: Event = field(default_factory=Event)


@dataclass(frozen=True, kw_only=True, slots=True)
class Later:
    """Runs children that nobody has to wait for; their answers lie where every process finds them.

    One at a time with those that are waited for.
    """

    apart: Apart
    answers: KeepsAnswers
    kept_s: float = _KEPT_S
    beat_s: float = _BEAT_S

    def begin(self, asked: Mapping[str, Any], wait_s: float) -> Told:
        """Return what is told within *wait_s*; else 202, and where to ask for it.

        Raises:
            StoreUnavailable
        """
        one = _Begun()
        # First: what nobody could ask for again would keep all others waiting for nothing.
        self.answers.promise(one.id, wait_s + self.beat_s * _BEATS)
        Thread(target=self._run, args=(one, asked), name="simulation", daemon=True).start()
        if one.over.wait(wait_s):
            with suppress(StoreUnavailable):  # nobody knows of it, and it runs out
                self.answers.forget(one.id)
            return one.told or _FAILED
        Thread(target=self._keep, args=(one,), name="kept-later", daemon=True).start()
        return under_way(one.id)

    def result(self, id_: str, wait_s: float) -> Told | None:
        """Return what came of the one that was begun as *id_*; None: it is not known any more.

        Whichever process began it.

        Raises:
            StoreUnavailable
        """
        until = monotonic() + wait_s
        found = self.answers.find(id_)
        while found == under_way(id_) and monotonic() < until:
            sleep(_LOOKS_EVERY_S)
            found = self.answers.find(id_)
        return found

    def _run(self, one: _Begun, asked: Mapping[str, Any]) -> None:
        one.told = replace(self.apart, most_s=_LONGEST_S)(asked)
        one.over.set()

    def _keep(self, one: _Begun) -> None:
        """Say that it goes on until it is over, so that what a dead process began is known as gone.

        Then keep the answer, as long as it may be asked for.
        """
        try:
            while not one.over.wait(self.beat_s):
                with suppress(StoreUnavailable):  # it may be back before the promise runs out
                    self.answers.promise(one.id, self.beat_s * _BEATS)
            self.answers.tell(one.id, one.told or _FAILED, self.kept_s)
        except StoreUnavailable as error:  # who asks for it finds it gone, and begins anew
            self.apart.log("simulation_not_kept", error=str(error))
            return
        one.told = None
        sweeping = Timer(self.kept_s, self._sweep)
        sweeping.daemon = True
        sweeping.start()

    def _sweep(self) -> None:
        with suppress(StoreUnavailable):  # the next answer, or the next start, takes it away
            self.answers.sweep()


def _where(errors: str) -> dict[str, str]:
    """Return where it ended and by what: an error's own text may have people's names in it."""
    frames = [*_FRAME.finditer(errors)]
    if not frames:
        return {}
    kind = _KIND.search(errors, frames[-1].end())
    return {"at": f"{frames[-1][1]}:{frames[-1][2]}", "error": kind[1] if kind else ""}
