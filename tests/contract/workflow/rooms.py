"""A room in which ballots are cast: a poll of a case, as far as the store knows of it."""

import secrets
import uuid
from pathlib import Path

import sqlalchemy as sa

from services.workflow.adapters.database import Database
from services.workflow.application.ballots.ports import BallotStore, KeptElectorate, KeptPoll
from services.workflow.domain.ballots.sheet import Answer
from services.workflow.domain.ballots.slips import Slip, drawn
from services.workflow.domain.case.polling import Covered
from tests.contract.workflow.appends import opening, review

RULE = {"poll": "hall", "questions": ["overall"]}
ABOUT = ("review/one", "review/two")


class Room:
    """A poll of a case that stands where ballots are taken, and its slips."""

    def __init__(self, database: Database, nth: int = 1) -> None:
        self.database, self.kept = database, database.ballots
        self.case = review(nth)
        assert database.store.append([opening(self.case)]) == [True]
        boxes = tuple(
            KeptElectorate(id=str(uuid.uuid4()), name=one) for one in ("cadres", "guests")
        )
        self.poll = KeptPoll(
            id=str(uuid.uuid4()),
            case=self.case.id,
            name="hall",
            rehearsal=False,
            state="waiting",
            holds_in=self.case.state,
            rule=RULE,
            covered=(),
            electorates=boxes,
        )
        self.kept.polls.prepare(self.poll)

    def issued(self, n: int, box: int = 0) -> list[Slip]:
        electorate = self.poll.electorates[box]
        slips = [drawn(electorate.name, secrets.choice) for _ in range(n)]
        hashes = [one.hash for one in slips]
        assert self.kept.slips.issue(self.poll.id, electorate.id, hashes, most=5_000, anew=False)
        return slips

    def issued_or_late(self, n: int) -> bool:
        box = self.poll.electorates[0]
        hashes = [drawn(box.name, secrets.choice).hash for _ in range(n)]
        return self.kept.slips.issue(self.poll.id, box.id, hashes, most=5_000, anew=False)

    def opened(self) -> "Room":
        self.kept.polls.open(self.poll.id, [Covered(stream=one, person=None) for one in ABOUT], {})
        return self

    def cast(self, slip: Slip, value: str = "good", nonce: bytes = b"n" * 32) -> bool:
        return self.cast_into(self.kept, slip, value, nonce)

    def cast_into(
        self, kept: BallotStore, slip: Slip, value: str = "good", nonce: bytes = b"n" * 32
    ) -> bool:
        answers = [Answer(one, "overall", value) for one in ABOUT]
        return kept.urn.cast(self.poll, slip.hash, nonce, answers)

    def n_used(self) -> int:
        return sum(one == "phone" for one in self.kept.slips.states(self.poll.id).values())

    def n_counted(self) -> int:
        return sum(one.n for one in self.kept.urn.counts(self.poll.id)[self.poll.id])


def all_rows(database: Database, table: sa.Table) -> list[tuple]:
    with database._connections.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.select(table))]


def file_of(database: Database) -> Path:
    """Return where a database of SQLite lies."""
    file = database._connections.file
    assert file is not None
    return file.path
