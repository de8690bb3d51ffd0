"""A roster of hundreds is counted whole and shown in part: the rest by a link, one by name."""

import re

import pytest

from services.workflow.adapters.web.seats import FIRST
from tests.end_to_end.pages.site import Shipped, china
from tests.unit.workflow.web.test_refused_at_meetings import LIAISON, UNIT, one
from tests.unit.workflow.web.visitor import Visitor

N = 300


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    made = Shipped(tmp_path_factory.mktemp("large"), china("01-08", "08:30"))
    made.password(LIAISON)
    path = f"/cases/{one(made, 'meeting', UNIT).id}"
    file = "\n".join(f"invited,来宾{n:03}" for n in range(1, N + 1))
    listed = {"trigger": "list_attendants", "rosters.attendance.file": file}
    told = Visitor(made).sign_in(LIAISON).post(f"{path}/transitions", f"{path}/gathering", **listed)
    assert told.status_code == 303
    return made


@pytest.fixture
def at(site: Shipped) -> str:
    return f"/cases/{one(site, 'meeting', UNIT).id}/roster"


@pytest.fixture
def host(site: Shipped) -> Visitor:
    return Visitor(site).sign_in(LIAISON)


def guests(page: str) -> list[str]:
    return re.findall(r"来宾\d{3}", page)


def test_the_first_of_each_capacity_are_shown_and_all_are_counted(host: Visitor, at: str):
    page = host.text(at)
    assert guests(page) == [f"来宾{n:03}" for n in range(1, FIRST + 1)]
    assert f"应到 {N}" in page
    assert f"其余 {N - FIRST} 人" in page


def test_the_rest_is_there_when_asked_for(host: Visitor, at: str):
    link = re.search(r'href="(/cases/[^"#]+roster\?body=\d+)#', host.text(at))
    assert link
    assert len(guests(host.text(link[1]))) == N


def test_somebody_is_found_by_name_or_row_and_who_is_not_there_is_said_to_be_none(
    host: Visitor, at: str
):
    page = host.text(f"{at}?name=来宾299")
    row = re.search(r'name="row\.(\d+)"', page)
    assert row
    assert page.count('name="row.') == 1
    assert "来宾299" in host.text(f"{at}?name={row[1]}")
    assert "没有找到" in host.text(f"{at}?name=无此人")


def test_what_was_sought_is_still_sought_after_an_act_and_after_a_refusal(host: Visitor, at: str):
    page = host.text(f"{at}?name=来宾298")
    row, form, trigger = (
        re.search(one, page)
        for one in (
            r'name="(row\.\d+)"',
            rf'method="post" action="({at}[^"]*)"',
            r'name="trigger" value="(\w+)"',
        )
    )
    assert row
    assert form
    assert trigger
    excused = {"trigger": trigger[1], "way": "excused", row[1]: "1"}
    refused = host.post(form[1], f"{at}?name=来宾298", **excused)
    assert refused.status_code == 422
    again = refused.get_data(as_text=True)
    assert {*guests(again)} == {"来宾298"}
    assert f'name="{row[1]}" value="1" checked' in again
    done = host.post(form[1], f"{at}?name=来宾298", **excused, why="sick")
    assert done.status_code == 303
    assert {*guests(host.text(done.location))} == {"来宾298"}


def test_an_address_may_ask_for_anything(host: Visitor, at: str):
    for query in ("body=0", "body=x", "body=-1", "name=%00", "body=99"):
        assert host.get(f"{at}?{query}").status_code < 500
