"""One trigger for many: each is shown what it would come to, then those that allow it are done."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from services.workflow.adapters.web import bulk_acts
from services.workflow.domain.refusals import OutcomeUnknown, StoreUnavailable
from tests.end_to_end.pages.site import Shipped, Site, china
from tests.unit.workflow.web.conftest import AUDITOR, counted
from tests.unit.workflow.web.test_costs import MOST
from tests.unit.workflow.web.visitor import Visitor

FORM = re.compile(r'<form method="post" action="/bulk/acts">.*?</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
UNITS = ("u-hospital-1-01", "u-hospital-1-02")
WHY = "联系不上，等其返岗。"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A round of this file alone: what is done here moves it."""
    site = Shipped(tmp_path_factory.mktemp("bulk"), china("01-08", "08:30"))
    site.password(AUDITOR)
    return site


@pytest.fixture(autouse=True)
def resumed(site: Site) -> Iterator[None]:
    """Have the clocks of all reviews run again."""
    yield
    visitor = Visitor(site).sign_in(AUDITOR)
    stopped = [site.review_of(unit).id for unit in UNITS if site.review_of(unit).suspended]
    if stopped:
        send(visitor, hidden(look(visitor, "resume", *stopped, reason=WHY)))


@pytest.fixture
def cases(site: Site) -> list[str]:
    return [site.review_of(unit).id for unit in UNITS]


def hidden(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in HIDDEN.findall(FORM.search(page)[0])}  # type: ignore[index]


def look(visitor: Visitor, trigger: str, *cases: str, **more: str) -> str:
    csrf = dict(HIDDEN.findall(visitor.text("/bulk")))
    chosen = {f"case.{case}": "1" for case in cases}
    fields = {"csrf": csrf["csrf"], "key": csrf["key"], "step": "look", "trigger": trigger}
    answer = visitor.send("/bulk/acts", {**fields, **chosen, **more}, Origin=visitor.base)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def send(visitor: Visitor, fields: dict[str, str]) -> str:
    return visitor.send("/bulk/acts", fields, Origin=visitor.base).get_data(as_text=True)


def stands(site: Site, *units: str) -> list[tuple[bool, int]]:
    return [(one.suspended, one.version) for one in map(site.review_of, units)]


def test_what_may_be_done_is_offered_and_nothing_that_asks_for_more(site: Site):
    page = Visitor(site).sign_in(AUDITOR).text("/bulk?kind=review")
    offered = re.findall(r'<option value="(\w+)">', page.partition('id="trigger"')[2])
    life = site.parts.rulebook.of(site.cycle).scheme.kinds["review"].lives[0]
    assert "suspend" in offered
    for name in offered:
        act = life.triggers[name]
        assert [*act.takes, *act.corrects, *act.sets] == [], name


def test_each_is_shown_before_anything_is_done(site: Site, cases: list[str]):
    before = stands(site, *UNITS)
    page = look(Visitor(site).sign_in(AUDITOR), "suspend", *cases, reason=WHY)
    assert "2 件可以办，0 件不办；现在还没有办" in page
    assert WHY in page
    assert stands(site, *UNITS) == before


def test_what_was_shown_is_done_once_however_often_the_form_is_sent(site: Site, cases: list[str]):
    visitor = Visitor(site).sign_in(AUDITOR)
    fields = hidden(look(visitor, "suspend", *cases, reason=WHY))
    before = stands(site, *UNITS)
    for _ in range(2):
        assert "已办 2 件" in send(visitor, fields)
    assert stands(site, *UNITS) == [(True, n + 1) for _, n in before]


def test_those_that_do_not_allow_it_say_why_and_the_others_are_done(site: Site, cases: list[str]):
    visitor = Visitor(site).sign_in(AUDITOR)
    send(visitor, hidden(look(visitor, "suspend", cases[0], reason=WHY)))
    unseen = site.review_of("u-school-01")
    page = look(visitor, "suspend", *cases, unseen.id, str(uuid4()), reason=WHY)
    assert "1 件可以办，3 件不办" in page
    refused = page.partition("不办的，和原因")[2]
    assert cases[0] in refused
    assert "2 件没有找到，或者您无权查看" in refused
    assert unseen.number not in page
    assert "已办 1 件" in send(visitor, hidden(page))
    assert [one for one, _ in stands(site, *UNITS)] == [True, True]


def test_a_case_that_moved_after_it_was_shown_is_left_alone(site: Site, cases: list[str]):
    visitor = Visitor(site).sign_in(AUDITOR)
    fields = hidden(look(visitor, "suspend", *cases, reason=WHY))
    for trigger in ("suspend", "resume"):
        send(visitor, hidden(look(visitor, trigger, cases[0], reason=WHY)))
    before = stands(site, *UNITS)
    page = send(visitor, fields)
    assert "已办 1 件" in page
    assert cases[0] in page.partition("不办的，和原因")[2]
    assert stands(site, *UNITS) == [before[0], (True, before[1][1] + 1)]


def test_a_store_that_fails_in_the_middle_is_told_of_each(
    site: Site, cases: list[str], monkeypatch: pytest.MonkeyPatch
):
    """The first is written; the second lost its race, and then nothing is there to write to."""
    visitor, store = Visitor(site).sign_in(AUDITOR), site.parts.database.store
    fields = hidden(look(visitor, "suspend", *cases, reason=WHY))
    before, append, n = stands(site, *UNITS), store.append, list[int]()

    def failing(batch: list[Any]) -> list[bool]:
        n.append(len(batch))
        if len(n) > 1:
            raise StoreUnavailable("gone")
        return [*append(batch[:1]), *[False] * (len(batch) - 1)]

    with monkeypatch.context() as patched:
        patched.setattr(store, "append", failing)
        page = send(visitor, fields)
    assert n == [2, 1]
    assert "已办 1 件" in page
    assert "暂时无法办理" in page.partition("不办的，和原因")[2]
    after = stands(site, *UNITS)
    assert sorted(version - was for (_, version), (_, was) in zip(after, before, strict=True)) == [
        0,
        1,
    ]
    assert "已办 2 件" in send(visitor, fields)


