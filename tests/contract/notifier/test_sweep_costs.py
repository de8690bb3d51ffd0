"""What a pass that finds nothing asks of the database: one question, and it writes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifier.adapters.database import SqlStore
from services.notifier.application.noting import Noting
from services.notifier.application.rules import Book
from services.notifier.application.sweep import sweep
from services.notifier.domain.errors import LeaseLost
from services.notifier.domain.reading import Pass, Reading
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import CALENDAR, POLICY, at

BOOK = Book(calendar=CALENDAR, channels={"inapp": "inapp"}, own=POLICY)
EARLY = at(1, 1)


def swept(store: SqlStore, epoch: int) -> int:
    return sweep(
        store, epoch, EARLY, BOOK, Noting(Pass(reading=Reading(), at=EARLY, through=EARLY))
    )


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that reaches a database meanwhile, whichever engine sent it."""
    asked: list[str] = []

    def keep(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

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


def test_who_no_longer_leads_learns_it_from_the_question(town: Town) -> None:
    town.run()
    lost = town.store.claim("here") or 0
    town.store.claim("here")
    with pytest.raises(LeaseLost):
        swept(town.store, lost)
