"""What the notifier knows about itself, for whoever drives the clock, probes or scrapes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.notifier.application.ports import ForeignRecord
from services.notifier.domain.gate import Gate
from services.notifier.domain.watch import Watch


@dataclass(slots=True)
class Status:
    """Written by the engine's thread alone; each field is read as it is at that moment."""

    active: bool = False  # holds the lease; a standby is healthy too
    clock: datetime | None = None  # business time of the last pass
    feed_position: int = 0
    head: int | None = None  # position of the log's end, as last seen
    # Everything due up to this instant has been decided, handed over as far as possible, and
    # reported, after reading the feed to a head seen at or after it.
    swept_through: datetime | None = None
    leads_since: datetime | None = None  # system time at which the lease was taken
    swept_at: datetime | None = None  # system time of the last sweep
    n_parked: int = 0
    n_in_vain: int = 0  # parked, though all that lies before them has been read
    n_set_aside: int = 0  # cases with an event that cannot be read
    foreign: ForeignRecord | None = None  # the last record in the feed that is none of ours
    backlog: Mapping[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)  # part -> what is wrong now
    gates: Mapping[str, Gate] = field(default_factory=dict)  # of channels that sent anything
    watch: Watch | None = None  # the last look at its own work; None: a standby does not look
    last_pass_at: datetime | None = None  # system time
    counts: dict[str, int] = field(default_factory=dict)  # name -> since start

    @property
    def lag(self) -> int | None:
        """How many events of the log have not been read; None: where it ends is not known."""
        return None if self.head is None else max(0, self.head - self.feed_position)

    def count(self, name: str, n: int = 1) -> None:
        """Count *n* more of *name*."""
        self.counts[name] = self.counts.get(name, 0) + n
