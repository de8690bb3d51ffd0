"""Schemes, calendars and policies are imported by commands, each a file at a time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import services.workflow.__main__ as workflow
from schemas import calendars
from schemas.calendar import WorkingDays
from services.workflow import starting
from services.workflow.adapters.database import connect, migrate
from tests.texts import EARLIER_FILE, POLICY, SCHEME

Run = Callable[..., Any]
ORGANISATION = Path(__file__).parents[1] / "http" / "organisation.yaml"
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
    monkeypatch.setattr(starting, "configure_logging", lambda: None)
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
    migrate(database)
    run("organisation", "import", str(ORGANISATION))
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


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


def nth(**said: str) -> int:
    """Return where the shipped policy first says this of a state."""
    acts = yaml.safe_load(POLICY)["acts"]
    return next(n for n, act in enumerate(acts) if said.items() <= act.items())


MISFITS = {  # what is written, what instead, and how that is told
    "roles: [office]": ("roles: [porter]", "tracks[0].rungs[3].to.roles[0]: 未知的职务“porter”"),
    "state: scored": (
        "state: closed",
        f"acts[{nth(state='scored')}].state: “closed”使案件结束，无人需要办理",
    ),
    "kind: interview": ("kind: tour", f"acts[{nth(kind='interview')}].kind: 未知的类别“tour”"),
}


@pytest.mark.parametrize("rehearsal", [(), ("--dry-run",)])
def test_a_policy_that_names_what_is_not_there_is_not_published_and_all_of_it_is_told(
    run: Run, database: str, rehearsal: tuple[str, ...]
):
    run("migrate")
    run("organisation", "import", str(ORGANISATION))
    written = POLICY
    for old, (new, _) in MISFITS.items():
        written = written.replace(old, new)
    Path("own.yaml").write_text(written, encoding="utf-8")
    before = n_events(database)
    faults = run("policy", "import", "own.yaml", *rehearsal, status=1)["faults"]
    for fault, (new, why) in zip(faults, MISFITS.values(), strict=True):
        assert fault.startswith(f"own.yaml:{line_of(written, new)}: {why}")
    assert n_events(database) == before


def test_a_policy_for_a_scheme_that_is_not_published_is_refused_by_name(run: Run):
    run("migrate")
    written = POLICY.replace(f"scheme: {SCHEME}", "scheme: laboratory")
    Path("own.yaml").write_text(written, encoding="utf-8")
    (fault,) = run("policy", "import", "own.yaml", status=1)["faults"]
    line = line_of(written, "scheme: laboratory")
    assert fault == f"own.yaml:{line}: scheme: 方案“laboratory”尚未发布"


def test_a_rung_that_hardly_ever_falls_due_is_told_with_its_place_and_taken(run: Run):
    run("migrate")
    Path("own.yaml").write_text(POLICY.replace("before: 2", "before: 200"), encoding="utf-8")
    told = run("policy", "import", "own.yaml")
    ((warning,), published) = told["warnings"], told["published"]
    assert published
    assert "tracks[0].rungs[0].before" in warning
    assert "60" in warning


def test_a_policy_is_held_against_the_newest_edition_of_its_scheme(run: Run):
    run("migrate")
    run("scheme", "import", str(EARLIER_FILE))
    Path("own.yaml").write_text(POLICY.replace("hour: 9", "hour: 8"), encoding="utf-8")
    assert run("policy", "import", "own.yaml", status=1)["faults"]


def test_whoever_publishes_a_scheme_is_told_what_its_policy_names_and_it_has_no_more(run: Run):
    run("migrate")
    told = run("scheme", "import", str(EARLIER_FILE))
    assert told["published"]
    gone = [one for one in told["warnings"] if "未知的类别“visit”" in one]
    first = f"acts[{nth(kind='visit')}].kind"
    assert gone[0].startswith(f"{EARLIER_FILE}: 现行的提醒与督办规则，{first} 处：")
    assert len(gone) == POLICY.count("kind: visit")


def test_whoever_takes_a_role_away_is_told_which_texts_in_force_name_it(run: Run):
    run("migrate")
    run("organisation", "import", str(ORGANISATION))
    tree = run("organisation", "export")
    gone = "deputy_secretary"
    roles = tree["vocabulary"]["roles"]
    tree["vocabulary"]["roles"] = [role for role in roles if role["name"] != gone]
    tree["posts"] = [post for post in tree["posts"] if post["role"] != gone]
    Path("without.yaml").write_text(json.dumps(tree), encoding="utf-8")
    told = run("organisation", "import", "without.yaml")
    (warning,) = told["warnings"]
    assert told["changed"]
    assert warning.endswith(f"仍用到它：policy/{SCHEME}、scheme/{SCHEME}")


def test_a_first_organisation_takes_nothing_away(run: Run):
    run("migrate")
    file = "services/workflow/schemes/examples/laboratory-safety.organisation.yaml"
    told = run("organisation", "import", str(Path(__file__).parents[3] / file))
    assert told["warnings"] == []


def test_what_imports_and_what_was_imported_stands_in_the_log(run: Run, database: str):
    run("migrate")
    opened = connect(database)
    (stored,) = opened.reads.stream("text/policy")
    opened.close()
    event = json.loads(stored.body)
    listed = run("policy", "list")["items"]
    told = {"kind": "policy", "id": SCHEME, "hash": listed[0]["hash"], "running": "pin"}
    assert event["data"] == told
    assert (event["client"], "actor" in event, "tokenid" in event) == ("cli", False, False)


EXAMPLES = Path(__file__).parents[3] / "services/workflow/schemes/examples"
FOLLOWS = """\
follows:
  scheme: laboratory-safety
  carries:
    - {case: hazard, in: [to_put_right], ends: put_right, as: hazard}
