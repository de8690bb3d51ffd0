"""What people say to a notice: reminders wait for it, those above are told when it is due."""

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from schemas.calendar import local_day
from schemas.instants import instant
from services.notifier.adapters.database import connect
from services.notifier.adapters.database.tables import case_head
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, at, due

BESIDE = f"review/{BRANCH_REVIEW}/notices"
ZONE = ZoneInfo("Asia/Shanghai")
TOLD = {"2020-01-13": "2020-01-14", "2020-01-10": "2020-01-13"}  # by the last day of an answer
NOTICE = "00000000-0000-5000-8000-000000000001"


def answer(town: Town, when: datetime, until: str, fact: str = "acknowledged", **more: Any) -> None:
    """Let the holder answer what they were told at the case's present version."""
    version = town.log.versions[f"review/{BRANCH_REVIEW}"]
    person = more.pop("person", "ws")
    data = {"notice": NOTICE, "version": version, "track": "deadline", "rung": "before"}
    if fact == "snoozed":
        data |= {"working_days": 1, "reason": {"sha256": "ab" * 32, "length": 6}}
    data |= {"until": until} | more
    town.log.append(BESIDE, f"notice_{fact}", when, data, actor=person)


WARD = {"person": "ws", "unit": "ward", "role": "secretary", "from": "2019-01-01"}
OFFICE = {"person": "ho", "unit": "hospital", "role": "office", "from": "2019-01-01"}


def change_posts(town: Town, when: datetime, *posts: Any, dropped: tuple[Any, ...] = ()) -> None:
    """Import an organisation in which no case has moved."""
    data = {"units": [], "people": [], "posts": [*posts]}
    data["dropped"] = {"units": [], "people": [], "posts": [*dropped]}
    town.log.append("organisation/work", "organisation_changed", when, data)


def on_office_desk(town: Town) -> None:
    town.log.change("unit_audit", at(1, 8, 8, 30), ("hospital", "office"), due(1, 14))


def heard(town: Town) -> list[tuple[str, str, str]]:
    """Return what was told to anybody."""
    return [one for one in town.told() if one[1] != "-"]


def unsent(town: Town) -> set[tuple[str, str]]:
    return {(one.rung, one.reason) for one in town.notices() if one.status == "not_sent"}


@pytest.mark.parametrize("fact", ["acknowledged", "snoozed"])
def test_a_reminder_waits_for_the_day_that_was_promised(town: Town, fact: str) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    answer(town, at(1, 8, 9), "2020-01-10", fact)
    town.run(at(1, 10, 18))
    assert town.told() == []
    town.run(at(1, 13, 10))
    assert heard(town) == [("before", "ws", "sent")]


def test_without_an_answer_it_would_have_come_that_day(town: Town) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    town.run(at(1, 10, 18))
    assert town.told() == [("before", "ws", "sent")]


def test_those_above_are_told_when_it_is_due_whatever_was_promised(town: Town) -> None:
    town.run(at(1, 8, 10))
    answer(town, at(1, 8, 11), "2020-01-15")
    for day in (10, 13, 14, 15, 16):
        town.run(at(1, day, 10))
    sent = [one for one in town.told() if one[2] == "sent"]
    assert sent == [
        ("before", "ws", "sent"),
        ("committee", "hs", "sent"),
        ("due_day", "ws", "sent"),
        ("organ_office", "oo", "sent"),
    ]
    assert unsent(town) == set()


def test_of_reminders_that_waited_the_last_is_told_alone(town: Town) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 16)))
    answer(town, at(1, 8, 9), "2020-01-15")  # past the first, before the day it is due
    town.run(at(1, 14, 18))
    assert town.told() == []
    town.run(at(1, 16, 18))
    assert [one for one in town.told() if one[2] == "sent"] == [("due_day", "ws", "sent")]
    assert unsent(town) == {("before", "promised")}


@pytest.mark.parametrize(("fact", "reason"), [("acknowledged", "promised"), ("snoozed", "snoozed")])
@pytest.mark.parametrize("until", ["2020-01-13", "2020-01-10"])
def test_what_an_answer_held_back_is_kept_with_when_it_was_due(
    town: Town, until: str, fact: str, reason: str
) -> None:
    """Whether a later reminder takes its place, or it is said itself when the answer is over."""
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    answer(town, at(1, 8, 9), until, fact)
    for day in (10, 13, 14):
        town.run(at(1, day, 18))
    kept = [
        (one.rung, one.reason, local_day(one.planned_at, ZONE), local_day(one.decided_at, ZONE))
        for one in town.notices()
        if one.status == "not_sent"
    ]
    assert kept == [("before", reason, date(2020, 1, 10), date.fromisoformat(TOLD[until]))]


