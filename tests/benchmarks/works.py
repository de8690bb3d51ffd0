"""Figures of what lies between cases: effects, counts on parents, rounds, deadlines that move.

Measured on five kinds of a made-up scheme, `works.yaml`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from deploy.client import Answer, Client
from deploy.servers.postgres import OWNER, PostgresServer
from schemas import calendars
from tests.benchmarks.at_size import compared, start_up
from tests.benchmarks.drivers import CHAIR, write_driver
from tests.benchmarks.figures import RUNS, WARM_S, Figure, at_most, median, spent
from tests.benchmarks.growth import grow
from tests.benchmarks.rows import Beside
from tests.benchmarks.systems import System, on_postgres

HERE = Path(__file__).resolve().parent
SCHEME = "works"
CHAIR_1 = "p-chair-1"  # of the committee over the first thousand
ROWS = {
    "documents": {
        "sheet": {"rows": [{"what": f"{n}", "until": "2020-03-02"} for n in range(1, 61)]}
    }
}
YEARS = ("2019", "2020", "2021")  # a round lies no further from its opening
MANY = 3.0  # times as long as writing the same rows
SHARED = 0.5  # of the rate where nobody shares a parent
MEASURED_S = 3.0


def works(server: PostgresServer, folder: Path, name: str, n_branches: int) -> System:
    """Return a system in which the scheme is published, and nothing runs yet."""
    system = System(folder / name, on_postgres(server, name))
    system.install(n_branches)
    system.publish("scheme", HERE / "works.yaml")
    system.publish("policy", HERE / "works.policy.yaml")
    return system


class Round:
    """One round of the scheme, over the API."""

    def __init__(self, system: System, label: str) -> None:
        self._system = system
        self.id = system.open(SCHEME, label)
        self.api: Client = system.running.client()

    def cases(self, kind: str) -> list[str]:
        """Return the ids of cases of *kind*, by number; not of those about a chair."""
        found: list[str] = []
        query: dict[str, Any] = {"cycle": self.id, "kind": kind, "limit": 200}
        after = ""
        while after is not None:
            page = self.api.get("/v1/cases", **query, **({"after": after} if after else {})).body
            found += [one["id"] for one in page["items"] if one["person"] != CHAIR_1]
            after = page["next"]
        return found

    def fire(self, case: str, trigger: str, data: Any = None, by: str = CHAIR_1) -> Answer:
        """Fire what must be accepted."""
        body = {"trigger": trigger} | ({"data": data} if data else {})
        answer = self.api.post(f"/v1/cases/{case}/transitions", body, by)
        if answer.status != 201:
            raise RuntimeError(f"{trigger}: {answer.status}: {answer.body}")
        return answer


# --- Many rows at once ---


def many(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """A round of 2,000 and a decision that opens 60, against `executemany` of the same rows."""
    system = works(server, folder, "many", 2000)
    beside = Beside(server, "many")
    system.running.start("notifier", "relay", "sequence")
    try:
        rounds: list[Round] = []
        yield _against(
            "opening a round of 2,000 cases",
            beside,
            [lambda year=year: rounds.append(Round(system, year)) for year in YEARS],
        )
        plans = rounds[-1].cases("plan")
        yield _against(
            "a decision that opens 60 cases",
            beside,
            [partial(rounds[-1].fire, plan, "list", ROWS) for plan in plans[:12]],
        )
    finally:
        system.stop()
    yield _replanned(server, folder)


def _replanned(server: PostgresServer, folder: Path) -> Figure:
    """Importing a calendar that moves ten thousand deadlines, its preview included."""
    system = works(server, folder, "replanned", 10_000)
    system.running.start("notifier", "relay", "sequence")
    try:
        system.open(SCHEME, "2019")
    finally:
        system.stop()
    beside = Beside(server, "replanned")
    file = folder / "calendar.json"
    file.write_bytes(calendars.read())
    start_s = start_up(system.running.environment)
    began = time.perf_counter()
    system.publish("calendar", file)
    took = 1000 * (time.perf_counter() - began - start_s)
    seconds, _ = beside.follow()
    return _many("replanning 10,000 deadlines, with its preview", [took], [1000 * seconds])


def _against(name: str, beside: Beside, acts: Sequence[Callable[[], object]]) -> Figure:
    """Do each of *acts*, and its rows beside it; the first warms both up."""
    took, floors = [], []
    for act in acts:
        began = time.perf_counter()
        act()
        took.append(1000 * (time.perf_counter() - began))
        seconds, _ = beside.follow()
        floors.append(1000 * seconds)
    return _many(name, took[1:], floors[1:])


def _many(name: str, took_ms: list[float], floors_ms: list[float]) -> Figure:
    ratio = median([one / floor for one, floor in zip(took_ms, floors_ms, strict=True)])
    return Figure(
        name=name,
        value=median(took_ms),
        unit="ms",
        floor=median(floors_ms),
        ratio=ratio,
        goal=f"≤ {MANY:g} × executemany",
        holds=ratio <= MANY,
    )


# --- One that looks at others ---


def linked(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """What a transition that looks at linked cases costs the server, and pages of every kind."""
    system = works(server, folder, "linked", 400)
    system.running.start("notifier", "relay", "sequence")
    try:
        with psycopg.connect(server.superuser_url("linked"), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            yield from _costs(Round(system, "2019"), connection)
    finally:
        system.stop()


def _costs(round_: Round, connection: psycopg.Connection[object]) -> Iterator[Figure]:
    plans = round_.cases("plan")
    sheet = {"documents": {"sheet": {"rows": ROWS["documents"]["sheet"]["rows"][:1]}}}
    for plan in plans[:240]:
        round_.fire(plan, "list", sheet)
    points = round_.cases("point")
    for sort, trigger, cases in (
        ("no links", "hold", plans[240:]),
        ("an item counted on its parent", "finish", points),
        ("a guard that looks at linked cases", "end", plans[:240]),
    ):
        for case in cases[:120]:
            round_.fire(case, trigger)
        did = spent(connection, partial(_each, round_, trigger, cases[120:]))
        n = len(cases) - 120
        yield at_most(f"{sort}: commits", did.written / n, "", 1.0)
        yield at_most(f"{sort}: round trips", did.statements / n, "", 2.0)
        yield at_most(f"{sort}: WAL", did.wal_bytes / n, "bytes", 2560)
        if trigger == "hold":
            row = connection.execute(
                "SELECT count(touched) FROM case_head h JOIN case_record r ON r.id = h.case_id"
                " WHERE r.kind = 'plan' AND h.state = 'held_up'"
            ).fetchone()
            n_touched = float(str((row or (0,))[0]))
            yield at_most(f"{sort}: heads with `touched`", n_touched, "", 0)
    for kind in ("plan", "point", "gathering"):
        few, many_ = (
            spent(connection, partial(_pages, round_, kind, limit)).statements
            for limit in (10, 200)
        )
        yield Figure(
            name=f"statements per page of {kind}: 200 rows against 10",
            value=many_ / 20,
            unit="",
            floor=few / 20,
            ratio=many_ / few,
            goal="constant",
            holds=many_ == few,
        )


def _each(round_: Round, trigger: str, cases: Sequence[str]) -> None:
    for case in cases:
        round_.fire(case, trigger)


def _pages(round_: Round, kind: str, limit: int) -> None:
    for _ in range(20):
        round_.api.get("/v1/cases", cycle=round_.id, kind=kind, limit=limit)


# --- At any size ---


def kinds(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """A transition where there are 200,000 cases of five kinds, against 1,000."""
    small, large = (_thousand(server, folder, name) for name in ("few", "many_kinds"))
    try:
        for (system, _), times in ((small, 0), (large, 199)):
            url = server.url(system.folder.name, OWNER)
            grow(url, times, sequenced=False, which="true")
        yield compared(
            "a transition, 200,000 cases of five kinds",
            "ms",
            1.25,
            small,
            large,
            lambda made, n: made[1](n),
            400,
            "1,000",
        )
    finally:
        for system, _ in (small, large):
            system.stop()


Act = Callable[[int], object]


def _thousand(server: PostgresServer, folder: Path, name: str) -> tuple[System, Act]:
    """Return a system with a thousand cases, and the nth of many transitions of all kinds."""
    system = works(server, folder, name, 200)
    system.running.start("notifier", "relay")
    round_ = Round(system, "2019")
    plans = round_.cases("plan")
    for plan in plans[:4]:
        round_.fire(plan, "list", ROWS)
    for n in range(560):
        at = (
            {"parent": plans[n % 200]}
            if n % 2
            else {"cycle": round_.id, "unit": f"u-{n % 200 + 1}"}
        )
        body = {"kind": "talk" if n % 2 else "visit"} | at
        answer = round_.api.post("/v1/cases", body, CHAIR_1)
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {answer.body}")
    cases = [plans[4:], *(round_.cases(kind) for kind in ("talk", "visit", "gathering"))]

    def act(n: int) -> None:
        of_kind, turn = cases[n % len(cases)], n // len(cases)
        held = turn // len(of_kind) % 2
        round_.fire(of_kind[turn % len(of_kind)], "go_on" if held else "hold")

    points = iter(round_.cases("point"))

    def any_act(n: int) -> None:
        if n % 5 == 4:
            round_.fire(next(points), "finish")
        else:
            act(n // 5 * 4 + n % 5)

    return system, any_act


# --- Many who move children of one parent ---


def parents(server: PostgresServer, load: Path, folder: Path) -> Iterator[Figure]:
    """Items ended under parents with sixty open ones, by eight clients, against unlinked moves."""
    system = works(server, folder, "parents", 1000)
    system.running.start("notifier", "relay")
    try:
        round_ = Round(system, "2019")
        plans = round_.cases("plan")
        for plan in plans[:600]:
            round_.fire(plan, "list", ROWS)
        points = round_.cases("point")  # by number: those of one parent follow one another
        half, moving = len(points) // 2, iter(plans[600:])
        apart = [one for at in range(60) for one in points[half + at :: 60]]
        for name, cases in (
            ("of one parent after the other", points[:half]),
            ("each client's of another parent", apart),
        ):
            yield _shared(system, load, name, cases, moving)
    finally:
        system.stop()


def _shared(
    system: System, load: Path, name: str, cases: list[str], plans: Iterator[str]
) -> Figure:
    ratios, rates, floors = [], [], []
    size = len(cases) // RUNS
    for run in range(RUNS):
        # Fresh ones: where a run ends, some are held.
        floors.append(_rate(system, load, [*islice(plans, 60)], ("hold", "go_on") * 100))
        rates.append(_rate(system, load, cases[run * size : (run + 1) * size], ("finish",)))
        ratios.append(rates[-1] / floors[-1])
    return Figure(
        name=f"an item ended, {name}",
        value=median(rates),
        unit="/s",
        floor=median(floors),
        ratio=median(ratios),
        goal=f"≥ {SHARED:g} of unlinked moves",
        holds=median(ratios) >= SHARED,
    )


def _rate(system: System, load: Path, cases: list[str], triggers: Sequence[str]) -> float:
    steps = [(trigger, CHAIR, {}) for trigger in triggers]
    write_driver(system.folder / "driver.json", system.token, "/v1/cases", steps)
    system.cases = [(case, "p-1") for case in cases]
    return float(system.walk(load, 8, WARM_S, MEASURED_S)["triggers_s"])
