"""The engine's status as Prometheus figures, read at the moment of the scrape."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.notifier.adapters.http.shapes import PARTS
from services.notifier.application.status import Status
from services.notifier.domain.watch import ARMED, REASONS, UNARMED, VERDICTS, Watch


class StatusCollector(Collector):
    """Turns a `Status` into metrics."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """Yield all figures."""
        status = self._status
        yield _gauge("active", "1 while this process holds the lease.", int(status.active))
        yield _gauge("feed_position", "Last position read without a gap.", status.feed_position)
        yield _gauge("parked_events", "Events that wait for what they need.", status.n_parked)
        yield _gauge("parked_in_vain", "Events that will wait for good.", status.n_in_vain)
        yield _gauge("cases_set_aside", "Cases that cannot be read.", status.n_set_aside)
        if status.lag is not None:
            yield _gauge("feed_lag", "Events not read yet.", status.lag)
        for name, at in (("clock", status.clock), ("swept_through", status.swept_through)):
            if at is not None:
                text = "Business time of the last pass." if name == "clock" else "Swept through."
                yield _gauge(f"{name}_seconds", text, at.timestamp())
        backlog = GaugeMetricFamily(
            "shuping_notifier_notices_waiting", "Notices not final.", labels=["status"]
        )
        for state, n in status.backlog.items():
            backlog.add_metric([state], n)
        yield backlog
        problems = GaugeMetricFamily(
            "shuping_notifier_problem", "1 while a part is in trouble.", labels=["part"]
        )
        for part in PARTS:
            problems.add_metric([part], int(part in status.problems))
        yield problems
        yield from _gates(status)
        seen = status.watch  # read once: the engine's thread forgets it with its lease
        if seen is not None:
            yield from _watch(seen, status.clock)
        for name, n in list(status.counts.items()):
            yield CounterMetricFamily(
                f"shuping_notifier_{name}", f"Events or notices {name} since start.", value=n
            )


def _gates(status: Status) -> Iterator[Metric]:
    broken = GaugeMetricFamily(
        "shuping_notifier_channel_broken",
        "1 while so many messages failed in a row that only one at a time is tried.",
        labels=["channel"],
    )
    failures = GaugeMetricFamily(
        "shuping_notifier_channel_failures", "Failures in a row.", labels=["channel"]
    )
    for name, gate in status.gates.items():
        broken.add_metric([name], int(gate.is_broken))
        failures.add_metric([name], gate.failures)
    yield broken
    yield failures


def _watch(watch: Watch, clock: datetime | None) -> Iterator[Metric]:
    yield _gauge("watch_at_seconds", "System time of the last look.", watch.at.timestamp())
    yield _gauge("sending", "Notices on their way between two passes.", watch.n_sending)
    yield _gauge("unreached", "Rungs of a day that found nobody.", watch.n_unreached)
    overdue = (clock - watch.oldest_due).total_seconds() if clock and watch.oldest_due else 0
    yield _gauge("oldest_due_seconds", "Since the oldest that is not decided fell due.", overdue)
    if watch.tracks is not None:
        tracks = GaugeMetricFamily(
            "shuping_notifier_tracks",
            "Tracks of cases in time, by how they are armed or why not.",
            labels=["stands"],
        )
        for name in (ARMED, UNARMED, *REASONS):
            tracks.add_metric([name], watch.tracks.n.get(name, 0))
        yield tracks
    if watch.yesterday is not None:
        planned = GaugeMetricFamily(
            "shuping_notifier_planned",
            "What was planned for the last day that is over, by what became of it.",
            labels=["verdict"],
        )
        for name in VERDICTS:
            planned.add_metric([name], watch.yesterday.n.get(name, 0))
        yield planned


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"shuping_notifier_{name}", text, value=value)
