"""A case lived through again from its own events, whichever release wrote them."""

from schemas.envelope import Envelope
from schemas.streams import Stream
from schemas.upcast import upcast
from services.workflow.domain.case.evolving import evolve, open_case
from services.workflow.domain.case.head import Case


class Life:
    """One case, event by event, from its opening on."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._first: Envelope | None = None
        self.case: Case | None = None

    def then(self, event: Envelope) -> Case:
        """Return the case as it stands after its next *event*."""
        if self.case is None:
            self._first = upcast(event)
            self.case = open_case(
                self._stream.id,
                self._first.data,
                event.schemehash or "",
                event.time,
                family=event.partitionkey or "",
                actor=event.actor,
            )
        else:
            told = upcast(event, self._first)
            self.case = evolve(self.case, told.fact, told.data, told.actor, told.time)
        return self.case
