"""Transactions and the lease.

Every writing transaction begins by touching the lease row under its epoch. The database then lets
only one of them at a time through, and none whose lease has gone to somebody else: a process that
was paused for an hour cannot write a word when it wakes up.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from schemas.instants import instant
from services.notifier.adapters.database.facts import SqlFacts
from services.notifier.adapters.database.ledger import SqlLedger
from services.notifier.adapters.database.progress import SqlProgress
from services.notifier.adapters.database.tables import lease
from services.notifier.adapters.database.texts import SqlTexts
from services.notifier.adapters.database.timers import IS_ANYTHING_DUE, SqlTimers
from services.notifier.adapters.database.watch import SqlOwnWork
from services.notifier.domain.errors import LeaseLost, StoreUnavailable

_NAME = "notifier"
# Of who leads: no row, it has gone.
_LEADS_AND_IS_DUE = select(IS_ANYTHING_DUE).where(
    lease.c.name == _NAME, lease.c.epoch == bindparam("epoch")
)
LEASE = timedelta(seconds=10)
_LONG_AGO = instant(datetime(2000, 1, 1, tzinfo=UTC))


def system_time() -> datetime:
    """Return the machine's time: leases never follow a driven clock."""
    return datetime.now(UTC)


def connect(url: str) -> Engine:
    """Return an engine for *url*; SQLite is set up for several processes and lasting writes."""
    if not url.startswith("sqlite"):
        # Pre-ping, so that a database that was away is found again without a failed pass.
        return create_engine(
            url, pool_pre_ping=True, pool_size=4, connect_args={"connect_timeout": 5}
        )
    engine = create_engine(url, connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy begins; the driver must not
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns into a writing one is refused at once when another
        # process writes; one that begins as a writer waits its turn.
        reads = connection.get_execution_options().get("reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _asking(engine: Engine) -> Engine:
    """Return what single questions are asked by, again and again: one round trip each.

    On PostgreSQL a connection of its own, opened with the first question, that begins nothing and
    is not tried out beforehand. On SQLite a connection costs nothing.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return create_engine(
        engine.url, pool_size=1, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5}
    )


@dataclass(frozen=True)
class SqlTransaction:
    """The six parts of the database, on one connection."""

    connection: Connection

    @cached_property
    def progress(self) -> SqlProgress:
        return SqlProgress(self.connection)

    @cached_property
    def facts(self) -> SqlFacts:
        return SqlFacts(self.connection)

    @cached_property
    def texts(self) -> SqlTexts:
        return SqlTexts(self.connection)

    @cached_property
    def timers(self) -> SqlTimers:
        return SqlTimers(self.connection)

    @cached_property
    def ledger(self) -> SqlLedger:
        return SqlLedger(self.connection)

    @cached_property
    def watch(self) -> SqlOwnWork:
        return SqlOwnWork(self.connection)


@contextmanager
def translated() -> Iterator[None]:
    """Let what no statement of ours causes out as `StoreUnavailable`."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        # What no statement of ours causes: the server or the file is away, full or locked.
        reason = str(error.orig).partition("\n")[0]
        raise StoreUnavailable(f"{type(error.orig).__name__}: {reason}") from error


class SqlStore:
    """The notifier's database; safe to share between threads."""

    def __init__(
        self,
        engine: Engine,
        time: Callable[[], datetime] = system_time,
        lease_for: timedelta = LEASE,
    ) -> None:
        self._engine, self._time, self._lease_for = engine, time, lease_for
        self._asking = _asking(engine)

    def claim(self, owner: str) -> int | None:
        """Return a new epoch, or None while the lease of another owner is alive.

        The same owner gets its own lease back at once, and still as a new epoch: what it left in
        `sending` when it died must not look like its present work.
        """
        now = self._time()
        with translated(), self._engine.begin() as connection:
            row = connection.execute(select(lease).where(lease.c.name == _NAME)).one_or_none()
            expires_at = instant(now + self._lease_for)
            if row is None:
                try:
                    connection.execute(
                        insert(lease).values(
                            name=_NAME, owner=owner, epoch=1, expires_at=expires_at
                        )
                    )
                except IntegrityError:
                    return None
                return 1
            if row.owner != owner and row.expires_at > instant(now):
                return None
            taken = connection.execute(
                update(lease)
                .where(lease.c.name == _NAME, lease.c.epoch == row.epoch)
                .values(owner=owner, epoch=row.epoch + 1, expires_at=expires_at)
            )
            return row.epoch + 1 if taken.rowcount else None

    def renew(self, epoch: int) -> bool:
        """Prolong the lease of *epoch*; False if it has gone."""
        with translated(), self._engine.begin() as connection:
            return self._touch(connection, epoch)

    def release(self, epoch: int) -> None:
        """Let a successor take over at once."""
        with translated(), self._engine.begin() as connection:
            connection.execute(
                update(lease)
                .where(lease.c.name == _NAME, lease.c.epoch == epoch)
                .values(expires_at=_LONG_AGO, owner="")  # by whatever clock
            )

    def is_anything_due(self, epoch: int, now: datetime) -> bool:
        """Tell whether a timer or a reminder by hand waits for the holder of *epoch* at *now*."""
        with translated():
            try:
                found = self._ask_what_is_due(epoch, now)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                found = self._ask_what_is_due(epoch, now)  # the database was away and is back
        if found is None:
            raise LeaseLost(f"epoch {epoch} is over")
        return found

    def _ask_what_is_due(self, epoch: int, now: datetime) -> bool | None:
        with self._asking.connect() as plain:
            connection = plain.execution_options(reads=True)
            given = {"epoch": epoch, "now": instant(now)}
            found: bool | None = connection.execute(_LEADS_AND_IS_DUE, given).scalar_one_or_none()
            return found

    @contextmanager
    def writing(self, epoch: int) -> Iterator[SqlTransaction]:
        """Open a transaction that only the holder of *epoch* can commit; renews the lease."""
        with translated(), self._engine.begin() as connection:
            if not self._touch(connection, epoch):
                raise LeaseLost(f"epoch {epoch} is over")
            yield SqlTransaction(connection)

    @contextmanager
    def seeing(self) -> Iterator[SqlTransaction]:
        """Open a transaction that writes nothing."""
        with translated(), self._engine.connect() as plain:
            connection = plain.execution_options(reads=True)
            yield SqlTransaction(connection)

    def require_answer(self) -> None:
        """Ask for a sign of life; StoreUnavailable if there is none."""
        with translated(), self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def ahead(self) -> timedelta:
        """Return by how much our clock is ahead of the database's, at least; on SQLite it is ours.

        Raises:
            StoreUnavailable
        """
        if self._engine.dialect.name == "sqlite":
            return timedelta(0)
        with translated(), self._engine.connect() as connection:
            asked = self._time()
            theirs: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            answered = self._time()
        # It was read at some instant between: an answer that took long is no difference.
        return min(answered - theirs, max(asked - theirs, timedelta(0)))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        self._asking.dispose()

    def _touch(self, connection: Connection, epoch: int) -> bool:
        touched = connection.execute(
            update(lease)
            .where(lease.c.name == _NAME, lease.c.epoch == epoch)
            .values(expires_at=instant(self._time() + self._lease_for))
        )
        return bool(touched.rowcount)