def test_what_was_no_more_held_back_is_not_kept_as_if_it_were(town: Town) -> None:
    """Of an answer that another took the place of, nothing is said that it kept nobody from."""
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    answer(town, at(1, 8, 9), "2020-01-13")
    answer(town, at(1, 8, 10), "2020-01-09")
    for day in (10, 13, 14):
        town.run(at(1, day, 18))
    assert unsent(town) == set()


def test_a_later_answer_takes_the_place_of_the_one_before(town: Town) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    answer(town, at(1, 8, 9), "2020-01-13")
    answer(town, at(1, 8, 10), "2020-01-09")
    town.run(at(1, 10, 18))
    assert town.told() == [("before", "ws", "sent")]


def test_an_answer_ends_with_the_state_it_was_given_in(town: Town) -> None:
    town.run(at(1, 8, 10))
    answer(town, at(1, 8, 11), "2020-01-20")
    town.log.change("unit_audit", at(1, 8, 12), ("hospital", "office"), due(1, 10))
    town.log.change("drafting", at(1, 8, 13), ("ward", "secretary", "ws"), due(1, 10))
    town.run(at(1, 10, 10))
    assert ("due_day", "ws", "sent") in town.told()


@pytest.mark.parametrize("role", ["secretary", "deputy_secretary"])
def test_an_answer_is_of_who_has_the_desk_and_of_nobody_after_them(town: Town, role: str) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    answer(town, at(1, 8, 9), "2020-01-13")
    desk = {"unit": "ward", "role": role, "person": "wd" if role != "secretary" else "ws"}
    told = {"subject": "wd", "previous": "ws", "holders": [desk | {"due_at": instant(due(1, 14))}]}
    town.log.fact("subject_replaced", at(1, 8, 9, 30), **told)
    town.run(at(1, 10, 18))
    assert [one[2] for one in town.told()] == ([] if role == "secretary" else ["sent"])


@pytest.mark.parametrize("told_before", [True, False])
@pytest.mark.parametrize("restarts", [True, False])
def test_an_answer_that_comes_after_its_desk_went_on_is_not_of_who_has_it_now(
    town: Town, *, told_before: bool, restarts: bool
) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    told_at = town.log.versions[f"review/{BRANCH_REVIEW}"]
    desk = {"unit": "ward", "role": "deputy_secretary", "person": "wd"}
    change_posts(town, at(1, 8, 8, 50), desk | {"from": "2019-01-01"})
    told = {"subject": "wd", "previous": "ws", "holders": [desk | {"due_at": instant(due(1, 14))}]}
    town.log.fact("subject_replaced", at(1, 8, 9), **told)
    # Another deadline leaves the desk with whoever has it: what they were told of before holds.
    for nth in (13, 14):
        town.log.fact("deadline_changed", at(1, 8, 9, nth), due_at=instant(due(1, nth)))
    if restarts:
        town.run(at(1, 8, 9, 20))
        town.engine.release()
        town.restart()
    version, person = (told_at, "ws") if told_before else (told_at + 1, "wd")
    answer(town, at(1, 8, 9, 30), "2020-01-13", version=version, person=person)
    town.run(at(1, 10, 18))
    assert [one[2] for one in town.told()] == (["sent"] if told_before else [])


@pytest.mark.parametrize("day", [13, 14])
def test_who_keeps_the_desk_when_it_is_said_again_whose_it_is_has_answered(
    town: Town, day: int
) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    told_at = town.log.versions[f"review/{BRANCH_REVIEW}"]
    desk = {"unit": "ward", "role": "secretary", "person": "ws", "due_at": instant(due(1, day))}
    town.log.fact("subject_replaced", at(1, 8, 9), subject="wd", previous="ws", holders=[desk])
    answer(town, at(1, 8, 9, 30), "2020-01-13", version=told_at)
    town.run(at(1, 10, 18))
    assert town.told() == []


def test_a_desk_kept_by_a_release_of_before_is_answered_for(town: Town, database_url: str) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    town.run(at(1, 8, 8, 40))
    town.engine.release()
    engine = connect(database_url)
    with engine.begin() as connection:
        (desks,) = connection.execute(select(case_head.c.desks)).scalars()
        kept = json.loads(desks)
        assert [desk.pop("had_since") for desk in kept] == [1]
        connection.execute(update(case_head).values(desks=json.dumps(kept)))
    engine.dispose()
    town.restart()
    answer(town, at(1, 8, 9), "2020-01-13")
    town.run(at(1, 10, 18))
    assert town.told() == []


def test_an_answer_to_what_has_moved_on_meanwhile_says_nothing(town: Town) -> None:
    town.log.change("unit_audit", at(1, 8, 8, 20), ("hospital", "office"), due(1, 14))
    town.log.change("drafting", at(1, 8, 8, 30), ("ward", "secretary", "ws"), due(1, 10))
    answer(town, at(1, 8, 8, 40), "2020-01-20", version=1)
    town.run(at(1, 8, 10))
    assert town.told() == [("before", "ws", "sent")]


