"""A database of the release before is lifted: nobody is told twice, nothing is forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from schemas.calendars import read as read_calendar
from schemas.canonical import canonical_bytes, parse_strict
from schemas.instants import instant
from services.notifier.adapters.database import SqlStore, connect, migrate
from services.notifier.adapters.database.migrating import _config, newest_revision
from tests.contract.notifier.town import Town
from tests.servers import DatabaseUrls
from tests.unit.notifier.world import BRANCH_REVIEW, HOSPITAL_REVIEW, at, due
from tests.unit.schemas.test_policy import FORMAT_1, read

POLICY = read(FORMAT_1)
CASE = f"review/{BRANCH_REVIEW}"
NOTICE = "00000000-0000-5000-8000-000000000001"


def fill(engine: Engine) -> None:
    """Write what the release before had after its first reminder, at its own schema."""
    calendar = canonical_bytes(parse_strict(read_calendar()))
    review = {
        "id": BRANCH_REVIEW,
        "number": "2019-C-0001",
        "person": "ws",
        "unit": "ward",
        "tier": "C",
        "path": '["work","group","organ","hospital","ward"]',
        "hearing_body": "hospital",
        "state": "drafting",
        "version": 1,
        "holder_unit": "ward",
        "holder_role": "secretary",
        "holder_person": "ws",
        "due_at": instant(due(1, 10)),
        "suspended": 0,
        "armed_at": instant(at(1, 8, 8)),
        "entered_version": 1,
    }
    timer = {
        "review": BRANCH_REVIEW,
        "track": "deadline",
        "deadline": f"1/{instant(due(1, 10))}",
        "passed": 1,
        "at": instant(at(1, 10, 9, 7)),
    }
    notice = {
        "id": NOTICE,
        "review": BRANCH_REVIEW,
        "review_version": 1,
        "state": "drafting",
        "track": "deadline",
        "rung": "before",
        "kind": "reminder",
        "person": "ws",
        "unit": "ward",
        "role": "secretary",
        "channel": "inapp",
        "status": "sent",
        "reason": "before_deadline",
        "skipped": "[]",
        "planned_at": instant(at(1, 8, 9, 7)),
        "decided_at": instant(at(1, 8, 9, 8)),
        "policy": POLICY.hash,
        "attempts": 0,
        "n_unknown": 0,
        "epoch": 1,
        "reported": 201,
    }
    rules = [
        {"hash": POLICY.hash, "kind": "policy", "in_force": 1, "body": POLICY.canonical},
        {"hash": "c" * 64, "kind": "calendar", "in_force": 1, "body": calendar},
    ]
    insert(engine, "review", review)
    insert(engine, "timer", timer)
    insert(engine, "notice", notice)
    for row in rules:
        insert(engine, "rules", row)


def insert(engine: Engine, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608


@pytest.fixture
def lifted(urls: DatabaseUrls) -> Iterator[Town]:
    """A town whose database the release before had filled."""
    engine = connect(urls.owner)
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    fill(engine)
    migrate(engine, urls.app)
    engine.dispose()
    store = SqlStore(connect(urls.app))
    town = Town(store)
    town.policy = None
    town.restart()
    town.log.organise()
    town.log.open()  # the very event that the row came from
    yield town
    store.close()


def test_what_was_told_is_not_told_again_and_the_rest_is(lifted: Town) -> None:
    lifted.run(at(1, 8, 10))
    assert lifted.told() == [("before", "ws", "sent")]
    lifted.run(at(1, 10, 10))
    assert lifted.told() == [("before", "ws", "sent"), ("due_day", "ws", "sent")]


def test_a_notice_of_before_is_found_by_its_case(lifted: Town) -> None:
    assert [notice.id for notice in lifted.notices(case=CASE)] == [NOTICE]


def test_the_policy_of_before_is_in_force_and_says_what_states_are_called(lifted: Town) -> None:
    lifted.workflow.served.clear()  # a workflow of the release before has no texts
    lifted.run(at(1, 10, 10))
    assert "正在“起草”阶段" in lifted.workflow.texts()[0]


def test_the_policy_that_is_published_comes_after_it(lifted: Town) -> None:
    later = canonical_bytes({**parse_strict(POLICY.canonical), "hour": 15})
    lifted.serve(later)
    lifted.log.publish("policy", later)
    lifted.run(at(1, 10, 10))
    assert ("due_day", "ws", "sent") not in lifted.told()
    lifted.run(at(1, 10, 16))
    assert ("due_day", "ws", "sent") in lifted.told()


AWAY = {"person": "ws", "from": "2020-01-08", "until": "2020-01-09"}
# Columns that came after that release.
SINCE = (
    *(("notice", "words"), ("notice", "words_salt")),
    *(("urge", "arrived"), ("case_head", "answers"), ("notice", "letter")),
    *(("notice", "instead_of"), ("case_head", "opened"), ("notice", "why_channel")),
    ("case_head", "acted"),
    ("notice", "asks"),
    ("notice", "reply"),
    ("urge", "replied"),
    ("urge", "turned"),
)
HANDED_ON = {**AWAY, "deputy": "hd", "unit": "ward", "roles": ["secretary"]}


@pytest.fixture
def knew_no_deputies(urls: DatabaseUrls) -> Iterator[Town]:
    """A town whose log told of a deputy while a release ran that knew of none."""
    engine = connect(urls.owner)
    migrate(engine, urls.app)
    before = Town(SqlStore(connect(urls.app)))
    before.log.organise()
    before.log.append("organisation/work", "absent", at(1, 8, 8), AWAY)
    before.log.append("organisation/work", "delegated", at(1, 8, 8), HANDED_ON)
    before.log.organise()
    before.log.open()
    before.log.open(HOSPITAL_REVIEW, "hospital")
    before.log.urge(at(1, 8, 8, 10), review=HOSPITAL_REVIEW)
    before.run(at(1, 8, 8, 30))
    before.engine.release()
    before.store.close()
    with engine.begin() as connection:
        gone = ("delegation", "absence", "channel_gate", "engine_pass", "planned", "policy_issue")
        for table in (*gone, "channel_choice", "simulation", "turn"):
            connection.execute(text(f"DROP TABLE {table}"))
        for index in ("notice_letter", "parked_case", "case_running"):
            connection.execute(text(f"DROP INDEX {index}"))
        for table, column in SINCE:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(text("UPDATE notifier_migration SET version_num = '0005'"))
    migrate(engine, urls.app)
    engine.dispose()
    town = Town(SqlStore(connect(urls.app)))
    town.log.bodies, town.log.versions = before.log.bodies, before.log.versions
    yield town
    town.store.close()


def test_who_stood_in_already_is_known_and_nobody_is_told_twice(knew_no_deputies: Town) -> None:
    told = knew_no_deputies.told()
    assert [rung for rung, _, _ in told] == ["urge"]
    knew_no_deputies.run(at(1, 8, 10))
    assert ("before", "hd", "sent") in knew_no_deputies.told()  # for the secretary of the ward
    assert ("before", "ws", "sent") not in knew_no_deputies.told()
    assert [one for one in knew_no_deputies.told() if one[0] == "urge"] == told


def test_of_posts_that_were_known_before_it_is_looked_at_who_has_desks_when_they_begin(
    knew_no_deputies: Town,
) -> None:
    store = knew_no_deputies.store
    with store.writing(store.claim("reader") or 0) as tx:
        turns = tx.timers.turns(at(1, 8))
    begun = datetime(2018, 12, 31, 16, tzinfo=UTC)  # midnight there
    assert {(one.at, one.where) for one in turns} >= {(begun, "ward"), (begun, "hospital")}


def test_the_newest_revision_by_name_is_the_one_that_migrating_leads_to():
    assert newest_revision() == ScriptDirectory.from_config(_config()).get_current_head()


def test_of_absences_that_were_known_before_it_is_looked_at_who_has_desks_by_then(
    urls: DatabaseUrls,
) -> None:
    engine = connect(urls.owner)
    migrate(engine, urls.app)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO absence VALUES ('ws', '2020-01-08', '2020-01-09')"))
        connection.execute(text("UPDATE notifier_migration SET version_num = '0022'"))
    migrate(engine, urls.app)
    engine.dispose()
    store = SqlStore(connect(urls.app))
    with store.seeing() as tx:
        turns = tx.timers.turns(at(1, 31))
    store.close()
    assert [(one.at, one.where) for one in turns] == [(at(1, 8, 0), "ws"), (at(1, 10, 0), "ws")]
