"""Engines of tests share what they compiled with their kind, and with no other."""

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import CacheStats
from sqlalchemy.pool import StaticPool


def asked(engine: sa.Engine, statement: sa.Select[tuple[int]]) -> tuple[CacheStats, int]:
    """Return whether the engine had compiled *statement*, and what the database answers."""
    seen = list[CacheStats]()
    sa.event.listen(engine, "before_cursor_execute", lambda *told: seen.append(told[4].cache_hit))
    with engine.connect() as connection:
        answer = int(connection.execute(statement).scalar_one())
    engine.dispose()
    return seen[0], answer


class OtherDialect(SQLiteDialect_pysqlite):
    """Another kind of database."""

    supports_statement_cache = True


def test_what_one_engine_compiled_another_of_its_kind_has_and_none_of_another_kind():
    made = [sa.create_engine("sqlite://", poolclass=StaticPool) for _ in range(3)]
    made[2].dialect = OtherDialect()
    told = [asked(engine, sa.select(sa.literal(n) + 4711)) for n, engine in enumerate(made)]
    assert [answer for _, answer in told] == [4711, 4712, 4713]
    assert [hit.name for hit, _ in told] == ["CACHE_MISS", "CACHE_HIT", "CACHE_MISS"]
