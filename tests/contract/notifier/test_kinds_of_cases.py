"""A case of whatever kind is timed, on as many desks as it lies, in its own scheme's words."""

import pytest

from schemas.facts import EVENTS
from schemas.instants import instant
from services.notifier.adapters.database import SqlStore
from services.notifier.application.questions import Questions
from tests.contract.notifier.laboratory import (
    HAZARD,
    HEAD,
    PUBLISHED,
    SCHEME,
    SECRET,
    VISIT,
    desk,
    laboratory,
)
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import CYCLE, at
from tests.unit.schemas.facts import DATA

LINE = desk("hospital", "office", 10, desk="line")
VISITOR = {"visitor": "hospital"}
MOVED = {
    "units": [],
    "people": [],
    "posts": [{"person": "ho", "unit": "ward", "role": "secretary", "from": "2019-01-01"}],
    "dropped": {"units": [], "people": [], "posts": []},
}
SAFETY = desk("outpost", "secretary", 14, desk="safety")


@pytest.fixture
def town(store: SqlStore) -> Town:
    return laboratory(store)


def told(town: Town) -> list[tuple[str, str]]:
    return [(rung, person) for rung, person, status in town.told() if status == "sent"]


def test_a_kind_that_no_code_knows_is_reminded_of_and_escalated(town: Town) -> None:
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    for day in (9, 14):
        town.run(at(1, day, 11))
    assert told(town) == [("dean", "hs"), ("soon", "ws")]


def test_a_round_that_is_closed_keeps_nothing_back_of_what_its_open_cases_are_told(
    town: Town,
) -> None:
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    town.run(at(1, 9, 11))
    assert told(town) == [("soon", "ws")]
    closed = DATA["cycle_closed"] | {"cycle": CYCLE}
    version = EVENTS.latest("cycle_closed")
    position = town.log.append(f"cycle/{CYCLE}", "cycle_closed", at(1, 10, 9), closed, type=version)
    town.run(at(1, 14, 11))
    assert told(town) == [("dean", "hs"), ("soon", "ws")]
    assert town.engine.status.feed_position == position
    assert town.engine.status.problems == {}


def test_its_words_are_those_of_its_own_scheme(town: Town) -> None:
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    town.run(at(1, 9, 11))
    (text,) = town.workflow.texts()
    assert "内科支部的隐患（2020-H-0001/01）正在“待整改”阶段" in text
    assert "请您：提交整改情况。" in text


def test_the_report_names_its_stream_and_the_ledger_too(town: Town) -> None:
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    town.run(at(1, 9, 11))
    (reported,) = town.workflow.recorded.values()
    assert (reported["subject"], reported["version"]) == (HAZARD, 1)
    assert {notice.case for notice in town.notices()} == {HAZARD}


def test_each_desk_has_its_own_deadline_and_notices(town: Town) -> None:
    town.log.open_case(HAZARD, [LINE, SAFETY], SCHEME)
    town.run(at(1, 9, 11))
    assert told(town) == [("soon", "ho")]
    town.run(at(1, 13, 11))
    assert told(town) == [("soon", "ho"), ("soon", "ts")]
    assert {notice.desk for notice in town.notices()} == {"line", "safety"}


def test_a_desk_that_has_signed_is_told_no_more_and_the_other_goes_on(town: Town) -> None:
    town.log.open_case(HAZARD, [LINE, SAFETY], SCHEME)
    town.run(at(1, 8, 9))
    signature = {"desk": "line", "unit": "hospital", "role": "office", "person": "ho"}
    signed = {"state": "to_put_right", "signature": signature, "holders": [SAFETY]}
    town.log.act(HAZARD, "desk_signed", SCHEME, at(1, 8, 10), **signed)
    town.run(at(1, 13, 11))
    assert told(town) == [("soon", "ts")]


