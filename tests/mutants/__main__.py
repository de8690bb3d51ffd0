"""`make mutants`: small faults in the core, and which of them no test notices.

The core is `domain/` and `application/`, and of `schemas/` what figures, counts and draws.

Which tests come to a line is told by one run under coverage, kept in `var/mutants` while neither
code nor tests change. Each fault, drawn by a seed that is printed, is made in a copy of the tree;
of the tests that come to it those are asked first that hardly come to anything but its file, a few
of them and then more. They are asked in a fork of a process that has imported all there is, where
one function is given its faulty code; who survives that is asked again in a process that imports
the tree with the fault in it, as is every fault outside of functions.

A survivor is a test that is missing, or a line of `equivalent.txt` that shows why nothing changes:
file, the line with the fault and the reason, with a bar between them.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from coverage import CoverageData

from tests.mutants.asking import warmed
from tests.mutants.faults import Fault, faults_in

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var" / "mutants"
CORE = (
    "services/workflow/domain",
    "services/workflow/application",
    "schemas/draw.py",
    "schemas/merkle.py",
    "schemas/scoring.py",
    "schemas/tally.py",
)
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
TESTS = ("tests/unit", "tests/contract", "tests/integration/http", "tests/integration/audit")
QUICK = "not postgres and not kafka and not browser"
MOST = 400  # tests that are asked for one fault
Map = Mapping[str, Mapping[int, Collection[str]]]  # by file and line, the tests that come to it


def main(said: list[str]) -> int:
    """Make as many faults as *said*; 0 where at most one in ten is noticed by nobody."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--in", dest="places", action="append", default=[])
    parser.add_argument("--tests", action="append", default=[])
    asked = parser.parse_args(said)
    begun = monotonic()
    print(f"seed {asked.seed}", flush=True)
    map_ = _map(asked.tests or TESTS, asked.workers)
    print(f"which tests come to which line: {monotonic() - begun:.0f} s", flush=True)
    drawn = _drawn(asked.seed, asked.n, asked.places or CORE)
    survived = _asked(drawn, map_, asked.workers)
    for fault in survived:
        print(f"survived: {fault.file}:{fault.line}: {fault.told(ROOT)}")
    share = len(survived) / max(1, len(drawn))
    print(f"{len(survived)} of {len(drawn)} ({share:.0%}) survived; {monotonic() - begun:.0f} s")
    return 0 if share <= 0.1 else 1


def _drawn(seed: int, n: int, places: Collection[str]) -> list[Fault]:
    """Draw *n* faults, none of those that are known to change nothing."""
    known = _equivalent()
    names = _git("ls-files", "-co", "--exclude-standard", *places).splitlines()
    names = sorted(name for name in names if name.endswith(".py"))
    faults = sorted(
        {fault for name in names for fault in faults_in(name, (ROOT / name).read_text())}
    )
    able = [one for one in faults if (one.file, one.told(ROOT)) not in known]
    print(f"{len(able)} faults are possible, {len(faults) - len(able)} are known to change nothing")
    return random.Random(seed).sample(able, min(n, len(able)))  # noqa: S311 - it is printed


def _equivalent() -> set[tuple[str, str]]:
    rows = [line.split(" | ") for line in EQUIVALENT.read_text().splitlines() if line]
    return {(file, fault) for file, fault, _ in rows}


def _asked(drawn: list[Fault], map_: Map, workers: int) -> list[Fault]:
    """Return those of the faults *drawn* that no test notices."""
    weights = Counter(test for lines in map_.values() for tests in lines.values() for test in tests)
    chosen = [(fault, _tests_of(fault, map_, weights)) for fault in drawn]
    shares = [chosen[n::workers] for n in range(workers)]
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        each = zip(shares, pool.map(_left, range(workers), shares), strict=True)
        return [share[nth][0] for share, left in each for nth in left]


def _left(n: int, chosen: list[tuple[Fault, list[str]]]) -> list[int]:
    """Make the faults *chosen* in a copy of this worker's own; return which of them are left."""
    root, left = _copy(n), list[int]()
    files = {test.partition("::")[0] for _, tests in chosen for test in tests}
    warm = warmed(root, sorted(files))
    for nth, (fault, tests) in enumerate(chosen):
        begun = monotonic()
        before = fault.put_into(root)
        told, asked = warm.noticed(fault, before, tests)
        (root / fault.file).write_text(before)
        took = f"{monotonic() - begun:4.0f} s"
        print(f"{told:8} {took} {asked:4} tests  {fault.file}:{fault.line}", flush=True)
        if told == "survived":
            print(f"         {fault.told(ROOT)}", flush=True)
            left.append(nth)
    return left


def _tests_of(fault: Fault, map_: Map, weights: Mapping[str, int]) -> list[str]:
    """Return the tests that come to the fault, the closest to its file first; else to the file.

    What runs when a module is imported belongs to no test.
    """
    lines = map_.get(fault.file, {})
    here = {test for n in range(fault.line, fault.last + 1) for test in lines.get(n, ())}
    counts = Counter(test for tests in lines.values() for test in tests)
    found = here or counts.keys()
    closest = sorted(found, key=lambda test: (-counts[test] / weights[test], test))
    return closest[:MOST]


def _copy(n: int) -> Path:
    """Return a copy of the working tree in which faults may be made."""
    root = VAR / f"copy-{n}"
    shutil.rmtree(root, ignore_errors=True)
    for name in _git("ls-files", "-co", "--exclude-standard").splitlines():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to(ROOT / ".venv")
    return root


def _map(tests: Collection[str], workers: int) -> Map:
    """Return which tests come to which lines, measured anew only where something has changed."""
    state = _git("rev-parse", "HEAD") + _git("diff", "HEAD") + " ".join(tests)
    kept = VAR / f"{sha256(state.encode()).hexdigest()[:16]}.coverage"
    if not kept.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        settings = {**os.environ, "COVERAGE_FILE": str(kept)}
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "-m", QUICK, *tests]
        command += ["--cov-context=test", "--cov-report=", "--no-cov-on-fail"]
        command += [f"--cov={folder}" for folder in ("services/workflow", "schemas")]
        subprocess.run(command, cwd=ROOT, env=settings, check=True)
    data = CoverageData(str(kept))
    data.read()
    found: dict[str, dict[int, set[str]]] = defaultdict(dict)
    for file in data.measured_files():
        name = Path(file).relative_to(ROOT).as_posix()
        for line, contexts in data.contexts_by_lineno(file).items():
            found[name][line] = {one.rsplit("|", 1)[0] for one in contexts if one}
    return found


def _git(*asked: str) -> str:
    return subprocess.run(
        ["git", *asked], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
