"""Statements that run for every request find their rows by index, whatever lies in the tables."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from services.workflow.adapters.database import Database
from services.workflow.adapters.database import postgres_statements as statements
from services.workflow.application.reading_ports import ListQuery
from tests.contract.workflow.appends import START, opening, review
from tests.servers import DatabaseUrls

N_REVIEWS = 3000


@pytest.fixture
def filled(postgres: Database, workflow_urls: DatabaseUrls) -> Database:
    postgres.store.append(
        [
            opening(review(n, due_at=START + timedelta(minutes=n), person=f"p{n}"))
            for n in range(1, N_REVIEWS)
        ]
    )
    with psycopg.connect(workflow_urls.owner, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return postgres


def plan(database: Database, statement: str, parameters: tuple[object, ...]) -> str:
    with database._connections.lanes._connect() as connection:
        found = connection.execute(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in found)


def test_the_hot_path_scans_no_table(postgres: Database):
    """On empty tables, as when a service starts: what is planned now is used for months."""
    rows = statements_with_parameters()
    for statement, parameters in rows:
        found = plan(postgres, statement, parameters)
        scanned = [line for line in found.splitlines() if "Seq Scan" in line]
        assert [line for line in scanned if "identity_state" not in line] == []


def statements_with_parameters() -> list[tuple[str, tuple[object, ...]]]:
    wanted = '[{"case_id": "x", "client": "c", "key": "k"}]'
    sides = '[{"stream": "s", "since": "2020-01-08T00:00:00Z"}]'
    written = (["{}"], "[{}]", [b"{}"])
    return [
        (statements.STANDING, (wanted,)),
        (statements.SIDE_STREAMS, (sides,)),
        (statements.APPEND, written),
        (statements.MOVE, written),
        (statements.MOVE_WITH_TEXTS, written),
    ]


LISTS = [
    (ListQuery(sort="due_at", overdue_at=START + timedelta(days=9)), "case_head_by_due"),
    (ListQuery(), "case_by_number"),
    (ListQuery(person="p7"), "case_by_person"),
    (ListQuery(visible_units=("w",), sort="due_at"), "case_head_by_due"),
    (ListQuery(text="2019-C-00"), "case_by_number"),
    (
        ListQuery(holder_unit="c.h1.a", sort="due_at", overdue_at=START + timedelta(days=9)),
        "case_head_by_",
    ),
]


@pytest.mark.parametrize(("query", "index"), LISTS, ids=lambda value: str(value)[-60:])
def test_a_list_walks_an_index(filled: Database, query: ListQuery, index: str):
    found: list[str] = []

    def explain(*call: Any) -> None:
        connection, _, statement, parameters, *_ = call
        if not statement.startswith("EXPLAIN"):
            plans = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            found.extend(row[0] for row in plans)

    engine = filled._connections.plain
    sa.event.listen(engine, "before_cursor_execute", explain, named=False)
    filled.reads.list_cases(query)
    sa.event.remove(engine, "before_cursor_execute", explain)
    assert any(index in line for line in found), "\n".join(found)
