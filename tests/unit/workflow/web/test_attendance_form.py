"""Whatever is sent as the form of attendance is answered with what is wrong with it."""

from functools import partial

import pytest

from schemas.complaints import Fault
from services.workflow.adapters.web.attendance import field_of
from services.workflow.adapters.web.gathering import refused
from services.workflow.application.firing.commands import Answer
from services.workflow.application.firing.port import Wanted
from services.workflow.domain.refusals import Blocker
from tests.end_to_end.pages.site import Site, china
from tests.texts import publish_shipped
from tests.unit.workflow.web.test_refused_at_meetings import one
from tests.unit.workflow.web.visitor import Visitor

LIAISON, UNIT = "p-0001", "u-work-committee"


class Shipped(Site):
    """A site whose round is under the scheme that is shipped now."""

    publish = staticmethod(publish_shipped)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Shipped(tmp_path_factory.mktemp("shipped"), china("01-08", "08:30"))
    site.password(LIAISON)
    return site


@pytest.mark.parametrize("row", ["9" * 5000, "9" * 30, "\u0663", "", "x"])
def test_a_row_that_is_none_is_refused(shipped: Site, row: str):
    wanted = Wanted(cycle=shipped.cycle, whole=True)
    cases = shipped.parts.database.store.standing([wanted]).heads[shipped.cycle].cases.values()
    meeting = next(one for one in cases if one.kind == "meeting" and one.unit == UNIT)
    path = f"/cases/{meeting.id}/roster"
    sent = {"trigger": "register", "way": "in", f"row.{row}": "1"}
    answer = Visitor(shipped).sign_in(LIAISON).post(path, path, **sent)
    assert 400 <= answer.status_code < 500


def test_what_is_wrong_with_attendance_is_said_with_its_field():
    moves = "data.presence.attendance.moves"
    answer = Answer(
        outcome="not_fulfilled",
        faults=(Fault(field=f"{moves}[0].why", code="not_a_choice"),),
        blockers=(
            Blocker(code="moved_too_early", field=f"{moves}[2].at", params={"date": "2020-01-08"}),
            Blocker(code="wrong_state", field=""),
        ),
    )
    at = partial(field_of, form={})
    assert [one.field for one in refused(answer, at)] == ["why", "at", ""]


FILE = "党委委员,张三\n党委委员,p-0061"


def test_who_is_listed_without_the_post_of_their_capacity_is_marked_before_and_after(shipped: Site):
    case = f"/cases/{one(shipped, 'meeting', UNIT).id}"
    host = Visitor(shipped).sign_in(LIAISON)
    sent = {"trigger": "list_attendants", "rosters.attendance.file": FILE, "back": "gathering"}
    path, page = f"{case}/transitions", f"{case}/gathering"
    shown = host.post(path, page, look="1", **sent)
    assert "第1、2行，共2人" in shown.get_data(as_text=True)
    assert host.post(path, page, **sent).status_code == 303
    assert host.text(f"{case}/roster").count("没有这一职务") == 2
