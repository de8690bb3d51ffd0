"""What a sweep asks of the database: one question where nothing is due.

Where much is due, no more than where little is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.notifier.adapters.database import SqlStore
from services.notifier.application.noting import Noting
from services.notifier.application.rules import Book
from services.notifier.application.sweep import sweep
from services.notifier.domain.errors import LeaseLost
from services.notifier.domain.reading import Pass, Reading
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import CALENDAR, POLICY, at, due

BOOK = Book(calendar=CALENDAR, channels={"inapp": "inapp"}, own=POLICY)
EARLY = at(1, 1)


def swept(store: SqlStore, epoch: int, at: datetime = EARLY) -> int:
    return sweep(store, epoch, at, BOOK, Noting(Pass(reading=Reading(), at=at, through=at)))


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that reaches a database meanwhile, whichever engine sent it."""
    asked: list[str] = []

    def keep(on: Any, _cursor: Any, statement: str, given: Any, _: Any, many: bool) -> None:
        # Of many rows each is a message to a server; to a database of this process none is.
        n_sent = len(given) if many and on.dialect.name == "postgresql" else 1
        asked.extend([statement] * n_sent)

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    try:
        yield asked
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", keep)


def test_a_sweep_with_nothing_due_asks_one_question(town: Town) -> None:
    town.run()
    epoch = town.store.claim("here") or 0
    with counted() as asked:
        assert swept(town.store, epoch) == 0
    told = [one for one in asked if not one.startswith("BEGIN")]
    assert len(told) == 1, told
    assert told[0].startswith("SELECT"), told


def test_many_rungs_due_at_once_are_decided_by_as_many_statements_as_one(town: Town) -> None:
    n_statements, n_decided = [], []
    for n_cases in (1, 1, 30):  # the first reads the texts as well
        for _ in range(n_cases):
            town.log.open(str(uuid4()), due_at=due(1, 10))
        town.engine.hear()
        town.engine.release()
        epoch = town.store.claim("here") or 0
        with counted() as asked:
            n_decided.append(swept(town.store, epoch, at(1, 9)))
        n_statements.append(len(asked))
    assert n_decided == [2, 1, 30]
    assert n_statements[1] == n_statements[2]


def test_who_no_longer_leads_learns_it_from_the_question(town: Town) -> None:
    town.run()
    lost = town.store.claim("here") or 0
    town.store.claim("here")
    with pytest.raises(LeaseLost):
        swept(town.store, lost)
