"""Many are reminded at once only after their letters were read, and each as if it were alone."""

import re
from html import unescape
from uuid import uuid4

import pytest

from tests.end_to_end.pages.site import Site
from tests.unit.workflow.web.conftest import AUDITOR
from tests.unit.workflow.web.visitor import Visitor

FORM = re.compile(r'<form method="post" action="/bulk">.*?</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
SAID = "明天开会前要用。"


def hidden(page: str) -> dict[str, str]:
    return dict(HIDDEN.findall(FORM.search(page)[0]))  # type: ignore[index]


def look(visitor: Visitor, *cases: str, **more: str) -> str:
    chosen = {f"case.{case}": "1" for case in cases}
    fields = {**hidden(visitor.text("/bulk?due=over")), "text": SAID, **chosen, **more}
    return visitor.send("/bulk", fields, Origin=visitor.base).get_data(as_text=True)


def urged(site: Site, case: str) -> int:
    events = site.parts.database.reads.stream(f"review/{case}/notices")
    return sum(b'"kind":"urge"' in one.body for one in events)


@pytest.fixture
def late(site: Site) -> list[str]:
    return [site.review_of(f"u-school-0{n}").id for n in (1, 2)]


def test_the_letters_are_shown_before_anything_is_sent(
    site: Site, office: Visitor, late: list[str]
):
    before = [urged(site, case) for case in late]
    page = look(office, *late)
    assert "2 件可以催办，0 件不发；现在还没有发出" in page
    assert page.count(f"）：{SAID}") == 2
    assert [urged(site, case) for case in late] == before


def test_what_was_shown_is_sent_once_however_often_the_form_is(
    site: Site, office: Visitor, late: list[str]
):
    before = [urged(site, case) for case in late]
    fields = hidden(look(office, *late))
    assert {name for name in fields if name.startswith("case.")} == {f"case.{one}" for one in late}
    for _ in range(2):
        told = office.send("/bulk", fields, Origin=office.base).get_data(as_text=True)
        assert "已催办 2 件" in told
    assert [urged(site, case) - n for case, n in zip(late, before, strict=True)] == [1, 1]


def test_a_case_that_moved_after_its_letter_was_read_is_not_reminded(
    site: Site, office: Visitor, late: list[str]
):
    fields = hidden(look(office, *late))
    moved, stays = late
    fields[f"read.{moved}"] = str(int(fields[f"read.{moved}"]) - 1)  # as it was a while ago
    before = urged(site, moved), urged(site, stays)
    told = office.send("/bulk", fields, Origin=office.base).get_data(as_text=True)
    assert "已催办 1 件" in told
    refused = told.partition("不发的，和原因")[2]
    assert moved in refused
    assert "看信以后有了变化" in refused
    assert (urged(site, moved), urged(site, stays)) == (before[0], before[1] + 1)


def test_what_cannot_be_reminded_says_why_and_is_not_sent(site: Site, late: list[str]):
    hospital = Visitor(site).sign_in(AUDITOR)
    own, unseen = site.review_of("u-hospital-1-01").id, late[0]
    page = look(hospital, own, unseen, str(uuid4()))
    assert "选中的都不能催办" in page
    assert "在您自己手里" in page
    assert "2 件没有找到，或者您无权查看" in page
    assert site.review_of("u-school-01").number not in page
    chosen = {f"case.{own}": "1", f"case.{unseen}": "1", "step": "send"}
    fields = {**hidden(hospital.text("/bulk?due=over")), "text": SAID, **chosen}
    before = urged(site, own), urged(site, unseen)
    told = hospital.send("/bulk", fields, Origin=hospital.base).get_data(as_text=True)
    assert "已催办 0 件" in told
    assert (urged(site, own), urged(site, unseen)) == before


def test_all_that_can_be_are_chosen_by_an_address(office: Visitor):
    none, every = office.text("/bulk?due=over"), office.text("/bulk?due=over&all=1")
    assert (none.count(" checked>"), every.count(" checked>") > 10) == (0, True)
    assert every.count(" disabled>") == none.count(" disabled>")
    assert "all=1" in none
    further = re.search(r'href="([^"]*after=[^"]*)" rel="next"', every)
    assert further is not None
    assert "all=1" in further[1]
    assert " checked>" in office.text(unescape(further[1]))
    assert office.get("/bulk?all=2").status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "now"},
        {"text": ""},
        {"text": "x" * 2001},
        {"key": ""},
        {"case.x": "1"},
        {"more": "1"},
        {"reason": "a\ab"},
        {"trigger": "no name"},
        {f"case.{uuid4()}": "2"},
        {f"case.{uuid4()}": "1" for _ in range(51)} | {"text": "51"},
    ],
)
def test_a_form_that_makes_no_sense_sends_nothing(
    site: Site, office: Visitor, late: list[str], wrong: dict[str, str]
):
    before = urged(site, late[0])
    fields = {**hidden(office.text("/bulk?due=over")), "text": SAID, f"case.{late[0]}": "1"}
    fields |= {"step": "send", **wrong}
    answer = office.send("/bulk", fields, Origin=office.base)
    assert (answer.status_code, urged(site, late[0])) == (400, before)


def test_nothing_chosen_is_told(office: Visitor):
    fields = {**hidden(office.text("/bulk?due=over")), "text": SAID}
    assert office.send("/bulk", fields, Origin=office.base).status_code == 400
