"""Ten-line stories of a policy with ladders of their own for some kinds of case and states."""

from typing import Any

import pytest

from schemas.canonical import canonical_bytes, parse_strict
from schemas.instants import instant
from services.notifier.adapters.database import SqlStore
from services.notifier.domain.errors import OutcomeUnknown
from services.notifier.domain.notice import Notice
from services.notifier.simulating import compare
from tests.contract.notifier.laboratory import HAZARD, HEAD, POLICY, SCHEME, VISIT, desk, laboratory
from tests.contract.notifier.test_simulating import again, played, simulated
from tests.contract.notifier.test_truth import hand_over
from tests.contract.notifier.test_watching import Watched, watched  # noqa: F401 -- a fixture
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import at, due

TREE = parse_strict(POLICY)
SAFETY = TREE["tracks"][0]
ABOVE = {"nearest": ["organ_committee"], "of": "case", "roles": ["office"]}
# Of what is still to be registered the office hears on the third working day, and nobody else.
SLOW = [
    {**SAFETY["rungs"][0], "rung": "today", "before": 0},
    {**SAFETY["rungs"][1], "rung": "office", "over": 2, "to": ABOVE},
]
PLACED = canonical_bytes(
    {
        **TREE,
        "arrival": {"when_unknown": "leave", "for": [{"kind": "hazard", "state": "to_put_right"}]},
        "tracks": [
            SAFETY,
            {**SAFETY, "for": [{"kind": "hazard", "state": "drafting"}], "rungs": SLOW},
            {**SAFETY, "for": [{"kind": "visit"}], "rungs": []},
        ],
    }
)
# By mail, and one rung in both ladders: where it is to be registered a mail is sent once more.
MAILED = canonical_bytes(
    {
        **TREE,
        "channels": ["inapp", "email"],
        "tracks": [
            SAFETY,
            {
                **SAFETY,
                "for": [{"kind": "hazard", "state": "drafting"}],
                "rungs": [{**SAFETY["rungs"][0], "when_unknown": "send_again"}],
            },
        ],
    }
)
# Work that comes is told of everywhere; of visits nothing else is.
ARRIVING = canonical_bytes({**parse_strict(PLACED), "arrival": {"when_unknown": "leave"}})
WARD, OFFICE = ("ward", "secretary"), ("hospital", "office")


@pytest.fixture
def town(store: SqlStore) -> Town:
    town = laboratory(store)
    publish(town)
    return town


def publish(town: Town, policy: bytes = PLACED) -> None:
    town.serve(policy)
    town.log.publish("policy", policy, "laboratory", running="move")


def told(town: Town) -> list[tuple[str, str]]:
    return [(rung, person) for rung, person, status in town.told() if status == "sent"]


def days(town: Town, *numbers: int) -> None:
    for day in numbers:
        town.run(at(1, day, 11))


def goes_on(town: Town, state: str, when: Any, day: int, holder: tuple[str, str] = WARD) -> None:
    moved = {"from": "drafting", "to": state, "holders": [desk(*holder, day)]}
    town.log.act(HAZARD, "state_changed", SCHEME, when, **moved)


def lines(notices: list[Notice]) -> set[tuple[object, ...]]:
    return {(one.id, one.planned_at, one.recipient, one.status, one.reason) for one in notices}


def test_each_state_has_a_ladder_of_its_own(town: Town) -> None:
    town.log.open_case(HAZARD, [HEAD], SCHEME, state="drafting")
    days(town, 9, 10, 13, 14, 15)
    assert told(town) == [("office", "oo"), ("today", "ws")]
    goes_on(town, "to_put_right", at(1, 15, 12), 17)
    days(town, 15, 16, 17, 20, 21)
    assert told(town) == [("dean", "hs"), ("office", "oo"), ("soon", "ws"), ("today", "ws")]


def test_where_a_kind_has_no_ladder_nobody_is_told(town: Town) -> None:
    town.log.open_case(VISIT, [HEAD], SCHEME, state="announced")
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    days(town, 9, 14, 20)
    assert {notice.case for notice in town.notices()} == {HAZARD}


def test_who_is_told_nothing_may_still_be_reminded_by_hand(town: Town) -> None:
    town.log.open_case(VISIT, [HEAD], SCHEME, state="announced")
    note = {"kind": "urge", "text": {"sha256": "0" * 64, "length": 1}}
    town.log.append(f"{VISIT}/notices", "note_added", at(1, 9), note, actor="oo")
    days(town, 9)
    assert told(town) == [("urge", "ws")]


def test_a_reminder_by_hand_climbs_the_ladder_of_its_place(town: Town) -> None:
    nobody = desk("ward", "deputy_secretary", 10)
    town.log.open_case(HAZARD, [nobody], SCHEME, state="drafting")
    note = {"kind": "urge", "text": {"sha256": "0" * 64, "length": 1}}
    town.log.append(f"{HAZARD}/notices", "note_added", at(1, 8, 9), note, actor="hs")
    town.run(at(1, 8, 9))
    assert told(town) == [("urge", "oo")]


