"""Accepting events: facts, timers and the feed's offset move in one transaction.

Whatever was delivered before is dropped by its version; whatever needs something not read yet is
parked and tried again with every batch. So a batch may be repeated, cut short by a crash or mixed
with another partition's, and the facts come out the same.

What cannot be read is the trouble of one case: it is set aside with all that follows in its
stream, and the others go on. Only what nobody can do without stops the reading: an event of the
organisation, or a type that this program is too old for.

The texts that events name are kept before the events are accepted, see `learn.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.envelope import BrokenEvent, Envelope, UnknownEvent, UnreadableEvent
from schemas.facts.texts import PIN
from services.notifier.application.acting import acted
from services.notifier.application.arriving import (
    Arrived,
    arrived_again,
    arrived_as,
    is_known_to,
    open_arrived,
    peek,
    put_aside,
)
from services.notifier.application.ports import Delivery
from services.notifier.application.rules import Book, InForce, Track
from services.notifier.application.store_ports import (
    Issue,
    Parked,
    SetAside,
    Store,
    Timer,
    Transaction,
)
from services.notifier.application.urging import by_event, by_hand
from services.notifier.domain.answers import REASONS
from services.notifier.domain.case import Case, end_answers, evolve, hear
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.reading import Reading
from services.notifier.domain.turns import Turn, turns
from services.notifier.domain.urges import Urge

# What a fold or a calendar says to values that fit their schema and still make no sense together.
_MAKES_NO_SENSE = (ArithmeticError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of a batch."""

    reading: Reading
    n_applied: int
    n_parked: int  # waiting now, all in all
    n_in_vain: int  # of these, though all that lies before them has been read
    unreadable: UnreadableEvent | None  # what is wrong with the event at which reading has stopped
    stopped_at: int | None = None  # where that lies; None: it had been parked, or nothing stopped
    set_aside: tuple[SetAside, ...] = ()  # cases that have been set aside just now
    passed_over: tuple[SetAside, ...] = ()  # reminders by hand that cannot be read
    n_published: int = 0  # texts, each perhaps the one in force from now on


def accept(
    store: Store, epoch: int, feed: str, deliveries: Sequence[Delivery], book: Book
) -> Accepted:
    """Apply *deliveries* of *feed*, up to the first one that stops the reading.

    Raises:
        LeaseLost, StoreUnavailable: nothing was applied.
    """
    arrived, unreadable = peek(deliveries)
    with store.writing(epoch) as tx:
        batch = _Batch(tx, book, book.in_force(tx))
        batch.load(event for event in arrived if event)
        n_taken, stopped = batch.take_each(arrived)
        done, left = deliveries[:n_taken], deliveries[n_taken:]
        batch.write()
        reading = tx.progress.reading(feed).having(delivery.position for delivery in done)
        offsets = {one.partition: one.offset + 1 for one in done if one.partition is not None}
        tx.progress.save(feed, reading, offsets)
    return Accepted(
        reading=reading,
        n_applied=batch.n_applied,
        n_parked=len(batch.waiting),
        n_in_vain=in_vain(batch.waiting.values(), reading),
        unreadable=stopped or unreadable,
        stopped_at=left[0].position if left else None,
        set_aside=tuple(event for event in batch.kept if event.reason),
        passed_over=tuple(batch.passed_over),
        n_published=batch.n_published,
    )


def in_vain(parked: Iterable[Parked], reading: Reading) -> int:
    """Return how many of *parked* wait for what *reading* has passed without meeting it.

    In the log an event comes after all that it needs. So something else was brought in the place
    of one of ours: whoever may write to the topic can name any position.
    """
    return sum(0 < one.position <= reading.position for one in parked)  # 0: a release of before


def take_up_again(store: Store, epoch: int, book: Book) -> list[str]:
    """Read every case that was set aside again from its first bad version; return those that moved.

    Done once at each start: only another program can read what this one could not.

    Raises:
        LeaseLost, StoreUnavailable: the rest stays set aside as it was.
    """
    with store.seeing() as tx:
        before = {first.case: first.position for first in tx.progress.set_aside()}
    moved = []
    for case, position in before.items():
        with store.writing(epoch) as tx:
            arrived = [arrived_again(event) for event in tx.progress.take_back(case)]
            batch = _Batch(tx, book, book.in_force(tx))
            batch.load(arrived)
            batch.take_all(arrived)
            batch.write()
        if not batch.kept or batch.kept[0].position != position:
            moved.append(case)
    return moved


