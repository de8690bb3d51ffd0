"""Statements that run for every request find their rows by index, whatever lies in the tables."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from services.workflow.adapters.database import Database, connect, tables
from services.workflow.adapters.database import postgres_case_statements as of_cases
from services.workflow.adapters.database import postgres_statements as statements
from services.workflow.application.identity_ports import WantedReads
from services.workflow.application.reading_ports import ListQuery, Seats, Several, Sieve, View
from tests.contract.workflow.appends import CYCLE, START, move, moved, opening, review
from tests.databases import lay
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
    with closing(database._connections.hot.raw_connection()) as lent:
        found = lent.driver_connection.execute(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in found)


def test_the_hot_path_scans_no_table(postgres: Database):
    """On empty tables, as when a service starts: what is planned now is used for months."""
    rows = statements_with_parameters()
    for statement, parameters in rows:
        found = plan(postgres, statement, parameters)
        scanned = [line for line in found.splitlines() if "Seq Scan" in line]
        assert [line for line in scanned if "identity_state" not in line] == []


def statements_with_parameters() -> list[tuple[str, tuple[object, ...]]]:
    case = '"case_id": "00000000-0000-4000-8000-000000000001"'
    alone = f'[{{{case}, "client": "c", "key": "k"}}]'
    linked = f'{{"wanted": [{{{case}, "client": "c", "key": "k", "steps": {{"meeting": {{}}}}}}]}}'
    sides = '[{"stream": "s", "since": "2020-01-08T00:00:00Z"}]'
    written = (["{}"], "[{}]", [b"{}"])
    return [
        (of_cases.ALONE, (alone,)),
        (of_cases.LINKED, (linked,)),
        (of_cases.SIGHTED, (linked,)),
        (of_cases.WRITE, ("{}", [b"{}"])),
        (statements.SIDE_STREAMS, (sides,)),
        (statements.APPEND, written),
        (statements.MOVE, written),
        (statements.MOVE_WITH_MORE, written),
    ]


LISTS = [
    (ListQuery(sort="due_at", overdue_at=START + timedelta(days=9)), "case_head_by_due"),
    (ListQuery(), "case_by_number"),
    (ListQuery(sort="holder"), "case_head_by_holding"),
    (ListQuery(sort="-holder"), "case_head_by_holding"),
    (
        ListQuery(
            held_by=(Seats(person="p", desks=(("c.h9", "office"),)),),
            several=(Several(cycle=CYCLE, kind="review", states=("drafting",)),),
        ),
        "case_head_several",
    ),
    (ListQuery(person="p7"), "case_by_person"),
    (ListQuery(kind="review", sort="due_at"), "case_head_by_due"),  # nearly all are of it
    (ListQuery(kind="item"), "case_by_kind"),
    (ListQuery(views=(View(units=("w",)),), sort="due_at"), "case_head_by_due"),
    (ListQuery(text="2019-C-00"), "case_by_number"),
    (
        ListQuery(holder_unit="c.h1.a", sort="due_at", overdue_at=START + timedelta(days=9)),
        "case_head_by_",
    ),
]


def explained(database: Database, read: Callable[[], object], how: str = "EXPLAIN") -> list[Any]:
    """Return the lines of the plans of what *read* asks."""
    found: list[Any] = []

    def explain(*call: Any) -> None:
        connection, _, statement, parameters, *_ = call
        if not statement.startswith("EXPLAIN"):
            plans = connection.exec_driver_sql(f"{how} {statement}", parameters)
            found.extend(row[-1] for row in plans)

    engine = database._connections.plain
    sa.event.listen(engine, "before_cursor_execute", explain, named=False)
    read()
    sa.event.remove(engine, "before_cursor_execute", explain)
    return found


@pytest.mark.parametrize(("query", "index"), LISTS, ids=lambda value: str(value)[-60:])
def test_a_list_walks_an_index(filled: Database, query: ListQuery, index: str):
    found = explained(filled, lambda: filled.reads.list_cases(query))
    assert any(index in line for line in found), "\n".join(found)


def test_a_list_by_holder_walks_its_index_on_sqlite_too(tmp_path: Path):
    database = connect(lay(tmp_path / "workflow.db"))
    query = ListQuery(sort="holder")
    found = explained(database, lambda: database.reads.list_cases(query), "EXPLAIN QUERY PLAN")
    assert any("case_head_by_holding" in line for line in found), "\n".join(found)
    database.close()


N_EVENTS = 10


def test_an_event_that_leaves_its_case_where_it_is_writes_into_no_index(
    postgres: Database, workflow_urls: DatabaseUrls
):
    case = review(1)
    postgres.store.append([opening(case)])
    for nth in range(N_EVENTS):
        after = moved(case, case.state, holders=case.holders, flags=frozenset({f"flag_{nth}"}))
        assert postgres.store.append([move(case, after)]) == [True]
        case = after
    with closing(postgres._connections.hot.raw_connection()) as lent:
        lent.driver_connection.execute("SELECT pg_stat_force_next_flush()")
    with psycopg.connect(workflow_urls.owner) as connection:
        told = connection.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'case_head'"
        ).fetchone()
    assert told == (N_EVENTS, N_EVENTS)


LONG_LIFE = """
WITH long AS (
    INSERT INTO event (stream, version, type, recorded_at, body)
    SELECT s, v, 'workflow.state_changed.v1', now(), 'x'
    FROM generate_series(2, 3000) v, unnest(ARRAY[%(own)s, %(own)s || '/notices']) s
    RETURNING stream, version
)
INSERT INTO log_entry (position, stream, version, leaf_hash)
SELECT row_number() OVER (ORDER BY version, stream), stream, version, 'x' FROM long
"""


@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest", "newest"])
def test_a_page_of_a_long_history_reads_what_it_shows(
    filled: Database, workflow_urls: DatabaseUrls, newest_first: bool
):
    own = review(1).stream
    with psycopg.connect(workflow_urls.owner, autocommit=True) as connection:
        connection.execute(LONG_LIFE, {"own": own})
        connection.execute("ANALYZE")
    (plan,) = explained(
        filled,
        lambda: filled.reads.events_of([own, f"{own}/notices"], 20, newest_first=newest_first),
        "EXPLAIN (ANALYZE, FORMAT JSON)",
    )
    assert 20 <= max(rows_read(plan[0]["Plan"])) <= 100


def rows_read(plan: dict[str, Any]) -> Iterator[float]:
    yield plan["Actual Rows"] * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from rows_read(part)


N_READ = 5000
ASKING = Sieve(asks=True)


@contextmanager
def holding(
    request: pytest.FixtureRequest, table: sa.Table, rows: list[dict[str, Any]]
) -> Iterator[Database]:
    """Open a store, of the kind that the fixture asks for, with *rows* and figures of them."""
    at_home = request.param == "sqlite"
    urls = None if at_home else request.getfixturevalue("workflow_urls")
    url = f"sqlite:///{request.getfixturevalue('sqlite_file')}" if urls is None else urls.app
    found = connect(url)
    with found._connections.transaction() as connection:
        connection.execute(table.insert(), rows)
        if urls is None:
            connection.exec_driver_sql("ANALYZE")
    if urls is not None:
        with psycopg.connect(urls.owner, autocommit=True) as connection:
            connection.execute("ANALYZE")
    yield found
    found.close()


@pytest.fixture(params=["sqlite", "postgres"])
def often_read(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A store in which much was read, of many cases, on several days."""
    rows = [
        {"person": "li", "what": "case", "subject": f"{n % 500}", "day": f"{n}", "at": at}
        for n, at in ((n, START + timedelta(minutes=n)) for n in range(N_READ))
    ]
    with holding(request, tables.read_audit, rows) as found:
        yield found


