"""Who comes to hold a desk on which work lies already: told by itself, on the day, and once."""

from datetime import date, datetime
from typing import Any

import pytest

from services.notifier.adapters.database import SqlStore
from services.notifier.adapters.database.facts import SqlFacts
from services.notifier.application import urging
from services.notifier.changing import Change
from tests.contract.notifier.test_arrivals import move
from tests.contract.notifier.test_promises import change_posts
from tests.contract.notifier.test_simulating import lines, next_due, played, simulated
from tests.contract.notifier.town import Killed, Town
from tests.unit.notifier.world import BY_ITSELF, POLICY, POSTS, UNITS, at, due

DESK = {"unit": "hospital", "role": "office"}
OLD = {**DESK, "person": "ho", "from": "2019-01-01"}
TAKEN_OVER = [("arrival", "ts", "sent")]


@pytest.fixture
def busy(store: SqlStore) -> Town:
    """A town with a review at the hospital's office since the 8th, due on the 20th."""
    return with_work(Town(store))


@pytest.fixture
def pressed(store: SqlStore) -> Town:
    """Such a town whose review was due on the 10th, of which the office was told."""
    town = with_work(Town(store), day=10)
    for day in (8, 10):
        town.run(at(1, day, 12))
    return town


def with_work(town: Town, policy: Any = BY_ITSELF, day: int = 20) -> Town:
    town.policy = policy
    town.restart()
    town.log.organise()
    town.log.open()
    town.log.change("unit_audit", at(1, 8, 8, 2), ("hospital", "office"), due(1, day))
    town.run(at(1, 8, 8, 3))
    return town


def hand_over_post(town: Town, when: datetime, since: str = "2020-01-09") -> None:
    """Import that the office is another's from the day *since* on."""
    until = date.fromisoformat(since).toordinal() - 1
    ended = {**OLD, "until": date.fromordinal(until).isoformat()}
    change_posts(town, when, ended, {**DESK, "person": "ts", "from": since})


def told_to(town: Town, person: str) -> list[tuple[str, str, str]]:
    return [one for one in town.told() if one[1] == person]


def delegate(town: Town, when: datetime, since: str, until: str, deputy: str = "ts") -> None:
    told = {"deputy": deputy, "person": "ho", "unit": "hospital", "roles": ["office"]}
    told |= {"from": since, "until": until}
    town.log.append("organisation/work", "delegated", when, told)


def away(town: Town, when: datetime, person: str, since: str, until: str) -> None:
    told = {"person": person, "from": since, "until": until}
    town.log.append("organisation/work", "absent", when, told)


def test_who_comes_to_a_desk_by_an_import_is_told_that_work_lies_there(busy: Town) -> None:
    hand_over_post(busy, at(1, 9, 8), since="2020-01-09")
    busy.run(at(1, 9, 8, 1))
    assert told_to(busy, "ts") == TAKEN_OVER
    assert {one.reason for one in busy.notices(recipient="ts")} == {"taken_over"}
    text = busy.workflow.texts()[-1]
    assert "接手的待办" in text
    assert "1月8日 08:02" in text


def test_who_will_have_a_post_is_told_on_the_day_it_begins(busy: Town) -> None:
    hand_over_post(busy, at(1, 8, 9), since="2020-01-10")
    busy.run(at(1, 9, 23, 59))
    assert told_to(busy, "ts") == []
    busy.run(at(1, 10, 0, 1))
    assert told_to(busy, "ts") == TAKEN_OVER


def test_a_deputy_is_told_on_the_day_the_standing_in_begins(busy: Town) -> None:
    delegate(busy, at(1, 8, 9), "2020-01-09", "2020-01-20")
    busy.run(at(1, 8, 23))
    assert told_to(busy, "ts") == []
    busy.run(at(1, 9, 8))
    assert told_to(busy, "ts") == TAKEN_OVER
    assert "代示例ho同志" in busy.workflow.texts()[-1]


def test_who_goes_and_comes_back_is_not_told_again(busy: Town) -> None:
    hand_over_post(busy, at(1, 8, 9), since="2020-01-09")
    busy.run(at(1, 9, 8))
    change_posts(busy, at(1, 9, 9), OLD, dropped=({**DESK, "person": "ts", "from": "2020-01-09"},))
    busy.run(at(1, 9, 9, 1))
    hand_over_post(busy, at(1, 9, 9, 5), since="2020-01-09")
    busy.run(at(1, 9, 9, 30))
    assert told_to(busy, "ho") == [("arrival", "ho", "sent")]
    assert told_to(busy, "ts") == TAKEN_OVER


def test_who_stands_in_and_gets_the_post_is_told_once(busy: Town) -> None:
    delegate(busy, at(1, 8, 9), "2020-01-08", "2020-01-20")
    hand_over_post(busy, at(1, 8, 10), since="2020-01-09")
    for day in (8, 9):
        busy.run(at(1, day, 12), n_passes=40)
    assert [one for one in told_to(busy, "ts") if one[0] == "arrival"] == TAKEN_OVER


