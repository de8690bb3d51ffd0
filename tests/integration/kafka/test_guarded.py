"""Brokers that do not let everybody in: TLS, SCRAM over TLS, client certificates."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from deploy.servers import CouldNotStart, Guard, KafkaCluster
from services.notifier.adapters.feed.kafka import KafkaFeed
from services.notifier.domain.reading import Reading
from services.notifier.settings import read_settings as read_notifier
from services.workflow.adapters.kafka import Relay
from services.workflow.settings import read_settings as read_workflow
from tests.certificates import Authority
from tests.integration.kafka.list_relay_log import ListRelayLog, system_time
from tests.integration.kafka.publishing import make_topic, running, until
from tests.servers import leave_out
from tests.unit.notifier.test_settings import GOOD

N = 100
DATABASE = {"SHUPING_DATABASE_URL": "postgresql://shuping_app@db/shuping"}


@dataclass(frozen=True)
class Guarded:
    """A broker, and what is right to get in."""

    cluster: KafkaCluster
    signing_in: Mapping[str, str]
    by_certificate: Mapping[str, str]
    another_authority: Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("certificates")
    ours = Authority(folder, "ours")
    node, node_key = ours.issue("node", "127.0.0.1")
    client, client_key = ours.issue("client", "127.0.0.1")
    guard = Guard(
        certificate=node, key=node_key, authority=ours.file, username="relay", password="secret-1"
    )
    try:
        cluster = KafkaCluster(guard=guard).start()
    except CouldNotStart as error:
        leave_out(error)
    make_topic(cluster.bootstrap)
    signing_in = {
        "SHUPING_KAFKA_BOOTSTRAP": cluster.signing_in,
        "SHUPING_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "SHUPING_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "SHUPING_KAFKA_USERNAME": guard.username,
        "SHUPING_KAFKA_PASSWORD": guard.password,
        "SHUPING_KAFKA_CA_FILE": str(ours.file),
    }
    by_certificate = {
        "SHUPING_KAFKA_BOOTSTRAP": cluster.by_certificate,
        "SHUPING_KAFKA_SECURITY_PROTOCOL": "SSL",
        "SHUPING_KAFKA_CA_FILE": str(ours.file),
        "SHUPING_KAFKA_CERTIFICATE_FILE": str(client),
        "SHUPING_KAFKA_KEY_FILE": str(client_key),
    }
    yield Guarded(cluster, signing_in, by_certificate, Authority(folder, "another").file)
    cluster.stop()


def published_and_read(environ: Mapping[str, str]) -> None:
    """Let relay and feed go through the same door, with what each service reads of *environ*."""
    log = ListRelayLog(N)
    kafka = read_workflow(DATABASE | environ).kafka
    with running(Relay(log, kafka, owner="one", now=system_time)):
        until(lambda: log.cursor() == N)
    feed = KafkaFeed(read_notifier(GOOD | environ).kafka or {}, log.over_http(), lambda: 0.0)
    feed.start({}, Reading())
    read: set[int] = set()

    def all_read() -> bool:
        read.update(one.position for one in feed.poll(0.1).deliveries)
        return len(read) == N

    until(all_read)
    feed.close()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_relay_and_notifier_sign_in_over_tls(guarded: Guarded, mechanism: str) -> None:
    published_and_read({**guarded.signing_in, "SHUPING_KAFKA_SASL_MECHANISM": mechanism})


def test_relay_and_notifier_show_a_certificate(guarded: Guarded) -> None:
    published_and_read(guarded.by_certificate)


WRONG = {
    "another authority": "certificate verify failed: unable to get local issuer certificate",
    "another host": "Hostname mismatch, certificate is not valid for 'localhost'",
    "another password": "the broker hung up: a wrong user or password",
}


@pytest.fixture(params=WRONG)
def wrong(request: pytest.FixtureRequest, guarded: Guarded) -> tuple[dict[str, str], str]:
    """Return settings that are wrong in one point, and what is to be said of them."""
    mistake = {
        "another authority": {"SHUPING_KAFKA_CA_FILE": str(guarded.another_authority)},
        "another host": {
            "SHUPING_KAFKA_BOOTSTRAP": guarded.cluster.signing_in.replace("127.0.0.1", "localhost")
        },
        "another password": {"SHUPING_KAFKA_PASSWORD": "secret-2"},
    }[request.param]
    logging.getLogger("kafka.net.manager").setLevel(logging.WARNING)
    return {**guarded.signing_in, **mistake}, WRONG[request.param]


def test_a_relay_that_is_not_let_in_says_why_once_and_gets_in_when_it_is_mended(
    guarded: Guarded, wrong: tuple[dict[str, str], str]
) -> None:
    environ, reason = wrong
    log, kafka = ListRelayLog(N), dict(read_workflow(DATABASE | environ).kafka)
    relay = Relay(log, kafka, owner="one", now=system_time)
    with structlog.testing.capture_logs() as said, running(relay):
        until(lambda: relay.status.reopened > 1)
        assert reason in relay.status.error
        assert relay.status.part()["status"] == "degraded"
        assert sum(reason in str(one.get("error")) for one in said) == 1
        kafka |= read_workflow(DATABASE | guarded.signing_in).kafka
        until(lambda: log.cursor() == N)
    assert "secret" not in str(said)


def test_a_notifier_that_is_not_let_in_says_why_and_reads_the_log_until_it_is_mended(
    guarded: Guarded, wrong: tuple[dict[str, str], str]
) -> None:
    environ, reason = wrong
    seconds = [0.0]
    kafka: dict[str, Any] = dict(read_notifier(GOOD | environ).kafka or {})
    feed = KafkaFeed(kafka, ListRelayLog(N).over_http(), lambda: seconds[0])
    feed.start({}, Reading())
    detours = {feed.poll(0).detour for seconds[0] in (0.0, 4.0, 8.0, 12.0)}
    (told,) = detours
    assert reason in told
    kafka |= read_notifier(GOOD | guarded.signing_in).kafka or {}
    seconds[0] = 30.0
    until(lambda: reason not in feed.poll(0.1).detour)
    feed.close()
