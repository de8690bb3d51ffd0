"""What was said where a case came back, told the notifier as its reader would be shown it."""

from typing import Any

import pytest
import sqlalchemy as sa

from services.workflow.adapters.database.tables import text
from services.workflow.adapters.http import documents
from tests.integration.http.service import Service

FINDINGS = ["请补充任务清单", "数字与台账不符", "过于笼统", "缺少案例"]
SECRETARY = "c-b1.sec"


@pytest.fixture
def returned(service: Service) -> Service:
    """A commission whose office has sent one report back, with four findings."""
    assert service.submit("c-b1").status_code == 201
    data = {"findings": FINDINGS}
    answer = service.fire("c-b1", "return_organ_audit", "c.off", data=data)
    assert answer.status_code == 201, answer.text
    return service


def stream(service: Service, unit: str = "c-b1") -> str:
    return f"review/{service.reviews[unit]}"


def said(service: Service, person: str = SECRETARY, version: int = 3, **others: Any) -> Any:
    cases = f"{stream(service)}@{version},{stream(service, 'c-h1-a')}@1"
    answer = service.get(f"/v1/said?person={person}&cases={cases}", **others)
    if answer.status_code == 200:
        documents.SAID.load(answer.json)
    return answer


def test_the_findings_of_a_return_are_told_as_they_begin(returned: Service):
    (one,) = said(returned).json["items"]
    assert (one["subject"], one["version"], one["more"]) == (stream(returned), 3, 1)
    assert [remark["text"] for remark in one["remarks"]] == FINDINGS[:3]


@pytest.mark.parametrize("person", ["c-h2.sec", "nobody-at-all", "c.insp"])
def test_who_would_not_be_shown_it_in_a_list_is_not_told(returned: Service, person: str):
    """One of another unit, one who is not there, and one who leaves a trace where they read."""
    assert said(returned, person).json["items"] == []


def test_what_has_gone_on_since_is_not_told(returned: Service):
    assert said(returned, version=2).json["items"] == []
    assert returned.submit("c-b1").status_code == 201
    assert said(returned).json["items"] == []


def test_what_was_erased_is_not_told(returned: Service):
    with returned.parts.database._connections.transaction() as connection:
        connection.execute(sa.delete(text))
    (one,) = said(returned).json["items"]
    assert one["remarks"] == []


def test_it_is_for_the_notifier_alone(returned: Service):
    token = returned.parts.accounts.create_token("reader", frozenset({"read", "act-for"}), "w")
    assert said(returned, token=token).json["code"] == "client_scope"
    elsewhere = returned.parts.accounts.create_token("notifier", frozenset({"notify"}), "c-h1")
    assert said(returned, token=elsewhere).json["items"] == []
    answer = returned.get(f"/v1/said?person=p&cases={stream(returned)}@3", "c.off")
    assert answer.status_code == 403
