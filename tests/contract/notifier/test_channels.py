"""A channel is one file that registers itself: policy, writing, ledger and report then have it."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.canonical import canonical_bytes, parse_strict
from schemas.document import Faults
from services.notifier.adapters.channels import REGISTERED, Provider, register
from services.notifier.adapters.database import SqlStore
from services.notifier.application.ports import Person
from services.notifier.bootstrap import own_policy, serving, ways_of
from services.notifier.settings import read_settings
from tests.contract.notifier.pigeon import LOFT, PIGEON, SENT
from tests.contract.notifier.town import Town
from tests.contract.notifier.vendors import Reply, Server
from tests.unit.notifier.test_settings import GOOD
from tests.unit.notifier.world import POLICY, at
from tests.unit.schemas.test_policy import FALLBACK, TEXT, read

LADDER = parse_strict(POLICY.canonical)
BY_PIGEON = canonical_bytes({**LADDER, "channels": ["inapp", "pigeon"]}).decode()


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """Have the made-up channel for this test alone."""
    SENT.clear()
    register(PIGEON)
    yield
    del REGISTERED[PIGEON.id]


def town_with(store: SqlStore, **environment: str) -> Town:
    """Return a town with the channels that *environment* gives it, and a policy by pigeon."""
    ways = ways_of(read_settings(GOOD | environment))
    town = Town(store, channels=serving(ways))
    town.ways, town.policy = ways, read(BY_PIGEON)
    town.restart()
    town.log.organise()
    town.log.open()
    return town


def live_on(town: Town, roof: str) -> None:
    town.workflow.people = lambda ids: {  # type: ignore[method-assign]
        id_: Person(id=id_, name="示例", addresses={"roof": roof}) for id_ in ids
    }


def told(town: Town) -> list[tuple[str, str]]:
    return [(one.status, one.reason) for one in town.notices() if one.channel == "pigeon"]


def test_a_registered_channel_carries_what_a_policy_sends_by_it(store: SqlStore) -> None:
    town = town_with(store, **{LOFT: "tower"})
    live_on(town, "a tiled one")
    town.run(at(1, 8, 10))
    (message,) = SENT
    assert (message.name, message.address) == ("示例", "a tiled one")
    assert "完成述职报告并提交审核" in message.text
    assert told(town) == [("sent", "before_deadline")]
    reported = [one for one in town.workflow.recorded.values() if one["channel"] == "pigeon"]
    assert [one["outcome"] for one in reported] == ["sent"]


def test_its_true_outcome_is_kept(store: SqlStore) -> None:
    town = town_with(store, **{LOFT: "tower"})
    live_on(town, "on an island")
    town.run(at(1, 8, 10))
    assert told(town) == [("failed", "too_far")]


def test_who_has_no_address_of_its_kind_is_told_otherwise(store: SqlStore) -> None:
    town = town_with(store, **{LOFT: "tower"})
    town.run(at(1, 8, 10))
    assert (told(town), SENT) == ([("not_sent", "no_address")], [])


def test_a_webhook_takes_no_address_and_carries_everything(store: SqlStore) -> None:
    with Server(lambda _: Reply(b"", 204)) as server:
        town = town_with(
            store,
            SHUPING_ENVIRONMENT="test",
            SHUPING_CHANNELS_NETWORKS="127.0.0.0/8",
            SHUPING_WEBHOOK_URL=server.url,
            SHUPING_WEBHOOK_SECRET=f"whsec_{b64encode(b'k' * 32).decode()}",
        )
        town.policy = read(BY_PIGEON.replace("pigeon", "webhook"))
        town.restart()
        town.run(at(1, 8, 10))
    assert [one.status for one in town.notices() if one.channel == "webhook"] == ["sent"]
    assert [asked.body["data"]["name"] for asked in server.asked] == ["示例ws"]


def test_a_channel_without_its_settings_is_none(store: SqlStore) -> None:
    town = town_with(store)
    town.run(at(1, 8, 10))
    assert [one.channel for one in town.notices()] == ["inapp"]


def test_a_policy_file_that_names_an_unknown_channel_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(BY_PIGEON.replace("pigeon", "raven"), encoding="utf-8")
    with pytest.raises(Faults, match="raven"):
        own_policy(file)


def test_each_unknown_channel_of_a_policy_file_is_told_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    text = (TEXT + FALLBACK).replace("webhook", "crow").replace("dingtalk_robot", "dove")
    file.write_text(text.replace("channels: [inapp", "channels: [inapp, raven"), encoding="utf-8")
    with pytest.raises(Faults) as found:
        own_policy(file)
    lines = file.read_text(encoding="utf-8").splitlines()
    told = [(one.path, lines[one.line - 1]) for one in found.value.faults]
    assert [path for path, _ in told] == ["channels[1]", "fallback[1].to", "fallback[2].to"]
    for name, (_, line), one in zip(
        ("raven", "crow", "dove"), told, found.value.faults, strict=True
    ):
        assert name in line
        assert name in str(one.reason)


def test_two_channels_have_two_names() -> None:
    with pytest.raises(ValueError, match="pigeon"):
        register(Provider(id="pigeon", read=lambda _: None))


@pytest.mark.parametrize(
    ("environment", "serves"),
    [
        ({}, {"inapp": "inapp"}),
        (
            {"SHUPING_SMTP_URL": "smtp://mail", "SHUPING_SMTP_FROM": "a@b.example"},
            {"inapp": "inapp", "email": "email"},
        ),
        (
            {"SHUPING_SMTP_URL": "console:", "SHUPING_ENVIRONMENT": "demo"},
            {"inapp": "inapp", "email": "console", "console": "console"},
        ),
    ],
    ids=["none", "mail", "console in its place"],
)
def test_which_channel_serves_which_follows_from_the_settings(
    environment: dict[str, str], serves: dict[str, str]
) -> None:
    assert serving(ways_of(read_settings(GOOD | environment))) == serves
