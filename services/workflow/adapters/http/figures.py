"""Figures for Prometheus that nobody counts: asked of the database at the moment of the scrape."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from services.workflow.application.watching import Figure
from services.workflow.domain.refusals import StoreUnavailable

_logger = structlog.get_logger(__name__)
FIGURE_WITHIN_S = 0.9  # a statement of who watches has 0.8 s; connecting anew would have seconds


def registry(
    *asked: Callable[[], Iterable[Figure]], counted: str | None = None
) -> CollectorRegistry:
    """Return what each of *asked* yields as metrics, with what processes counted in *counted*."""
    made = CollectorRegistry()
    for ask in asked:
        made.register(AskedFigures(ask))
    if counted is not None:
        MultiProcessCollector(made, counted)  # type: ignore[no-untyped-call]
    return made


class AskedFigures(Collector):
    """Turns what *ask* yields into gauges; a database that is away or silent leaves them out.

    They are asked in a thread of its own: whoever waits for one figure too long goes on without.
    """

    def __init__(self, ask: Callable[[], Iterable[Figure]]) -> None:
        self._ask = ask
        self._asking = ThreadPoolExecutor(1, "figures-asked")

    def describe(self) -> Iterator[Metric]:
        """Yield nothing: the registry need not ask the database to be made."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield all figures."""
        try:
            for figure in self._in_time():
                yield GaugeMetricFamily(f"shuping_{figure.name}", figure.about, value=figure.value)
        except (StoreUnavailable, OSError, ValueError) as error:
            _logger.warning("figures_left_out", reason=type(error).__name__)

    def _in_time(self) -> Iterator[Figure]:
        figures = iter(self._ask())
        while True:
            asked = self._asking.submit(next, figures, None)
            try:
                figure = asked.result(FIGURE_WITHIN_S)
            finally:
                asked.cancel()  # behind one that still hangs, it need not be asked at all
            if figure is None:
                return
            yield figure
