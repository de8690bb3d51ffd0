"""Events that a release of before let in: none of them silences anybody but the case it lies in."""

import http.client

from tests.end_to_end.systems import OPENED
from tests.end_to_end.world import OFFICE, World
from tests.spoiled import REFUSED, store_unchecked


def test_a_broken_event_silences_its_own_case_alone(world: World) -> None:
    """h1-1 has an unreadable refusal, h1-2 an unreadable act; both owe their reports."""
    url, now = world.running.environment["SHUPING_DATABASE_URL"], OPENED
    refused, acted = world.cases["h1-1"], world.cases["h1-2"]
    store_unchecked(url, f"review/{refused}/refusals", "trigger_refused", now, REFUSED)
    store_unchecked(url, f"review/{acted}", "state_changed", now, {"to": 7}, version=2)
    world.at("01-10 10:05")
    for unit in ("h1-1", "h1-3"):
        assert world.told(unit, "drafting") == [("before", f"{unit}.sec")]
    assert world.told("h1-2", "drafting") == []


def test_readiness_says_that_a_case_is_set_aside_and_requests_are_still_answered(
    world: World,
) -> None:
    answer = world.notifier().get("/readyz")
    assert (answer.status, answer.body["status"]) == (http.client.OK, "degraded")
    assert answer.body["parts"]["cases"] == {"status": "degraded", "set_aside": 1, "in_vain": 0}


def test_history_shows_what_cannot_be_read_as_such(world: World) -> None:
    path = f"/v1/reviews/{world.cases['h1-1']}/events"
    items = world.api.get(path, OFFICE, refused="true").body["items"]
    assert [item.get("unreadable", False) for item in items].count(True) == 1


def test_the_set_aside_case_stays_so_over_a_new_start_of_the_same_program(world: World) -> None:
    world.running.kill("notifier")
    world.running.launch("notifier")
    world.running.wait_until_ready()
    world.at("01-14 10:05")
    assert world.told("h1-2", "drafting") == []
    assert world.notifier().get("/readyz").body["parts"]["cases"]["set_aside"] == 1
