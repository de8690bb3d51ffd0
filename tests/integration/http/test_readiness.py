"""What a process tells operators: how each of its parts is, and its figures; over a real port."""

import http.client
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from prometheus_client import generate_latest

from schemas.readiness import Part
from services.workflow.adapters import server
from services.workflow.adapters.http.arriving import Bounded
from services.workflow.adapters.http.figures import registry
from services.workflow.adapters.http.operations import Operations
from services.workflow.application.watching import Figure
from services.workflow.bootstrap.web import Web
from services.workflow.domain.refusals import StoreUnavailable
from services.workflow.settings import SettingsRefused
from tests.databases import as_administrator, migrated
from tests.integration.http.service import Service, settings, start
from tests.servers import Databases

Look = Callable[[], Mapping[str, Part]]
Ask = Callable[..., tuple[int, Any]]  # (path, method="GET")


@contextmanager
def asking(look: Look, figures: Callable[[], Iterable[Figure]] | None = None) -> Iterator[Ask]:
    """Yield how to ask a process that looks so at itself and has such figures, or none."""
    told = None if figures is None else registry(figures)
    listener = server.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]

    def ask(path: str, method: str = "GET") -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        is_json = str(answer.headers["Content-Type"]).endswith("json")
        return answer.status, orjson.loads(body) if is_json and body else body.decode()

    with server.beside(Operations(look, told), Bounded, listener):
        yield ask


@pytest.fixture
def ask(service: Service) -> Iterator[Ask]:
    with asking(service.parts.watching.parts, service.parts.watching.figures) as ask:
        yield ask


@pytest.mark.parametrize(
    ("statuses", "answer"),
    [
        (("ok", "ok"), (200, "ok")),
        (("ok", "degraded"), (200, "degraded")),
        (("down", "degraded"), (503, "down")),
    ],
)
def test_the_whole_is_as_bad_as_its_worst_part(statuses: tuple[str, ...], answer: tuple[int, str]):
    parts = {str(n): {"status": status} for n, status in enumerate(statuses)}
    with asking(lambda: parts) as ask:
        status, body = ask("/readyz")
    assert (status, body["status"], body["parts"]) == (*answer, parts)


def test_a_service_whose_log_is_numbered_is_well(service: Service, ask: Ask):
    service.sequence()
    status, body = ask("/readyz")
    assert (status, body["status"]) == (200, "ok")
    assert body["parts"]["log"] == {"status": "ok", "head": service.n_events(), "pending": 0}
    assert body["parts"]["clock"]["now"] == "2020-01-08T01:00:00.000000Z"


def test_a_log_that_nobody_numbers_is_degraded_after_ten_seconds(service: Service, ask: Ask):
    service.clock.pass_by(seconds=10)
    assert ask("/readyz")[1]["parts"]["log"]["status"] == "ok"
    service.clock.pass_by(seconds=1)
    status, body = ask("/readyz")
    assert (status, body["status"], body["parts"]["log"]["status"]) == (200, "degraded", "degraded")


def test_a_relay_that_is_half_a_minute_behind_is_degraded_and_stops_nobody(tmp_path: Path):
    service = start(f"sqlite:///{tmp_path}/w.db", None, tmp_path, kafka_bootstrap=("nowhere:9",))
    service.sequence()
    n = service.n_events()
    with asking(service.parts.watching.parts) as ask:
        service.clock.pass_by(seconds=31)
        late = ask("/readyz")
        service.parts.database.relay.save(0, n)
        caught_up = ask("/readyz")
    told = late[1]["parts"]["relay"]
    assert (late[0], told["status"], told["behind"], told["led"]) == (200, "degraded", n, False)
    assert caught_up[1]["parts"]["relay"] == {
        "status": "ok", "position": n, "behind": 0, "led": False
    }  # fmt: skip
    service.parts.database.close()


