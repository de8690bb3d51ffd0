"""The answer to a key that was used before: what was said then, made anew from what was recorded.

Keys hold no answers. Each names the event that its request led to, and an event with those before
it tells all that the answer said. Only what was accepted uses a key up, so there is no refusal
to give again.
"""

from collections.abc import Iterator
from itertools import takewhile

from schemas.envelope import Envelope, open_envelope
from schemas.streams import REFUSALS, Stream
from services.workflow.application.commands import Outcome
from services.workflow.application.ports import Seen
from services.workflow.application.reading_ports import Reads
from services.workflow.domain.refusals import Blocker, NotYours
from services.workflow.domain.review import Review, evolve, open_review


class Answered:
    """Gives answers again; may wait for the database."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def again(self, seen: Seen, fingerprint: bytes) -> Outcome:
        """Return the answer that was given under *seen*'s key to a request of this *fingerprint*.

        Another request under a used key is told so, and nothing of what the first one led to.
        """
        # The release before, which may run beside this one, leaves keys on refusals as well.
        if seen.key.fingerprint != fingerprint or Stream.parse(seen.stream).side == REFUSALS:
            reused = Blocker(code="key_reused", field="Idempotency-Key")
            return Outcome(status=422, blockers=(reused,))
        event = open_envelope(seen.body)
        review = _fold(Stream.parse(event.subject).own, self._before(event))
        return Outcome(status=201, review=review, event=seen.body, replayed=True)

    def _before(self, event: Envelope) -> Iterator[Envelope]:
        """Yield the events of the review that *event* is about, up to it, oldest first."""
        own = Stream.parse(event.subject).pair
        if event.subject == own:
            stored = self._reads.stream(own, event.streamversion)
            return (open_envelope(row.body) for row in stored)
        # Beside a review, an event moves no version: what it met was recorded before it.
        events = (open_envelope(row.body) for row in self._reads.stream(own))
        return takewhile(lambda one: one.time <= event.time, events)


def _fold(stream: Stream, events: Iterator[Envelope]) -> Review:
    """Return the case of *stream* that its *events* lead to; at least `review_opened`."""
    review: Review | None = None
    for event in events:
        if review is None:
            review = open_review(stream, event.data, event.schemehash or "", event.time)
        else:
            review = evolve(review, event.fact, event.data, event.actor, event.time)
    if review is None:
        raise NotYours(stream.id)
    return review
