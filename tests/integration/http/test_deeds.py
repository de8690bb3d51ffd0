"""What administrators did, as the one of them reads it who watches the others."""

import io
from urllib.parse import urlencode

import jsonschema_rs
import openpyxl
import pytest

from services.workflow.application.identity_ports import By
from tests.integration.http.administrators import (
    AUDIT,
    NEW_POST,
    PEOPLE,
    RIGHTS,
    SECRETARY,
    brought,
    sheet_with,
    signed_in,
    staff,
)
from tests.integration.http.forms import Browser
from tests.integration.http.service import Service


@pytest.fixture
def browsers(service: Service) -> dict[str, Browser]:
    return signed_in(service)


def test_each_act_is_in_the_record_that_the_audit_administrator_alone_reads(
    service: Service, browsers: dict[str, Browser]
):
    for body in ({"person": SECRETARY, "locked": True}, {"person": SECRETARY, "locked": False}):
        service.call("PUT", "/v1/accounts/lock", body, person=RIGHTS, key=None)
    page = service.get("/v1/deeds?limit=2", AUDIT).json
    told = [(one["what"], one["subject"], one["person"]) for one in page["items"]]
    assert told == [("unlocked", SECRETARY, RIGHTS), ("locked", SECRETARY, RIGHTS)]
    further = service.get(f"/v1/deeds?limit=2&after={page['next']}", AUDIT).json["items"]
    assert further[0]["what"] == "password_set"
    for other in (PEOPLE, RIGHTS):
        assert service.get("/v1/deeds", other).status_code == 403
        assert browsers[other].open("/deeds").status_code == 403


def test_what_is_done_to_people_and_posts_is_read_by_who_watches_those_who_do_it(
    service: Service, browsers: dict[str, Browser]
):
    newcomer = {"person": "new", "name": "新来的", "email": "new@example.org"}
    staff(service, "people", **newcomer, dry_run=True)
    staff(service, "people", **newcomer)
    staff(service, "people", **newcomer)  # the same again is no deed
    staff(service, "people", **newcomer | {"name": "又新"})
    staff(service, "posts", **NEW_POST)
    staff(service, "posts", **NEW_POST, until="2020-06-30")
    later = {"person": "new", "unit": "c-h1", "role": "clerk", "from": "2020-09-01"}
    staff(service, "posts", **later)
    service.call("DELETE", f"/v1/staff/posts?{urlencode(later)}", person=PEOPLE)
    service.call("DELETE", "/v1/staff/people?person=nobody", person=PEOPLE)
    brought(service, sheet_with(service, lambda book: book.worksheets[1].append(["late", "晚来"])))
    items = service.get("/v1/deeds?limit=8", AUDIT).json["items"]
    assert {one["person"] for one in items} == {PEOPLE}
    assert [(one["what"], one["subject"], one["detail"]) for one in reversed(items)] == [
        ("person_added", "new", None),
        ("person_changed", "new", None),
        ("post_given", "new", "c-h1 clerk 2020-01-08/.."),
        ("post_changed", "new", "c-h1 clerk 2020-01-08/2020-06-30"),
        ("post_given", "new", "c-h1 clerk 2020-09-01/.."),
        ("post_withdrawn", "new", "c-h1 clerk 2020-09-01/.."),
        ("person_removed", "nobody", None),
        ("person_added", "late", None),
    ]
    shown = browsers[AUDIT].open("/deeds").text
    for told in ("录入人员", "变更姓名或联系方式", "变更任职止期", "首次导入机构"):
        assert f'<td data-h="何事">{told}</td>' in shown
    book = openpyxl.load_workbook(io.BytesIO(browsers[AUDIT].open("/deeds.xlsx").data))
    lines = [*book.active.iter_rows(min_row=2, values_only=True)]
    assert ("录入人员", "late", PEOPLE) in [(line[1], line[3], line[6]) for line in lines]
    assert "new@example.org" not in str(lines)


def test_what_administrators_record_of_deputies_and_absences_is_read_by_who_watches_them(
    service: Service, browsers: dict[str, Browser]
):
    standing_in = {
        "person": SECRETARY,
        "deputy": "c-h1.off",
        "unit": "c-h1",
        "roles": ["secretary"],
        "from": "2020-01-09",
        "until": "2020-01-20",
    }
    away = {"person": SECRETARY, "from": "2020-01-09", "until": "2020-01-20"}
    own = away | {"from": "2020-02-03", "until": "2020-02-04"}
    assert service.call("PUT", "/v1/deputies/absences", own, person=SECRETARY).status_code == 200
    for path, body in (("delegations", standing_in), ("absences", away)):
        for _ in range(2):  # the same again is no deed
            answer = service.call("PUT", f"/v1/deputies/{path}", body, person=PEOPLE)
            assert answer.status_code == 200, answer.text
        key = {name: body[name] for name in body if name not in ("roles", "until")}
        gone = service.call("DELETE", f"/v1/deputies/{path}?{urlencode(key)}", person=PEOPLE)
        assert gone.status_code == 200, gone.text
    items = service.get("/v1/deeds?limit=4", AUDIT).json["items"]
    deputy = "c-h1.off c-h1 secretary 2020-01-09/2020-01-20"
    assert [(one["what"], one["detail"]) for one in reversed(items)] == [
        ("deputy_recorded", deputy),
        ("deputy_withdrawn", "c-h1.off c-h1 secretary 2020-01-09"),
        ("absence_recorded", "2020-01-09/2020-01-20"),
        ("absence_withdrawn", "2020-01-09"),
    ]
    assert {(one["subject"], one["person"]) for one in items} == {(SECRETARY, PEOPLE)}
    listed = service.get("/v1/deeds?limit=200", AUDIT).json["items"]
    assert "2020-02-03/2020-02-04" not in {one["detail"] for one in listed}
    shown = browsers[AUDIT].open("/deeds").text
    assert all(one in shown for one in ("登记代理", "撤回代理", "登记外出", "撤回外出"))


def test_a_deed_of_a_kind_that_is_not_known_yet_is_told_by_its_name(
    service: Service, browsers: dict[str, Browser]
):
    """As a later release writes down, or as this one does, seen by the one before."""
    by, now = By(client="web", person=RIGHTS), service.clock()
    for what, subject, detail in (
        ("desk_painted", "webhook", None),
        ("channel_tried", "email", "failed smtp_550"),
    ):
        service.parts.database.identity.write_down(what, subject, now, by, detail)
    answer = service.get("/v1/deeds?limit=2", AUDIT).json
    assert [(one["what"], one["detail"]) for one in answer["items"]] == [
        ("channel_tried", "failed smtp_550"),
        ("desk_painted", None),
    ]
    described = service.app.test_client().get("/openapi.json").json
    page = {"$ref": "#/components/schemas/DeedPage", "components": described["components"]}
    assert [*jsonschema_rs.validator_for(page).iter_errors(answer)] == []
    shown = browsers[AUDIT].open("/deeds")
    assert shown.status_code == 200
    assert "desk_painted" in shown.text
    assert "试发通知渠道" in shown.text
