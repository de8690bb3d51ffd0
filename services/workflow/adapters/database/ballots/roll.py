"""The roll: who may vote under their own name, and what each said; one row a person, once.

A vote is one statement that finds the poll open in itself, and closing takes the table: so it is
counted or refused, as a ballot is.
"""

import secrets
from collections.abc import Sequence

import orjson
import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.ballots.polls import takes_ballots
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.ballots.ports import KeptPoll, Vote
from services.workflow.domain.ballots.reconciling import Slips
from services.workflow.domain.ballots.sheet import Answer, Comment

_elector, _electorate = tables.elector.c, tables.electorate.c
_VOTES = (
    sa.select(_electorate.name, _elector.person, _elector.sheet)
    .select_from(tables.elector)
    .join(tables.electorate, _electorate.id == _elector.electorate)
    .where(_elector.poll == sa.bindparam("poll"))
    .order_by(_elector.person)
)


class KeptRoll:
    """Implements the port `RollStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def of_person(self, poll_id: str, person: str) -> Vote | None:
        statement = _VOTES.where(_elector.person == person)
        with self._connections.reading() as connection:
            row = connection.execute(statement, {"poll": poll_id}).first()
        return None if row is None else _read(row.name, row.person, row.sheet)

    def votes(self, poll_id: str) -> list[Vote]:
        with self._connections.reading() as connection:
            return votes_of(connection, poll_id)

    def cast(
        self, poll: KeptPoll, person: str, answers: Sequence[Answer], comments: Sequence[Comment]
    ) -> bool:
        sheet = sorted([one.about, one.question, one.value] for one in answers)
        mine = sa.and_(
            _elector.poll == poll.id,
            _elector.person == person,
            _elector.sheet.is_(None),
            takes_ballots(poll),
        )
        said = [
            {"id": secrets.token_bytes(16), "poll": poll.id, "about": one.about, "said": text}
            for one in comments
            for text in [one.text.encode()]
        ]
        with self._connections.transaction() as connection:
            voted = tables.elector.update().where(mine).values(sheet=orjson.dumps(sheet))
            if not connection.execute(voted).rowcount:
                return False
            if said:
                connection.execute(tables.ballot_comment.insert(), said)
        return True

    def sums(self, *poll_ids: str) -> dict[str, list[Slips]]:
        statement = (
            sa.select(
                _electorate.poll,
                _electorate.name,
                sa.func.count(_elector.person).label("n_issued"),
                sa.func.count(_elector.sheet).label("n_phone"),
            )
            .select_from(tables.electorate)
            .outerjoin(tables.elector, _elector.electorate == _electorate.id)
            .where(_electorate.poll.in_(poll_ids))
            .group_by(_electorate.poll, _electorate.id, _electorate.name)
        )
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
        found: dict[str, list[Slips]] = {one: [] for one in poll_ids}
        for row in rows:
            slips = Slips(
                electorate=row.name,
                n_eligible=row.n_issued,
                n_issued=row.n_issued,
                n_phone=row.n_phone,
            )
            found[row.poll].append(slips)
        return found


def votes_of(connection: sa.Connection, poll_id: str) -> list[Vote]:
    """Return who may vote and what they said, by person."""
    rows = connection.execute(_VOTES, {"poll": poll_id}).all()
    return [_read(row.name, row.person, row.sheet) for row in rows]


def _read(electorate: str, person: str, sheet: bytes | None) -> Vote:
    answers = None if sheet is None else tuple(Answer(*one) for one in orjson.loads(sheet))
    return Vote(electorate=electorate, person=person, answers=answers)
