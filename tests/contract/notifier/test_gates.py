"""The gates of channels: budgets and the circuit, kept for all processes together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine

from services.notifier.adapters.channels import REGISTERED
from services.notifier.adapters.database import SqlGates, connect
from services.notifier.adapters.http.shapes import parts
from services.notifier.application.guarding import Guarded
from services.notifier.application.ports import Message, Way
from services.notifier.application.status import Status
from services.notifier.bootstrap import behind_gates, see_gates
from services.notifier.domain.errors import (
    ChannelFailed,
    ChannelRefused,
    ChannelShut,
    MessageDelayed,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from services.notifier.domain.gate import Limit
from tests.contract.notifier.test_letters import DAILY
from tests.contract.notifier.town import HandClock, Killed, ListChannel, Town
from tests.unit.notifier.world import at, due

MINUTE = timedelta(minutes=1)
MESSAGE = Message(notice="n", name="", address="", subject="", text="", sent_at=at(1, 8, 9))
NOON = at(1, 8, 12)


@dataclass
class Door:
    """One channel behind its gate, as one process has it."""

    engine: Engine
    limits: tuple[Limit, ...] = ()
    channel: ListChannel = field(default_factory=ListChannel)

    def __post_init__(self) -> None:
        self.gates = SqlGates(self.engine)
        self.clock = HandClock(NOON)
        self.guarded = Guarded(
            channel=self.channel,
            name="robot",
            limits=self.limits,
            gates=self.gates,
            clock=self.clock,
            tell=lambda *_: None,
        )

    def send(self, *failures: ChannelFailed, after: timedelta = timedelta()) -> str:
        """Send one message *after* noon; return how it went."""
        self.clock.set(NOON + after)
        self.channel.failures = list(failures)
        try:
            self.guarded.ask()
            self.guarded.send(MESSAGE)
        except ChannelShut as shut:
            return f"{shut.reason} {shut.wait.total_seconds():.0f}"
        except ChannelFailed:
            return "failed"
        return "sent"


Opened = Callable[..., Door]


@pytest.fixture
def opened(database_url: str) -> Iterator[Opened]:
    """Open doors to the channel, each as a process of its own has it."""
    engines: list[Engine] = []

    def another(*limits: Limit) -> Door:
        engines.append(connect(database_url))
        return Door(engines[-1], limits)

    yield another
    for engine in engines:
        engine.dispose()


def test_a_budget_is_kept_within_every_span(opened: Opened) -> None:
    door = opened(Limit(most=2, within=MINUTE), Limit(most=3, within=2 * MINUTE))
    said = [door.send(after=timedelta(seconds=s)) for s in (0, 30, 59, 60, 61, 90, 119, 120)]
    assert said == [
        "sent", "sent", "channel_budget 1", "sent", "channel_budget 29", "channel_budget 30",
        "channel_budget 1", "sent",
    ]  # fmt: skip


def test_replicas_share_a_budget(opened: Opened) -> None:
    doors = [opened(Limit(most=5, within=MINUTE)) for _ in range(4)]
    threads = [Thread(target=lambda door=door: [door.send() for _ in range(5)]) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(door.channel.sent) for door in doors) == 5


def test_failures_in_a_row_shut_the_gate_for_every_process(opened: Opened) -> None:
    door, other = opened(), opened()
    assert [door.send(TemporaryFailure("down")) for _ in range(5)] == ["failed"] * 5
    assert other.send() == "channel_circuit 30"
    assert other.channel.sent == []


def test_one_message_tries_how_it_is_while_the_others_wait(opened: Opened) -> None:
    door, other = opened(), opened()
    for _ in range(5):
        door.send(OutcomeUnknown("slow"))
    seen: list[str] = []
    door.channel.send = lambda _: seen.append(other.send(after=30 * S))  # type: ignore[method-assign]
    assert door.send(after=30 * S) == "sent"
    assert seen == ["channel_circuit 30"]
    assert other.send(after=31 * S) == "sent"


S = timedelta(seconds=1)


def test_one_that_fails_again_shuts_it_for_longer_up_to_ten_minutes(opened: Opened) -> None:
    door, now, waits = opened(), timedelta(), []
    for _ in range(5):
        door.send(ChannelRefused("key"))
    for _ in range(7):
        waits.append(int(door.send(after=now).rpartition(" ")[2]))
        now += waits[-1] * S
        assert door.send(ChannelRefused("key"), after=now) == "failed"
    assert waits == [30, 60, 120, 240, 480, 600, 600]


def test_a_message_refused_for_what_it_is_shuts_nothing(opened: Opened) -> None:
    door = opened()
    assert [door.send(PermanentFailure("nobody")) for _ in range(9)] == ["failed"] * 9
    for _ in range(4):
        door.send(TemporaryFailure("down"))
    door.send(PermanentFailure("nobody"))  # it answers
    door.send(TemporaryFailure("down"))
    assert door.send() == "sent"


def test_full_mailboxes_shut_mail_for_nobody(opened: Opened) -> None:
    door = opened()
    assert [door.send(MessageDelayed("smtp_452")) for _ in range(9)] == ["failed"] * 9
    assert door.send() == "sent"


def test_a_pause_that_was_asked_for_is_kept(opened: Opened) -> None:
    door = opened()
    assert door.send(TemporaryFailure("dingtalk_130101", 10 * MINUTE)) == "failed"
    assert door.send(after=599 * S) == "channel_pause 1"
    assert door.send(after=600 * S) == "sent"


def test_a_broken_channel_is_told(opened: Opened) -> None:
    gates, status, mail = opened().gates, Status(), ListChannel()
    ways = {"email": Way(channel=mail, address="email")}
    behind = behind_gates(ways, gates, HandClock(NOON), status)["email"].channel
    mail.failures = [TemporaryFailure("down") for _ in range(5)]
    for _ in range(5):
        with pytest.raises(TemporaryFailure):
            behind.send(MESSAGE)
    assert parts(status, NOON)["channels"] == {"status": "degraded", "broken": ["email"]}
    again = Status()  # of a process that has just started
    behind_gates(ways, gates, HandClock(NOON), again)
    assert parts(again, NOON)["channels"]["status"] == "degraded"


def test_a_standby_sees_what_becomes_of_a_channel(town: Town, opened: Opened) -> None:
    door = opened()
    town.run()
    standby = town.another_engine("there")
    standby.see_gates = lambda: see_gates(door.gates, ["robot"], standby.status)
    for failures in ([TemporaryFailure("down")] * 5, []):
        door.clock.set(NOON)
        for failure in failures:
            door.send(failure)
        assert not standby.step(0)
        channels = parts(standby.status, NOON)["channels"]["status"]
        assert (standby.status.active, channels) == (False, "degraded" if failures else "ok")
        with door.gates.changing("robot") as change:
            change.gate = replace(change.gate, failures=0, shut_until=None, why="")


def gated(town: Town, door: Door) -> ListChannel:
    """Put the mail of *town* behind a gate that lets *most* a minute through."""
    guarded = replace(door.guarded, clock=town.clock)
    town.ways["email"] = replace(town.ways["email"], channel=guarded, ask=guarded.ask)
    town.restart()
    return door.channel


def test_what_waits_for_a_budget_is_sent_later_and_loses_no_attempt(
    town: Town, opened: Opened
) -> None:
    town.log.open("00000000-0000-7000-8000-0000000000c2")
    channel = gated(town, opened(Limit(most=1, within=MINUTE)))
    town.run(at(1, 8, 10))
    waiting = [one for one in town.notices() if one.status == "retry"]
    assert (len(channel.sent), [one.attempts for one in waiting]) == (1, [0])
    town.run(at(1, 8, 10, 2))
    assert len(channel.sent) == 2
    assert {(one.status, one.attempts) for one in town.notices() if one.channel == "email"} == {
        ("sent", 1)
    }


def test_what_waits_a_day_for_its_channel_is_given_up(town: Town, opened: Opened) -> None:
    door = opened()
    gated(town, door)
    with door.gates.changing("robot") as change:
        change.gate = replace(change.gate, shut_until=at(1, 20), why="pause")
    town.run(at(1, 8, 10))
    (mail,) = [one for one in town.notices() if one.channel == "email"]
    assert (mail.status, mail.reason) == ("failed", "gave_up_channel_pause")


def test_a_letter_of_after_the_weekend_is_not_given_up_at_the_first_shut_gate(
    town: Town, opened: Opened
) -> None:
    town.policy = DAILY
    town.log.open("00000000-0000-7000-8000-0000000000c2", due_at=due(1, 14))
    door = opened()
    channel = gated(town, door)
    town.run(at(1, 8, 12))
    town.run(at(1, 10, 12))  # a Friday, after its letters: this one is Monday's
    n_before = len(channel.sent)
    with door.gates.changing("robot") as change:
        change.gate = replace(change.gate, shut_until=at(1, 13, 12), why="circuit")
    town.run(at(1, 13, 11))
    assert len(channel.sent) == n_before
    town.run(at(1, 13, 12, 1))
    assert len(channel.sent) == n_before + 1
    assert {n.status for n in town.notices() if n.channel == "email"} <= {"sent", "not_sent"}


def test_what_was_decided_long_ago_gets_its_turn(town: Town, opened: Opened) -> None:
    """A night and a day without a notifier: then more waits than a minute's budget lets through."""
    town.log.open("00000000-0000-7000-8000-0000000000c2")
    channel = gated(town, opened(Limit(most=1, within=MINUTE)))
    channel.failures = [TemporaryFailure("down")] * 2
    town.run(at(1, 8, 10))
    town.run(at(1, 8, 10, 1))
    town.run(at(1, 9, 11, 5))
    assert [one.reason for one in town.notices() if one.status == "failed"] == []
    town.run(at(1, 9, 11, 7))
    assert len(channel.sent) == 2


def test_who_dies_at_the_gate_leaves_nothing_in_doubt(town: Town, opened: Opened) -> None:
    channel = gated(town, opened())
    asked = town.ways["email"].ask

    def dies() -> None:
        asked()
        raise Killed

    town.ways["email"] = replace(town.ways["email"], ask=dies)
    town.restart()
    town.dies(at(1, 8, 10))
    town.ways["email"] = replace(town.ways["email"], ask=asked)
    town.restart()
    town.run()
    assert [(one.status, one.attempts) for one in town.notices() if one.channel == "email"] == [
        ("sent", 1)
    ]
    assert len(channel.sent) == 1


@pytest.mark.parametrize(
    ("name", "per_minute"), [("wecom_robot", 20), ("dingtalk_robot", 20), ("feishu_robot", 100)]
)
def test_each_robot_has_its_vendors_budget(name: str, per_minute: int) -> None:
    limits = {limit.within: limit.most for limit in REGISTERED[name].limits}
    assert limits[MINUTE] == per_minute
