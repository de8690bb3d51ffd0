"""Whether the notifier's own database answers, asked by our own clock.

A server that was stopped keeps its connections and says nothing; its time-outs sleep with it, and
the engine waits. So readiness asks over a connection that nothing else uses, and not for long.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import Engine, create_engine, event

from services.notifier.adapters.database.store import SqlStore
from services.notifier.domain.errors import StoreUnavailable

ANSWER_S = 0.8


class Probe:
    """Asks the server of *database* for a sign of life; a file of SQLite has no server to ask."""

    def __init__(self, database: Engine) -> None:
        is_server = database.dialect.name == "postgresql"
        self._store = SqlStore(_timed(database)) if is_server else None
        self._asking = ThreadPoolExecutor(1, "probe")

    def require_answer(self) -> None:
        """Return if there is an answer.

        Raises:
            StoreUnavailable: there is none, or not in time.
        """
        if self._store is None:
            return
        # In a thread: the driver waits for a new connection for two seconds at least.
        asked = self._asking.submit(self._store.require_answer)
        try:
            asked.result(ANSWER_S)
        except TimeoutError as error:
            raise StoreUnavailable("no answer in time") from error
        finally:
            asked.cancel()  # behind one that still hangs, it need not be asked at all

    def close(self) -> None:
        """Close the connection."""
        self._asking.shutdown()
        if self._store is not None:
            self._store.close()


class _TimedConnection(psycopg.Connection[Any]):
    """One that is given up when an answer takes too long."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, ANSWER_S if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if error.sqlstate is None:
                self.pgconn.finish()  # else the pool would lend it again
            raise


def _timed(database: Engine) -> Engine:
    arguments = {"connect_timeout": 2}
    engine = create_engine(
        database.url, pool_pre_ping=True, pool_size=1, max_overflow=0, connect_args=arguments
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, given: Any, named: Any) -> _TimedConnection:
        return _TimedConnection.connect(*given, **named)

    return engine
