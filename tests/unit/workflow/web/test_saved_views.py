"""Views: a list gets a name, is found again, and grants nothing."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from services.workflow.application.saved_views import MOST_ADDRESS, MOST_NAME, MOST_VIEWS
from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.conftest import ADMINISTRATOR, AUDITOR, counted
from tests.unit.workflow.web.visitor import Visitor

LATE = "/cases?due=over&unit=u-hospital-1&sort=-due_at"
_ADDRESS = re.compile(r'name="address" value="([^"]*)"')


@pytest.fixture(autouse=True)
def forgotten(site: Site) -> Iterator[None]:
    yield
    for person in (OFFICE, AUDITOR):
        for one in site.parts.database.views.views(person):
            site.parts.database.views.drop(person, one.name)


def keep(visitor: Visitor, name: str, address: str = LATE) -> int:
    fields = {"form": "keep", "name": name, "address": address}
    return visitor.post("/views", "/views", **fields).status_code


def shown_address(page: str) -> str:
    return unescape(_ADDRESS.search(page)[1])  # type: ignore[index]


def test_what_is_looked_at_gets_a_name_and_is_found_in_the_morning(office: Visitor):
    address = shown_address(office.text(f"{LATE}&many=1"))
    assert address == "/cases?due=over&unit=u-hospital-1&many=1&sort=-due_at"
    assert keep(office, "医院超期", address) == 303
    assert "已保存" in office.text("/views")
    for page in ("/morning", "/cases", "/views"):
        assert f'href="{address}"'.replace("&", "&amp;") in office.text(page), page
    assert 'aria-current="true">医院超期' in office.text(address)


def test_a_view_shows_to_each_what_they_may_see(site: Site, office: Visitor):
    assert keep(office, "每一件", "/cases") == 303
    (kept,) = site.parts.database.views.views(OFFICE)
    hospital = Visitor(site).sign_in(AUDITOR)
    assert "每一件" not in hospital.text("/views")
    seen = hospital.text(kept.address)
    assert site.review_of("u-hospital-1-01").number in seen
    assert site.review_of("u-school-01").number not in seen


def test_views_are_renamed_and_deleted_by_their_owner_alone(site: Site, office: Visitor):
    keep(office, "甲")
    hospital = Visitor(site).sign_in(AUDITOR)
    other = {"form": "rename", "was": "甲", "name": "乙"}
    assert hospital.post("/views", "/views", **other).status_code == 404
    assert hospital.post("/views", "/views", form="drop", was="甲").status_code == 303
    assert office.post("/views", "/views", **other).status_code == 303
    assert "已改名" in office.text("/views")
    assert [one.name for one in site.parts.database.views.views(OFFICE)] == ["乙"]
    assert office.post("/views", "/views", form="drop", was="乙").status_code == 303
    assert site.parts.database.views.views(OFFICE) == []


def test_a_name_is_what_somebody_typed_and_no_mark_up(office: Visitor):
    keep(office, "<script>alert(1)</script>")
    for path in ("/views", "/cases", "/morning"):
        page = office.text(path)
        assert "<script>alert" not in page, path
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page, path


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://example.org/cases",
        "//example.org/cases",
        "/cases#there",
        "javascript:alert(1)",
        "/cases/../staff",
        "/staff",
        "/ledgers/gone",
        "/ledgers/",
        "/cases?kind=gone",
        "/cases?state=gone",
        "/cases?sort=upwards",
        "/cases?due=over&due=soon",
        "/cases?text=%ff",
        "/cases?x=" + "x" * MOST_ADDRESS,
        "http://[",
    ],
)
def test_only_what_a_list_reads_is_kept(site: Site, office: Visitor, address: str):
    answer = office.post("/views", "/views", form="keep", name="甲", address=address)
    assert answer.status_code == 400
    assert "网址：不是清单的网址" in answer.get_data(as_text=True)
    assert site.parts.database.views.views(OFFICE) == []


def test_a_view_begins_at_the_beginning_of_its_list(site: Site, office: Visitor):
    further = unescape(re.search(r'href="(/cases[^"]*after=[^"]*)"', office.text("/cases"))[1])  # type: ignore[index]
    assert keep(office, "甲", further) == 303
    assert site.parts.database.views.views(OFFICE)[0].address == "/cases"


@pytest.mark.parametrize("name", ["", " ", "x" * (MOST_NAME + 1), "a\u202eb"])
def test_a_name_is_some_text_of_a_line(site: Site, office: Visitor, name: str):
    answer = office.post("/views", "/views", form="keep", name=name, address=LATE)
    assert answer.status_code == 400
    assert re.search(r'role="alert"[^>]*><p>名称：', answer.get_data(as_text=True))
    assert site.parts.database.views.views(OFFICE) == []


def test_a_name_that_is_given_and_a_view_too_many_are_told_and_what_was_typed_stays(
    office: Visitor,
):
    keep(office, "甲")
    again = {"form": "keep", "name": "甲", "address": "/stuck"}
    answer = office.post("/views", "/views", **again)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "您已有一个名为“甲”的视图" in page
    assert shown_address(page) == "/stuck"
    for n in range(1, MOST_VIEWS):
        assert keep(office, f"v{n}") == 303
    answer = office.post("/views", "/views", form="keep", name="多", address="/stuck")
    assert answer.status_code == 409
    assert f"您已有 {MOST_VIEWS} 个视图" in answer.get_data(as_text=True)


def test_a_view_whose_list_is_gone_says_so_and_is_no_link(site: Site, office: Visitor):
    """A kind that no scheme has any more, and an address that a release before could read."""
    keeping = site.parts.saved_views
    look = site.parts.boards.look(site.actor(OFFICE), site.parts.now())
    keeping.keep(look, "旧类别", "/cases?kind=gone")
    keeping.keep(look, "旧写法", "/cases?sort=upwards")
    page = office.text("/views")
    assert page.count("这个清单已打不开") == 2
    assert 'href="/cases?kind=gone"' not in page
    for path in ("/morning", "/cases"):
        assert office.get(path).status_code == 200
        assert "旧写法" not in office.text(path)
    for gone in ("/cases?kind=gone", "/cases?sort=upwards"):  # shared by link
        assert office.get(gone).status_code == 400


@pytest.mark.parametrize("fields", [{}, {"form": "move"}, {"form": "drop", "was": "甲", "x": "1"}])
def test_a_form_that_makes_no_sense_changes_nothing(
    site: Site, office: Visitor, fields: dict[str, str]
):
    keep(office, "甲")
    assert office.post("/views", "/views", **fields).status_code == 400
    assert len(site.parts.database.views.views(OFFICE)) == 1


def test_who_sees_no_case_names_no_list(site: Site, visitor: Visitor):
    administrator = visitor.sign_in(ADMINISTRATOR)
    assert administrator.get("/views").status_code == 403
    fields = {"form": "keep", "name": "甲", "address": "/cases"}
    assert administrator.post("/views", "/", **fields).status_code == 403
    assert site.parts.database.views.views(ADMINISTRATOR) == []


def test_so_many_views_cost_a_list_one_statement(office: Visitor):
    with counted() as none:
        office.get("/cases")
    for n in range(MOST_VIEWS):
        keep(office, f"v{n}")
    with counted() as many:
        office.get("/cases")
    assert len(many) == len(none)