@pytest.fixture(params=["sqlite", "postgres"])
def often_told(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A store in which each of five was told much, of which little asks to be acknowledged."""
    rows: list[dict[str, Any]] = [
        {
            "person": f"p{n % 5}",
            "recorded_at": START + timedelta(minutes=n),
            "notice": f"n{n}",
            "case_id": review(1 + n % 9).id,
            "sha256": b"h" * 32,
            "asks_in": None if n % 250 else "drafting",
            "asks_desk": None if n % 250 else "",
        }
        for n in range(N_READ)
    ]
    with holding(request, tables.inbox, rows) as found:
        yield found


def test_what_asks_to_be_acknowledged_is_found_by_index_among_all_that_was_told(
    often_told: Database,
):
    how = "EXPLAIN" if often_told._connections.is_postgres else "EXPLAIN QUERY PLAN"
    found = explained(often_told, lambda: often_told.reads.inbox("p0", 51, None, ASKING), how)
    assert any("inbox_asking" in line for line in found), "\n".join(found)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (WantedReads(case="review/7"), "read_audit_subject"),
        (
            WantedReads(since=START, until=START + timedelta(minutes=9)),
            "read_audit_at",
        ),
    ],
    ids=["case", "day"],
)
def test_who_read_what_of_a_case_or_on_a_day_is_found_by_index(
    often_read: Database, wanted: WantedReads, index: str
):
    plans = list[Any]()

    def explain(*call: Any) -> None:
        connection, _, statement, parameters, *_ = call
        if "read_audit" in statement and not statement.startswith("EXPLAIN"):
            how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            plans.extend(map(str, connection.exec_driver_sql(f"{how} {statement}", parameters)))

    sa.event.listen(sa.Engine, "before_cursor_execute", explain, named=False)
    try:
        assert often_read.identity.reads(None, 50, wanted)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", explain)
    assert any(index in line for line in plans), "\n".join(plans)
