"""Simulating: what will be sent to whom when, as things are and as a change would have it.

The engine runs ahead on what the database holds, see `application/foretelling.py`; a change is what
files say, see `changing.py`; here all is put together.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from itertools import accumulate
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa

from schemas.calendar import WorkingDays, end_of_day
from schemas.calendars import read as shipped_calendar
from schemas.document import Fault, Faults
from schemas.instants import parse_instant
from schemas.policy import Policy
from schemas.said import said
from services.notifier.adapters.database import SqlStore, contents
from services.notifier.adapters.feed.http import HttpFeed
from services.notifier.adapters.memory import MemoryStore
from services.notifier.adapters.workflow import WorkflowClient
from services.notifier.application.contents import NOTHING, Ahead, Contents
from services.notifier.application.deliver import MESSAGES
from services.notifier.application.foretelling import (
    Asking,
    Foretelling,
    Idle,
    Played,
    RunningAhead,
    Taking,
    whole,
)
from services.notifier.application.imported import recorded as recorded_by
from services.notifier.application.ports import (
    NOTHING_MOVES,
    Delivery,
    Feed,
    Moved,
    SetsDeadlines,
    Way,
)
from services.notifier.application.rules import Book
from services.notifier.application.status import Status
from services.notifier.application.writing import Worded, Written
from services.notifier.bootstrap import engine_of, serving
from services.notifier.changing import Change
from services.notifier.domain.notice import BOUNCED, Notice
from services.notifier.domain.reading import Pass, Reading

ZONE = ZoneInfo("Asia/Shanghai")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Recording:
    """The whole log, by position."""

    events: Sequence[Delivery]

    def known_at(self, at: datetime) -> int:
        """Return up to which position all had been recorded before *at*."""
        return bisect_left(self._recorded, at)

    @cached_property
    def _recorded(self) -> list[datetime]:
        times = (parse_instant(orjson.loads(one.body)["time"]) for one in self.events)
        # What got its position later than an event that was recorded after it came after it.
        return [*accumulate(times, max)]


@dataclass(slots=True)
class Watched:
    """The words of one notice, as the engine puts them; it may be sent within a letter of a day."""

    notice: str  # its id
    # In the language of who is told, then in the others; empty: it is none of those that are
    # decided, or says nothing.
    words: tuple[Worded, ...] = ()

    def is_read(self, one: Notice) -> bool:
        """Tell whether *one* has to be put into words."""
        return one.id == self.notice

    def __call__(self, written: Sequence[Written]) -> None:
        for one in written:
            if one.notice.id == self.notice and one.text:
                own = Worded(language=one.language, subject=one.subject, text=one.text)
                self.words = (own, *one.others())


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulator:
    """What it takes to foretell for one installation."""

    database: sa.Engine
    workflow: SetsDeadlines
    ways: Mapping[str, Way]  # as the installation has them; nothing is sent by them
    feed: str  # the name of the feed that the database was filled from
    own: Policy | None  # of this installation
    public_url: str
    _moved: dict[str, Moved] = field(default_factory=dict, init=False)  # by hashes of calendars

    def taken(self) -> Contents:
        """Return what the database holds now.

        Raises:
            StoreUnavailable
        """
        return contents(self.database)

    def run(
        self,
        begun: Contents,
        now: datetime,
        until: date,
        change: Change,
        watched: Watched | None = None,
    ) -> list[Notice]:
        """Return what will be decided from *now* to the end of the day *until*, *begun* there.

        The words of one of them go to *watched*.

        Raises:
            Stuck, and what `moved` does
        """
        clock = RunningAhead(now)
        begun = self._changed(begun, change, now)
        feed = Idle(name=self.feed, changed=recorded_by(self.moved(change), begun, self.feed, now))
        store = MemoryStore(begun)
        foretelling = self._foretelling(store, self._book(change), feed, clock, watched)
        return foretelling.run(end_of_day(until, ZONE), _MINUTE)

    def moved(self, change: Change) -> Moved:
        """Return which deadlines *change* moves: those that a calendar's import would.

        A scheme moves none: what runs keeps the one that its round was opened with.

        Raises:
            schemas.document.Faults: it has no table for days by which open cases are counted.
            WorkflowUnavailable, WorkflowRefused
        """
        calendar = change.calendar
        if calendar is None:
            return NOTHING_MOVES
        if calendar.hash not in self._moved:
            moved = self.workflow.moved_deadlines(calendar.canonical)
            if moved.beyond:
                raise Faults([*map(_fault, moved.beyond)])
            self._moved[calendar.hash] = moved
        return self._moved[calendar.hash]

    def again(self, log: Recording, until: datetime) -> list[Notice]:
        """Return what is decided up to *until* by who begins anew and goes through it all again.

        Pass by pass, as the engine noted them; last it looks at what should have been decided by
        *until* besides.

        Raises:
            Stuck
        """
        if not log.events:
            return []
        passes = [one for one in self._passes(log, until) if one.at <= until]
        end = Reading(len(log.events))
        passes += [Pass(reading=end, at=until, through=until)] * _times(len(passes) * MESSAGES)
        clock = RunningAhead(passes[0].at)
        played = Played(name=self.feed, events=log.events)
        foretelling = self._foretelling(MemoryStore(NOTHING), self._book(Change()), played, clock)
        return foretelling.again(played, passes)

    def _passes(self, log: Recording, until: datetime) -> list[Pass]:
        """Return the passes that were noted, and before them what the ledger says of earlier ones.

        A release of before noted none: what it had read is then what had been recorded by then.
        """
        with SqlStore(self.database).seeing() as tx:
            noted = [*tx.progress.passes()]
        decided = Counter(one.decided_at for one in self.ledger(until))
        earlier = [
            Pass(reading=Reading(log.known_at(at)), at=at, through=at)
            for at, n_notices in sorted(decided.items())
            for _ in range(_times(n_notices))
            if not noted or at < noted[0].at
        ]
        return [*earlier, *noted]

    def ledger(self, until: datetime) -> list[Notice]:
        """Return what was decided up to *until*; that mail came back is no decision."""
        found = whole(SqlStore(self.database))
        return [one for one in found if one.decided_at <= until and one.reason != BOUNCED]

    def _own(self, change: Change) -> Policy | None:
        own, policy = self.own, change.policy
        takes_its_place = policy and own and own.scheme == policy.scheme
        return policy if takes_its_place else own

    def _changed(self, begun: Contents, change: Change, now: datetime) -> Contents:
        """Return *begun* with *change*, but for a policy that is this installation's own."""
        policy, calendar, scheme = change.policy, change.calendar, change.scheme
        if policy is not None and policy is not self._own(change):
            begun = begun.publishing("policy", policy.scheme, policy.hash, policy.canonical)
        if calendar is not None:
            begun = begun.publishing("calendar", calendar.id, calendar.hash, calendar.canonical)
        if scheme is not None:
            id_, hash_ = orjson.loads(scheme)["id"], sha256(scheme).hexdigest()
            begun = begun.under(id_, hash_).publishing("scheme", id_, hash_, scheme)
        if change.organisation is not None:
            there = change.organisation
            begun = begun.organised(there["units"], there["posts"], now)
        return begun

    def _book(self, change: Change) -> Book:
        calendar = WorkingDays.from_json(shipped_calendar())
        return Book(calendar=calendar, channels=serving(self.ways), own=self._own(change))

    def _foretelling(
        self,
        store: Ahead,
        book: Book,
        feed: Feed,
        clock: RunningAhead,
        watched: Watched | None = None,
    ) -> Foretelling:
        kinds = frozenset(way.address for way in self.ways.values() if way.address)
        engine = engine_of(
            store=store,
            feed=feed,
            workflow=Asking(self.workflow, kinds),
            ways={
                name: Way(channel=Taking(), address=way.address, must_have=way.must_have)
                for name, way in self.ways.items()
            },
            book=book,
            clock=clock,
            owner="simulation",
            status=Status(),
            log=lambda *_, **__: None,
            public_url=self.public_url,
            is_read=watched.is_read if watched else lambda _: False,
            show=watched or (lambda _: None),
        )
        return Foretelling(engine=engine, store=store, clock=clock)


