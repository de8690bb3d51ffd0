"""What the columns of every table are made of."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from schemas.instants import instant

metadata = sa.MetaData()


class Instant(sa.TypeDecorator[datetime]):
    """Aware UTC in Python; `timestamptz`, or our wire's spelling where a database has no times."""

    impl = sa.String
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return instant(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


# Ids are compared as bytes: a language's collation is slower and cannot serve a range of paths.
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# A string in Python everywhere; each stands in so many rows or indexes that 20 bytes count.
CaseId = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
EventId = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
Octets = sa.LargeBinary


def column(name: str, kind: Any, *, null: bool = False, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, primary_key=key, autoincrement=False)


def counted(name: str) -> sa.Column[Any]:
    """Return a column that other cases' writes count on; null: none did.

    It follows from no event of the row's own case, and is in no comparison: a rebuild counts anew.
    Null takes no room in a row, so cases that nobody waits for pay nothing for it.
    """
    return sa.Column(name, sa.Integer, nullable=True, info={"counted": True})
