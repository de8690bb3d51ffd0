"""What workbooks can be brought for is told by a bounded look, however large the round is."""

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from io import BytesIO
from unittest.mock import patch

import pytest
from openpyxl import load_workbook

from services.workflow.adapters.database.tables import case_head
from services.workflow.adapters.web import many as page_of_many
from services.workflow.application import many_cases
from services.workflow.application.reading_ports import ListQuery
from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.conftest import AUDITOR, counted
from tests.unit.workflow.web.visitor import Visitor

_OFFERED = re.compile(r'<tr><td><a href="([^"]+)">')
_N = re.compile(r'<td class="n"[^>]*>([\d,]+)</td>')


@pytest.fixture
def auditor(shipped: Site) -> Visitor:
    shipped.password(AUDITOR)
    return Visitor(shipped).sign_in(AUDITOR)


@pytest.fixture
def few() -> Iterator[None]:
    """Have a look end after three cases."""
    with (
        patch.object(many_cases, "MOST_CASES", 3),
        patch.object(page_of_many, "MOST_CASES", 3),
    ):
        yield


def offered(page: str) -> list[tuple[str, int]]:
    links = (unescape(one) for one in _OFFERED.findall(page))
    return list(zip(links, map(int, _N.findall(page)), strict=True))


def test_what_is_offered_has_a_workbook_with_as_many_lines(shipped: Site, auditor: Visitor):
    room = f"/cycles/{shipped.cycle}/workbooks"
    found = offered(auditor.text(room))
    assert {to.rpartition("trigger=")[2] for to, _ in found} >= {"change_deadline"}
    for to, _ in found:
        assert auditor.get(to.replace("/workbook?", "/workbook.xlsx?")).status_code == 200, to


def test_what_is_set_stands_below_its_name_in_words(shipped: Site):
    shipped.password(OFFICE)
    office = Visitor(shipped).sign_in(OFFICE)
    asked = f"/cycles/{shipped.cycle}/workbook.xlsx?kind=review&trigger="
    for trigger, heading in (("set_mode", "方式"), ("change_deadline", "新的期限")):
        sheet = load_workbook(BytesIO(office.get(asked + trigger).data)).active
        assert [one.value for one in sheet[1]][3] == heading


def test_the_round_is_not_read_whole_and_what_was_looked_at_is_said(
    shipped: Site, auditor: Visitor, few: None
):
    room = f"/cycles/{shipped.cycle}/workbooks"
    with (
        patch.object(type(shipped.parts.database.store), "standing", side_effect=AssertionError),
        counted() as statements,
    ):
        page = auditor.text(room)
    assert "件数按 3 件计" in page
    assert {n for _, n in offered(page)} <= {1, 2, 3}
    assert len(statements) <= 12


def test_nothing_is_said_of_a_bound_that_was_not_reached(shipped: Site, auditor: Visitor):
    assert "每个环节取期限最早的" not in auditor.text(f"/cycles/{shipped.cycle}/workbooks")


@pytest.fixture
def last(shipped: Site) -> Iterator[None]:
    """Have meetings be due after the sixteen reviews."""
    reads, connections = shipped.parts.database.reads, shipped.parts.database._connections
    meetings = reads.list_cases(ListQuery(cycle=shipped.cycle, kind="meeting")).cases
    due: dict[str, datetime | None] = {one.id: one.due_at for one in meetings}
    for at in (dict.fromkeys(due), due):
        with connections.transaction() as connection:
            for one, when in at.items():
                own = case_head.update().where(case_head.c.case_id == one)
                connection.execute(own.values(due_at=when))
        if at is not due:
            yield


def test_what_waits_in_few_cases_is_offered_however_many_others_are_due_before(
    shipped: Site, auditor: Visitor, few: None, last: None
):
    found = offered(auditor.text(f"/cycles/{shipped.cycle}/workbooks"))
    assert {to.rpartition("trigger=")[2] for to, _ in found} >= {"change_deadline", "file_plan"}


def test_where_not_all_was_looked_at_nobody_is_told_that_nothing_waits(
    shipped: Site, auditor: Visitor, few: None
):
    with patch.object(many_cases, "open_acts", lambda *_: ()):
        page = auditor.text(f"/cycles/{shipped.cycle}/workbooks")
    assert "看过的 3 件里没有您可以" in page
    assert "现在没有您可以" not in page