def test_anothers_signature_keeps_nothing_back_that_is_under_way(town: Town) -> None:
    town.log.open_case(HAZARD, [LINE, SAFETY], SCHEME)
    town.run()
    town.workflow.away = True
    town.run(at(1, 13, 11), n_passes=3)  # decided, and not handed over
    signature = {"desk": "line", "unit": "hospital", "role": "office", "person": "ho"}
    signed = {"state": "to_put_right", "signature": signature, "holders": [SAFETY]}
    town.log.act(HAZARD, "desk_signed", SCHEME, at(1, 13, 11), **signed)
    town.run(n_passes=3)
    town.workflow.away = False
    town.run()
    assert ("soon", "ts") in told(town)
    assert ("soon", "ho") not in told(town)


def test_a_reminder_by_hand_goes_to_every_desk(town: Town) -> None:
    town.log.open_case(HAZARD, [LINE, SAFETY], SCHEME)
    data = {"kind": "urge", "text": {"sha256": "0" * 64, "length": 1}, "holders": []}
    town.log.append(f"{HAZARD}/notices", "note_added", at(1, 8, 9), data, type=V2, actor="oo")
    town.run(at(1, 8, 9))
    assert told(town) == [("urge", "ho"), ("urge", "ts")]


V2 = "workflow.note_added.v2"
WAITS = {
    "waits_for": {"link": "visit", "mark": "announced"},
    "sources": [{"link": "visit", "stream": VISIT, "version": 1}],
}


def test_who_has_the_case_that_is_waited_for_is_reminded(town: Town) -> None:
    town.log.open_case(VISIT, [{"unit": "organ", "role": "office"}], SCHEME, state="announced")
    town.log.open_case(HAZARD, [{**HEAD, **WAITS}], SCHEME)
    town.run(at(1, 9, 11))
    assert told(town) == [("soon", "oo")]
    (text,) = town.workflow.texts()
    assert "本件要等" in text


def test_of_several_desks_that_are_waited_for_the_one_due_first_is_reminded(town: Town) -> None:
    town.log.open_case(VISIT, [SAFETY, LINE], SCHEME, state="announced")
    town.log.open_case(HAZARD, [{**HEAD, **WAITS}], SCHEME)
    town.run(at(1, 9, 11))
    assert {one.recipient.person for one in town.notices(case=HAZARD) if one.recipient} == {"ho"}


def test_while_nobody_has_what_is_waited_for_the_waiting_desk_is_reminded(town: Town) -> None:
    nowhere = {**WAITS, "sources": [{"link": "visit", "version": 0}]}
    town.log.open_case(HAZARD, [{**HEAD, **nowhere}], SCHEME)
    town.run(at(1, 9, 11))
    assert told(town) == [("soon", "ws")]


def test_a_day_that_becomes_known_moves_the_deadline_of_its_desk_alone(town: Town) -> None:
    town.log.open_case(HAZARD, [LINE, SAFETY], SCHEME)
    town.run()
    later = [{"desk": "line", "due_at": desk("x", "x", 20)["due_at"]}]
    town.log.act(HAZARD, "deadline_changed", SCHEME, at(1, 8, 10), dues=later)
    town.run(at(1, 13, 11))
    assert told(town) == [("soon", "ts")]


def test_a_case_about_nobody_that_moves_to_its_end_is_told_of_no_more(town: Town) -> None:
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    moved = {"from": "to_put_right", "to": "put_right", "final": "completed", "holders": []}
    town.log.act(HAZARD, "state_changed", SCHEME, at(1, 8, 10), **moved)
    town.run(at(1, 20, 11))
    assert told(town) == []


@pytest.mark.parametrize("stream", ["reads/2020", "access/x", "round/x", "log/x"])
def test_a_reserved_kind_that_is_not_followed_is_no_case(town: Town, stream: str) -> None:
    town.log.append(stream, "anything", at(1, 8), {})
    town.run(at(1, 8, 9))
    assert town.engine.status.problems == {}


