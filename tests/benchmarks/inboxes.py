"""How long it takes from the commit of a step to the inbox of whoever the case came to, by Kafka.

Both instants are those of the database's own commits: no client is measured, and nobody's clock.
Steps are fired at a steady rate, whatever is under way; each brings its case to somebody else.
"""

import http.client
import json
import os
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg

from deploy.client import Client
from deploy.servers import KafkaCluster
from deploy.servers.postgres import NOTIFIER, OWNER, PostgresServer
from tests.benchmarks.drivers import FINDINGS, REPORT, chair_of
from tests.benchmarks.figures import Cases, Figure
from tests.benchmarks.systems import System, on_postgres

BRANCHES, CLIENTS = 1500, 20
RATE, WARM_S, MEASURED_S = 100, 10, 40
_PATIENCE_S = 300.0
_AT: LiteralString = "extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8"
_STEPS: LiteralString = f"SELECT stream || '/' || version, {_AT} FROM event"
_INBOX: LiteralString = f"SELECT notice, {_AT} FROM inbox"
_ARRIVALS: LiteralString = (
    "SELECT id, case_stream || '/' || case_version FROM notice"
    " WHERE track = 'arrival' AND channel = 'inapp'"
)


def arriving(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """Fire 100 steps a second on *server*, which keeps the times of commits."""
    server.create_database("told", owner=NOTIFIER.owner)
    kafka = KafkaCluster().start()
    environment = on_postgres(server, "arriving") | {
        "SHUPING_NOTIFIER_DATABASE_URL": server.url("told", NOTIFIER.app),
        "SHUPING_NOTIFIER_MIGRATION_DATABASE_URL": server.url("told", NOTIFIER.owner),
        "SHUPING_FEED": "kafka",
        "SHUPING_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "SHUPING_CLOCK_FILE": "",  # time as it goes by
    }
    system = System(folder / "arriving", environment)
    try:
        system.prepare(BRANCHES, without=())
        _rest(system)
        began = _cpu_s(system)
        rate = _fire(system)
        _rest(system)
        cpu_s = _cpu_s(system) - began
        waited = sorted(_waited(server))
        for name, share in (("median", 0.5), ("p99", 0.99)):
            value = 1000 * waited[int(share * len(waited))]
            yield Figure(
                name=f"commit to inbox by Kafka at {rate:.0f}/s, {name}",
                value=value,
                unit="ms",
                floor=0,
                ratio=0,
                goal="written down; CPU: the notifier's",
                holds=True,
                cpu_s=cpu_s,
            )
    finally:
        system.stop()
        kafka.stop()


def _cpu_s(system: System) -> float:
    notifier = system.running.processes["notifier"].pid
    fields = Path(f"/proc/{notifier}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rest(system: System) -> None:
    """Return when the notifier has read the whole log and has nothing left to hand over.

    Raises:
        TimeoutError: it does not come to rest.
    """
    api, notifier = system.running.client("notifier"), Client(system.running.notifier_url)
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        head = api.get("/v1/log", after=0, limit=1).body
        seen = notifier.get("/readyz").body
        backlog = seen.get("backlog", {})
        busy = head["pending"] or any(backlog.get(one) for one in ("pending", "unreported"))
        if seen.get("feed_position") == head["head"] and not busy:
            return
        time.sleep(0.2)
    raise TimeoutError("the notifier does not come to rest")


def _fire(system: System) -> float:
    """Send cases in, and back, at a steady rate; return how many steps a second were taken.

    Raises:
        RuntimeError: one was refused.
    """
    refused: list[str] = []
    n_each = RATE * (WARM_S + MEASURED_S) // CLIENTS
    began = time.monotonic() + 0.5
    threads = [
        threading.Thread(
            target=_one_client,
            args=(system, nth, began, n_each, system.cases[nth::CLIENTS], refused),
        )
        for nth in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise RuntimeError(refused[0])
    return n_each * CLIENTS / (time.monotonic() - began)


def _one_client(
    system: System, nth: int, began: float, n_each: int, cases: Cases, refused: list[str]
) -> None:
    parts = urlsplit(system.running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    for n in range(n_each):
        at = began + (n * CLIENTS + nth) / RATE
        time.sleep(max(0.0, at - time.monotonic()))
        review, person = cases[n % len(cases)]
        back = n // len(cases) % 2
        trigger, data = ("return_unit_audit", FINDINGS) if back else ("submit", REPORT)
        headers = {
            "Authorization": f"Bearer {system.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
            "On-Behalf-Of": chair_of(person) if back else person,
        }
        body = json.dumps({"trigger": trigger, "data": data})
        connection.request("POST", f"/v1/reviews/{review}/transitions", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != http.client.CREATED:
            refused.append(f"{answer.status}: {told.decode()}")
            return


def _waited(server: PostgresServer) -> Sequence[float]:
    """Return of each step after the first ones how long it took to an inbox, in seconds.

    A case that has gone on by then is not told of.

    Raises:
        RuntimeError: that was half of them.
    """
    with psycopg.connect(server.url("told", NOTIFIER.owner)) as connection:
        step_of = dict(connection.execute(_ARRIVALS).fetchall())
    with psycopg.connect(server.url("arriving", OWNER)) as connection:
        committed = dict(connection.execute(_STEPS).fetchall())
        arrived = dict(connection.execute(_INBOX).fetchall())
    told = {step_of[one]: at for one, at in arrived.items() if one in step_of}
    fired = sorted((at, step) for step, at in committed.items() if step in told)
    waited = [told[step] - at for at, step in fired][-RATE * MEASURED_S :]
    if len(waited) < RATE * MEASURED_S // 2:
        raise RuntimeError(f"{len(waited)} steps were told of")
    return waited
