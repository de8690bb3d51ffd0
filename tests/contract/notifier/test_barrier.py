"""A rung due at T fires only after the feed has been read to its head at or after T."""

from datetime import datetime, timedelta

import pytest

from schemas.instants import instant
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import at, due


def test_a_feed_outage_over_a_deadline_sends_nothing_false(town: Town) -> None:
    town.run(at(1, 8, 10))
    town.log.change("unit_audit", at(1, 9), ("hospital", "office"), due(1, 14))
    town.feed.away = True
    for day in (9, 10, 13):
        town.run(at(1, day, 10), n_passes=2)
    assert town.told() == [("before", "ws", "sent")]
    town.feed.away = False
    town.run(at(1, 13, 10))
    assert ("committee", "hs", "sent") not in town.told()
    assert not [told for told in town.told() if told[0] == "due_day"]


DUE = at(1, 8, 9, 55) + timedelta(seconds=46)  # this review's own minute of the hour


@pytest.mark.parametrize("since", [at(1, 8, 8, 30), DUE], ids=["earlier", "as it is due"])
def test_nothing_fires_while_an_event_from_before_waits_for_its_position(
    town: Town, since: datetime
) -> None:
    town.run()
    town.feed.pending_since = since
    town.run(at(1, 8, 10), n_passes=3)
    assert town.notices() == []
    town.feed.pending_since = None
    town.run()
    assert town.told() == [("before", "ws", "sent")]


def test_what_was_due_before_the_oldest_waiting_event_fires(town: Town) -> None:
    town.run()
    town.feed.pending_since = DUE + timedelta(microseconds=1)
    town.run(at(1, 8, 10), n_passes=3)
    assert town.told() == [("before", "ws", "sent")]
    assert town.engine.status.swept_through == DUE


def test_a_log_that_always_goes_on_holds_no_rung_back(town: Town) -> None:
    town.run()
    town.clock.set(at(1, 8, 10))
    town.feed.hidden = 1  # one event is always under way
    for minute in range(3):
        town.log.fact("deadline_changed", at(1, 8, 10, minute), due_at=instant(due(1, 10)))
        town.engine.step(0)
    assert [told[0] for told in town.told()] == ["before"]


def test_nothing_fires_while_the_head_is_known_but_not_read(town: Town) -> None:
    town.run()
    town.log.change("unit_audit", at(1, 8, 8, 30), ("hospital", "office"), due(1, 14))
    town.feed.hidden = 1
    town.run(at(1, 8, 10), n_passes=3)
    assert town.notices() == []
    assert town.engine.status.swept_through == at(1, 8, 8)


def test_whoever_drives_the_clock_sees_when_it_is_done(town: Town) -> None:
    town.run(at(1, 8, 10))
    status = town.engine.status
    assert status.clock == status.swept_through == at(1, 8, 10)
    assert status.feed_position == len(town.log.bodies)


def test_a_position_is_told_when_all_it_led_to_has_gone_out(town: Town) -> None:
    town.run(at(1, 8, 8, 5))
    position = town.log.urge(at(1, 8, 8, 5))
    while town.engine.status.feed_position < position:
        town.engine.step(0)
    assert town.told() == [("urge", "ws", "sent")]
    assert town.told("email") == [("urge", "ws", "sent")]
    assert town.notices(status="pending") == []


def test_it_is_not_done_while_a_notice_could_still_go_out(town: Town) -> None:
    town.run()
    town.workflow.away = True
    town.run(at(1, 8, 10), n_passes=3)
    assert town.engine.status.swept_through == at(1, 8, 8)
    assert "workflow" in town.engine.status.problems


def test_a_rung_waits_while_its_review_has_an_event_parked(town: Town) -> None:
    town.run()
    town.log.versions["organisation/work"] += 1  # as if an import were on another partition
    town.log.change("unit_audit", at(1, 8, 8, 30), ("hospital", "office"), due(1, 14))
    town.run(at(1, 8, 10))
    assert town.notices() == []
    assert town.engine.status.n_parked == 1
    town.log.versions["organisation/work"] -= 1
    town.log.organise()
    town.run(at(1, 10, 10))
    assert town.engine.status.n_parked == 0
    assert town.told() == [("before", "ho", "sent")]
