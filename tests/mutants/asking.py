"""Asking tests whether they notice a fault, each time in a process of its own.

To import the product and its tests costs more than the few tests that notice a fault, so one
process imports all of it and forks. Whom no test notices so, and what no function can be given,
is asked about again in a fork that imports the tree anew, with the fault in it.
"""

import gc
import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.mutants.codes import Codes, Functions, faulty, functions
from tests.mutants.faults import Fault

# As many tests are asked at first, then up to as many, and then the others.
_WARM = (0, 8, 40)
_AGAIN = (0, 40, sys.maxsize)
_ANEW = (0, 8, 40, sys.maxsize)
_OURS = ("deploy", "schemas", "services", "tests")
_AT_MOST_S = 300
_OK = pytest.ExitCode.OK


@dataclass(frozen=True)
class Warm:
    """This process, which has imported all of the tree under *root*."""

    root: Path
    known: Functions
    sound: dict[str, bool] = field(default_factory=dict)  # tests that pass here without a fault

    def noticed(self, fault: Fault, before: str, tests: Sequence[str]) -> tuple[str, int]:
        """Tell whether one of *tests* fails or hangs, and how many were asked.

        The fault is in its file already; *before* is what stood there.
        """
        codes = faulty(fault, self.root, before, self.known)
        for since, until in pairwise(_WARM if codes else ()):
            if tests[since:until] and self._fails(codes, tests[since:until]):
                return "killed", min(until, len(tests))
        for since, until in pairwise(_AGAIN if codes else _ANEW):
            if tests[since:until] and _forked(_anew, self.root, tests[since:until]) != _OK:
                return "killed", min(until, len(tests))
        return "survived", len(tests)

    def _fails(self, codes: Codes, tests: Collection[str]) -> bool:
        """Tell whether one of *tests* fails with *codes*, and would not without them."""
        reading, writing = Pipe(duplex=False)
        if _forked(_with_codes, codes, tests, writing) is None:
            return True
        failed = reading.recv() if reading.poll() else None
        if failed is not None and failed not in self.sound:
            self.sound[failed] = _forked(_with_codes, (), [failed], writing) == _OK
        return failed is not None and self.sound[failed]


def warmed(root: Path, files: Collection[str]) -> Warm:
    """Make this process one that has imported the tree under *root*, and tests of *files*."""
    _only(root)
    if _quietly(["--collect-only", *files]) != _OK:
        raise AssertionError("tests cannot be collected where there is no fault")
    known = functions()
    gc.collect()
    gc.freeze()  # what forks share stays so as long as none of their collectors looks at it
    return Warm(root, known)


def _with_codes(codes: Codes, tests: Collection[str], told: Connection) -> int:
    for function, code in codes:
        function.__code__ = code
    return _quietly(["-x", *tests], _Telling(told))


def _anew(root: Path, tests: Collection[str]) -> int:
    _only(root)
    return _quietly(["-x", *tests])


def _only(root: Path) -> None:
    """Have all of ours be imported from the tree under *root* from now on, and anew."""
    os.chdir(root)
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]
    sys.path.insert(0, str(root))


@dataclass(frozen=True)
class _Telling:
    """Tells which tests fail."""

    told: Connection

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.told.send(report.nodeid)


def _quietly(asked: Collection[str], *plugins: object) -> int:
    """Ask pytest, and say nothing."""
    shown = [os.dup(number) for number in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    outcome = pytest.main(["-q", "-n", "0", *asked], plugins=plugins)
    for number, kept in zip((1, 2), shown, strict=True):
        os.dup2(kept, number)
    for one in (nowhere, *shown):
        os.close(one)
    return int(outcome)


def _forked(do: Callable[..., int], *given: object) -> int | None:
    """Return what *do* comes to in a process of its own; None where it hangs."""
    asking = get_context("fork").Process(target=_end_with, args=(do, *given))
    asking.start()
    asking.join(_AT_MOST_S)
    if asking.exitcode is None:
        os.killpg(asking.pid or 0, SIGKILL)
        asking.join()
        return None
    return asking.exitcode


def _end_with(do: Callable[..., int], *given: object) -> None:
    os.setsid()
    os._exit(do(*given))
