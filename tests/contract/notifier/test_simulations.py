"""Simulations over HTTP: by a real child, in bounds, one at a time; what does not fit is told."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.serving import make_server

from deploy.servers.ports import free_port
from services.notifier.adapters.apart import COMMAND, Apart, Later
from services.notifier.adapters.database import SqlAnswers, connect
from services.notifier.adapters.database.tables import simulation
from services.notifier.adapters.http import create_app
from services.notifier.adapters.http.requests import MEMBERS, read_patience
from services.notifier.application.questions import Questions
from services.notifier.application.simulations import Simulates, Told
from services.notifier.domain.errors import StoreUnavailable
from services.workflow.adapters.notifier import NotifierClient
from services.workflow.application.boards.plans import (
    NoPlans,
    Plans,
    UnderWay,
)
from tests.contract.notifier.conftest import HEADERS, TOKEN
from tests.contract.notifier.test_commands import FAULTY
from tests.contract.notifier.town import Town, never
from tests.unit.notifier.world import BRANCH_REVIEW, at
from tests.unit.schemas.test_policy import TEXT

DAYS = {"from": "2020-01-09", "to": "2020-01-20"}
SIMULATIONS = "/v1/simulations"
NO_NOTICE = "00000000-0000-5000-8000-000000000000"
JSON = {"Content-Type": "application/json"}


# A child of ours needs seconds of a processor, and on a machine at work many more by the clock.
PATIENCE_S = 600


def apart(
    *command: str, most_s: float = PATIENCE_S, log: Callable[..., object] = lambda *_, **__: None
) -> Apart:
    return Apart(log, command or COMMAND, most_s)


def door_of(town: Town, simulate: Simulates, later: Later | None = None) -> FlaskClient:
    questions = Questions(store=town.store, book=town.engine.book, clock=town.clock)
    now = partial(datetime.now, UTC)
    require = town.store.require_answer
    status = town.engine.status
    return create_app(questions, status, TOKEN, now, require, simulate, later=later).test_client()


def later_of(town: Town, simulate: Apart, **otherwise: float) -> Later:
    return Later(apart=simulate, answers=SqlAnswers(town.store._engine), **otherwise)


@pytest.fixture(autouse=True)
def _nothing_goes_on(town: Town) -> Iterator[None]:
    """End what would ask the database of a test that is over, minutes later, in another one."""
    before = threading.enumerate()
    yield
    begun = [one for one in threading.enumerate() if one not in before]
    for one in begun:
        if one.name in {"simulation", "kept-later"}:
            one.join(PATIENCE_S)
    for one in threading.enumerate():
        if isinstance(one, threading.Timer) and one not in before:
            one.cancel()


@pytest.fixture
def asking(
    town: Town, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FlaskClient]:
    """The door of a notifier whose child finds the same database, clock and policy."""
    town.run(at(1, 8, 9))
    town.engine.release()
    clock, policy = tmp_path / "clock", tmp_path / "policy.yaml"
    clock.write_text("2020-01-08T01:00:00Z")  # nine in the morning there
    policy.write_text(TEXT, encoding="utf-8")
    for name, value in {
        "ENVIRONMENT": "test",
        "NOTIFIER_DATABASE_URL": database_url,
        "NOTIFIER_BIND": "127.0.0.1:1",
        "NOTIFIER_TOKEN": TOKEN,
        "WORKFLOW_URL": f"http://127.0.0.1:{free_port()}",
        "WORKFLOW_TOKEN": "a-token-of-the-notifier",
        "PUBLIC_URL": "https://shuping.example.org",
        "CLOCK_FILE": str(clock),
        "POLICY_FILE": str(policy),
    }.items():
        monkeypatch.setenv(f"SHUPING_{name}", value)
    with door_of(town, apart()) as client:
        yield client


def test_what_a_change_would_make_is_told_and_nothing_is_left_behind(
    town: Town, asking: FlaskClient
) -> None:
    before = town.notices()
    mild = {"policy": {"text": TEXT.replace("over: 3", "over: 5")}}
    told = asking.post(SIMULATIONS, json=DAYS | mild, headers=HEADERS)
    assert told.status_code == 200, told.json
    change = told.json["otherwise"]
    assert [one["rung"] for one in change["gone"]] == ["organ_office"]
    assert change["come"][0]["planned_at"] > change["gone"][0]["planned_at"]
    assert told.json["days"]["2020-01-10"] == {"due_day": 1}
    assert town.notices() == before


def test_the_words_of_one_line_are_told_on_demand(asking: FlaskClient) -> None:
    mild = DAYS | {"policy": {"text": TEXT.replace("over: 3", "over: 5")}}
    lines = asking.post(SIMULATIONS, json=mild, headers=HEADERS).json
    for line in (lines["otherwise"]["gone"][0], lines["otherwise"]["come"][0]):
        told = asking.post(SIMULATIONS, json=mild | {"words": line["notice"]}, headers=HEADERS)
        assert told.json["words"]["notice"] == line["notice"]
        assert "督办" in told.json["words"]["subject"]
        assert "为何现在：" in told.json["words"]["text"]
        assert {**told.json, "words": None} == {**lines, "words": None}
    nobody = asking.post(SIMULATIONS, json=DAYS | {"words": NO_NOTICE}, headers=HEADERS)
    assert nobody.json["words"] is None


def test_of_each_line_those_members_are_told_that_are_asked_for(asking: FlaskClient) -> None:
    mild = DAYS | {"policy": {"text": TEXT.replace("over: 3", "over: 5")}}
    answers = [
        asking.post(SIMULATIONS, json=mild | members, headers=HEADERS)
        for members in ({}, {"members": ["rung", "desk"]})
    ]
    assert [one.status_code for one in answers] == [200, 200], [one.json for one in answers]
    whole, few = (one.json for one in answers)
    for part, narrowed in (
        (whole["notices"], few["notices"]),
        (whole["otherwise"]["gone"], few["otherwise"]["gone"]),
    ):
        assert narrowed == [{"rung": one["rung"]} for one in part]  # it has one desk, without name
        assert {key for one in part for key in one} <= MEMBERS
    assert {**whole, "notices": 0, "otherwise": 0} == {**few, "notices": 0, "otherwise": 0}


def test_texts_are_refused_with_every_fault_in_both_languages(asking: FlaskClient) -> None:
    texts = {name: {"text": text} for name, (text, _) in FAULTY.items()}
    told = asking.post(SIMULATIONS, json=DAYS | texts, headers=HEADERS)
    assert (told.status_code, told.json["code"]) == (400, "text_refused")
    fields = [one["field"] for one in told.json["errors"]]
    assert all(fields.count(name) >= n for name, (_, n) in FAULTY.items())
    assert all(one["reason"]["zh"] != one["reason"]["en"] for one in told.json["errors"])


def test_days_that_are_over_are_refused(asking: FlaskClient) -> None:
    told = asking.post(SIMULATIONS, json={"to": "2019-01-01"}, headers=HEADERS)
    assert (told.status_code, told.json["errors"]) == (
        400,
        [{"field": "to", "code": "out_of_range"}],
    )


def test_a_text_that_cannot_be_had_now_is_asked_for_again(asking: FlaskClient) -> None:
    told = asking.post(SIMULATIONS, json=DAYS | {"policy": {"hash": "0" * 64}}, headers=HEADERS)
    assert (told.status_code, told.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ([], "", "not_an_object"),
        ({"until": "2020-01-09"}, "until", "unknown_field"),
        ({"to": 20200109}, "to", "not_a_date"),
        ({"to": "2020-02-30"}, "to", "not_a_date"),
        ({"from": "20200109"}, "from", "not_a_date"),
        ({"policy": "text"}, "policy", "not_an_object"),
        ({"policy": {}}, "policy", "required"),
        ({"policy": {"text": "", "hash": ""}}, "policy", "unknown_field"),
        ({"words": "1"}, "words", "not_a_uuid"),
        ({"words": None}, "words", "not_a_uuid"),
        ({"members": []}, "members", "not_a_list"),
        ({"members": "notice"}, "members", "not_a_list"),
        ({"members": ["notice", "name"]}, "members", "unknown_member"),
        ({"members": [["notice"]]}, "members", "unknown_member"),
        ({"scheme": {"text": 3}}, "scheme.text", "not_a_string"),
        ({"scheme": {"hash": "abc"}}, "scheme.hash", "not_a_hash"),
        ({"organisation": {"hash": "0" * 64}}, "organisation.hash", "unknown_field"),
        ({"against": {"hash": "1"}}, "against.hash", "not_a_hash"),
    ],
)
def test_what_is_no_question_is_refused_at_the_door(
    town: Town, asked: Any, field: str, code: str
) -> None:
    with door_of(town, never) as door:
        told = door.post(SIMULATIONS, json=asked, headers=HEADERS)
    assert (told.status_code, told.json["errors"]) == (400, [{"field": field, "code": code}])


def test_three_mebibytes_of_texts_are_taken_whatever_their_lines(town: Town) -> None:
    text = "\n" * (1024 * 1024)  # two bytes each in JSON
    texts = {name: {"text": text} for name in ("policy", "scheme", "calendar")}
    with door_of(town, lambda _: Told(422, b'{"code":"told"}')) as door:
        taken = door.post(SIMULATIONS, json=texts, headers=HEADERS)
        large = door.post(SIMULATIONS, data=b" " * (8 * 1024 * 1024 + 1), headers=HEADERS | JSON)
    assert (taken.json["code"], large.status_code) == ("told", 413)


def test_while_one_is_under_way_another_is_told_when_to_come_again(
    town: Town, tmp_path: Path
) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go_on"
    program = (
        "import pathlib, sys, time; sys.stdin.read(); pathlib.Path(sys.argv[1]).touch()\n"
        "while not pathlib.Path(sys.argv[2]).exists(): time.sleep(0.01)\n"
        "print('200\\n{}', end='')"
    )
    simulate = apart(sys.executable, "-c", program, str(begun), str(go_on))
    door, answers, pause = door_of(town, simulate), list[int](), Event()
    first = Thread(
        target=lambda: answers.append(
            door_of(town, simulate).post(SIMULATIONS, json=DAYS, headers=HEADERS).status_code
        )
    )
    first.start()
    while not begun.exists():
        pause.wait(0.01)
    told = door.post(SIMULATIONS, json=DAYS, headers=HEADERS)
    go_on.touch()
    first.join()
    assert (told.status_code, told.json["code"], answers) == (503, "busy", [200])
    assert told.headers["Retry-After"] == "10"
    assert door.post(SIMULATIONS, json=DAYS, headers=HEADERS).status_code == 200


GOES_ON = """
import pathlib, sys, time
sys.stdin.read()
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
print('200\\n{"notices": []}', end="")
"""
LATER = HEADERS | {"Prefer": "respond-async, wait=0"}
LATER_AND_WAIT = HEADERS | {"Prefer": "wait=60, respond-async"}


def test_who_would_ask_again_is_told_where_and_finds_the_answer_there(
    town: Town, tmp_path: Path
) -> None:
    go_on = tmp_path / "go_on"
    simulate = apart(sys.executable, "-c", GOES_ON, str(go_on))
    door = door_of(town, simulate, later_of(town, simulate))
    begun = door.post(SIMULATIONS, json=DAYS, headers=LATER)
    assert (begun.status_code, begun.headers["Retry-After"]) == (202, "2")
    place = begun.headers["Location"]
    assert place == f"{SIMULATIONS}/{begun.json['simulation']}"
    assert begun.headers["Preference-Applied"] == "respond-async"
    assert door.get(place, headers=HEADERS).status_code == 202
    # One at a time, whoever waits; and the one under way is not lost by it.
    for headers in (HEADERS, LATER_AND_WAIT):
        other = door.post(SIMULATIONS, json=DAYS, headers=headers)
        assert (other.status_code, other.json["code"]) == (503, "busy")
    go_on.touch()
    told = door.get(place, headers=LATER_AND_WAIT)
    assert (told.status_code, told.json) == (200, {"notices": []})
    assert door.get(place, headers=HEADERS).json == told.json
    # What is done in time is told at once, to them as well.
    at_once = door.post(SIMULATIONS, json=DAYS, headers=LATER_AND_WAIT)
    assert (at_once.status_code, at_once.json) == (200, told.json)


def test_the_workflow_asks_again_for_what_takes_longer(town: Town, tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    simulate = apart(sys.executable, "-c", GOES_ON, str(go_on))
    server = make_server(
        "127.0.0.1", 0, door_of(town, simulate, later_of(town, simulate)).application, threaded=True
    )
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        client = NotifierClient(f"http://127.0.0.1:{server.port}", TOKEN, patience_s=0)
        begun = client.simulate(DAYS)
        assert isinstance(begun, UnderWay)
        assert client.simulated(begun.id) == begun
        assert client.simulate(DAYS) == NoPlans(code="busy")
        told = list[object]()
        asks = Thread(target=lambda: told.append(client.simulated(begun.id, waits=True)))
        with client._simulating:  # another asks just now
            asks.start()
            assert client.simulated(begun.id) == begun
            assert told == []
        go_on.touch()
        asks.join()
        nothing = Plans(now=(), gone=(), come=())
        assert told in ([begun], [nothing])
        found = client.simulated(begun.id)
        while found == begun:
            found = client.simulated(begun.id)
        assert found == nothing
        assert client.simulate_whole(DAYS) == nothing
        assert client.simulated(NO_NOTICE) == NoPlans(code="gone")
    finally:
        server.shutdown()


def test_an_answer_that_nobody_fetches_is_forgotten(town: Town, tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    simulate = apart(sys.executable, "-c", GOES_ON, str(go_on))
    door = door_of(town, simulate, later_of(town, simulate, kept_s=0.0))
    place = door.post(SIMULATIONS, json=DAYS, headers=LATER).headers["Location"]
    go_on.touch()
    pause = Event()
    while door.get(place, headers=HEADERS).status_code != 404:
        pause.wait(0.01)
    for unknown in (place, f"{SIMULATIONS}/{NO_NOTICE}", f"{SIMULATIONS}/x"):
        told = door.get(unknown, headers=HEADERS)
        assert (told.status_code, told.json["code"]) == (404, "not_found")


def test_nothing_is_begun_of_which_nobody_could_ask_what_came(town: Town, tmp_path: Path) -> None:
    begun, away = tmp_path / "begun", tmp_path / "away.db"
    simulate = apart(sys.executable, "-c", f"open({str(begun)!r}, 'w')")
    # A database without the table, as far as anybody can tell.
    answers = SqlAnswers(connect(f"sqlite:///{away}"))
    with pytest.raises(StoreUnavailable):
        Later(apart=simulate, answers=answers).begin(DAYS, 0)
    assert not simulate._running.locked()
    assert not begun.exists()


def test_of_what_was_told_at_once_nothing_is_kept(town: Town, tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    go_on.touch()
    simulate = apart(sys.executable, "-c", GOES_ON, str(go_on))
    later = later_of(town, simulate)
    assert later.begin(DAYS, PATIENCE_S).status == 200
    with town.store._engine.connect() as connection:
        assert connection.execute(select(simulation)).all() == []


@pytest.mark.parametrize(
    ("preferred", "patience_s"),
    [
        ("", None),
        ("wait=5", None),
        ("respond-async", 0),
        ("respond-async, wait=10", 10),
        ("Wait=3 ,Respond-Async", 3),
        ("respond-async, wait=60", 60),
        ("respond-async, wait=61", 60),
        ("respond-async, wait=999999999", 60),
        ("respond-async, wait=-1", 0),
    ],
)
def test_how_long_somebody_waits_before_asking_again_is_read_as_the_standard_says(
    preferred: str, patience_s: int | None
) -> None:
    assert read_patience(preferred) == patience_s


@pytest.mark.parametrize(
    ("program", "most_s"),
    [
        ("import time; time.sleep(600)", 0.3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", 60),
    ],
)
def test_what_goes_beyond_its_bounds_is_ended_and_told(
    town: Town, program: str, most_s: float
) -> None:
    with door_of(town, apart(sys.executable, "-c", program, most_s=most_s)) as door:
        told = door.post(SIMULATIONS, json=DAYS, headers=HEADERS)
    assert (told.status_code, told.json["code"]) == (422, "takes_too_much")


def test_what_a_killed_child_was_given_is_left_nowhere(town: Town, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = f"""
import os, pathlib, signal, tempfile
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "organisation").write_text("people")
pathlib.Path({str(seen)!r}).write_text(str(folder))
os.kill(os.getpid(), signal.SIGKILL)
"""
    with door_of(town, apart(sys.executable, "-c", program)) as door:
        assert door.post(SIMULATIONS, json=DAYS, headers=HEADERS).status_code == 422
    assert not Path(seen.read_text()).exists()


def test_a_child_that_does_not_come_up_or_is_stopped_costs_the_answer_and_no_more(
    town: Town,
) -> None:
    stopped = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    for command in (("/nonexistent",), (sys.executable, "-c", stopped)):
        with door_of(town, apart(*command)) as door:
            told = door.post(SIMULATIONS, json=DAYS, headers=HEADERS)
        assert (told.status_code, told.json["code"]) == (503, "unavailable")
        assert told.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("program", "logged"),
    [
        (
            "def f():\n    raise ValueError('a name\\nand more')\nf()",
            {"exit": 1, "at": "<string>:2", "error": "ValueError"},
        ),
        ("raise SystemExit(3)", {"exit": 3}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", {"exit": -11}),
        ("print('no answer')", {"exit": 0}),
        ("", {"exit": 0}),
    ],
)
def test_a_crash_of_the_child_is_told_as_one_and_logged_without_what_it_knew(
    town: Town, program: str, logged: dict[str, Any]
) -> None:
    seen = list[tuple[str, dict[str, Any]]]()
    simulate = apart(
        sys.executable, "-c", program, log=lambda what, **facts: seen.append((what, facts))
    )
    with door_of(town, simulate) as door:
        told = door.post(SIMULATIONS, json=DAYS, headers=HEADERS)
    assert (told.status_code, told.json["code"]) == (500, "internal")
    assert "Retry-After" not in told.headers
    assert seen == [("simulation_failed", logged)]


def test_a_database_that_is_not_there_is_away_and_no_crash(
    asking: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nowhere = (
        f"sqlite:///{tmp_path}/none/at/all.db",
        f"sqlite:///{tmp_path}/never_migrated.db",
        f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none",
    )
    for url in nowhere:
        monkeypatch.setenv("SHUPING_NOTIFIER_DATABASE_URL", url)
        told = asking.post(SIMULATIONS, json=DAYS, headers=HEADERS)
        assert (told.status_code, told.json["code"]) == (503, "unavailable"), url


BOUNDED = """
import resource, sys
from services.notifier.simulating_apart import run_apart

