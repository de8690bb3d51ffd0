"""What others may ask the notifier: which notices there were, and which comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifier.application.ports import Clock
from services.notifier.application.rules import Book, Rules, Track, passed
from services.notifier.application.store_ports import Asked, SetAside, Store, Timer, Transaction
from services.notifier.application.sweep import units_of, with_awaited
from services.notifier.domain.answers import Answer
from services.notifier.domain.case import Case, Readers, stays
from services.notifier.domain.late_starts import late_starts
from services.notifier.domain.notice import Notice
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.plan import NextDue, plan
from services.notifier.domain.recipients import Recipient

MOST_COMING = 1000  # cases of one answer


@dataclass(frozen=True, kw_only=True, slots=True)
class NextNotice:
    """The next notice of a case."""

    at: datetime
    rung: str
    kind: str
    to: Recipient
    alone: bool  # whether *to* is the only one told
    policy: str  # hash of the one that the case goes by


@dataclass(frozen=True, kw_only=True, slots=True)
class Questions:
    """Answers out of the database, by the very functions that fire."""

    store: Store
    book: Book
    clock: Clock

    def notices(self, asked: Asked) -> list[Notice]:
        """Return one page of the ledger, newest decision first."""
        with self.store.seeing() as tx:
            return tx.ledger.search(asked)

    def policy(self, hash_: str) -> bytes | None:
        """Return the text of the policy that notices name by *hash_*; None: none had it."""
        with self.store.seeing() as tx:
            return tx.texts.body(hash_) if hash_ in tx.texts.hashes([hash_]) else None

    def coming(self, until: datetime) -> tuple[list[str], bool]:
        """Return the cases about which something may be told up to *until*, the first one first.

        And whether there are more than are told of. What is told, and whether anything is at all,
        `next_notices` says of each.
        """
        with self.store.seeing() as tx:
            found = tx.timers.coming(until, MOST_COMING + 1)
        return [stream for stream, _ in found[:MOST_COMING]], len(found) > MOST_COMING

    def next_notices(self, streams: Sequence[str]) -> Mapping[str, NextNotice | SetAside | None]:
        """Return the next notice of each of the cases; None where nobody will be told.

        Of a case that is set aside, the event that cannot be read: nobody is told either.
        """
        answers: dict[str, NextNotice | SetAside | None] = dict.fromkeys(streams)
        with self.store.seeing() as tx:
            foretelling = _foretelling(tx, streams, self.book, self.clock.now())
            set_aside = {event.case: event for event in tx.progress.set_aside(streams)}
        for stream in foretelling.cases.keys() & answers.keys():
            answers[stream] = foretelling.next(stream)
        return {**answers, **set_aside}

    def answered(self, streams: Sequence[str]) -> Mapping[str, tuple[Answer, ...]]:
        """Return what was promised or put off of cases that something was answered to.

        While it holds, and when its day is over; not what ended before that, with a post.
        """
        with self.store.seeing() as tx:
            cases = tx.facts.cases(streams)
        found = {
            stream: tuple(one for one in case.answers if one.until == one.said)
            for stream, case in cases.items()
        }
        return {stream: answers for stream, answers in found.items() if answers}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Foretelling:
    """What is known of some cases at one instant."""

    cases: Mapping[str, Case]
    readers: Mapping[str, Readers | None]  # by case
    rules: Mapping[str, Rules | None]  # by case
    timers: Mapping[str, Mapping[Track, Timer]]
    told: Mapping[str, Sequence[Notice]]
    organisation: Organisation
    now: datetime

    def next(self, stream: str) -> NextNotice | None:
        """Return what is told next of a case, on whichever of its desks."""
        rules = self.rules[stream]
        coming = self._coming(stream, rules) if rules else []
        if rules is None or not coming:
            return None
        due = min(coming, key=lambda one: one.timed.at)
        return NextNotice(
            at=due.timed.at,
            rung=due.timed.rung.name,
            kind=due.timed.rung.kind,
            to=due.recipients[0],
            alone=len(due.recipients) == 1,
            policy=rules.policy.hash,
        )

    def _coming(self, stream: str, rules: Rules) -> list[NextDue]:
        timers, told = self.timers.get(stream, {}), self.told.get(stream, ())
        return [
            due
            for stay in stays(self.cases[stream], self.cases, self.readers[stream])
            for due in plan(
                stay,
                passed(timers, stay),
                rules.policy,
                rules.calendar,
                self.organisation,
                self.now,
                late_starts(stay, told),
            )
            if due.speaks
        ]


def _foretelling(
    tx: Transaction, streams: Sequence[str], book: Book, now: datetime
) -> _Foretelling:
    cases, in_force = with_awaited(tx, streams), book.in_force(tx)
    return _Foretelling(
        cases=cases,
        readers=book.readers(tx, cases, in_force),
        rules={stream: in_force.of(case) for stream, case in cases.items()},
        timers=tx.timers.of(streams),
        told=tx.ledger.late_starts(streams),
        organisation=tx.facts.organisation(units_of(cases.values())),
        now=now,
    )
