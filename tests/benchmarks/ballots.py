"""What a room costs: 300 slips cast by 30 clients, and a meeting of 60 appraised by 300, tallied.

Slips ask about two, so that pgbench beside them writes the same rows: two it puts in and one it
changes. Reading is the least a count can do: every row of the urn, once, by a plain client.
"""

import http.client
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from deploy.client import Client
from deploy.servers.postgres import OWNER, PostgresServer
from tests.benchmarks.figures import RUNS, Figure, median
from tests.benchmarks.floor import Pgbench, Script
from tests.benchmarks.systems import OFFICE, System, on_postgres, spent
from tests.texts import ROOM

N_APPRAISED, N_ANSWERS, N_SLIPS, N_CLIENTS = 60, 2, 300, 30
SHARE, MOST = 0.3, 5.0
_POLICY = Path(__file__).with_name("works.policy.yaml")
POLL, FLOOR_S, N_TICKETS = "figures", 4, 20_000
SLIP = Script(
    f"""\\set slip random(1, {N_TICKETS})
BEGIN;
UPDATE slip SET state = 'phone' WHERE id = :slip;
INSERT INTO answer VALUES (gen_random_uuid(), 'cadres', 'review/one', 'overall', 'good');
INSERT INTO answer VALUES (gen_random_uuid(), 'cadres', 'review/two', 'overall', 'good');
COMMIT;
""",
    (
        "CREATE TABLE slip (id int PRIMARY KEY, state text NOT NULL)",
        f"INSERT INTO slip SELECT n, 'unused' FROM generate_series(1, {N_TICKETS}) n",
        "CREATE TABLE answer (id uuid PRIMARY KEY, box text, about text, asked text, value text)",
    ),
)