"""


def test_a_scheme_is_held_against_the_one_it_follows_when_it_is_imported(run: Run, database: str):
    run("migrate")
    laboratory = EXAMPLES / "laboratory-safety.yaml"
    text = laboratory.read_text().replace("id: laboratory-safety", "id: next", 1)
    Path("next.yaml").write_text(text + FOLLOWS)
    before = n_events(database)
    (fault,) = run("scheme", "import", "next.yaml", status=1)["faults"]
    assert fault.endswith("没有可接续的方案“laboratory-safety”")
    assert n_events(database) == before
    run("scheme", "import", str(laboratory))
    faults = run("scheme", "import", "next.yaml", status=1)["faults"]
    assert [fault.split(": ")[:2] for fault in faults] == [
        [f"next.yaml:{line_of(text + FOLLOWS, 'ends: put_right')}", "follows.carries[0].ends"]
    ]


def test_whoever_publishes_a_scheme_is_told_where_it_cannot_mean_the_organisation(run: Run):
    run("migrate")
    laboratory = EXAMPLES / "laboratory-safety.yaml"
    assert run("scheme", "import", str(laboratory), "--dry-run")["warnings"] == []
    run("organisation", "import", str(ORGANISATION))
    told = run("scheme", "import", str(laboratory))
    line = line_of(laboratory.read_text(), "roles: [laboratory_head]")
    assert told["published"]
    assert any(
        one.startswith(f"{laboratory}:{line}: ") and "就现有组织而言：未知的职务" in one
        for one in told["warnings"]
    )


def test_an_import_is_laid_over_the_organisation_in_a_file(run: Run, tmp_path: Path):
    run("migrate")
    laboratory, whole = (EXAMPLES / f"laboratory-safety{end}.yaml" for end in ("", ".organisation"))
    headless = tmp_path / "headless.yaml"
    head = "unit: lab-virus, role: laboratory_head"
    kept = [line for line in whole.read_text().splitlines() if head not in line]
    headless.write_text("\n".join(kept))
    told = run(
        "scheme", "import", str(laboratory), "--organisation", str(headless), "--day", "2024-04-01"
    )
    assert told["published"]
    vacant = {"lab-virus" in gap["unit"] for gap in told["gaps"] if gap["sort"] == "vacant"}
    assert vacant == {True}
    assert told["expected"] == {"inspection": 3}


def test_an_import_is_refused_where_the_scheme_cannot_mean_the_organisation_in_a_file(
    run: Run, database: str
):
    run("migrate")
    laboratory = EXAMPLES / "laboratory-safety.yaml"
    before = n_events(database)
    given = ("--organisation", str(ORGANISATION))
    told = run("scheme", "import", str(laboratory), *given, status=1)
    line = line_of(laboratory.read_text(), "roles: [laboratory_head]")
    assert any(
        one.startswith(f"{laboratory}:{line}: ") and "未知的职务" in one for one in told["faults"]
    )
    assert n_events(database) == before
