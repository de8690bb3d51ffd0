"""A page speaks the language its reader chose, else the one the browser asks for, else Chinese."""

import re
from types import SimpleNamespace

import pytest
from flask import Flask, g

from services.workflow.adapters.web.languages import speaking
from services.workflow.adapters.web.rendering import told
from services.workflow.domain.case.acting import BETWEEN_ROLES
from services.workflow.domain.refusals import Blocker
from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.conftest import AUDITOR
from tests.unit.workflow.web.visitor import Visitor


def spoken(answer: str) -> str:
    (tag,) = re.findall(r'<html lang="([^"]+)">', answer)
    return str(tag)


@pytest.mark.parametrize(
    ("wished", "tag"),
    [
        ("", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en;q=0.4,zh;q=0.5", "zh-CN"),
        ("de,fr;q=0.8", "zh-CN"),
        ("\x7f;;q=q", "zh-CN"),
    ],
)
def test_without_a_choice_the_browser_says_which(site: Site, wished: str, tag: str):
    visitor = Visitor(site)
    for path in ("/sign-in", "/vote", "/nothing-here"):
        headers = {"Accept": "text/html"} | ({"Accept-Language": wished} if wished else {})
        answer = visitor.get(path, **headers)
        assert spoken(answer.text) == tag
        assert answer.headers["Content-Language"] == tag
        assert {"Accept-Language", "Cookie"} <= set(answer.vary)


def test_what_is_chosen_holds_before_what_the_browser_says_and_after_signing_in(site: Site):
    visitor = Visitor(site)
    chosen = visitor.post("/language", language="en", next="/sign-in?next=/cases")
    assert (chosen.status_code, chosen.location) == (303, "/sign-in?next=/cases")
    (cookie,) = [one for one in chosen.headers.getlist("Set-Cookie") if "language" in one]
    assert "Max-Age=31536000" in cookie
    assert "HttpOnly" in cookie
    visitor.sign_in(OFFICE)
    assert "Sign out" in visitor.text("/texts")
    answer = visitor.get("/texts", **{"Accept-Language": "zh-CN"})
    assert spoken(answer.text) == "en"
    visitor.post("/language", "/texts", language="zh", next="/texts")
    answer = visitor.get("/texts", **{"Accept-Language": "en"})
    assert (spoken(answer.text), "退出" in answer.text) == ("zh-CN", True)


def test_a_page_offers_itself_in_the_other_language(site: Site):
    visitor = Visitor(site).sign_in(OFFICE)
    page = visitor.text("/cases?kind=meeting")
    assert '<button class="linkish small" lang="en">English</button>' in page
    assert 'name="next" value="/cases?kind=meeting"' in page
    visitor.post("/language", "/cases", language="en", next="/")
    assert '<button class="linkish small" lang="zh-CN">中文</button>' in visitor.text("/cases")


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "/\\example.org"])
def test_choosing_leads_to_pages_of_ours_alone(site: Site, elsewhere: str):
    assert Visitor(site).post("/language", language="en", next=elsewhere).location == "/"


@pytest.mark.parametrize("field", [{"language": "fr"}, {}, {"language": "en", "more": "1"}])
def test_another_language_is_refused(site: Site, field: dict[str, str]):
    answer = Visitor(site).post("/language", next="/", **field)
    assert answer.status_code == 400
    assert "shuping_language" not in str(answer.headers)


def test_a_page_that_answers_a_form_is_not_left_for_another_language(site: Site):
    """What was typed would be lost; and a cookie nobody of ours set chooses nothing."""
    visitor = Visitor(site)
    visitor.client.set_cookie("shuping_language", "xx", domain="localhost")
    answer = visitor.post("/sign-in", person=OFFICE, password="wrong")
    assert answer.status_code == 403
    assert spoken(answer.text) == "zh-CN"
    assert "/language" not in answer.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ("账号或密码不对", "已记下批注。", "写批注", "过短", "没有找到")),
        ("en", ("Account or password is wrong", "The remark is saved.", "Write a remark",
                "it is too short", "Not found")),
    ],
)  # fmt: skip
def test_a_story_is_told_in_either_language(site: Site, language: str, said: tuple[str, ...]):
    """Refused at the door, let in, a remark written, an empty one refused, a page not there."""
    wrong, done, act, refused, nothing = said
    visitor = Visitor(site)
    visitor.post("/language", language=language, next="/sign-in")
    assert wrong in visitor.post("/sign-in", person=OFFICE, password="wrong").text
    visitor.sign_in(OFFICE)
    case = f"/cases/{site.review_of('u-hospital-1-04').id}"
    assert act in visitor.text(case)
    noted = visitor.post(f"{case}/notes", case, kind="note", text="请核对")
    assert done in visitor.text(noted.location.partition("#")[0])
    empty = visitor.post(f"{case}/notes", case, kind="note", text=" ")
    assert empty.status_code == 400
    assert refused in empty.text
    assert nothing in visitor.get("/cases/00000000-0000-4000-8000-000000000000").text


def test_roles_of_a_refusal_are_told_in_english_whatever_signs_their_names_have():
    roles = {"discipline": "纪检监察员（专职）", "clerk": "办公室/文书"}
    english = {"discipline": "Discipline officer (full-time)", "clerk": "Office clerk"}
    vocabulary = SimpleNamespace(
        roles={name: SimpleNamespace(label=label) for name, label in roles.items()}
    )
    blocker = Blocker(code="no_post", params={"roles": BETWEEN_ROLES.join(roles.values())})
    with Flask("told").test_request_context(), speaking("en"):
        g.page_look = SimpleNamespace(
            organisation=SimpleNamespace(vocabulary=vocabulary),
            role=english.get,
            actor=SimpleNamespace(person=""),
            people={},
        )
        _, lift = told(blocker)
    assert "Discipline officer (full-time), Office clerk" in lift


def test_who_chose_while_signed_in_is_written_to_in_that_language(site: Site):
    """What a browser alone was told is nobody's choice: the next one may sign in at it."""
    accounts = site.parts.accounts
    visitor = Visitor(site)
    visitor.post("/language", language="en", next="/sign-in")
    visitor.sign_in(AUDITOR)
    page = visitor.text("/inbox")
    assert (spoken(page), accounts.chosen_language(AUDITOR)) == ("en", "")
    assert '<b lang="zh-CN">中文</b>' in page
    visitor.post("/language", "/inbox", language="en", next="/inbox")
    assert accounts.chosen_language(AUDITOR) == "en"
    assert '<b lang="en">English</b>' in visitor.text("/inbox")
    visitor.post("/language", "/inbox", language="zh", next="/inbox")
    assert accounts.chosen_language(AUDITOR) == "zh"


def test_nobody_without_a_sign_in_is_given_a_language(site: Site):
    site.parts.accounts.choose_language("nobody-at-all", "en")
    assert site.parts.accounts.chosen_language("nobody-at-all") == ""
