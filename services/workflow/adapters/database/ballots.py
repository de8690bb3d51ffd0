"""Slips and answers: what is used up and put in together, and mixed until nothing tells.

A cast is one statement, so its locks are those of the tables. The mix takes both tables: it waits
for every cast under way, and what comes later finds the poll closed. So a ballot is counted or
refused, and never neither. Whatever else changes slips holds the poll's row first, then the tables.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

import orjson
import sqlalchemy as sa

from schemas.tally import Cell
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert, write_documents
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.ballots.ports import (
    KeptElectorate,
    KeptPoll,
    PaperCount,
    PollState,
    Ticket,
    TicketState,
)
from services.workflow.application.ports import Document
from services.workflow.domain.ballots.reconciling import Slips
from services.workflow.domain.ballots.sheet import Answer
from services.workflow.domain.case.tallying import Covered
from services.workflow.domain.refusals import StoreUnavailable

_poll, _ticket, _urn = tables.poll.c, tables.ticket.c, tables.urn.c
_electorate, _counted = tables.electorate.c, tables.counted.c
# The whole transaction in one statement: its snapshot is taken once it holds the tables, so a poll
# that was closed while it waited for them is seen to be.
_CAST = """
WITH mine AS (
    UPDATE ticket SET state = 'phone', nonce_hash = %s
    WHERE secret_hash = %s AND state = 'unused' AND EXISTS (
        SELECT FROM poll JOIN case_head USING (case_id)
        WHERE poll.id = %s AND poll.state = 'open'
            AND poll.holds_in = %s AND poll.holds_in IN ('', case_head.state))
    RETURNING electorate),
filled AS (
    INSERT INTO urn (id, electorate, about, question, value)
    SELECT id, electorate, about, question, value
    FROM mine, unnest(%s::bytea[], %s::text[], %s::text[], %s::text[])
        AS given (id, about, question, value))
