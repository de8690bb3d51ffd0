"""Wrong codes are counted for each person and case alone, and outlive whoever counted them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.workflow.adapters.database import Database, tables
from services.workflow.adapters.database.tries import KeptTries
from services.workflow.application.tries import TryStore
from services.workflow.domain.case.listing import MOST_WRONG
from tests.contract.workflow.appends import START
from tests.fakes import ListTries

SOON = START + timedelta(minutes=10)
HERE, THERE = str(uuid4()), str(uuid4())
ALL = [(case, person) for case in (HERE, THERE) for person in ("p-1", "p-2")]


@pytest.fixture(params=["kept", "fake"])
def tries(request: pytest.FixtureRequest, database: Database) -> TryStore:
    return database.tries if request.param == "kept" else ListTries()


def count(tries: TryStore, n: int) -> None:
    for _ in range(n):
        tries.count((HERE, "p-1"), START, SOON)


def test_five_are_counted_for_one_person_at_one_case(tries: TryStore):
    count(tries, MOST_WRONG - 1)
    assert tries.spent(ALL, START) == frozenset()
    count(tries, 1)
    assert tries.spent(ALL, START) == {(HERE, "p-1")}


def test_what_is_over_counts_no_more(tries: TryStore):
    count(tries, MOST_WRONG)
    assert tries.spent(ALL, SOON) == frozenset()
    tries.count((HERE, "p-1"), SOON, SOON + timedelta(minutes=10))
    assert tries.spent(ALL, SOON) == frozenset()


def test_any_number_of_them_is_one_row_that_outlives_the_process(database: Database):
    count(database.tries, 3 * MOST_WRONG)
    with database._connections.reading() as connection:
        assert len(connection.execute(tables.code_try.select()).all()) == 1
    again = KeptTries(database._connections)
    assert again.spent(ALL, START) == {(HERE, "p-1")}
