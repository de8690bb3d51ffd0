"""Casting on PostgreSQL: any number of ballots in one statement, each taken or not by itself.

Ballots that share a transaction share its number, tickets and answers alike, and lie in an order
that is nobody's: whoever reads the tables before the mix learns less of each the more there were.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from services.workflow.adapters.database.ballots.slips import TICKETS, ticket_of
from services.workflow.adapters.database.errors import translated
from services.workflow.adapters.database.prepared import (
    BYTEA,
    INT4,
    TEXT,
    UUIDS,
    Binary,
    OnLoop,
    Statement,
    array,
)
from services.workflow.application.ballots.ports import Ballot, Ticket
from services.workflow.application.rounds import READ_S

# The whole transaction in one statement: its snapshot is taken once it holds the tables, so a poll
# that was closed while it waited for them is seen to be. Answers go in by their random ids: not
# even which sheets stood beside each other is kept.
_CAST = """
WITH mine AS (
    UPDATE ticket t SET state = 'phone', nonce_hash = g.nonce_hash
    FROM unnest(%s::bytea[], %s::bytea[], %s::uuid[], %s::text[])
        WITH ORDINALITY AS g (secret_hash, nonce_hash, poll, holds_in, n)
    WHERE t.secret_hash = g.secret_hash AND t.poll = g.poll AND t.state = 'unused' AND EXISTS (
        SELECT FROM poll p JOIN case_head h ON h.case_id = p.case_id
        WHERE p.id = g.poll AND p.state = 'open'
            AND p.holds_in = g.holds_in AND p.holds_in IN ('', h.state))
    RETURNING t.secret_hash, t.electorate, t.poll, g.n),
filled AS (
    INSERT INTO urn (id, electorate, about, question, value)
    SELECT a.id, mine.electorate, a.about, a.question, a.value
    FROM unnest(%s::int[], %s::bytea[], %s::text[], %s::text[], %s::text[])
        AS a (n, id, about, question, value) JOIN mine ON mine.n = a.n
    ORDER BY a.id)
SELECT secret_hash FROM mine
"""
_CAST_WITH_COMMENTS = _CAST.replace(
    ")\nSELECT secret_hash",
    """),
written AS (
    INSERT INTO ballot_comment (id, poll, about, said)
    SELECT c.id, mine.poll, c.about, c.said
    FROM unnest(%s::int[], %s::bytea[], %s::text[], %s::bytea[]) AS c (n, id, about, said)
        JOIN mine ON mine.n = c.n
    ORDER BY c.id)
SELECT secret_hash""",
)


class LoopBallots:
    """Implements the port `BallotRounds` over a connection of its own."""

    def __init__(self, on_loop: OnLoop) -> None:
        self._on_loop = on_loop

    async def tickets(self, hashes: Sequence[bytes]) -> Mapping[bytes, Ticket]:
        asked = Statement(TICKETS, (array(BYTEA, hashes),))
        with translated():
            rows = await self._on_loop.run(asked, within_s=READ_S)
        return {row.secret_hash: ticket_of(row) for row in rows}

    async def cast(self, ballots: Sequence[Ballot]) -> set[bytes]:
        with translated():
            return {row.secret_hash for row in await self._on_loop.run(casting(ballots))}


def casting(ballots: Sequence[Ballot]) -> Statement:
    """Return the statement that casts *ballots*, no two of one slip."""
    # By their hashes, so that two batches with the same slips take them in one order.
    by_hash = sorted(ballots, key=lambda one: one.secret_hash)
    given = [
        array(BYTEA, [one.secret_hash for one in by_hash]),
        array(BYTEA, [one.nonce_hash for one in by_hash]),
        array(UUIDS, [UUID(one.poll.id).bytes for one in by_hash]),
        array(TEXT, [one.poll.holds_in.encode() for one in by_hash]),
    ]
    numbered = [*enumerate(by_hash, 1)]
    answers = [(n, one) for n, ballot in numbered for one in ballot.answers]
    given += _begun([n for n, _ in answers])
    for name in ("about", "question", "value"):
        given.append(array(TEXT, [getattr(one, name).encode() for _, one in answers]))
    comments = [(n, one) for n, ballot in numbered for one in ballot.comments]
    if not comments:
        return Statement(_CAST, tuple(given))
    given += _begun([n for n, _ in comments])
    given.append(array(TEXT, [one.about.encode() for _, one in comments]))
    given.append(array(BYTEA, [one.text.encode() for _, one in comments]))
    return Statement(_CAST_WITH_COMMENTS, tuple(given))


def new_id() -> bytes:
    """Return an id of an answer or a comment, by which nothing is told of it."""
    return secrets.token_bytes(16)


def _begun(places: Sequence[int]) -> Iterator[Binary]:
    """Yield of rows of ballots at *places* where they belong, and their new ids."""
    yield array(INT4, [n.to_bytes(4) for n in places])
    yield array(BYTEA, [new_id() for _ in places])
