"""A verdict as it goes into the log: the event of what was done, or of a refusal.

A refusal lies in a stream beside the case's own, so that refusing moves no version. The same one
again within ten minutes is answered and not recorded anew: an impatient client does not fill
the log. It leaves its key free: nothing changed, and the next try is judged anew.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from schemas.canonical import canonical_bytes
from schemas.envelope import event_type
from schemas.instants import instant
from schemas.streams import REFUSALS
from services.workflow.application.commands import Command, Outcome
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.judging import Accepted, Rejected
from services.workflow.application.ports import Append, Key, Refusal, SideStream
from services.workflow.domain.refusals import Blocker
from services.workflow.domain.review import Review, evolve

SAME_REFUSAL_WITHIN = timedelta(minutes=10)


class Recorder:
    """Makes appends of the verdicts of one round, under the organisation they were reached in."""

    def __init__(
        self, sealer: Sealer, now: datetime, *, root: str, organisation_version: int
    ) -> None:
        self._now = now
        self._event = partial(sealer.event, root=root, organisation_version=organisation_version)

    def acceptance(self, command: Command, verdict: Accepted) -> tuple[Append, Outcome]:
        """Return what *verdict* writes, and the answer once it is written."""
        review, stream = verdict.review, verdict.review.stream()
        recorded_at = max(self._now, review.recorded_at)
        body = self._event(
            verdict.fact,
            stream,
            review.version + 1,
            verdict.data,
            at=recorded_at,
            origin=Origin.of(command.actor, command.correlation),
            scheme_hash=review.scheme,
        )
        after = evolve(review, verdict.fact, verdict.data, command.actor.person, recorded_at)
        append = Append(
            stream=stream,
            version=after.version,
            type=event_type(verdict.fact),
            recorded_at=recorded_at,
            body=body,
            before=review,
            after=after,
            key=_key(command),
            texts=verdict.texts,
        )
        return append, Outcome(status=201, review=after, event=body)

    def refusal(
        self, command: Command, verdict: Rejected, review: Review, side: SideStream
    ) -> tuple[Append, Outcome]:
        """Return what *verdict* writes at the end of *side*, and the answer once it is written."""
        outcome, stream = verdict.outcome, refusals_of(review)
        # Another writer may have been first with a later time: the log orders by it.
        recorded_at = max(self._now, side.recorded_at or self._now)
        data = {
            "trigger": command.trigger,
            "state": review.state,
            "version": review.version,
            "status": outcome.status,
            "blockers": [_plain(blocker) for blocker in outcome.blockers],
            "effective_at": instant(verdict.effective_at),
        }
        fact, version = "trigger_refused", side.version + 1
        body = self._event(
            fact,
            stream,
            version,
            data,
            at=recorded_at,
            origin=Origin.of(command.actor, command.correlation),
            scheme_hash=review.scheme,
        )
        append = Append(
            stream=stream,
            version=version,
            type=event_type(fact),
            recorded_at=recorded_at,
            body=body,
            refusal=_as_refusal(command, outcome, review),
        )
        return append, outcome


def refusals_of(review: Review) -> str:
    """Return the name of the stream that takes refusals about *review*."""
    return review.stream(REFUSALS)


def refused_lately(command: Command, verdict: Rejected, review: Review, side: SideStream) -> bool:
    """Tell whether this very refusal is among the recent ones of *side*."""
    refusal = _as_refusal(command, verdict.outcome, review)
    return any(row == refusal for row, _, _ in side.recent)


def verdict_digest(status: int, blockers: Sequence[Mapping[str, object]]) -> str:
    """Return what two refusals have in common when they say the same."""
    return sha256(canonical_bytes([status, list(blockers)])).hexdigest()


def _as_refusal(command: Command, outcome: Outcome, review: Review) -> Refusal:
    return Refusal(
        case=review.id,
        actor=command.actor.person or f"client:{command.actor.client}",
        trigger=command.trigger,
        case_version=review.version,
        verdict=verdict_digest(outcome.status, [_plain(one) for one in outcome.blockers]),
    )


def _plain(blocker: Blocker) -> dict[str, object]:
    plain: dict[str, object] = {"code": blocker.code}
    if blocker.field:
        plain["field"] = blocker.field
    if blocker.params:
        plain["params"] = dict(blocker.params)
    return plain


def _key(command: Command) -> Key | None:
    if command.key is None:
        return None
    return Key(client=command.actor.client, key=command.key, fingerprint=command.fingerprint)
