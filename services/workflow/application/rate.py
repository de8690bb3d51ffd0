"""A token bucket per client: a client that runs away meets 429, not everybody else a slow service.

In this process only: with n processes a client has n times as much. That is enough for what it
is for, and costs no round trip. A client whose bucket is full again is as one who never came, and
is forgotten: whoever may come without a token must not fill the memory.
"""

import math
import threading
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from time import monotonic

_FEW = 1024  # clients that are not worth looking through


def network_of(address: str) -> str:
    """Return what one subscriber has of *address*: of IPv6 the first 64 bits, else all of it."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return str(known.ipv4_mapped or IPv6Address(int(known) >> 64 << 64))


class RateLimit:
    """Lets each client through *per_s* times a second on average, up to *burst* at once."""

    def __init__(
        self, per_s: float, burst: int, monotonic_s: Callable[[], float] = monotonic
    ) -> None:
        self._per_s, self._burst, self._monotonic_s = per_s, burst, monotonic_s
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}  # client: permits left, as of
        self._most = _FEW  # of them, before those that are full again are forgotten

    def wait_s(self, client: str, cost: int = 1) -> int:
        """Take *cost* permits of *client*: 0, or whole seconds after which they are there.

        A cost above the burst passes on a full bucket and leaves a debt, so that a bulk request
        is slowed down rather than made impossible.
        """
        with self._lock:
            now = self._monotonic_s()
            if len(self._left) >= self._most:
                self._forget(now)
            left = self._grown(self._left.get(client, (float(self._burst), now)), now)
            needed = min(cost, self._burst)
            if left < needed:
                self._left[client] = (left, now)
                return max(1, math.ceil((needed - left) / self._per_s))
            self._left[client] = (left - cost, now)
            return 0

    def give_back(self, client: str) -> None:
        """Take a permit back that was not used."""
        with self._lock:
            kept = self._left.get(client)
            if kept is not None:
                self._left[client] = (kept[0] + 1, kept[1])

    def _grown(self, kept: tuple[float, float], now: float) -> float:
        left, since = kept
        return min(float(self._burst), left + (now - since) * self._per_s)

    def _forget(self, now: float) -> None:
        """Keep those alone who wait for something; looked for as often as their number doubles."""
        waiting = {
            client: kept
            for client, kept in self._left.items()
            if self._grown(kept, now) < self._burst
        }
        self._left, self._most = waiting, max(_FEW, 2 * len(waiting))
