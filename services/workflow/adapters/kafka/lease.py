"""The relay's lease: who holds it publishes, and who lost it learns so before it moves the cursor.

Times are the system's, not the business clock's: a clock driven by a demo must not end a lease.
"""

import time
from collections.abc import Callable
from datetime import datetime

from services.workflow.application.relay_ports import RelayLog

_RENEWALS_PER_TTL = 3


class LeaseLost(Exception):
    """Another relay leads now; stop publishing at once."""


class Lease:
    """One term of leadership, from `claim` until `LeaseLost` or `give_back`."""

    def __init__(
        self, log: RelayLog, owner: str, epoch: int, ttl_s: float, now: Callable[[], datetime]
    ) -> None:
        self.epoch = epoch
        self._log = log
        self._owner = owner
        self._ttl_s = ttl_s
        self._now = now
        self._renew_at = time.monotonic() + ttl_s / _RENEWALS_PER_TTL

    def keep(self) -> None:
        """Renew when a third of the term has passed; cheap enough to be called all the time.

        Raises:
            LeaseLost: the term ended and somebody else's began.
        """
        if time.monotonic() < self._renew_at:
            return
        if not self._log.renew(self._owner, self.epoch, self._now(), self._ttl_s):
            raise LeaseLost
        self._renew_at = time.monotonic() + self._ttl_s / _RENEWALS_PER_TTL

    def save(self, position: int) -> None:
        """Move the cursor to *position*, if this term is still the present one.

        Raises:
            LeaseLost: it is not; the cursor stays where the new leader has it.
        """
        if not self._log.save(self.epoch, position):
            raise LeaseLost

    def give_back(self) -> None:
        """Let the term end now, so that a standby need not wait for it."""
        self._log.renew(self._owner, self.epoch, self._now(), 0)
