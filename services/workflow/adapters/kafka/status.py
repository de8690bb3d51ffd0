"""What a relay tells about itself, for `/readyz`, metrics and whoever looks."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from schemas.readiness import DEGRADED, DOWN, OK, Part
from services.workflow.application.watching import Figure


@dataclass(slots=True)
class RelayStatus:
    """Written by the relay's thread alone; readers see each field whole, never half a change."""

    leading: bool = False  # False: a standby, or nothing works
    epoch: int = 0  # of the lease while leading
    position: int = 0  # everything up to here is published, as far as this relay knows
    published: int = 0  # records acknowledged since start; repeats count again
    reopened: int = 0  # how often the producer was dropped after a failure
    broker: bool = False  # whether the last word from Kafka was a good one
    store: bool = False  # whether the last word from the database was a good one
    lost: str = ""  # why nothing is published until somebody acts
    error: str = ""  # the last failure, kept after recovery
    failed_at: float = 0.0  # when that was, in seconds since 1970

    @property
    def ready(self) -> bool:
        """Whether it publishes, or stands by for the relay that does."""
        return self.store and not self.lost and (self.broker or not self.leading)

    def part(self) -> Part:
        """Return it as a part of readiness; without a broker what is accepted waits in the log."""
        bad = DOWN if self.lost else DEGRADED
        return {"status": OK if self.ready else bad, **asdict(self)}

    def figures(self) -> Iterator[Figure]:
        """Yield what is worth a curve."""
        yield Figure("relay_leading", "1 while this relay publishes.", self.leading)
        yield Figure("relay_epoch", "Of the lease while it leads.", self.epoch)
        yield Figure("relay_position", "Last position it knows to be published.", self.position)
        yield Figure("relay_published", "Records acknowledged since start.", self.published)
        yield Figure("relay_reopened", "Producers dropped after a failure.", self.reopened)
        yield Figure("relay_broker", "1 while the last word from Kafka was good.", self.broker)
        yield Figure("relay_topic_lost", "1 until `relay --from N`.", bool(self.lost))
        yield Figure("relay_last_error_seconds", "When something failed last.", self.failed_at)
