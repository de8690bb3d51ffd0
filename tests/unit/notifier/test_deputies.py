"""Whom a rung reaches where somebody stands in, or is away."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.notifier.domain.case import Holder, Stay
from services.notifier.domain.organisation import Absence, Delegation, Organisation, Post
from services.notifier.domain.recipients import climb, readers_of
from services.notifier.domain.sight import Range
from tests.unit.notifier.test_sight import lying
from tests.unit.notifier.world import POLICY, POSTS, organisation, review

DAY = date(2020, 1, 14)
REMINDER, COMMITTEE, OFFICE = 0, 2, 3
AFTER, BEFORE = date(2020, 1, 15), date(2020, 1, 13)


def handed(deputy: str, person: str, unit: str, role: str, **days: date) -> Delegation:
    span = {"since": DAY, "until": DAY} | days
    return Delegation(deputy=deputy, person=person, unit=unit, roles=frozenset({role}), **span)


def away(*people: str) -> list[Absence]:
    return [Absence(person=one, since=DAY, until=DAY) for one in people]


def known(*delegations: Delegation, absent: tuple[str, ...] = ()) -> Organisation:
    posts = [
        Post(person=person, unit=unit, role=role, since=date(2019, 1, 1))
        for unit, role, person in POSTS
    ]
    units = organisation().units.values()
    return Organisation(units, posts, delegations=delegations, absences=away(*absent))


def told(one: Stay, rung: int, there: Organisation) -> tuple[list[str], list[str]]:
    found = climb(POLICY.tracks[0].targets[rung], one, there, DAY)
    passed = [f"{entry.person} {entry.reason}" for entry in found.skipped if entry.person]
    return [to.person for to in found.recipients], passed


OF_WS = ("ws", "ward", "secretary")
AT_ORGAN = {"holder": Holder(unit="organ", role="office"), "state": "cleared"}


def test_a_deputy_is_told_what_the_holder_is() -> None:
    there = known(handed("hd", *OF_WS))
    found = climb(POLICY.tracks[0].targets[REMINDER], review(), there, DAY)
    assert [(one.person, one.unit, one.role) for one in found.recipients] == [
        ("ws", "ward", "secretary"),
        ("hd", "ward", "secretary"),
    ]


def test_who_is_away_is_passed_over_for_the_deputy() -> None:
    there = known(handed("hd", *OF_WS), absent=("ws",))
    assert told(review(), REMINDER, there) == (["hd"], ["ws absent"])


def test_who_is_away_without_a_deputy_is_passed_over_for_those_above() -> None:
    assert told(review(), REMINDER, known(absent=("ws",))) == (["hs"], ["ws absent"])


def test_where_nobody_else_can_be_told_who_is_away_is() -> None:
    everybody = tuple(person for _, _, person in POSTS)
    assert told(review(**AT_ORGAN), OFFICE, known(absent=everybody))[0] == []  # its own holder
    people, passed = told(review(), OFFICE, known(absent=everybody))
    assert (people, "oo absent" in passed) == (["oo"], False)


@pytest.mark.parametrize(
    "span", [{"since": AFTER, "until": AFTER}, {"since": BEFORE, "until": BEFORE}]
)
def test_a_deputy_of_other_days_is_none(span: dict[str, date]) -> None:
    assert told(review(), REMINDER, known(handed("hd", *OF_WS, **span))) == (["ws"], [])


@pytest.mark.parametrize("role", ["office", "member"])
def test_a_deputy_in_another_role_is_none(role: str) -> None:
    assert told(review(), REMINDER, known(handed("hd", "ws", "ward", role))) == (["ws"], [])


def test_a_deputy_whom_the_case_is_about_is_told_nothing_of_it() -> None:
    there = known(handed("ws", "oo", "organ", "office"), absent=("oo",))
    people, passed = told(review(**AT_ORGAN), REMINDER, there)
    assert "ws" not in people
    assert passed[:2] == ["oo absent", "ws person_appraised"]


def test_a_deputy_who_is_away_too_stands_in_for_nobody() -> None:
    there = known(handed("hd", *OF_WS), absent=("ws", "hd"))
    assert told(review(), REMINDER, there)[0] == ["hs"]


def test_a_deputy_sees_what_is_left_to_whom_they_stand_in_for_unless_they_serve_there() -> None:
    there = known(handed("wl", "oo", "organ", "office"), handed("hd", "oo", "organ", "office"))
    assert told(lying(), REMINDER, there) == (["oo", "wl"], ["hd left_to_others"])


def test_a_bulletin_reaches_deputies_of_its_range() -> None:
    to = Range(desks=(("organ", ("office",)),))
    found = readers_of(to, {}, known(handed("hd", "oo", "organ", "office")), DAY)
    assert [one.person for one in found] == ["oo", "hd"]


def test_whoever_is_named_twice_is_told_once() -> None:
    twice = (handed("hd", *OF_WS), handed("hd", *OF_WS, since=BEFORE))
    assert told(review(), REMINDER, known(*twice)) == (["ws", "hd"], [])


def test_of_a_case_of_which_one_above_is_about_the_deputy_they_are_told_nothing() -> None:
    parent = review("hospital", stream="review/0").case
    others: dict[str, Any] = {"stream": "item/1", "person": None, "of": parent.stream}
    child = review("ward", **others, **AT_ORGAN)
    there = known(handed("hs", "oo", "organ", "office"))
    assert told(Stay(case=child.case, desk=child.desk), REMINDER, there)[0] == ["oo", "hs"]
    below = Stay(case=child.case, desk=child.desk, above=(parent,))
    assert told(below, REMINDER, there) == (["oo"], ["hs person_appraised"])


ACTING = Post(person="wa", unit="ward", role="acting_secretary", since=date(2019, 1, 1))


@pytest.mark.parametrize(
    ("role", "others", "theirs"),
    [
        ("acting_secretary", [], True),
        ("office", [], False),
        ("acting_secretary", [replace(ACTING, person="ws", role="secretary")], False),
        ("acting_secretary", [replace(ACTING, role="office")], True),
    ],
)
def test_who_stands_in_for_a_stand_in_has_the_vacant_desk(
    role: str, others: list[Post], theirs: bool
) -> None:
    handed_on = handed("hd", "wa", "ward", role)
    there = Organisation(organisation().units.values(), [ACTING, *others], delegations=[handed_on])
    assert there.has_desk("hd", "ward", "secretary", None, DAY) is theirs
