"""What earlier releases wrote is read, verified, replayed and gone on with."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.story import STUCK
from deploy.running import WORKFLOW, Running
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
    with restore(name) as (running, _):
        found = verified(running, status=1 if n else 0)
        assert [one["code"] for one in found] == ["SCHEMA_OLD"] * n
        known = tmp_path / "known"
        known.write_text(
            "".join(f"{one['position']} {one['detail'].split()[-1]}\n" for one in found)
        )
        assert verified(running, "--known", str(known), status=0) == []


@every_history
def test_the_read_model_made_anew_is_the_one_that_was_kept(restore: Restore, name: str):
    with restore(name) as (running, _):
        status = 1 if name in BROKEN else 0
        before = verified(running, status=status)
        running.command(WORKFLOW, "audit", "rebuild")
        assert verified(running, status=status) == before


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
