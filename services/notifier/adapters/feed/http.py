"""The log over HTTP: the embedded default, and the same port that Kafka is measured against.

One partition, in the log's order; the offset of an event is its position.
"""

from collections.abc import Callable, Mapping
from typing import Any

from schemas.canonical import canonical_bytes
from schemas.instants import parse_instant
from services.notifier.application.ports import Delivery, Polled
from services.notifier.domain.errors import (
    AnswerTooLarge,
    FeedUnavailable,
    WorkflowRefused,
    WorkflowUnavailable,
)
from services.notifier.domain.reading import Head, Reading

LIMIT = 200
_UNKNOWN_FORM = (KeyError, TypeError, ValueError)
Get = Callable[[str, float], Any]  # (path with query, seconds the server may wait) -> JSON


class HttpFeed:
    """Reads `GET /v1/log`; used by one thread."""

    name = "http"

    def __init__(self, get: Get) -> None:
        self._get = get
        self._after = 0

    def start(self, offsets: Mapping[int, int], reading: Reading) -> None:  # noqa: ARG002
        """Read on from the next position, offsets[0]; from the beginning without one."""
        self._after = offsets.get(0, 1) - 1

    def poll(self, wait_s: float) -> Polled:
        """Return what has arrived, waiting at most *wait_s* for a first event.

        Raises:
            FeedUnavailable: no answer, or none that can be used.
        """
        deliveries, head = self.page(self._after, LIMIT, wait_s)
        self._after += len(deliveries)
        return Polled(deliveries=deliveries, head=head)

    def page(
        self, after: int, limit: int = LIMIT, wait_s: float = 0
    ) -> tuple[tuple[Delivery, ...], Head]:
        """Return what follows *after*, without a gap, and the end of the log.

        Raises:
            FeedUnavailable: no answer, or none that can be used.
        """
        page = self._ask(after, limit, wait_s)
        try:
            deliveries = tuple(
                Delivery(
                    position=entry["position"],
                    offset=entry["position"],
                    body=canonical_bytes(entry["event"]),
                )
                for entry in page["entries"]
            )
            head = _head(page)
        except _UNKNOWN_FORM as error:
            raise FeedUnavailable("the log answers in a form that is not known") from error
        expected = range(after + 1, after + 1 + len(deliveries))
        if [delivery.position for delivery in deliveries] != list(expected):
            raise FeedUnavailable(f"the log left out a position after {after}")
        if head.position < after:
            # A log that was restored from an old backup; reading on would miss what it says now.
            raise FeedUnavailable("the log is shorter than what has been read of it")
        return deliveries, head

    def close(self) -> None:
        """Do nothing: the connection belongs to who passed it in."""

    def _ask(self, after: int, limit: int, wait_s: float) -> Any:
        wait = f"&wait_s={wait_s:g}" if wait_s else ""
        try:
            return self._get(f"/v1/log?after={after}&limit={limit}{wait}", wait_s)
        except AnswerTooLarge as error:
            # A log has events from before their length was bounded, and some lie side by side.
            if limit == 1:
                raise FeedUnavailable(str(error)) from error
            return self._ask(after, limit // 2, wait_s)
        except (WorkflowUnavailable, WorkflowRefused) as error:
            raise FeedUnavailable(str(error)) from error


def _head(page: Any) -> Head:
    since = parse_instant(page["pending_since"]) if page["pending"] else None
    return Head(position=int(page["head"]), pending_since=since)
