"""The history checker finds every bug that is put into a history, and none where there is none."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.history import Recorded, Request, faults

Requests, Log = list[Request], list[Recorded]


def a_history() -> tuple[Requests, Log]:
    """Two reviews, each opened and moved five times; a refusal, and two unknown outcomes."""
    requests, log = Requests(), Log()
    for review in ("one", "two"):
        log.append(Recorded(review=review, version=1, request="opening"))
        for version in range(2, 7):
            id_, at = f"{review}-{version}", 10.0 * version
            request = Request(
                id=id_,
                review=review,
                outcome="ok",
                asked_at=at,
                answered_at=at + 5,
                version=version,
            )
            requests.append(request)
            log.append(Recorded(review=review, version=version, request=id_))
    requests[2] = replace(requests[2], outcome="info", version=0)  # was recorded all the same
    for outcome in ("fail", "info"):
        requests.append(
            Request(id=outcome, review="one", outcome=outcome, asked_at=1, answered_at=2)
        )
    return requests, log


def drop(n: int) -> Callable[[Requests, Log], object]:
    return lambda _, log: log.pop(n)


def put(n: int, **changes: object) -> Callable[[Requests, Log], object]:
    def act(_: Requests, log: Log) -> None:
        log[n] = replace(log[n], **changes)

    return act


def add(**entry: object) -> Callable[[Requests, Log], object]:
    return lambda _, log: log.append(Recorded(**entry))


def swap(_: Requests, log: Log) -> None:
    log[2], log[3] = log[3], log[2]


def answer_another_version(requests: Requests, _: Log) -> None:
    requests[0] = replace(requests[0], version=3)


def answer_late_first(requests: Requests, _: Log) -> None:
    requests[4] = replace(requests[4], asked_at=0.5, answered_at=1.0)


def answer_long_before(requests: Requests, _: Log) -> None:
    """Not of neighbours: the last version of a review was answered before the second asked."""
    requests[0] = replace(requests[0], asked_at=70.0, answered_at=99.0)
    requests[1] = replace(requests[1], asked_at=0.0, answered_at=99.0)


BUGS: dict[str, Callable[[Requests, Log], object]] = {
    "an acknowledged event is lost": drop(1),
    "the last event is lost": drop(-1),
    "two events are swapped": swap,
    "an event is published twice": add(review="two", version=6, request="two-6"),
    "a request is done twice": add(review="two", version=7, request="two-6"),
    "an unknown one is done twice": add(review="two", version=7, request="one-4"),
    "a refused one is done": add(review="two", version=7, request="fail"),
    "an event of nobody": add(review="two", version=7, request="nobody"),
    "an event under another's name": put(1, request="two-2"),
    "a version is left out": put(-1, version=8),
    "an event in another review": put(-1, review="one", version=7),
    "another version was answered": answer_another_version,
    "a later one was answered first": answer_late_first,
    "a much later one was answered first": answer_long_before,
}


def test_a_sound_history_has_no_faults() -> None:
    assert faults(*a_history()) == []


@pytest.mark.parametrize("bug", BUGS)
def test_a_seeded_bug_is_found(bug: str) -> None:
    requests, log = a_history()
    BUGS[bug](requests, log)
    assert faults(requests, log)


def test_an_unknown_outcome_may_have_happened_or_not() -> None:
    requests, log = a_history()
    log.append(Recorded(review="two", version=7, request="info"))
    assert faults(requests, log) == []
