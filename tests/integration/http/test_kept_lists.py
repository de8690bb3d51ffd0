"""Every list of the pages is taken as a workbook, or it is said why it is not."""

import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from services.workflow.adapters.web import kept, kept_records
from services.workflow.adapters.web.kept import KEPT, NOT_KEPT
from services.workflow.application.boards import desk
from services.workflow.application.boards.audit import PER_PAGE
from services.workflow.application.workbooks import MEDIA
from tests.end_to_end.pages.whole import Shown, Whole
from tests.unit.workflow.web.visitor import Visitor

ENTERED = ("sign_in_form", "invitation_form", "vote_enter", "vote_limits")  # nobody is signed in


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def shown(whole: Whole) -> dict[str, tuple[Shown, str]]:
    """Each page once, with what it shows."""
    found: dict[str, tuple[Shown, str]] = {}
    for one in whole.pages():
        if one.person and one.page not in found:
            answer = visitor(whole, one.person).get(one.path)
            body = answer.get_data(as_text=True) if answer.status_code == 200 else ""
            found[one.page] = (one, body)
    return found


def visitor(whole: Whole, person: str) -> Visitor:
    return Visitor(whole).sign_in(person)


def test_a_page_with_a_table_offers_its_workbook_or_has_a_reason(shown: Any):
    listing = {name for name, (_, body) in shown.items() if "<table" in body or "<article" in body}
    assert sorted(listing - KEPT.keys() - NOT_KEPT.keys()) == []
    assert sorted(KEPT.keys() & NOT_KEPT.keys()) == []
    for name in KEPT:
        one, body = shown[name]
        if body:  # a draw that nobody has begun is no page
            assert f'href="{one.path.partition("?")[0]}.xlsx' in body, name


def test_every_workbook_opens_and_has_as_many_columns_as_headings(whole: Whole, shown: Any):
    for name in KEPT:
        one, body = shown[name]
        path, _, query = one.path.partition("?")
        told = visitor(whole, one.person).get(f"{path}.xlsx?{query}")
        if not body:
            assert told.status_code == 404, name
            continue
        assert (told.status_code, told.mimetype) == (200, MEDIA), (name, told.status_code)
        assert (one.person, taken(name, path)) in taken_away(whole), name
        for sheet in load_workbook(BytesIO(told.data)).worksheets:
            first, *rows = rows_of(sheet)
            assert first, name
            assert all(len(row) == len(first) for row in rows), name
            assert all(first), name


# Columns whose values a page shows as they are, and not in words of its own.
AS_SHOWN = frozenset({"案号", "单位", "当事人", "姓名", "等次", "代理人", "应述", "完成"})


def test_a_workbook_says_what_its_page_does(whole: Whole, shown: Any):
    compared = set[str]()
    for name in KEPT:
        one, body = shown[name]
        path, _, query = one.path.partition("?")
        if not body:
            continue
        told = visitor(whole, one.person).get(f"{path}.xlsx?{query}")
        seen = " ".join(unescape(re.sub("<[^>]+>", " ", body)).split())
        for sheet in load_workbook(BytesIO(told.data)).worksheets:
            first, *rows = rows_of(sheet)
            lacking = [
                (heading, value)
                for row in rows[:PER_PAGE]  # what its first page shows at most
                for heading, value in zip(first, row, strict=True)
                if heading in AS_SHOWN and value and str(value) not in seen
            ]
            assert lacking == [], (name, sheet.title)
            compared |= {name} if rows and not AS_SHOWN.isdisjoint(first) else set()
    assert len(compared) >= 6, compared


def test_lists_of_sign_ins_and_tokens_hold_nothing_that_lets_somebody_in(whole: Whole, shown: Any):
    secret = whole.parts.accounts.create_token("oa", frozenset({"case:read"}), "u-organ")
    headings = {}
    for name in ("sign_ins", "tokens"):
        one, _ = shown[name]
        told = visitor(whole, one.person).get(f"{one.path.partition('?')[0]}.xlsx")
        first, *rows = rows_of(load_workbook(BytesIO(told.data)).active)
        headings[name] = first
        assert rows, name
        assert secret not in {cell for row in rows for cell in row}
    assert headings == {
        "sign_ins": ("人员编号", "姓名", "状态", "停用或锁定", "链接有效至", "会话数", "最近使用"),
        "tokens": ("客户端", "令牌编号", "权限", "单位", "新建", "失效"),
    }


def taken(name: str, path: str) -> str:
    """Return what the workbook of a page is kept as: its name, and what stands in its address."""
    asked = KEPT[name][0].split("/")
    told = [part for mark, part in zip(asked, path.split("/"), strict=True) if "<" in mark]
    return "/".join((name, *told))


def taken_away(whole: Whole) -> list[tuple[str, str]]:
    with whole.parts.database._connections.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT person, subject FROM read_audit WHERE what = 'export'"
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("name", ["ranking", "inbox", "audit", "sign_ins", "deeds"])
def test_a_workbook_that_is_cut_says_so_in_its_last_line(
    whole: Whole, shown: Any, monkeypatch: pytest.MonkeyPatch, name: str
):
    for module in (kept, kept_records):
        monkeypatch.setattr(module, "MOST_LINES", 1)
        monkeypatch.setattr(module, "AT_ONCE", 1)
    monkeypatch.setattr(desk, "INBOX_PAGE", 1)
    one, _ = shown[name]
    told = visitor(whole, one.person).get(f"{one.path.partition('?')[0]}.xlsx")
    *_, last = rows_of(load_workbook(BytesIO(told.data)).active)
    assert "以上只是前 1 条，后面还有" in last[0]


def rows_of(sheet: Any) -> Iterator[tuple[Any, ...]]:
    yield from sheet.iter_rows(values_only=True)
