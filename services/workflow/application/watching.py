"""What operators ask: does each part work, how late is what has to follow, how much is overdue.

A log that nobody numbers or publishes still takes what comes: late is told, and is no reason to
send requests elsewhere, and neither is a database that can be read and not be written. Without
one, or without a time, nothing can be answered.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from schemas.instants import instant
from schemas.readiness import DEGRADED, DOWN, OK, Part
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.application.relay_ports import Relaying
from services.workflow.application.sequencing_ports import Sequencing
from services.workflow.domain.refusals import NotWritable, StoreUnavailable

PENDING_LATE = timedelta(seconds=10)  # the oldest event without a position is this old
RELAY_LATE = timedelta(seconds=30)  # ... or without a place in Kafka


class Figure(NamedTuple):
    """One number for whoever draws curves."""

    name: str
    about: str
    value: float


class Watching:
    """Looks at the log from outside; *relaying* is None where nothing is published to Kafka."""

    def __init__(
        self,
        *,
        reads: Reads,
        sequencing: Sequencing,
        relaying: Callable[[], Relaying] | None,
        require_writable: Callable[[], None],
        now: Callable[[], datetime],
        system_now: Callable[[], datetime],
    ) -> None:
        self._reads = reads
        self._sequencing = sequencing
        self._relaying = relaying
        self._require_writable = require_writable
        self._now = now  # events are recorded by the business clock
        self._system_now = system_now  # checkpoints are signed by the system's

    def parts(self) -> dict[str, Part]:
        """Return how each part is, by name."""
        try:
            now = self._now()
        except (OSError, ValueError) as error:
            return {"clock": _down(error)}
        told: dict[str, Part] = {"clock": {"status": OK, "now": instant(now)}}
        try:
            told["log"] = self._log(now)
            if self._relaying is not None:
                told["relay"] = _relay(self._relaying(), now)
            self._require_writable()
        except NotWritable as error:
            return told | {"database": _down(error) | {"status": DEGRADED, "detail": str(error)}}
        except StoreUnavailable as error:
            return told | {"database": _down(error)}
        return told | {"database": {"status": OK}}

    def figures(self) -> Iterator[Figure]:
        """Yield how far along everything is.

        Raises:
            StoreUnavailable: the database cannot be asked now.
        """
        now = self._now()
        overdue = self._reads.count_cases(ListQuery(overdue_at=now))
        yield Figure("cases_overdue", "Cases past their deadline.", overdue)
        yield Figure("reviews_overdue", "The same under its first name.", overdue)
        head = self._reads.log_head()
        yield Figure("log_position", "Last position of the log.", head.position)
        yield Figure("log_pending", "Events without a position yet.", head.pending)
        yield Figure(
            "log_pending_seconds", "Age of the oldest of them.", _age_s(head.pending_since, now)
        )
        signed_at = self._sequencing.signed_at()
        if signed_at is not None:
            age_s = _age_s(signed_at, self._system_now())
            yield Figure("checkpoint_age_seconds", "Since the log was last signed.", age_s)
        if self._relaying is not None:
            relaying = self._relaying()
            yield Figure("relay_behind", "Events not published yet.", relaying.behind)
            age_s = _age_s(relaying.since, now)
            yield Figure("relay_behind_seconds", "Age of the oldest of them.", age_s)

    def _log(self, now: datetime) -> Part:
        head = self._reads.log_head()
        facts = {"head": head.position, "pending": head.pending}
        late = _late(head.pending_since, now, PENDING_LATE)
        return _part(facts, late=late, since=head.pending_since)


def _relay(relaying: Relaying, now: datetime) -> Part:
    facts = {"position": relaying.position, "behind": relaying.behind, "led": relaying.led}
    # What comes next is gone from the log: nothing is ever published until it was restored.
    stuck = relaying.behind > 0 and relaying.since is None
    late = stuck or _late(relaying.since, now, RELAY_LATE)
    return _part(facts, late=late, since=relaying.since)


def _part(facts: dict[str, Any], *, late: bool, since: datetime | None) -> Part:
    """Return a part that is well or late; *since* when something waits, if anything does."""
    waiting = {} if since is None else {"since": instant(since)}
    return {"status": DEGRADED if late else OK, **facts, **waiting}


def _late(since: datetime | None, now: datetime, after: timedelta) -> bool:
    return since is not None and now - since > after


def _age_s(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _down(error: Exception) -> dict[str, Any]:
    return {"status": DOWN, "reason": type(error).__name__}
