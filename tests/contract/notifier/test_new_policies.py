"""A new policy: what runs stays under the one it had, or goes to the new one, as its event says."""

from hashlib import sha256

import pytest

from services.notifier.adapters.database import SqlStore
from services.notifier.application.accept import accept
from services.notifier.application.foretelling import whole
from services.notifier.application.questions import NextNotice, Questions
from services.notifier.application.rules import Book, put_in_force
from services.notifier.changing import Change
from services.notifier.domain.notice import Notice
from services.notifier.domain.reading import Reading
from tests.contract.notifier.laboratory import (
    HAZARD,
    HEAD,
    POLICY,
    POLICY_TEXT,
    SCHEME,
    laboratory,
    text,
)
from tests.contract.notifier.test_simulating import again, simulated
from tests.contract.notifier.town import WAYS, Town
from tests.unit.notifier.world import CALENDAR, at
from tests.unit.schemas.test_policy import read as read_policy

LATER_TEXT = POLICY_TEXT.replace("hour: 10", "hour: 15")
LATER = text(LATER_TEXT)
STEEPER = text(LATER_TEXT.replace("over: 1", "over: 2"))
NEXT = HAZARD.replace("d1", "d2")
OLD, NEW, NEWEST = (sha256(one).hexdigest() for one in (POLICY, LATER, STEEPER))


@pytest.fixture
def town(store: SqlStore) -> Town:
    """A town with one case that was opened under the first policy."""
    town = laboratory(store)
    town.serve(LATER, STEEPER)
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    return town


def opened_after(town: Town, policy: bytes, running: str) -> None:
    """Publish *policy* for what runs as *running* says, then open another case."""
    town.log.publish("policy", policy, "laboratory", running=running)
    town.log.open_case(NEXT, [HEAD], SCHEME)


def policies(town: Town) -> dict[str, str]:
    """Return the policy of each case, as what comes next of it tells."""
    questions = Questions(store=town.store, book=town.engine.book, clock=town.clock)
    coming = questions.next_notices([HAZARD, NEXT])
    return {case: one.policy for case, one in coming.items() if isinstance(one, NextNotice)}


def told(town: Town) -> list[tuple[str, str]]:
    return [(one.case, one.policy) for one in town.notices() if one.status == "sent"]


def test_a_case_that_runs_stays_under_its_policy_and_the_next_one_goes_by_the_new(
    town: Town,
) -> None:
    opened_after(town, LATER, "pin")
    town.run(at(1, 8, 9))
    assert policies(town) == {HAZARD: OLD, NEXT: NEW}
    town.run(at(1, 9, 11))
    assert told(town) == [(HAZARD, OLD)]
    town.run(at(1, 9, 16))
    assert sorted(told(town)) == [(HAZARD, OLD), (NEXT, NEW)]


def test_a_case_that_runs_goes_to_the_new_policy_where_its_event_says_so(town: Town) -> None:
    opened_after(town, LATER, "move")
    town.run(at(1, 9, 11))
    assert (told(town), policies(town)) == ([], {HAZARD: NEW, NEXT: NEW})


def test_what_was_pinned_is_moved_by_the_same_policy_published_again(town: Town) -> None:
    opened_after(town, LATER, "pin")
    town.run(at(1, 8, 9))
    town.log.publish("policy", LATER, "laboratory", running="move")
    town.run()
    assert policies(town) == {HAZARD: NEW, NEXT: NEW}
    town.run(at(1, 9, 11))
    assert told(town) == []


def test_each_case_stays_where_it_was_opened_through_several_policies(town: Town) -> None:
    opened_after(town, LATER, "pin")
    town.log.publish("policy", STEEPER, "laboratory", running="pin")
    town.run(at(1, 8, 9))
    assert policies(town) == {HAZARD: OLD, NEXT: NEW}
    town.log.publish("policy", STEEPER, "laboratory", running="move")
    town.run()
    assert policies(town) == {HAZARD: NEWEST, NEXT: NEWEST}


def test_a_case_of_before_the_first_policy_goes_by_it_though_it_pins(store: SqlStore) -> None:
    town = Town(store)
    town.serve(SCHEME, POLICY)
    town.log.organise()
    town.log.publish("scheme", SCHEME, "laboratory")
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    town.log.publish("policy", POLICY, "laboratory", running="pin")
    town.run(at(1, 9, 11))
    assert told(town) == [(HAZARD, OLD)]


