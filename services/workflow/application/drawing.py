"""Sealing a draw: what the service itself appends, right behind the event that freezes it.

The statement names the size of the log whose root counts, so it is complete only once the freeze
has its position. Whoever gives positions asks here, in the same transaction: nothing comes between.
"""

from collections.abc import Callable
from datetime import datetime

from schemas.draw import statement_of
from schemas.envelope import peek
from schemas.facts import EVENTS
from schemas.instants import instant
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.ports import Append
from services.workflow.application.sequencing_ports import Frozen
from services.workflow.domain.case.evolving import evolve
from services.workflow.domain.case.world import SOON, recorded_at

CLIENT = "drawing"
SEALED = "draw_sealed"


class Sealing:
    """The use case that completes a statement."""

    def __init__(self, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self._sealer = sealer
        self._now = now

    def seal(self, frozen: Frozen) -> Append | None:
        """Return the event that seals what is *frozen*, for the position after it.

        None where it cannot be: the case has moved on, or the roster was erased. It stays frozen
        without a seal then, and can be nothing but void.
        """
        case, event = frozen.case, peek(frozen.body)
        if case.drawing is None or case.version != event.streamversion or frozen.roster is None:
            return None
        size = frozen.position + 1
        units = frozen.roster.decode().splitlines()
        statement = statement_of(case.drawing.terms, units, size)
        data = {
            "effective_at": instant(case.effective_at),
            "draw": {"sealed": {"size": size, "statement": statement.sha256}},
        }
        at = recorded_at(self._now(), case.recorded_at + SOON)
        after = evolve(case, SEALED, data, None, at)
        origin = Origin(client=CLIENT, correlation=event.correlationid, causation=event.id)
        body = self._sealer.event(
            SEALED,
            case.stream,
            after.version,
            data,
            at=at,
            origin=origin,
            root=event.source.rpartition(":")[2],
            organisation_version=event.organisationversion,
            scheme_hash=event.schemehash,
            partition_key=event.partitionkey,
        )
        return Append(
            stream=case.stream,
            version=after.version,
            type=EVENTS.latest(SEALED),
            recorded_at=at,
            body=body,
            before=case,
            after=after,
        )
