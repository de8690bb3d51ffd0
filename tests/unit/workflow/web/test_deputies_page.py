"""Deputies and absences on their page: told, moved, taken back, and refused at the field."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.conftest import ADMINISTRATOR, AUDITOR
from tests.unit.workflow.web.visitor import Visitor

DEPUTY, UNIT = "p-0035", "u-hospital-1"
HANDED = {
    "form": "delegated",
    "person": AUDITOR,
    "deputy": DEPUTY,
    "unit": UNIT,
    "role.office": "1",
    "from": "2020-01-09",
    "until": "2020-01-15",
}
AWAY = {"form": "absent", "person": AUDITOR, "from": "2020-01-09", "until": "2020-01-15"}


@pytest.fixture
def auditor(shipped: Site) -> Iterator[Visitor]:
    shipped.password(AUDITOR)
    visitor = Visitor(shipped).sign_in(AUDITOR)
    yield visitor
    for entry in (HANDED, AWAY):  # whatever was told is taken back
        form = {"form": f"{entry['form']}.revoked"}
        visitor.post("/deputies", shown_at="/deputies", **entry | form)


def said(visitor: Visitor, **fields: str) -> tuple[int, str]:
    answer = visitor.post("/deputies", shown_at="/deputies", **fields)
    return answer.status_code, answer.text


def test_a_post_is_handed_on_moved_and_taken_back(shipped: Site, auditor: Visitor):
    assert said(auditor, **HANDED)[0] == 303
    assert "代理已登记" in auditor.text("/deputies")
    assert said(auditor, **HANDED | {"until": "2020-01-17"})[0] == 303
    (one,) = shipped.parts.deputies.of(shipped.actor(AUDITOR), AUDITOR)[0]
    assert (one.deputy, str(one.until)) == (DEPUTY, "2020-01-17")
    assert said(auditor, **HANDED | {"form": "delegated.revoked"})[0] == 303
    assert "已撤回" in auditor.text("/deputies")
    assert shipped.parts.deputies.of(shipped.actor(AUDITOR), AUDITOR) == ((), ())


def test_an_absence_is_told_and_stands_there(auditor: Visitor):
    assert said(auditor, **AWAY)[0] == 303
    text = auditor.text("/deputies")
    assert "请假已登记" in text
    assert 'value="2020-01-15"' in text


def test_a_last_day_that_cannot_be_moved_so_is_told_at_its_own_line(auditor: Visitor):
    assert said(auditor, **AWAY)[0] == 303
    status, text = said(auditor, **AWAY | {"form": "absent.moved", "until": "2020-01-08"})
    assert status == 422
    line = text.partition('id="until-absent-2020-01-09-"')[2]
    assert 'value="2020-01-08" aria-invalid="true"' in line[:200]
    assert 'href="#until-absent-2020-01-09-"' in text
    new = text.partition('id="new-absent"')[2].partition("</section>")[0]
    assert "2020-01-08" not in new
    assert "aria-invalid" not in new
    assert said(auditor, **AWAY | {"form": "absent.moved", "until": "2020-01-17"})[0] == 303
    assert 'value="2020-01-17"' in auditor.text("/deputies")


@pytest.mark.parametrize("blank", [" ", "\r\n"])
def test_blanks_around_a_person_lead_back_to_their_own_page(auditor: Visitor, blank: str):
    answer = auditor.post("/deputies", shown_at="/deputies", **AWAY | {"person": AUDITOR + blank})
    assert (answer.status_code, answer.location) == (303, "/deputies")


WRONG = [
    ({"deputy": AUDITOR}, "deputy", "不能代理本人"),
    ({"deputy": "nobody"}, "deputy", "nobody"),
    ({"deputy": ""}, "deputy", "必须填写"),
    ({"until": "2020-01-08"}, "until", "止于开始之前"),
    ({"from": "9.1."}, "from", "不是日期"),
    ({"from": ""}, "from", "必须填写"),
    ({"role.office": None}, "roles", "必须填写"),
    ({"unit": "u-hospital-2"}, "roles", "不任"),
]


@pytest.mark.parametrize(("changed", "field", "why"), WRONG)
def test_what_is_wrong_is_said_with_a_link_to_its_field(
    auditor: Visitor, changed: dict[str, str | None], field: str, why: str
):
    fields = {name: one for name, one in (HANDED | changed).items() if one is not None}
    status, text = said(auditor, **fields)
    assert status == 422
    assert why in text.partition(f'<a href="#delegated-{field}">')[2].partition("</a>")[0]
    assert f'id="delegated-{field}"' in text
    assert f'id="flaw-delegated-{field}"' in text


@pytest.mark.parametrize("fields", [{"form": "else"}, {"more": "1"}, {"form": "absent.more"}])
def test_what_is_no_form_of_this_page_is_refused(auditor: Visitor, fields: dict[str, str]):
    assert said(auditor, **AWAY | fields)[0] == 400


def test_nobody_tells_it_of_others_but_who_keeps_people(shipped: Site, auditor: Visitor):
    shipped.password(OFFICE)
    office = Visitor(shipped).sign_in(OFFICE)
    assert said(office, **AWAY)[0] == 403
    assert office.get(f"/deputies?person={AUDITOR}").status_code == 403
    shipped.password(ADMINISTRATOR)
    administrator = Visitor(shipped).sign_in(ADMINISTRATOR)
    assert said(administrator, **AWAY)[0] == 303
    assert 'value="2020-01-15"' in administrator.text(f"/deputies?person={AUDITOR}")


@pytest.mark.parametrize("whose", ["a%20b", "%3Cb%3E", "x" * 65, "a&person=b"])
@pytest.mark.parametrize("kept", ["", ".xlsx"])
def test_who_is_asked_about_is_named_by_an_id(shipped: Site, kept: str, whose: str):
    shipped.password(ADMINISTRATOR)
    administrator = Visitor(shipped).sign_in(ADMINISTRATOR)
    assert administrator.get(f"/deputies{kept}?person={whose}").status_code == 400
