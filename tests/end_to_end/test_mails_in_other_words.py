"""Mails of the 2019 notice with every word of it called otherwise: who is written to, and in which.

Told embedded and on the servers of production; the mail goes over SMTP.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.running import WORKFLOW, Running
from deploy.servers import KafkaCluster, SmtpSink
from deploy.servers.postgres import NOTIFIER
from tests.end_to_end.systems import ORGANISATION, on_servers, renew_topic
from tests.end_to_end.world import local
from tests.servers import Databases
from tests.unit.workflow.language.renamed import renamed
from tests.unit.workflow.language.renamed_notice import (
    FILE,
    SUFFIX,
    TEXT,
    WORDS,
    organisation,
)

NAME, OTHER = "jilin-health-2019", "other-words-2019"
POLICY = FILE.with_name("jilin-health-2019.policy.yaml")
BRANCH = "b4"  # of tier B: its secretary's report is due first


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest) -> dict[str, str]:
    databases: Databases = request.getfixturevalue("postgres_databases")
    kafka: KafkaCluster = request.getfixturevalue("kafka_one_node")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    renew_topic(kafka.bootstrap)
    return on_servers(databases.fresh(), databases.fresh(roles=NOTIFIER), kafka)


IN_PRODUCTION = pytest.param("production", marks=[pytest.mark.postgres, pytest.mark.kafka])


@pytest.fixture(params=["embedded", IN_PRODUCTION])
def running(request: pytest.FixtureRequest, tmp_path: Path, mail: SmtpSink) -> Iterator[Running]:
    sender = {"SHUPING_SMTP_URL": mail.url, "SHUPING_SMTP_FROM": "shuping@shuping.example"}
    on = request.getfixturevalue("servers") if request.param == "production" else {}
    made = Running(tmp_path, local("01-08 08:30"), on | sender)
    try:
        (file := tmp_path / "organisation.yaml").write_text(organisation(ORGANISATION))
        made.prepare(file)
        for kind, text in (
            ("scheme", TEXT),
            ("policy", renamed(POLICY.read_text(), WORDS, SUFFIX)),
        ):
            (file := tmp_path / f"{kind}.yaml").write_text(text.replace(NAME, OTHER))
            made.command(WORKFLOW, kind, "import", str(file))
        made.start()
        yield made
    finally:
        made.stop()


def letters(running: Running, mail: SmtpSink) -> dict[str, list[str]]:
    """Return the mails of this system by whom they went to."""
    found: dict[str, list[str]] = {}
    for one in mail.mails:
        if running.url in one.text:
            (to,) = one.recipients
            found.setdefault(to.partition("@")[0], []).append(
                f"{one.message['Subject']}\n{one.text}"
            )
    return found


def test_reminders_and_escalations_are_written_in_the_other_words(running: Running, mail: SmtpSink):
    body = {"scheme": OTHER, "unit": "c", "round": "2019"}
    assert running.client().post("/v1/cycles", body, "c.off").status == 201
    for day in ("01-08 16:59", "01-10 11:05", "01-16 10:00", "01-16 11:05"):
        running.move_to(local(day))
    told = letters(running, mail)
    for person in (f"{BRANCH}.sec", "c.off"):  # who is to write, and who is told that they did not
        assert any(f"“起草{SUFFIX}”" in one for one in told[person]), told[person]
    assert [one for letters_of in told.values() for one in letters_of if SUFFIX not in one] == []
