"""What a list reads is bounded by its page, not by how many reviews there are.

Counted in pages of the database that a statement looked at (its buffers), never in time.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from services.workflow.adapters.database import Database, connect
from services.workflow.application.reading_ports import ListQuery, Seats, View
from services.workflow.domain.case.head import Holder
from tests.benchmarks.growth import grow
from tests.contract.workflow.appends import CYCLE, START, opening, review
from tests.contract.workflow.test_lists import notice_row, record
from tests.databases import migrated
from tests.servers import Databases

# So many people that the database knows of each only how many cases people have on average.
N_REVIEWS, COPIES = 300, 150
NOW = START + timedelta(days=9)
DESK = ("c.h1", "secretary")
ON_THE_DESK = Holder(unit="c.h1", role="secretary")
# A thousand and one are counted, each found in three tables by its key.
A_COUNT_BUFFERS = 15_000
A_HANDFUL_BUFFERS = 250


@pytest.fixture(scope="module")
def many(postgres_databases: Databases) -> Iterator[Database]:
    """Forty-five thousand reviews on one desk, due at one instant; of everything else a handful."""
    urls = migrated(postgres_databases)
    database = connect(urls.app)
    usual = [review(n, person=f"p{n}", holder=ON_THE_DESK) for n in range(1, N_REVIEWS)]
    rare = review(N_REVIEWS, tier="B", person="chair", suspended_at=START)
    database.store.append([opening(one) for one in (*usual, rare)])
    grow(urls.owner, COPIES, sequenced=False)
    late = {"channel": "email", "kind": "escalation", "outcome": "unknown"}
    for n in (1, 2):
        record(database, 1, notice_row(n, NOW, **late))
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("ANALYZE")
    yield database
    database.close()
    postgres_databases.drop(urls)


def buffers(database: Database, query: ListQuery) -> int:
    """Return how many pages of the database the list of *query* looks at."""
    found: list[int] = []

    def explain(*call: Any) -> None:
        connection, _, statement, parameters, *_ = call
        if not statement.startswith("EXPLAIN"):
            asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
            plan = connection.exec_driver_sql(asked, parameters).scalar()[0]["Plan"]
            found.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])

    engine = database._connections.plain
    sa.event.listen(engine, "before_cursor_execute", explain, named=False)
    database.reads.list_cases(query)
    sa.event.remove(engine, "before_cursor_execute", explain)
    return sum(found)


SEATS = Seats(person="chair", desks=(DESK,))
CHAIR = ListQuery(
    views=(View(units=("c.h1",), person="chair", seats=SEATS),),
    cycle=CYCLE,
    suspended=False,
    sort="due_at",
)
OVER = replace(CHAIR, overdue_at=NOW)
NOBODY = replace(
    OVER, views=(View(units=(), seats=Seats(person="nobody", desks=(("c.h2", "office"),))),)
)
STATES = ("drafting", "unit_audit", "organ_audit")
LISTS = {
    "the first page": (OVER, A_COUNT_BUFFERS),
    # With so few rows wanted, an order nobody's case is in looks cheap to walk.
    "one row": (replace(OVER, limit=1), A_COUNT_BUFFERS),
    "one row of all that run": (
        replace(CHAIR, states=STATES, suspended=None, limit=1),
        A_COUNT_BUFFERS,
    ),
    "one row of one's own": (replace(NOBODY, limit=1), A_HANDFUL_BUFFERS),
    "what lies on one's desk": (
        replace(CHAIR, cycle=None, held_by=(SEATS,), limit=1),
        A_COUNT_BUFFERS,
    ),
    "a rare tier": (replace(OVER, tier="B", suspended=None), A_HANDFUL_BUFFERS),
    "stopped clocks": (replace(CHAIR, suspended=True), A_HANDFUL_BUFFERS),
    "soon due": (
        replace(CHAIR, not_overdue_at=NOW, due_before=NOW + timedelta(days=4)),
        A_HANDFUL_BUFFERS,
    ),
    "escalated": (
        replace(CHAIR, notice_kinds=("escalation",), notice_outcomes=("sent", "unknown")),
        A_HANDFUL_BUFFERS,
    ),
    "undelivered": (
        replace(CHAIR, notice_outcomes=("failed", "unknown")),
        A_HANDFUL_BUFFERS,
    ),
}


@pytest.mark.parametrize(("query", "most"), LISTS.values(), ids=LISTS)
def test_a_list_reads_no_more_than_its_page_needs(many: Database, query: ListQuery, most: int):
    assert buffers(many, query) < most


def test_the_second_page_reads_no_more_than_the_first(many: Database):
    first = many.reads.list_cases(OVER)
    assert buffers(many, replace(OVER, after=first.next)) < A_COUNT_BUFFERS