def ballots(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """Slips a second, as a share of pgbench's rate; the tally, against reading its rows."""
    floor = Pgbench(server, folder, "slips", SLIP)
    system = _system(server, folder)
    try:
        rates, tallies = [], []
        for nth in range(RUNS + 1):
            few, many = Room(system, f"few-{nth}"), Room(system, f"many-{nth}")
            least = floor.run(N_CLIENTS, FLOOR_S).per_s
            seconds, cpu_s = spent(system, few.cast)
            rates.append((N_SLIPS / seconds, least, cpu_s))
            few.close()
            many.cast()
            read_ms = 1000 * _read(server.url(system.folder.name, OWNER))
            seconds, cpu_s = spent(system, many.close)
            tallies.append((1000 * seconds, read_ms, cpu_s))
            many.tell()
        del rates[0], tallies[0]  # the first warms up
    finally:
        system.stop()
    share = median([rate / least for rate, least, _ in rates])
    yield Figure(
        name=f"{N_SLIPS} slips by {N_CLIENTS} clients",
        value=median([rate for rate, _, _ in rates]),
        unit="/s",
        floor=median([least for _, least, _ in rates]),
        ratio=share,
        goal=f"≥ {SHARE} of pgbench",
        holds=share >= SHARE,
        cpu_s=median([cpu_s for _, _, cpu_s in rates]),
    )
    ratio = median([took / least for took, least, _ in tallies])
    yield Figure(
        name=f"{N_APPRAISED} appraised by {N_SLIPS}, tallied",
        value=median([took for took, _, _ in tallies]),
        unit="ms",
        floor=median([least for _, least, _ in tallies]),
        ratio=ratio,
        goal=f"≤ {MOST:g} × reading its rows",
        holds=ratio <= MOST,
        cpu_s=median([cpu_s for _, _, cpu_s in tallies]),
    )


def _system(server: PostgresServer, folder: Path) -> System:
    system = System(folder / "ballots", on_postgres(server, "ballots"))
    organisation = system.folder / "organisation.yaml"
    organisation.write_text("\n".join(_organisation()) + "\n", encoding="utf-8")
    system.running.prepare(organisation)
    policy = system.folder / "policy.yaml"
    policy.write_text(_POLICY.read_text().replace("works", "rooms"), encoding="utf-8")
    system.publish("scheme", ROOM)
    system.publish("policy", policy)
    system.running.start("notifier", "relay")
    return system


def _organisation() -> Iterator[str]:
    """Several committees, each with all that are appraised below it."""
    yield "units:"
    yield "  - {id: u-top, name: 省直机关工委, kind: work_committee}"
    for room, n_appraised in _rooms():
        yield f"  - {{id: {room}, parent: u-top, name: 机关党委, kind: organ_committee}}"
        for n in range(1, n_appraised + 1):
            unit = f"id: {room}-{n}, parent: {room}, name: 医院党委, kind: unit_committee"
            yield f"  - {{{unit}}}"
    yield "people:"
    yield f"  - {{id: {OFFICE}, name: 测试}}"
    yield "posts:"
    for room, _ in _rooms():
        yield f"  - {{person: {OFFICE}, unit: {room}, role: office, from: 2019-01-01}}"


def _rooms() -> Iterator[tuple[str, int]]:
    """Yield each committee that votes, and about how many."""
    for nth in range(RUNS + 1):
        yield f"few-{nth}", N_ANSWERS
        yield f"many-{nth}", N_APPRAISED


class Room:
    """One meeting, its slips printed and its ballots written out."""

    def __init__(self, system: System, unit: str) -> None:
        self._at = urlsplit(system.running.url)
        self._api: Client = system.running.client()
        body = {"scheme": "rooms", "unit": unit, "round": "2019"}
        cycle = self._done("/v1/cycles", body)["id"]
        (case,) = self._api.get("/v1/cases", cycle=cycle, kind="vote").body["items"]
        self._case = f"/v1/cases/{case['id']}"
        body = {"electorate": "deputies", "n": N_SLIPS}
        slips = self._done(f"{self._case}/polls/{POLL}/slips", body)["slips"]
        self._done(f"{self._case}/transitions", {"trigger": "start"})
        sheet = self._done("/v1/ballots/sheet", {"secret": slips[0]["secret"]})["lines"]
        self._ballots = [_ballot(one["secret"], sheet, n) for n, one in enumerate(slips)]

    def cast(self) -> None:
        """Cast all ballots by so many clients, each over a connection of its own."""
        with ThreadPoolExecutor(N_CLIENTS) as clients:
            for done in clients.map(self._cast_some, range(N_CLIENTS)):
                if set(done) != {200}:
                    raise RuntimeError(f"{done}")

    def _cast_some(self, client: int) -> list[int]:
        connection = http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=60)
        statuses = []
        for ballot in self._ballots[client::N_CLIENTS]:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/v1/ballots", ballot, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        return statuses

    def close(self) -> None:
        """Make counts of the urn."""
        self._done(f"{self._case}/polls/{POLL}/closing", {})

    def tell(self) -> None:
        """Have it told to the log and to everybody's case."""
        self._done(f"{self._case}/polls/{POLL}/tally", {})

    def _done(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._api.post(path, body, OFFICE)
        if answer.status not in (200, 201):
            raise RuntimeError(f"{path}: {answer.status}: {answer.body}")
        return answer.body


def _ballot(secret: str, lines: Sequence[dict[str, Any]], n: int) -> bytes:
    sheet = [
        {"about": line["about"], "question": "overall", "value": str(50 + (at + n) % 50)}
        for at, line in enumerate(lines)
    ]
    return json.dumps(
        {"secret": secret, "nonce": secrets.token_urlsafe(24), "sheet": sheet}
    ).encode()


def _read(url: str) -> float:
    """Return how long reading every answer takes, seconds."""
    with psycopg.connect(url) as connection:
        began = time.perf_counter()
        rows = connection.execute("SELECT electorate, about, question, value FROM urn").fetchall()
        elapsed = time.perf_counter() - began
    if len(rows) != N_APPRAISED * N_SLIPS:
        raise RuntimeError(f"{len(rows)} answers")
    return elapsed