SELECT electorate FROM mine
"""
_SHUFFLE = secrets.SystemRandom().shuffle


class KeptBallots:
    """Implements the port `BallotStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    # --- Polls ---

    def polls(self, case_id: str) -> list[KeptPoll]:
        return self._polls(_poll.case_id == case_id)

    def poll(self, poll_id: str) -> KeptPoll | None:
        return next(iter(self._polls(_poll.id == poll_id)), None)

    def _polls(self, which: sa.ColumnElement[bool]) -> list[KeptPoll]:
        joined = tables.poll.join(tables.electorate, _electorate.poll == _poll.id)
        statement = (
            sa.select(
                tables.poll,
                _electorate.id.label("electorate_id"),
                _electorate.name.label("electorate_name"),
                _electorate.n_eligible,
            )
            .select_from(joined)
            .where(which)
            .order_by(_poll.name, _poll.rehearsal, _electorate.name)
        )
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
        found: dict[str, list[sa.Row[Any]]] = {}
        for row in rows:
            found.setdefault(row.id, []).append(row)
        return [_read_poll(of_poll) for of_poll in found.values()]

    def prepare(self, poll: KeptPoll) -> None:
        with self._connections.transaction() as connection:
            made = insert(connection, tables.poll).values(_poll_row(poll))
            done = connection.execute(made.on_conflict_do_nothing().returning(_poll.id)).first()
            if done is not None:
                rows = [
                    {
                        "id": one.id,
                        "poll": poll.id,
                        "name": one.name,
                        "n_eligible": one.n_eligible,
                    }
                    for one in poll.electorates
                ]
                connection.execute(tables.electorate.insert(), rows)

    def open(self, poll_id: str, covered: Sequence[Covered], eligible: Mapping[str, int]) -> None:
        with self._connections.transaction() as connection:
            opened = connection.execute(
                tables.poll.update()
                .where(_poll.id == poll_id, _poll.state == "waiting")
                .values(state="open", covered=_put_covered(covered))
            ).rowcount
            for name, n in eligible.items() if opened else ():
                mine = sa.and_(_electorate.poll == poll_id, _electorate.name == name)
                connection.execute(tables.electorate.update().where(mine).values(n_eligible=n))

    def discard(self, poll_id: str) -> None:
        with self._connections.transaction() as connection:
            _held(connection, poll_id)
            ours = _of_poll(poll_id)
            connection.execute(tables.ticket.delete().where(_ticket.poll == poll_id))
            connection.execute(tables.urn.delete().where(_urn.electorate.in_(ours)))
            connection.execute(tables.counted.delete().where(_counted.electorate.in_(ours)))
            connection.execute(tables.electorate.delete().where(_electorate.poll == poll_id))
            connection.execute(tables.poll.delete().where(_poll.id == poll_id))

    # --- Slips ---

    def issue(
        self, poll_id: str, electorate_id: str, hashes: Iterable[bytes], *, most: int, anew: bool
    ) -> bool:
        rows = [
            {"secret_hash": one, "poll": poll_id, "electorate": electorate_id, "state": "unused"}
            for one in hashes
        ]
        mine = _ticket.electorate == electorate_id
        with self._connections.transaction() as connection:
            if _held(connection, poll_id) not in (("waiting",) if anew else ("waiting", "open")):
                return False
            if anew:
                connection.execute(tables.ticket.delete().where(mine, _ticket.state == "unused"))
            n = connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one()
            if n + len(rows) > most:
                return False
            connection.execute(tables.ticket.insert(), rows)
        return True

    def ticket(self, secret_hash: bytes) -> Ticket | None:
        statement = (
            sa.select(
                tables.poll,
                _electorate.id.label("electorate_id"),
                _electorate.name.label("electorate_name"),
                _electorate.n_eligible,
                _ticket.state.label("ticket_state"),
                _ticket.nonce_hash,
                tables.case_head.c.state.label("case_state"),
            )
            .select_from(tables.ticket)
            .join(tables.poll, _poll.id == _ticket.poll)
            .join(tables.electorate, _electorate.id == _ticket.electorate)
            .join(tables.case_head, tables.case_head.c.case_id == _poll.case_id)
            .where(_ticket.secret_hash == secret_hash)
        )
        with self._connections.reading() as connection:
            row = connection.execute(statement).first()
        if row is None:
            return None
        return Ticket(
            poll=_read_poll([row]),
            electorate=row.electorate_name,
            state=row.ticket_state,
            nonce_hash=row.nonce_hash,
            case_state=row.case_state,
        )

    def mark(self, poll_id: str, hashes: Sequence[bytes], state: TicketState) -> bool:
        mine = sa.and_(
            _ticket.poll == poll_id,
            _ticket.state == "unused",
            _ticket.secret_hash.in_(hashes),
        )
        with self._connections.transaction() as connection:
            if _held(connection, poll_id) not in ("open", "sealed"):
                return False
            connection.execute(tables.ticket.update().where(mine).values(state=state))
        return True

    def tickets(self, poll_id: str) -> dict[bytes, TicketState]:
        statement = sa.select(_ticket.secret_hash, _ticket.state).where(_ticket.poll == poll_id)
        with self._connections.reading() as connection:
            rows = connection.execute(statement.order_by(_ticket.secret_hash)).all()
        return {row.secret_hash: row.state for row in rows}

    def slips(self, poll_id: str) -> list[Slips]:
        def n(state: str) -> sa.ColumnElement[int]:
            return sa.func.count(sa.case((_ticket.state == state, 1)))

        statement = (
            sa.select(
                _electorate.name,
                _electorate.n_eligible,
                sa.func.count(_ticket.secret_hash).label("n_issued"),
                n("phone").label("n_phone"),
                n("paper").label("n_paper"),
                n("spoilt").label("n_spoilt"),
            )
            .select_from(tables.electorate)
            .outerjoin(tables.ticket, _ticket.electorate == _electorate.id)
            .where(_electorate.poll == poll_id)
            .group_by(_electorate.id, _electorate.name, _electorate.n_eligible)
        )
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            Slips(
                electorate=row.name,
                n_eligible=row.n_eligible,
                n_issued=row.n_issued,
                n_phone=row.n_phone,
                n_marked_paper=row.n_paper,
                n_spoilt=row.n_spoilt,
            )
            for row in rows
        ]

    # --- The urn ---

    def cast(
        self, poll: KeptPoll, secret_hash: bytes, nonce_hash: bytes, answers: Sequence[Answer]
    ) -> bool:
        rows = [
            {"about": one.about, "question": one.question, "value": one.value} for one in answers
        ]
        _SHUFFLE(rows)  # not even the order of a sheet is kept
        ids = [secrets.token_bytes(16) for _ in rows]
        if self._connections.is_postgres:
            given = [[row[name] for row in rows] for name in ("about", "question", "value")]
            values = (nonce_hash, secret_hash, poll.id, poll.holds_in, ids, *given)
            with self._connections.at_once() as connection:
                return connection.exec_driver_sql(_CAST, values).first() is not None
        used = (
            tables.ticket.update()
            .where(
                _ticket.secret_hash == secret_hash, _ticket.state == "unused", _takes_ballots(poll)
            )
            .values(state="phone", nonce_hash=nonce_hash)
            .returning(_ticket.electorate)
        )
        with self._connections.transaction() as connection:
            electorate = connection.execute(used).scalar()
            if electorate is None:
                return False
            filled = [
                {"id": id_, "electorate": electorate, **row}
                for id_, row in zip(ids, rows, strict=True)
            ]
            if filled:
                connection.execute(tables.urn.insert(), filled)
        return True

    def close(self, poll_id: str) -> None:
        with self._connections.transaction() as connection:
            closing = tables.poll.update().where(_poll.id == poll_id, _poll.state == "open")
            if not connection.execute(closing.values(state="sealed")).rowcount:
                return
            if self._connections.is_postgres:
                # In the order in which a cast takes them, and after the poll's row.
                connection.exec_driver_sql("LOCK TABLE ticket, urn IN ACCESS EXCLUSIVE MODE")
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

    def counts(self, poll_id: str) -> list[Cell]:
        statement = (
            sa.select(
                _electorate.name, _counted.about, _counted.question, _counted.value, _counted.n
            )
            .join(tables.electorate, _electorate.id == _counted.electorate)
            .where(_electorate.poll == poll_id)
        )
        with self._connections.reading() as connection:
            return [Cell(*row) for row in connection.execute(statement)]

    # --- Paper, and the end ---

    def keep_paper(self, poll_id: str, count: PaperCount, tied: Collection[str]) -> bool:
        key = {"poll": poll_id, "person": count.person}
        body = {"body": orjson.dumps(count.body)}
        kept = tables.paper_count.c
        before = sa.select(kept.person).where(kept.poll == poll_id, kept.person != count.person)
        with self._connections.transaction() as connection:
            if _held(connection, poll_id) != "sealed":
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

    def papers(self, poll_id: str) -> list[PaperCount]:
        kept = tables.paper_count.c
        statement = sa.select(kept.person, kept.body).where(kept.poll == poll_id)
        with self._connections.reading() as connection:
            rows = connection.execute(statement.order_by(kept.person)).all()
        return [PaperCount(person=row.person, body=orjson.loads(row.body)) for row in rows]

    def keep_documents(self, documents: Sequence[Document]) -> None:
        with self._connections.transaction() as connection:
            write_documents(connection, documents)

    def document(self, hash_: str) -> bytes:
        statement = sa.select(tables.document.c.body).where(tables.document.c.hash == hash_)
        with self._connections.reading() as connection:
            return bytes(connection.execute(statement).scalar_one())

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
            ours = _of_poll(poll_id)
            connection.execute(tables.counted.delete().where(_counted.electorate.in_(ours)))
            paper = tables.paper_count
            connection.execute(paper.delete().where(paper.c.poll == poll_id))
            connection.execute(tables.ticket.delete().where(_ticket.poll == poll_id))


def _held(connection: sa.Connection, poll_id: str) -> str | None:
    """Return a poll's state and keep it so until the transaction ends."""
    held = sa.select(_poll.state).where(_poll.id == poll_id).with_for_update()
    return connection.execute(held).scalar()


def _of_poll(poll_id: str) -> sa.Select[tuple[str]]:
    return sa.select(_electorate.id).where(_electorate.poll == poll_id)


def _takes_ballots(poll: KeptPoll) -> sa.ColumnElement[bool]:
    """Tell in the statement itself whether the poll is open, and its case where it has to be."""
    head = tables.case_head.c
    there = sa.true() if not poll.holds_in else head.state == poll.holds_in
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(tables.poll.join(tables.case_head, head.case_id == _poll.case_id))
        .where(_poll.id == poll.id, _poll.state == "open", there)
    )


def _count(connection: sa.Connection, poll_id: str) -> None:
    cell = (_urn.electorate, _urn.about, _urn.question, _urn.value)
    sums = sa.select(*cell, sa.func.count()).where(_urn.electorate.in_(_of_poll(poll_id)))
    names = [column.name for column in tables.counted.columns]
    connection.execute(tables.counted.insert().from_select(names, sums.group_by(*cell)))


def _mix(connection: sa.Connection, poll_id: str) -> None:
    """Leave neither answers nor an order: what lies there is written anew, shuffled, by one writer.

    On PostgreSQL that is the whole of both tables: a row that is only taken out stays in its page,
    with the transaction that wrote it beside the ticket's. SQLite keeps rows by their random keys.
    """
    ours = _urn.electorate.in_(_of_poll(poll_id))
    if connection.dialect.name != "postgresql":
        connection.execute(tables.urn.delete().where(ours))
        return
    kept: list[tuple[sa.Table, list[dict[str, Any]]]] = []
    for table, which in ((tables.urn, ~ours), (tables.ticket, sa.true())):
        rows = connection.execute(sa.select(table).where(which)).mappings().all()
        kept.append((table, [dict(row) for row in rows]))
    connection.exec_driver_sql("TRUNCATE urn, ticket")
    for table, again in kept:
        _SHUFFLE(again)
        if again:
            connection.execute(table.insert(), again)


def _poll_row(poll: KeptPoll) -> dict[str, Any]:
    return {
        "id": poll.id,
        "case_id": poll.case,
        "name": poll.name,
        "rehearsal": int(poll.rehearsal),
        "state": poll.state,
        "holds_in": poll.holds_in,
        "rule": orjson.dumps(poll.rule),
        "covered": _put_covered(poll.covered),
    }


def _read_poll(rows: Sequence[sa.Row[Any]]) -> KeptPoll:
    first = rows[0]
    return KeptPoll(
        id=first.id,
        case=first.case_id,
        name=first.name,
        rehearsal=bool(first.rehearsal),
        state=cast("PollState", first.state),
        holds_in=first.holds_in,
        rule=orjson.loads(first.rule),
        told=None if first.told is None else orjson.loads(first.told),
        covered=tuple(
            Covered(stream=stream, person=person) for stream, person in orjson.loads(first.covered)
        ),
        electorates=tuple(
            KeptElectorate(
                id=row.electorate_id, name=row.electorate_name, n_eligible=row.n_eligible
            )
            for row in rows
        ),
    )


def _put_covered(covered: Sequence[Covered]) -> bytes:
    return orjson.dumps([[one.stream, one.person] for one in covered])
