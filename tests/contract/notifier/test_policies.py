"""Each scheme has its own policy and words, learnt from the log; texts are fetched once."""

from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest

from schemas.calendars import read as read_calendar
from schemas.canonical import canonical_bytes, parse_strict
from services.notifier.adapters.database import SqlStore
from tests.contract.notifier.laboratory import (
    HAZARD,
    HEAD,
    POLICY,
    POLICY_TEXT,
    SCHEME,
    laboratory,
    text,
)
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, ORGAN_REVIEW, SCHEME_TEXT, at, due
from tests.unit.notifier.world import POLICY as LADDER
from tests.unit.schemas.test_policy import FORMAT_1
from tests.unit.schemas.test_policy import read as read_policy

LATER = text(POLICY_TEXT.replace("hour: 10", "hour: 15"))
NEWER = text(POLICY_TEXT.replace("format: 2", "format: 2\nmood: mild"))


def sent(town: Town) -> list[tuple[str, str]]:
    return [(rung, person) for rung, person, status in town.told() if status == "sent"]


BY_MAIL = POLICY_TEXT.replace("[inapp]", "[inapp, email]")
OLDER = text(BY_MAIL.replace("rung: dean", "rung: arrival"))


@pytest.fixture
def both(store: SqlStore) -> Town:
    """A town with a case of either scheme, each in a state of the same name."""
    town = laboratory(store)
    town.log.open()
    town.log.open_case(HAZARD, [HEAD], SCHEME, state="drafting")
    return town


def test_two_schemes_with_a_state_of_one_name_are_told_in_their_own_words(both: Town) -> None:
    both.run(at(1, 9, 11))
    about_review, about_hazard = sorted(both.workflow.texts(), key=lambda text: "隐患" in text)
    assert "述职评议（2019-C-0001）正在“起草”阶段" in about_review
    assert "隐患（2020-H-0001/01）正在“待登记”阶段" in about_hazard


def test_each_scheme_is_timed_by_its_own_policy(both: Town) -> None:
    both.run(at(1, 9, 9, 59))
    assert sent(both) == [("before", "ws")]
    both.run(at(1, 9, 11))
    assert sent(both) == [("before", "ws"), ("soon", "ws")]


def test_a_text_is_asked_for_once(both: Town) -> None:
    both.log.open_case(HAZARD.replace("d1", "d2"), [HEAD], SCHEME)
    both.run(at(1, 9, 11))
    both.restart()
    both.run(at(1, 10, 11))
    assert set(Counter(both.workflow.asked).values()) == {1}


def test_a_text_that_was_not_to_be_had_is_asked_for_at_the_next_start(both: Town) -> None:
    scheme = sha256(SCHEME).hexdigest()
    del both.workflow.served[scheme]
    del both.log.bodies[1]  # the event that published it
    both.run(at(1, 8, 9))
    both.serve(SCHEME)
    both.restart()
    both.run(at(1, 9, 11))
    assert any("“待登记”" in text for text in both.workflow.texts())


def test_a_tier_may_call_a_state_otherwise(store: SqlStore) -> None:
    town = Town(store)
    town.log.organise()
    town.log.open(ORGAN_REVIEW, "organ")
    desk = ("work", "liaison")
    town.log.change("organ_audit", at(1, 8, 9), desk, due(1, 10), review=ORGAN_REVIEW)
    town.run(at(1, 10, 10))
    assert "正在“省直机关工委审核”阶段" in town.workflow.texts()[0]
    assert "请您：登记省直机关工委的审核结果。" in town.workflow.texts()[0]


def test_the_policy_published_last_is_in_force_and_no_rung_is_told_again(both: Town) -> None:
    both.run(at(1, 9, 11))
    both.serve(LATER)
    both.log.publish("policy", LATER, "laboratory", at(1, 9, 11))
    both.run(at(1, 14, 11))
    assert ("dean", "hs") not in sent(both)
    both.run(at(1, 14, 16))
    assert Counter(sent(both)) == Counter({**dict.fromkeys(sent(both), 1), ("dean", "hs"): 1})


