"""No page tells of a visit that is not fed back: what it shows is what it showed without one."""

import re
from collections.abc import Mapping
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from services.workflow.application.firing.commands import CaseCommand, OpenCommand
from services.workflow.domain.case.head import Case
from tests.end_to_end.pages.site import OFFICE, Shipped, Site, china
from tests.unit.workflow.web.visitor import Visitor

UNIT, UNKNOWN = "u-hospital-2", "00000000-0000-7000-8000-000000000000"
ONCE = re.compile(r'name="(?:csrf|key|version)" value="[^"]*"')
LISTS = (
    "/",
    "/stuck",
    "/cases",
    "/cases?kind=visit",
    f"/cases?unit={UNIT}",
    "/tasks",
    "/search?q=2019-visit-0001",
    "/search?q=visit",
    "/reading",
    "/inbox",
    "/gatherings",
    "/cycles",
    "/cycles/{cycle}",
    "/texts",
    "/cases/{own}",
    "/cases/{own}/documents/report",
)
OF_A_CASE = (
    "",
    "/documents/answer",
    "/documents/visit_report",
    "/versions?document=visit_report&old=1&new=2",
    "/reading",
    "/gathering",
    "/roster",
    "/code",
    "/sheet",
    "/short",
    "/door",
    "/notices.xlsx",
    "/notices.docx",
    "/polls",
    "/draw",
    "/transitions",
    "/notes",
)
FORMS: Mapping[str, Mapping[str, str]] = {
    "transitions": {"trigger": "feed_back", "version": "1"},
    "notes": {"kind": "note", "text": "看看"},
    "documents/answer": {"trigger": "answer", "version": "1", "save": "1"},
    "door": {"code": "123456", "way": "in"},
    "roster": {"trigger": "record"},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = Shipped(tmp_path_factory.mktemp("unseen"), china("01-08", "08:30"))
    for person in (OFFICE, made.review_of(UNIT).person or ""):
        made.password(person)
    return made


def shown(site: Site, person: str, case: str) -> dict[str, tuple[int, str]]:
    """Return what each page shows, but for what is new each time and the id that was asked for."""
    visitor, own = Visitor(site).sign_in(person), site.review_of(UNIT).id
    addresses = [one.format(own=own, cycle=site.cycle) for one in LISTS]
    addresses += [f"/cases/{{case}}{one}" for one in OF_A_CASE]
    answers = {one: visitor.get(one.format(case=case)) for one in addresses}
    for name, fields in FORMS.items():
        path = f"/cases/{case}/{name}"
        answers[f"a form: {name}"] = visitor.post(
            path, shown_at="/tasks", key=str(uuid4()), **fields
        )
    return {
        name: (answer.status_code, ONCE.sub("", read(answer)).replace(case, "<case>"))
        for name, answer in answers.items()
    }


def read(answer: TestResponse) -> str:
    """Return what an answer says; of a file that may be no text, what can be read of it."""
    return answer.get_data().decode(errors="replace")


def visited(site: Site) -> Case:
    fire, office = site.parts.firing.fire, site.actor(OFFICE)
    opened = fire(
        OpenCommand(cycle=site.cycle, kind="visit", unit=UNIT, actor=office, key=str(uuid4()))
    )
    assert opened.case is not None, opened
    went = {"place": "二楼", "day": "2020-01-08", "announced": False}
    rows = [{"finding": "台账缺两个月。", "severity": "grave"}]
    data = {"documents": {"visit_record": {"rows": [went]}, "visit_report": {"rows": rows}}}
    stream = opened.case.stream
    answer = fire(
        CaseCommand(case=stream, trigger="record", data=data, actor=office, key=str(uuid4()))
    )
    assert answer.outcome == "done", answer
    return opened.case


def test_no_page_tells_the_secretary_of_a_visit_to_their_unit(site: Site):
    person = site.review_of(UNIT).person or ""
    before = {one: shown(site, one, UNKNOWN) for one in (person, OFFICE)}
    case = visited(site).id
    after = {one: shown(site, one, case) for one in (person, OFFICE)}
    told = {
        one: {name for name in before[one] if before[one][name] != after[one][name]}
        for one in before
    }
    assert told[person] == set()
    # The same pages tell who visits, else they would not be asked here.
    assert told[OFFICE] >= {"/cases", "/cases?kind=visit", f"/cases?unit={UNIT}", "/tasks"}
    assert told[OFFICE] >= {"/search?q=2019-visit-0001", "/cases/{case}", "a form: notes"}
