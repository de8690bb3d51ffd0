"""Schemes, calendars and policies are imported by commands, each a file at a time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import services.workflow.__main__ as workflow
from schemas import calendars
from schemas.calendar import WorkingDays
from services.workflow.adapters.database import connect
from tests.texts import POLICY, SCHEME

Run = Callable[..., Any]
BEFORE, AFTER = calendars.versions()[0], calendars.versions()[-1]


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/w.db"


@pytest.fixture
def run(
    tmp_path: Path,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a command under `test`; return what it said as JSON."""
    monkeypatch.setattr(workflow, "configure_logging", lambda: None)
    monkeypatch.setenv("SHUPING_ENVIRONMENT", "test")
    monkeypatch.setenv("SHUPING_DATABASE_URL", database)
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, status: int = 0) -> Any:
        assert workflow.main([*argv, "--json"]) == status
        return json.loads(capsys.readouterr().out)

    return run


def n_events(database: str) -> int:
    opened = connect(database)
    try:
        head = opened.reads.log_head()
        return head.position + head.pending
    finally:
        opened.close()


def version(listed: Any) -> str:
    """Return the version of the calendar in force."""
    (hash_,) = (one["hash"] for one in listed["items"] if one["in_force"])
    by_hash = {calendar(one).hash: one for one in calendars.versions()}
    return by_hash[hash_]


def calendar(version: str) -> Any:
    return WorkingDays.from_json(calendars.read(version=version))


def test_migrating_publishes_what_is_shipped_once(run: Run, database: str):
    published = run("migrate")["published"]
    assert {(one["kind"], one["id"]) for one in published} == {
        ("calendar", calendars.STATE_COUNCIL),
        ("scheme", SCHEME),
        ("policy", SCHEME),
    }
    assert run("migrate")["published"] == []
    assert n_events(database) == len(published)


def test_a_year_that_is_played_begins_with_what_was_known_then(run: Run):
    run("migrate")
    assert version(run("calendar", "list")) == BEFORE
    run("migrate")
    assert version(run("calendar", "list")) == BEFORE


def test_in_production_the_newest_calendar_is_published(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHUPING_ENVIRONMENT", "production")
    run("migrate")
    assert version(run("calendar", "list")) == AFTER


def test_a_log_of_an_earlier_release_gets_the_calendar_it_was_counted_by(run: Run, database: str):
    workflow.migrate(database)
    organisation = Path(__file__).parents[1] / "http" / "organisation.yaml"
    run("organisation", "import", str(organisation))
    run("migrate")
    assert version(run("calendar", "list")) == AFTER


def test_migrating_leaves_in_force_what_was_imported_since(run: Run, tmp_path: Path):
    run("migrate")
    (tmp_path / "own.yaml").write_text(POLICY.replace("hour: 9", "hour: 8"))
    own = run("policy", "import", "own.yaml")
    assert own["published"]
    assert run("migrate")["published"] == []
    listed = run("policy", "list")["items"]
    assert [(one["hash"] == own["hash"], one["in_force"]) for one in listed] == [
        (True, True),
        (False, False),
    ]


def test_the_same_text_again_is_told_and_recorded_once(run: Run, database: str, tmp_path: Path):
    run("migrate")
    (tmp_path / "after.json").write_bytes(calendars.read(version=AFTER))
    first, before = run("calendar", "import", "after.json"), n_events(database)
    again = run("calendar", "import", "after.json")
    assert (first["published"], again["published"]) == (True, False)
    assert again["hash"] == first["hash"] == calendar(AFTER).hash
    assert n_events(database) == before


def test_a_rehearsal_records_nothing(run: Run, database: str, tmp_path: Path):
    run("migrate")
    (tmp_path / "after.json").write_bytes(calendars.read(version=AFTER))
    before = n_events(database)
    told = run("calendar", "import", "after.json", "--dry-run")
    assert (told["published"], told["replaces"]) == (True, calendar(BEFORE).hash)
    assert (n_events(database), version(run("calendar", "list"))) == (before, BEFORE)


@pytest.mark.parametrize("kind", ["scheme", "calendar", "policy"])
def test_of_a_file_with_faults_nothing_is_published_and_all_of_them_are_told(
    run: Run, database: str, tmp_path: Path, kind: str
):
    run("migrate")
    (tmp_path / "bad.yaml").write_text("id: a b\nid: c\nmore: 1.5\n", encoding="utf-8")
    before = n_events(database)
    faults = run(kind, "import", "bad.yaml", status=1)["faults"]
    assert {fault.split(": ")[0] for fault in faults} >= {"bad.yaml:2", "bad.yaml:3"}
    assert n_events(database) == before


def test_what_imports_and_what_was_imported_stands_in_the_log(run: Run, database: str):
    run("migrate")
    opened = connect(database)
    (stored,) = opened.reads.stream("text/policy")
    opened.close()
    event = json.loads(stored.body)
    listed = run("policy", "list")["items"]
    assert event["data"] == {"kind": "policy", "id": SCHEME, "hash": listed[0]["hash"]}
    assert (event["client"], "actor" in event, "tokenid" in event) == ("cli", False, False)