def test_who_was_reminded_at_the_same_time_is_told_by_that_alone(busy: Town) -> None:
    hand_over_post(busy, at(1, 8, 9), since="2020-01-08")
    busy.log.urge(at(1, 8, 9, 1))
    busy.run(at(1, 8, 9, 2))
    assert told_to(busy, "ts") == [("urge", "ts", "sent")]


def test_who_did_it_themselves_is_not_told_when_the_desk_becomes_theirs(busy: Town) -> None:
    move(busy, "organ_audit", at(1, 8, 8, 4), ("organ", "office"), actor="ts")
    post = {"unit": "organ", "role": "office", "person": "ts", "from": "2020-01-08"}
    change_posts(busy, at(1, 8, 9), post)
    busy.run(at(1, 8, 9, 1))
    assert told_to(busy, "ts") == []


def test_what_is_late_is_told_by_the_late_start_and_those_above_wait(pressed: Town) -> None:
    hand_over_post(pressed, at(1, 13, 8), since="2020-01-14")
    pressed.run(at(1, 14, 8))
    assert told_to(pressed, "ts") == [("late_start", "ts", "sent")]
    pressed.run(at(1, 14, 12))
    assert told_to(pressed, "hs") == []
    pressed.run(at(1, 15, 12))
    assert told_to(pressed, "hs") == [("committee", "hs", "sent")]


def test_who_joins_others_that_were_told_of_what_is_late_holds_nobody_back(pressed: Town) -> None:
    change_posts(pressed, at(1, 14, 8), {**DESK, "person": "ts", "from": "2020-01-14"})
    pressed.run(at(1, 14, 8, 1))
    assert told_to(pressed, "ts") == TAKEN_OVER
    assert "已经过期" in pressed.workflow.texts()[-1] or "已逾期" in pressed.workflow.texts()[-1]
    pressed.run(at(1, 14, 12))
    assert told_to(pressed, "hs") == [("committee", "hs", "sent")]


def test_where_the_policy_tells_nobody_that_work_came_it_tells_nobody_of_this(
    store: SqlStore,
) -> None:
    town = with_work(Town(store), POLICY)
    hand_over_post(town, at(1, 9, 8))
    town.run(at(1, 9, 8, 1))
    assert told_to(town, "ts") == []


def test_of_a_day_that_is_long_over_by_then_nobody_is_told(busy: Town) -> None:
    busy.log.fact("suspended", at(1, 8, 8, 5))
    hand_over_post(busy, at(1, 8, 9))
    busy.run(at(1, 14, 8))
    assert told_to(busy, "ts") == []


def test_nobody_is_told_twice_over_a_new_start_and_a_log_read_again(busy: Town) -> None:
    hand_over_post(busy, at(1, 8, 9), since="2020-01-09")
    busy.run(at(1, 9, 8))
    busy.engine.release()
    with busy.store.writing(busy.store.claim("reader") or 0) as tx:
        tx.progress.save("http", tx.progress.reading("http"), {0: 1})
    busy.restart()
    busy.run(at(1, 9, 8, 30), n_passes=40)
    assert told_to(busy, "ts") == TAKEN_OVER


def test_what_was_simulated_of_posts_that_begin_is_what_is_sent(busy: Town) -> None:
    hand_over_post(busy, at(1, 8, 9), since="2020-01-13")
    delegate(busy, at(1, 8, 9, 1), "2020-01-10", "2020-01-16", deputy="ws")
    busy.run(at(1, 8, 9, 2))
    foretold = simulated(busy, until=date(2020, 1, 24))
    assert {one.rung for one in foretold if one.recipient and one.recipient.person == "ts"}
    assert lines(foretold) == lines(played(busy, date(2020, 1, 24)))


def test_what_was_simulated_of_an_import_is_what_it_brings(busy: Town) -> None:
    units = [{"id": u, "parent": p, "name": n, "kind": k} for u, (p, k, n) in UNITS.items()]
    posts = [
        {"unit": u, "role": r, "person": p, "since": "2019-01-01", "until": None}
        for u, r, p in POSTS
    ]
    office = next(one for one in posts if one["person"] == "ho")
    office["until"] = "2020-01-12"
    posts.append({**office, "person": "ts", "since": "2020-01-13", "until": None})
    change = Change(organisation={"units": units, "posts": posts})
    foretold = simulated(busy, change, date(2020, 1, 24))
    hand_over_post(busy, at(1, 8, 8, 3), since="2020-01-13")
    busy.run(at(1, 8, 8, 3))
    assert ("arrival", "ts") in {
        (one.rung, one.recipient.person) for one in foretold if one.recipient
    }
    assert lines(foretold) == lines(played(busy, date(2020, 1, 24)))


def test_the_next_look_is_when_a_post_begins(busy: Town) -> None:
    hand_over_post(busy, at(1, 8, 9), since="2020-01-09")
    busy.run(at(1, 8, 23))
    assert next_due(busy, at(1, 8, 23)) == at(1, 9, 0)


