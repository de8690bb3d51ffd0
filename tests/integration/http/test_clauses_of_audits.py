"""What the notice of 2019 asks of an audit, over HTTP, in every tier (C3.4)."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from services.workflow.application.workbooks import MEDIA
from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.builders import assessed, passed
from tests.integration.http.forms import Browser
from tests.integration.http.service import Service, start
from tests.integration.http.test_files import SHIPPED

# tier -> the unit whose secretary is appraised; each audit, and who gives it
TIERS = {
    "A": ("c", [("organ_audit", "w.lia")]),
    "B": ("c-h1", [("unit_audit", "c-h1.dep"), ("organ_audit", "c.off")]),
    "C": ("c-h1-a", [("unit_audit", "c-h1.off")]),
}
PARTS = {"achievements": "成绩。", "problems": "谈心谈话有待加强。\n记录不全。", "tasks": "任务。"}
FINDING = {"place": "problems", "paragraph": "1", "finding": "没有人数和原因。"}
DAY = "2020-01-20T16:00:00Z"
CRITERIA = ["总结成绩是否实事求是", "查找问题是否深入透彻", "提出思路是否清晰具体"]
PASSWORD = "correct horse 8 battery"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path, schemes=[SHIPPED])
    yield made
    made.parts.database.close()


def submit(service: Service, unit: str, **parts: str) -> None:
    data = {"documents": {"report": {"parts": PARTS | parts}}}
    assert service.fire(unit, "submit", f"{unit}.sec", data=data).status_code == 201


def back(**more: Any) -> dict[str, Any]:
    """Return the data of a return: a finding at a paragraph, a verdict on each criterion."""
    documents = {"findings": {"rows": [FINDING]}, **assessed("unmet")["documents"]}
    return {"documents": documents, "due_at": DAY, **more}


def errors(answer: Any) -> set[tuple[str, str]]:
    return {(one["code"], one["field"]) for one in answer.json["errors"]}


@pytest.mark.parametrize("tier", TIERS)
def test_c3_4_a_report_comes_back_with_findings_is_answered_and_passes(service: Service, tier: str):
    unit, stages = TIERS[tier]
    submit(service, unit)
    first, auditor = stages[0]
    returned = service.fire(unit, f"return_{first}", auditor, data=back())
    assert returned.json["review"]["state"] == "drafting"
    assert returned.json["review"]["due_at"] == "2020-01-20T16:00:00.000000Z"
    submit(service, unit, problems="应谈 31 人、实谈 22 人。\n记录不全。")
    for stage, by in stages:
        answer = service.fire(unit, f"pass_{stage}", by, data=passed(2))
        assert answer.status_code == 201, answer.text
        (pin,) = answer.json["event"]["data"]["pins"]
        assert (pin["document"], pin["version"]) == ("report", 2)
    assert answer.json["review"]["state"] == "cleared"


@pytest.mark.parametrize("tier", TIERS)
def test_c3_4_no_report_passes_of_which_a_criterion_is_not_met(service: Service, tier: str):
    unit, stages = TIERS[tier]
    submit(service, unit)
    for stage, by in stages:
        data = passed()
        rows = data["documents"]["assessment"]["rows"]
        rows["criterion_a"]["verdict"], rows["criterion_b"]["verdict"] = "partly", "unmet"
        refused = service.fire(unit, f"pass_{stage}", by, data=data)
        where = "data.documents.assessment.rows.criterion_b.verdict"
        assert (refused.status_code, errors(refused)) == (422, {("row_forbids", where)})
        assert refused.json["errors"][0]["reason"].startswith("“查找问题是否深入透彻”为“不符合”")
        rows["criterion_b"]["verdict"] = "partly"
        assert service.fire(unit, f"pass_{stage}", by, data=data).status_code == 201


def test_c3_4_that_what_is_not_met_does_not_pass_is_told_beside_the_button(service: Service):
    submit(service, "c-h1-a")
    accounts = service.parts.accounts
    accounts.accept_invitation(accounts.invite("c-h1.off"), PASSWORD)
    browser = Browser(service.app).sign_in("c-h1.off", PASSWORD)
    page = browser.open(f"/cases/{service.reviews['c-h1-a']}/reading").text
    told = "评定有“不符合”的，不能“单位党委审核通过”。"
    assert re.search(f"{told}</p>\\s*<button[^>]*>单位党委审核通过</button>", page)
    assert page.count(told) == 1  # and what goes back says nothing of it


@pytest.mark.parametrize("tier", TIERS)
def test_c3_4_nobody_audits_their_own_report(service: Service, tier: str):
    unit, stages = TIERS[tier]
    submit(service, unit)
    for stage, _ in stages:
        answer = service.fire(unit, f"pass_{stage}", f"{unit}.sec", data=passed())
        assert (answer.status_code, answer.json["code"]) == (403, "own_case")


def test_c3_4_each_criterion_has_a_verdict_and_the_version_is_named(service: Service):
    submit(service, "c-h1-a")
    answer = service.fire("c-h1-a", "pass_unit_audit", "c-h1.off")
    assert answer.status_code == 422
    where = "data.documents.assessment.rows.criterion_"
    assert errors(answer) == {
        *(("required", f"{where}{one}.verdict") for one in "abc"),
        ("required", "data.read.report"),
    }
    takes = {one["field"]: one["accepted"] for one in answer.json["errors"]}
    assert takes[f"{where}b.verdict"].startswith("查找问题是否深入透彻：met")
    assert takes["data.read.report"] == "读过的述职报告是第几稿"


def test_c3_4_one_criterion_left_out_is_the_one_that_is_named(service: Service):
    submit(service, "c-h1-a")
    data = passed()
    del data["documents"]["assessment"]["rows"]["criterion_b"]
    answer = service.fire("c-h1-a", "pass_unit_audit", "c-h1.off", data=data)
    where = "data.documents.assessment.rows.criterion_b.verdict"
    assert errors(answer) == {("required", where)}


def test_c3_4_a_version_that_is_not_in_force_any_more_does_not_pass(service: Service):
    submit(service, "c-h1-a")
    service.fire("c-h1-a", "recall", "c-h1-a.sec")
    submit(service, "c-h1-a", tasks="另写的任务。")
    answer = service.fire("c-h1-a", "pass_unit_audit", "c-h1.off", data=passed(1))
    assert errors(answer) == {("version_not_in_force", "data.read.report")}
    (told,) = answer.json["errors"]
    assert told["accepted"] == "读过第2稿再办理"
    again = service.fire("c-h1-a", "pass_unit_audit", "c-h1.off", data=passed(2))
    assert again.status_code == 201


def test_c3_4_many_at_once_are_audited_as_one_is(service: Service):
    for unit in ("c-h1-a", "c-h1-b"):
        submit(service, unit)
    commands = [
        {
            "case": service.reviews[unit],
            "trigger": "pass_unit_audit",
            "idempotency_key": unit,
            "on_behalf_of": "c-h1.off",
            **({"data": data} if data else {}),
        }
        for unit, data in (("c-h1-a", passed()), ("c-h1-b", {}))
    ]
    answer = service.call("POST", "/v1/transitions", {"commands": commands})
    sound, bare = answer.json["results"]
    assert (sound["status"], bare["status"]) == (201, 422)
    assert ("data.read.report") in {one["field"] for one in bare["problem"]["errors"]}


@pytest.mark.parametrize(
    ("tier", "called"), [("A", "省直机关工委审核通过"), ("B", "机关党委审核通过")]
)
def test_c3_4_the_workbook_of_an_audit_is_called_as_its_tier_does_and_names_the_criteria(
    service: Service, tier: str, called: str
):
    for unit, stages in (TIERS["A"], TIERS["B"]):
        submit(service, unit)
        for stage, by in stages[:-1]:
            service.fire(unit, f"pass_{stage}", by, data=passed())
    _, by = TIERS[tier][1][-1]
    path = f"/v1/cycles/{service.cycle}/workbook?kind=review&trigger=pass_organ_audit"
    book = load_workbook(BytesIO(service.get(path, by).data))
    assert book.sheetnames == [called]
    heads = {cell.value: cell.column for cell in book.active[1]}
    verdicts = [one for one in heads if one.endswith(" 评定")]
    assert [one.partition(" ")[0] for one in verdicts] == CRITERIA
    for one in verdicts:
        book.active.cell(2, heads[one], "符合")
    book.active.cell(2, heads[verdicts[1]], "不符合")
    (wrong,) = brought(service, f"{path}&dry_run=true", book, by)["errors"]
    cell = f"{called}!{book.active.cell(2, heads[verdicts[1]]).coordinate}"
    assert (wrong["code"], wrong["field"]) == ("row_forbids", cell)
    book.active.cell(2, heads[verdicts[1]], "符合")
    assert brought(service, f"{path}&dry_run=true", book, by)["n_cases"] == 1
    service.parts.accounts.accept_invitation(service.parts.accounts.invite(by), PASSWORD)
    page = Browser(service.app).sign_in(by, PASSWORD).open(path.removeprefix("/v1")).text
    assert f"<h1>{called}</h1>" in page


def brought(service: Service, path: str, book: Any, by: str) -> Any:
    out = BytesIO()
    book.save(out)
    headers = {"Content-Type": MEDIA}
    return service.call("POST", path, raw=out.getvalue(), person=by, headers=headers, key=None).json


def test_c3_4_a_deputy_passes_nothing_unread_either(service: Service):
    submit(service, "c-h1-a")
    today = service.clock.at.date()
    entry = Delegation(
        deputy="c-h2.dep",
        person="c-h1.off",
        unit="c-h1",
        roles=frozenset({"office"}),
        since=today,
        until=today,
    )
    assert service.parts.deputies.record(None, Wish(entry=entry)).changed
    unread = passed()
    del unread["read"]
    answer = service.fire("c-h1-a", "pass_unit_audit", "c-h2.dep", data=unread)
    assert errors(answer) == {("required", "data.read.report")}
    again = service.fire("c-h1-a", "pass_unit_audit", "c-h2.dep", data=passed())
    assert (again.status_code, again.json["event"]["deputyfor"]) == (201, "c-h1.off")


def test_c3_4_a_finding_points_at_a_paragraph_that_is_there(service: Service):
    submit(service, "c-h1-a")
    data = back()
    data["documents"]["findings"]["rows"] = [{**FINDING, "paragraph": "3"}]
    answer = service.fire("c-h1-a", "return_unit_audit", "c-h1.off", data=data)
    assert errors(answer) == {("paragraph_lacking", "data.documents.findings.rows[0].paragraph")}


def test_c3_4_what_is_asked_is_told_beforehand(service: Service):
    submit(service, "c-h1-a")
    path = f"/v1/cases/{service.reviews['c-h1-a']}/transitions"
    told = service.get(path, "c-h1.off").json["items"]
    asked = next(one for one in told if one["trigger"] == "pass_unit_audit")
    assert asked["allowed"]
    assert asked["data"]["required"] == ["documents", "read"]
    assert asked["data"]["properties"]["read"]["required"] == ["report"]
