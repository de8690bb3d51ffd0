"""The servers the other tests stand on."""

import smtplib

import psycopg
import pytest

from deploy.servers import SmtpSink, free_port
from tests.servers import Databases, DatabaseUrls


def test_no_port_is_chosen_twice() -> None:
    """Whoever got it first may not have taken it yet, or be about to start anew."""
    chosen = [free_port() for _ in range(600)]
    assert len(set(chosen)) == len(chosen)


def test_every_database_is_fresh(postgres_databases: Databases) -> None:
    first, second = postgres_databases.fresh(), postgres_databases.fresh()
    with psycopg.connect(first.owner) as connection:
        connection.execute("CREATE TABLE mark (n int)")
    with psycopg.connect(second.owner) as connection:
        assert connection.execute("SELECT to_regclass('mark')").fetchone() == (None,)


def test_a_prepared_database_is_made_once_and_copied(postgres_databases: Databases) -> None:
    made = []

    def prepare(urls: DatabaseUrls) -> None:
        made.append(urls.name)
        with psycopg.connect(urls.owner) as connection:
            connection.execute("CREATE TABLE mark (n int)")

    copies = [postgres_databases.prepared("marked", prepare) for _ in range(2)]
    for copy in copies:
        with psycopg.connect(copy.owner) as connection:
            assert connection.execute("SELECT count(*) FROM mark").fetchone() == (0,)
    assert len(made) == 1


def test_the_role_of_the_services_owns_nothing(postgres_database: DatabaseUrls) -> None:
    with psycopg.connect(postgres_database.owner) as connection:
        connection.execute("CREATE TABLE mark (n int)")
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(postgres_database.app) as connection, refused:
        connection.execute("DELETE FROM mark")


def test_the_sink_keeps_mail_and_refuses_when_told(smtp_sink: SmtpSink) -> None:
    smtp_sink.answer("451 later")
    with smtplib.SMTP("127.0.0.1", smtp_sink.port) as client:
        with pytest.raises(smtplib.SMTPDataError, match="later"):
            client.sendmail("a@shuping.example", "b@shuping.example", "Subject: no\n\nno")
        client.sendmail("a@shuping.example", "b@shuping.example", "Subject: yes\n\nhello")
    (mail,) = smtp_sink.wait_for(1)
    assert (mail.message["subject"], mail.text.strip()) == ("yes", "hello")
