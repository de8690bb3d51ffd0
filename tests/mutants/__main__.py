"""`make mutants`: small faults in the core, and which of them no test notices.

The core is `domain/` and `application/`, and of `schemas/` what figures, counts and draws.

Which tests come to a line is told by one run under coverage. Each fault, drawn by a seed that is
printed, is made in a copy of the tree; of the tests that come to it those are asked first that
hardly come to anything but its file and cost little, a few of them and then more, until they have
cost what one fault may. Whoever survives was not noticed by these: the share that is told is never
too small. They are asked in a fork of a process that has imported all there is, where one function
is given its faulty code; who survives that is asked again in a process that imports the tree with
the fault in it, as is every fault outside of functions.

When the time is up no more faults are asked about; the share is of those that were.

A survivor is a test that is missing, or a line of `equivalent.txt` that shows why nothing changes:
file, the line with the fault and the reason, with a bar between them.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from tests.mutants.asking import warmed
from tests.mutants.coming import Coming, coming
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
TESTS = (
    "tests/unit/workflow",
    "tests/unit/schemas",
    "tests/contract/workflow",
    "tests/integration/audit",
    "tests/integration/http",
)
_ONE_S = 5  # of processor time: a test that costs more is asked about no fault
_ALL_S = 80  # and so much for one fault
_LEAST_S = 0.05  # what it costs to ask at all


def main(said: list[str]) -> int:
    """Make as many faults as *said*; 0 where at most one in ten is noticed by nobody."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--within", type=float, default=60, help="minutes")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--in", dest="places", action="append", default=[])
    parser.add_argument("--tests", action="append", default=[])
    asked = parser.parse_args(said)
    begun = monotonic()
    print(f"seed {asked.seed}", flush=True)
    places = asked.places or CORE
    tests = {
        name: sha256(text.encode()).hexdigest()
        for name, text in _texts(asked.tests or TESTS)
        if Path(name).name.startswith("test_")
    }
    known = coming(VAR, dict(_texts(CORE)), tests, asked.workers)
    print(f"which tests come to which line: {monotonic() - begun:.0f} s", flush=True)
    drawn = _drawn(asked.seed, asked.n, places)
    found = _asked(drawn, known, asked.workers, begun + 60 * asked.within)
    survived = [fault for fault, is_left, _ in found if is_left]
    for fault in survived:
        print(f"survived: {fault.file}:{fault.line}: {fault.told(ROOT)}")
    share = len(survived) / max(1, len(found))
    each = sum(cost for *_, cost in found) / max(1, len(found))
    print(f"{len(found)} of {len(drawn)} were asked about, each for {each:.1f} s of processor time")
    print(f"{len(survived)} of {len(found)} ({share:.0%}) survived; {monotonic() - begun:.0f} s")
    return 0 if share <= 0.1 and len(found) == len(drawn) else 1


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


Answer = tuple[Fault, bool, float]  # what, whether it survived, how much processor time it took


def _asked(drawn: list[Fault], known: Coming, workers: int, until: float) -> list[Answer]:
    """Return what became of the faults *drawn*, of those that tests were asked about in time."""
    weights = Counter(
        test for lines in known.lines.values() for tests in lines.values() for test in tests
    )
    chosen = [(fault, chosen_for(fault, known, weights)) for fault in drawn]
    shares = [chosen[n::workers] for n in range(workers)]
    given = (range(workers), shares, [known.costs] * workers, [until] * workers)
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        answers = pool.map(_answers, *given)
        # A worker has imported all of ours anew by then: what it returns is no class of ours.
        return [
            (fault, *answer)
            for share, told in zip(shares, answers, strict=True)
            for (fault, _), answer in zip(share, told, strict=False)
        ]


def _answers(
    n: int, chosen: list[tuple[Fault, list[str]]], costs: Mapping[str, float], until: float
) -> list[tuple[bool, float]]:
    """Make the faults *chosen* in a copy of this worker's own, until the time is up."""
    root, found = _copy(n), list[tuple[bool, float]]()
    files = {test.partition("::")[0] for _, tests in chosen for test in tests}
    warm = warmed(root, sorted(files), costs)
    for fault, tests in chosen:
        if monotonic() > until:
            break
        begun, spent = monotonic(), _processor_s()
        before = fault.put_into(root)
        told, asked = warm.noticed(fault, before, tests)
        (root / fault.file).write_text(before)
        cost = _processor_s() - spent
        took = f"{cost:4.0f} of {monotonic() - begun:4.0f} s"
        print(f"{told:8} {took} {asked:4} tests  {fault.file}:{fault.line}", flush=True)
        if told == "survived":
            print(f"         {fault.told(root)}", flush=True)
        found.append((told == "survived", cost))
    return found


def _processor_s() -> float:
    """Return how much processor time this process has taken, with those it began."""
    return sum(os.times()[:4])


def chosen_for(fault: Fault, known: Coming, weights: Mapping[str, int]) -> list[str]:
    """Return the tests that come to the fault, the closest and cheapest first.

    A test is asked with one value before it is asked with others. After those that come to the line
    come all that come to the file, where it was written since or where nobody comes to it: what
    runs when a module is imported belongs to no test.
    """
    lines, at = known.lines.get(fault.file, {}), range(fault.line, fault.last + 1)
    here = {test for n in at for test in lines.get(n, ())}
    counts = Counter(test for tests in lines.values() for test in tests)
    unsure = not here or any(n in known.unsure.get(fault.file, ()) for n in at)
    cost = {test: max(_LEAST_S, known.costs.get(test, 1)) for test in (counts if unsure else here)}
    worth = sorted(
        cost, key=lambda test: (test not in here, -counts[test] / weights[test] / cost[test], test)
    )
    alike, turn = Counter[str](), dict[str, int]()  # one test with many values, and which of them
    for test in worth:
        function = test.partition("[")[0]
        turn[test] = alike[function]
        alike[function] += 1
    chosen, left_s = list[str](), float(_ALL_S)
    for test in sorted(worth, key=lambda test: (test not in here, turn[test])):
        if cost[test] <= min(_ONE_S, left_s):
            chosen.append(test)
            left_s -= cost[test]
    return chosen


def _copy(n: int) -> Path:
    """Return a copy of the working tree in which faults may be made."""
    root = VAR / f"copy-{n}"
    shutil.rmtree(root, ignore_errors=True)
    for name in _git("ls-files", "-co", "--exclude-standard").splitlines():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to(ROOT / ".venv")
    return root


def _texts(places: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield every module under *places*, and what stands in it."""
    for name in _git("ls-files", "-co", "--exclude-standard", *places).splitlines():
        if name.endswith(".py") and (ROOT / name).exists():
            yield name, (ROOT / name).read_text()


def _git(*asked: str) -> str:
    return subprocess.run(
        ["git", *asked], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
