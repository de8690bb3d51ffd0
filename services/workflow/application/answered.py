"""The answer to a key that was used before: what was said then, made anew from what was recorded.

Keys hold no answers. Each names the event that its request led to, and an event with those before
it tells all that the answer said. Only what was accepted uses a key up, so there is no refusal
to give again.
"""

from collections.abc import Iterator
from itertools import takewhile

from schemas.envelope import Envelope, open_envelope
from schemas.streams import REFUSALS, Stream
from services.workflow.application.firing.commands import Answer
from services.workflow.application.firing.port import Used
from services.workflow.application.folding import Life
from services.workflow.application.reading_ports import Reads
from services.workflow.domain.case.head import Case
from services.workflow.domain.refusals import Blocker, NotYours


class Answered:
    """Gives answers again; may wait for the database."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def again(self, used: Used, fingerprint: bytes) -> Answer:
        """Return the answer that was given under *used*'s key to a request of this *fingerprint*.

        Another request under a used key is told so, and nothing of what the first one led to.
        """
        # The release before, which may run beside this one, leaves keys on refusals as well.
        if used.key.fingerprint != fingerprint or Stream.parse(used.stream).side == REFUSALS:
            reused = Blocker(code="key_reused", field="Idempotency-Key")
            return Answer(outcome="not_fulfilled", blockers=(reused,))
        event = open_envelope(used.body)
        case = _fold(Stream.parse(event.subject).own, self._before(event))
        told = used.key.left_open
        return Answer(outcome="done", case=case, event=used.body, left_open=told, replayed=True)

    def _before(self, event: Envelope) -> Iterator[Envelope]:
        """Yield the events of the case that *event* is about, up to it, oldest first."""
        own = Stream.parse(event.subject).pair
        if event.subject == own:
            stored = self._reads.stream(own, event.streamversion)
            return (open_envelope(row.body) for row in stored)
        # Beside a case, an event moves no version: what it met was recorded before it.
        events = (open_envelope(row.body) for row in self._reads.stream(own))
        return takewhile(lambda one: one.time <= event.time, events)


def _fold(stream: Stream, events: Iterator[Envelope]) -> Case:
    """Return the case of *stream* that its *events* lead to; at least its opening."""
    life = Life(stream)
    for event in events:
        life.then(event)
    if life.case is None:
        raise NotYours(stream.id)
    return life.case
