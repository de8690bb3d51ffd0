"""What is measured and logged about a request: figures and ids, never bodies or names.

One line per request is written after its answer is known. Metrics are kept per application, so
that two applications in one process (tests) do not count into each other.
"""

import re
from http.client import CREATED
from typing import Any

import structlog
import uuid_utils
from prometheus_client import CollectorRegistry, Counter, Histogram

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)
# From a tenth of the fastest answer to the time-out of a long poll.
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_log = structlog.get_logger("shuping.http")


def request_id(environ: dict[str, Any]) -> str:
    """Return the id the client gave its request, or a new one if it gave none that we take."""
    given: str | None = environ.get("HTTP_X_REQUEST_ID")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return str(uuid_utils.uuid7())


class Observer:
    """Counts and logs requests."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "shuping_requests_total", "Answers", ("route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "shuping_request_seconds",
            "Time to answer",
            ("route",),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._transitions = Counter(
            "shuping_transitions_total",
            "Commands, by trigger and status",
            ("trigger", "outcome"),
            registry=self.registry,
        )
        self._children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._known_triggers: set[str] = set()
        self._triggers: dict[tuple[str, int], Counter] = {}

    def answered(self, route: str, status: int, seconds: float, **ids: str | None) -> None:
        """Count one answer and log it; *ids* say whose and about what, as far as known."""
        # Found once: looking a child up by its labels costs more than counting.
        children = self._children.get((route, status))
        if children is None:
            children = (
                self._requests.labels(route, str(status)),
                self._seconds.labels(route),
            )
            self._children[route, status] = children
        children[0].inc()
        children[1].observe(seconds)
        known = {name: value for name, value in ids.items() if value}
        _log.info("request", route=route, status=status, ms=round(seconds * 1000, 3), **known)

    def fired(self, trigger: str, status: int, n: int = 1) -> None:
        """Count *n* commands that ended alike."""
        child = self._triggers.get((trigger, status))
        if child is None:
            # What a client sends may be anything: only a trigger that once worked is a label.
            if status == CREATED:
                self._known_triggers.add(trigger)
            elif trigger not in self._known_triggers:
                self._transitions.labels("other", str(status)).inc(n)
                return
            child = self._transitions.labels(trigger, str(status))
            self._triggers[trigger, status] = child
        child.inc(n)

    def broke(self, route: str, request: str, error: BaseException) -> None:
        """Log *error*: a bug, logged once, answered without its detail."""
        _log.error("unexpected", route=route, request=request, exc_info=error)
