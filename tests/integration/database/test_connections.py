"""Connections that break: before the write nothing is lost, during it the outcome is open."""

import threading
from collections.abc import Callable

import psycopg
import pytest

from services.workflow.adapters.database import Database, prepared
from services.workflow.adapters.database.connections import driver
from services.workflow.adapters.database.prepared import Binary, Statement
from services.workflow.adapters.database.timed import TimedConnection
from services.workflow.application.firing.port import CaseRounds, Wanted, Write
from services.workflow.application.rounds import ANSWER_S, READ_S
from services.workflow.domain.refusals import NotWritable, OutcomeUnknown, StoreUnavailable
from tests.contract.workflow.appends import move, opening, review
from tests.loops import run_apart
from tests.servers import DatabaseUrls

OURS = (
    " FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'shuping-workflow'"
)


def cut_all(urls: DatabaseUrls) -> int:
    """End every connection of the services, as a restarted server does; return when it is done."""
    with psycopg.connect(urls.app, autocommit=True) as connection:
        n_cut = connection.execute(f"SELECT count(pg_terminate_backend(pid)) {OURS}").fetchone()[0]
        while connection.execute(f"SELECT count(*) {OURS}").fetchone()[0]:
            pass
    return n_cut


def wait_until_blocked(urls: DatabaseUrls) -> None:
    """Return when a connection of the services waits for a lock."""
    with psycopg.connect(urls.app, autocommit=True) as connection:
        for _ in range(2000):
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if found[0]:
                return
    raise AssertionError("nobody waits for a lock")


def alone(database: Database, one: Write) -> None:
    """Write as a thread does that waits for its own statement alone."""
    database.store.append([one])


def on_a_loop(database: Database, one: Write) -> None:
    """Write as a server does, on its event loop."""

    async def write() -> None:
        rounds = database.rounds()
        assert rounds is not None
        await rounds.append([one])

    run_apart(write())


def test_a_pooled_connection_lost_while_idle_is_replaced(
    postgres: Database, workflow_urls: DatabaseUrls
):
    connections = postgres._connections
    with connections.reading(), connections.reading():
        pass  # two, idle from now on
    assert cut_all(workflow_urls) >= 2
    for _ in range(2):
        postgres.require_writable()
    with connections.transaction() as one, connections.reading() as other:
        for connection in (one, other):
            connection.exec_driver_sql("SELECT 1")


def test_a_connection_lost_while_idle_is_replaced(postgres: Database, workflow_urls: DatabaseUrls):
    opened = review()
    postgres.store.append([opening(opened)])
    assert cut_all(workflow_urls) >= 1
    assert postgres.store.append([move(opened)]) == [True]
    assert cut_all(workflow_urls) >= 1
    assert postgres.store.standing([Wanted(case=opened.stream)]).case(opened.stream).version == 2


@pytest.mark.parametrize("append", [alone, on_a_loop])
def test_a_connection_lost_during_the_write_leaves_the_outcome_open(
    postgres: Database, workflow_urls: DatabaseUrls, append: Callable[[Database, Write], None]
):
    opened = review()
    postgres.store.append([opening(opened)])
    found: list[type] = []

    def write() -> None:
        try:
            append(postgres, move(opened))
        except (OutcomeUnknown, StoreUnavailable) as error:
            found.append(type(error))

    with psycopg.connect(workflow_urls.app) as other:
        other.execute("SELECT FROM case_head WHERE case_id = %s FOR UPDATE", (opened.id,))
        thread = threading.Thread(target=write)
        thread.start()
        wait_until_blocked(workflow_urls)
        cut_all(workflow_urls)
        thread.join(30)
    assert found == [OutcomeUnknown]
    assert postgres.store.append([move(opened)]) == [True]


def test_a_lock_that_is_not_got_in_time_wrote_nothing(
    postgres: Database, workflow_urls: DatabaseUrls
):
    opened = review()
    postgres.store.append([opening(opened)])
    asked = Statement("SELECT set_config('lock_timeout', %s, false)", (Binary(b"50ms"),))
    postgres._connections.in_threads.run(asked)
    with psycopg.connect(workflow_urls.app) as other:
        other.execute("SELECT FROM case_head WHERE case_id = %s FOR UPDATE", (opened.id,))
        with pytest.raises(StoreUnavailable):
            postgres.store.append([move(opened)])
    assert postgres.store.append([move(opened)]) == [True]


