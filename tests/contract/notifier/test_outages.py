"""A database that goes away and comes back: survived, shown, and nothing repeated."""

import pytest
from sqlalchemy import create_engine, text

from services.notifier.adapters.database import connect
from services.notifier.adapters.database.ledger import SqlLedger
from services.notifier.domain.errors import StoreUnavailable
from services.notifier.domain.notice import Notice
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import at

NOWHERE = "sqlite:////no/such/folder/notifier.db"


def cut(url: str) -> None:
    """End every other connection to the database, as a restart of the server would."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_connections_that_were_cut_are_opened_anew(town: Town, database_url: str) -> None:
    town.run()
    cut(database_url)
    town.run(at(1, 8, 10))
    assert town.told() == [("before", "ws", "sent")]
    assert town.engine.status.problems == {}


def test_a_mail_whose_end_could_not_be_written_down_is_in_doubt(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.run()
    save = SqlLedger.save

    def away(ledger: SqlLedger, notices: list[Notice], epoch: int) -> None:
        if [notice.status for notice in notices] == ["sent"] and notices[0].channel == "email":
            raise StoreUnavailable("gone")
        save(ledger, notices, epoch)

    with monkeypatch.context() as patch:
        patch.setattr(SqlLedger, "save", away)
        town.run(at(1, 8, 10), n_passes=1)
    town.run(at(1, 8, 10))
    assert town.told("email") == [("before", "ws", "unknown")]
    assert len(town.mail.sent) == 2


def test_a_database_that_is_away_is_shown_and_waited_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.run()
    with monkeypatch.context() as patch:
        patch.setattr(town.store, "_engine", connect(NOWHERE))
        town.run(at(1, 8, 10), n_passes=3)
    assert "database" in town.engine.status.problems
    town.run(at(1, 8, 10))
    assert town.told() == [("before", "ws", "sent")]
    assert town.engine.status.problems == {}
