"""The count: what two people enter of the paper, and how a poll is held, told and settled."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.ballots.polls import electorates_of, held
from services.workflow.adapters.database.bulk import insert, write_documents
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.ballots.ports import PaperCount
from services.workflow.application.ports import Document

_poll, _ticket, _counted = tables.poll.c, tables.ticket.c, tables.counted.c


class KeptCounts:
    """Implements the port `CountStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def keep_paper(self, poll_id: str, count: PaperCount, tied: Collection[str]) -> bool:
        key = {"poll": poll_id, "person": count.person}
        body = {"body": orjson.dumps(count.body)}
        kept = tables.paper_count.c
        before = sa.select(kept.person).where(kept.poll == poll_id, kept.person != count.person)
        with self._connections.transaction() as connection:
            if held(connection, poll_id) != "sealed":
                return False
            others = connection.execute(before).scalars().all()
            if len(others) > 1 or not set(others).isdisjoint(tied):
                return False
            statement = insert(connection, tables.paper_count).values(key | body)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=list(tables.paper_count.primary_key), set_=body
                )
            )
        return True

    def papers(self, *poll_ids: str) -> dict[str, list[PaperCount]]:
        kept = tables.paper_count.c
        statement = sa.select(kept.poll, kept.person, kept.body).where(kept.poll.in_(poll_ids))
        with self._connections.reading() as connection:
            rows = connection.execute(statement.order_by(kept.person)).all()
        found: dict[str, list[PaperCount]] = {one: [] for one in poll_ids}
        for row in rows:
            counted = PaperCount(person=row.person, body=orjson.loads(row.body))
            found[row.poll].append(counted)
        return found

    def keep_documents(self, documents: Sequence[Document]) -> None:
        with self._connections.transaction() as connection:
            write_documents(connection, documents)

    def documents(self, hashes: Collection[str]) -> dict[str, bytes]:
        kept = tables.document.c
        statement = sa.select(kept.hash, kept.body).where(kept.hash.in_(hashes))
        with self._connections.reading() as connection:
            return {row.hash: bytes(row.body) for row in connection.execute(statement)}

    def hold(self, poll_id: str) -> bool:
        mine = sa.and_(_poll.id == poll_id, _poll.state == "sealed")
        with self._connections.at_once() as connection:
            done = connection.execute(tables.poll.update().where(mine).values(state="counted"))
            return done.rowcount > 0

    def release(self, poll_id: str) -> None:
        mine = sa.and_(_poll.id == poll_id, _poll.state == "counted", _poll.told.is_(None))
        with self._connections.at_once() as connection:
            connection.execute(tables.poll.update().where(mine).values(state="sealed"))

    def settle(self, poll_id: str, told: Mapping[str, Any]) -> None:
        mine = sa.and_(_poll.id == poll_id, _poll.told.is_(None))
        counted = {"state": "counted", "told": orjson.dumps(told)}
        with self._connections.transaction() as connection:
            if not connection.execute(tables.poll.update().where(mine).values(counted)).rowcount:
                return
            ours = electorates_of(poll_id)
            connection.execute(tables.counted.delete().where(_counted.electorate.in_(ours)))
            paper = tables.paper_count
            connection.execute(paper.delete().where(paper.c.poll == poll_id))
            connection.execute(tables.ticket.delete().where(_ticket.poll == poll_id))
            roll = tables.elector
            connection.execute(roll.delete().where(roll.c.poll == poll_id))
