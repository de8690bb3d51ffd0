"""Accepting events: facts, timers and the feed's offset move in one transaction.

Whatever was delivered before is dropped by its version; whatever needs something not read yet is
parked and tried again with every batch. So a batch may be repeated, cut short by a crash or mixed
with another partition's, and the facts come out the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.envelope import Envelope, UnreadableEvent, open_envelope
from services.notifier.application.ports import Delivery, Parked, Store, Timer, Transaction
from services.notifier.application.rules import Rules
from services.notifier.domain.notice import Urge
from services.notifier.domain.reading import Reading
from services.notifier.domain.review import Review, evolve

REVIEW_FACTS = frozenset(
    {"review_opened", "state_changed", "suspended", "resumed", "deadline_changed"}
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of a batch."""

    reading: Reading
    n_applied: int
    n_parked: int  # waiting now, all in all
    unreadable: UnreadableEvent | None  # the event at which reading has stopped


def accept(
    store: Store, epoch: int, feed: str, deliveries: Sequence[Delivery], rules: Rules
) -> Accepted:
    """Apply *deliveries* of *feed*, up to the first one that cannot be read.

    Raises:
        LeaseLost, StoreUnavailable: nothing was applied.
    """
    events, unreadable = _open(deliveries)
    with store.writing(epoch) as tx:
        batch = _Batch(tx, rules)
        waiting = tx.progress.parked()
        batch.load([event for _, event in events], waiting)
        for delivery, event in events:
            batch.take(event, delivery.body)
        batch.take_waiting()
        batch.write()
        done = [delivery for delivery, _ in events]
        reading = tx.progress.reading(feed).having(delivery.position for delivery in done)
        offsets = {delivery.partition: delivery.offset + 1 for delivery in done}
        tx.progress.save(feed, reading, offsets)
        return Accepted(reading, batch.n_applied, len(batch.waiting), unreadable)


def _open(
    deliveries: Sequence[Delivery],
) -> tuple[list[tuple[Delivery, Envelope]], UnreadableEvent | None]:
    events = []
    for delivery in deliveries:
        try:
            events.append((delivery, open_envelope(delivery.body)))
        except UnreadableEvent as error:
            error.add_note(f"at position {delivery.position}")
            return events, error
    return events, None


@dataclass
class _Batch:
    """The facts that one batch of events touches, folded in memory and written once."""

    tx: Transaction
    rules: Rules
    reviews: dict[str, Review] = field(default_factory=dict)
    changed: dict[str, Review] = field(default_factory=dict)
    timers: dict[str, Mapping[str, Timer]] = field(default_factory=dict)  # by review and track
    urges: list[Urge] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)  # of organisations, by source
    waiting: dict[tuple[str, int], Parked] = field(default_factory=dict)
    stored: frozenset[tuple[str, int]] = frozenset()
    n_applied: int = 0

    def load(self, events: Sequence[Envelope], waiting: Sequence[Parked]) -> None:
        """Fetch what *events* and what *waiting* will touch."""
        ids = {review for event in events if (review := _review_of(event.subject))}
        ids.update(parked.review for parked in waiting if parked.review)
        self.reviews.update(self.tx.facts.reviews(ids))
        self.timers.update(self.tx.timers.of(ids))
        self.waiting = {(parked.subject, parked.version): parked for parked in waiting}
        self.stored = frozenset(self.waiting)

    def take(self, event: Envelope, body: bytes) -> None:
        """Apply *event*, drop it as known, or park it."""
        if event.fact == "organisation_changed":
            verdict = self._organisation(event)
        elif event.fact in REVIEW_FACTS:
            verdict = self._review(event)
        elif event.fact == "note_added" and event.data["kind"] == "urge":
            verdict = self._urge(event)
        else:
            return  # of no interest here: refusals, remarks, cycles, our own notices
        key = (event.subject, event.streamversion)
        if verdict == "early":
            self.waiting.setdefault(
                key,
                Parked(
                    subject=event.subject,
                    version=event.streamversion,
                    review=_review_of(event.subject),
                    body=body,
                ),
            )
            return
        self.waiting.pop(key, None)
        self.n_applied += verdict == "applied"

    def take_waiting(self) -> None:
        """Try what is parked again, until nothing more fits."""
        while self.waiting:
            n_before = len(self.waiting)
            for parked in sorted(self.waiting.values(), key=lambda p: (p.subject, p.version)):
                self.take(open_envelope(parked.body), parked.body)
            if len(self.waiting) == n_before:
                return

    def write(self) -> None:
        """Keep everything that changed."""
        self.tx.facts.save_reviews(self.changed.values())
        timers = [timer for review in self.changed for timer in self.timers[review].values()]
        self.tx.timers.replace(self.changed, timers)
        self.tx.timers.urge(self.urges)
        fresh = [parked for key, parked in self.waiting.items() if key not in self.stored]
        self.tx.progress.park(fresh)
        gone = self.stored - self.waiting.keys()
        self.tx.progress.unpark(
            [Parked(subject=subject, version=v, review=None, body=b"") for subject, v in gone]
        )

    def _organisation(self, event: Envelope) -> str:
        known = self._known(event.source)
        if event.streamversion <= known:
            return "known"
        if event.streamversion > known + 1:
            return "early"
        self.tx.facts.apply_organisation(event.source, event.streamversion, event.data)
        self.versions[event.source] = event.streamversion
        return "applied"

    def _review(self, event: Envelope) -> str:
        id_ = event.subject.partition("/")[2]
        review = self.reviews.get(id_)
        version = review.version if review else 0
        if event.streamversion <= version:
            return "known"
        if event.streamversion > version + 1 or event.organisationversion > self._known(
            event.source
        ):
            return "early"
        moved = evolve(review, id_, event.streamversion, event.fact, event.time, event.data)
        self.reviews[id_] = self.changed[id_] = moved
        # Event by event, so that it makes no difference how the log is cut into batches.
        timers = self.rules.timers(moved, self.timers.get(id_, {}))
        self.timers[id_] = {timer.track: timer for timer in timers}
        return "applied"

    def _urge(self, event: Envelope) -> str:
        id_ = _review_of(event.subject)
        review = self.reviews.get(id_ or "")
        if review is None or event.organisationversion > self._known(event.source):
            return "early"
        urge = Urge(
            event=event.id,
            review=review.id,
            review_version=review.version,
            actor=event.actor,
            at=event.time,
        )
        self.urges.append(urge)
        return "applied"

    def _known(self, source: str) -> int:
        if source not in self.versions:
            self.versions[source] = self.tx.facts.organisation_version(source)
        return self.versions[source]


def _review_of(subject: str) -> str | None:
    kind, _, rest = subject.partition("/")
    return rest.partition("/")[0] if kind == "review" else None
