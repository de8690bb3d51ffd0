"""The page that brings the organisation as a workbook does what was looked at, or nothing."""

import io
import re
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
from werkzeug.datastructures import FileStorage

from services.workflow.application.imports import Imports
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.organisation.editing import Edit
from tests.end_to_end.pages.site import Site
from tests.unit.workflow.web.conftest import ADMINISTRATOR
from tests.unit.workflow.web.visitor import Visitor

PATH = "/organisation/workbook"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
HAN = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture
def keeper(shipped: Site) -> Visitor:
    shipped.password(ADMINISTRATOR)
    return Visitor(shipped).sign_in(ADMINISTRATOR)


def changed(keeper: Visitor, change: Callable[[Any], object]) -> FileStorage:
    book = openpyxl.load_workbook(io.BytesIO(keeper.get(f"{PATH}.xlsx").data))
    change(book)
    kept = io.BytesIO()
    book.save(kept)
    return FileStorage(io.BytesIO(kept.getvalue()), filename="organisation.xlsx")


def with_person(person: str) -> Callable[[Any], object]:
    return lambda book: book.worksheets[1].append([person, "新来的"])


def look(keeper: Visitor, person: str, **headers: str) -> str:
    csrf = dict(HIDDEN.findall(keeper.text(PATH)))["csrf"]
    brought = {"csrf": csrf, "workbook": changed(keeper, with_person(person))}
    return keeper.send(PATH, brought, Origin=keeper.base, **headers).get_data(as_text=True)


def doing(page: str) -> dict[str, str]:
    """Return the form that does what was looked at, its button pressed."""
    form = next(one for one in page.split("<form") if 'name="do"' in one)
    return {**dict(HIDDEN.findall(form)), "do": "1"}


def people(site: Site) -> frozenset[str]:
    return frozenset(site.parts.directory.current().people)


def test_what_was_looked_at_is_done(shipped: Site, keeper: Visitor):
    page = look(keeper, "p-new-1")
    assert "p-new-1" not in people(shipped)
    answer = keeper.send(PATH, doing(page), Origin=keeper.base)
    assert answer.status_code == 200
    assert "p-new-1" in people(shipped)


def test_a_filled_sheet_that_nothing_reads_is_told(keeper: Visitor):
    def copied(book: Any) -> None:
        book.create_sheet("空")
        book.create_sheet("多余").append(["另一份"])

    csrf = dict(HIDDEN.findall(keeper.text(PATH)))["csrf"]
    brought = {"csrf": csrf, "workbook": changed(keeper, copied)}
    answer = keeper.send(PATH, brought, Origin=keeper.base)
    assert answer.status_code == 422
    assert "多余!A1" in answer.get_data(as_text=True)


def test_formulas_and_merged_cells_are_told_with_what_is_wrong_with_the_others(keeper: Visitor):
    def badly(book: Any) -> None:
        units, people, posts = book.worksheets[:3]
        units["C3"] = "=C2"
        units.merge_cells("A5:B6")
        people["C5"], posts["D3"] = "nomail", "昨天"

    csrf = dict(HIDDEN.findall(keeper.text(PATH)))["csrf"]
    brought = {"csrf": csrf, "workbook": changed(keeper, badly)}
    page = keeper.send(PATH, brought, Origin=keeper.base).get_data(as_text=True)
    places = [page.index(one) for one in ("单位!C3", "单位!A5", "人员!C5", "职务!D3")]
    assert places == sorted(places)


