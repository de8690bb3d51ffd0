"""Foretelling: the very engine, on what its database holds, with a clock that runs ahead.

Nothing is planned by another function than the one that fires, and nothing leaves: its store is
plain objects, every way out takes what it is given and throws it away. People do nothing meanwhile.
Or what was is gone through again, pass by pass, each on as much of the log as the engine had read
then: the same notices come again, under the same ids.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain, islice
from zoneinfo import ZoneInfo

from schemas.calendar import local_day
from schemas.instants import instant
from services.notifier.application.contents import Ahead
from services.notifier.application.engine import Engine
from services.notifier.application.ports import (
    Delivery,
    Message,
    Person,
    Polled,
    Recorded,
    Said,
    Workflow,
)
from services.notifier.application.store_ports import Asked, Store
from services.notifier.domain.errors import NotifierError, WorkflowRefused, WorkflowUnavailable
from services.notifier.domain.notice import Notice
from services.notifier.domain.reading import Head, Pass, Reading

MOST_DAYS = 400
_MOST_PASSES = 10_000  # at one instant
_PAGE = 200
_BARELY = timedelta(microseconds=1)  # instants are no finer


class Stuck(NotifierError):
    """The engine did not get through an instant: what the copy says does not let it."""


@dataclass(slots=True)
class RunningAhead:
    """A clock that is set from one instant to the next."""

    instant: datetime
    driven: bool = True

    def now(self) -> datetime:
        return self.instant


@dataclass(kw_only=True, slots=True)
class Idle:
    """A feed by which nothing comes but what a change records: people do nothing."""

    name: str  # of the feed whose offsets the copy has
    changed: tuple[Delivery, ...] = ()  # what a change records, behind what has been read
    _position: int = field(default=0, init=False)

    def start(self, offsets: Mapping[int, int], reading: Reading) -> None:  # noqa: ARG002
        self._position = reading.having(one.position for one in self.changed).position

    def poll(self, wait_s: float) -> Polled:  # noqa: ARG002 -- nothing is waited for
        deliveries, self.changed = self.changed, ()
        return Polled(deliveries=deliveries, head=Head(position=self._position))

    def close(self) -> None:
        pass


@dataclass(kw_only=True, slots=True)
class Played:
    """What people did, as far as the engine had read it by each of its passes."""

    name: str
    events: Sequence[Delivery]  # the whole log
    made: Pass | None = field(default=None, init=False)  # the one that is gone through again
    _given: Reading = field(default_factory=Reading, init=False)

    def start(self, offsets: Mapping[int, int], reading: Reading) -> None:  # noqa: ARG002
        self._given = reading

    def poll(self, wait_s: float) -> Polled:  # noqa: ARG002 -- nothing is waited for
        page = [*islice(self._missing(), _PAGE)]
        self._given = self._given.having(page)
        return Polled(
            deliveries=tuple(self.events[position - 1] for position in page), head=self._head()
        )

    @property
    def is_behind(self) -> bool:
        """Whether the pass had read more than what has been given by now."""
        return next(self._missing(), None) is not None

    def _missing(self) -> Iterator[int]:
        if self.made is not None:
            wanted = self.made.reading
            # Not put together beforehand: the log is long, and asked for page by page.
            unread = range(self._given.position + 1, wanted.position + 1)
            for position in chain(unread, wanted.ahead):
                if position <= len(self.events) and not self._given.has(position):
                    yield position

    def _head(self) -> Head | None:
        """Return the end of the log, so that what was due is decided until when it was."""
        if self.made is None or self.made.through is None:
            return None
        since = self.made.through + _BARELY if self.made.through < self.made.at else None
        return Head(position=self._given.position, pending_since=since)

    def close(self) -> None:
        pass


@dataclass(slots=True)
class Taking:
    """A way out that takes everything, and sends nothing."""

    def send(self, message: Message) -> None:
        pass


@dataclass(slots=True)
class Asking:
    """The workflow, asked for what it knows and told nothing; away, its people have ids alone.

    *kinds* are the addresses that people are taken to have then. Once away it is not asked again:
    a simulation of many instants would wait for it at each.
    """

    workflow: Workflow
    kinds: frozenset[str]
    _known: dict[str, Person | None] = field(default_factory=dict)
    _words: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    _away: WorkflowUnavailable | None = None

    def text(self, hash_: str) -> bytes | None:
        if self._away is not None:
            raise self._away
        try:
            return self.workflow.text(hash_)
        except WorkflowUnavailable as error:
            self._away = error
            raise

    def words(self, hash_: str, language: str) -> Mapping[str, str]:
        if (hash_, language) not in self._words:
            try:
                told = {} if self._away else self.workflow.words(hash_, language)
            except (WorkflowUnavailable, WorkflowRefused):
                told = {}
            self._words[hash_, language] = told
        return self._words[hash_, language]

    def people(self, ids: Sequence[str]) -> Mapping[str, Person]:
        missing = [id_ for id_ in ids if id_ not in self._known]
        if missing:
            found = self._ask(missing)
            self._known |= {id_: found.get(id_) for id_ in missing}
        return {id_: person for id_ in ids if (person := self._known[id_]) is not None}

    def _ask(self, ids: Sequence[str]) -> Mapping[str, Person]:
        try:
            if self._away is None:
                return self.workflow.people(ids)
        except WorkflowUnavailable as error:
            self._away = error
        except WorkflowRefused:
            pass  # as a token without the right to names
        every = dict.fromkeys(self.kinds, "-")
        return {id_: Person(id=id_, name=id_, addresses=every) for id_ in ids}

    def said(self, person: str, came: Mapping[str, int]) -> Mapping[str, Said]:  # noqa: ARG002
        return {}  # what it would say is thrown away

    def record(self, notices: Sequence[Mapping[str, object]]) -> Mapping[str, Recorded]:
        return {str(notice["notice"]): Recorded(201) for notice in notices}


@dataclass(kw_only=True, slots=True)
class Foretelling:
    """One engine on one copy."""

    engine: Engine
    store: Ahead
    clock: RunningAhead

    def run(self, until: datetime, every: timedelta) -> list[Notice]:
        """Return what is decided up to *until*, by time; instants closer than *every* are one.

        Raises:
            Stuck, StoreUnavailable
        """
        self._settle()
        while (at := self.store.next_after(self.clock.instant)) is not None and at <= until:
            self.clock.instant = min(max(at, self.clock.instant + every), until)
            self._settle()
        return self._decided()

    def again(self, played: Played, passes: Iterable[Pass]) -> list[Notice]:
        """Return what is decided in *passes*, one after the other, from what *played* has.

        Raises:
            Stuck, StoreUnavailable
        """
        for made in passes:
            self.clock.instant, played.made = made.at, made
            while played.is_behind:
                self.engine.hear()
                self._require_progress()
            self.engine.step(0)
            self._require_progress()
        return self._decided()

    def _decided(self) -> list[Notice]:
        return sorted(self.store.decided(), key=lambda one: (one.planned_at, one.id))

    def _settle(self) -> None:
        """Let the engine do everything that is to be done at this instant."""
        for _ in range(_MOST_PASSES):
            if not self.engine.step(0) and self.engine.status.swept_through == self.clock.instant:
                return
            self._require_progress()
        raise Stuck(f"no end at {self.clock.instant.isoformat()}")

    def _require_progress(self) -> None:
        # That the workflow's texts cannot be had now is no reason: those of cases are kept.
        problems = self.engine.status.problems.keys() - {"policy"}
        if problems:
            first = min(problems)
            raise Stuck(f"{first}: {self.engine.status.problems[first]}")


def whole(store: Store) -> list[Notice]:
    """Return the whole ledger, newest decision first."""
    found: list[Notice] = []
    mark = None
    with store.seeing() as tx:
        while page := tx.ledger.search(Asked(limit=_PAGE, after=mark)):
            found += page
            mark = instant(page[-1].decided_at), page[-1].id
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums:
    """What a list of notices comes to."""

    n_messages: int  # that leave
    n_people: int
    by_day: Mapping[tuple[date, str], int]  # messages, by day and rung
    reached: Mapping[str, int]  # people, by rung


def sums(notices: Iterable[Notice], zone: ZoneInfo) -> Sums:
    """Return the sums of what leaves among *notices*."""
    leaving = [one for one in notices if one.status in {"sent", "unknown"} and one.recipient]
    people = {(one.rung, one.recipient.person) for one in leaving if one.recipient}
    return Sums(
        n_messages=len(leaving),
        n_people=len({person for _, person in people}),
        by_day=Counter((local_day(one.planned_at, zone), one.rung) for one in leaving),
        reached=Counter(rung for rung, _ in people),
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change takes away and brings; what is the same in both is in neither."""

    gone: tuple[Notice, ...]
    come: tuple[Notice, ...]


def difference(before: Sequence[Notice], after: Sequence[Notice]) -> Difference:
    """Return how what is told *after* a change differs from *before* it: to whom, when, how."""
    was, is_now = ({_said(one) for one in notices} for notices in (before, after))
    return Difference(
        gone=tuple(one for one in before if _said(one) not in is_now),
        come=tuple(one for one in after if _said(one) not in was),
    )


def _said(one: Notice) -> tuple[object, ...]:
    to = one.recipient
    whom = (to.person, to.unit, to.role) if to else None
    return (one.case, one.desk, one.track, one.rung, one.planned_at, whom, one.channel, one.status)
