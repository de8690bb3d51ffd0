"""A case is opened on a page: by whom its scheme lets, at a unit of theirs, and of any kind."""

import re

import pytest

from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.visitor import Visitor

UNIT, BELOW, OWN = "u-hospital-2", "u-hospital-1-01", "u-organ"
VISIT = "/open?kind=visit"


@pytest.fixture
def office(shipped: Site) -> Visitor:
    shipped.password(OFFICE)
    return Visitor(shipped).sign_in(OFFICE)


def units(text: str) -> set[str]:
    return set(re.findall(r'<option value="([^"]+)"', text))


def opened(visitor: Visitor, **fields: str) -> object:
    typed = {"kind": "visit", "cycle": visitor.site.cycle, "unit": UNIT} | fields
    return visitor.post("/open", shown_at=VISIT, **typed)


def test_who_visits_chooses_one_of_their_units_and_goes_on_at_the_case(
    shipped: Site, office: Visitor
):
    shown = units(office.text(VISIT))
    assert UNIT in shown
    assert OWN not in shown  # nobody visits themselves
    answer = opened(office)
    assert answer.status_code == 303
    page = office.text(answer.location)
    assert "已立案" in page
    assert 'name="documents.visit_record.rows.0.announced"' in page
    assert '日期<span class="muted">（不晚于今天）' in page
    assert 'name="documents.visit_report.rows.0.severity"' in page


def test_every_kind_that_somebody_may_open_is_offered(office: Visitor):
    text = office.text("/open")
    assert {"draw", "visit"} <= set(re.findall(r"&amp;kind=([a-z]+)", text))


def test_units_are_found_by_name(office: Visitor):
    shown = units(office.text(f"{VISIT}&q=学校"))
    assert shown < units(office.text(VISIT))
    assert UNIT not in shown


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"unit": OWN}, 403),
        ({"unit": "nowhere"}, 404),
        ({"unit": ""}, 404),
        ({"kind": "review"}, 400),
        ({"kind": "\x00"}, 400),
        ({"cycle": "none"}, 400),
        ({"kind": ""}, 400),
        ({"cycle": ""}, 400),
        ({"key": ""}, 400),
        ({"more": "1"}, 400),
    ],
)
def test_what_cannot_be_opened_is_refused_and_opens_nothing(
    shipped: Site, office: Visitor, fields: dict[str, str], status: int
):
    before = shipped.parts.database.reads.log_head()
    assert opened(office, **fields).status_code == status
    assert shipped.parts.database.reads.log_head() == before


def test_what_was_searched_for_stays_when_nothing_was_opened(office: Visitor):
    text = office.text(f"{VISIT}&q=学校")
    (action,) = re.findall(r'<form method="post" action="(/open[^"]*)"', text)
    typed = {"kind": "visit", "cycle": office.site.cycle, "unit": OWN}
    refused = office.post(action, shown_at=f"{VISIT}&q=学校", **typed)
    assert refused.status_code == 403
    assert 'name="q" value="学校"' in refused.get_data(as_text=True)
    assert units(refused.get_data(as_text=True)) == units(text)


def test_who_may_open_nothing_has_no_such_room(shipped: Site):
    person = shipped.review_of(BELOW).person or ""
    shipped.password(person)
    visitor = Visitor(shipped).sign_in(person)
    assert 'href="/open"' not in visitor.text("/tasks")
    assert visitor.get("/open").status_code == 404
    assert visitor.send("/open", {"csrf": "", "key": "k"}).status_code in (403, 404)
