"""What others may ask the notifier: which notices there were, and which comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifier.application.ports import Asked, Clock, SetAside, Store
from services.notifier.application.rules import Rules
from services.notifier.domain.notice import Notice, late_starts
from services.notifier.domain.plan import plan
from services.notifier.domain.recipients import Recipient


@dataclass(frozen=True, kw_only=True, slots=True)
class NextNotice:
    """The next notice of a review; *person* is None when several hold the desk."""

    at: datetime
    rung: str
    kind: str
    to: Recipient
    alone: bool  # whether *to* is the only one told


@dataclass(frozen=True, kw_only=True, slots=True)
class Questions:
    """Answers out of the database, by the very functions that fire."""

    store: Store
    rules: Rules
    clock: Clock

    def notices(self, asked: Asked) -> list[Notice]:
        """Return one page of the ledger, newest decision first."""
        with self.store.seeing() as tx:
            return tx.ledger.search(asked)

    def next_notices(self, reviews: Sequence[str]) -> Mapping[str, NextNotice | SetAside | None]:
        """Return the next notice of each of *reviews*; None where nobody will be told.

        Of a case that is set aside, the event that cannot be read: nobody is told either.
        """
        now = self.clock.now()
        with self.store.seeing() as tx:
            known = tx.facts.reviews(reviews)
            set_aside = {event.review: event for event in tx.progress.set_aside(reviews)}
            timers = tx.timers.of(known)
            told = tx.ledger.late_starts(known)
            units = {unit for review in known.values() for unit in review.path}
            organisation = tx.facts.organisation(units)
        answers: dict[str, NextNotice | SetAside | None] = dict.fromkeys(reviews)
        answers.update(set_aside)
        for id_, review in known.items():
            if id_ in set_aside:
                continue
            coming = [
                due
                for due in plan(
                    review,
                    {track: timer.passed for track, timer in timers.get(id_, {}).items()},
                    self.rules.policy,
                    self.rules.calendar,
                    organisation,
                    now,
                    late_starts(review, told.get(id_, ())),
                )
                if due.speaks
            ]
            if coming:
                due = min(coming, key=lambda one: one.timed.at)
                answers[id_] = NextNotice(
                    at=due.timed.at,
                    rung=due.timed.rung.name,
                    kind=due.timed.rung.kind,
                    to=due.recipients[0],
                    alone=len(due.recipients) == 1,
                )
        return answers
