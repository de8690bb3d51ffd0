"""What scoring and ranking 2,000 reviews costs, against reading their heads.

Every case has its figures, as the superior and the room gave them; all grades are worked out from
them, exactly, and all places told. The floor is the one statement that reads the same heads.
"""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import psycopg

from deploy.servers.postgres import OWNER, PostgresServer
from services.workflow.adapters.database.case_rows import facts_of, grade_rows
from services.workflow.application.ranking import WHOLE
from services.workflow.application.reading_ports import ListQuery
from services.workflow.bootstrap.reading import Reads as Parts
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.case.grading import grades_of
from services.workflow.domain.case.head import Case, Given, changed
from services.workflow.domain.case.world import World
from services.workflow.settings import read_settings
from tests.benchmarks.figures import Figure, median
from tests.benchmarks.systems import OFFICE, System, on_postgres

REVIEWS, RUNS, MANY = 2_000, 5, 3.0  # the first warms up
SCHEME, TIER = "jilin-health-2019", "C"
PARTS = ("stars", "yearly", "daily")


def ranked(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """Read the heads; work all grades out and rank: in one process, one after the other."""
    system = System(folder / "scores", on_postgres(server, "scores"))
    system.install(REVIEWS)
    system.running.start("notifier", "relay")
    try:
        cycle = system.open(SCHEME, "2019")
    finally:
        system.stop()
    parts = Parts(read_settings(system.running.environment))
    asked = ListQuery(cycle=cycle, kind="review", tier=TIER, limit=2 * REVIEWS)
    world = _scored(parts, asked, server.url("scores", OWNER))
    actor = Actor(client="web", person=OFFICE, scopes=PAGE_SCOPES, scope_unit="u-top")
    took = [_both(parts, asked, world, actor) for _ in range(1 + RUNS)][1:]
    ratio = median([both.wall / read.wall for read, both in took])
    cpu = median([both.cpu for _, both in took])
    floor = median([read.cpu for read, _ in took])
    yield Figure(
        name=f"2,000 reviews scored, ranked ({cpu:.2f} s CPU, floor {floor:.2f})",
        value=1000 * median([both.wall for _, both in took]),
        unit="ms",
        floor=1000 * median([read.wall for read, _ in took]),
        ratio=ratio,
        goal=f"≤ {MANY:g} × reading their heads",
        holds=ratio <= MANY,
    )
    parts.database.close()


class _Took:
    """Seconds that *act* took, on the wall's clock and the processor's."""

    def __init__(self, act: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        act()
        self.wall, self.cpu = time.perf_counter() - wall, time.process_time() - cpu


def _both(parts: Parts, asked: ListQuery, world: World, actor: Actor) -> tuple[_Took, _Took]:
    cases: list[Case] = []

    def read() -> None:
        cases.extend(parts.database.reads.list_cases(asked).cases)

    def score_and_rank() -> None:
        found = parts.ranking.of_round(actor, asked.cycle or "", tier=TIER, stretch=WHOLE)
        graded = [grades_of(one, world)["person"] for one in cases]
        placed = [one.case.graded for one in found.places if one.place is not None]
        if len(placed) != REVIEWS or sorted(map(str, placed)) != sorted(map(str, graded)):
            raise RuntimeError(f"{len(placed)} places for {len(graded)} grades")

    return _Took(read), _Took(score_and_rank)


def _scored(parts: Parts, asked: ListQuery, url: str) -> World:
    """Give every case its figures and its grade, as if all had been told; return their world."""
    cases = parts.database.reads.list_cases(asked).cases
    heads: Any = None
    rules = parts.rulebook.running(asked.cycle or "")
    world = rules.world(heads, parts.directory.current(), parts.now(), str)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        rows, grades = [], []
        for n, case in enumerate(cases):
            told = changed(case, {"components": _figures(n)})
            told = changed(told, {"grades": grades_of(told, world)})
            rows.append((facts_of(told), case.id))
            grades += [tuple(row.values()) for row in grade_rows(told)]
        cursor.executemany("UPDATE case_head SET facts = %s WHERE case_id = %s", rows)
        cursor.executemany("INSERT INTO case_grade VALUES (%s, %s, %s, %s, %s)", grades)
    return world


def _figures(n: int) -> dict[str, Given]:
    exact = Fraction(7 * (40 + n % 60) + n % 7, 7)  # of seven ballots: most do not end
    shown = Decimal(int(exact * 100)) / 100
    given = dict.fromkeys(PARTS, Decimal(60 + n % 40))
    return {
        "ballot": Given(figure=shown, exact=exact, n_valid=7, by=OFFICE),
        "superior": Given(figure=given["stars"], parts=given, by=OFFICE),
    }
