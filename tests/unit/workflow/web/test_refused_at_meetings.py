"""What is refused on the page of a meeting is told there, at the form and the field it is about."""

import re

import pytest

from services.workflow.application.firing.port import Wanted
from services.workflow.domain.case.head import Case
from tests.end_to_end.pages.site import Shipped, china
from tests.unit.workflow.web.visitor import Visitor

LIAISON, SECRETARY, UNIT = "p-0001", "p-0008", "u-work-committee"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    made = Shipped(tmp_path_factory.mktemp("refused"), china("01-08", "08:30"))
    for person in (LIAISON, SECRETARY):
        made.password(person)
    return made


def one(site: Shipped, kind: str, unit: str) -> Case:
    wanted = Wanted(cycle=site.cycle, whole=True)
    cases = site.parts.database.store.standing([wanted]).heads[site.cycle].cases.values()
    return next(each for each in cases if (each.kind, each.unit) == (kind, unit))


def sent(site: Shipped, person: str, path: str, to: str, **form: str) -> str:
    """Send a form that has to be refused; return the page that answers."""
    answer = Visitor(site).sign_in(person).post(path, to, **form)
    assert 400 <= answer.status_code < 500
    return answer.get_data(as_text=True)


def test_an_act_of_the_meeting_comes_back_to_its_form_with_what_was_typed(site: Shipped):
    meeting = one(site, "meeting", UNIT)
    path = f"/cases/{meeting.id}"
    form = {"trigger": "list_attendants", "back": "gathering", "next": meeting.id}
    typed = {"rosters.attendance.file": "嘉宾,来宾甲", "version": str(meeting.version)}
    page = sent(site, LIAISON, f"{path}/transitions", f"{path}/gathering", **form, **typed)
    assert 'id="acts"' in page  # the meeting's page, and no other
    assert re.search(r'<details class="act[^"]*" id="act-list_attendants" open>', page)
    assert "嘉宾,来宾甲</textarea>" in page
    at = "list_attendants-rosters.attendance.file"
    assert f'href="#{at}"' in page
    assert re.search(rf'id="{re.escape(at)}"[^>]*aria-invalid="true"', page)


def test_an_act_on_what_is_heard_comes_back_to_its_row(site: Shipped):
    meeting, review = one(site, "meeting", UNIT), one(site, "review", "u-organ")
    form = {"trigger": "present", "back": "gathering", "next": meeting.id}
    page = sent(
        site,
        LIAISON,
        f"/cases/{review.id}/transitions",
        f"/cases/{meeting.id}/gathering",
        **form,
        version=str(review.version),
    )
    assert 'id="acts"' in page
    assert "没有执行" in page


def test_what_is_wrong_with_attendance_leads_to_its_field_and_keeps_what_was_typed(site: Shipped):
    meeting = one(site, "meeting", UNIT)
    path = f"/cases/{meeting.id}/roster"
    Visitor(site).sign_in(LIAISON).post(
        f"/cases/{meeting.id}/transitions",
        f"/cases/{meeting.id}/gathering",
        trigger="list_attendants",
    )
    form = {"trigger": "excuse", "way": "excused", "row.1": "1", "reason": ""}
    page = sent(site, LIAISON, path, path, **form)
    assert 'href="#why"' in page
    assert re.search(r'<select id="why" name="why" aria-invalid="true"', page)
    assert re.search(r'id="row.1" name="row.1" value="1" checked', page)
    again = sent(site, LIAISON, path, path, **(form | {"way": "out", "why": "sick"}))
    assert 'href="#row.1"' in again
