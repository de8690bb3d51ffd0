"""A relay's log in a list, with a lease that a test can take away."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from services.notifier.adapters.feed.http import HttpFeed
from services.workflow.application.relay_ports import PublishedTo
from services.workflow.domain.refusals import StoreUnavailable
from tests.unit.notifier.world import log_page


def system_time() -> datetime:
    return datetime.now(UTC)


class ListRelayLog:
    """Events of *n_reviews* reviews, every third one a notice beside the review."""

    def __init__(self, n_events: int, n_reviews: int = 40) -> None:
        self.streams = [
            f"review/00000000-0000-7000-8000-{number % n_reviews:012x}"
            + ("/notices" if number % 3 == 0 else "")
            for number in range(1, n_events + 1)
        ]
        self.held_back_after = n_events  # the log seems to end there
        self.lacks = 0  # a position that is not to be had over HTTP
        self.available = True
        self.saved: list[int] = []  # every position the cursor moved to
        self.topic, self.topic_after = "", 0
        self.epoch = 0
        self.owner = ""
        self.expires = datetime(2000, 1, 1, tzinfo=UTC)
        self._lock = threading.Lock()

    def read(self, after: int, limit: int) -> list[tuple[int, str, bytes]]:
        chosen = range(after + 1, min(after + limit, self.held_back_after) + 1)
        return [(p, self.streams[p - 1], self.body(p)) for p in chosen]

    def over_http(self) -> HttpFeed:
        """Return the log as the notifier asks for it."""
        bodies = [self.body(position) for position in range(1, len(self.streams) + 1)]

        def answer(path: str, _wait_s: float) -> Any:
            page = log_page(bodies[: self.held_back_after], path)
            kept = [one for one in page["entries"] if one["position"] != self.lacks]
            return page | {"entries": kept}

        return HttpFeed(answer)

    def claim(self, owner: str, now: datetime, ttl_s: float) -> int | None:
        if not self.available:
            raise StoreUnavailable
        with self._lock:
            if now < self.expires and owner != self.owner:
                return None
            self.owner, self.epoch = owner, self.epoch + 1
            self.expires = now + timedelta(seconds=ttl_s)
            return self.epoch

    def renew(self, owner: str, epoch: int, now: datetime, ttl_s: float) -> bool:
        with self._lock:
            if (owner, epoch) != (self.owner, self.epoch):
                return False
            self.expires = now + timedelta(seconds=ttl_s)
            return True

    def cursor(self) -> int:
        return self.saved[-1] if self.saved else 0

    def save(self, epoch: int, position: int) -> bool:
        with self._lock:
            if epoch != self.epoch:
                return False
            self.saved.append(position)
            return True

    def published_to(self) -> PublishedTo:
        return PublishedTo(self.topic, self.topic_after, self.cursor())

    def publish_to(self, epoch: int, to: PublishedTo) -> bool:
        self.topic, self.topic_after = to.topic, to.after
        return self.save(epoch, to.cursor)

    def taken_over_by(self, owner: str) -> None:
        """Let another relay have the lease, as if this one's had run out."""
        with self._lock:
            self.owner, self.epoch = owner, self.epoch + 1
            self.expires = system_time() + timedelta(hours=1)

    @staticmethod
    def body(position: int) -> bytes:
        return b'{"number":%d,"source":"urn:shuping:list"}' % position
