"""What a roster of 300 costs: imported from a file, and opened on its page.

A page asks who looks, what waits for them, which rooms there are, before it shows a single row; so
what the rows cost is told by the same page without any.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import psycopg

from deploy.client import Client
from deploy.servers.postgres import OWNER, PostgresServer
from tests.benchmarks.figures import Figure, median
from tests.benchmarks.pages import Browser, signed_in
from tests.benchmarks.systems import System, on_postgres

SCHEME = "jilin-health-2019"
CHAIR = "p-chair"
PEOPLE = 300
HALLS = 12  # the first warms up
MANY = 3.0  # times its floor

Done = TypeVar("Done")


def rosters(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """Import, against `executemany` of 300 rows; open, against the page while nobody is on it."""
    system = System(folder / "rosters", on_postgres(server, "rosters"))
    organisation = system.folder / "organisation.yaml"
    organisation.write_text("\n".join(_organisation()) + "\n", encoding="utf-8")
    system.running.prepare(organisation)
    system.running.start("notifier", "relay")
    try:
        cycle = system.open(SCHEME, "2019")
        api, browser = system.running.client(), signed_in(system.running, CHAIR)
        query = {"cycle": cycle, "kind": "meeting", "limit": 200}
        found = api.get("/v1/cases", **query).body["items"]
        meetings = [one["id"] for one in found if one["unit"].startswith("c-")]
        with psycopg.connect(server.url("rosters", OWNER)) as floor:
            floor.execute(
                "CREATE TABLE listed (meeting text, row int, capacity text, person text,"
                " guest text, PRIMARY KEY (meeting, row))"
            )
            floor.commit()
            took = [_both(one, api, browser, floor) for one in meetings]
    finally:
        system.stop()
    imported = [(one.imported_ms, one.floor_ms) for one in took[1:]]
    yield _figure("a roster of 300 imported", imported, "executemany")
    opened = [(one.opened_ms, one.empty_ms) for one in took[1:]]
    yield _figure("a roster of 300 opened", opened, "its page without anybody")


class Took(NamedTuple):
    """Milliseconds."""

    imported_ms: float
    opened_ms: float
    empty_ms: float  # the page before
    floor_ms: float


def _both(meeting: str, api: Client, browser: Browser, floor: psycopg.Connection[object]) -> Took:
    names = [f"来宾{n:03}" for n in range(1, PEOPLE + 1)]
    file = "\n".join(f"invited,{name}" for name in names)
    body = {"trigger": "list_attendants", "data": {"rosters": {"attendance": {"file": file}}}}
    rows = [(meeting, n, "invited", None, name) for n, name in enumerate(names, 1)]
    empty_ms, _ = _timed(lambda: browser.get(f"/cases/{meeting}/roster"))
    imported_ms, answer = _timed(lambda: api.post(f"/v1/cases/{meeting}/transitions", body, CHAIR))
    opened_ms, page = _timed(lambda: browser.get(f"/cases/{meeting}/roster"))
    if answer.status != 201 or page.count("来宾") < PEOPLE:
        raise RuntimeError(f"{answer.status}: {answer.body}")
    floor_ms, _ = _timed(lambda: _write(floor, rows))
    return Took(imported_ms, opened_ms, empty_ms, floor_ms)


def _write(floor: psycopg.Connection[object], rows: Sequence[tuple[object, ...]]) -> None:
    with floor.cursor() as cursor:
        cursor.executemany("INSERT INTO listed VALUES (%s, %s, %s, %s, %s)", rows)
    floor.commit()


def _timed(act: Callable[[], Done]) -> tuple[float, Done]:
    began = time.perf_counter()
    done = act()
    return 1000 * (time.perf_counter() - began), done


def _figure(name: str, pairs: Sequence[tuple[float, float]], floor: str) -> Figure:
    ratio = median([took / least for took, least in pairs])
    return Figure(
        name=name,
        value=median([took for took, _ in pairs]),
        unit="ms",
        floor=median([least for _, least in pairs]),
        ratio=ratio,
        goal=f"≤ {MANY:g} × {floor}",
        holds=ratio <= MANY,
    )


def _organisation() -> Iterator[str]:
    """One committee for each roster, all under one chair."""
    halls = range(1, HALLS + 1)
    yield "units:"
    yield "  - {id: u-top, name: 省直机关工委, kind: work_committee}"
    yield "  - {id: u-organ, parent: u-top, name: 直属机关党委, kind: organ_committee}"
    for n in halls:
        yield f"  - {{id: c-{n}, parent: u-organ, name: 第{n}医院党委, kind: unit_committee}}"
        yield f"  - {{id: u-{n}, parent: c-{n}, name: 第{n}支部, kind: grassroots_branch}}"
    yield "people:"
    for person in ("p-office", CHAIR, *(f"p-{n}" for n in halls)):
        yield f"  - {{id: {person}, name: 测试}}"
    yield "posts:"
    yield "  - {person: p-office, unit: u-organ, role: office, from: 2019-01-01}"
    for n in halls:
        yield f"  - {{person: {CHAIR}, unit: c-{n}, role: secretary, from: 2019-01-01}}"
        yield f"  - {{person: p-{n}, unit: u-{n}, role: secretary, from: 2019-01-01}}"