@dataclass
class _Batch:
    """The facts that one batch of events touches, folded in memory and written once."""

    tx: Transaction
    book: Book
    in_force: InForce  # by what has been read so far
    cases: dict[str, Case] = field(default_factory=dict)
    changed: dict[str, Case] = field(default_factory=dict)
    timers: dict[str, Mapping[Track, Timer]] = field(default_factory=dict)  # by case
    urges: list[Urge] = field(default_factory=list)
    turns: set[Turn] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)  # of organisations, by source
    waiting: dict[tuple[str, int], Parked] = field(default_factory=dict)
    stored: frozenset[tuple[str, int]] = frozenset()
    aside: set[str] = field(default_factory=set)  # cases that are set aside
    kept: list[SetAside] = field(default_factory=list)  # their events, to be read again one day
    passed_over: list[SetAside] = field(default_factory=list)
    n_published: int = 0
    n_applied: int = 0

    def load(self, events: Iterable[Arrived]) -> None:
        """Fetch what *events* and what waits will touch."""
        waiting = self.tx.progress.parked()
        ids = {event.stream.case for event in events if event.stream.case}
        ids.update(parked.case for parked in waiting if parked.case)
        self._fetch(ids)
        self.waiting = {(parked.subject, parked.version): parked for parked in waiting}
        self.stored = frozenset(self.waiting)

    def _fetch(self, ids: set[str]) -> None:
        self.cases.update(self.tx.facts.cases(ids))
        self.timers.update(self.tx.timers.of(ids))
        self.aside.update(first.case for first in self.tx.progress.set_aside(ids))

    def take_each(self, events: Sequence[Arrived | None]) -> tuple[int, UnreadableEvent | None]:
        """Apply *events* and what waited for them; return how many, and what stopped it."""
        for index, event in enumerate(events):
            try:
                if event is not None:
                    self.take(event)
            except UnreadableEvent as error:
                return index, error
        try:
            self._take_waiting()
        except UnreadableEvent as error:  # parked by a newer program than this one
            return len(events), error
        return len(events), None

    def take_all(self, events: Sequence[Arrived]) -> None:
        """Apply the *events* of one case; at whatever cannot be read it is set aside.

        What needs something not read yet is parked, and tried with the next batch.
        """
        for event in events:
            try:
                self.take(event)
            except UnknownEvent as error:
                self._set_aside(event, error)

    def take(self, event: Arrived) -> None:
        """Apply *event*, drop it as known, park it, or set its case aside.

        Raises:
            UnreadableEvent: reading stops here.
        """
        case = event.stream.case
        if case is None:
            opened = open_arrived(event)
            is_text = event.stream.part == "text"
            verdict = self._text(opened, event.position) if is_text else self._organisation(opened)
            self._settle(event, verdict)
        elif case in self.aside:
            self._keep(event, case)
        elif event.stream.part == "case":
            self._case(event, case)
        else:
            self._remark(event, case)

    def write(self) -> None:
        """Keep everything that changed."""
        self.tx.facts.save_cases(self.changed.values())
        touched = [*dict.fromkeys([*self.changed, *self.aside])]
        self.tx.timers.replace(touched, [timer for one in touched for timer in self._timers(one)])
        self.tx.timers.urge(self.urges)
        self.tx.timers.turn(self.turns)
        self.tx.progress.put_aside(self.kept)
        fresh = [parked for key, parked in self.waiting.items() if key not in self.stored]
        self.tx.progress.park(fresh)
        self.tx.progress.unpark(self.stored - self.waiting.keys())

    def _timers(self, case: str) -> Iterable[Timer]:
        """Return the timers of *case*; those of one that is set aside stand still."""
        timers = self.timers.get(case, {}).values()
        return [replace(one, at=None) for one in timers] if case in self.aside else timers

    def _take_waiting(self) -> None:
        """Try what is parked again, until nothing more fits."""
        while self.waiting:
            n_before = len(self.waiting)
            for parked in sorted(self.waiting.values(), key=lambda p: (p.subject, p.version)):
                event = arrived_as(parked.body, parked.position)
                if event is not None:
                    self.take(event)
            if len(self.waiting) == n_before:
                return

    def _organisation(self, event: Envelope) -> str:
        known = self._known(event.source)
        if event.streamversion <= known:
            return "known"
        if event.streamversion > known + 1:
            return "early"
        facts = self.tx.facts
        apply = {
            "delegated": facts.delegate,
            "absent": facts.leave,
            "channels_chosen": facts.choose,
        }
        change = apply.get(event.fact, facts.apply_organisation)
        change(event.source, event.streamversion, event.data)
        self.versions[event.source] = event.streamversion
        self.turns |= turns(event.fact, event.data, event.time)
        if event.fact not in {"absent", "channels_chosen"}:
            self._end_answers()
        return "applied"

    def _end_answers(self) -> None:
        """Let answers end with the posts that they were given by, as these are now."""
        self._fetch(self.tx.facts.answered() - self.cases.keys())
        known = [case for case in self.cases.values() if case.answers]
        units = {desk.holder.unit for case in known for desk in case.desks}
        organisation = self.tx.facts.organisation(units) if units else Organisation()
        for case in known:
            ended = end_answers(case, organisation)
            if ended != case:
                self._plan_anew(ended)

    def _text(self, event: Envelope, position: int) -> str:
        data, version = event.data, event.streamversion
        self.tx.texts.publish(data["hash"], version)
        if data["kind"] == "policy":
            moves = data.get("running") != PIN
            issue = Issue(version=version, hash=data["hash"], position=position, moves=moves)
            self.tx.texts.issue(issue)
        # A case that is opened later in this very batch begins under it, as in a batch of its own.
        self.in_force = self.book.in_force(self.tx)
        self.n_published += 1
        return "applied"

    def _case(self, event: Arrived, stream: str) -> None:
        case = self.cases.get(stream)
        try:
            if case is not None and is_known_to(case, event):
                self._settle(event, "known")
            else:
                self._settle(event, self._moved(open_arrived(event), case, event.position))
        except BrokenEvent as error:
            self._set_aside(event, error)

    def _moved(self, event: Envelope, case: Case | None, position: int) -> str:
        version = case.version if case else 0
        known = self._known(event.source)
        if event.streamversion > version + 1 or event.organisationversion > known:
            return "early"
        stream = event.subject
        try:
            moved = evolve(case, event)
            if case is None:
                moved = replace(moved, opened=position)
            elif "to" not in event.data:
                moved = acted(self.tx, self.in_force, moved, event)
            # Event by event, so that it makes no difference how the log is cut into batches.
            # Whoever has come to a desk has been told of nothing: its rungs begin anew.
            fresh = {desk.name for desk in moved.desks if desk.had_since == moved.version}
            before = self.timers.get(stream, {})
            kept = {key: one for key, one in before.items() if key[0] not in fresh}
            timers = self.in_force.timers(moved, kept)
        except _MAKES_NO_SENSE as error:
            raise BrokenEvent(f"{event.type}: {error!r}") from error
        self.cases[stream] = self.changed[stream] = moved
        self.timers[stream] = {(timer.desk, timer.track): timer for timer in timers}
        self.urges += by_event(event, case, moved)
        return "applied"

    def _remark(self, event: Arrived, case: str) -> None:
        try:
            remark = open_arrived(event)
        except BrokenEvent as error:
            # It says nothing about where the case stands: the case goes on without it.
            self.passed_over.append(put_aside(event, case, str(error)))
            self._settle(event, "unreadable")
            return
        if remark.fact in REASONS:
            self._settle(event, self._answer(remark, case))
            return
        known = self.cases.get(case)
        if known and (after := acted(self.tx, self.in_force, known, remark)) != known:
            self._plan_anew(after)
        if remark.data["kind"] == "urge":
            self._settle(event, self._urge(remark, case))

    def _answer(self, event: Envelope, case: str) -> str:
        known = self.cases.get(case)
        if known is None or known.version < event.data["version"]:
            return "early"
        heard = hear(known, event)
        if heard == known:
            return "known"
        units = {desk.holder.unit for desk in heard.desks}
        self._plan_anew(end_answers(heard, self.tx.facts.organisation(units)))
        return "applied"

    def _plan_anew(self, case: Case) -> None:
        self.cases[case.stream] = self.changed[case.stream] = case
        timers = self.in_force.timers(case, self.timers.get(case.stream, {}))
        self.timers[case.stream] = {(timer.desk, timer.track): timer for timer in timers}

    def _urge(self, event: Envelope, case: str) -> str:
        known = self.cases.get(case)
        if known is None or event.organisationversion > self._known(event.source):
            return "early"
        self.urges.append(by_hand(event, known))
        return "applied"

    def _settle(self, event: Arrived, verdict: str) -> None:
        key = (event.subject, event.version or 0)
        if verdict == "early":
            parked = Parked(
                subject=event.subject,
                version=event.version or 0,
                case=event.stream.case,
                position=event.position,
                body=event.body,
            )
            self.waiting.setdefault(key, parked)
            return
        self.waiting.pop(key, None)
        self.n_applied += verdict == "applied"

    def _set_aside(self, event: Arrived, error: UnreadableEvent) -> None:
        case = str(event.stream.case)
        self.aside.add(case)
        self._keep(event, case, str(error))

    def _keep(self, event: Arrived, case: str, reason: str = "") -> None:
        self.kept.append(put_aside(event, case, reason))
        self.waiting.pop((event.subject, event.version or 0), None)

    def _known(self, source: str) -> int:
        if source not in self.versions:
            self.versions[source] = self.tx.facts.organisation_version(source)
        return self.versions[source]
