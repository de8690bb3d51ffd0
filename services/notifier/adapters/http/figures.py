"""The engine's status as Prometheus figures, read at the moment of the scrape."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.notifier.adapters.http.shapes import PARTS
from services.notifier.application.status import Status


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


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"shuping_notifier_{name}", text, value=value)
