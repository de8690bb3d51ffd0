"""What a relay tells about itself, for `/readyz`, metrics and whoever looks."""

from dataclasses import asdict, dataclass

from schemas.readiness import DEGRADED, OK, Part


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
    error: str = ""  # the last failure, kept after recovery

    @property
    def ready(self) -> bool:
        """Whether it publishes, or stands by for the relay that does."""
        return self.store and (self.broker or not self.leading)

    def part(self) -> Part:
        """Return it as a part of readiness; without a broker what is accepted waits in the log."""
        return {"status": OK if self.ready else DEGRADED, **asdict(self)}
