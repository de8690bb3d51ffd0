"""What is handed in for an item, C7: files are added and never replaced; and what is sent back."""

import re
from hashlib import sha256
from io import BytesIO
from typing import Any

from tests.integration.http.aftermath import OFFICE, SECRETARY, Aftermath
from tests.integration.http.forms import Browser
from tests.integration.http.test_clauses_of_items import (
    OWNER,
    PASSWORD,
    after,
    items,
    looked,
    page,
    row,
    shown,
)
from tests.integration.http.test_meetings import texts
from tests.made_files import document, pdf

__all__ = ["after"]  # a fixture
BESIDE = "c-h1.off"  # of another committee


def brought(after: Aftermath, item: dict[str, Any], content: bytes, name: str) -> dict[str, Any]:
    """Bring a file for the evidence of an item, and return the data that hands it in."""
    path = f"/v1/cases/{item['id']}/files/{sha256(content).hexdigest()}"
    headers = {"Content-Type": "application/octet-stream"}
    asked = f"?document=evidence&name={name}"
    answer = after.service.call("PUT", path + asked, raw=content, person=OWNER, headers=headers)
    assert answer.status_code == 200, answer.text
    data = texts("evidence", "done")
    data["documents"]["evidence"]["files"] = [
        {"sha256": answer.json["sha256"], "length": len(content)}
    ]
    return data


def kept(after: Aftermath, item: dict[str, Any], content: bytes, by: str) -> Any:
    path = f"/v1/cases/{item['id']}/files/{sha256(content).hexdigest()}"
    return after.service.get(path, by)


def test_c7_a_file_is_evidence_beside_what_was_handed_in_before_and_replaces_nothing(
    after: Aftermath,
) -> None:
    _, item = items(after, row("甲题", "2020-03-31"))
    first, second = pdf(), document()
    after.done(item, "report", OWNER, data=brought(after, item, first, "台账.pdf"))
    after.done(item, "add_evidence", OWNER, data=brought(after, item, second, "记录.docx"))
    for content in (first, second):
        assert kept(after, item, content, OFFICE).data == content
        assert kept(after, item, content, BESIDE).status_code == 404
        assert sha256(content).hexdigest() in shown(after, f"/cases/{item['id']}")
        # Who verifies has both before them, and who compares is told that another one came.
        assert sha256(content).hexdigest() in shown(after, f"/cases/{item['id']}/reading")
        two = f"/cases/{item['id']}/versions?document=evidence&old=1&new=2"
        assert sha256(content).hexdigest() in shown(after, two)
    events = after.service.get(f"/v1/cases/{item['id']}/events", OFFICE).json["items"]
    handed_in = [
        (told["version"], file["sha256"])
        for one in events
        for told in one["event"]["data"].get("documents", ())
        for file in told.get("files", ())
    ]
    assert sorted(handed_in) == [
        (1, sha256(first).hexdigest()),
        (2, sha256(second).hexdigest()),
    ]
    after.done(item, "verify", OFFICE, data=looked("papers"))
    assert kept(after, item, first, OFFICE).data == first


def test_c7_an_owner_hands_a_file_in_on_the_page_of_the_item(after: Aftermath) -> None:
    _, item = items(after, row("甲题", "2020-03-31"))
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(OWNER), PASSWORD)
    browser = Browser(after.service.app).sign_in(OWNER, PASSWORD)
    forms = browser.page(f"/cases/{item['id']}/documents/evidence").forms
    (form,) = (one for one in forms if ("trigger", "report") in one.typed().items())
    (chosen,) = (one.name for one in form.inputs if one.kind == "file")
    typed: dict[str, Any] = form.typed() | {"reason": "", "reference": "", "effective_at": ""}
    typed[chosen] = (BytesIO(pdf()), "台账.pdf")
    sent = browser.send(form, typed, "multipart/form-data")
    assert sent.status_code == 303, sent.text
    assert after.now(item)["state"] == "reported"
    assert kept(after, item, pdf(), OFFICE).data == pdf()
    assert "附件 1 个" in page(after, f"/cases/{item['id']}", SECRETARY)


def test_c7_a_rectification_that_is_sent_back_counts_as_a_return_and_says_why(
    after: Aftermath,
) -> None:
    review, item = items(after, row("甲题", "2020-03-31"))
    path = f"/v1/cycles/{after.service.cycle}/outcome"

    def returns() -> dict[str, tuple[int, int]]:
        sums = after.service.get(path, OFFICE).json["sums"]
        wanted = ("review", "B"), ("item", None)
        counted = {(one["kind"], one["tier"]): one for one in sums}
        return {one[0]: (counted[one]["n_returned"], counted[one]["n_returns"]) for one in wanted}

    after.done(item, "report", OWNER, data=texts("evidence", "done"))
    after.done(item, "verify", OFFICE, data=looked("papers"))
    for n in (1, 2):
        before = returns()
        after.done(review, "report_rectification", OWNER, data=texts("result", "result"))
        assert returns() == before
        why = {"documents": {"remarks": {"parts": {"remark": f"第{n}次：仍缺台账"}}}}
        after.done(review, "return_rectification", OFFICE, data=why)
        assert returns() == {"review": (1, n), "item": (0, 0)}
    told = page(after, f"/cases/{review['id']}")
    assert re.search("退回整改.*第1次：仍缺台账", told), told
    assert "第2次：仍缺台账" in told
