"""What the notifier needs of a feed, for the list of the tests and for the log over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.instants import instant
from services.notifier.adapters.feed.http import LIMIT, HttpFeed
from services.notifier.application.ports import Feed
from services.notifier.domain.errors import AnswerTooLarge, FeedUnavailable, WorkflowUnavailable
from services.notifier.domain.reading import Head, Reading
from tests.unit.notifier.world import ListFeed, Log, at, log_page

Make = Callable[[Log], Feed]


def over_http(log: Log) -> Feed:
    return HttpFeed(lambda path, _wait: log_page(log.bodies, path))


@pytest.fixture(params=[ListFeed, over_http], ids=["list", "http"])
def make(request: pytest.FixtureRequest) -> Make:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def log() -> Log:
    log = Log()
    log.organise()
    log.open()
    return log


def test_it_brings_the_stored_bytes_in_order_with_their_positions(make: Make, log: Log) -> None:
    feed = make(log)
    feed.start({}, Reading())
    deliveries = feed.poll(0).deliveries
    assert [delivery.body for delivery in deliveries] == log.bodies
    assert [delivery.position for delivery in deliveries] == [1, 2]


def test_it_reads_on_from_the_offset_it_is_given(make: Make, log: Log) -> None:
    feed = make(log)
    feed.start({0: 2}, Reading())
    assert [delivery.position for delivery in feed.poll(0).deliveries] == [2]
    assert feed.poll(0).deliveries == ()
    feed.start({0: 1}, Reading())
    assert len(feed.poll(0).deliveries) == 2


def test_it_tells_the_head_it_saw(make: Make, log: Log) -> None:
    feed = make(log)
    feed.start({}, Reading())
    assert feed.poll(0).head == Head(position=2)


def test_what_is_appended_arrives_later(make: Make, log: Log) -> None:
    feed = make(log)
    feed.start({}, Reading())
    feed.poll(0)
    log.urge(at(1, 9))
    assert [delivery.position for delivery in feed.poll(0).deliveries] == [3]


def test_over_http_a_long_log_comes_page_by_page(log: Log) -> None:
    for _ in range(LIMIT):
        log.urge(at(1, 9))
    feed = over_http(log)
    feed.start({}, Reading())
    assert [len(feed.poll(0).deliveries) for _ in range(3)] == [LIMIT, 2, 0]


def test_over_http_events_too_long_for_one_page_come_by_fewer(log: Log) -> None:
    def narrow(path: str, _wait: float) -> Any:
        answer = log_page(log.bodies, path)
        if len(answer["entries"]) > 1:
            raise AnswerTooLarge("more than one at a time")
        return answer

    feed = HttpFeed(narrow)
    feed.start({}, Reading())
    assert [feed.poll(0).deliveries[0].position for _ in range(2)] == [1, 2]


def test_over_http_the_head_comes_with_the_time_of_what_is_pending(log: Log) -> None:
    since = at(1, 9)
    feed = HttpFeed(
        lambda path, _wait: log_page(log.bodies, path, pending=1, pending_since=instant(since))
    )
    feed.start({}, Reading())
    assert feed.poll(0).head == Head(position=2, pending_since=since)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"entries": [{"position": 5, "event": {}}], "head": 5, "pending": 0},
        {"entries": [{"position": 1, "event": {"x": 1.5}}], "head": 1, "pending": 0},
        {"entries": [], "head": None, "pending": 0},
        {"entries": [], "head": 0, "pending": 1},
        {"entries": [], "head": 0, "pending": 1, "pending_since": "yesterday"},
    ],
    ids=[
        "no page",
        "no object",
        "a position left out",
        "no event of ours",
        "no head",
        "pending since nobody knows when",
        "no instant",
    ],
)
def test_over_http_an_answer_that_makes_no_sense_is_no_answer(answer: Any) -> None:
    feed = HttpFeed(lambda _path, _wait: answer)
    feed.start({}, Reading())
    with pytest.raises(FeedUnavailable):
        feed.poll(0)


def test_over_http_a_log_that_has_become_shorter_stops_reading(log: Log) -> None:
    feed = over_http(log)
    feed.start({0: 10}, Reading())
    with pytest.raises(FeedUnavailable, match="shorter"):
        feed.poll(0)


def test_over_http_an_outage_is_a_feed_that_is_away() -> None:
    def away(_path: str, _wait: float) -> Any:
        raise WorkflowUnavailable("away")

    feed = HttpFeed(away)
    feed.start({}, Reading())
    with pytest.raises(FeedUnavailable):
        feed.poll(0)
