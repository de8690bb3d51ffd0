"""A reader never stops for what it does not follow, and one broken case silences no other."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.canonical import canonical_bytes, parse_strict
from schemas.instants import instant
from services.notifier.adapters.http.shapes import parts
from services.notifier.application import arriving
from services.notifier.application.engine import Engine
from services.notifier.application.ports import Polled
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, CYCLE, HOSPITAL_REVIEW, POLICY, at, due

CASE = f"review/{BRANCH_REVIEW}"
COMMITMENT = {"sha256": "0" * 64, "length": 1}
BROKEN = {"trigger": "submit", "from": "drafting", "to": 7, "effective_at": "0019-12-20"}
REFUSED = {
    "trigger": "示例一",
    "state": "drafting",
    "version": 1,
    "status": 403,
    "blockers": [{"code": "not_yours"}],
}


def spoil(town: Town, data: dict[str, Any] = BROKEN) -> int:
    """Let the branch's case have an event that cannot be read, after one of its neighbour."""
    town.log.open(HOSPITAL_REVIEW, "hospital")
    return town.log.append(CASE, "state_changed", at(1, 8, 8, 30), data)


NOW = f'"{instant(at(1, 8, 8, 30))}"'.encode()


def learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program from now on read what `spoil` put into the log."""
    opened = arriving.open_envelope

    def knows_better(body: bytes) -> Any:
        return opened(body.replace(b'"to":7', b'"to":"drafting"').replace(b'"0019-12-20"', NOW))

    monkeypatch.setattr(arriving, "open_envelope", knows_better)


def told(town: Town) -> list[tuple[str, str, str]]:
    return [one for one in town.told() if one[2] == "sent"]


@pytest.mark.parametrize(
    ("subject", "fact", "data"),
    [
        (f"{CASE}/refusals", "trigger_refused", {**REFUSED, "effective_at": "0019-12-20T10:00"}),
        (f"{CASE}/refusals", "trigger_refused", {**REFUSED, "trigger": "x" * 500_000}),
        (f"{CASE}/refusals", "refusal_invented", {}),
        (f"{CASE}/notices", "notice_recorded", {"rung": None}),
        (f"{CASE}/notices", "notice_invented", {}),
        (f"{CASE}/something", "trigger_refused", {}),
        (f"cycle/{CYCLE}", "cycle_opened", {"year": "2019"}),
        (f"cycle/{CYCLE}", "cycle_closed", {}),
        ("reads/2020", "case_read", {}),
        ("review/none", "state_changed", {}),
        ("", "anything", {}),
    ],
)
def test_what_is_not_followed_is_stepped_over_unread(
    town: Town, subject: str, fact: str, data: dict[str, Any]
) -> None:
    position = town.log.append(subject, fact, at(1, 8, 8, 10), data)
    town.run(at(1, 8, 10))
    assert town.engine.status.feed_position == position
    assert town.engine.status.problems == {}
    assert town.told() == [("before", "ws", "sent")]


def test_a_type_spelled_like_none_of_ours_is_stepped_over_where_nothing_is_followed(
    town: Town,
) -> None:
    town.log.append(f"{CASE}/refusals", "x", at(1, 8, 8, 10), {})
    town.log.bodies[-1] = town.log.bodies[-1].replace(b'"workflow.x.v1"', b'["\\u0000"]')
    town.run(at(1, 8, 10))
    assert town.told() == [("before", "ws", "sent")]


def test_a_case_with_a_broken_event_is_set_aside_and_the_others_go_on(town: Town) -> None:
    logged = []
    town.engine.log = lambda name, **facts: logged.append((name, facts))
    position = spoil(town)
    town.run(at(1, 8, 10))
    assert told(town) == [("before", "hs", "sent")]
    assert town.engine.status.feed_position == position
    assert (town.engine.status.problems, town.engine.status.n_set_aside) == ({}, 1)
    ((_, facts),) = [one for one in logged if one[0] == "stream_set_aside"]
    assert (facts["stream"], facts["position"], facts["version"]) == (CASE, position, 2)
    assert "state_changed" in facts["reason"]


@pytest.mark.parametrize(
    "data",
    [
        {**BROKEN, "to": "unit_audit", "effective_at": instant(at(1, 8)), "due_at": 7},
        {},
        {"x": "\0"},
    ],
)
def test_whatever_is_wrong_with_its_data_the_case_alone_is_set_aside(
    town: Town, data: dict[str, Any]
) -> None:
    spoil(town, data)
    town.run(at(1, 8, 10))
    assert told(town) == [("before", "hs", "sent")]
    assert town.engine.status.n_set_aside == 1


def test_a_case_that_does_not_begin_with_its_opening_is_set_aside(town: Town) -> None:
    town.log.change("unit_audit", at(1, 8, 8), ("hospital", "office"), review=HOSPITAL_REVIEW)
    town.run(at(1, 8, 10))
    assert town.engine.status.n_set_aside == 1
    assert told(town) == [("before", "ws", "sent")]


def test_nothing_more_is_told_of_a_case_that_is_set_aside_whatever_comes_after(town: Town) -> None:
    town.run()
    spoil(town)
    town.log.urge(at(1, 8, 8, 40))
    town.log.change("unit_audit", at(1, 9), ("hospital", "office"), due(1, 14))
    town.log.append(CASE, "invented", at(1, 9, 1), {})
    for day in (8, 10, 14, 16):
        town.run(at(1, day, 10))
    assert {notice.case for notice in town.notices()} == {f"review/{HOSPITAL_REVIEW}"}
    assert town.engine.status.problems == {}


def test_what_was_decided_and_not_sent_yet_is_withheld_with_the_reason(town: Town) -> None:
    town.run()
    town.workflow.away = True
    town.run(at(1, 8, 10), n_passes=3)
    spoil(town)
    town.run(n_passes=3)
    town.workflow.away = False
    town.run()
    reasons = {notice.reason for notice in town.notices(case=CASE)}
    assert reasons == {"stream_set_aside"}


def test_a_new_policy_arms_no_case_that_is_set_aside(town: Town) -> None:
    town.run()
    spoil(town)
    town.run()
    with town.store.writing(1) as tx:
        tx.texts.save_timers_set_by({POLICY.scheme: ("0" * 64, "1" * 64)})
    town.restart()
    town.run(at(1, 8, 10))
    assert told(town) == [("before", "hs", "sent")]


def test_a_policy_published_meanwhile_arms_no_case_that_is_set_aside(town: Town) -> None:
    spoil(town)
    town.run()
    policy = canonical_bytes({**parse_strict(POLICY.canonical), "hour": 8})
    town.serve(policy)
    town.engine.book.own = None
    town.log.publish("policy", policy, when=at(1, 8, 8, 40))
    town.run(at(1, 8, 10))
    assert {notice.case for notice in town.notices()} == {f"review/{HOSPITAL_REVIEW}"}


def test_a_program_that_knows_better_takes_the_case_up_at_its_first_bad_version(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.run()
    spoil(town)
    town.log.change("unit_audit", at(1, 8, 8, 40), ("hospital", "office"), due(1, 14))
    town.run(at(1, 8, 8, 50))
    learn(monkeypatch)
    town.restart()
    town.run(at(1, 10, 10))
    assert town.engine.status.n_set_aside == 0
    assert ("before", "ho", "sent") in told(town)


def test_a_case_taken_up_stops_again_at_what_only_a_still_newer_program_knows(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(town)
    position = town.log.append(CASE, "invented", at(1, 9, 1), {})
    town.run(at(1, 8, 8, 50))
    learn(monkeypatch)
    town.restart()
    town.run(at(1, 8, 10))
    assert told(town) == [("before", "hs", "sent")]
    with town.store.seeing() as tx:
        assert [one.position for one in tx.progress.set_aside()] == [position]


def test_a_program_that_knows_no_better_leaves_the_case_aside_and_starts(town: Town) -> None:
    position = spoil(town)
    town.log.append(CASE, "invented", at(1, 9, 1), {})
    town.run(at(1, 8, 8, 50))
    town.restart()
    town.run(at(1, 8, 10))
    assert (town.engine.status.problems, town.engine.status.n_set_aside) == ({}, 1)
    with town.store.seeing() as tx:
        assert [one.position for one in tx.progress.set_aside()] == [position]


def test_a_broken_event_that_comes_again_changes_nothing(town: Town) -> None:
    spoil(town)
    town.run(at(1, 8, 8, 50))
    with town.store.seeing() as tx:
        before = tx.progress.set_aside()
    town.engine = another_reading(town)
    town.run()
    with town.store.seeing() as tx:
        assert tx.progress.set_aside() == before


def another_reading(town: Town, epoch: int = 1) -> Engine:
    """Return an engine that reads the log from its beginning, as after a change of feeds."""
    engine = town.another_engine()
    with town.store.writing(epoch) as tx:
        tx.progress.save("http", replace(tx.progress.reading("http"), position=0), {0: 1})
    return engine


def test_a_broken_event_of_the_organisation_stops_the_reading_and_says_where(town: Town) -> None:
    position = town.log.append("organisation/work", "organisation_changed", at(1, 8, 8), {})
    town.run(at(1, 8, 10), n_passes=3)
    assert town.notices() == []
    assert f"position {position}" in town.engine.status.problems["events"]


def test_what_stops_the_reading_is_told_until_it_has_been_passed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = town.log.append("organisation/work", "organisation_changed", at(1, 8, 8), {})
    town.run(n_passes=3)
    told = dict(town.engine.status.problems)
    behind = replace(town.log.delivery(town.log.open(HOSPITAL_REVIEW, "hospital")), partition=1)
    with monkeypatch.context() as patch:
        patch.setattr(town.feed, "poll", lambda _: Polled(deliveries=(behind,), head=None))
        town.run(n_passes=1)
    assert town.engine.status.problems == told
    passable = town.log.append("reads/2020", "case_read", at(1, 8, 8), {})
    town.log.bodies[position - 1] = town.log.bodies[passable - 1]
    town.run()
    assert town.engine.status.problems == {}


def test_attributes_of_newer_writers_stop_nothing(town: Town) -> None:
    town.log.bodies = [
        body.replace(b'"client":', b'"casekind":"review","client":') for body in town.log.bodies
    ]
    town.run(at(1, 8, 10))
    assert told(town) == [("before", "ws", "sent")]
    assert town.engine.status.n_set_aside == 0


@pytest.mark.parametrize("subject", [CASE, "organisation/work", f"{CASE}/notices"])
def test_a_type_of_a_followed_stream_that_is_not_known_stops_the_reading(
    town: Town, subject: str
) -> None:
    known = {"organisation/work": "organisation_changed", CASE: "state_changed"}
    fact = known.get(subject, "note_added")
    position = town.log.append(subject, fact, at(1, 8, 8), {}, type=f"workflow.{fact}.v9")
    town.run(at(1, 8, 10), n_passes=3)
    assert town.notices() == []
    assert f"position {position}" in town.engine.status.problems["events"]


def test_a_reminder_by_hand_that_cannot_be_read_leaves_its_case_alone(town: Town) -> None:
    town.log.append(f"{CASE}/notices", "note_added", at(1, 8, 8, 10), {"kind": "shout"})
    town.log.urge(at(1, 8, 8, 20))
    town.run(at(1, 8, 8, 30))
    assert told(town) == [("urge", "ws", "sent")]
    assert town.engine.status.n_set_aside == 0


def test_a_reminder_by_hand_that_waited_and_cannot_be_read_any_more_waits_no_longer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = town.log.urge(at(1, 8, 8, 10), review=HOSPITAL_REVIEW)
    town.run(at(1, 8, 8, 20))
    assert town.engine.status.n_parked == 1  # its case has not begun
    body = town.log.bodies[position - 1]
    broken = body.replace(b'"kind":"urge"', b'"kind":"shout"')
    opened = arriving.open_envelope
    monkeypatch.setattr(
        arriving, "open_envelope", lambda one: opened(broken if one == body else one)
    )
    town.log.urge(at(1, 8, 8, 30))
    town.run(at(1, 8, 8, 40))
    assert town.engine.status.n_parked == 0
    assert told(town) == [("urge", "ws", "sent")]


def test_an_event_whose_forerunner_was_passed_unseen_is_told_until_the_log_is_read_again(
    town: Town,
) -> None:
    position = town.log.change("unit_audit", at(1, 8, 8, 30), ("hospital", "office"), due(1, 14))
    town.log.change("drafting", at(1, 8, 9), ("ward", "secretary", "ws"), due(1, 10))
    right, of_another = town.log.bodies[position - 1], town.log.bodies[0]
    town.log.bodies[position - 1] = of_another  # under a position that is not its own
    for _ in range(2):
        town.run(at(1, 8, 10))
        assert parts(town.engine.status, datetime.now(UTC))["cases"]["status"] == "degraded"
        town.restart()
    town.log.bodies[position - 1] = right
    town.engine = another_reading(town, epoch=2)
    town.run()
    assert parts(town.engine.status, datetime.now(UTC))["cases"]["status"] == "ok"
    assert told(town) == [("before", "ws", "sent")]


AWAY = {"person": "ws", "from": "2020-01-08", "until": "2020-01-09"}
HANDED_ON = {**AWAY, "deputy": "hd", "unit": "ward", "roles": ["secretary"]}


def organised(town: Town, *facts: tuple[str, dict[str, Any]]) -> None:
    for fact, data in facts:
        town.log.append("organisation/work", fact, at(1, 8, 8, 20), data)
        town.run(at(1, 8, 8, 30))  # each in a batch of its own


def test_while_the_holder_is_away_the_deputy_is_told_in_words_that_name_both(town: Town) -> None:
    organised(town, ("absent", AWAY), ("delegated", HANDED_ON))
    town.run(at(1, 8, 10))
    assert told(town) == [("before", "hd", "sent")]
    (text,) = town.workflow.texts()
    assert "示例hd同志" in text
    assert "由您（内科支部书记，代示例ws同志）办理" in text
    passed = {(one.person, one.reason) for sent in town.notices() for one in sent.skipped}
    assert passed == {("ws", "absent")}
    town.run(at(1, 10, 10))  # back, and the deputy is none any more
    assert ("due_day", "ws", "sent") in told(town)
    assert ("due_day", "hd", "sent") not in told(town)


def test_what_was_taken_back_is_told_to_nobody_in_anybodys_place(town: Town) -> None:
    organised(town, ("absent", AWAY), ("delegated", HANDED_ON))
    back = {"revoked": True}
    organised(town, ("absent", AWAY | back), ("delegated", HANDED_ON | back))
    position = town.log.organise()
    town.run(at(1, 8, 10))
    assert told(town) == [("before", "ws", "sent")]
    assert (town.engine.status.feed_position, town.engine.status.problems) == (position, {})