def test_what_was_promised_holds_over_a_restart(town: Town) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    answer(town, at(1, 8, 9), "2020-01-10")
    town.run(at(1, 9))
    town.engine.release()
    town.restart()
    town.run(at(1, 10, 18))
    assert town.told() == []
    town.run(at(1, 13, 10))
    assert heard(town) == [("before", "ws", "sent")]


# --- With the post it was given by ---


def gone(town: Town, when: datetime, how: str) -> None:
    """Let the hospital's office end on 9 January, for another to sit there from the next day."""
    new = OFFICE | {"person": "hn", "from": "2020-01-10"}
    if how == "dropped":
        change_posts(town, when, new, dropped=(OFFICE,))
    else:
        change_posts(town, when, OFFICE | {"until": "2020-01-09"}, new)


@pytest.mark.parametrize("how", ["dropped", "ended"])
@pytest.mark.parametrize("heard", ["before", "after", "together"])
def test_an_answer_ends_with_the_post_it_was_given_by(town: Town, how: str, heard: str) -> None:
    on_office_desk(town)
    if heard == "after":
        gone(town, at(1, 8, 8, 50), how)
    answer(town, at(1, 8, 9), "2020-01-13", person="ho")
    if heard == "before":
        town.run(at(1, 8, 10))
    if heard != "after":
        gone(town, at(1, 8, 11), how)
    town.run(at(1, 10, 18))
    assert ("before", "hn", "sent") in town.told()


def test_an_answer_holds_on_while_its_post_does(town: Town) -> None:
    on_office_desk(town)
    answer(town, at(1, 8, 9), "2020-01-13", person="ho")
    change_posts(town, at(1, 8, 11), OFFICE | {"until": "2020-01-13"})
    town.run(at(1, 10, 18))
    assert town.told() == []


def test_of_an_end_that_was_taken_back_nothing_is_left(town: Town) -> None:
    on_office_desk(town)
    answer(town, at(1, 8, 9), "2020-01-13", person="ho")
    gone(town, at(1, 8, 11), "dropped")
    town.run(at(1, 8, 12))
    change_posts(town, at(1, 8, 13), OFFICE)
    town.run(at(1, 10, 18))
    assert town.told() == []


def test_a_desk_of_ones_own_is_answered_for_while_one_belongs_to_its_unit(town: Town) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    answer(town, at(1, 8, 9), "2020-01-13")
    change_posts(town, at(1, 8, 11), WARD | {"until": "2020-01-09"})
    town.run(at(1, 10, 18))
    assert ("before", "hs", "sent") in town.told()


@pytest.mark.parametrize("revoked", [True, False])
def test_a_deputys_answer_ends_with_the_delegation(town: Town, *, revoked: bool) -> None:
    on_office_desk(town)
    handed = {"unit": "hospital", "person": "ho", "deputy": "hx", "roles": ["office"]}
    handed |= {"from": "2020-01-08", "until": "2020-01-20"}
    town.log.append("organisation/work", "delegated", at(1, 8, 8, 40), handed)
    answer(town, at(1, 8, 9), "2020-01-13", person="hx")
    town.run(at(1, 8, 10))
    if revoked:
        taken_back = handed | {"revoked": True}
        town.log.append("organisation/work", "delegated", at(1, 9, 9), taken_back)
    town.run(at(1, 10, 18))
    assert town.told() == ([("before", "ho", "sent")] if revoked else [])


def test_an_answer_that_a_release_of_before_kept_holds_until_its_last_day(
    town: Town, database_url: str
) -> None:
    on_office_desk(town)
    answer(town, at(1, 8, 9), "2020-01-13", person="ho")
    town.run(at(1, 8, 10))
    engine = connect(database_url)
    with engine.begin() as connection:
        kept = json.loads(connection.execute(select(case_head.c.answers)).scalar_one())
        assert (kept[0].pop("person"), kept[0].pop("said")) == ("ho", "2020-01-13")
        connection.execute(update(case_head).values(answers=json.dumps(kept)))
    engine.dispose()
    gone(town, at(1, 8, 11), "ended")
    town.run(at(1, 10, 18))
    assert town.told() == []


@pytest.mark.parametrize("until", ["2020-01-14", "2020-01-20"])
def test_whoever_promised_the_last_day_or_a_later_one_is_reminded_on_the_last_day(
    town: Town, until: str
) -> None:
    on_office_desk(town)
    answer(town, at(1, 8, 9), until, person="ho")
    town.run(at(1, 13, 18))
    assert town.told() == []
    town.run(at(1, 14, 10))
    assert [one for one in town.told() if one[2] == "sent"] == [("due_day", "ho", "sent")]