def test_it_makes_no_difference_which_partition_came_first(town: Town) -> None:
    opened_after(town, LATER, "pin")
    town.run(at(1, 8, 9))
    with town.store.seeing() as tx:
        expected = tx.timers.of([HAZARD, NEXT])
    events = town.log.deliveries()
    with town.store.writing(1) as tx:
        tx.progress.save("http", Reading(), {})
        tx.texts.doubt_timers("laboratory")
        tx.timers.replace([HAZARD, NEXT], [])
    book = Book(calendar=CALENDAR, channels=WAYS)
    for event in (*events[:3], events[5], events[3], events[4]):
        accept(town.store, 1, "http", [event], book)
    put_in_force(town.store, 1, book)
    with town.store.seeing() as tx:
        assert tx.timers.of([HAZARD, NEXT]) == expected


def test_going_through_it_again_finds_the_same_policies(town: Town) -> None:
    opened_after(town, LATER, "pin")
    town.run(at(1, 8, 9))
    town.run(at(1, 9, 16))
    town.log.publish("policy", STEEPER, "laboratory", at(1, 9, 17), running="move")
    town.run(at(1, 16, 16))
    found = again(town)
    assert lines(found) == lines(whole(town.store))
    assert {one.policy for one in found} == {OLD, NEW, NEWEST}


def test_letters_of_two_policies_in_force_on_one_day_are_two_with_ids_of_their_own(
    store: SqlStore,
) -> None:
    mails = POLICY_TEXT.replace("[inapp]", "[inapp, email]")
    digest = "digest: {{hour: {hour}, channels: [email], at_once: []}}\n"
    first, later = (text(mails + digest.format(hour=hour)) for hour in (11, 15))
    town = Town(store)
    town.serve(SCHEME, first, later)
    town.log.organise()
    town.log.publish("scheme", SCHEME, "laboratory")
    town.log.publish("policy", first, "laboratory")
    town.log.open_case(HAZARD, [HEAD], SCHEME)
    opened_after(town, later, "pin")
    for hour in (11, 12, 16):
        town.run(at(1, 9, hour))
    morning, afternoon = town.mail.sent
    assert morning.address == afternoon.address
    assert morning.notice != afternoon.notice


@pytest.mark.parametrize(("hour", "comes"), [(9, True), (15, False)])
def test_an_own_policy_that_comes_or_goes_with_the_text_of_the_latest_sets_timers_anew(
    town: Town, hour: int, comes: bool
) -> None:
    latest = POLICY_TEXT.replace("hour: 10", f"hour: {hour}")
    town.serve(text(latest))
    opened_after(town, text(latest), "pin")
    own = read_policy(latest)
    for policy in (None, own) if comes else (own, None):
        town.policy = policy
        town.restart()
        town.run(at(1, 8, 9))
    town.run(at(1, 9, 10 if comes else 11))
    assert dict(told(town)) == ({HAZARD: own.hash, NEXT: own.hash} if comes else {HAZARD: OLD})


def lines(notices: list[Notice]) -> list[tuple[str, str, str]]:
    return sorted((one.id, one.policy, one.status) for one in notices)


def test_what_is_tried_takes_what_runs_with_it_though_it_is_in_force_for_new_cases(
    town: Town,
) -> None:
    town.log.publish("policy", LATER, "laboratory", running="pin")
    town.run(at(1, 8, 9))
    tried = Change(policy=read_policy(LATER_TEXT))
    found = [{one.policy for one in simulated(town, change)} for change in (Change(), tried)]
    assert found == [{OLD}, {NEW}]
    assert policies(town) == {HAZARD: OLD}


@pytest.mark.parametrize("heard_together", [True, False])
def test_a_case_opened_after_a_policy_begins_under_it_though_both_are_heard_at_once(
    town: Town, heard_together: bool
) -> None:
    early = text(POLICY_TEXT.replace("before: 1", "before: 5"))
    town.serve(early)
    town.run(at(1, 8, 9))
    town.log.publish("policy", early, "laboratory", at(1, 8, 9), running="pin")
    if not heard_together:
        town.run(at(1, 8, 9))
    town.log.open_case(NEXT, [HEAD], SCHEME, at(1, 8, 9))
    town.run(at(1, 8, 9))
    # Five days before it nobody had it: under the new one its only reminder is told at once.
    assert told(town) == [(NEXT, sha256(early).hexdigest())]
