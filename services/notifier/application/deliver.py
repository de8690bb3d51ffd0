"""Delivering: the one place where something leaves the house.

A mail is marked `sending` before the call and settled after it, each in a commit of its own, so
that a process that dies in between leaves a mark; its successor then knows that the outcome is
unknown. An in-app notice needs no mark: it is the workflow's own idempotent call, and repeating it
finds it recorded. So one that there is no sense in any more is told the workflow as not sent before
it is settled: where an earlier call, whose answer was lost, had put it into the inbox, it was sent.
And where an earlier call had told it as not sent, and there is sense in it again by now, it was not
sent, and they are told by another one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from schemas.policy import INAPP
from services.notifier.application.letters import in_letters
from services.notifier.application.noting import Noting
from services.notifier.application.ports import RECORDED_OTHERWISE, Message, Recorded, Way, Workflow
from services.notifier.application.report import wire
from services.notifier.application.rules import Book, Rules
from services.notifier.application.store_ports import Store, Transaction
from services.notifier.application.writing import Writing, Written
from services.notifier.domain.errors import (
    ChannelShut,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
    WorkflowRefused,
    WorkflowUnavailable,
)
from services.notifier.domain.letters import ready_at
from services.notifier.domain.notice import (
    Notice,
    deferred,
    delivered,
    handed_on,
    in_doubt,
    postponed,
    refused,
    told_anew,
    withheld,
)
from services.notifier.domain.windows import waits_until
from services.notifier.domain.words import words_of

# Messages are few in a batch, so that reading the feed and the lease never wait long for a slow
# mail server. What goes to the inbox goes there by one call.
MESSAGES, BATCH = 50, 250
RECORDED = (200, 201, RECORDED_OTHERWISE)
TRY_AGAIN = 503


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivering:
    """What it takes to deliver; *ways* are those that cannot be asked afterwards."""

    store: Store
    workflow: Workflow
    ways: Mapping[str, Way]
    writing: Writing
    book: Book
    new_salt: Callable[[], bytes]

    def recover(self, epoch: int, now: datetime) -> int:
        """Settle what an earlier epoch left in the middle of a call; return how many."""
        with self.store.writing(epoch) as tx:
            orphans, in_force = tx.ledger.orphans(epoch), self.book.in_force(tx)
            cases = tx.facts.cases(orphan.case for orphan in orphans)
            rules = [in_force.of(cases[one.case]) for one in orphans]
            doubted = [
                in_doubt(one, bool(under and under.sends_again(one, cases[one.case])), now)
                for one, under in zip(orphans, rules, strict=True)
            ]
            _settle(tx, epoch, zip(orphans, doubted, rules, strict=True), now)
        return len(orphans)

    def deliver(self, epoch: int, noting: Noting) -> int:
        """Hand over one batch of what is ready in a pass; return how many were looked at.

        A letter leaves once all that was due before it has been decided.

        Raises:
            WorkflowUnavailable, WorkflowRefused: names or the inbox cannot be had; nothing of
                the batch that is still waiting is lost.
            LeaseLost, StoreUnavailable
        """
        now, swept = noting.made.at, noting.made.through
        with self.store.seeing() as tx:
            ready = _few_messages(tx.ledger.open(now, BATCH, min(now, swept) if swept else None))
        if not ready:
            return 0
        written = self.writing.write(ready, now)
        outside = [one for one in written if one.notice.channel != INAPP]
        pointless = [one for one in outside if one.reason]
        if pointless:
            with self.store.writing(epoch) as tx:
                noting.into(tx)
                kept = (
                    (one.notice, withheld(one.notice, one.reason, now), one.rules)
                    for one in pointless
                )
                _settle(tx, epoch, kept, now)
                tx.ledger.add([other for one in pointless for other in one.instead])
        refusal = None
        try:
            self._inbox(epoch, [one for one in written if one.notice.channel == INAPP], noting)
        except WorkflowRefused as error:
            refusal = error  # which is no reason to keep mail back
        sensible = [one for one in outside if not one.reason]
        for letter in in_letters(sensible, self.writing.tongues):
            self._send(epoch, letter, noting)
        if refusal is not None:
            raise refusal
        return len(ready)

    def _inbox(self, epoch: int, written: list[Written], noting: Noting) -> None:
        if not written:
            return
        now = noting.made.at
        answers = self.workflow.record([_called(one, now) for one in written])
        settled, instead, reported = list[Notice](), list[Notice](), dict[str, int]()
        for one in written:
            answer = answers.get(one.notice.id, Recorded(TRY_AGAIN))
            if answer.status == TRY_AGAIN:
                continue
            settled.append(_answered(one, answer, now))
            if settled[-1].status == "not_sent":
                instead += one.instead if one.reason else [told_anew(one.notice, now)]
            # The answer to the call is the record of it; there is nothing left to report.
            reported[one.notice.id] = answer.status
        with self.store.writing(epoch) as tx:
            if settled:
                noting.into(tx)
            tx.ledger.save(settled, epoch)
            tx.ledger.add(instead)
            tx.ledger.reported(reported)
        if len(settled) < len(written):
            raise WorkflowUnavailable("some in-app notices are to be tried again")

    def _send(self, epoch: int, letter: tuple[Written, ...], noting: Noting) -> None:
        """Hand over one message; what becomes of it becomes of every notice in it."""
        now = noting.made.at
        way = self.ways.get(letter[0].notice.channel)
        kept = self._kept(way, letter, now)
        was, rules = [one.notice for one in letter], [one.rules for one in letter]
        if way is None or kept:
            with self.store.writing(epoch) as tx:
                noting.into(tx)
                _settle(tx, epoch, zip(was, kept, rules, strict=True), now)
            return
        going = [
            replace(
                one.notice,
                status="sending",
                attempts=one.notice.attempts + 1,
                words=words_of(letter[0].subject, letter[0].text, self.new_salt()),
            )
            for one in letter
        ]
        with self.store.writing(epoch) as tx:
            noting.into(tx)
            tx.ledger.save(going, epoch)
        outcome = _outcome(way, letter[0], now)
        done = [outcome(notice, one) for notice, one in zip(going, letter, strict=True)]
        with self.store.writing(epoch) as tx:
            _settle(tx, epoch, zip(was, done, rules, strict=True), now)

    def _kept(self, way: Way | None, letter: tuple[Written, ...], now: datetime) -> list[Notice]:
        """Return what becomes of *letter* where nothing is tried; empty: it may leave.

        First it waits for the hours in which messages leave, then for its turn. The gate is asked
        before anything is marked: who dies in between leaves nothing in doubt.
        """
        if way is None:
            # It was decided under settings that had this channel.
            return [refused(one.notice, "channel_off", now) for one in letter]
        notices, rules = [one.notice for one in letter], letter[0].rules
        at = waits_until(notices, rules.policy, rules.calendar, now) if rules else None
        if at is not None:
            return [replace(one, status="retry", retry_at=at) for one in notices]
        try:
            way.ask()
        except ChannelShut as shut:
            return [
                deferred(one, shut.reason, shut.wait, now, _ready_at(one, rules)) for one in notices
            ]
        return []


def _few_messages(ready: list[Notice]) -> list[Notice]:
    """Return *ready* without the messages that wait for the next batch; no letter is cut."""
    outside = (one.letter or one.id for one in ready if one.channel != INAPP)
    first = set(islice(dict.fromkeys(outside), MESSAGES))
    return [one for one in ready if one.channel == INAPP or (one.letter or one.id) in first]


def _settle(
    tx: Transaction,
    epoch: int,
    done: Iterable[tuple[Notice, Notice, Rules | None]],  # as it was, as it is, under which rules
    now: datetime,
) -> None:
    """Keep what became of notices, and those that stand in for them, in one transaction.

    Who dies before it finds the first one without an outcome, who dies after it both.
    """
    settled = list(done)
    tx.ledger.save([one for _, one, _ in settled], epoch)
    instead = (handed_on(was, one, under.fallbacks, now) for was, one, under in settled if under)
    tx.ledger.add([one for one in instead if one])


def _ready_at(notice: Notice, rules: Rules | None) -> datetime:
    if rules is None:
        return notice.decided_at
    return ready_at(notice, rules.policy, rules.calendar)


def _outcome(way: Way, written: Written, now: datetime) -> Callable[[Notice, Written], Notice]:
    """Hand *written* over; return what becomes of a notice that it told.

    Its words are those of before where nothing was delivered.
    """
    told = written.notice
    message = Message(
        notice=told.letter or told.id,
        name=written.name,
        address=written.address,
        subject=written.subject,
        text=written.text,
        sent_at=now,
    )
    try:
        way.channel.send(message)
    except TemporaryFailure as failure:
        why = failure.reason
        return lambda notice, was: _postponed(notice, was, why, now)
    except PermanentFailure as failure:
        why = failure.reason
        return lambda notice, was: refused(_unsaid(notice, was), why, now)
    except OutcomeUnknown:
        return lambda notice, was: in_doubt(notice, was.sends_again, now)
    return lambda notice, _: delivered(notice, now)


def _unsaid(notice: Notice, was: Written) -> Notice:
    return replace(notice, words=was.notice.words)


def _postponed(notice: Notice, was: Written, why: str, now: datetime) -> Notice:
    unsaid = _unsaid(notice, was)
    if was.rules is None:
        return refused(unsaid, why, now)
    return postponed(unsaid, why, was.rules.policy.retry, now)


def _called(one: Written, now: datetime) -> dict[str, object]:
    """Return an in-app notice as the workflow is called with it."""
    if one.reason:
        return wire(withheld(one.notice, one.reason, now))
    return {**wire(replace(one.notice, status="sent")), "text": one.text}


def _answered(one: Written, answer: Recorded, now: datetime) -> Notice:
    """Return an in-app notice after the workflow's answer."""
    if answer.status == RECORDED_OTHERWISE and answer.outcome not in {"", "sent"}:
        return withheld(one.notice, answer.reason, now)  # nothing lies in the inbox
    if one.reason and answer.status != RECORDED_OTHERWISE:
        return withheld(one.notice, one.reason, now)
    if answer.status in RECORDED:
        return delivered(one.notice, now)
    return refused(one.notice, f"refused_{answer.status}", now)
