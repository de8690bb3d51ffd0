"""Asking tests whether they notice a fault, each time in a process of its own.

To import the product and its tests costs more than the few tests that notice a fault, so one
process imports all of it and forks. Whom no test notices so, and what no function can be given,
is asked about again in a fork that imports the tree anew, with the fault in it.

What only people look at is left out, for it costs more than the tests: no traceback is laid out, in
the log as little as by pytest, and no example of a property is made smaller.

A fault that hangs is one that takes many times the processor time its tests take without it: a
busy machine gives a process less time, but has it do no more. What waits for ever takes none; it
is one that hangs where the same tests come to their end without the fault.
"""

import gc
import os
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.mutants.codes import Codes, Functions, faulty, functions
from tests.mutants.faults import Fault

# As many tests are asked at first, then up to as many, and then the others: pytest reads the whole
# of a file for one test of it. Where the tree is imported anew each time that costs more.
_WARM = (0, 8, 40, sys.maxsize)
_ANEW = (0, 8, sys.maxsize)
_OURS = ("deploy", "schemas", "services", "tests")
_OK = pytest.ExitCode.OK
_BESIDE_S = 20  # of processor time, for what stands beside the tests that come to a fault
_TIMES = 5  # as much processor time as without a fault, before it is said to hang
_TO_BEGIN_S = 20  # of processor time, for what tests share
_TO_IMPORT_S = 60  # ... and for the tree
_WAITS_S = 300  # by the clock on the wall
_SAYING_LITTLE = ("-q", "-n", "0", "--tb=no", "--show-capture=no", "--hypothesis-profile=unshrunk")


@dataclass(frozen=True)
class Warm:
    """This process, which has imported all of the tree under *root*."""

    root: Path
    known: Functions
    able: Collection[str]  # the tests there are
    files: Mapping[str, Sequence[str]]  # ... by the file they stand in, in its order
    costs: Mapping[str, float]  # seconds of processor time, by test
    sound: dict[tuple[str, ...], bool] = field(default_factory=dict)  # pass without a fault

    def noticed(self, fault: Fault, before: str, tests: Sequence[str]) -> tuple[str, int]:
        """Tell whether one of *tests* fails or hangs, and how many were asked.

        The fault is in its file already; *before* is what stood there.
        """
        tests = [test for test in tests if test in self.able]
        codes = faulty(fault, self.root, before, self.known)
        for since, until in pairwise(_WARM if codes else ()):
            if tests[since:until] and self._fails(codes, tests[since:until]):
                return "killed", min(until, len(tests))
        for since, until in pairwise(() if codes else _ANEW):
            if tests[since:until] and self._fails_anew(fault, before, tests[since:until]):
                return "killed", min(until, len(tests))
        beside = self._beside(tests)
        if beside and self._fails_anew(fault, before, beside):
            return "killed", len(beside)
        return "survived", len(beside)

    def _beside(self, tests: Sequence[str]) -> Sequence[str]:
        """Return the first of *tests*, each with all that stand in its file, within bounds.

        What is kept once it is made is made in whichever test is first: only that one comes to
        the line, and another one fails.
        """
        found, left_s = list[str](), float(_BESIDE_S)
        for file in dict.fromkeys(test.partition("::")[0] for test in tests):
            for test in self.files.get(file, ()):
                cost = self.costs.get(test, 1)
                if cost <= left_s:
                    found.append(test)
                    left_s -= cost
        return found

    def _fails(self, codes: Codes, tests: Sequence[str]) -> bool:
        """Tell whether one of *tests* fails with *codes*, and would not without them."""
        reading, writing = Pipe(duplex=False)
        ended = _forked(self._within(tests, _TO_BEGIN_S), _with_codes, codes, tests, writing)
        if ended is None:
            return self._pass_here(tests, writing)
        failed = reading.recv() if reading.poll() else None
        if failed is None:  # it ended before it could say which
            return ended < 0 and self._pass_here(tests, writing)
        return self._pass_here([failed], writing)

    def _pass_here(self, tests: Sequence[str], told: Connection) -> bool:
        asked = tuple(tests)
        if asked not in self.sound:
            within = self._within(tests, _TO_BEGIN_S)
            self.sound[asked] = _forked(within, _with_codes, (), tests, told) == _OK
        return self.sound[asked]

    def _fails_anew(self, fault: Fault, before: str, tests: Sequence[str]) -> bool:
        """Tell whether one of *tests* fails, or hangs and would not without *fault*."""
        within = self._within(tests, _TO_IMPORT_S)
        ended = _forked(within, _anew, self.root, tests)
        if ended is not None:
            return ended != _OK
        (self.root / fault.file).write_text(before)
        try:
            return _forked(within, _anew, self.root, tests) == _OK
        finally:
            fault.put_into(self.root)

    def _within(self, tests: Collection[str], beginning_s: int) -> int:
        """Return how much processor time *tests* may take, in whole seconds."""
        return beginning_s + int(_TIMES * sum(self.costs.get(test, 1) for test in tests))


def warmed(root: Path, files: Collection[str], costs: Mapping[str, float]) -> Warm:
    """Make this process one that has imported the tree under *root*, and tests of *files*."""
    _only(root)
    collected = _Collected()
    if _quietly(["--collect-only", *files], collected) != _OK:
        raise AssertionError("tests cannot be collected where there is no fault")
    known = functions()
    gc.collect()
    gc.freeze()  # what forks share stays so as long as none of their collectors looks at it
    by_file: dict[str, list[str]] = defaultdict(list)
    for test in collected.tests:
        by_file[test.partition("::")[0]].append(test)
    return Warm(root, known, {*collected.tests}, by_file, costs)


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


@dataclass
class _Collected:
    """Keeps the names of the tests that there are."""

    tests: Sequence[str] = ()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.tests = [item.nodeid for item in session.items]


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
    outcome = pytest.main([*_SAYING_LITTLE, *asked], plugins=plugins)
    for number, kept in zip((1, 2), shown, strict=True):
        os.dup2(kept, number)
    for one in (nowhere, *shown):
        os.close(one)
    return int(outcome)


def _forked(within_s: int, do: Callable[..., int], *given: object) -> int | None:
    """Return what *do* comes to in a process of its own; None where it waits for ever.

    Negative where a signal ended it, as it does who takes more than *within_s* of processor time.
    """
    asking = get_context("fork").Process(target=_end_with, args=(within_s, do, *given))
    asking.start()
    asking.join(_WAITS_S)
    if asking.exitcode is None:
        os.killpg(asking.pid or 0, SIGKILL)
        asking.join()
        return None
    return asking.exitcode


def _end_with(within_s: int, do: Callable[..., int], *given: object) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (within_s, within_s + 1))
    os._exit(do(*given))
