"""Drafts: one row for a document of a case, moved by whoever knows what stands there.

A document that is handed in leaves a row without a text and without a tag, for an hour: a save that
was on its way, and cannot have seen that, finds in the row which version is the next.
"""

from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.drafts import ANY, Draft

_row = tables.draft.c
_HANDED_IN = ""  # tag


class KeptDrafts:
    """Implements the port `DraftStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def draft(self, case_id: str, document: str) -> Draft | None:
        """Return what is kept, in one statement."""
        statement = sa.select(tables.draft).where(_is(case_id, document), _row.tag != _HANDED_IN)
        with self._connections.reading() as connection:
            row = connection.execute(statement).first()
        if row is None:
            return None
        return _draft(row)

    def of_case(self, case_id: str) -> list[Draft]:
        statement = sa.select(tables.draft).where(_row.case_id == case_id, _row.tag != _HANDED_IN)
        with self._connections.reading() as connection:
            return [_draft(row) for row in connection.execute(statement.order_by(_row.document))]

    def keep(self, draft: Draft, expected: str | None) -> bool:
        """Keep *draft* where what stands there is *expected*, in one statement and its commit."""
        values = {
            "n_filed": draft.n_filed,
            "typed": draft.body,
            "saved_by": draft.saved_by,
            "saved_at": draft.saved_at,
            "gone_at": draft.gone_at,
            "tag": draft.tag,
        }
        if expected is None or expected == ANY:
            return self._begin(draft, values, over_all=expected == ANY)
        mine = sa.and_(
            _is(draft.case, draft.document),
            _row.n_filed == draft.n_filed,
            sa.or_(_row.tag == expected, _row.typed == draft.body),
        )
        return self._n(tables.draft.update().where(mine).values(values)) > 0

    def _begin(self, draft: Draft, values: dict[str, Any], *, over_all: bool) -> bool:
        """Keep *draft* where there is none that counts; the same text again is no conflict."""
        goes = sa.or_(
            _row.n_filed < draft.n_filed,
            _row.tag == _HANDED_IN,
            _row.gone_at <= draft.saved_at,
            _row.typed == draft.body,
        )
        handed_in = _row.n_filed > draft.n_filed
        key = {"case_id": draft.case, "document": draft.document}
        with self._connections.at_once() as connection:
            statement = (
                insert(connection, tables.draft)
                .values(key | values)
                .on_conflict_do_update(
                    index_elements=list(tables.draft.primary_key),
                    set_=values,
                    where=~handed_in if over_all else sa.and_(~handed_in, goes),
                )
                .returning(_row.tag)
            )
            return connection.execute(statement).first() is not None

    def drop(self, case_id: str, document: str, expected: str | None) -> bool:
        """Take a draft away where it is *expected*; None: whatever it is."""
        mine = sa.and_(_is(case_id, document), _row.tag != _HANDED_IN)
        if expected is not None and expected != ANY:
            mine = sa.and_(mine, _row.tag == expected)
        return self._n(tables.draft.delete().where(mine)) > 0

    def forget(self, now: datetime) -> int:
        """Take away every draft whose time is over, and what stands where one was handed in."""
        over = tables.draft.delete().where(_row.gone_at <= now).returning(_row.tag)
        with self._connections.at_once() as connection:
            return sum(tag != _HANDED_IN for tag in connection.execute(over).scalars())

    def _n(self, statement: sa.Update | sa.Delete) -> int:
        with self._connections.at_once() as connection:
            return connection.execute(statement).rowcount


def _draft(row: sa.Row[Any]) -> Draft:
    return Draft(
        case=row.case_id,
        document=row.document,
        n_filed=row.n_filed,
        typed=orjson.loads(row.typed),
        saved_by=row.saved_by,
        saved_at=row.saved_at,
        gone_at=row.gone_at,
    )


def _is(case_id: str, document: str) -> sa.ColumnElement[bool]:
    return sa.and_(_row.case_id == case_id, _row.document == document)
