"""Whom a rung reaches: the table of docs/reference/policy-file.md, row by row, and every climb."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from schemas.limits import SKIPPED
from services.notifier.domain.case import Holder, Stay
from services.notifier.domain.organisation import Post
from services.notifier.domain.recipients import climb
from tests.unit.notifier.world import POLICY, organisation, review

DAY = date(2020, 1, 14)
TRACK = POLICY.tracks[0]
REMINDER, COMMITTEE, OFFICE = 0, 2, 3


def reached(one: Stay, rung: int, **others: Any) -> tuple[list[str], list[tuple[str, ...]]]:
    found = climb(TRACK.targets[rung], one, organisation(**others), DAY)
    skipped = [
        (entry.unit, entry.role, entry.person or "-", entry.reason) for entry in found.skipped
    ]
    return [recipient.person for recipient in found.recipients], skipped


def desk(unit: str, role: str, **others: Any) -> dict[str, Any]:
    return {"holder": Holder(unit=unit, role=role), **others}


@pytest.mark.parametrize(
    ("one", "reminder", "committee", "office"),
    [
        (review("ward"), "ws", "hs", "oo"),
        (review("ward", **desk("hospital", "office", state="unit_audit")), "ho", "hs", "oo"),
        (review("outpost"), "ts", "os", "oo"),
        (review("outpost", **desk("organ", "office", state="organ_audit")), "oo", "os", None),
        (review("hospital"), "hs", "hd", "oo"),
        (review("hospital", **desk("hospital", "deputy_secretary")), "hd", "oo", "oo"),
        (review("hospital", **desk("organ", "office", state="cleared")), "oo", "os", None),
        (review("organ"), "os", "od", "oo"),
        (review("organ", **desk("work", "liaison", state="organ_audit")), "wl", "oo", "oo"),
    ],
    ids=[
        "C drafting",
        "C unit audit",
        "B branch drafting",
        "B branch organ audit",
        "B committee drafting",
        "B committee unit audit: climbs to the organ committee's office",
        "B committee cleared",
        "A drafting",
        "A organ audit: the work committee has nobody here",
    ],
)
def test_each_tier_and_desk_has_its_ladder(
    one: Stay, reminder: str, committee: str, office: str | None
) -> None:
    assert reached(one, REMINDER)[0] == [reminder]
    assert reached(one, COMMITTEE)[0] == [committee]
    assert reached(one, OFFICE)[0] == ([office] if office else [])


def test_the_person_appraised_is_passed_over_and_it_is_said() -> None:
    one = review("hospital", **desk("hospital", "deputy_secretary", state="unit_audit"))
    assert reached(one, COMMITTEE) == (
        ["oo"],
        [
            ("hospital", "secretary", "hs", "person_appraised"),
            ("hospital", "acting_secretary", "-", "vacant"),
            ("hospital", "deputy_secretary", "hd", "holder"),
        ],
    )


def test_a_vacant_secretary_is_passed_over_for_the_deputy() -> None:
    people, skipped = reached(review("ward"), COMMITTEE, without=("hs",))
    assert people == ["hd"]
    assert ("hospital", "secretary", "-", "vacant") in skipped


def test_an_acting_secretary_is_told_before_the_deputy() -> None:
    acting = Post(person="ha", unit="hospital", role="acting_secretary", since=date(2020, 1, 1))
    assert reached(review("ward"), COMMITTEE, without=("hs",), more=(acting,))[0] == ["ha"]


def test_a_reminder_to_a_vacant_desk_climbs() -> None:
    one = review("ward", **desk("hospital", "office", state="unit_audit"))
    people, skipped = reached(one, REMINDER, without=("ho",))
    assert people == ["hs"]
    assert skipped == [("hospital", "office", "-", "vacant")]


def test_a_holder_who_has_left_is_replaced_by_the_acting_secretary() -> None:
    acting = Post(person="wa", unit="ward", role="acting_secretary", since=date(2020, 1, 1))
    people, skipped = reached(review("ward"), REMINDER, without=("ws",), more=(acting,))
    assert people == ["wa"]
    assert skipped == [("ward", "secretary", "ws", "post_ended")]


def test_posts_are_judged_by_the_day_of_the_rung() -> None:
    gone = Post(
        person="hx",
        unit="hospital",
        role="secretary",
        since=date(2019, 1, 1),
        until=date(2020, 1, 13),
    )
    assert reached(review("ward"), COMMITTEE, without=("hs",), more=(gone,))[0] == ["hd"]


def test_everybody_on_a_desk_is_told() -> None:
    second = Post(person="oo2", unit="organ", role="office", since=date(2019, 6, 1))
    assert reached(review("ward"), OFFICE, more=(second,))[0] == ["oo", "oo2"]


def test_a_desk_reached_twice_on_the_way_up_is_passed_over_once() -> None:
    one = review("outpost", **desk("organ", "office", state="organ_audit"))
    _, skipped = reached(one, REMINDER, without=("oo", "os", "od"))
    assert len(skipped) == len(set(skipped))


def test_without_an_organ_committee_in_the_path_it_says_so() -> None:
    lone = review("ward", path=("work", "hospital", "ward"))
    people, skipped = reached(lone, OFFICE)
    assert people == []
    assert skipped == [("work", "office", "-", "no_such_body")]


def test_no_more_is_said_to_be_passed_over_than_an_event_takes() -> None:
    since = date(2019, 6, 1)
    office = [Post(person=f"o{n}", unit="organ", role="office", since=since) for n in range(150)]
    held = review("outpost", **desk("organ", "office", state="organ_audit"))
    people, skipped = reached(held, OFFICE, more=tuple(office))
    assert (people, len(skipped)) == ([], SKIPPED)


def part_of(whole: Stay, unit: str, holder: Holder) -> Stay:
    """Return an item, which is about nobody, of the case that *whole* is about."""
    item = review(unit, stream="item/1", of=whole.case.stream, person=None, holder=holder)
    return replace(item, above=(whole.case,))


def test_who_a_case_is_about_is_not_told_as_superior_of_a_part_of_it() -> None:
    part = part_of(review("hospital"), "ward", Holder(unit="ward", role="secretary", person="ws"))
    people, skipped = reached(part, COMMITTEE)
    assert people == ["hd"]
    assert ("hospital", "secretary", "hs", "person_appraised") in skipped


def test_a_desk_is_reminded_of_a_part_of_what_its_holder_is_appraised_for() -> None:
    part = part_of(review("hospital"), "hospital", Holder(unit="hospital", role="secretary"))
    assert reached(part, REMINDER)[0] == ["hs"]
