"""Driver errors in the service's own words, translated at the call that can cause them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from services.workflow.domain.refusals import StoreUnavailable

# Everything a driver or the pool raises when the database cannot be reached or is overloaded.
UNREACHABLE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    sqlite3.OperationalError,
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.TimeoutError,
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn an unreachable database into `StoreUnavailable`; for reads and whole transactions."""
    try:
        yield
    except UNREACHABLE as error:
        raise StoreUnavailable(str(error).partition("\n")[0]) from error
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated or is_read_only(error):
            raise StoreUnavailable(str(error).partition("\n")[0]) from error
        raise


def is_read_only(error: BaseException) -> bool:
    """Tell whether PostgreSQL took no writes: a standby, or set so."""
    told = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return isinstance(told, psycopg.errors.ReadOnlySqlTransaction)
