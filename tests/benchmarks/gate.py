"""What the gate costs: one whole event held against its schema, its size and where it is filed."""

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import process_time
from timeit import repeat

from schemas.envelope import seal
from services.workflow.application.gate import hold
from services.workflow.application.ports import Append
from tests.benchmarks.figures import Figure
from tests.unit.schemas.facts import DATA, envelope

MOST_US = 30.0
N, RUNS = 5_000, 7


def held() -> Iterator[Figure]:
    """Measure every type of event; the goal is for the longest way, `state_changed`."""
    for fact in DATA:
        took_us = _microseconds(partial(hold, _append(fact)))
        yield Figure(
            name=f"gate: {fact}",
            value=took_us,
            unit="µs",
            floor=MOST_US,
            ratio=took_us / MOST_US,
            goal=f"≤ {MOST_US:g} µs",
            holds=took_us <= MOST_US,
        )


def _append(fact: str) -> Append:
    event = envelope(fact)
    return Append(
        stream=event.subject,
        version=event.streamversion,
        type=event.type,
        recorded_at=event.time,
        body=seal(event),
    )


def _microseconds(act: Callable[[], object]) -> float:
    # Of this process alone: what else runs on the machine is not the gate's.
    return median(repeat(act, timer=process_time, number=N, repeat=RUNS)) / N * 1e6
