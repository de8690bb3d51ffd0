"""Trying a channel over HTTP: one at a time, the true outcome, and nothing that is secret."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Thread

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from services.notifier.adapters.database import SqlGates, connect
from services.notifier.adapters.http import create_app
from services.notifier.application.ports import Channel, Message, Way
from services.notifier.application.questions import Questions
from services.notifier.application.status import Status
from services.notifier.application.trying import Trials
from services.notifier.bootstrap import behind_gates
from services.notifier.domain.errors import (
    ChannelFailed,
    ChannelRefused,
    ChannelShut,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from services.notifier.settings import read_settings
from services.workflow.adapters.notifier import NotifierClient
from services.workflow.application.channel_trials import (
    ABSENT,
    NO_ADDRESS,
    TURNED_AWAY,
    Tried,
)
from tests.contract.notifier.conftest import HEADERS, TOKEN
from tests.contract.notifier.test_robots import HERE
from tests.contract.notifier.town import ListChannel, Town, never
from tests.contract.notifier.vendors import KEY, Server, Wecom
from tests.unit.notifier.test_settings import GOOD

AT = "/v1/channels/email/trials"
By = Callable[[Channel], FlaskClient]


@pytest.fixture
def gates(database_url: str) -> Iterator[SqlGates]:
    database = connect(database_url)
    yield SqlGates(database)
    database.dispose()


def door_of(town: Town, ways: Mapping[str, Way], gates: SqlGates) -> FlaskClient:
    questions = Questions(store=town.store, book=town.engine.book, clock=town.clock)
    trials = Trials(ways, gates, town.clock, "通道测试", "这是一条测试消息")
    now, alive = partial(datetime.now, UTC), town.store.require_answer
    status = town.engine.status
    return create_app(questions, status, TOKEN, now, alive, never, trials).test_client()


@pytest.fixture
def by(town: Town, gates: SqlGates) -> By:
    """Returns the door of a notifier whose mail goes by a channel."""
    return lambda channel: door_of(town, {"email": Way(channel=channel, address="email")}, gates)


@dataclass
class Slow:
    """A channel that takes its time."""

    called: Event = field(default_factory=Event)
    may_end: Event = field(default_factory=Event)

    def send(self, _message: Message) -> None:
        self.called.set()
        assert self.may_end.wait(30)


def test_a_trial_says_that_it_is_one_and_is_sent_to_whom_it_is_asked_for(by: By) -> None:
    channel = ListChannel()
    answer = by(channel).post(AT, json={"to": "a@example.org"}, headers=HEADERS)
    assert answer.json == {"channel": "email", "outcome": "sent", "reason": ""}
    (message,) = channel.sent
    assert message.address == "a@example.org"
    assert "测试消息" in message.text


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (TemporaryFailure("smtp_451"), "later"),
        (PermanentFailure("smtp_550"), "failed"),
        (ChannelRefused("wecom_93000"), "refused"),
        (OutcomeUnknown("smtp_connection_lost"), "unknown"),
        (ChannelShut("channel_circuit", timedelta(seconds=30)), "shut"),
    ],
)
def test_what_came_of_it_is_told_as_it_is(by: By, failure: ChannelFailed, outcome: str) -> None:
    door = by(ListChannel(failures=[failure]))
    answer = door.post(AT, json={"to": "a@example.org"}, headers=HEADERS)
    assert answer.json == {"channel": "email", "outcome": outcome, "reason": failure.reason}


def test_one_is_tried_at_a_time(by: By) -> None:
    slow = Slow()
    door = by(slow)
    first = Thread(target=lambda: by_itself.append(door.post(AT, json=to, headers=HEADERS)))
    by_itself, to = [], {"to": "a@example.org"}
    first.start()
    assert slow.called.wait(30)
    meanwhile = door.application.test_client().post(AT, json=to, headers=HEADERS)
    assert (meanwhile.status_code, meanwhile.json["code"]) == (503, "busy")
    assert meanwhile.headers["Retry-After"] == "5"
    slow.may_end.set()
    first.join(30)
    assert [one.json["outcome"] for one in by_itself] == ["sent"]
    assert door.post(AT, json=to, headers=HEADERS).status_code == 200, "and then the next"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{}", 400, "required"),
        (b'{"to": ""}', 400, "required"),
        (b'{"to": 1}', 400, "not_a_string"),
        (b'{"to": "a\\nb"}', 400, "not_an_address"),
        (b'{"to": "' + b"a" * 255 + b'"}', 400, "not_an_address"),
        (b'{"by": "x"}', 400, "unknown_field"),
        (b"[]", 400, "not_an_object"),
        (b"{", 400, ""),
    ],
)
def test_what_makes_no_sense_sends_nothing(by: By, body: bytes, status: int, code: str) -> None:
    channel = ListChannel()
    answer = by(channel).post(AT, data=body, content_type="application/json", headers=HEADERS)
    assert (answer.status_code, answer.json["code"]) == (status, code or answer.json["code"])
    assert channel.sent == []


def test_a_channel_that_is_not_here_is_absent(by: By) -> None:
    door = by(ListChannel())
    for name in ("raven", "%00", "a" * 3000):
        answer = door.post(f"/v1/channels/{name}/trials", json={}, headers=HEADERS)
        assert answer.status_code == 404
    assert door.post(AT, data="to=a", headers=HEADERS).status_code == 415
    assert door.post(AT, json={"to": "a"}).status_code == 401
    assert door.get("/v1/channels").status_code == 401


def test_a_robot_is_tried_through_the_gate_that_all_share(town: Town, gates: SqlGates) -> None:
    with Server(wecom := Wecom(most=1)) as server:
        here = GOOD | HERE | {"SHUPING_WECOM_URL": server.url, "SHUPING_WECOM_ROBOT_KEY": KEY}
        opens = read_settings(here).channels["wecom_robot"]
        robot = Way(channel=opens(), address="wecom", must_have=False)
        door = door_of(
            town, behind_gates({"wecom_robot": robot}, gates, town.clock, Status()), gates
        )
        at = "/v1/channels/wecom_robot/trials"
        said = [door.post(at, json={}, headers=HEADERS) for _ in range(3)]
        listed = door.get("/v1/channels", headers=HEADERS)
    assert [(one.json["outcome"], one.json["reason"]) for one in said] == [
        ("sent", ""),
        ("later", "wecom_45009"),
        ("shut", "channel_pause"),
    ]
    assert "通道测试" in wecom.sent[0]
    (item,) = listed.json["items"]
    assert (item["channel"], item["address"], item["needs_address"]) == (
        "wecom_robot",
        "wecom",
        False,
    )
    assert (item["why"], item["broken"]) == ("pause", False)
    assert item["shut_until"]
    assert not any(KEY in one.get_data(as_text=True) for one in (*said, listed))


def test_the_workflow_reads_what_the_notifier_answers(by: By) -> None:
    channel = ListChannel(failures=[TemporaryFailure("smtp_451")])
    app = by(channel).application
    server = make_server("127.0.0.1", 0, app)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        client = NotifierClient(f"http://127.0.0.1:{server.port}", TOKEN)
        (listed,) = client.channels() or ()
        assert (listed.name, listed.needs_address, listed.broken) == ("email", True, False)
        tried = [
            client.try_channel(name, to)
            for name, to in (("email", "a@b"), ("email", "a@b"), ("email", ""), ("raven", "a"))
        ]
        assert tried == [
            Tried("later", "smtp_451"),
            Tried("sent"),
            Tried(NO_ADDRESS),
            Tried(ABSENT),
        ]
        stranger = NotifierClient(f"http://127.0.0.1:{server.port}", "another")
        assert stranger.channels() is None
        assert stranger.try_channel("email", "a@b") == Tried(TURNED_AWAY)
        assert len(channel.sent) == 1
    finally:
        server.shutdown()
        server.server_close()
