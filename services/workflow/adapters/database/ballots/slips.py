"""Slips: what is kept of each is its hash and whether it was used, neither by whom nor when."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.ballots.polls import held, read_poll
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.errors import translated
from services.workflow.adapters.database.prepared import BYTEA, Statement, array
from services.workflow.application.ballots.ports import Ticket, TicketState
from services.workflow.application.rounds import READ_S
from services.workflow.domain.ballots.reconciling import Slips

_poll, _ticket, _electorate = tables.poll.c, tables.ticket.c, tables.electorate.c

# Made once: every phone asks it twice.
_TICKET = (
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
    .where(_ticket.secret_hash == sa.bindparam("hash"))
)


# The same for PostgreSQL, where a hall of phones asks at once: the hot path's way costs a third.
TICKETS = """
SELECT t.secret_hash, p.id::text, p.case_id::text, p.name, p.rehearsal, p.state, p.holds_in,
       p.rule, p.covered, p.told,
       e.id::text AS electorate_id, e.name AS electorate_name, e.n_eligible,
       t.state AS ticket_state, t.nonce_hash, h.state AS case_state
FROM ticket t JOIN poll p ON p.id = t.poll JOIN electorate e ON e.id = t.electorate
    JOIN case_head h ON h.case_id = p.case_id
WHERE t.secret_hash = ANY (%s::bytea[])
"""


class KeptSlips:
    """Implements the port `SlipStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def issue(
        self, poll_id: str, electorate_id: str, hashes: Iterable[bytes], *, most: int, anew: bool
    ) -> bool:
        rows = [
            {"secret_hash": one, "poll": poll_id, "electorate": electorate_id, "state": "unused"}
            for one in hashes
        ]
        mine = _ticket.electorate == electorate_id
        with self._connections.transaction() as connection:
            if held(connection, poll_id) not in (("waiting",) if anew else ("waiting", "open")):
                return False
            if anew:
                connection.execute(tables.ticket.delete().where(mine, _ticket.state == "unused"))
            n = connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one()
            if n + len(rows) > most:
                return False
            connection.execute(tables.ticket.insert(), rows)
        return True

    def ticket(self, secret_hash: bytes) -> Ticket | None:
        row = self._row(secret_hash)
        return None if row is None else ticket_of(row)

    def _row(self, secret_hash: bytes) -> Any:
        if self._connections.is_postgres:
            asked = Statement(TICKETS, (array(BYTEA, [secret_hash]),))
            with translated():
                return next(iter(self._connections.in_threads.run(asked, READ_S)), None)
        with self._connections.reading() as connection:
            return connection.execute(_TICKET, {"hash": secret_hash}).first()

    def mark(self, poll_id: str, hashes: Sequence[bytes], state: TicketState) -> bool:
        mine = sa.and_(
            _ticket.poll == poll_id,
            _ticket.state == "unused",
            _ticket.secret_hash.in_(hashes),
        )
        with self._connections.transaction() as connection:
            if held(connection, poll_id) not in ("open", "sealed"):
                return False
            connection.execute(tables.ticket.update().where(mine).values(state=state))
        return True

    def states(self, poll_id: str) -> dict[bytes, TicketState]:
        statement = sa.select(_ticket.secret_hash, _ticket.state).where(_ticket.poll == poll_id)
        with self._connections.reading() as connection:
            rows = connection.execute(statement.order_by(_ticket.secret_hash)).all()
        return {row.secret_hash: row.state for row in rows}

    def sums(self, *poll_ids: str) -> dict[str, list[Slips]]:
        def n(state: str) -> sa.ColumnElement[int]:
            return sa.func.count(sa.case((_ticket.state == state, 1)))

        statement = (
            sa.select(
                _electorate.poll,
                _electorate.name,
                _electorate.n_eligible,
                sa.func.count(_ticket.secret_hash).label("n_issued"),
                n("phone").label("n_phone"),
                n("paper").label("n_paper"),
                n("spoilt").label("n_spoilt"),
            )
            .select_from(tables.electorate)
            .outerjoin(tables.ticket, _ticket.electorate == _electorate.id)
            .where(_electorate.poll.in_(poll_ids))
            .group_by(_electorate.poll, _electorate.id, _electorate.name, _electorate.n_eligible)
        )
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
        found: dict[str, list[Slips]] = {one: [] for one in poll_ids}
        for row in rows:
            slips = Slips(
                electorate=row.name,
                n_eligible=row.n_eligible,
                n_issued=row.n_issued,
                n_phone=row.n_phone,
                n_marked_paper=row.n_paper,
                n_spoilt=row.n_spoilt,
            )
            found[row.poll].append(slips)
        return found


def ticket_of(row: Any) -> Ticket:
    """Return the ticket that *row* tells, with its poll."""
    return Ticket(
        poll=read_poll([row]),
        electorate=row.electorate_name,
        state=row.ticket_state,
        nonce_hash=row.nonce_hash,
        case_state=row.case_state,
    )