WORDED = {  # a cell -> what stands in it, what is said in Chinese, in English
    "单位!F4": ("maybe", "应为“是”或“否”", "yes or no is expected"),
    "单位!D3": ("火星", "机关党委、", "unknown kind of unit 火星; known: "),
    "职务!C5": ("大王", "书记、", "unknown role 大王; known: "),
    "人员!B4": (None, "缺少“姓名”", "姓名 is missing"),
    "职务!D6": (None, "缺少“起”", "起 is missing"),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_wrong_is_told_in_the_words_of_the_workbook(keeper: Visitor, language: str):
    def badly(book: Any) -> None:
        for place, (value, *_) in WORDED.items():
            sheet, cell = place.split("!")
            book[sheet][cell] = value

    csrf = dict(HIDDEN.findall(keeper.text(PATH)))["csrf"]
    brought = {"csrf": csrf, "workbook": changed(keeper, badly)}
    answer = keeper.send(PATH, brought, Origin=keeper.base, Accept_Language=language)
    page = re.sub(r"</?(bdi|b)\b[^>]*>", "", answer.get_data(as_text=True))
    for place, (_, chinese, english) in WORDED.items():
        assert place in page
        assert (english if language == "en" else chinese) in page
    for code in ("work_committee", "deputy_secretary", "true", "“name”", "“from”"):
        assert code not in page


def test_what_stays_and_what_may_look_otherwise_is_told_at_its_cell(keeper: Visitor):
    def rootless(book: Any) -> None:
        for cell in (cell for sheet in book for row in sheet.rows for cell in row):
            if cell.value == "u-work-committee":
                cell.value = "u-other"

    def private(book: Any) -> None:
        book["人员"]["B4"] = "演示\ue000"

    csrf = dict(HIDDEN.findall(keeper.text(PATH)))["csrf"]
    for change, said in ((rootless, "单位!A2：根单位"), (private, "人员!B4: 含有私用区字符")):
        brought = {"csrf": csrf, "workbook": changed(keeper, change)}
        answer = keeper.send(PATH, brought, Origin=keeper.base)
        page = re.sub(r"</?(bdi|b)\b[^>]*>", "", answer.get_data(as_text=True))
        assert said in page


def test_an_edit_in_between_is_told_and_not_undone(shipped: Site, keeper: Visitor):
    fields = doing(look(keeper, "p-new-2"))
    edit = Edit(section="people", entry={"id": "p-between", "name": "其间"}, dropped=False)
    assert shipped.parts.staffing.change(shipped.actor(ADMINISTRATOR), edit).changed
    answer = keeper.send(PATH, fields, Origin=keeper.base)
    assert answer.status_code == 412
    told = answer.get_data(as_text=True)
    assert "没有读入，什么都没有改动" in told
    assert "请求依据的是" in told
    assert "p-between" in people(shipped)
    assert "p-new-2" not in people(shipped)


@pytest.mark.parametrize("version", [None, "", "-1", "x", "٣", "1" * 16])
def test_nothing_is_done_by_a_form_that_does_not_say_what_it_looked_at(
    shipped: Site, keeper: Visitor, version: str | None
):
    fields = doing(look(keeper, "p-new-3"))
    del fields["version"]
    more = {} if version is None else {"version": version}
    assert keeper.send(PATH, {**fields, **more}, Origin=keeper.base).status_code == 400
    assert "p-new-3" not in people(shipped)


def test_a_workbook_is_compared_once_to_be_shown_and_once_more_to_be_recorded(keeper: Visitor):
    n = list[int]()
    compared = Imports._compare

    def counting(self: Imports, *told: Any) -> Any:
        n.append(1)
        return compared(self, *told)

    with patch.object(Imports, "_compare", counting):
        page = look(keeper, "p-new-4")
        assert len(n) == 1
        keeper.send(PATH, doing(page), Origin=keeper.base)
    assert len(n) == 3


def test_what_would_change_is_told_in_the_language_of_the_page(keeper: Visitor):
    page = re.sub(r"</?bdi[^>]*>", "", look(keeper, "p-new-5", Accept_Language="en"))
    assert "+ person p-new-5 新来的" in page
    assert "person: 1 added, 0 changed, 0 dropped" in page
    chinese = look(keeper, "p-new-6", Accept_Language="zh")
    assert "人员 新增 1、变更 0、移除 0" in chinese


@pytest.mark.parametrize("nth", [1, 2])
def test_an_edit_right_after_the_version_was_checked_is_not_undone(
    shipped: Site, keeper: Visitor, nth: int
):
    fields = doing(look(keeper, f"p-late-{nth}"))
    checked, asked, between = Imports.require_version, list[int | None](), f"p-between-{nth}"

    def then_changed(self: Imports, version: int | None) -> Organisation:
        found = checked(self, version)
        asked.append(version)
        if len(asked) == nth:
            edit = Edit(section="people", entry={"id": between, "name": "其间"}, dropped=False)
            shipped.parts.staffing.change(shipped.actor(ADMINISTRATOR), edit)
        return found

    with patch.object(Imports, "require_version", then_changed):
        assert keeper.send(PATH, fields, Origin=keeper.base).status_code == 412
    assert between in people(shipped)
    assert f"p-late-{nth}" not in people(shipped)


def test_the_same_form_sent_twice_is_told_that_nothing_is_left_to_change(
    shipped: Site, keeper: Visitor
):
    fields = doing(look(keeper, "p-twice"))
    for said in ("已记录下面的变化", "与现有组织一致，没有变化"):
        answer = keeper.send(PATH, fields, Origin=keeper.base)
        assert answer.status_code == 200
        assert said in answer.get_data(as_text=True)
    assert "p-twice" in people(shipped)