def test_a_relay_whose_next_event_is_gone_is_degraded_at_once(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/w.db"
    service = start(url, None, tmp_path, kafka_bootstrap=("nowhere:9",))
    service.sequence()
    as_administrator(url, "DELETE FROM log_entry WHERE position = 1")
    told = service.parts.watching.parts()["relay"]
    assert (told["status"], told["behind"]) == ("degraded", service.n_events())
    service.parts.database.close()


def test_without_a_database_requests_go_elsewhere(service: Service, ask: Ask, monkeypatch: Any):
    def gone(*_: Any) -> Any:
        raise StoreUnavailable

    monkeypatch.setattr(service.parts.watching, "_log", gone)
    status, body = ask("/readyz")
    database = {"status": "down", "reason": "StoreUnavailable"}
    assert (status, body["status"], body["parts"]["database"]) == (503, "down", database)
    assert ask("/healthz") == (200, {"status": "ok"})


def test_a_database_whose_file_was_taken_away_is_down_until_it_is_back(tmp_path: Path):
    service = start(f"sqlite:///{tmp_path}/w.db", None, tmp_path)
    with asking(service.parts.watching.parts) as ask:
        assert ask("/readyz")[0] == 200
        away = (tmp_path / "w.db").rename(tmp_path / "away")
        status, body = ask("/readyz")
        assert (status, body["parts"]["database"]["reason"]) == (503, "StoreReplaced")
        away.rename(tmp_path / "w.db")
        assert ask("/readyz")[1]["parts"]["database"] == {"status": "ok"}
    service.parts.database.close()


def test_a_database_that_takes_no_writes_is_degraded_until_it_does(
    postgres_databases: Databases, tmp_path: Path
):
    urls = migrated(postgres_databases)
    service = start(urls.owner, urls.app, tmp_path)
    setting = (
        f'ALTER DATABASE "{sa.make_url(urls.owner).database}" SET default_transaction_read_only'
    )
    with asking(service.parts.watching.parts) as ask:
        as_administrator(urls.owner, f"{setting} = on")
        status, body = ask("/readyz")
        told = body["parts"]["database"]
        assert (status, told["status"], told["reason"]) == (200, "degraded", "NotWritable")
        as_administrator(urls.owner, "SET transaction_read_only = off", f"{setting} = off")
        assert ask("/readyz")[1]["parts"]["database"] == {"status": "ok"}
    service.parts.database.close()


def test_without_a_time_requests_go_elsewhere(service: Service, ask: Ask, monkeypatch: Any):
    def gone() -> datetime:
        raise FileNotFoundError

    monkeypatch.setattr(service.parts.watching, "_now", gone)
    status, body = ask("/readyz")
    assert (status, body["parts"]["clock"]["status"]) == (503, "down")


def test_figures_tell_what_is_overdue_and_what_is_late(service: Service, ask: Ask):
    assert "shuping_log_pending_seconds 0.0" in ask("/metrics")[1]
    service.clock.pass_by(days=8)
    figures = ask("/metrics")[1]
    overdue = service.get("/v1/reviews?overdue=true").json["total"]
    assert overdue > 0
    assert f"shuping_cases_overdue {float(overdue)}" in figures
    assert f"shuping_reviews_overdue {float(overdue)}" in figures
    assert f"shuping_log_pending {float(service.n_events())}" in figures
    assert f"shuping_log_pending_seconds {timedelta(days=8).total_seconds()}" in figures
    assert "shuping_checkpoint_age_seconds" not in figures
    service.sequence()
    assert "shuping_checkpoint_age_seconds" in ask("/metrics")[1]


def test_figures_that_cannot_be_asked_are_left_out(service: Service, ask: Ask, monkeypatch: Any):
    def gone() -> datetime:
        raise OSError

    monkeypatch.setattr(service.parts.watching, "_now", gone)
    assert ask("/metrics") == (200, "")


def test_figures_that_nobody_tells_in_time_are_left_out_and_the_others_told():
    end = threading.Event()

    def silent() -> Iterator[Figure]:
        yield Figure("first", "Told before the silence.", 1)
        end.wait(20)
        yield Figure("second", "Never told.", 2)

    told = registry(silent, lambda: [Figure("own", "Needs nobody.", 3)])
    try:
        first, again = generate_latest(told).decode(), generate_latest(told).decode()
    finally:
        end.set()
    assert "shuping_first 1.0" in first
    assert all("shuping_own 3.0" in text and "second" not in text for text in (first, again))


def test_operators_are_told_what_there_is_not(service: Service, ask: Ask):
    with asking(service.parts.watching.parts) as without_figures:
        assert without_figures("/metrics")[0] == 404
    assert ask("/v1/reviews")[1]["code"] == "not_found"
    assert ask("/readyz", "POST")[1]["code"] == "method_not_allowed"


def test_a_look_without_an_end_is_told_and_not_begun_again():
    n_looks, end = 0, threading.Event()

    def look() -> Mapping[str, Part]:
        nonlocal n_looks
        n_looks += 1
        end.wait()
        return {"it": {"status": "ok"}}

    with asking(look) as ask:
        silent = {"database": {"status": "down", "reason": "NoAnswerInTime"}}
        assert ask("/readyz") == ask("/readyz") == (503, {"status": "down", "parts": silent})
        assert n_looks == 1
        end.set()
        assert ask("/readyz")[0] == 200


def test_a_scrape_that_takes_long_keeps_readiness_from_nobody():
    begun, end = threading.Event(), threading.Event()

    def figures() -> Iterator[Figure]:
        begun.set()
        end.wait()
        yield Figure("n", "A number.", 1)

    parts = {"it": {"status": "ok"}}
    with asking(lambda: parts, figures=figures) as ask:
        scrape = threading.Thread(target=ask, args=("/metrics",))
        scrape.start()
        begun.wait()
        answer = ask("/readyz")
        end.set()
        scrape.join()
    assert answer == (200, {"status": "ok", "parts": parts})


def test_an_address_that_is_taken_is_told_by_its_setting(tmp_path: Path):
    with server.listen("127.0.0.1", 0) as taken:
        address = taken.getsockname()
        parts = Web(settings(f"sqlite:///{tmp_path}/w.db", tmp_path, relay_bind=address))
        with pytest.raises(SettingsRefused, match=f"SHUPING_RELAY_BIND: 127.0.0.1:{address[1]}"):
            parts.answering("relay_bind", dict)
