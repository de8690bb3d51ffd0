"""What was typed into a form whose session had ended is gone on with by its person alone."""

import re
from html import unescape
from typing import Any
from urllib.parse import quote_plus

import pytest
from werkzeug.test import TestResponse

from services.workflow.adapters.web.left import read_left
from tests.end_to_end.pages.site import OFFICE, PASSWORD, Site
from tests.unit.workflow.web.conftest import AUDITOR
from tests.unit.workflow.web.visitor import Visitor

TYPED = '写到一半的<内容> "引号" & 两行\r\n第二行'
SHOWN = "写到一半的&lt;内容&gt; &#34;引号&#34; &amp; 两行\r\n第二行"
UNIT = "u-hospital-1-02"  # its report waits for the auditor
DRAFTING = "u-hospital-1-11"
PART = "documents.report.parts."


def case_of(site: Site) -> str:
    return f"/cases/{site.review_of(UNIT).id}"


def end_session(visitor: Visitor) -> None:
    cookie = visitor.client.get_cookie("shuping_session")
    assert cookie is not None
    visitor.site.parts.accounts.sign_out(cookie.value)


def sent_late(visitor: Visitor, at: str, to: str, **fields: Any) -> TestResponse:
    """Send a form of the page *at* once the session is over."""
    made = dict(re.findall('name="(csrf)" value="([^"]*)"', visitor.text(at)))
    end_session(visitor)
    referer = f"{visitor.base}{at}"
    return visitor.send(to, {**made, **fields}, Origin=visitor.base, Referer=referer)


