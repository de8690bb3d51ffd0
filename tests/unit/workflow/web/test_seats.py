"""Whoever is expected at a meeting sees it, though nothing else of it is theirs to see."""

import re
from pathlib import Path

import pytest

from tests.end_to_end.pages.site import OFFICE, Shipped, china
from tests.unit.workflow.web.test_refused_at_meetings import LIAISON, UNIT, one
from tests.unit.workflow.web.visitor import Visitor

GUEST, OTHER = "p-0040", "p-0041"
NONE_YET = "还没有述评会议"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    folder: Path = tmp_path_factory.mktemp("seats")
    made = Shipped(folder, china("01-08", "08:30"))
    for person in (LIAISON, GUEST, OTHER, OFFICE):
        made.password(person)
    path = f"/cases/{one(made, 'meeting', UNIT).id}"
    host = Visitor(made).sign_in(LIAISON)
    listed = {"trigger": "list_attendants", "rosters.attendance.file": f"invited,{GUEST}"}
    assert host.post(f"{path}/transitions", f"{path}/gathering", **listed).status_code == 303
    made.move_to(china("01-08", "08:31"))
    day = {"trigger": "schedule", "planned.held": "2020-01-20"}
    assert host.post(f"{path}/transitions", f"{path}/gathering", **day).status_code == 303
    return made


def test_whoever_has_a_seat_sees_when_and_what_and_signs_in_there(site: Shipped):
    meeting, guest = one(site, "meeting", UNIT), Visitor(site).sign_in(GUEST)
    page = guest.text("/gatherings")
    assert "请您到会的" in page
    assert "2020-01-20" in page
    assert NONE_YET not in page
    assert f'href="/cases/{meeting.id}/door"' in page
    door = guest.text(f"/cases/{meeting.id}/door")
    assert "2020-01-20" in door
    assert "示例省卫生健康委直属机关党委" in door  # who is heard
    assert guest.get(f"/cases/{meeting.id}/gathering").status_code == 404


def test_who_has_none_sees_nothing_of_it(site: Shipped):
    meeting, other = one(site, "meeting", UNIT), Visitor(site).sign_in(OTHER)
    page = other.text("/gatherings")
    assert "请您到会的" not in page
    assert meeting.number not in page
    assert other.get(f"/cases/{meeting.id}/door").status_code == 404


def test_a_meeting_says_its_tier_in_words_and_a_review_by_its_letter_as_well(site: Shipped):
    office = Visitor(site).sign_in(OFFICE)
    meeting = office.text(f"/cases/{one(site, 'meeting', 'u-organ').id}")
    assert re.search(r"层级</dt><dd>[^a-z<]+会议</dd>", meeting)
    review = office.text(f"/cases/{site.review_of('u-hospital-1-02').id}")
    assert re.search(r"层级</dt><dd>C · ", review)


def test_of_more_meetings_than_are_looked_through_those_open_come_before_any_that_ended(
    site: Shipped, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.workflow.application.boards.gatherings.MOST_SEATED", 2)
    other, host = one(site, "meeting", "u-organ"), Visitor(site).sign_in(OFFICE)
    site.move_to(china("01-08", "08:32"))
    path = f"/cases/{other.id}"
    cancelled = {"trigger": "cancel", "reason": "改期另开", "number": other.number}
    assert host.post(f"{path}/transitions", path, **cancelled).status_code == 303
    assert one(site, "meeting", UNIT).number in Visitor(site).sign_in(GUEST).text("/gatherings")
