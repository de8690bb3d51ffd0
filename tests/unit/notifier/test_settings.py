"""Settings: all faults at once, secrets from files, nothing dangerous in production."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import services.workflow.settings as workflow
from deploy.running import ROOT
from services.notifier.settings import (
    DATABASE,
    MIGRATION,
    MigrationSettings,
    Settings,
    SettingsFaults,
    read_migration_settings,
    read_settings,
)

GOOD = {
    "SHUPING_NOTIFIER_DATABASE_URL": "postgresql://notifier@db/notifier",
    "SHUPING_WORKFLOW_URL": "http://127.0.0.1:8080",
    "SHUPING_WORKFLOW_TOKEN": "a-token-of-the-notifier",
    "SHUPING_NOTIFIER_TOKEN": "a-token-of-the-workflow",
    "SHUPING_PUBLIC_URL": "https://shuping.example.org/",
}


def faults(**changed: str) -> tuple[str, ...]:
    with pytest.raises(SettingsFaults) as caught:
        read_settings({**GOOD, **changed})
    return caught.value.faults


def test_what_is_not_said_has_a_safe_default() -> None:
    settings = read_settings(GOOD)
    assert isinstance(settings, Settings)
    assert (settings.environment, settings.host, settings.port) == ("production", "127.0.0.1", 8081)
    assert (settings.feed, settings.channels) == ("http", {})
    assert settings.public_url == "https://shuping.example.org"


def test_every_missing_setting_is_told_at_once() -> None:
    with pytest.raises(SettingsFaults) as caught:
        read_settings({})
    assert {fault.split()[0] for fault in caught.value.faults} == set(GOOD)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHUPING_ENVIRONMENT", "staging"),
        ("SHUPING_FEED", "pigeon"),
        ("SHUPING_NOTIFIER_BIND", "8081"),
        ("SHUPING_NOTIFIER_BIND", "127.0.0.1:99999"),
        ("SHUPING_NOTIFIER_DATABASE_URL", "mysql://db"),
        ("SHUPING_NOTIFIER_DATABASE_URL", "sqlite://"),
        ("SHUPING_WORKFLOW_URL", "ftp://workflow"),
        ("SHUPING_WORKFLOW_URL", "http://user:secret@workflow"),
        ("SHUPING_WORKFLOW_URL", "http://169.254.169.254"),
        ("SHUPING_WORKFLOW_URL", "http://[fe80::1]"),
        ("SHUPING_WORKFLOW_URL", "http://0.0.0.0:8080"),
        ("SHUPING_WORKFLOW_URL", "http://workflow:port"),
        ("SHUPING_WORKFLOW_URL", "http://workflow?x=1"),
        ("SHUPING_WORKFLOW_TOKEN", "short"),
        ("SHUPING_SMTP_FROM", "not an address"),
        ("SHUPING_SMTP_FROM_NAME", "述评\n提醒"),
        ("SHUPING_SMTP_FROM_NAME", "述" * 101),
        ("SHUPING_CLOCK_FILE", "/nowhere/clock"),
        ("SHUPING_POLICY_FILE", "/nowhere/policy"),
    ],
)
def test_each_fault_names_its_setting(name: str, value: str) -> None:
    told = faults(**{"SHUPING_SMTP_URL": "smtp://mail", "SHUPING_SMTP_FROM": "a@b.c", name: value})
    assert {fault.split()[0] for fault in told} == {name}


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "smtp://mail?x=1", "smtp://0.0.0.0"])
def test_a_mail_server_is_named_by_an_smtp_address(url: str) -> None:
    assert "SHUPING_SMTP_URL" in str(faults(SHUPING_SMTP_URL=url, SHUPING_SMTP_FROM="a@b.c"))


def test_mail_needs_a_sender_and_kafka_a_broker() -> None:
    told = faults(SHUPING_SMTP_URL="smtp://mail", SHUPING_FEED="kafka")
    assert {fault.split()[0] for fault in told} == {
        "SHUPING_SMTP_FROM",
        "SHUPING_KAFKA_BOOTSTRAP",
    }


def test_production_takes_no_driven_clock_and_prints_no_names(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2020-01-08T00:00:00Z")
    dangerous = {"SHUPING_CLOCK_FILE": str(clock), "SHUPING_SMTP_URL": "console:"}
    assert len(faults(**dangerous)) == 2
    read_settings({**GOOD, **dangerous, "SHUPING_ENVIRONMENT": "demo"})


def test_kafka_and_sqlite_do_not_go_together() -> None:
    told = faults(
        SHUPING_FEED="kafka",
        SHUPING_KAFKA_BOOTSTRAP="127.0.0.1:9092",
        SHUPING_NOTIFIER_DATABASE_URL="sqlite:///notifier.db",
    )
    assert len(told) == 1


def test_a_secret_comes_from_a_file_and_never_ends_in_a_fault(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("a token with spaces in it\n")
    without = {name: value for name, value in GOOD.items() if name != "SHUPING_WORKFLOW_TOKEN"}
    with pytest.raises(SettingsFaults) as caught:
        read_settings({**without, "SHUPING_WORKFLOW_TOKEN_FILE": str(secret)})
    assert "spaces" not in str(caught.value)
    secret.write_text("a-token-of-the-notifier\n")
    settings = read_settings({**without, "SHUPING_WORKFLOW_TOKEN_FILE": str(secret)})
    assert settings.workflow_token == "a-token-of-the-notifier"


def test_a_secret_whose_file_is_gone_is_told_once() -> None:
    without = {name: value for name, value in GOOD.items() if name != "SHUPING_NOTIFIER_TOKEN"}
    with pytest.raises(SettingsFaults) as caught:
        read_settings({**without, "SHUPING_NOTIFIER_TOKEN_FILE": "/nowhere/token"})
    assert [fault.split()[0] for fault in caught.value.faults] == ["SHUPING_NOTIFIER_TOKEN_FILE"]


def test_migrating_needs_the_database_alone() -> None:
    found = read_migration_settings({DATABASE: "sqlite:///x"})
    assert found == MigrationSettings(owner_url="sqlite:///x", app_url="sqlite:///x")


def test_migrating_is_done_as_the_owner_for_the_role_of_the_notifier(tmp_path: Path) -> None:
    secret = tmp_path / "owner"
    secret.write_text("postgresql://owner@database/notifier\n")
    found = read_migration_settings(
        {DATABASE: "postgresql://app@database/notifier", f"{MIGRATION}_FILE": str(secret)}
    )
    assert found.owner_url == "postgresql://owner@database/notifier"
    assert found.app_url == "postgresql://app@database/notifier"


@pytest.mark.parametrize(
    ("migrated", "read", "name"),
    [
        (DATABASE, read_migration_settings, MIGRATION),
        ("SHUPING_DATABASE_URL", workflow.read_settings, "SHUPING_MIGRATION_DATABASE_URL"),
    ],
)
def test_one_database_is_migrated_and_used(
    migrated: str, read: Callable[[dict[str, str]], object], name: str
) -> None:
    with pytest.raises((SettingsFaults, workflow.SettingsRefused), match=name):
        read({migrated: "sqlite:///x", name: "postgresql://owner@database/shuping"})


def test_the_running_notifier_never_asks_for_the_owner() -> None:
    asked = Asked(GOOD)
    read_settings(asked)
    assert MIGRATION not in asked.names


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, *values: Any, **more: str) -> None:
        super().__init__(*values, **more)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name.removesuffix("_FILE") if name not in FILES else name)
        return super().get(name, default)


FILES = {
    "SHUPING_CLOCK_FILE",
    "SHUPING_POLICY_FILE",
    "SHUPING_LOG_KEY_FILE",
    "SHUPING_SMTP_CA_FILE",
    "SHUPING_CHANNELS_CA_FILE",
    "SHUPING_IMAP_CA_FILE",
    "SHUPING_KAFKA_CA_FILE",
    "SHUPING_KAFKA_CERTIFICATE_FILE",
    "SHUPING_KAFKA_KEY_FILE",
}


def test_the_example_lists_every_setting_of_both_services_and_no_other() -> None:
    ways = ("WECOM_ROBOT_KEY", "DINGTALK_ROBOT_TOKEN", "FEISHU_ROBOT_TOKEN")
    robots = {f"SHUPING_{name}": "a-key-of-a-robot" for name in ways}
    notifier = Asked(GOOD | robots | {"SHUPING_SMTP_URL": "smtp://mail"})
    with pytest.raises(SettingsFaults, match="SHUPING_SMTP_FROM"):
        read_settings(notifier)
    migrating = Asked({DATABASE: "postgresql://database/notifier", MIGRATION: ""})
    read_migration_settings(migrating)
    served = Asked(SHUPING_DATABASE_URL="postgresql://database/shuping")
    workflow.read_settings(served)
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = {line.lstrip("#").partition("=")[0] for line in lines if "=" in line}
    plain = {name if name in FILES else name.removesuffix("_FILE") for name in listed}
    assert {name for name in plain if name.startswith("SHUPING_")} == (
        notifier.names | migrating.names | served.names
    )
