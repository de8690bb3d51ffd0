"""A token bucket per client: a client that runs away meets 429, not everybody else a slow service.

In this process only: with n processes a client has n times as much. That is enough for what it
is for, and costs no round trip.
"""

import math
import threading
from collections.abc import Callable
from time import monotonic


class RateLimit:
    """Lets each client through *per_s* times a second on average, up to *burst* at once."""

    def __init__(
        self, per_s: float, burst: int, monotonic_s: Callable[[], float] = monotonic
    ) -> None:
        self._per_s, self._burst, self._monotonic_s = per_s, burst, monotonic_s
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}  # client: permits left, as of

    def wait_s(self, client: str, cost: int = 1) -> int:
        """Take *cost* permits of *client*: 0, or whole seconds after which they are there.

        A cost above the burst passes on a full bucket and leaves a debt, so that a bulk request
        is slowed down rather than made impossible.
        """
        with self._lock:
            now = self._monotonic_s()
            left, since = self._left.get(client, (float(self._burst), now))
            left = min(float(self._burst), left + (now - since) * self._per_s)
            needed = min(cost, self._burst)
            if left < needed:
                self._left[client] = (left, now)
                return max(1, math.ceil((needed - left) / self._per_s))
            self._left[client] = (left - cost, now)
            return 0
