"""A ledger of many items asks as often as one of 20, however it is narrowed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas import limits
from schemas.envelope import open_envelope
from services.workflow.adapters.web.repeated import Repeated
from tests.integration.http.aftermath import AVERAGE, OFFICE, Aftermath, aftermath
from tests.integration.http.conftest import STORES
from tests.integration.http.forms import Browser
from tests.integration.http.test_bulletins import fed_back
from tests.integration.http.test_clauses_of_items import OWNER, PASSWORD, row
from tests.unit.workflow.web.conftest import counted

FEW, MANY, MOST = 20, 180, 12  # of them a page shows 20
PAGES = (
    "/ledgers/item",
    "/ledgers/item?by=of",
    "/ledgers/item?by=holder&due=over",
    "/ledgers/item?asks=1",
    "/cases?kind=item",
    "/stuck",
    "/ledgers/item?sort=holder",
    "/cases?sort=-state",
)


@pytest.fixture(params=STORES)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    yield from aftermath(request.param, tmp_path, request)


LATE, LATER = "2020-01-10", "2020-12-30"


def listed(n: int, days: tuple[str, str] = (LATE, LATER)) -> dict[str, Any]:
    """Return the data of so many rows, every other one soon late."""
    return {"documents": {"lists": {"rows": [row(f"{one}", days[one % 2]) for one in range(n)]}}}


def asked(after: Aftermath) -> None:
    """Let the owner ask for another day of the first item there is."""
    found = after.service.get("/v1/cases?kind=item&state=open&sort=due_at", OFFICE).json["items"]
    wish = {"until": "2020-12-29", "grounds": "推迟"}
    data = {"documents": {"extension_request": {"rows": [wish]}}}
    after.done(found[0], "ask_extension", OWNER, data=data)


def costs(browser: Browser) -> dict[str, int]:
    found = {}
    for path in PAGES:
        assert browser.open(path).status_code == 200
        with counted() as statements:
            browser.open(path)
        found[path] = len(statements)
    return found


def written(browser: Browser) -> dict[str, str]:
    return {path: browser.open(path).text for path in (*PAGES, "/ledgers/item?many=1")}


def test_a_ledger_of_many_items_takes_the_statements_of_one_of_twenty(
    after: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = fed_back(after, "c-b1", AVERAGE)
    after.done(review, "start_rectification", OWNER, data=listed(FEW))
    asked(after)
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(OFFICE), PASSWORD)
    browser = Browser(after.service.app).sign_in(OFFICE, PASSWORD)
    clock = after.service.clock
    today, later = clock.at, clock.at.replace(month=2)
    clock.at = later
    few = costs(browser)
    assert {path: n for path, n in few.items() if n > MOST} == {}
    clock.at = today
    more = listed(MANY - FEW)
    more["documents"]["lists"]["rows"][:0] = [{"row": nth} for nth in range(1, FEW + 1)]
    after.done(review, "add_items", OWNER, data=more)
    clock.at = later
    assert f"/ {MANY:,} 项" in browser.open("/ledgers/item").text
    late = browser.open("/ledgers/item?due=over").text
    assert f"筛出 {MANY // 2} 项；全部：完成 <b>0</b> / {MANY} 项" in late
    assert '<p class="print-only">筛选：超期；按单位</p>' in late
    assert f"本页 20 项，共 {MANY} 项" in browser.open("/ledgers/item").text
    more = browser.open("/ledgers/item?many=1").text
    assert f"本页 {MANY} 项，共 {MANY} 项" in more
    assert "每页 200 件，供打印" in browser.open("/ledgers/item").text
    assert "筛出" not in browser.open("/ledgers/item").text
    assert costs(browser) == few
    # What repeats in its rows is written once, and says what each row says by itself.
    pages = written(browser)
    monkeypatch.setattr(Repeated, "__call__", lambda _, __, macro, *of: macro(*of))
    assert written(browser) == pages


def test_of_a_list_with_very_many_faults_the_answer_tells_all_and_the_log_keeps_the_first(
    after: Aftermath,
) -> None:
    review = fed_back(after, "c-b1", AVERAGE)
    after.service.clock.at = after.service.clock.at.replace(month=2)
    path = f"/v1/cases/{review['id']}/transitions"
    body = {"trigger": "start_rectification", "data": listed(190, (LATE, LATE))}
    for _ in range(2):  # the same again is the same
        refused = after.service.call("POST", path, body, person=OWNER)
        assert refused.status_code == 422, refused.text
        assert len(refused.json["errors"]) > limits.BLOCKERS
    log = after.service.parts.database.reads.stream(f"review/{review['id']}/refusals")
    told = [open_envelope(one.body).data for one in log]
    assert [len(one["blockers"]) for one in told] == [limits.BLOCKERS]