def test_what_may_have_been_written_is_told_to_be_unsure(
    site: Site, cases: list[str], monkeypatch: pytest.MonkeyPatch
):
    visitor, store = Visitor(site).sign_in(AUDITOR), site.parts.database.store
    fields = hidden(look(visitor, "suspend", *cases, reason=WHY))

    def cut_off(_batch: list[Any]) -> list[bool]:
        raise OutcomeUnknown

    with monkeypatch.context() as patched:
        patched.setattr(store, "append", cut_off)
        assert send(visitor, fields).count("不知道是否已办") == len(cases)


def test_a_store_that_is_gone_for_the_page_is_not_said_to_have_written_nothing(
    site: Site, cases: list[str], monkeypatch: pytest.MonkeyPatch
):
    visitor = Visitor(site).sign_in(AUDITOR)
    fields = hidden(look(visitor, "suspend", *cases, reason=WHY))

    def away(*_: object, **_named: object) -> None:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(bulk_acts, "page", away)
        page = send(visitor, fields)
    assert "结果不明" in page
    assert "没有写入任何内容" not in page


def test_what_is_sent_again_says_that_it_is_done_and_not_where_the_case_stands_by_now(
    site: Site, cases: list[str]
):
    visitor = Visitor(site).sign_in(AUDITOR)
    fields = hidden(look(visitor, "suspend", *cases, reason=WHY))
    first, again = send(visitor, fields), send(visitor, fields)
    assert "已办 2 件" in first
    assert "已办 2 件" in again
    assert " → " in first
    assert " → " not in again
    send(visitor, hidden(look(visitor, "resume", *cases, reason=WHY)))


def test_what_was_done_and_is_out_of_sight_is_told_as_done_to_who_did_it(
    site: Site, cases: list[str], monkeypatch: pytest.MonkeyPatch
):
    visitor = Visitor(site).sign_in(AUDITOR)
    fields = hidden(look(visitor, "suspend", *cases, reason=WHY))
    send(visitor, fields)
    before, boards = stands(site, *UNITS), site.parts.boards
    nothing = replace(boards.chosen(boards.look(site.actor(AUDITOR), site.parts.now()), []))
    with monkeypatch.context() as patched:
        unseen = replace(nothing, n_absent=len(cases))
        patched.setattr(type(boards), "chosen", lambda *_: unseen)
        page = send(visitor, fields)
        other = send(visitor, {**fields, "key": "another"})
    assert "已办 2 件" in page
    assert "没有找到" not in page
    assert all(site.review_of(unit).number in page for unit in UNITS)
    assert "2 件没有找到" in other
    assert stands(site, *UNITS) == before


def test_many_cost_no_more_statements_than_one(site: Site, cases: list[str]):
    visitor = Visitor(site).sign_in(AUDITOR)
    many = [*cases, *(site.review_of(f"u-hospital-1-0{n}").id for n in (3, 4))]
    look(visitor, "suspend", *many, reason=WHY)  # what is read once is read
    n_looked, n_sent = list[int](), list[int]()
    for some in (many[:1], many[1:]):
        with counted() as statements:
            page = look(visitor, "suspend", *some, reason=WHY)  # and the page that leads there
        n_looked.append(len(statements))
        with counted() as statements:
            send(visitor, hidden(page))
        n_sent.append(len(statements))
    send(visitor, hidden(look(visitor, "resume", *many, reason=WHY)))
    assert n_looked[0] == n_looked[1] <= 2 * MOST
    assert n_sent[0] == n_sent[1] <= MOST


def test_one_name_of_several_kinds_is_offered_by_all_its_labels():
    acts = [SimpleNamespace(name="close", label=label) for label in ("结案", "办结", "结案")]
    assert bulk_acts.offered([one] for one in acts) == [("close", "结案、办结", 3)]  # type: ignore[list-item]


def test_a_reason_that_is_lacking_is_told_for_each(site: Site, cases: list[str]):
    page = look(Visitor(site).sign_in(AUDITOR), "suspend", *cases)
    assert "选中的都不能办" in page
    assert page.count("此操作须写明理由") == 2


@pytest.mark.parametrize(
    ("trigger", "why"),
    [("gone", "这一件没有这一步"), ("submit", "这一步还要填写内容"), ("exempt", "这一步")],
)
def test_what_asks_for_more_is_done_on_the_page_of_the_case(
    site: Site, cases: list[str], trigger: str, why: str
):
    before = stands(site, *UNITS)
    page = look(Visitor(site).sign_in(AUDITOR), trigger, *cases, reason=WHY)
    assert page.count(why) >= 2
    assert "选中的都不能办" in page
    assert stands(site, *UNITS) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "now"},
        {"trigger": "Not a name"},
        {"key": ""},
        {"reason": "x" * 2001},
        {"case.x": "1"},
        {"more": "1"},
        {f"case.{uuid4()}": "1" for _ in range(51)},
    ],
)
def test_a_form_that_makes_no_sense_does_nothing(
    site: Site, cases: list[str], wrong: dict[str, str]
):
    visitor = Visitor(site).sign_in(AUDITOR)
    before = stands(site, *UNITS)
    fields = hidden(look(visitor, "suspend", *cases, reason=WHY))
    answer = visitor.send("/bulk/acts", {**fields, **wrong}, Origin=visitor.base)
    assert answer.status_code == 400
    assert stands(site, *UNITS) == before
