"""The answer to a key that was used before: what was said then, made anew from what was recorded.

Keys hold no answers. Each names the event that its request led to, and an event with those before
it in its stream tells all that the answer said.
"""

from collections.abc import Iterable
from dataclasses import replace

from schemas.envelope import Envelope, open_envelope
from services.workflow.application.commands import Outcome
from services.workflow.application.ports import Reads, Seen
from services.workflow.application.rulebook import Rulebook
from services.workflow.domain.refusals import Blocker, NotYours
from services.workflow.domain.review import Review, evolve, open_review


class Answered:
    """Gives answers again; may wait for the database."""

    def __init__(self, reads: Reads, rulebook: Rulebook) -> None:
        self._reads = reads
        self._rulebook = rulebook

    def again(self, seen: Seen) -> Outcome:
        """Return the answer that was given for a key, from the event it is kept on."""
        event = open_envelope(seen.body)
        review_id = event.subject.split("/")[1]
        if event.fact == "trigger_refused":
            review = self._as_of(review_id, event.data["version"])
            return replace(self._refused(event, review), replayed=True)
        review = self._as_of(review_id, event.streamversion)
        return Outcome(status=201, review=review, event=seen.body, replayed=True)

    def _refused(self, event: Envelope, review: Review) -> Outcome:
        status = event.data["status"]
        if status == 404:  # noqa: PLR2004
            return Outcome(status=404, blockers=_blockers(event))
        allowed: tuple[str, ...] = ()
        if status == 409:  # noqa: PLR2004
            tier = self._rulebook.scheme(review.scheme).tiers[review.tier]
            allowed = tier.triggers_from(review.state, review.suspended_at is not None)
        return Outcome(status=status, review=review, blockers=_blockers(event), allowed=allowed)

    def _as_of(self, review_id: str, version: int) -> Review:
        """Return a review as it stood after *version* of its own stream."""
        stored = self._reads.stream(f"review/{review_id}", version)
        return _fold(review_id, (row.body for row in stored))


def _fold(review_id: str, bodies: Iterable[bytes]) -> Review:
    """Return the review that its events lead to, oldest first; at least `review_opened`."""
    review: Review | None = None
    for body in bodies:
        event = open_envelope(body)
        if review is None:
            review = open_review(review_id, event.data, event.schemehash or "", event.time)
        else:
            review = evolve(review, event.fact, event.data, event.actor, event.time)
    if review is None:
        raise NotYours(review_id)
    return review


def _blockers(event: Envelope) -> tuple[Blocker, ...]:
    return tuple(
        Blocker(code=one["code"], field=one.get("field", ""), params=one.get("params", {}))
        for one in event.data["blockers"]
    )
