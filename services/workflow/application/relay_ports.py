"""What the relay needs of a store: the log in order, and a lease that makes it the only one."""

from datetime import datetime
from typing import NamedTuple, Protocol


class Relaying(NamedTuple):
    """How far publishing has come."""

    position: int  # everything up to here is published
    behind: int  # events that have a position and are not published, as far as is known
    led: bool  # whether some relay holds the lease
    since: datetime | None  # recorded time of the one to come next; None: it is not there


class PublishedTo(NamedTuple):
    """Where the log has been published to."""

    topic: str  # Kafka's own id of it; empty: nobody has looked yet
    after: int  # the position behind which that topic begins
    cursor: int  # everything up to here is published


class RelayLog(Protocol):
    """What the relay reads of the log, and the lease that makes it the only one."""

    def read(self, after: int, limit: int) -> list[tuple[int, str, bytes]]:
        """Return (position, stream, body), contiguous."""
        ...

    def claim(self, owner: str, now: datetime, ttl_s: float) -> int | None:
        """Return a new epoch, or None while another owner's lease is alive."""
        ...

    def renew(self, owner: str, epoch: int, now: datetime, ttl_s: float) -> bool: ...
    def cursor(self) -> int: ...
    def save(self, epoch: int, position: int) -> bool:
        """Move the cursor; False when the lease has gone to another epoch."""
        ...

    def published_to(self) -> PublishedTo: ...
    def publish_to(self, epoch: int, to: PublishedTo) -> bool:
        """Publish to another topic from now on, the cursor going back if it must.

        False when the lease has gone to another epoch.
        """
        ...
