"""How each database is connected to: pools, time-outs, and who begins a transaction.

Two pools per database. On PostgreSQL the *hot* one runs every statement on its own (a BEGIN is a
round trip) and plans for tables as they will be; the *plain* one plans freely. On SQLite the
*hot* one is the only connection that writes, so that threads queue for it instead of meeting
SQLITE_BUSY; the *plain* one reads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from services.workflow.adapters.database.errors import is_read_only, translated
from services.workflow.adapters.database.prepared import InThreads, OnLoop
from services.workflow.adapters.database.sqlite_file import FileConnection, SqliteFile
from services.workflow.adapters.database.timed import (
    TimedAsyncConnection,
    TimedConnection,
    has_news,
)
from services.workflow.application.rounds import ANSWER_S, READ_S
from services.workflow.domain.refusals import NotWritable, OutcomeUnknown

# Tables are empty when a service starts: a plan chosen then scans what later grows. So the plan
# is made once, without looking at values, and must use the indexes.
_PLANS = (
    "plan_cache_mode=force_generic_plan",
    "enable_seqscan=off",
    "enable_hashjoin=off",
    "enable_mergejoin=off",
    "jit=off",
)
# A list is planned for what it asks: "within c" is every review there is, "within c.h3" a hundred.
_LISTS = (
    "plan_cache_mode=force_custom_plan",
    "client_connection_check_interval=1s",  # a list that nobody waits for any more ends
)
_SESSION = (
    "timezone=UTC",
    "synchronous_commit=on",  # else the relay can publish what a crash takes back
    "lock_timeout=10s",
    "idle_in_transaction_session_timeout=5min",
)
_REACH = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms; a server that went silent is given up
}
_NAME = "shuping-workflow"


class Patience(NamedTuple):
    """How long answers are waited for, seconds; None: as long as it takes."""

    reading: float | None
    writing: float | None


USUAL = Patience(READ_S, ANSWER_S)
ENDLESS = Patience(None, None)  # for who reads or rewrites the whole log, and for migrations
PROBING = Patience(0.8, 0.8)


_POOL_WAIT_S = 5.0


class Connections:
    """The pools of one database."""

    def __init__(
        self, url: str, *, size: int = 10, patience: Patience = USUAL, create: bool = False
    ) -> None:
        """Connect when first asked; only with *create* is a missing file of SQLite made."""
        self._patience = patience
        parsed = sa.make_url(url)
        self.is_postgres = parsed.get_backend_name() == "postgresql"
        self.file: SqliteFile | None = None
        if self.is_postgres:
            session = (*_SESSION, f"statement_timeout={patience.writing or 0}s")
            options = _options((*session, *_PLANS))
            self._on_loops: list[OnLoop] = []
            self._conninfo = _conninfo(parsed, options)
            self.hot = _postgres(parsed, size, self._conninfo)
            self.in_threads = InThreads(self.hot)
            self.plain = _postgres(parsed, size, _conninfo(parsed, _options((*session, *_LISTS))))
        else:
            self.file = SqliteFile(Path(parsed.database or ""), create=create)
            self.hot = _sqlite(parsed, 1, self.file)
            self.plain = _sqlite(parsed, size, self.file)

    def on_loop(self) -> OnLoop:
        """Return a connection of the hot path for one event loop; PostgreSQL only."""
        made = OnLoop(partial(_connected_on_loop, self._conninfo))
        self._on_loops.append(made)
        return made

    def close(self) -> None:
        """Close idle connections; those in use close when they are given back."""
        if self.is_postgres:
            for one in self._on_loops:
                one.close()
        self.hot.dispose()
        self.plain.dispose()

    def require_in_place(self) -> None:
        """Refuse to go on with a file that is no longer where it was; a server knows its own.

        Raises:
            StoreReplaced: the file is gone, or another is in its place.
        """
        if self.file is not None:
            self.file.require_in_place()

    def require_writable(self) -> None:
        """Ask the database for a sign of life, and whether it can be written.

        Raises:
            NotWritable: it can be read, and not be written for now.
            StoreUnavailable: there is no sign of life.
        """
        with self.reading() as connection:
            if self.file is not None:
                connection.exec_driver_sql("SELECT 1")
                self.file.require_writable()
            elif connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
                connection.invalidate()  # a setting may hold for what is connected now
                raise NotWritable("the server takes no writes: transaction_read_only is on")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Lend a connection on which each statement stands alone.

        Raises:
            StoreUnavailable: the database cannot be reached now.
        """
        with translated(), self._lent(self.plain) as connection:
            self._wait(connection, self._patience.reading)
            yield connection

    @contextmanager
    def at_once(self) -> Iterator[sa.Connection]:
        """Lend a connection on which one statement is a whole transaction.

        Raises:
            StoreUnavailable: the database cannot be reached now, or went away meanwhile.
        """
        engine = self.plain if self.is_postgres else self.hot
        with translated(), self._lent(engine) as connection:
            self._wait(connection, self._patience.writing)
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Lend a connection inside one transaction: committed on a clean exit, else undone.

        Raises:
            OutcomeUnknown: the connection was lost while committing.
            StoreUnavailable: the database cannot be reached now; nothing was written.
        """
        engine = self.plain if self.is_postgres else self.hot
        with translated(), self._lent(engine) as connection:
            self._wait(connection, self._patience.writing)
            # By hand: in autocommit the pool and SQLAlchemy add no round trips of their own, and
            # a deferred transaction of SQLite would meet SQLITE_BUSY when it starts to write.
            connection.exec_driver_sql("BEGIN" if self.is_postgres else "BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException as error:
                undo(connection)
                if is_read_only(error):
                    connection.invalidate()  # what is connected next may write
                raise
            _commit(connection)

    def _lent(self, engine: sa.Engine) -> sa.Connection:
        self.require_in_place()
        return engine.connect()

    def _wait(self, connection: sa.Connection, answer_s: float | None) -> None:
        if self.is_postgres:
            driver(connection).answer_s = answer_s


def _commit(connection: sa.Connection) -> None:
    try:
        connection.exec_driver_sql("COMMIT")
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise OutcomeUnknown("the connection was lost while committing") from error
        raise


def undo(connection: sa.Connection) -> None:
    """Roll back by hand; a connection that cannot is dropped, and the server undoes it."""
    if connection.invalidated:
        return  # asking would raise again, and hide the error that says the server went away
    try:
        connection.exec_driver_sql("ROLLBACK")
    except sa.exc.DBAPIError:
        connection.invalidate()


def _options(options: tuple[str, ...]) -> str:
    return " ".join(f"-c {option}" for option in options)


async def _connected_on_loop(conninfo: str) -> TimedAsyncConnection:
    """Connect for the hot path: autocommit, nothing of SQLAlchemy's around it."""
    return await TimedAsyncConnection.connect(conninfo, autocommit=True)


