"""The urn: answers that are put in one by one, and mixed until nothing tells."""

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from schemas.tally import Cell
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.ballots.casting import casting, new_id
from services.workflow.adapters.database.ballots.polls import (
    boxes_of,
    electorates_of,
    takes_ballots,
)
from services.workflow.adapters.database.ballots.roll import votes_of
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.errors import translated
from services.workflow.application.ballots.ports import Ballot, KeptPoll
from services.workflow.domain.ballots.sheet import Answer, Comment
from services.workflow.domain.refusals import StoreUnavailable

_poll, _ticket, _urn = tables.poll.c, tables.ticket.c, tables.urn.c
_electorate, _counted = tables.electorate.c, tables.counted.c
_SHUFFLE = secrets.SystemRandom().shuffle


class Urn:
    """Implements the port `UrnStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def cast(
        self,
        poll: KeptPoll,
        secret_hash: bytes,
        nonce_hash: bytes,
        answers: Sequence[Answer],
        comments: Sequence[Comment] = (),
    ) -> bool:
        ballot = Ballot(
            poll=poll,
            secret_hash=secret_hash,
            nonce_hash=nonce_hash,
            answers=answers,
            comments=comments,
        )
        if self._connections.is_postgres:
            with translated():
                return bool(self._connections.in_threads.run(casting([ballot])))
        return self._cast_in_turn(ballot)

    def _cast_in_turn(self, ballot: Ballot) -> bool:
        used = (
            tables.ticket.update()
            .where(
                _ticket.secret_hash == ballot.secret_hash,
                _ticket.poll == ballot.poll.id,
                _ticket.state == "unused",
                takes_ballots(ballot.poll),
            )
            .values(state="phone", nonce_hash=ballot.nonce_hash)
            .returning(_ticket.electorate)
        )
        filled = [
            {"id": new_id(), "about": one.about, "question": one.question, "value": one.value}
            for one in ballot.answers
        ]
        written = [
            {"id": new_id(), "poll": ballot.poll.id, "about": one.about, "said": one.text.encode()}
            for one in ballot.comments
        ]
        with self._connections.transaction() as connection:
            electorate = connection.execute(used).scalar()
            if electorate is None:
                return False
            if filled:
                rows = [{"electorate": electorate, **row} for row in filled]
                connection.execute(tables.urn.insert(), rows)
            if written:
                connection.execute(tables.ballot_comment.insert(), written)
        return True

    def close(self, poll_id: str) -> None:
        with self._connections.transaction() as connection:
            closing = tables.poll.update().where(_poll.id == poll_id, _poll.state == "open")
            if not connection.execute(closing.values(state="sealed")).rowcount:
                return
            if self._connections.is_postgres:
                # In the order in which a cast takes them, and after the poll's row.
                connection.exec_driver_sql(
                    "LOCK TABLE elector, ticket, urn, ballot_comment IN ACCESS EXCLUSIVE MODE"
                )
            _count(connection, poll_id)
            _mix(connection, poll_id)

    def scrub(self) -> None:
        if self._connections.is_postgres:
            return  # the mix left the old files empty; the WAL is the operator's
        with self._connections.at_once() as connection:
            connection.exec_driver_sql("VACUUM")
            row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            if row[0]:
                raise StoreUnavailable("somebody is reading what has to be left behind")

    def counts(self, *poll_ids: str) -> dict[str, list[Cell]]:
        statement = (
            sa.select(
                _electorate.poll,
                _electorate.name,
                _counted.about,
                _counted.question,
                _counted.value,
                _counted.n,
            )
            .join(tables.electorate, _electorate.id == _counted.electorate)
            .where(_electorate.poll.in_(poll_ids))
        )
        found: dict[str, list[Cell]] = {one: [] for one in poll_ids}
        with self._connections.reading() as connection:
            for poll, *cell in connection.execute(statement):
                found[poll].append(Cell(*cell))
        return found

    def comments(self, poll_id: str) -> dict[str, Comment]:
        written = tables.ballot_comment.c
        statement = sa.select(written.id, written.about, written.said)
        mine = statement.where(written.poll == poll_id)
        with self._connections.reading() as connection:
            rows = connection.execute(mine.order_by(written.id)).all()
        return {row.id.hex(): Comment(row.about, row.said.decode()) for row in rows}

    def erase_comment(self, poll_id: str, comment: str) -> bool:
        written = tables.ballot_comment.c
        gone = sa.and_(written.poll == poll_id, written.id == bytes.fromhex(comment))
        with self._connections.transaction() as connection:
            if self._connections.is_postgres:
                connection.exec_driver_sql("LOCK TABLE ballot_comment IN ACCESS EXCLUSIVE MODE")
            if connection.execute(sa.select(written.id).where(gone)).first() is None:
                return False
            if self._connections.is_postgres:  # a row that is only taken out stays in its page
                _write_anew(connection, [(tables.ballot_comment, ~gone)])
            else:
                connection.execute(tables.ballot_comment.delete().where(gone))
        self.scrub()
        return True


def _count(connection: sa.Connection, poll_id: str) -> None:
    cell = (_urn.electorate, _urn.about, _urn.question, _urn.value)
    sums = sa.select(*cell, sa.func.count()).where(_urn.electorate.in_(electorates_of(poll_id)))
    names = [column.name for column in tables.counted.columns]
    connection.execute(tables.counted.insert().from_select(names, sums.group_by(*cell)))
    by_name = [*_counted_by_name(connection, poll_id)]
    if by_name:
        connection.execute(tables.counted.insert(), by_name)


def _counted_by_name(connection: sa.Connection, poll_id: str) -> Iterator[dict[str, Any]]:
    ids = boxes_of(connection, poll_id)
    sums = Counter(
        (ids[vote.electorate], one.about, one.question, one.value)
        for vote in votes_of(connection, poll_id)
        for one in vote.answers or ()
    )
    for (electorate, about, question, value), n in sums.items():
        cell = {"electorate": electorate, "about": about, "question": question, "value": value}
        yield cell | {"n": n}


def _mix(connection: sa.Connection, poll_id: str) -> None:
    """Leave neither answers nor an order: what lies there is written anew, shuffled, by one writer.

    On PostgreSQL that is the whole of both tables: a row that is only taken out stays in its page,
    with the transaction that wrote it beside the ticket's. SQLite keeps rows by their random keys.
    """
    ours = _urn.electorate.in_(electorates_of(poll_id))
    if connection.dialect.name != "postgresql":
        connection.execute(tables.urn.delete().where(ours))
        return
    left = [(tables.urn, ~ours), (tables.ticket, sa.true())]
    said = tables.ballot_comment
    if connection.execute(sa.select(said.c.id).where(said.c.poll == poll_id).limit(1)).first():
        left.append((said, sa.true()))
    _write_anew(connection, left)


def _write_anew(
    connection: sa.Connection, left: Sequence[tuple[sa.Table, sa.ColumnElement[bool]]]
) -> None:
    """Leave of each table no more than *left* says, shuffled, in files that held nothing else."""
    kept: list[tuple[sa.Table, list[dict[str, Any]]]] = []
    for table, which in left:
        rows = connection.execute(sa.select(table).where(which)).mappings().all()
        kept.append((table, [dict(row) for row in rows]))
    connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table, _ in left)}")
    for table, again in kept:
        _SHUFFLE(again)
        if again:
            connection.execute(table.insert(), again)