@pytest.fixture
def own(store: SqlStore) -> Town:
    """A town with a review on its secretary's own desk since the 8th, and an acting one there."""
    town = Town(store)
    town.policy = BY_ITSELF
    town.restart()
    town.log.organise()
    acting = {"unit": "ward", "role": "acting_secretary", "person": "hd", "from": "2019-01-01"}
    change_posts(town, at(1, 7, 9), acting)
    town.log.open(due_at=due(1, 20))
    town.run(at(1, 8, 8, 3))
    return town


def test_who_has_a_desk_while_another_is_away_is_told_on_the_day_that_begins(own: Town) -> None:
    away(own, at(1, 8, 9), "ws", "2020-01-10", "2020-01-15")
    own.run(at(1, 9, 23, 59))
    assert told_to(own, "hd") == []
    own.run(at(1, 10, 0, 1))
    assert told_to(own, "hd") == [("arrival", "hd", "sent")]


@pytest.mark.parametrize("until", ["2020-01-13", "2020-01-31"])
def test_who_comes_back_is_told_once_of_what_came_meanwhile(store: SqlStore, until: str) -> None:
    town = with_work(Town(store))
    told = {"deputy": "ts", "person": "oo", "unit": "organ", "roles": ["office"]}
    told |= {"from": "2020-01-08", "until": until}
    town.log.append("organisation/work", "delegated", at(1, 8, 9, 2), told)
    away(town, at(1, 8, 9, 3), "oo", "2020-01-08", "2020-01-13")
    town.log.change("organ_audit", at(1, 8, 9, 4), ("organ", "office"), due(1, 31))
    for day in (8, 13):
        town.run(at(1, day, 12))
    assert [told_to(town, one) for one in ("oo", "ts")] == [[], TAKEN_OVER]
    for day in (14, 15):
        town.run(at(1, day, 8), n_passes=40)
    assert told_to(town, "oo") == [("arrival", "oo", "sent")]
    assert told_to(town, "ts") == TAKEN_OVER


def test_who_comes_to_a_post_while_away_is_told_when_they_are_back(busy: Town) -> None:
    away(busy, at(1, 8, 9), "ts", "2020-01-09", "2020-01-14")
    delegate(busy, at(1, 8, 9, 1), "2020-01-08", "2020-02-20", deputy="ws")
    hand_over_post(busy, at(1, 8, 10), since="2020-01-10")
    told = {"deputy": "os", "person": "ts", "unit": "hospital", "roles": ["office"]}
    told |= {"from": "2020-01-09", "until": "2020-01-31"}
    busy.log.append("organisation/work", "delegated", at(1, 8, 10, 1), told)
    for day in (8, 10, 14):
        busy.run(at(1, day, 12))
    assert (told_to(busy, "ts"), told_to(busy, "os")) == ([], [("arrival", "os", "sent")])
    busy.run(at(1, 15, 8))
    assert told_to(busy, "ts") == TAKEN_OVER


def test_what_was_simulated_of_absences_is_what_is_sent(own: Town) -> None:
    away(own, at(1, 8, 9), "ws", "2020-01-10", "2020-01-15")
    own.run(at(1, 8, 9, 2))
    foretold = simulated(own, until=date(2020, 1, 24))
    assert {one.rung for one in foretold if one.recipient and one.recipient.person == "hd"}
    assert lines(foretold) == lines(played(own, date(2020, 1, 24)))


def test_many_cases_are_looked_at_in_parts_and_a_kill_between_them_forgets_nobody(
    busy: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nth in range(4):
        stream = f"00000000-0000-7000-8000-00000000020{nth}"
        busy.log.open(stream, due_at=due(1, 20))
        busy.log.change("unit_audit", at(1, 8, 8, 5), ("hospital", "office"), due(1, 20), stream)
    busy.run(at(1, 8, 8, 6), n_passes=40)
    monkeypatch.setattr(urging, "_PART", 2)
    parts: list[set[str]] = []
    lying_in = SqlFacts.lying_in

    def dies_at_the_second(facts: SqlFacts, *asked: Any) -> Any:
        found = lying_in(facts, *asked)
        parts.append(found[0])
        if len(parts) == 2:
            raise Killed
        return found

    monkeypatch.setattr(SqlFacts, "lying_in", dies_at_the_second)
    hand_over_post(busy, at(1, 9, 8), since="2020-01-09")
    busy.dies(at(1, 9, 8, 1))
    busy.run(at(1, 9, 8, 1), n_passes=40)
    assert [*map(len, parts)] == [2, 2, 2, 2, 1]
    assert told_to(busy, "ts") == 5 * TAKEN_OVER


def test_of_turns_that_are_news_no_more_no_case_is_looked_at(
    busy: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    lying_in = SqlFacts.lying_in

    def noted(facts: SqlFacts, *asked: Any) -> Any:
        looked.append({*asked[0]})
        return lying_in(facts, *asked)

    monkeypatch.setattr(SqlFacts, "lying_in", noted)
    hand_over_post(busy, at(1, 8, 9))
    busy.run(at(1, 14, 8))
    with busy.store.seeing() as tx:
        assert tx.timers.turns(at(1, 14, 8)) == []
    assert looked == [set()]
