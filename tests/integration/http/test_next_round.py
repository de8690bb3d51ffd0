"""The next round beside one that is closed over open items: C1, C7 and C8, and their pages."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from services.workflow.adapters.files import scheme_file
from services.workflow.application.auditing import Auditing
from services.workflow.domain.language.model.scheme import Scheme
from tests.integration.http.aftermath import ALONE, AVERAGE, OFFICE, SECRETARY, Aftermath, aftermath
from tests.integration.http.conftest import STORES
from tests.integration.http.forms import Browser
from tests.integration.http.test_bulletins import fed_back
from tests.integration.http.test_clauses_of_items import OWNER, PASSWORD, looked, page, row, shown
from tests.integration.http.test_meetings import texts
from tests.texts import publish_schemes
from tests.unit.workflow.case.played import NOTICE, heard_at_any_time

WHY = "两项整改跨年，随2020年度继续督办"
CARRY = "{case: item, in: [open, reported], ends: carried, as: item}"
CARRIES = f"follows: {{scheme: jilin-health-2019, carries: [{CARRY}]}}\n"


def of_year(year: int, carries: str = "") -> Scheme:
    """Return the shipped scheme as one of another year."""
    text = heard_at_any_time(NOTICE.read_text(encoding="utf-8"))
    text = text.replace(f"id: {ALONE.id}", f"id: jilin-health-{year}", 1)
    text = text.replace("for: 2019,", f"for: {year},", 1)
    text = text.replace("\nwords:", f"\n{carries}words:", 1)
    return scheme_file.load(text, f"jilin-health-{year}")


@pytest.fixture(params=STORES)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    yield from aftermath(request.param, tmp_path, request)


def left_open(after: Aftermath, *problems: str) -> list[dict[str, Any]]:
    """Leave items open, close their round by a decision, and return them."""
    review = fed_back(after, "c-b1", AVERAGE)
    lists = {"documents": {"lists": {"rows": [row(one, "2020-03-31") for one in problems]}}}
    after.done(review, "start_rectification", OWNER, data=lists)
    path = f"/v1/cycles/{after.service.cycle}/close"
    closed = after.service.call("POST", path, {"reason": WHY}, person=SECRETARY)
    assert closed.status_code == 201, closed.text
    found: list[dict[str, Any]] = after.service.get("/v1/cases?kind=item", OFFICE).json["items"]
    return found


def opened_2020(after: Aftermath, carries: str = "") -> str:
    return opened_round(after, 2020, carries)


def opened_round(after: Aftermath, year: int, carries: str = "") -> str:
    publish_schemes(after.service.parts.publishing, of_year(year, carries))
    body = {"scheme": f"jilin-health-{year}", "unit": "c", "year": year}
    opened = after.service.call("POST", "/v1/cycles", body, person=OFFICE)
    assert opened.status_code == 201, opened.text
    return str(opened.json["id"])


def test_c8_the_office_that_opens_a_round_does_not_close_it(after: Aftermath) -> None:
    path = f"/v1/cycles/{after.service.cycle}/close"
    refused = after.service.call("POST", path, {"reason": WHY}, person=OFFICE)
    assert (refused.status_code, refused.json["code"]) == (403, "no_post")


def test_c1_the_next_round_opens_beside_and_what_was_open_never_vanishes(after: Aftermath) -> None:
    first, second = left_open(after, "甲题", "乙题")
    cycle = opened_2020(after)
    listed = after.service.get("/v1/cycles").json["items"]
    rounds = {one["round"]: one["closed_at"] for one in listed}
    assert rounds["2020"] is None
    assert rounds["2019"] is not None
    by_round = {
        one: after.service.get(f"/v1/cases?cycle={one}&limit=200", OFFICE).json["total"]
        for one in (cycle, after.service.cycle)
    }
    reviews = after.service.get(f"/v1/cases?cycle={cycle}&kind=review", OFFICE).json
    assert reviews["total"] == 7
    everything = after.service.get("/v1/cases?limit=200", OFFICE).json["total"]
    assert sum(by_round.values()) == everything
    after.done(first, "report", OWNER, data=texts("evidence", "done"))
    told = page(after, "/ledgers/item")
    assert re.search("其他周期： 2019 年度[^；]*（未完成 2 项）", told), told
    elsewhere = shown(after, "/ledgers/item?unit=c-h1")  # where nothing was left open
    assert f"/ledgers/item?cycle={after.service.cycle}&amp;unit=c-h1" in elsewhere
    assert "（未完成" not in elsewhere
    told = page(after, f"/ledgers/item?cycle={after.service.cycle}")
    assert first["number"] in told
    assert second["number"] in told
    assert "2020 年度" in page(after, "/cases?kind=item", SECRETARY)


def test_c7_what_is_carried_over_goes_on_under_a_new_number_that_tells_the_old(
    after: Aftermath,
) -> None:
    (old,) = left_open(after, "甲题")
    cycle = opened_2020(after, CARRIES)
    (new,) = after.service.get(f"/v1/cases?cycle={cycle}&kind=item", OFFICE).json["items"]
    assert after.now(old)["state"] == "carried"
    parts = after.service.parts
    assert [*Auditing(store=parts.database.audit, rulebook=parts.rulebook).compare()] == []
    assert new["number"].startswith("2020-")
    assert old["number"] in page(after, f"/cases/{new['id']}")


def test_c7_a_ledger_counts_what_was_carried_over_as_not_done_and_tells_it(
    after: Aftermath,
) -> None:
    first, *_ = left_open(after, "甲题", "乙题", "丙题")
    after.done(first, "report", OWNER, data=texts("evidence", "done"))
    after.done(first, "verify", OFFICE, data=looked("sample"))
    opened_2020(after, CARRIES)
    path = f"/ledgers/item?cycle={after.service.cycle}"
    told = page(after, path)
    assert "完成 1 / 3 项（33%）；未完成而转入下一周期 2 项；没有超期的。" in told
    by_unit = re.search(
        '<table class="plain ledger-sums">.*?</table>', shown(after, path), re.DOTALL
    )
    assert by_unit is not None
    assert ">1/3</a>" in by_unit[0]
    assert "转入下一周期" not in page(after, "/ledgers/item")  # of the round that is open


def test_c7_the_report_of_a_round_tells_what_goes_on_apart_from_what_was_called_off(
    after: Aftermath,
) -> None:
    first, *_ = left_open(after, "甲题", "乙题", "丙题")
    after.done(first, "report", OWNER, data=texts("evidence", "done"))
    after.done(first, "verify", OFFICE, data=looked("sample"))
    opened_2020(after, CARRIES)
    path = f"/cycles/{after.service.cycle}/outcome"
    told = page(after, path)
    assert "另 2 件转入下一周期" in told
    assert "中途终结" not in told
    (counted,) = (
        one for one in after.service.get(f"/v1{path}", OFFICE).json["sums"] if one["kind"] == "item"
    )
    assert (counted["n"], counted["n_completed"], counted["n_carried"]) == (3, 1, 2)
    book = after.service.get(f"/v1{path}.xlsx", OFFICE).get_data()
    heads, *lines = load_workbook(BytesIO(book)).worksheets[0].iter_rows(values_only=True)
    (items,) = (dict(zip(heads, one, strict=True)) for one in lines if one[0] == "整改事项")
    assert (items["结束"], items["转入下一周期"], items["中途终结"], items["未结"]) == (1, 2, 0, 0)


def test_c7_a_problem_that_comes_back_names_the_item_of_last_year(after: Aftermath) -> None:
    (old,) = left_open(after, "甲题")
    cycle = opened_2020(after)
    review = fed_back(after, "c-b1", AVERAGE)  # the newest
    again = row("甲题又现", "2020-04-30") | {
        "earlier": f"item/{old['id']}",
        "found_by": "last_year",
    }
    after.done(
        review, "start_rectification", OWNER, data={"documents": {"lists": {"rows": [again]}}}
    )
    (new,) = after.service.get(f"/v1/cases?cycle={cycle}&kind=item", OFFICE).json["items"]
    told = page(after, f"/cases/{new['id']}")
    assert re.search(rf"反复出现 原事项 +{re.escape(old['number'])}", told), told
    assert re.search(rf"原整改事项 +{re.escape(old['number'])}", told), told
    for path in (f"/ledgers/item?cycle={cycle}", f"/cases?cycle={cycle}&kind=item"):
        assert old["number"] in page(after, path), path
    office = Browser(after.service.app).sign_in(OFFICE, PASSWORD)
    taken = office.open(f"/ledgers/item.xlsx?cycle={cycle}").data
    cells = [*next(load_workbook(BytesIO(taken)).active.iter_rows(min_row=2, values_only=True))]
    assert old["number"] in cells
    assert f"item/{old['id']}" not in cells
    told = page(after, f"/cases/{old['id']}", SECRETARY)
    assert re.search(rf"又出现于 +{re.escape(new['number'])}", told), told