class Asked:
    def read(self):
        limits = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)
        print(*(resource.getrlimit(one)[0] for one in limits), flush=True)
        return bytes(3 * 1024**3)

if len(sys.argv) > 1:
    resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]),) * 2)
run_apart(None, Asked(), sys.stdout.buffer)
"""


@pytest.mark.parametrize(("allowed_s", "within_s"), [((), 60), (("30",), 30), (("90",), 60)])
def test_a_child_bounds_itself_before_it_reads_within_what_it_is_allowed(
    allowed_s: tuple[str, ...], within_s: int
) -> None:
    command = [sys.executable, "-c", BOUNDED, *allowed_s]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    limits, status, body = done.stdout.splitlines()
    assert limits == f"{2 * 1024**3} {within_s} 0"
    assert (status, json.loads(body)["code"]) == ("422", "takes_too_much")


def test_the_workflow_is_told_what_is_planned_and_why_nothing_is(
    asking: FlaskClient,
) -> None:
    server = make_server("127.0.0.1", 0, asking.application)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        client = NotifierClient(f"http://127.0.0.1:{server.port}", TOKEN)
        mild = {"policy": {"text": TEXT.replace("over: 3", "over: 5")}}
        plans = client.simulate(DAYS | mild)
        assert isinstance(plans, Plans)
        assert [one.rung for one in plans.gone] == ["organ_office"]
        assert {one.id for one in plans.come} <= {one.id for one in plans.now}
        assert {one.case for one in plans.now} == {f"review/{BRANCH_REVIEW}"}
        refused = client.simulate(DAYS | {"policy": {"text": "- 1"}})
        assert isinstance(refused, NoPlans)
        assert (refused.code, refused.faults[0].field) == ("text_refused", "policy")
        assert client.simulate({"to": "2019-01-01"}) == NoPlans(code="bad_period")
    finally:
        server.shutdown()
    assert client.simulate(DAYS) == NoPlans(code="unavailable")
