"""Every kind of form fires its trigger: a review's whole life by forms alone."""

from typing import Any

import pytest

from schemas.envelope import open_envelope
from tests.end_to_end.pages.site import WRITTEN, Site
from tests.unit.workflow.web.conftest import AUDITOR
from tests.unit.workflow.web.visitor import Visitor

UNIT = "u-hospital-1-09"
PARTS = [f"documents.report.parts.{name}" for name in ("achievements", "problems", "tasks")]
REPORT = dict.fromkeys(PARTS, WRITTEN)
FINDINGS = "documents.findings.rows"
BALLOT, SUPERIOR = "components.ballot", "components.superior"
DECISION = {
    "decisions.0.body": "u-hospital-1",
    "decisions.0.date": "2020-01-18",
    "decisions.0.minutes": "院党纪〔2020〕3号",
}
LIFE: list[tuple[str, str, dict[str, str]]] = [
    ("secretary", "submit", REPORT),
    ("office", "return_unit_audit", {FINDINGS: "问题空泛。\r\n\r\n任务没有时限。"}),
    ("secretary", "submit", REPORT),
    ("office", "change_deadline", {"due_at": "2020-02-05", "reason": "审核人出差。"}),
    ("office", "suspend", {"reason": "等待上级批复。", "reference": "院党发〔2020〕1号"}),
    ("office", "resume", {"reason": "已获批复。"}),
    ("office", "pass_unit_audit", {}),
    ("office", "present", {"effective_at": "2020-01-20T09:12"}),
    ("office", "score", {BALLOT: "91.5", SUPERIOR: "88"}),
    ("office", "give_feedback", DECISION),
    ("secretary", "start_rectification", {}),
    ("office", "close", {}),
]


@pytest.fixture
def people(site: Site) -> dict[str, Visitor]:
    secretary = site.review_of(UNIT).person
    site.password(secretary)
    return {
        "secretary": Visitor(site).sign_in(secretary),
        "office": Visitor(site).sign_in(AUDITOR),
    }


def test_a_whole_life_goes_by_forms(site: Site, people: dict[str, Visitor]):
    case = f"/cases/{site.review_of(UNIT).id}"
    for who, trigger, fields in LIFE:
        if trigger == "pass_unit_audit":
            people[who].get(f"{case}/reading")
        number = {"number": site.review_of(UNIT).number} if trigger == "close" else {}
        shown_at, to = (
            (f"{case}/documents/report",) * 2
            if trigger == "submit"
            else (case, f"{case}/transitions")
        )
        assert f'value="{trigger}"' in people[who].text(shown_at), trigger
        response = people[who].post(to, shown_at=shown_at, trigger=trigger, **fields, **number)
        assert response.status_code == 303, (trigger, response.get_data(as_text=True))
    review = site.review_of(UNIT)
    assert (review.state, f"{review.grades['final'].figure}") == ("closed", "90.45")
    told = people["office"].text(case)
    for said in (
        "任务没有时限。",
        "院党发〔2020〕1号",
        "停了 0 个工作日",
        "90.45",
        "院党纪〔2020〕3号",
    ):
        assert said in told


def test_what_a_page_records_names_the_session_it_came_from(site: Site, visitor: Visitor):
    review = site.review_of("u-hospital-1-10")
    case, fields = f"/cases/{review.id}", {"due_at": "2020-02-05", "reason": "审核人出差。"}
    visitor.sign_in(AUDITOR)
    visitor.post(f"{case}/transitions", shown_at=case, trigger="change_deadline", **fields)
    cookie = visitor.client.get_cookie("shuping_session")
    session = cookie and site.parts.accounts.session(cookie.value)
    event = open_envelope(site.parts.database.reads.stream(f"review/{review.id}")[-1].body)
    assert session
    assert (event.fact, event.tokenid) == ("deadline_changed", session.id)


@pytest.mark.parametrize(
    ("trigger", "fields", "status"),
    [
        ("change_deadline", {"due_at": "soon", "reason": "x"}, 422),
        ("change_deadline", {"due_at": "9999-12-31", "reason": "x"}, 422),
        ("change_deadline", {"due_at": "2020-01-01", "reason": "x"}, 422),
        ("change_deadline", {"due_at": "2020-03-01"}, 422),
        ("suspend", {"reason": "", "reference": "x"}, 422),
        ("suspend", {"reason": "x", "effective_at": "2031-01-01T00:00"}, 422),
        ("suspend", {"reason": "x", BALLOT: "90"}, 400),
        ("suspend", {"reason": "x", "back": "//evil.example"}, 400),
        ("return_unit_audit", {FINDINGS: " \r\n "}, 422),
        ("no_such_trigger", {}, 422),
        ("score", {BALLOT: "１００", SUPERIOR: "-1"}, 409),
    ],
)
def test_a_form_filled_in_wrongly_changes_nothing_and_says_so(
    site: Site, people: dict[str, Visitor], trigger: str, fields: dict[str, Any], status: int
):
    before = site.review_of("u-hospital-1-02")
    case = f"/cases/{before.id}"
    response = people["office"].post(
        f"{case}/transitions", shown_at=case, trigger=trigger, **fields
    )
    assert response.status_code == status
    assert 'role="alert"' in response.get_data(as_text=True)
    assert site.review_of("u-hospital-1-02") == before
