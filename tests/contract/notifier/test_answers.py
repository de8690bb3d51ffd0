"""Answers that are fetched later: by whichever process, for a while, and no longer."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from deploy.servers.ports import free_port
from services.notifier.adapters.apart import Later
from services.notifier.adapters.database import SqlAnswers, SqlStore
from services.notifier.adapters.database.answers import MOST_KEPT
from services.notifier.adapters.database.tables import simulation
from services.notifier.application.simulations import Told, under_way
from tests.contract.notifier.conftest import HEADERS
from tests.contract.notifier.test_simulations import (
    DAYS,
    GOES_ON,
    JSON,
    LATER,
    LATER_AND_WAIT,
    NO_NOTICE,
    PATIENCE_S,
    SIMULATIONS,
    apart,
    asking,
)
from tests.contract.notifier.town import Town

__all__ = ["asking"]  # a fixture


def test_what_one_process_began_another_one_tells(
    asking: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them behind one address: who asks again may come to the other one."""
    assert asking.application  # what it set: the database, the clock and the policy
    monkeypatch.setenv("SHUPING_WORKFLOW_URL", f"http://127.0.0.1:{free_port()}")
    with ExitStack() as open_:
        first, second = (open_.enter_context(served_notifier(monkeypatch)) for _ in range(2))
        begun = first.told("POST", SIMULATIONS, LATER, DAYS)
        place = f"{SIMULATIONS}/{begun[1]['simulation']}"
        told = second.told("GET", place, LATER)
        while told[0] == 202:
            told = second.told("GET", place, LATER_AND_WAIT)
        assert (begun[0], told[0]) == (202, 200)
        assert told[1]["days"]["2020-01-10"] == {"due_day": 1}
        first.process.kill()
        first.process.wait()
        assert second.told("GET", place, HEADERS) == told, "whatever becomes of who began it"


@dataclass(frozen=True)
class Served:
    """A notifier that runs as a process of its own."""

    process: subprocess.Popen[bytes]
    address: str

    def told(
        self, method: str, path: str, headers: Mapping[str, str], asked: object = None
    ) -> tuple[int, Any]:
        connection = HTTPConnection(self.address, timeout=PATIENCE_S)
        body = None if asked is None else json.dumps(asked)
        connection.request(method, path, body, {**headers, **JSON})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@contextmanager
def served_notifier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    address, pause = f"127.0.0.1:{free_port()}", Event()
    monkeypatch.setenv("SHUPING_NOTIFIER_BIND", address)
    with subprocess.Popen([sys.executable, "-m", "services.notifier", "run"]) as process:
        try:
            one = Served(process, address)
            while process.poll() is None:
                with suppress(OSError):
                    one.told("GET", "/healthz", {})
                    break
                pause.wait(0.05)
            yield one
        finally:
            process.kill()


def test_what_a_process_began_that_is_no_more_is_gone_after_a_while(store: SqlStore) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    answers = SqlAnswers(store._engine, lambda: now[0])
    for seconds, known in ((0, True), (29, True), (31, False)):
        if seconds == 0:
            answers.promise(NO_NOTICE, 30)
        now[0] = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        assert (answers.find(NO_NOTICE) == under_way(NO_NOTICE)) is known
    assert answers.find(NO_NOTICE) is None


def test_as_long_as_it_is_worked_out_a_question_is_under_way(town: Town, tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    simulate = apart(sys.executable, "-c", GOES_ON, str(go_on))
    promised = list[str]()

    class Counting(SqlAnswers):
        def promise(self, id_: str, for_s: float) -> None:
            promised.append(id_)
            super().promise(id_, for_s)

    later = Later(apart=simulate, answers=Counting(town.store._engine), beat_s=0.05)
    begun = later.begin(DAYS, 0)
    pause = Event()
    while len(promised) < 3:
        pause.wait(0.01)
    assert {*promised} == {begun.body["simulation"]}  # type: ignore[call-overload]
    assert later.result(promised[0], 0) == begun
    go_on.touch()
    while (told := later.result(promised[0], 60)) == begun:
        pass
    assert (told and told.status, told and told.body) == (200, b'{"notices": []}')


def test_of_all_answers_the_newest_alone_are_kept(store: SqlStore) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    answers = SqlAnswers(store._engine, lambda: now[0])
    for n in range(MOST_KEPT + 2):
        now[0] += timedelta(seconds=1)
        answers.promise(str(n), 30)
        answers.tell(str(n), Told(200, {"n": n}), 600)
    kept = [n for n in range(MOST_KEPT + 2) if answers.find(str(n))]
    assert kept == [*range(2, MOST_KEPT + 2)]
    now[0] += timedelta(seconds=601)
    answers.sweep()
    with store._engine.connect() as connection:
        assert connection.execute(select(simulation)).all() == [], "there are people in them"