def test_an_older_policy_that_comes_again_changes_nothing(both: Town) -> None:
    both.serve(LATER)
    both.log.publish("policy", LATER, "laboratory")
    both.log.publish("policy", POLICY, "laboratory")
    both.run()
    with both.store.writing(1) as tx:
        tx.progress.save("http", replace(tx.progress.reading("http"), position=0), {0: 1})
    both.restart()
    both.feed.hidden = 1  # the event that published it again
    both.run(n_passes=3)
    with both.store.seeing() as tx:
        assert tx.texts.timers_set_by()["laboratory"][0] == sha256(POLICY).hexdigest()


def test_a_policy_of_the_installation_stands_for_the_published_one(both: Town) -> None:
    both.policy = read_policy(POLICY_TEXT.replace("hour: 10", "hour: 15"))
    both.restart()
    both.run(at(1, 9, 11))
    assert ("soon", "ws") not in sent(both)


def test_without_a_policy_nobody_is_told_and_it_says_so_until_there_is_one(store: SqlStore) -> None:
    town = Town(store)
    town.serve(SCHEME, POLICY)
    town.log.organise()
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    town.policy = None
    town.restart()
    town.run(at(1, 8, 9))
    assert "laboratory" in town.engine.status.problems["policy"]
    town.log.publish("policy", POLICY, "laboratory", at(1, 8, 9))
    town.run(at(1, 9, 11))
    assert (town.engine.status.problems, sent(town)) == ({}, [("soon", "ws")])


def test_a_workflow_that_serves_no_texts_is_that_of_before_one_policy_for_all(
    store: SqlStore,
) -> None:
    town = Town(store)
    town.workflow.served.clear()
    town.policy = read_policy(FORMAT_1)
    town.restart()
    town.log.organise()
    town.log.open()
    town.run(at(1, 8, 10))
    (text,) = town.workflow.texts()
    assert "述职评议（2019-C-0001）正在“起草”阶段" in text
    assert town.engine.status.problems == {}


def test_a_policy_that_would_be_refused_today_tells_those_that_it_names(store: SqlStore) -> None:
    town = laboratory(store)
    town.serve(OLDER)
    town.log.publish("policy", OLDER, "laboratory")
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    town.run(at(1, 9, 11))
    town.run(at(1, 14, 11))
    assert sent(town) == [("arrival", "hs"), ("soon", "ws")]
    assert {message.address for message in town.mail.sent} == {"ws@example.org", "hs@example.org"}


def test_a_text_that_was_published_is_waited_for(both: Town) -> None:
    both.log.publish("policy", LATER, "laboratory")
    position = both.log.open_case(HAZARD.replace("d1", "d2"), [HEAD], SCHEME)
    both.run(n_passes=3)
    assert "not served" in both.engine.status.problems["texts"]
    assert both.engine.status.feed_position == 0
    both.serve(LATER)
    both.run()
    assert (both.engine.status.problems, both.engine.status.feed_position) == ({}, position)


def test_a_policy_in_words_of_a_newer_program_stops_the_reading(both: Town) -> None:
    both.serve(NEWER)
    both.log.publish("policy", NEWER, "laboratory")
    both.run(n_passes=3)
    assert "mood" in both.engine.status.problems["texts"]


def test_the_calendar_published_last_is_counted_by(both: Town) -> None:
    calendar = parse_strict(read_calendar())
    year = next(year for year in calendar["years"] if year["year"] == 2020)
    year["holidays"] = sorted([*year["holidays"], "2020-01-09"])
    longer = canonical_bytes({**calendar, "version": "2020.9"})
    both.serve(longer)
    both.log.publish("calendar", longer, calendar["id"])
    both.run(at(1, 8, 11))  # not on the ninth, which is free
    assert ("soon", "ws") in sent(both)


def test_a_reminder_and_a_state_of_the_shipped_scheme_read_as_before(store: SqlStore) -> None:
    town = Town(store)
    town.policy = None
    policy = canonical_bytes(parse_strict(LADDER.canonical))
    town.serve(policy)
    town.restart()
    town.log.organise()
    for kind, one in (("scheme", SCHEME_TEXT), ("policy", policy)):
        town.log.publish(kind, one)
    town.log.open(BRANCH_REVIEW)
    town.run(at(1, 8, 10))
    assert sent(town) == [("before", "ws")]
