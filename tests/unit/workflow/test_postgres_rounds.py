"""What a batch hears when it is tried one by one and the server fails half-way."""

from typing import Any, NamedTuple

import psycopg
import pytest

from services.workflow.adapters.database.postgres_cases import PostgresCaseRounds
from services.workflow.application.rounds import at_once
from services.workflow.domain.refusals import OutcomeUnknown, StoreUnavailable
from tests.contract.workflow.appends import move, review


class Row(NamedTuple):
    stream: str


class Server:
    """Gives answers one after another."""

    def __init__(self, *answers: list[Row] | Exception) -> None:
        self.answers = list(answers)

    async def __call__(self, *_asked: Any, **_within: float) -> list[Row]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


BOTH = [move(review(1)), move(review(2))]
FIRST = [Row(BOTH[0].events[0].stream)]
LOST_TO_ANOTHER = psycopg.errors.UniqueViolation()
LOCKED = psycopg.errors.LockNotAvailable()


def test_who_may_have_been_written_is_not_told_that_nothing_was():
    rounds = PostgresCaseRounds(Server(LOST_TO_ANOTHER, FIRST, LOCKED))
    with pytest.raises(OutcomeUnknown):
        at_once(rounds.append(BOTH))


def test_when_nothing_was_written_that_is_told():
    rounds = PostgresCaseRounds(Server(LOST_TO_ANOTHER, [], LOCKED))
    with pytest.raises(StoreUnavailable):
        at_once(rounds.append(BOTH))


def test_each_hears_whether_it_won():
    rounds = PostgresCaseRounds(Server(LOST_TO_ANOTHER, FIRST, []))
    assert at_once(rounds.append(BOTH)) == [True, False]
