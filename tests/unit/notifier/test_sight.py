"""Whom a rung passes over because the scheme leaves the case to others."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.notifier.domain.case import Holder, Stay, stays
from services.notifier.domain.organisation import Post
from services.notifier.domain.recipients import climb
from services.notifier.domain.sight import Sights, read_sights
from tests.unit.notifier.world import POLICY, at, organisation, review

DAY = date(2020, 1, 14)
REMINDER, COMMITTEE = 0, 2
ABOVE = [{"party": "visitor", "roles": ["office", "secretary"]}]
BELOW = [{"party": "visited", "roles": ["secretary"]}]
BOARD = [{"party": "of.visitor", "roles": ["deputy_secretary"]}]
SCHEME = {
    "cases": {
        "call": {
            "many_for": "unit",
            "seen_by": ABOVE,
            "states": [{"name": "planned"}, {"name": "told", "seen_by": BELOW + ABOVE}],
        },
        "proposal": {"many_for": "call", "seen_by": BOARD, "states": [{"name": "planned"}]},
        "folder": {"each": "unit", "states": [{"name": "planned"}]},
    },
}
PARTIES = {"visitor": ("organ",), "visited": ("hospital",)}


def lying(kind: str = "call", *, readers: Sights | None = None, **others: Any) -> Stay:
    """Return a case about the hospital, on the desk of the organ committee's office."""
    office = Holder(unit="organ", role="office")
    given = {"person": None, "state": "planned", "parties": PARTIES, "holder": office, **others}
    case = review("hospital", stream=f"{kind}/1", tier="", **given).case
    above = replace(case, stream="call/0")
    told = readers or read_sights(SCHEME)
    (stay,) = stays(case, {}, told.readers(case, {"call/0": above}))
    return stay


def told(stay: Stay, rung: int, *more: tuple[str, str, str]) -> tuple[list[str], list[str]]:
    posts = [Post(person=p, unit=u, role=r, since=date(2019, 1, 1)) for u, r, p in more]
    known = organisation(more=tuple(posts))
    found = climb(POLICY.tracks[0].targets[rung], stay, known, DAY)
    passed = [f"{one.person} {one.reason}" for one in found.skipped]
    return [one.person for one in found.recipients], passed


def test_who_serves_in_the_unit_is_passed_over_at_another_desk_of_theirs():
    both = ("organ", "office", "hs")
    assert told(lying(), REMINDER, both) == (["oo"], ["hs left_to_others"])
    assert told(lying("folder"), REMINDER, both) == (["hs", "oo"], [])


def test_an_escalation_climbs_past_them_and_past_whom_it_is_not_left_to():
    people, passed = told(lying(), COMMITTEE, ("organ", "secretary", "hd"))
    assert (people, passed) == (["os"], ["hd left_to_others"])
    held = lying(holder=Holder(unit="organ", role="secretary"))
    assert "od left_to_others" in told(held, COMMITTEE)[1]  # a role that sees nothing of it


def test_once_the_unit_is_told_its_people_are_reminded_whatever_else_they_hold():
    fed_back = lying(state="told", holder=Holder(unit="hospital", role="secretary"))
    assert told(fed_back, REMINDER, ("organ", "office", "hs")) == (["hs"], [])


def test_what_is_left_to_a_body_of_the_case_above_reaches_that_body():
    child = lying("proposal", of="call/0", holder=Holder(unit="hospital", role="office"))
    people, _ = told(child, COMMITTEE, ("hospital", "secretary", "od"))
    assert people == ["od"]


@pytest.mark.parametrize("desk", ["organ", "hospital"])
def test_of_a_case_kept_by_a_release_of_before_whoever_has_the_desk_is_told(desk: str):
    kept = lying(parties=None, holder=Holder(unit=desk, role="office"))
    assert told(kept, REMINDER)[0] == [{"organ": "oo", "hospital": "ho"}[desk]]


def test_who_stands_in_is_told_in_a_vacancy_and_not_beside_whom_they_stand_in_for():
    acting = Post(person="oa", unit="organ", role="acting_secretary", since=date(2019, 1, 1))
    for vacant in (True, False):
        known = organisation(without=("os",) if vacant else (), more=(acting,))
        assert known.serves("oa", "organ", ["secretary"], at(1, 14).date()) is vacant


def test_whom_a_scheme_means_by_name_is_told_while_it_lies_with_them_and_by_no_rung_above():
    by_name = [{"party": "submitter"}]  # a party of people: no unit of the case is called so
    kinds = {"call": {**SCHEME["cases"]["call"], "seen_by": by_name, "states": []}}
    readers = read_sights({"cases": kinds, "parties": {"people": {"submitter": {"subject": True}}}})
    theirs = lying(readers=readers, holder=Holder(unit="organ", role="office", person="oo"))
    assert told(theirs, REMINDER) == (["oo"], [])
    assert told(theirs, COMMITTEE) == (
        [],
        ["os left_to_others", "None vacant", "od left_to_others", "oo holder"],
    )
    passed_on = lying(readers=readers, holder=Holder(unit="organ", role="secretary", person="os"))
    assert "oo left_to_others" in told(passed_on, COMMITTEE)[1]
