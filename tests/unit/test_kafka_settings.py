"""How to get in to brokers: both services take the same settings, and refuse what does not fit."""

import re
from pathlib import Path

import pytest

import services.notifier.settings as notifier
import services.workflow.settings as workflow
from tests.certificates import Authority
from tests.unit.notifier.test_settings import GOOD

BROKERS = {"SHUPING_KAFKA_BOOTSTRAP": "broker-1:9092,[::1]:9093"}
DATABASE = {"SHUPING_DATABASE_URL": "postgresql://shuping_app@db/shuping"}
SIGNED_IN = {
    "SHUPING_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "SHUPING_KAFKA_USERNAME": "relay",
    "SHUPING_KAFKA_PASSWORD": "a secret",
}


def refused(**settings: str) -> list[set[str]]:
    """Return the settings that each service finds fault with."""
    environ = GOOD | DATABASE | BROKERS | {"SHUPING_FEED": "kafka"} | settings
    with pytest.raises(workflow.SettingsRefused) as by_workflow:
        workflow.read_settings(environ)
    with pytest.raises(notifier.SettingsFaults) as by_notifier:
        notifier.read_settings(environ)
    told = [by_workflow.value.faults, list(by_notifier.value.faults)]
    assert "secret" not in str(told)
    return [{re.findall(r"SHUPING_KAFKA_(\w+)", fault)[0] for fault in faults} for faults in told]


def test_without_a_word_brokers_are_asked_as_they_are() -> None:
    read = workflow.read_settings(DATABASE | BROKERS)
    assert read.kafka == {
        "bootstrap_servers": ["broker-1:9092", "[::1]:9093"],
        "security_protocol": "PLAINTEXT",
    }
    assert notifier.read_settings(GOOD | BROKERS).kafka == read.kafka


@pytest.mark.parametrize(
    "address",
    ["sasl_ssl://relay:secret@broker:9093", "relay:secret@broker:9093", "broker", "broker:9092/x"],
)
def test_an_address_with_more_than_host_and_port_is_refused_unseen(address: str) -> None:
    assert refused(SHUPING_KAFKA_BOOTSTRAP=address) == [{"BOOTSTRAP"}] * 2


@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT"])
def test_who_signs_in_needs_a_mechanism_a_name_and_a_password(protocol: str) -> None:
    told = refused(SHUPING_KAFKA_SECURITY_PROTOCOL=protocol)
    assert told == [{"SASL_MECHANISM", "USERNAME", "PASSWORD"}] * 2


@pytest.mark.parametrize("protocol", ["SSL", "PLAINTEXT"])
def test_a_password_for_brokers_that_ask_for_none_is_refused(protocol: str) -> None:
    told = refused(SHUPING_KAFKA_SECURITY_PROTOCOL=protocol, **SIGNED_IN)
    assert told == [{"SASL_MECHANISM", "USERNAME", "PASSWORD"}] * 2


def test_words_that_are_not_known_are_refused() -> None:
    assert refused(SHUPING_KAFKA_SECURITY_PROTOCOL="TLS") == [{"SECURITY_PROTOCOL"}] * 2
    settings = SIGNED_IN | {"SHUPING_KAFKA_SASL_MECHANISM": "GSSAPI"}
    told = refused(SHUPING_KAFKA_SECURITY_PROTOCOL="SASL_SSL", **settings)
    assert told == [{"SASL_MECHANISM"}] * 2


def test_certificates_without_tls_are_refused(tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path, "ca").issue("client", "127.0.0.1")
    told = refused(
        SHUPING_KAFKA_CA_FILE=str(tmp_path / "ca.pem"),
        SHUPING_KAFKA_CERTIFICATE_FILE=str(certificate),
        SHUPING_KAFKA_KEY_FILE=str(key),
    )
    assert told == [{"CA_FILE", "CERTIFICATE_FILE", "KEY_FILE"}] * 2


def test_files_that_are_no_certificates_or_no_pair_are_refused(tmp_path: Path) -> None:
    certificate, _ = Authority(tmp_path, "ca").issue("client", "127.0.0.1")
    _, key = Authority(tmp_path, "other").issue("stranger", "127.0.0.1")
    tls = {"SHUPING_KAFKA_SECURITY_PROTOCOL": "SSL"}
    alone = {"SHUPING_KAFKA_CERTIFICATE_FILE": str(certificate)}
    assert refused(**tls, **alone) == [{"CERTIFICATE_FILE"}] * 2
    assert refused(**tls, SHUPING_KAFKA_CA_FILE=str(key)) == [{"CA_FILE"}] * 2
    told = refused(**tls, **alone, SHUPING_KAFKA_KEY_FILE=str(key))
    assert told == [{"CERTIFICATE_FILE"}] * 2
