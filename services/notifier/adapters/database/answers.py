"""Answers of simulations that nobody waited for, for whichever process is asked for them.

A row is there for a while, under way or answered: a process that dies leaves no promise that
nobody keeps, and no answer outlives the time in which it may be asked for.
"""

import zlib
from collections.abc import Callable
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Connection, Engine, delete, select, update

from schemas.instants import instant
from services.notifier.adapters.database.store import system_time, translated
from services.notifier.adapters.database.tables import simulation
from services.notifier.adapters.database.writing import add_new, upsert
from services.notifier.application.simulations import Told, under_way

MOST_KEPT = 4  # of all processes together: a province's year is some megabytes each
_QUICKLY = 1  # lines are much alike, so the least effort packs them nearly as well as any


class SqlAnswers:
    """The answers in the notifier's database; safe to share between threads and processes."""

    def __init__(self, engine: Engine, time: Callable[[], datetime] = system_time) -> None:
        self._engine, self._time = engine, time

    def promise(self, id_: str, for_s: float) -> None:
        """Let *id_* be under way for *for_s* from now; said again it is prolonged.

        Raises:
            StoreUnavailable
        """
        with translated(), self._engine.begin() as connection:
            row = {"id": id_, "until": self._after(for_s)}
            add_new(connection, simulation, [row])
            connection.execute(update(simulation).where(simulation.c.id == id_).values(row))

    def forget(self, id_: str) -> None:
        """Let *id_* be under way no longer.

        Raises:
            StoreUnavailable
        """
        with translated(), self._engine.begin() as connection:
            connection.execute(delete(simulation).where(simulation.c.id == id_))

    def tell(self, id_: str, told: Told, for_s: float) -> None:
        """Keep what came of *id_* for *for_s*; of all that are kept the newest alone.

        Raises:
            StoreUnavailable
        """
        body = told.body if isinstance(told.body, bytes) else orjson.dumps(told.body)
        row = {
            "id": id_,
            "until": self._after(for_s),
            "status": told.status,
            "retry_after_s": told.retry_after_s,
            "body": zlib.compress(body, _QUICKLY),
        }
        with translated(), self._engine.begin() as connection:
            upsert(connection, simulation, [row])
            self._sweep(connection)

    def find(self, id_: str) -> Told | None:
        """Return what came of *id_*, or that it is under way; None: it is not known any more.

        Raises:
            StoreUnavailable
        """
        this = select(simulation).where(simulation.c.id == id_, simulation.c.until > self._after(0))
        with translated(), self._engine.connect() as plain:
            row = plain.execution_options(reads=True).execute(this).one_or_none()
        if row is None:
            return None
        if row.status is None:
            return under_way(id_)
        return Told(row.status, zlib.decompress(row.body), row.retry_after_s)

    def sweep(self) -> None:
        """Take away what is not to be found any more.

        Raises:
            StoreUnavailable
        """
        with translated(), self._engine.begin() as connection:
            self._sweep(connection)

    def _sweep(self, connection: Connection) -> None:
        connection.execute(delete(simulation).where(simulation.c.until <= self._after(0)))
        answered = select(simulation.c.id).where(simulation.c.status.is_not(None))
        newest_first = answered.order_by(simulation.c.until.desc(), simulation.c.id)
        older = connection.scalars(newest_first.offset(MOST_KEPT)).all()
        if older:
            connection.execute(delete(simulation).where(simulation.c.id.in_(older)))

    def _after(self, seconds: float) -> str:
        return instant(self._time() + timedelta(seconds=seconds))
