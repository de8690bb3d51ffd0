"""Figures for Prometheus that nobody counts: asked of the database at the moment of the scrape."""

from collections.abc import Callable, Iterable, Iterator

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from services.workflow.application.watching import Figure
from services.workflow.domain.refusals import StoreUnavailable

_logger = structlog.get_logger(__name__)


def registry(ask: Callable[[], Iterable[Figure]], counted: str | None = None) -> CollectorRegistry:
    """Return what *ask* yields as metrics, with what processes counted in the folder *counted*."""
    made = CollectorRegistry()
    made.register(AskedFigures(ask))
    if counted is not None:
        MultiProcessCollector(made, counted)  # type: ignore[no-untyped-call]
    return made


class AskedFigures(Collector):
    """Turns what *ask* yields into gauges; a database that is away leaves them out."""

    def __init__(self, ask: Callable[[], Iterable[Figure]]) -> None:
        self._ask = ask

    def describe(self) -> Iterator[Metric]:
        """Yield nothing: the registry need not ask the database to be made."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield all figures."""
        try:
            for figure in self._ask():
                yield GaugeMetricFamily(f"shuping_{figure.name}", figure.about, value=figure.value)
        except (StoreUnavailable, OSError, ValueError) as error:
            _logger.warning("figures_left_out", reason=type(error).__name__)
