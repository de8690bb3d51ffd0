"""The shipped alarms and the board: sound rules, figures that are served, one that fires."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import generate_latest
from werkzeug.serving import make_server

from deploy.servers import CouldNotStart
from deploy.servers.prometheus import RULES, Prometheus
from services.notifier.adapters.database import connect
from services.notifier.adapters.http.figures import StatusCollector
from services.notifier.application.status import Status
from services.notifier.application.watching import Watching
from services.notifier.domain.gate import Gate
from services.notifier.domain.watch import DayHeld, Tracks, Watch
from services.workflow.adapters.http.figures import registry
from services.workflow.adapters.http.observation import Observer
from services.workflow.application.watching import Watching as LogWatching
from tests.contract.notifier.town import Town
from tests.servers import leave_out
from tests.unit.notifier.world import at

BOARD = RULES.parent.parent / "grafana" / "shuping.json"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAME = re.compile(r"shuping_\w+")


@pytest.mark.parametrize(
    "command",
    [
        ("check", "rules", "shuping.rules.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "shuping.tests.yml"),
    ],
)
def test_promtool_finds_nothing(command: tuple[str, ...]) -> None:
    if shutil.which("promtool") is None:
        leave_out(CouldNotStart("promtool is not installed (Debian: prometheus)"))
    done = subprocess.run(
        ["promtool", *command], cwd=RULES.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alarm_and_each_curve_is_drawn_of_a_figure_that_is_served() -> None:
    known = served()
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    curves = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    rules = re.findall(r"expr: (.*)", RULES.read_text(encoding="utf-8"))
    assert (len(curves) >= len(board["panels"]), len(rules)) == (True, 16)
    asked = {name for one in (*curves, *rules) for name in NAME.findall(one)}
    assert asked - known == set()


HAS_TO_HOLD = (
    'shuping_notifier_tracks{stands="unarmed"}',
    'shuping_notifier_planned{verdict="missing"}',
    "shuping_notifier_sending",
    "shuping_notifier_oldest_due_seconds",
    "shuping_notifier_unreached",
)


@pytest.mark.parametrize("figure", HAS_TO_HOLD)
def test_what_has_to_hold_each_minute_has_an_alarm_and_a_curve(figure: str) -> None:
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    curves = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    rules = re.findall(r"expr: (.*)", RULES.read_text(encoding="utf-8"))
    assert any(one.startswith(f"max({figure}) > ") for one in rules)
    assert f"max({figure})" in curves


def test_words_in_queries_are_words_of_figures() -> None:
    text = RULES.read_text(encoding="utf-8") + BOARD.read_text(encoding="utf-8")
    asked = set(re.findall(r'\{(\w+)=\\?"(\w+)\\?"\}', text))
    told = {(key, word) for one in _figures() for key, word in one.items()}
    assert asked
    assert asked <= told


def test_a_day_of_which_something_was_never_decided_wakes_somebody(
    town: Town, door: FlaskClient, database_url: str, tmp_path: Path
) -> None:
    town.engine.watching = Watching(
        store=town.store,
        book=town.engine.book,
        system_time=lambda: datetime.now(UTC),
        zone=ZoneInfo("Asia/Shanghai"),
    )
    town.run()
    engine = connect(database_url)
    with engine.begin() as connection:  # as one that lost a line would leave it
        passed_by = "UPDATE timer SET at = '2020-01-20T02:00:00.000000Z', passed = 1"
        connection.execute(sa.text(passed_by))
    engine.dispose()
    town.engine.watching.begin()
    town.run(at(1, 9, 8))
    with listening(door.application) as address:
        prometheus = Prometheus(tmp_path, [address])
        try:
            alert = prometheus.start().firing("NotifierMissedItsPlan")
            assert alert["labels"]["severity"] == "critical"
            assert alert["annotations"]["summary"].startswith("1 of what was planned")
            assert prometheus.faulty() == []
        except CouldNotStart as error:
            leave_out(error)
        finally:
            prometheus.stop()


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """Let a notifier's door be open, and yield where."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def served() -> set[str]:
    """Return the names of all figures that a notifier and a workflow serve."""
    told = generate_latest(registry(_log().figures)).decode()
    observer = Observer()
    observer.answered("/", 200, 0.1)
    observer.fired("submit", 201)
    told += generate_latest(observer.registry).decode()
    names = set(re.findall(r"^(shuping_\w+)", told, re.MULTILINE))
    return names | {sample.name for one in _collected() for sample in one.samples}


def _figures() -> Iterator[dict[str, str]]:
    for one in _collected():
        for sample in one.samples:
            yield sample.labels


def _collected() -> Iterable[Any]:
    """Return the figures of a notifier of which everything is known."""
    seen = Watch(
        at=NOW,
        tracks=Tracks(at=NOW, n={}, unarmed=()),
        n_sending=0,
        oldest_due=NOW,
        n_unreached=0,
        yesterday=DayHeld(day=NOW.date(), n={}, missing=()),
    )
    gate = Gate()
    status = Status(
        clock=NOW, swept_through=NOW, head=1, watch=seen, gates={"email": gate},
        backlog={"retry": 0},
    )  # fmt: skip
    return list(StatusCollector(status).collect())


def _log() -> LogWatching:
    head = SimpleNamespace(position=1, pending=0, pending_since=None)
    relaying = SimpleNamespace(behind=0, since=None, position=1, led=True)
    return LogWatching(
        reads=SimpleNamespace(count_cases=lambda _: 0, log_head=lambda: head),  # type: ignore[arg-type]
        sequencing=SimpleNamespace(signed_at=lambda: NOW),  # type: ignore[arg-type]
        relaying=lambda: relaying,  # type: ignore[arg-type, return-value]
        require_writable=lambda: None,
        now=lambda: NOW,
        system_now=lambda: NOW,
    )
