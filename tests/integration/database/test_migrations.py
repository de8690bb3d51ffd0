"""From the tables of the last release to these: what lies in them, and what is done with it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from schemas.instants import instant
from services.workflow.adapters.database import connect, migrate, migration, tables
from services.workflow.adapters.database.case_rows import grade_rows, head_row, record_row
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.auditing import Auditing
from services.workflow.application.notices import NOTICE_KEYS
from services.workflow.domain.case import carrying, evolving
from services.workflow.domain.case.head import Graded
from services.workflow.inspection import refold
from tests.contract.workflow.appends import review
from tests.contract.workflow.rooms import all_rows
from tests.integration.http.service import OPENED, start
from tests.servers import Databases, DatabaseUrls
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_carrying import carried, items, left_open
from tests.unit.workflow.case.test_notice_2019 import ALONE, GOOD, B, scored

REFUSALS = "review/0195a1f0-0000-7000-8000-000000000001/refusals"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUrls:
    """A database with no table yet."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/workflow.db"
        return DatabaseUrls(name="", owner=url, app=url)
    databases: Databases = request.getfixturevalue("postgres_databases")
    return databases.fresh()


def at_revision(url: str, revision: str, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Bring the database to *revision* and run *statements*, as the release of then would have."""
    connections = Connections(url, size=1, create=True)
    with connections.transaction() as connection:
        config = migration._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement, values in statements:
            sign = "%s" if connections.is_postgres else "?"
            connection.exec_driver_sql(statement.replace("?", sign), values)
    connections.close()


def redo(url: str, revision: str) -> None:
    """Do to the rows of a database of now what *revision* did, which changed no table."""
    connections = Connections(url, size=1)
    script = ScriptDirectory.from_config(migration._config()).get_revision(revision)
    with (
        connections.transaction() as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        script.module.upgrade()
    connections.close()


def fill(url: str, rows: Iterable[tuple[sa.Table, list[dict]]]) -> None:
    connections = Connections(url, size=1)
    with connections.transaction() as connection:
        for table, values in rows:
            connection.execute(table.insert(), values)
    connections.close()


def standing(nth: int) -> dict:
    return head_row(review(nth), spell=lambda at: at)


def polled(nth: int, head: dict, **others: object) -> list[tuple[sa.Table, list[dict]]]:
    """Return an open poll of the case of *head*, with a slip that was cast and one that was not."""
    poll, box, id_ = str(UUID(int=nth + 1)), str(UUID(int=nth + 101)), bytes([nth])
    row = {"id": poll, "case_id": head["case_id"], "name": f"hall-{nth}", "rehearsal": 0}
    row |= {"state": "open", "holds_in": head["state"], "rule": b"{}", "covered": b"[]"} | others
    slip = {"poll": poll, "electorate": box}
    cast = {"secret_hash": bytes([nth, 0]), "state": "phone", "nonce_hash": b"nonce"}
    answer = {"about": "review/one", "question": "overall", "value": "good"}
    return [
        (tables.poll, [row]),
        (tables.electorate, [{"id": box, "poll": poll, "name": "cadres"}]),
        (tables.ticket, [slip | cast]),
        (tables.ticket, [slip | {"secret_hash": bytes([nth, 1]), "state": "unused"}]),
        (tables.urn, [{"id": id_, "electorate": box} | answer]),
        (tables.ballot_comment, [{"id": id_, "poll": poll, "about": "review/one", "said": b"s"}]),
    ]


def test_a_key_that_a_refusal_used_up_accepts_after_the_migration(
    urls: DatabaseUrls, tmp_path: Path
):
    event = "INSERT INTO event (stream, version, type, recorded_at, body) VALUES (?, ?, ?, ?, ?)"
    kept = (
        "INSERT INTO idempotency_key (client, key, fingerprint, stream, version)"
        " VALUES (?, ?, ?, ?, ?)"
    )
    refused = (REFUSALS, 1, "workflow.trigger_refused.v1", instant(OPENED), b"{}")
    at_revision(
        urls.owner,
        "0001",
        (event, refused),
        (kept, ("oa", "refused", b"\0" * 32, REFUSALS, 1)),
        (kept, ("oa", "accepted", b"\0" * 32, f"{REFUSALS[:-9]}", 1)),
    )
    service = start(urls.owner, None if "sqlite" in urls.owner else urls.app, tmp_path)
    assert service.submit("c-h1-a", key="refused").status_code == 201
    assert service.submit("c-h1-b", key="accepted").json["code"] == "key_reused"
    service.parts.database.close()


def test_a_review_becomes_a_case_of_its_unit_and_a_family_of_its_own(urls: DatabaseUrls):
    opened = replace(review(), suspended_at=OPENED)
    record, head = record_row(opened), head_row(opened)
    old = [record[name] for name in ("id", "number", "cycle", "tier", "person", "unit", "path")]
    pinned = '{"kind":"grassroots_branch","scheme":"h"}'
    moves = {"review" if name == "case_id" else name: value for name, value in head.items()}
    at_revision(
        urls.owner,
        "0007",
        ("INSERT INTO review VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*old, pinned)),
        (
            f"INSERT INTO review_head ({', '.join(moves)}) VALUES ({', '.join('?' * len(moves))})",  # noqa: S608
            tuple(moves.values()),
        ),
    )
    migrate(urls.owner, urls.app)
    database = connect(urls.app)
    lines = b"".join(line for line in database.audit.dump() if b'"case_record"' in line)
    assert f'"family":"{opened.stream}"'.encode() in lines
    assert f'"of":"{opened.unit}"'.encode() in lines
    assert database.audit.is_of_before()  # so whoever migrates lives its events through again
    database.close()


def test_units_stay_in_their_first_cycle_and_numbers_go_on_after_the_migration(urls: DatabaseUrls):
    """Where the release before let one unit into two cycles, and gave a number twice."""
    cycle = (
        "INSERT INTO cycle (id, scheme, scheme_hash, calendar_hash, unit, year, tiers, opened_at)"
        " VALUES (?, 's', '', '', ?, 2019, '{}', ?)"
    )
    review = (
        "INSERT INTO review (id, number, cycle, tier, person, unit, path, pinned)"
        ' VALUES (?, ?, ?, \'C\', \'p\', ?, ?, \'{"kind":"general_branch","scheme":"h"}\')'
    )
    ids = [f"0195a1f0-0000-4000-8000-{n:012}" for n in range(3)]
    at_revision(
        urls.owner,
        "0002",
        (cycle, ("second", "h", instant(OPENED + timedelta(days=1)))),
        (cycle, ("first", "c", instant(OPENED))),
        (review, (ids[0], "2019-C-0001", "second", "h-a", "/w/c/h/h-a/")),
        (review, (ids[1], "2019-C-0001", "first", "h-a", "/w/c/h/h-a/")),
        (review, (ids[2], "2019-C-0010", "first", "h-b", "/w/c/h/h-b/")),
    )
    migrate(urls.owner, urls.app)
    database = connect(urls.app)
    reads = database.reads
    assert reads.in_cycles("s", "2019") == {"h-a": "first", "h-b": "first"}
    assert reads.last_numbers("w", "2019") == {"C": 10}
    database.close()


def test_polls_of_cases_that_had_ended_are_gone_after_the_migration_and_no_other(
    urls: DatabaseUrls,
):
    ended, runs = standing(1) | {"holder_unit": None}, standing(2)
    hall, rehearsal, kept = (
        polled(nth, head, **others)
        for nth, (head, others) in enumerate(
            [(ended, {}), (ended, {"rehearsal": 1, "holds_in": ""}), (runs, {})]
        )
    )
    at_revision(urls.owner, "0031")
    fill(urls.owner, [(tables.case_head, [ended, runs]), *hall, *rehearsal, *kept])
    migrate(urls.owner, urls.app)
    database = connect(urls.app)
    left = [database.ballots.slips.ticket(bytes([nth, 0])) for nth in range(3)]
    assert [(one.poll.state, one.state, one.nonce_hash) for one in left] == [
        ("gone", "spoilt", None),
        ("gone", "spoilt", None),
        ("open", "phone", b"nonce"),
    ]
    assert [database.ballots.slips.ticket(bytes([nth, 1])).state for nth in range(3)] == [
        "spoilt",
        "spoilt",
        "unused",
    ]
    for table in (tables.urn, tables.ballot_comment):
        assert [row[0] for row in all_rows(database, table)] == [bytes([2])]
    database.close()


def test_grades_of_heads_have_their_rows_after_the_migration(urls: DatabaseUrls):
    grades = {
        "person": Graded(name="good", figure=Decimal("92.50"), uncapped="best"),
        "town": Graded(name="poor"),
    }
    one, other = review(1, grades=grades), review(2)
    at_revision(urls.owner, "0036")
    fill(
        urls.owner,
        [(tables.case_head, [head_row(each, spell=lambda at: at) for each in (one, other)])],
    )
    migrate(urls.owner, urls.app)
    database = connect(urls.app)
    with database._connections.reading() as connection:
        rows = connection.execute(tables.case_grade.select().order_by(tables.case_grade.c.grading))
        assert [dict(row) for row in rows.mappings()] == grade_rows(one)
    database.close()


def test_an_inbox_of_before_knows_what_asks_to_be_acknowledged_after_the_migration(
    urls: DatabaseUrls,
):
    at = instant(OPENED)

    def kept(n: int, kind: str, **asks: object) -> Iterator[tuple[str, tuple[object, ...]]]:
        notice, case = f"n{n}", str(UUID(int=1))
        stream = f"review/{case}/notices"
        body = orjson.dumps({"data": {"state": "drafting"} | asks})
        rows: dict[str, tuple[str, tuple[object, ...]]] = {
            "event": ("stream version type recorded_at body", (stream, n, "t", at, body)),
            "idempotency_key": (
                "client key fingerprint stream version",
                (NOTICE_KEYS, notice, b"f", stream, n),
            ),
            "notice": (
                "notice case_id kind rung channel outcome decided_at",
                (notice, case, kind, "before", "inapp", "sent", at),
            ),
            "inbox": ("person recorded_at notice case_id sha256", ("li", at, notice, case, b"h")),
        }
        for table, (names, values) in rows.items():
            signs = ", ".join("?" * len(values))
            into = f"{table} ({names.replace(' ', ', ')})"
            yield f"INSERT INTO {into} VALUES ({signs})", values  # noqa: S608 - ours

    at_revision(
        urls.owner,
        "0045",
        *kept(1, "reminder", acknowledgement=True),
        *kept(2, "reminder", acknowledgement=True, desk="office"),
        *kept(3, "reminder"),
        *kept(4, "reminder", text='"acknowledgement":true'),
    )
    migrate(urls.owner, urls.app)
    database = connect(urls.app)
    rows = {row["notice"]: row for row in database.reads.inbox("li", 10, None)}
    asked = {notice: (row["asks_in"], row["asks_desk"]) for notice, row in rows.items()}
    told = {"n1": ("drafting", ""), "n2": ("drafting", "office")}
    assert asked == told | dict.fromkeys(("n3", "n4"), (None, None))
    database.close()


def test_cases_that_lay_on_several_desks_are_known_after_the_migration(urls: DatabaseUrls):
    holder = review().holders[0]
    beside = replace(holder, role="office", person=None, desk="office")
    several = review(2, holders=(replace(holder, desk="secretary"), beside))
    heads = [head_row(each, spell=lambda at: at) for each in (review(1), several)]
    at_revision(urls.owner, "0046")
    fill(urls.owner, [(tables.case_head, heads)])
    migrate(urls.owner, urls.app)
    database = connect(urls.app)
    head = tables.case_head.c
    with database._connections.reading() as connection:
        known = connection.execute(sa.select(head.case_id).where(head.on_several)).scalars()
        assert [*known] == [several.id]
    database.close()


def test_a_case_done_again_forgets_its_decisions_where_the_release_before_kept_them(
    urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
):
    migrate(urls.owner, urls.app)
    database = connect(urls.app)
    rulebook = SimpleNamespace(scheme=lambda _: ALONE)
    with monkeypatch.context() as before:
        before.setitem(evolving._FORGETS, "grade", lambda _case: {"grades": {}})
        play = Play(ALONE, store=database.store)
        play.open()
        scored(play, GOOD)
        decided = {"decisions": [{"date": "2020-01-08", "minutes": "3"}]}
        play.done(B, "give_opinion", "office.c", data=decided)
        again = {"due_at": "2020-02-03T16:00:00+00:00"}
        play.done(B, "redo", "secretary.c", data=again)
    auditing = Auditing(store=database.audit, rulebook=rulebook)
    assert not database.audit.is_of_before()
    assert [*auditing.compare()]
    redo(urls.owner, "0041")
    assert database.audit.is_of_before()
    assert play.case(B).decisions == (("c", "2020-01-08"),)  # read until it is lived through again
    refold(SimpleNamespace(database=database, rulebook=rulebook))
    assert not database.audit.is_of_before()
    assert [*auditing.compare()] == []
    database.close()


def test_what_was_carried_over_was_ended_by_whom_its_event_names_after_the_migration(
    urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
):
    migrate(urls.owner, urls.app)
    database = connect(urls.app)
    rulebook = SimpleNamespace(scheme=lambda _: ALONE)
    end = carrying._end
    with monkeypatch.context() as before:
        before.setattr(carrying, "_end", lambda case, carry, old, _: end(case, carry, old, None))
        play = Play(ALONE, store=database.store)
        play.open()
        left_open(play, 1)
        carried(play, by="secretary.c")
    auditing = Auditing(store=database.audit, rulebook=rulebook)
    assert [one.final for one in items(play)] == ["carried"]
    assert not database.audit.is_of_before()
    assert [*auditing.compare()]
    redo(urls.owner, "0042")
    assert database.audit.is_of_before()
    refold(SimpleNamespace(database=database, rulebook=rulebook))
    assert not database.audit.is_of_before()
    assert [*auditing.compare()] == []
    database.close()