@pytest.mark.parametrize("way", ["alone", "on a loop"])
def test_what_was_prepared_before_a_migration_is_prepared_anew(
    postgres: Database, workflow_urls: DatabaseUrls, way: str
):
    opened = review()
    postgres.store.append([opening(opened)])
    wanted, on_a_loop, found = [Wanted(case=opened.stream)], postgres.rounds(), list[str]()

    async def read(store: CaseRounds) -> None:
        found.extend(one.id for one in [(await store.standing(wanted)).case(opened.stream)] if one)

    async def ask() -> None:
        if way == "alone":
            found.extend(
                one.id for one in [postgres.store.standing(wanted).case(opened.stream)] if one
            )
        elif on_a_loop is not None:
            await read(on_a_loop)

    async def story() -> None:
        await ask()
        with psycopg.connect(workflow_urls.owner, autocommit=True) as owner:
            owner.execute("ALTER TABLE case_record ALTER COLUMN number TYPE varchar(40)")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            await ask()
        await ask()

    run_apart(story())
    assert found == [opened.id, opened.id]


def test_who_writes_is_told_when_the_server_does_not_answer_in_time(
    postgres: Database, workflow_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
):
    opened = review()
    postgres.store.append([opening(opened)])
    monkeypatch.setattr(prepared, "ANSWER_S", 0.1)
    with psycopg.connect(workflow_urls.app) as other:
        other.execute("SELECT FROM case_head WHERE case_id = %s FOR UPDATE", (opened.id,))
        with pytest.raises(OutcomeUnknown):
            postgres.store.append([move(opened)])


def test_who_verifies_or_rebuilds_is_never_cut_off(postgres: Database):
    bounded, endless = postgres._connections, postgres.audit._connections
    asked = "SHOW statement_timeout"
    with bounded.reading() as reading, bounded.transaction() as writing:
        assert {one.exec_driver_sql(asked).scalar() for one in (reading, writing)} == {"20s"}
        assert [driver(one).answer_s for one in (reading, writing)] == [READ_S, ANSWER_S]
    with endless.reading() as verifying, endless.transaction() as rebuilding:
        for one in (verifying, rebuilding):
            assert (one.exec_driver_sql(asked).scalar(), driver(one).answer_s) == ("0", None)


def test_a_list_that_takes_too_long_is_given_up_and_ends(
    postgres: Database, workflow_urls: DatabaseUrls
):
    def ask_long() -> None:
        with postgres._connections.reading() as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            driver(connection).answer_s = 0.1
            connection.exec_driver_sql("SELECT pg_sleep(600)")

    with pytest.raises(StoreUnavailable):
        ask_long()
    with psycopg.connect(workflow_urls.app, autocommit=True) as other:
        while other.execute(f"SELECT count(*) {OURS} AND state = 'active'").fetchone()[0]:
            pass  # the server notices within a second that nobody listens
    postgres.require_writable()


def test_rows_behind_a_refused_one_cost_no_connection(postgres_url: str):
    """The server's word about them is an answer, and not the silence of a dead one.

    It comes apart from the refusal only where the rows are many, and then not always.
    """
    with TimedConnection.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE one (n integer PRIMARY KEY)")
        connection.commit()
        for _ in range(10):
            with pytest.raises(psycopg.errors.UniqueViolation), connection.cursor() as cursor:
                cursor.executemany("INSERT INTO one VALUES (%s)", [(1,)] * 5000)
            connection.rollback()
        assert not connection.closed


@pytest.mark.parametrize("write", [alone, on_a_loop])
def test_a_server_that_takes_no_writes_is_told_and_is_written_again_afterwards(
    postgres: Database, workflow_urls: DatabaseUrls, write: Callable[[Database, Write], None]
):
    opened = opening(review())
    with psycopg.connect(workflow_urls.owner, autocommit=True) as owner:
        setting = f'ALTER DATABASE "{owner.info.dbname}" SET default_transaction_read_only'
        owner.execute(f"{setting} = on")
        with pytest.raises(NotWritable, match="transaction_read_only"):
            postgres.require_writable()
        with pytest.raises(StoreUnavailable):
            write(postgres, opened)
        with pytest.raises(StoreUnavailable), postgres._connections.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM session")
        owner.execute(f"{setting} = off")
    write(postgres, opened)
    postgres.require_writable()
    with postgres._connections.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM session")