def _fault(beyond: tuple[str, str]) -> Fault:
    number, day = beyond
    reason = said("has no table for {day}, by which {number} is counted", day=day, number=number)
    return Fault(file="calendar", line=0, path="years", reason=reason)


def _times(n_notices: int) -> int:
    """Return how many passes it takes to hand over *n_notices*."""
    return 1 + n_notices // MESSAGES


def recorded(client: WorkflowClient) -> Recording:
    """Return the whole log.

    Raises:
        FeedUnavailable
    """
    feed = HttpFeed(client.get)
    feed.start({}, Reading())
    found: list[Delivery] = []
    while deliveries := feed.poll(0).deliveries:
        found += deliveries
    return Recording(found)


@dataclass(frozen=True, slots=True)
class Compared:
    """The ledger held against what was foretold, line by line."""

    n_ledger: int
    n_again: int
    differing: tuple[str, ...]  # one line each


def compare(ledger: Iterable[Notice], again: Iterable[Notice]) -> Compared:
    """Return where the two differ: in what was decided, for whom, for when, and why not.

    That another channel stood in is no decision: it follows from how a channel answered.
    """
    kept, foretold = (
        {one.id: one for one in notices if one.instead_of is None} for notices in (ledger, again)
    )
    lines = []
    for id_ in sorted(kept.keys() | foretold.keys()):
        one, other = kept.get(id_), foretold.get(id_)
        if one is None or other is None:
            where = "the ledger" if other is None else "the simulation"
            lines.append(f"only in {where}: {_line(one or other)}")
        elif _decision(one) != _decision(other):
            lines.append(f"{_line(one)}, simulated {_line(other)}")
    return Compared(len(kept), len(foretold), tuple(lines))


def _decision(one: Notice) -> tuple[object, ...]:
    told = one.status != "not_sent"
    return one.recipient, one.channel, one.planned_at, told, "" if told else one.reason


def _line(one: Notice | None) -> str:
    if one is None:
        return ""
    to = one.recipient.person if one.recipient else "-"
    reason = "" if one.status == "sent" else f" ({one.reason})"
    at = one.planned_at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    return f"{at} {one.case} {one.track}/{one.rung} {to} {one.channel} {one.status}{reason}"
