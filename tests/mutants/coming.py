"""Which tests come to which line of the core, and what each of them costs.

Told by one run of the tests under coverage, kept in `var/mutants`. Tests that have changed since,
or are new, are run again, those files alone. Of a file of the core that has changed since, a line
is followed to where it stands now. Who comes to a line that was written since is not known: those
are taken who came to what stood there, and after them all who come to the file; to a file that is
new, or has nothing that is called, all who come to those that use it. That gives where to look, and
whether one fails is asked anyway.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from coverage import CoverageData

from tests.mutants import costs

QUICK = "not postgres and not kafka and not browser"
_ANY = 0  # no line: of a file to which nobody is known to come
Digests = Mapping[str, str]  # of what stands in a file, by its name
Texts = Mapping[str, str]  # what stands in a file, by its name


@dataclass(frozen=True)
class Coming:
    """What is known of the tests."""

    lines: Mapping[str, Mapping[int, Collection[str]]]  # by file and line, those that come to it
    unsure: Mapping[str, Collection[int]]  # lines that were written since, by file
    costs: Mapping[str, float]  # seconds of processor time, by test


def coming(var: Path, core: Texts, tests: Digests, workers: int) -> Coming:
    """Return what is known of the files *tests*, run now if nothing is known of them as they are.

    What was found out is kept below *var*; *core* is what faults are made in.
    """
    kept = var / "lines"
    kept.mkdir(parents=True, exist_ok=True)
    missing = tests.items() - _known(kept).keys()
    if missing:
        _run(kept / str(len(list(kept.glob("*.json")))), dict(missing), core, workers)
    known = _known(kept)
    lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    unsure: dict[str, set[int]] = defaultdict(set)
    cost: dict[str, float] = {}
    for run in {known[asked] for asked in tests.items()}:
        files = {file for file, digest in tests.items() if known[file, digest] == run}
        told = json.loads(run.with_suffix(".json").read_text())
        cost |= {one: s for one, s in told["costs"].items() if one.partition("::")[0] in files}
        places = {name: moved(told["core"].get(name, ""), text) for name, text in core.items()}
        for name in core:
            unsure[name] |= places[name][1]
        come: dict[str, set[str]] = defaultdict(set)
        for name, line, test in _read(run.with_suffix(".coverage"), files, core):
            come[name].add(test)
            for place in places[name][0].get(line, ()):
                lines[name][place].add(test)
        for name, used in used_by(core.keys() - come.keys(), core).items():
            for one in used:
                lines[one][_ANY] |= come[name]
    return Coming(lines, unsure, cost)


def moved(before: str, now: str) -> tuple[Mapping[int, Collection[int]], Collection[int]]:
    """Return where each line of *before* stands *now*, and the lines written since.

    A line that was written anew stands wherever those do that stand in its place.
    """
    old, new = before.splitlines(), now.splitlines()
    places, unsure = dict[int, Collection[int]](), set[int]()
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        there = range(k + 1, m + 1)
        if what == "equal":
            places |= {i + n: (place,) for n, place in enumerate(there, 1)}
        else:
            places |= dict.fromkeys(range(i + 1, j + 1), there)
            unsure |= {*there}
    return places, unsure


def used_by(bare: Collection[str], core: Texts) -> Mapping[str, Collection[str]]:
    """Return which of the *bare* files each file of the *core* uses, by itself or by others."""
    called = {name: f"from {name.removesuffix('.py').replace('/', '.')} import" for name in bare}
    uses = {file: {name for name in bare if called[name] in core[file]} for file in core}
    while uses != (further := {a: b.union(*(uses[one] for one in b)) for a, b in uses.items()}):
        uses = further
    return uses


def _known(kept: Path) -> dict[tuple[str, str], Path]:
    """Return which run knows a file of tests as it was then, the last one first."""
    return {
        (file, digest): path.with_suffix("")
        for path in sorted(kept.glob("*.json"), key=lambda path: int(path.stem))
        for file, digest in json.loads(path.read_text())["files"].items()
    }


def _run(to: Path, files: Digests, core: Texts, workers: int) -> None:
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


def _read(path: Path, files: Collection[str], core: Texts) -> Iterator[tuple[str, int, str]]:
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
