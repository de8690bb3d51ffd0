"""Before paper is handed out its page says where no two people could count it."""

from pathlib import Path

import pytest

from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.end_to_end.pages.site import Shipped, china
from tests.unit.workflow.web.test_refused_at_meetings import one
from tests.unit.workflow.web.visitor import Visitor

SAID = "现在能计数的只有"
ALONE, UNIT = "p-0082", "u-maternity"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    folder: Path = tmp_path_factory.mktemp("counters")
    made = Shipped(folder, china("01-08", "08:30"))
    made.password(ALONE)
    return made


def polls(site: Shipped, person: str, unit: str) -> str:
    meeting = one(site, "meeting", unit)
    return Visitor(site).sign_in(person).text(f"/cases/{meeting.id}/polls")


def test_it_is_said_who_could_count_and_where_they_are_one_pair_of_eyes_what_to_arrange(
    site: Shipped,
):
    other = "p-0076"
    names = site.parts.directory.names([ALONE, other])
    text = polls(site, ALONE, UNIT)
    assert f"能计数的有：{names[ALONE]}、{names[other]}。" in text
    assert SAID not in text
    day = site.parts.now().date()
    span = {"person": ALONE, "since": day, "until": day}
    handed = Delegation(deputy=other, unit=UNIT, roles=frozenset({"office"}), **span)
    site.parts.deputies.record(None, Wish(entry=handed))
    text = polls(site, ALONE, UNIT)
    assert f"{SAID}{names[ALONE]}、{names[other]}。" in text
    assert "先请管理职务的人再安排一人担任同一职务" in text
