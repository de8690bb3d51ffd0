"""A process that is killed before a statement of its own choosing reaches the database.

The steps are statements, whichever way they go: a child dies before the nth of them, and once after
the last.
"""

import os
import signal
import sqlite3
from collections.abc import Callable
from itertools import count
from multiprocessing import get_context
from typing import Any

import psycopg

from services.workflow.adapters.database.prepared import Prepared


def killed_before(nth: int, act: Callable[[], object]) -> bool:
    """Do *act* in a process that is killed before its *nth* statement; False: it came to its end.

    *act* connects by itself. The end is a step of its own: whoever is killed there has had all of
    it answered.
    """
    child = get_context("fork").Process(target=_act_and_die, args=(nth, act))
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


def _act_and_die(nth: int, act: Callable[[], object]) -> None:
    steps = count()

    def step(*_: Any) -> None:
        if next(steps) == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    psycopg.Cursor.execute = _stepped(psycopg.Cursor.execute, step)  # type: ignore[method-assign]
    Prepared.asking = _stepped(Prepared.asking, step)  # type: ignore[method-assign]
    connect = sqlite3.connect

    def connected(*given: Any, **more: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = connect(*given, **more)
        made.set_trace_callback(step)
        return made

    sqlite3.connect = connected  # type: ignore[assignment]
    act()
    step()
    os._exit(0)  # nothing of the parent's is torn down here


def _stepped(execute: Callable[..., Any], step: Callable[[], None]) -> Callable[..., Any]:
    def stepped(*given: Any, **more: Any) -> Any:
        step()
        return execute(*given, **more)

    return stepped
