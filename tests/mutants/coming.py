"""Which tests come to which line of the core, and what each of them costs.

Told by one run of the tests under coverage, kept in `var/mutants`. Tests that have changed since,
or are new, are run again, those files alone. Of a file of the core that has changed since, only
which tests come to it is taken: that gives where to look, and whether one fails is asked anyway.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData

from tests.mutants import costs

QUICK = "not postgres and not kafka and not browser"
_ANY = 0  # no line, where lines have moved
Digests = Mapping[str, str]  # of what stands in a file, by its name


@dataclass(frozen=True)
class Coming:
    """What is known of the tests."""

    lines: Mapping[str, Mapping[int, Collection[str]]]  # by file and line, those that come to it
    costs: Mapping[str, float]  # seconds of processor time, by test


def coming(var: Path, core: Digests, tests: Digests, workers: int) -> Coming:
    """Return what is known of the files *tests*, run now if nothing is known of them as they are.

    What was found out is kept below *var*; *core* is what faults are made in.
    """
    kept = var / "map"
    kept.mkdir(parents=True, exist_ok=True)
    missing = tests.items() - _known(kept).keys()
    if missing:
        _run(kept / str(len(list(kept.glob("*.json")))), dict(missing), core, workers)
    known = _known(kept)
    lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    cost: dict[str, float] = {}
    for run in {known[asked] for asked in tests.items()}:
        files = {file for file, digest in tests.items() if known[file, digest] == run}
        told = json.loads(run.with_suffix(".json").read_text())
        cost |= {one: s for one, s in told["costs"].items() if one.partition("::")[0] in files}
        same = {name for name, digest in told["core"].items() if core.get(name) == digest}
        for name, line, test in _read(run.with_suffix(".coverage"), files, core):
            lines[name][line if name in same else _ANY].add(test)
    return Coming(lines, cost)


def _known(kept: Path) -> dict[tuple[str, str], Path]:
    """Return which run knows a file of tests as it was then, the last one first."""
    return {
        (file, digest): path.with_suffix("")
        for path in sorted(kept.glob("*.json"), key=lambda path: int(path.stem))
        for file, digest in json.loads(path.read_text())["files"].items()
    }


def _run(to: Path, files: Digests, core: Digests, workers: int) -> None:
    """Run the tests of *files* under coverage, and keep what is found out."""
    told = to.with_suffix(".told")
    coverage = to.with_suffix(".coverage")
    settings = {**os.environ, "COVERAGE_FILE": str(coverage), costs.KEPT_IN: str(told)}
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "-m", QUICK, *files]
    command += ["-p", costs.__name__, "--cov-context=test", "--cov-report=", "--no-cov-on-fail"]
    command += [f"--cov={folder}" for folder in ("services/workflow", "schemas")]
    ended = subprocess.run(command, env=settings, check=False).returncode
    if ended not in (0, 5):  # five: all of them need a server
        raise SystemExit("mutants are made of a tree whose tests pass")
    found = {"files": files, "core": core, "costs": json.loads(told.read_text())}
    told.unlink()
    to.with_suffix(".json").write_text(json.dumps(found))


def _read(path: Path, files: Collection[str], core: Digests) -> Iterator[tuple[str, int, str]]:
    """Yield what a run tells of *files*: a file of the core, a line, a test that comes to it."""
    data = CoverageData(str(path))
    data.read()
    for measured in data.measured_files():
        name = next((name for name in core if measured.endswith(f"/{name}")), None)
        if name is None:
            continue
        for line, contexts in data.contexts_by_lineno(measured).items():
            for test in (context.rpartition("|")[0] for context in contexts):
                if test.partition("::")[0] in files:
                    yield name, line, test