def test_who_sits_there_as_a_rung_of_its_own_ladder_leaves_is_told(town: Town) -> None:
    town.log.open_case(HAZARD, [desk(*OFFICE, 10)], SCHEME, state="drafting")
    town.run(at(1, 8, 9))
    town.workflow.away = True
    days(town, 10)
    hand_over(town, "ho", "ts")
    town.workflow.away = False
    town.run(at(1, 10, 13))
    assert town.told() == [("today", "ho", "not_sent"), ("today", "ts", "sent")]


def test_what_is_in_doubt_is_sent_again_where_the_ladder_of_its_place_says(store: SqlStore) -> None:
    town = laboratory(store)
    publish(town, MAILED)
    town.log.open_case(HAZARD, [HEAD], SCHEME, state="drafting")
    town.log.open_case(f"{HAZARD[:-1]}2", [HEAD], SCHEME)
    town.mail.failures = [OutcomeUnknown("smtp_connection_lost")] * 2
    days(town, 9)
    mails = {one.state: one.reason for one in town.notices() if one.channel == "email"}
    assert mails == {"drafting": "sent_again", "to_put_right": "outcome_unknown"}


def test_work_that_comes_late_is_told_as_such_where_its_ladder_does_not_tell_it(
    store: SqlStore,
) -> None:
    town = laboratory(store)
    publish(town, ARRIVING)
    town.log.open_case(VISIT, [HEAD], SCHEME, at(1, 13, 8), state="announced")
    town.log.open_case(HAZARD, [HEAD], SCHEME, at(1, 13, 8), state="drafting")
    town.run(at(1, 13, 8))
    sent = {(one.case, one.rung) for one in town.notices() if one.status == "sent"}
    assert sent == {(VISIT, "arrival"), (HAZARD, "late_start")}


def test_work_that_comes_is_told_of_only_where_the_policy_says(town: Town) -> None:
    town.log.open_case(HAZARD, [HEAD], SCHEME, state="drafting")
    town.run(at(1, 8, 9))
    assert told(town) == []
    goes_on(town, "to_put_right", at(1, 8, 9), 17, OFFICE)
    town.run(at(1, 8, 10))
    assert told(town) == [("arrival", "ho")]
    goes_on(town, "drafting", at(1, 8, 10), 17)
    town.run(at(1, 8, 11))
    assert told(town) == [("arrival", "ho")]


def test_a_rung_that_was_told_is_not_told_again_under_a_policy_with_ladders(
    store: SqlStore,
) -> None:
    town = laboratory(store)
    town.log.open_case(HAZARD, [HEAD], SCHEME, state="drafting")
    days(town, 9)
    publish(town)
    days(town, 9, 10, 13, 14, 15)
    assert told(town) == [("office", "oo"), ("soon", "ws")]


def test_what_was_silent_is_told_under_a_policy_that_tells_it(town: Town) -> None:
    town.log.open_case(VISIT, [HEAD], SCHEME, state="announced")
    days(town, 9)
    assert told(town) == []
    town.log.publish("policy", POLICY, "laboratory", when=at(1, 9), running="move")
    days(town, 9, 14)
    assert told(town) == [("dean", "hs"), ("soon", "ws")]


def test_what_is_simulated_is_what_is_told_by_each_ladder(town: Town) -> None:
    town.log.open_case(VISIT, [HEAD], SCHEME, state="announced")
    town.log.open_case(HAZARD, [HEAD], SCHEME, state="drafting")
    town.run(at(1, 8, 9))
    foretold = simulated(town)
    assert lines(foretold) == lines(played(town))
    assert {one.rung for one in foretold} == {"today", "office"}
    found = compare(town.notices(), again(town))
    assert (found.differing, found.n_ledger) == ((), found.n_again)


def test_a_case_that_its_policy_tells_nothing_of_is_no_case_that_is_forgotten(
    watched: Watched,  # noqa: F811
    town: Town,
) -> None:
    town.log.open_case(VISIT, [HEAD], SCHEME, state="announced")
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    seen = watched(at(1, 8, 9))
    assert seen.tracks is not None
    assert (dict(seen.tracks.n), seen.holds) == ({"armed": 1, "no_ladder": 1}, True)


def test_a_deadline_that_moves_is_counted_on_the_ladder_of_its_state(town: Town) -> None:
    town.log.open_case(HAZARD, [HEAD], SCHEME, state="drafting")
    later = [{"due_at": instant(due(1, 14))}]
    town.log.act(HAZARD, "deadline_changed", SCHEME, at(1, 8, 9), dues=later)
    days(town, 10, 14)
    assert told(town) == [("today", "ws")]
