"""`make bench`: every figure three times beside its floor, the median, as a table and as JSON."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from deploy.servers.postgres import PostgresServer
from tests.benchmarks import (
    at_size,
    ballots,
    boards,
    figures,
    gate,
    inboxes,
    notices,
    rosters,
    scores,
    sweeps,
    workbooks,
    works,
)
from tests.benchmarks.figures import Figure

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "var" / "bench.json"
# Nothing may write but what is counted.
DATED = {"track_commit_timestamp": "on"}
COUNTED = {
    "full_page_writes": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "autovacuum": "off",
}


def main(names: list[str]) -> int:
    """Measure the groups in *names* (all when empty); exit status 0 when every goal holds."""
    folder = Path(tempfile.mkdtemp(prefix="shuping-bench-"))
    folder.chmod(0o755)
    server = PostgresServer(durable=True).start()
    plain = PostgresServer(durable=True, settings=COUNTED).start()
    dated = PostgresServer(durable=True, settings=DATED).start()
    measured: list[Figure] = []
    try:
        load = _load_generator(folder)
        groups = {
            "single": lambda: figures.single(server, load, folder),
            "embedded": lambda: figures.embedded(load, folder),
            "gate": gate.held,
            "costs": lambda: figures.costs(plain, folder),
            "linked": lambda: works.linked(plain, folder),
            "many": lambda: works.many(server, folder),
            "parents": lambda: works.parents(server, load, folder),
            "kinds": lambda: works.kinds(server, folder),
            "rosters": lambda: rosters.rosters(server, folder),
            "ballots": lambda: ballots.ballots(server, folder),
            "boards": lambda: boards.boards(plain, folder),
            "workbooks": workbooks.workbooks,
            "scores": lambda: scores.ranked(server, folder),
            "sweeps": lambda: sweeps.quiet(server),
            "decisions": lambda: notices.decisions(server),
            "inboxes": lambda: inboxes.arriving(dated, folder),
            "simulations": lambda: notices.simulations(server),
            "growth": lambda: at_size.growth(server, folder),
            "audit": lambda: at_size.verification(server, folder),
        }
        for name in names or groups:
            for figure in _told(groups[name]()):
                measured.append(figure)
                _write(measured)
    finally:
        server.stop()
        plain.stop()
        dated.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(figure.holds for figure in measured) else 1


def _told(measuring: Iterator[Figure]) -> Iterator[Figure]:
    for figure in measuring:
        mark = "holds" if figure.holds else "MISSED"
        print(
            f"{figure.name:<58} {figure.value:>10.2f} {figure.unit:<6} floor {figure.floor:>10.2f}"
            f"  ratio {figure.ratio:>6.2f}  {figure.goal:<32} {mark:<7}"
            f" load {os.getloadavg()[0]:.1f}"
            + ("" if figure.cpu_s is None else f"  cpu {figure.cpu_s:.2f} s"),
            flush=True,
        )
        yield figure


def _write(measured: list[Figure]) -> None:
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(one) for one in measured], indent=1, ensure_ascii=False))


def _load_generator(folder: Path) -> Path:
    """Compile the load generator: it must cost little beside what it loads."""
    if shutil.which("go") is None:
        sys.exit("make bench needs Go 1.22 or newer to compile its load generator")
    program = folder / "load"
    subprocess.run(
        ["go", "build", "-o", str(program), "."],
        cwd=ROOT / "tests" / "benchmarks" / "load",
        check=True,
    )
    return program


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
