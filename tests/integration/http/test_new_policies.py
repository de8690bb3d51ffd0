"""A new policy: who imports it sees whom it affects, and says what becomes of what runs."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.envelope import open_envelope
from services.workflow.application.boards.plans import (
    NoPlans,
    Planned,
    Plans,
    Simulates,
)
from services.workflow.console import Arguments
from services.workflow.text_commands import run_import
from tests.integration.http.service import Service
from tests.texts import POLICY, publish_shipped

LATER = POLICY.replace("hour: 9", "hour: 8")

Imports = Callable[..., Any]


@pytest.fixture
def imports(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Imports:
    """Import the policy in a text, over the scheme it was written for; return what was said."""
    publish_shipped(service.parts.publishing)

    def run(text: str = LATER, **others: Any) -> Any:
        file = tmp_path / "own.yaml"
        file.write_text(text, encoding="utf-8")
        given = {"dry_run": False, "running": "pin", "until": None, "json": True, "reader": "zh"}
        asked = Arguments(file=str(file), organisation=None, **(given | others))
        capsys.readouterr()
        assert run_import("policy", service.parts, asked) == 0
        said = capsys.readouterr().out
        return json.loads(said) if asked.json else said

    return run


def line(service: Service, unit: str, hour: int, person: str, **others: Any) -> Planned:
    known = Planned(
        id=f"{unit}/{hour}",
        case=f"review/{service.reviews[unit]}",
        state="drafting",
        rung="before",
        kind="reminder",
        channel="inapp",
        leaves=True,
        reason="before_deadline",
        at=service.clock.at + timedelta(hours=hour),
        person=person,
        unit=unit,
        role="secretary",
    )
    return replace(known, **others)


def answers(service: Service, simulate: Simulates) -> None:
    there = replace(service.parts.affected, simulate=simulate)
    service.parts.__dict__["affected"] = there


def published(service: Service) -> list[Any]:
    found = service.parts.database.reads.stream("text/policy")
    return [open_envelope(one.body).data for one in found]


def test_what_runs_stays_unless_the_one_who_imports_says_otherwise(
    service: Service, imports: Imports
) -> None:
    first, second = imports(), imports(running="move")
    assert [one["published"] for one in (first, second)] == [True, True]
    assert [one["running"] for one in published(service)] == ["pin", "pin", "move"]
    assert {one["hash"] for one in published(service)[1:]} == {first["hash"]}


@pytest.mark.parametrize("running", ["pin", "move"])
def test_what_is_in_force_for_all_is_not_published_again(
    service: Service, imports: Imports, running: str
) -> None:
    imports(running="move")
    before = service.n_events()
    assert imports(running=running)["published"] is False
    assert service.n_events() == before


def test_before_it_is_published_it_is_told_whom_it_affects(
    service: Service, imports: Imports
) -> None:
    gone = (line(service, "c-b1", 1, "c-b1.sec"), line(service, "c-h1", 1, "c-h1.sec"))
    come = (replace(gone[0], at=service.clock.at), line(service, "c-h1", 2, "c-h1.sec"))
    same = line(service, "c", 1, "c.off", case=f"review/{service.reviews['c-b1']}")
    aside = line(service, "c", 1, "c.off", case="drill/of-another-scheme")
    asked: list[Any] = []

    def simulate(question: Any) -> Plans:
        asked.append(question)
        return Plans(now=(*come, same, aside), gone=gone, come=come)

    answers(service, simulate)
    before = service.n_events()
    told = imports(dry_run=True)
    n_open = service.get("/v1/reviews?limit=200").json["total"]
    assert told["running"] == {
        "choice": "pin",
        "cases": n_open,
        "by_kind": {"述职评议": n_open},
        "if_moved": {
            "until": "2020-01-21",
            "n_cases": 2,
            "n_people": 2,
            "n_now": 3,
            "n_then": 3,
        },
    }
    assert (asked[0]["from"], service.n_events()) == ("2020-01-08", before)
    assert json.loads(asked[0]["policy"]["text"])["hour"] == 8


def test_people_read_what_becomes_of_what_runs(service: Service, imports: Imports) -> None:
    gone = (line(service, "c-b1", 1, "c-b1.sec"),)
    answers(service, lambda _: Plans(now=(), gone=gone, come=()))
    n_open = service.get("/v1/reviews?limit=200").json["total"]
    stays = imports(dry_run=True, json=False)
    assert f"正在办理的 {n_open} 件（述职评议 {n_open}）将仍按各自原来的规则提醒" in stays
    assert "若改按这一版（--running move），到 2020-01-21 若无人办理：1 件、1 人的提醒不同" in stays
    assert "这些案件共发 1 → 0 条" in stays
    assert "改按这一版提醒" in imports(running="move", json=False)


def test_without_an_answer_of_the_notifier_it_says_so_and_goes_on(
    service: Service, imports: Imports
) -> None:
    answers(service, lambda _: NoPlans(code="unavailable"))
    told = imports(dry_run=True)
    assert (told["running"]["unknown"], told["published"]) == ("unavailable", True)
    assert "现在算不出：通知服务没有应答" in imports(dry_run=True, json=False)


def test_an_import_asks_the_notifier_nothing(service: Service, imports: Imports) -> None:
    answers(service, lambda _: pytest.fail("asked"))
    assert imports()["running"]["cases"] > 0


def test_the_list_says_what_became_of_what_ran(service: Service, imports: Imports) -> None:
    imports(running="move")
    listed = service.get("/v1/texts?kind=policy").json["items"]
    found = {one["running"]: one["in_force"] for one in listed}
    assert found == {"move": True, "pin": False}
    assert "running" not in service.get("/v1/texts?kind=scheme").json["items"][0]