def signed_in_again(visitor: Visitor, page: TestResponse, person: str) -> TestResponse:
    """Sign in by the form on *page*."""
    hidden = re.findall('type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    fields = {name: unescape(value) for name, value in hidden}
    fields |= {"person": person, "password": PASSWORD}
    return visitor.send("/sign-in", fields, Origin=visitor.base)


def form_at(page: str, to: str, says: str) -> str:
    """Return the form of *page* that is sent *to* an address and *says* something."""
    forms = re.findall(rf'<form method="post" action="{to}".*?</form>', page, re.DOTALL)
    (found,) = [form for form in forms if says in form]
    return found


@pytest.fixture
def clerk(site: Site) -> Visitor:
    return Visitor(site).sign_in(AUDITOR)


def test_what_was_typed_is_in_its_form_once_the_same_person_has_signed_in(
    site: Site, clerk: Visitor
):
    case = case_of(site)
    page = sent_late(clerk, case, f"{case}/notes", kind="note", text=TYPED)
    assert (page.status_code, 'name="password"' in page.text) == (403, True)
    answer = signed_in_again(clerk, page, AUDITOR)
    assert (answer.status_code, answer.location) == (303, case)
    form = form_at(clerk.text(case), f"{case}/notes", 'value="note"')
    assert f">\n{SHOWN}</textarea>" in form
    assert "没有提交" in clerk.text(case)


def test_another_person_is_shown_nothing_of_it(site: Site, clerk: Visitor):
    case = case_of(site)
    page = sent_late(clerk, case, f"{case}/notes", kind="note", text="写到一半")
    assert signed_in_again(clerk, page, OFFICE).status_code == 303
    assert "写到一半" not in clerk.text(case)
    end_session(clerk)
    clerk.sign_in(AUDITOR)
    assert "写到一半" not in clerk.text(case)


def test_a_form_of_somebody_else_is_not_shown_to_who_is_signed_in_by_now(
    site: Site, clerk: Visitor
):
    case = case_of(site)
    made = dict(re.findall('name="(csrf)" value="([^"]*)"', clerk.text(case)))
    sent = {**made, "kind": "note", "text": "写到一半"}
    clerk.client.delete_cookie("shuping_session")
    clerk.sign_in(OFFICE)
    answer = clerk.send(f"{case}/notes", sent, Origin=clerk.base)
    assert (answer.status_code, "写到一半" in answer.text) == (403, False)
    assert "写到一半" not in clerk.text(case)


def test_who_signed_in_anew_beside_it_goes_on_at_once(site: Site, clerk: Visitor):
    case = case_of(site)
    made = dict(re.findall('name="(csrf)" value="([^"]*)"', clerk.text(case)))
    clerk.client.delete_cookie("shuping_session")
    clerk.sign_in(AUDITOR)
    sent = {**made, "kind": "note", "text": "写到一半"}
    referer = f"{clerk.base}{case}?order=newest"
    answer = clerk.send(f"{case}/notes", sent, Origin=clerk.base, Referer=referer)
    assert (answer.status_code, answer.location) == (303, f"{case}?order=newest")
    assert ">\n写到一半</textarea>" in clerk.text(case)


def test_a_wrong_password_loses_nothing(site: Site, clerk: Visitor):
    case = case_of(site)
    page = sent_late(clerk, case, f"{case}/notes", kind="note", text="写到一半")
    hidden = re.findall('type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    wrong = {name: unescape(value) for name, value in hidden}
    wrong |= {"person": AUDITOR, "password": "not this one"}
    again = clerk.send("/sign-in", wrong, Origin=clerk.base)
    assert again.status_code == 403
    signed_in_again(clerk, again, AUDITOR)
    assert ">\n写到一半</textarea>" in clerk.text(case)


def test_it_is_gone_once_the_form_was_sent_or_the_session_has_ended(site: Site, clerk: Visitor):
    case = case_of(site)
    for _ in range(2):
        page = sent_late(clerk, case, f"{case}/notes", kind="note", text="写到一半")
        signed_in_again(clerk, page, AUDITOR)
        assert ">\n写到一半</textarea>" in clerk.text(case)
        end_session(clerk)
        clerk.sign_in(AUDITOR)
        assert "写到一半" not in clerk.text(case)
    page = sent_late(clerk, case, f"{case}/notes", kind="note", text="写到一半")
    signed_in_again(clerk, page, AUDITOR)
    clerk.post(f"{case}/notes", case, kind="note", text="改过的话")
    assert "写到一半" not in clerk.text(case)


def test_what_its_person_does_not_want_is_let_go(site: Site, clerk: Visitor):
    case = case_of(site)
    page = sent_late(clerk, case, f"{case}/notes", kind="note", text="写到一半")
    signed_in_again(clerk, page, AUDITOR)
    before = clerk.text(case)
    button = form_at(before, "/left", "不要了")
    assert before.index(button) < before.index("写到一半")
    answer = clerk.post("/left", case)
    assert (answer.status_code, answer.location) == (303, case)
    assert not re.search("写到一半|没有提交|不要了", clerk.text(case))


def test_another_form_of_the_same_address_leaves_it(site: Site, clerk: Visitor):
    case = case_of(site)
    page = sent_late(clerk, case, f"{case}/notes", kind="note", text=TYPED)
    signed_in_again(clerk, page, AUDITOR)
    assert clerk.post(f"{case}/notes", case, kind="urge", text="请办").status_code == 303
    assert f">\n{SHOWN}</textarea>" in form_at(clerk.text(case), f"{case}/notes", 'value="note"')


def test_it_is_looked_for_on_the_page_that_it_stood_on_alone(site: Site, clerk: Visitor):
    case, other = case_of(site), f"/cases/{site.review_of(DRAFTING).id}"
    page = sent_late(clerk, case, f"{case}/notes", kind="note", text=TYPED)
    signed_in_again(clerk, page, AUDITOR)
    assert "没有提交" not in clerk.text(other)
    assert "没有提交" in clerk.text(case)


def test_what_was_chosen_ticked_and_dated_is_there_as_well(site: Site, clerk: Visitor):
    case = case_of(site)
    fields = {
        "trigger": "pass_unit_audit",
        "reason": "理由一",
        "reference": "文号二",
        "effective_at": "2020-01-09T10:00",
    }
    page = sent_late(clerk, f"{case}/reading", f"{case}/transitions", **fields)
    assert signed_in_again(clerk, page, AUDITOR).location == f"{case}/reading"
    shown = clerk.text(f"{case}/reading")
    form = form_at(shown, f"{case}/transitions", 'value="pass_unit_audit"')
    assert all(f'value="{fields[one]}"' in form for one in ("reference", "effective_at"))
    before = shown.partition(form)[0]
    assert re.search(r"<details[^>]* open[^>]*>(?!.*</details>)", before, re.DOTALL)
    other = form_at(clerk.text(case), f"{case}/transitions", 'value="return_unit_audit"')
    assert "理由一" not in other


@pytest.fixture
def writer(site: Site) -> Visitor:
    secretary = site.review_of(DRAFTING).person or ""
    site.password(secretary)
    return Visitor(site).sign_in(secretary)


def test_a_document_that_is_written_is_gone_on_with(site: Site, writer: Visitor):
    review = site.review_of(DRAFTING)
    at = f"/cases/{review.id}/documents/report"
    fields = {f"{PART}problems": "写到一半的问题", "draft.report": "0" * 16, "trigger": "submit"}
    page = sent_late(writer, at, at, **fields)
    assert signed_in_again(writer, page, review.person or "").location == at
    assert ">\n写到一半的问题</textarea>" in writer.text(at)


def test_a_save_by_script_is_told_that_its_session_is_over(site: Site, writer: Visitor):
    review = site.review_of(DRAFTING)
    at = f"/cases/{review.id}/documents/report"
    made = dict(re.findall('name="(csrf)" value="([^"]*)"', writer.text(at)))
    writer.client.delete_cookie("shuping_session")
    writer.sign_in(review.person or "")
    sent = {**made, "save": "1", f"{PART}problems": "写到一半的问题"}
    answer = writer.send(at, sent, Origin=writer.base, Accept="application/json")
    assert answer.status_code == 403
    assert "写到一半的问题" not in writer.text(at)


def test_what_has_no_place_any_more_is_offered_to_be_copied(site: Site, clerk: Visitor):
    case = case_of(site)
    fields = {"trigger": "return_unit_audit", "data.findings.97": "第九十八条"}
    page = sent_late(clerk, case, f"{case}/transitions", **fields)
    signed_in_again(clerk, page, AUDITOR)
    form = form_at(clerk.text(case), f"{case}/transitions", 'value="return_unit_audit"')
    assert "<textarea readonly>\n第九十八条</textarea>" in form


def test_no_secret_of_a_form_is_carried_and_nothing_of_it_is_in_an_address(
    site: Site, clerk: Visitor
):
    case = case_of(site)
    fields = {"kind": "note", "text": "写到一半", "code": "431907", "password": "geheim"}
    page = sent_late(clerk, case, f"{case}/notes", **fields)
    assert not re.search("431907|geheim", page.text)
    answer = signed_in_again(clerk, page, AUDITOR)
    assert "写到一半" not in unescape(answer.location + str(answer.headers))
    assert quote_plus("写到一半") not in str(answer.headers)


@pytest.mark.parametrize("path", ["/sign-in", "/vote", "/invitation/" + "a" * 43])
def test_of_a_form_that_needs_no_session_nothing_is_carried(clerk: Visitor, path: str):
    answer = sent_late(clerk, "/tasks", path, text="写到一半", person="p-0000")
    assert (answer.status_code, "写到一半" in answer.text) == (403, False)


def test_what_is_too_long_to_be_carried_is_given_back(site: Site, clerk: Visitor):
    case, long = case_of(site), "长" * 114_000
    page = sent_late(clerk, case, f"{case}/notes", kind="note", text=long, other='"' * 4000)
    assert (page.status_code, long in page.text) == (403, True)
    assert f"<label>内容<textarea readonly>\n{long}<" in page.text
    assert "第 2 处<textarea" in page.text  # what no page of ours has
    at = f"{case}/documents/report"
    clerk.sign_in(AUDITOR)
    page = sent_late(clerk, case, at, **{f"{PART}problems": long, f"{PART}none": '"' * 4000})
    assert f"<label>述职报告 · 问题清单<textarea readonly>\n{long}<" in page.text


@pytest.mark.parametrize(
    "told",
    [
        "",
        "{",
        "[]",
        "null",
        '{"whose": 1, "to": "/", "at": "/", "fields": {}}',
        '{"whose": "", "to": "/", "at": "/", "fields": {"a": 1}}',
        '{"whose": "", "to": "/", "at": "/", "fields": []}',
    ],
)
def test_what_tells_of_no_form_is_none(told: str):
    assert read_left(told) is None
