"""A case of any kind stands in the same tables, and whatever is asked of cases is asked of it."""

from typing import Any

import pytest
import sqlalchemy as sa

from schemas.streams import Stream
from services.workflow.adapters.database import Database
from services.workflow.adapters.database.tables import case_head as head
from services.workflow.application.firing.port import Wanted
from services.workflow.application.reading_ports import ListQuery
from services.workflow.domain.case.head import Case
from tests.contract.workflow.appends import append, move, moved, opening, refused, review
from tests.contract.workflow.test_audit import differing
from tests.contract.workflow.test_lists import notice_row

PARENT = review(1)
CHILD = review(
    2,
    kind="item",
    of=PARENT.stream,
    family=PARENT.stream,
    number="2019-C-0001/01",
    tier=None,
    person=None,
)
MOVED = moved(CHILD, "open")
LIVES: list[Any] = [
    opening(PARENT),
    opening(CHILD, numbers={PARENT.stream: (0, 1)}),
    move(CHILD, MOVED),
    refused(MOVED, 1),
    append(CHILD.stream + "/notices", 1, notice=notice_row(2)),
]


@pytest.fixture
def lived(database: Database) -> Database:
    for one in LIVES:
        assert database.store.append([one]) == [True]
    return database


def listed(database: Database, **query: object) -> list[Case]:
    return list(database.reads.list_cases(ListQuery(**query)).cases)  # type: ignore[arg-type]


def test_it_comes_back_as_it_went_in(lived: Database):
    assert lived.store.standing([Wanted(case=CHILD.stream)]).case(CHILD.stream) == MOVED


def test_a_list_is_of_all_kinds_or_of_one(lived: Database):
    assert listed(lived) == [PARENT, MOVED]
    assert listed(lived, kind="item") == [MOVED]
    assert listed(lived, kind="review", sort="due_at") == [PARENT]
    assert lived.reads.count_cases(ListQuery(kind="item", overdue_at=MOVED.due_at)) == 1


def test_its_intervals_and_its_last_event_are_its_own(lived: Database):
    assert [row["state"] for row in lived.reads.intervals(CHILD.id)] == ["drafting", "open"]
    found = lived.reads.latest_events([PARENT.id, CHILD.id])
    assert [(one.stream, one.version) for one in found.values()] == [
        (PARENT.stream, 1),
        (CHILD.stream, 2),
    ]


def test_a_rebuild_leads_to_the_very_same_rows(lived: Database):
    before = list(lived.audit.dump())
    with lived.audit.rebuilding() as fresh:
        fresh.apply(LIVES)
    assert list(lived.audit.dump()) == before


def test_what_children_count_on_their_parent_is_counted_anew(lived: Database):
    with lived.audit.rebuilding() as fresh:
        fresh.apply(LIVES)
    counts = sa.select(*(head.c[name] for name in ("touched", "n_open", "n_children")))
    with lived._connections.reading() as connection:
        of = {
            one: tuple(connection.execute(counts.where(head.c.case_id == one)).one())
            for one in (PARENT.id, CHILD.id)
        }
    assert of == {PARENT.id: (MOVED.version, 1, 1), CHILD.id: (None, None, None)}


def test_its_rows_are_held_against_its_events(lived: Database):
    tables = {table for table, *_ in differing(lived, LIVES)}
    assert tables == {"unit", "person", "post", "cycle"}  # of which there are no rows here
    with lived._connections.transaction() as connection:
        connection.exec_driver_sql("UPDATE case_head SET due_at = NULL WHERE version = 2")
        connection.exec_driver_sql("UPDATE refusal SET actor = 'wang'")
    assert {("case_head", 1, 1), ("refusal", 1, 1)} <= differing(lived, LIVES)


def test_a_case_of_which_there_is_no_event_is_told_whatever_its_kind(lived: Database):
    with lived.audit.comparing() as comparison:
        assert list(comparison.case(Stream.parse(PARENT.stream), [PARENT], [])) == []
        told = {one.table for one in comparison.rest()}
    assert told == {
        "case_record", "case_head", "case_within", "case_interval", "refusal", "notice",
    }  # fmt: skip


def test_a_case_under_another_kind_is_a_difference(lived: Database):
    with lived._connections.transaction() as connection:
        connection.exec_driver_sql("UPDATE case_record SET kind = 'visit' WHERE kind = 'item'")
    found = differing(lived, LIVES)
    assert {("case_record", 1, 0), ("case_record", 0, 1)} <= found
