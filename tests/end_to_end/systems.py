"""Whole systems for stories: embedded, and as production runs them; copied, not prepared anew.

Migrating, importing and making tokens takes half a dozen processes; it is done once per session
and variant, and each system starts from a copy of the result.
"""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from deploy.running import WORKFLOW, Running
from deploy.servers import KafkaCluster, SmtpSink
from deploy.servers.postgres import NOTIFIER
from schemas import calendars
from tests.end_to_end.world import ZONE, World, until
from tests.servers import Databases, DatabaseUrls
from tests.texts import EARLIER_FILE

with warnings.catch_warnings():
    # kafka-python reads its schemas by a deprecated call, and warnings are errors here.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka.admin import KafkaAdminClient
    from kafka.errors import UnknownTopicOrPartitionError

    from services.workflow.adapters.kafka import TOPIC
    from tests.integration.kafka.publishing import make_topic

ORGANISATION = Path(__file__).parent / "organisation.yaml"
NEWEST = files(calendars).joinpath(calendars.STATE_COUNCIL, f"{calendars.versions()[-1]}.json")
OPENED = datetime(2020, 1, 8, 8, 31, tzinfo=ZONE)  # at :30 no mail leaves


@dataclass
class Prepared:
    """What systems are copied from; each kind is prepared when it is first asked for."""

    folder: Path
    _embedded: Path | None = None
    _production: dict[int, tuple[Path, str, str]] = field(default_factory=dict)

    def embedded(self) -> Path:
        """Return the folder of a prepared embedded system."""
        if self._embedded is None:
            self._embedded = self.folder / "embedded"
            _prepare(Running(self._embedded, OPENED))
        return self._embedded

    def production(self, databases: Databases) -> tuple[Path, str, str]:
        """Return the folder of a prepared system, and the names of its two databases."""
        known = self._production.get(id(databases))
        if known is None:
            folder = self.folder / f"production-{len(self._production)}"
            workflow, notifier = databases.fresh(), databases.fresh(roles=NOTIFIER)
            _prepare(Running(folder, OPENED, on_postgres(workflow, notifier)))
            known = self._production[id(databases)] = folder, workflow.name, notifier.name
        return known


def _prepare(running: Running) -> None:
    """Prepare a system whose stories are told of one kind of case, in the days as they were."""
    running.prepare(ORGANISATION)
    running.command(WORKFLOW, "calendar", "import", str(NEWEST))
    running.command(WORKFLOW, "scheme", "import", str(EARLIER_FILE))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return _prepared(tmp_path_factory.getbasetemp())


@cache  # folders that import the fixture have one of their own each; what is prepared is the same
def _prepared(folder: Path) -> Prepared:
    return Prepared(folder / "prepared-systems")


def on_postgres(workflow: DatabaseUrls, notifier: DatabaseUrls) -> dict[str, str]:
    """Return the settings for two databases on a server."""
    return {
        "SHUPING_DATABASE_URL": workflow.app,
        "SHUPING_MIGRATION_DATABASE_URL": workflow.owner,
        "SHUPING_NOTIFIER_DATABASE_URL": notifier.app,
        "SHUPING_NOTIFIER_MIGRATION_DATABASE_URL": notifier.owner,
    }


def on_servers(
    workflow: DatabaseUrls, notifier: DatabaseUrls, kafka: KafkaCluster
) -> dict[str, str]:
    """Return the settings for two databases on a server, and the feed through Kafka."""
    feed = {"SHUPING_FEED": "kafka", "SHUPING_KAFKA_BOOTSTRAP": kafka.bootstrap}
    return on_postgres(workflow, notifier) | feed


@contextmanager
def embedded(folder: Path, prepared: Prepared, mail: SmtpSink | None = None) -> Iterator[World]:
    """Run both services on SQLite, with the HTTP feed, and open the cycle."""
    running = Running(folder, OPENED, _by_mail(mail))
    running.adopt(prepared.embedded())
    with _started(running) as world:
        yield world


@contextmanager
def production(
    folder: Path,
    prepared: Prepared,
    databases: Databases,
    kafka: KafkaCluster,
    mail: SmtpSink | None = None,
) -> Iterator[World]:
    """Run all four processes on PostgreSQL with the Kafka feed, and open the cycle."""
    source, *names = prepared.production(databases)
    workflow, notifier = databases.fresh(names[0]), databases.fresh(names[1], NOTIFIER)
    renew_topic(kafka.bootstrap)
    environment = on_servers(workflow, notifier, kafka) | _by_mail(mail)
    running = Running(folder, OPENED, environment)
    running.adopt(source)
    try:
        with _started(running) as world:
            yield world
    finally:
        databases.drop(workflow)
        databases.drop(notifier)


@contextmanager
def _started(running: Running) -> Iterator[World]:
    try:
        running.start()
        world = World(running)
        world.open_cycle()
        yield world
    finally:
        running.stop()
        # Databases of a few hundred kilobytes each, and the session has many systems.
        shutil.rmtree(running.folder, ignore_errors=True)


def _by_mail(mail: SmtpSink | None) -> dict[str, str]:
    if mail is None:
        return {}
    return {"SHUPING_SMTP_URL": mail.url, "SHUPING_SMTP_FROM": "shuping@shuping.example"}


def renew_topic(bootstrap: str) -> None:
    """Remove the topic with what another system has published, and make it again."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    try:
        if TOPIC in admin.list_topics():
            with suppress(UnknownTopicOrPartitionError):
                admin.delete_topics([TOPIC])
            until(lambda: TOPIC not in admin.list_topics())
    finally:
        admin.close()
    make_topic(bootstrap)
