"""What earlier releases wrote is read, verified, replayed and gone on with."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deploy.demo.cast import STUCK
from deploy.running import WORKFLOW, Running
from schemas.envelope import Envelope, open_envelope, peek
from services.workflow.adapters.database import connect
from tests.integration.histories.conftest import HISTORIES, Restore

OFFICE = "p-0016"
BROKEN = {"before_the_gate": 4}  # events that fit no schema
every_history = pytest.mark.parametrize(
    "name", sorted(path.name for path in HISTORIES.iterdir() if (path / "sqlite").is_dir())
)


def verified(running: Running, *options: str, status: int) -> list[dict[str, Any]]:
    told = running.command(
        WORKFLOW, "audit", "verify", "--thorough", "--json", *options, status=status
    )
    return json.loads(told)["findings"]


_found: dict[Path, list[dict[str, Any]]] = {}


def found_in(running: Running, history: Path) -> list[dict[str, Any]]:
    """Return what is found in a copy of *history* that was migrated and nothing else; once each."""
    if history not in _found:
        _found[history] = verified(running, status=1 if history.parent.name in BROKEN else 0)
    return _found[history]


def written(history: Path) -> list[bytes]:
    """Return the bodies of a history, in the order of their positions."""
    return gzip.decompress((history / "log.jsonl.gz").read_bytes()).splitlines()


@every_history
def test_its_bytes_are_those_that_were_written(restore: Restore, name: str):
    with restore(name) as (running, history):
        database = connect(running.environment["SHUPING_DATABASE_URL"])
        bodies = [bytes(entry[4]) for entry in database.audit.entries()]
        database.close()
    assert bodies == written(history)


@every_history
def test_what_fits_no_schema_is_found_and_is_no_finding_once_it_is_known(
    restore: Restore, name: str, tmp_path: Path
):
    n = BROKEN.get(name, 0)
    with restore(name) as (running, history):
        found = found_in(running, history)
        assert [one["code"] for one in found] == ["SCHEMA_OLD"] * n
        known = tmp_path / "known"
        known.write_text(
            "".join(f"{one['position']} {one['detail'].split()[-1]}\n" for one in found)
        )
        assert verified(running, "--known", str(known), status=0) == []


@every_history
def test_the_read_model_made_anew_is_the_one_that_was_kept(restore: Restore, name: str):
    with restore(name) as (running, history):
        status = 1 if name in BROKEN else 0
        before = found_in(running, history)
        running.command(WORKFLOW, "audit", "rebuild")
        assert verified(running, status=status) == before


# What the release before kept, by table, and where it is kept now.
KEPT = {
    "review": "case_record",
    "review_head": "case_head",
    "stage_interval": "case_interval",
    "review_within": "case_within",
    "refusal": "refusal",
    "notice": "notice",
    "inbox": "inbox",
    "unit": "unit",
    "person": "person",
    "post": "post",
}
RENAMED = {"review": "case_id", "review_version": "case_version"}
SPELLED_ANEW = {"pinned", "facts", "staff", "public_hospital"}  # and what units are beside


def kept(running: Running, tables: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of *tables*, in an order of their own."""
    url = running.environment.get("SHUPING_MIGRATION_DATABASE_URL")
    engine = sa.create_engine(url or running.environment["SHUPING_DATABASE_URL"])
    with engine.connect() as connection:
        found = {
            table: [
                {
                    RENAMED.get(name, name): value
                    for name, value in row.items()
                    if name not in SPELLED_ANEW
                }
                for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings()  # noqa: S608
            ]
            for table in tables
        }
    engine.dispose()
    return {table: sorted(rows, key=repr) for table, rows in found.items()}


@every_history
def test_all_that_was_kept_follows_from_the_log_after_the_migration(restore: Restore, name: str):
    with restore(name, migrated=False) as (running, _):
        before = kept(running, KEPT)
        running.command(WORKFLOW, "migrate")
        after = kept(running, KEPT.values())
    for was, now in KEPT.items():
        columns = before[was][0].keys()
        shown = [{column: row[column] for column in columns} for row in after[now]]
        assert sorted(shown, key=repr) == before[was], was


CLOSES = {  # who, of the body that heard it, may close what is open
    "2019-B-0025": OFFICE,
    "2019-C-0015": "p-0040",
    "2019-C-0016": "p-0040",
    "2019-C-0033": "p-0098",
}


def appended(running: Running, history: Path) -> list[Envelope]:
    """Return what was written since *history* was recorded."""
    database = connect(running.environment["SHUPING_DATABASE_URL"])
    bodies = [bytes(entry[4]) for entry in database.audit.entries()]
    database.close()
    return [open_envelope(body) for body in bodies[len(written(history)) :]]


@every_history
def test_its_cases_go_on_to_their_end_in_facts_of_today_under_their_own_scheme(
    restore: Restore, name: str
):
    with restore(name) as (running, history):
        running.start()
        running.settle()
        api = running.client()
        open_ = api.get("/v1/reviews?state=rectification", OFFICE).body["items"]
        for case in open_:
            assert api.fire(case["id"], "start_rectification", case["person"]).status == 409
            assert api.fire(case["id"], "close", CLOSES[case["number"]]).status == 201
        running.settle()
        left = running.client().get("/v1/reviews?state=rectification", OFFICE).body["total"]
        running.stop()
        moved = [one for one in appended(running, history) if one.fact != "notice_recorded"]
        status = 1 if name in BROKEN else 0
        before = verified(running, status=status)
        running.command(WORKFLOW, "audit", "rebuild")
        assert verified(running, status=status) == before
    (scheme,) = {
        one.schemehash for one in map(peek, written(history)) if one.fact == "review_opened"
    }
    assert (len(open_), left) == (4, 0)
    assert {(one.type, one.schemehash) for one in moved} == {
        ("workflow.trigger_refused.v2", scheme),
        ("workflow.state_changed.v2", scheme),
        ("workflow.text_published.v1", None),
    }


@every_history
def test_its_cases_go_on_and_the_notifier_reads_to_the_end(restore: Restore, name: str):
    with restore(name) as (running, _):
        running.start()
        running.settle()
        api = running.client()
        (case,) = api.get(f"/v1/reviews?person={STUCK}", OFFICE).body["items"]
        history = api.get(f"/v1/reviews/{case['id']}/events", OFFICE, refused="true", limit=200)
        assert history.status == 200
        assert api.fire(case["id"], "close", "p-0098").status == 201
        running.settle()
        assert running.client().get(f"/v1/reviews/{case['id']}", OFFICE).body["state"] == "closed"
