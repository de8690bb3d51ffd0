"""Replaying the log: the read model must be what the events say, and nothing else.

The offline verifier (`services.workflow.audit`) shows that the bytes are those that were signed;
here the events are taken at their word and lived through again, by the same `evolve` as when they
happened. Streams are read one after the other, so memory does not grow with the log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

from schemas.envelope import Envelope, UnreadableEvent, event_type, peek
from services.workflow.application.notices import inbox_item, notice_row
from services.workflow.application.ports import Append, AuditStore, CycleRow, Refusal
from services.workflow.application.rulebook import Rulebook
from services.workflow.application.transitions import verdict_digest
from services.workflow.domain.review import Review, evolve, open_review
from services.workflow.domain.scheme import Tier

AT_ONCE = 500
Row = tuple[str, int, bytes]  # stream, version, body; by stream, then version


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One way in which the read model, or an event, is not what replay leads to."""

    code: str  # stable; docs/audit-format.md
    detail: str
    stream: str
    version: int | None = None


class Auditing:
    """The use cases `audit verify` (its second half) and `audit rebuild`."""

    def __init__(self, *, store: AuditStore, rulebook: Rulebook) -> None:
        self._store = store
        self._rulebook = rulebook
        self._moves: dict[tuple[str, str, str], frozenset[tuple[str, str, str]]] = {}

    def compare(self) -> Iterator[Finding]:
        """Yield every review that is not where its own events lead it, stream by stream."""
        heads, streams = iter(self._store.heads()), _review_streams(self._store.streams())
        head = next(heads, None)
        for review_id, rows in streams:
            while head is not None and head.id < review_id:
                yield Finding(code="HEAD_WITHOUT_EVENTS", detail=head.number, stream=_own(head.id))
                head = next(heads, None)
            replayed = None
            try:
                for append in self._lived(review_id, rows):
                    replayed = append.after
                    yield from self._unruly(append)
            except (UnreadableEvent, KeyError, ValueError, TypeError) as error:
                yield Finding(
                    code="REPLAY_FAILED",
                    detail=f"{type(error).__name__}: {error}",
                    stream=_own(review_id),
                )
                replayed = None
            if head is None or head.id != review_id:
                yield Finding(code="HEAD_MISSING", detail="no row", stream=_own(review_id))
                continue
            if replayed is not None and replayed != head:
                yield Finding(
                    code="HEAD_DIFFERS", detail=_differing(replayed, head), stream=_own(review_id)
                )
            head = next(heads, None)
        while head is not None:
            yield Finding(code="HEAD_WITHOUT_EVENTS", detail=head.number, stream=_own(head.id))
            head = next(heads, None)

    def rebuild(self) -> int:
        """Drop the read model and live the whole log again, in one transaction.

        Returns how many events were applied.
        """
        n_events = 0
        with self._store.rebuilding() as rebuild:
            batch: list[Append] = []
            for stream, rows in groupby(self._store.streams(), key=lambda row: row[0]):
                kind, _, rest = stream.partition("/")
                for append, event in self._appends(stream, rows):
                    n_events += 1
                    if kind == "organisation":
                        rebuild.apply_organisation(event.streamversion, event.data)
                    elif kind == "cycle":
                        rebuild.apply_cycle(_cycle(rest, event))
                    elif append is not None:
                        batch.append(append)
                if len(batch) >= AT_ONCE:
                    rebuild.apply(batch)
                    batch = []
            rebuild.apply(batch)
        return n_events

    def _appends(
        self, stream: str, rows: Iterable[Row]
    ) -> Iterator[tuple[Append | None, Envelope]]:
        kind, _, rest = stream.partition("/")
        review_id, _, side = rest.partition("/")
        review: Review | None = None
        for _, version, body in rows:
            event = peek(body)
            append = None
            if kind == "review" and not side:
                append = _step(review_id, review, event, body)
                review = append.after
            elif kind == "review":
                append = _beside(review_id, stream, version, event, body)
            yield append, event

    def _lived(self, review_id: str, rows: Iterable[Row]) -> Iterator[Append]:
        review: Review | None = None
        for _, _, body in rows:
            append = _step(review_id, review, peek(body), body)
            review = append.after
            yield append

    def _unruly(self, append: Append) -> Iterator[Finding]:
        """Yield a finding where the scheme of the event's own hash has no such move."""
        before, after = append.before, append.after
        if before is None or after is None or before.state == after.state:
            return
        trigger = orjson.loads(append.body)["data"]["trigger"]
        if (trigger, before.state, after.state) not in self._known_moves(after):
            move = f"{trigger}: {before.state} → {after.state}"
            yield Finding(
                code="NOT_BY_SCHEME", detail=move, stream=append.stream, version=append.version
            )

    def _known_moves(self, review: Review) -> frozenset[tuple[str, str, str]]:
        key = (review.scheme, review.tier, review.kind)
        moves = self._moves.get(key)
        if moves is None:
            tier: Tier = self._rulebook.scheme(review.scheme).tiers[review.tier]
            moves = frozenset(
                (move.trigger, source, target) for move, source, target in tier.edges(review.kind)
            )
            self._moves[key] = moves
        return moves


def _step(review_id: str, review: Review | None, event: Envelope, body: bytes) -> Append:
    """Return one event of a review's own stream as it was appended."""
    if review is None:
        after = open_review(review_id, event.data, event.schemehash or "", event.time)
    else:
        after = evolve(review, event.fact, event.data, event.actor, event.time)
    return Append(
        stream=event.subject,
        version=event.streamversion,
        type=event.type,
        recorded_at=event.time,
        body=body,
        before=review,
        after=after,
    )


def _beside(review_id: str, stream: str, version: int, event: Envelope, body: bytes) -> Append:
    """Return one event of a refusals or notices stream as it was appended."""
    refusal = notice = inbox = None
    if event.type == event_type("trigger_refused"):
        refusal = Refusal(
            review=review_id,
            actor=event.actor or f"client:{event.client}",
            trigger=event.data["trigger"],
            review_version=event.data["version"],
            verdict=verdict_digest(event.data["status"], event.data["blockers"]),
        )
    elif event.type == event_type("notice_recorded"):
        notice = notice_row(review_id, event.data)
        inbox = inbox_item(review_id, event.data, event.time)
    return Append(
        stream=stream,
        version=version,
        type=event.type,
        recorded_at=event.time,
        body=body,
        refusal=refusal,
        notice=notice,
        inbox=inbox,
    )


def _cycle(cycle_id: str, event: Envelope) -> CycleRow:
    data: Mapping[str, Any] = event.data
    return CycleRow(
        id=cycle_id,
        scheme=data["scheme"],
        scheme_hash=event.schemehash or "",
        calendar_hash=data["calendarhash"],
        unit=data["unit"],
        year=data["year"],
        tiers=data["tiers"],
        opened_at=event.time,
    )


def _review_streams(rows: Iterable[Row]) -> Iterator[tuple[str, Iterator[Row]]]:
    """Group the reviews' own streams, leaving out everything beside them."""
    for stream, group in groupby(rows, key=lambda row: row[0]):
        kind, _, rest = stream.partition("/")
        if kind == "review" and "/" not in rest:
            yield rest, group


def _differing(replayed: Review, head: Review) -> str:
    names: Sequence[str] = Review.__slots__
    return ", ".join(name for name in names if getattr(replayed, name) != getattr(head, name))


def _own(review_id: str) -> str:
    return f"review/{review_id}"
