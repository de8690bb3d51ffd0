"""What a roster of 300 costs: imported from a file, and opened on its page.

Opening writes no row: it reads and shows those 300. So both are held against writing them, each
alone and both together. A page asks who looks, what waits for them, which rooms there are, before
it shows a single row; what the rows add to that is told by the same page without any.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from deploy.servers.postgres import OWNER, PostgresServer
from tests.benchmarks.figures import Figure, median
from tests.benchmarks.pages import signed_in
from tests.benchmarks.systems import System, on_postgres, spent

SCHEME = "jilin-health-2019"
PEOPLE = 300
HALLS = 12  # the first warms up
MANY = 3.0  # times its floor


def rosters(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """Import and open, against `executemany` of 300 rows, and against the page without anybody."""
    system = System(folder / "rosters", on_postgres(server, "rosters"))
    organisation = system.folder / "organisation.yaml"
    organisation.write_text("\n".join(_organisation()) + "\n", encoding="utf-8")
    system.running.prepare(organisation)
    system.running.start("notifier", "relay")
    try:
        cycle = system.open(SCHEME, "2019")
        api = system.running.client()
        query = {"cycle": cycle, "kind": "meeting", "limit": 200}
        found = api.get("/v1/cases", **query).body["items"]
        meetings = {one["id"]: f"p-{one['unit']}" for one in found if one["unit"][:2] == "c-"}
        with psycopg.connect(server.url("rosters", OWNER)) as floor:
            floor.execute(
                "CREATE TABLE listed (meeting text, row int, capacity text, person text,"
                " guest text, PRIMARY KEY (meeting, row))"
            )
            floor.commit()
            took = [_both(system, *one, floor) for one in meetings.items()][1:]
    finally:
        system.stop()
    imported = [(one.imported_ms, one.floor_ms) for one in took]
    cpu = median([one.importing_ms for one in took])
    yield _figure(f"a roster of 300 imported ({cpu:.0f} ms CPU)", imported, "executemany")
    opened = [(one.opened_ms, one.floor_ms) for one in took]
    cpu = median([one.opening_ms for one in took])
    yield _figure(f"a roster of 300 opened ({cpu:.0f} ms CPU)", opened, "executemany")
    both = [(one.imported_ms + one.opened_ms, one.floor_ms) for one in took]
    yield _figure("a roster of 300 imported and opened", both, "executemany")
    rows = [(one.opened_ms, one.empty_ms) for one in took]
    yield _figure("a roster of 300 opened, beside none", rows, "its page without anybody")


class Took(NamedTuple):
    """Milliseconds by the clock, and those the service's processes worked."""

    imported_ms: float
    opened_ms: float
    empty_ms: float  # the page before
    floor_ms: float
    importing_ms: float
    opening_ms: float


def _both(system: System, meeting: str, chair: str, floor: psycopg.Connection[object]) -> Took:
    browser = signed_in(system.running, chair)
    names = [f"来宾{n:03}" for n in range(1, PEOPLE + 1)]
    file = "\n".join(f"invited,{name}" for name in names)
    body = {"trigger": "list_attendants", "data": {"rosters": {"attendance": {"file": file}}}}
    rows = [(meeting, n, "invited", None, name) for n, name in enumerate(names, 1)]
    api, at = system.running.client(), f"/cases/{meeting}/roster"
    told: list[Any] = []
    empty, _ = spent(system, lambda: browser.get(at))
    imported, importing = spent(
        system,
        lambda: told.append(api.post(f"/v1/cases/{meeting}/transitions", body, chair)),
    )
    opened, opening = spent(system, lambda: told.append(browser.get(at)))
    answer, page = told
    if answer.status != 201 or f"应到 {PEOPLE}" not in page:
        raise RuntimeError(f"{answer.status}: {answer.body}")
    least, _ = spent(system, lambda: _write(floor, rows))
    return Took(*(1000 * one for one in (imported, opened, empty, least, importing, opening)))


def _write(floor: psycopg.Connection[object], rows: Sequence[tuple[object, ...]]) -> None:
    with floor.cursor() as cursor:
        cursor.executemany("INSERT INTO listed VALUES (%s, %s, %s, %s, %s)", rows)
    floor.commit()


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
    """One committee for each roster, with a chair of its own."""
    halls = range(1, HALLS + 1)
    yield "units:"
    yield "  - {id: u-top, name: 省直机关工委, kind: work_committee}"
    yield "  - {id: u-organ, parent: u-top, name: 直属机关党委, kind: organ_committee}"
    for n in halls:
        yield f"  - {{id: c-{n}, parent: u-organ, name: 第{n}医院党委, kind: unit_committee}}"
        yield f"  - {{id: u-{n}, parent: c-{n}, name: 第{n}支部, kind: grassroots_branch}}"
    yield "people:"
    for person in ("p-office", *(f"p-{n}" for n in halls), *(f"p-c-{n}" for n in halls)):
        yield f"  - {{id: {person}, name: 测试}}"
    yield "posts:"
    yield "  - {person: p-office, unit: u-organ, role: office, from: 2019-01-01}"
    for n in halls:
        yield f"  - {{person: p-c-{n}, unit: c-{n}, role: secretary, from: 2019-01-01}}"
        yield f"  - {{person: p-{n}, unit: u-{n}, role: secretary, from: 2019-01-01}}"
