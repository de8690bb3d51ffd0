"""Whatever of a case's rows is damaged is told, and cured by living the log through again."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from services.workflow.adapters.database import Database, tables
from services.workflow.application.auditing import Auditing
from services.workflow.application.reading_ports import ListQuery
from tests.unit.workflow.case import test_races as races
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_items_2019 import REPORTED, reported_by_two
from tests.unit.workflow.case.test_links_2019 import passed, rectifying
from tests.unit.workflow.case.test_links_2019 import row as listed
from tests.unit.workflow.case.test_notice_2019 import ALONE, B

OF_CASES = (
    tables.case_record,
    tables.case_head,
    tables.case_interval,
    tables.case_within,
    tables.case_beside,
    tables.case_slot,
    tables.case_source,
    tables.case_grade,
    tables.refusal,
)
ANOTHER_CASE = "00000000-0000-4000-8000-0000000000ff"
Key = sa.ColumnElement[bool]


@pytest.fixture
def lived(database: Database) -> Database:
    """A round with rows of every table: slots, children, deadlines that wait, a refusal."""
    play = Play(ALONE, store=database.store)
    play.open()
    races.items_open(play)
    passed(play, "2019-B-0001")
    races.scheduled(play, races.PROVINCIAL, "liaison.w", "2020-01-20")
    races.scheduled(play, races.COMMISSION, "office.c", "2020-02-10")
    play.codes(B, "close", "office.c")
    return database


def auditing(database: Database) -> Auditing:
    return Auditing(store=database.audit, rulebook=SimpleNamespace(scheme=lambda _: ALONE))


def told(database: Database) -> set[str]:
    """The tables of which verifying says something."""
    return {one.detail.partition(":")[0] for one in auditing(database).compare()}


def do(database: Database, *statements: sa.Executable) -> None:
    with database._connections.transaction() as connection:
        for one in statements:
            connection.execute(one)


def rows(database: Database, table: sa.Table) -> list[sa.RowMapping]:
    statement = sa.select(*(one for one in table.columns if one.computed is None))
    if table is tables.case_slot:  # of the others is told what was counted on them
        statement = statement.where(table.c.current.is_not(None))
    with database._connections.reading() as connection:
        return list(connection.execute(statement).mappings())


def dumped(database: Database) -> list[bytes]:
    """The read model, but for slots without a case: they are there for what is counted on them."""
    return [line for line in database.audit.dump() if b'"current":null' not in line]


def this(table: sa.Table, row: Any) -> Key:
    return sa.and_(*(column == row[column.name] for column in table.primary_key))


def other(column: sa.Column[Any], value: Any) -> Any:
    if column.type is tables.CaseId:
        return ANOTHER_CASE
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(column.type, tables.Instant):
        return (value or datetime.fromisoformat("2020-01-01T00:00:00Z")) + timedelta(microseconds=1)
    return "x"


@pytest.mark.parametrize("table", OF_CASES, ids=lambda table: table.name)
def test_any_other_value_in_any_column_is_told(lived: Database, table: sa.Table):
    assert told(lived) == set()
    row = rows(lived, table)[-1]
    for column in tables.replayed(table):
        wrong = dict(row) | {column.name: other(column, row[column.name])}
        do(lived, table.update().where(this(table, row)).values({column: wrong[column.name]}))
        assert str(table.name) in told(lived), column.name
        do(lived, table.update().where(this(table, wrong)).values({column: row[column.name]}))
    assert told(lived) == set()


@pytest.mark.parametrize("table", OF_CASES, ids=lambda table: table.name)
def test_any_row_that_is_gone_is_told(lived: Database, table: sa.Table):
    for row in rows(lived, table):
        do(lived, table.delete().where(this(table, row)))
        assert str(table.name) in told(lived)
        do(lived, table.insert().values(dict(row)))
    assert told(lived) == set()


def test_a_number_that_would_be_given_twice_is_told_and_cured(lived: Database):
    n_children = tables.case_head.c.n_children
    do(lived, tables.case_head.update().where(n_children == 2).values(n_children=1))
    assert told(lived) == {"case_head"}
    auditing(lived).rebuild()
    assert told(lived) == set()


def test_a_rebuild_fills_every_table_as_it_was(lived: Database):
    before = dumped(lived)
    do(lived, *(table.delete() for table in OF_CASES))
    assert told(lived) == {table.name for table in OF_CASES}
    auditing(lived).rebuild()
    assert told(lived) == set()
    assert dumped(lived) == before


def test_heads_that_say_of_a_lone_desk_what_columns_tell_are_of_the_release_before(
    lived: Database,
):
    assert not lived.audit.is_of_before()
    older = '[["holders",[["h","office",null,"",0]]],["steps",[]]]'
    do(lived, sa.update(tables.case_head).values(facts=older))
    assert lived.audit.is_of_before()


def test_a_head_with_the_desk_of_a_request_is_none_of_the_release_before(database: Database):
    play = Play(ALONE, store=database.store)
    play.open()
    rectifying(play, listed())
    wish = {"until": "2020-04-30", "grounds": "集中授课推迟"}
    asked = {"documents": {"extension_request": {"rows": [wish]}}}
    case = play.done(f"{B}/01", "ask_extension", "office.c.h1", data=asked)
    assert [one.desk for one in case.holders] == ["", "extension_request"]
    assert not database.audit.is_of_before()
    stored = database.reads.list_cases(ListQuery(ids=(case.id,))).cases
    assert stored[0].holders == case.holders
    assert told(database) == set()


def test_everybody_who_fired_a_trigger_stands_in_the_head_and_is_barred_by_it(database: Database):
    play = Play(REPORTED, store=database.store)
    play.open()
    item = reported_by_two(play)
    assert play.codes(item, "verify", "secretary.c") == ["four_eyes"]
    play.done(item, "verify", "office.c")
    assert told(database) == set()
    auditing(database).rebuild()
    assert told(database) == set()
    head = tables.case_head.c.case_id == play.case(item).id
    with database._connections.reading() as connection:
        facts = connection.execute(sa.select(tables.case_head.c.facts).where(head)).scalar_one()
    assert '["report","secretary.c.h1","secretary.c"]' in facts


def test_heads_that_know_only_who_fired_a_trigger_last_are_of_the_release_before(lived: Database):
    assert not lived.audit.is_of_before()
    facts = sa.func.replace(tables.case_head.c.facts, '["steps",', '["been",')
    do(lived, sa.update(tables.case_head).values(facts=facts))
    assert lived.audit.is_of_before()
    auditing(lived).rebuild()
    assert not lived.audit.is_of_before()
    assert told(lived) == set()