def test_what_is_left_to_others_is_told_by_no_rung_and_foretold_to_nobody(store: SqlStore) -> None:
    town = laboratory(store, SECRET)
    town.log.open_case(HAZARD, [desk("hospital", "office", 10)], SECRET, parties=VISITOR)
    town.run(at(1, 9, 11))
    asked = Questions(store=store, book=town.engine.book, clock=town.clock)
    assert (told(town), asked.next_notices([HAZARD])) == ([("soon", "ho")], {HAZARD: None})
    town.run(at(1, 14, 11))
    assert town.told() == [("dean", "-", "not_sent"), ("soon", "ho", "sent")]
    dean, *_ = town.notices()
    assert {(one.person, one.reason) for one in dean.skipped} == {("hs", "left_to_others")}


def test_a_mail_that_waits_is_not_sent_to_who_comes_to_serve_where_it_may_not_be_known(
    store: SqlStore,
) -> None:
    town = laboratory(store, SECRET)
    town.log.open_case(HAZARD, [desk("hospital", "office", 10)], SECRET, parties=VISITOR)
    town.run()
    town.workflow.away = True
    town.run(at(1, 9, 11), n_passes=3)  # decided, and not handed over
    town.log.append("organisation/work", "organisation_changed", at(1, 9, 11), MOVED)
    town.workflow.away = False
    town.run()
    assert [(one.status, one.reason) for one in town.notices()] == [("not_sent", "left_to_others")]


def published(store: SqlStore, to: str) -> Town:
    town = laboratory(store, PUBLISHED)
    town.log.open_case(HAZARD, [desk("hospital", "office", 10)], PUBLISHED, parties=VISITOR)
    content = {"sha256": "0" * 64, "length": 1}
    bulletin = {"results": {"range": to, "n": "1", "content": content}}
    data = {"trigger": "publish", "from": "to_put_right", "to": "over", "final": "completed"}
    data |= {"effective_at": instant(at(1, 8, 9)), "holders": [], "given": {"bulletin": bulletin}}
    town.log.append(HAZARD, "state_changed", at(1, 8, 9), data, type=MOVED_V2, actor="oo")
    return town


MOVED_V2 = "workflow.state_changed.v2"


def test_a_range_is_told_of_what_was_published_to_it_once_and_where_it_is_read(
    store: SqlStore,
) -> None:
    town = published(store, "office")
    town.run(at(1, 8, 11))
    town.restart()
    town.run(at(1, 9, 11))
    assert town.told() == [("results", "ho", "sent")]
    (text,) = town.workflow.texts()
    assert "检查通报" in text
    assert f"/bulletins/{HAZARD.partition('/')[2]}?name=results" in text
    (notice,) = town.notices()
    assert (notice.kind, notice.reason) == ("bulletin", "published")


def test_everybody_at_and_below_a_unit_is_told_and_nobody_twice(store: SqlStore) -> None:
    town = published(store, "all")
    town.run(at(1, 8, 11))
    people = [person for _, person, _ in town.told()]
    assert len(people) == len(set(people))
    assert {"ho", "hs", "ws"} <= set(people)


def test_a_range_that_nobody_is_in_is_told_to_nobody_with_the_reason(store: SqlStore) -> None:
    town = published(store, "gone")
    town.run(at(1, 8, 11))
    assert [(one.status, one.reason) for one in town.notices()] == [("not_sent", "nobody_in_range")]


def test_a_notifier_set_up_anew_tells_nobody_of_what_was_published_long_ago(
    store: SqlStore,
) -> None:
    town = published(store, "office")
    town.run(at(1, 23, 11))
    (notice,) = town.notices()
    assert (notice.kind, notice.status, notice.reason) == ("bulletin", "not_sent", "too_late")
    assert town.workflow.texts() == []


def test_a_range_is_told_of_what_was_published_while_the_notifier_was_off_for_a_holiday(
    store: SqlStore,
) -> None:
    town = published(store, "office")
    town.run(at(1, 20, 11))
    assert town.told() == [("results", "ho", "sent")]
