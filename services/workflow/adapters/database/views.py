"""Lists that people named: a few rows of each, beside the log."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.saved_views import Kept, SavedView

_row = tables.saved_view.c


class KeptViews:
    """Implements the port `ViewStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def views(self, person: str) -> Sequence[SavedView]:
        """Return a person's views by name, in one statement."""
        statement = sa.select(_row.name, _row.address).where(_row.person == person)
        with self._connections.reading() as connection:
            rows = connection.execute(statement.order_by(_row.name)).all()
        return [SavedView(name=row.name, address=row.address) for row in rows]

    def keep(self, person: str, view: SavedView, at: datetime, most: int) -> Kept:
        """Keep one more of at most *most*; the same view again changes nothing."""
        # Of two windows at once one finds its place given away, and takes the next.
        for _ in range(most):
            if (kept := self._keep(person, view, at, most)) is not None:
                return kept
        return "full"

    def _keep(self, person: str, view: SavedView, at: datetime, most: int) -> Kept | None:
        mine = sa.select(_row.place, _row.name, _row.address).where(_row.person == person)
        with self._connections.transaction() as connection:
            there = connection.execute(mine).all()
            named = {row.name: row.address for row in there}
            if view.name in named:
                return "kept" if named[view.name] == view.address else "taken"
            free = sorted(set(range(most)) - {row.place for row in there})
            if not free:
                return "full"
            values = {"person": person, "place": free[0], "name": view.name}
            kept = insert(connection, tables.saved_view).values(
                values | {"address": view.address, "kept_at": at}
            )
            done = connection.execute(kept.on_conflict_do_nothing().returning(_row.place)).scalar()
        return None if done is None else "kept"

    def rename(self, person: str, name: str, to: str) -> bool | None:
        """Call a view otherwise; None: there is none of that name, False: another is called so."""
        mine = sa.and_(_row.person == person, _row.name == name)
        renamed = tables.saved_view.update().where(mine).values(name=to)
        try:
            with self._connections.transaction() as connection:
                return bool(connection.execute(renamed).rowcount) or None
        except sa.exc.IntegrityError:  # it is undone
            return False

    def drop(self, person: str, name: str) -> bool:
        """Forget a view; tell whether there was one."""
        mine = sa.and_(_row.person == person, _row.name == name)
        with self._connections.transaction() as connection:
            return bool(connection.execute(tables.saved_view.delete().where(mine)).rowcount)