def _conninfo(url: sa.URL, options: str) -> str:
    where = url.translate_connect_args(username="user", database="dbname")
    parameters = {"application_name": _NAME, "options": options} | _REACH | where | dict(url.query)
    return make_conninfo(**parameters)


def _postgres(url: sa.URL, size: int, conninfo: str) -> sa.Engine:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=size,
        pool_timeout=_POOL_WAIT_S,
        pool_reset_on_return=None,
        pool_use_lifo=True,  # the few that are busy stay warm
        hide_parameters=True,  # an error's text tells no ballot, and no secret
        use_native_hstore=False,  # else every new connection asks for a type nobody uses
        creator=partial(TimedConnection.connect, conninfo),
    )

    @sa.event.listens_for(engine, "checkout")
    def _require_alive(connection: Any, _entry: ConnectionPoolEntry, _lent: Any) -> None:
        # A ping would be a round trip each time; a server that went away has said so by itself.
        if has_news(connection):
            raise sa.exc.InvalidatePoolError  # the others as well: connect anew

    return engine


def _sqlite(url: sa.URL, size: int, file: SqliteFile) -> sa.Engine:
    engine = sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0 if size == 1 else size,
        pool_timeout=30,
        pool_reset_on_return=None,
        hide_parameters=True,
        creator=file.open,
    )

    @sa.event.listens_for(engine, "checkin")
    def _keep_what_can_write(lent: FileConnection | None, entry: ConnectionPoolEntry) -> None:
        if lent is not None and not lent.can_write:
            entry.invalidate()

    return engine


def driver(connection: Any) -> Any:
    """Return the driver's own connection under a pooled or SQLAlchemy one."""
    lent = connection.connection if isinstance(connection, sa.Connection) else connection
    return lent.driver_connection
