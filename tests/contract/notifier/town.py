"""A notifier on a real database whose outside, log and clock are in the test's hands."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from schemas.policy import Policy
from services.notifier.adapters.database import SqlStore, connect
from services.notifier.adapters.database.tables import metadata
from services.notifier.adapters.templates import tongues
from services.notifier.application.deliver import Delivering
from services.notifier.application.engine import Engine
from services.notifier.application.learn import Learning
from services.notifier.application.ports import (
    NOTHING_MOVES,
    RECORDED_OTHERWISE,
    Message,
    Moved,
    Person,
    Recorded,
    Said,
    Way,
)
from services.notifier.application.rules import Book
from services.notifier.application.simulations import Told
from services.notifier.application.status import Status
from services.notifier.application.store_ports import Asked
from services.notifier.application.writing import Writing
from services.notifier.domain.errors import ChannelFailed, WorkflowRefused, WorkflowUnavailable
from services.notifier.domain.notice import Notice
from services.workflow.application.notices import SAME
from tests.unit.notifier.world import (
    CALENDAR,
    POLICY,
    SCHEME_HASH,
    SCHEME_TEXT,
    HandClock,
    ListFeed,
    Log,
    at,
)

WAYS = {"inapp": "inapp", "email": "email"}


@contextmanager
def in_memory() -> Iterator[SqlStore]:
    """An empty database of this thread's, for the many examples of a property."""
    engine = connect("sqlite://")
    metadata.create_all(engine)
    store = SqlStore(engine)
    yield store
    store.close()


class Killed(BaseException):
    """The process died here: nothing after it runs."""


@dataclass
class ListWorkflow:
    """The workflow's side: an inbox and a record that take each notice once."""

    recorded: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    reported: list[str] = field(default_factory=list)  # ids, once per time they were told
    away: bool = False
    die_after_recording: bool = False
    served: dict[str, bytes] = field(default_factory=lambda: {SCHEME_HASH: SCHEME_TEXT})
    asked: list[str] = field(default_factory=list)  # hashes of texts, once per time
    answers: dict[str, int] = field(default_factory=dict)  # notice -> status, instead of 201
    strangers: set[str] = field(default_factory=set)  # people it does not know
    names: dict[str, str] = field(default_factory=dict)  # by person, who is called otherwise
    said_of: dict[str, Said] = field(default_factory=dict)  # by case, to anybody
    said_away: bool = False  # as one of the release before, which is not asked
    asked_said: list[tuple[str, Mapping[str, int]]] = field(default_factory=list)
    says_what_stands: bool = True  # as one of the release before does not
    languages: dict[str, str] = field(default_factory=dict)  # by person, who chose one
    told_words: dict[str, Mapping[str, str]] = field(default_factory=dict)  # by scheme, English
    moved: dict[str, Moved] = field(default_factory=dict)  # by calendar
    words_away: bool = False  # as one of the release before, which is not asked

    def people(self, ids: Sequence[str]) -> Mapping[str, Person]:
        if self.away:
            raise WorkflowUnavailable("away")
        return {
            id_: Person(
                id=id_,
                name=self.names.get(id_, f"示例{id_}"),
                addresses={"email": f"{id_}@example.org"},
                language=self.languages.get(id_, "zh"),
            )
            for id_ in ids
            if id_ not in self.strangers
        }

    def words(self, hash_: str, language: str) -> Mapping[str, str]:
        if self.words_away:
            raise WorkflowRefused("/v1/texts/…/words: 404", 404)
        assert language == "en"
        return self.told_words.get(hash_, {})

    def said(self, person: str, came: Mapping[str, int]) -> Mapping[str, Said]:
        self.asked_said.append((person, came))
        if self.said_away:
            raise WorkflowRefused("/v1/said: 404", 404)
        return {case: self.said_of[case] for case in came if case in self.said_of}

    def moved_deadlines(self, calendar: bytes) -> Moved:
        if self.away:
            raise WorkflowUnavailable("away")
        return self.moved.get(sha256(calendar).hexdigest(), NOTHING_MOVES)

    def text(self, hash_: str) -> bytes | None:
        if self.away:
            raise WorkflowUnavailable("away")
        self.asked.append(hash_)
        return self.served.get(hash_)

    def record(self, notices: Sequence[Mapping[str, Any]]) -> Mapping[str, Recorded]:
        if self.away:
            raise WorkflowUnavailable("away")
        answers = {}
        for notice in notices:
            self.reported.append(notice["notice"])
            first = self.recorded.get(notice["notice"])
            self.recorded.setdefault(notice["notice"], notice)
            answer = Recorded(201 if first is None else 200)
            if first is not None and not _same(first, notice):
                stands = (first["outcome"], first["reason"]) if self.says_what_stands else ()
                answer = Recorded(RECORDED_OTHERWISE, *stands)
            told = self.answers.get(notice["notice"])
            answers[notice["notice"]] = answer if told is None else Recorded(told)
        if self.die_after_recording:
            raise Killed
        return answers

    def texts(self) -> list[str]:
        return [notice["text"] for notice in self.recorded.values() if "text" in notice]


def _same(first: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Tell whether the workflow takes two reports for one and the same."""
    return all(first.get(name) == again.get(name) for name in ("review", "review_version", *SAME))


@dataclass
class ListChannel:
    """A mail server that keeps what it took, and fails or kills as it is told."""

    sent: list[Message] = field(default_factory=list)
    failures: list[ChannelFailed] = field(default_factory=list)  # for the next calls, in order
    die_before: bool = False
    die_after: bool = False

    def send(self, message: Message) -> None:
        if self.die_before:
            raise Killed
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        if self.die_after:
            raise Killed


class Town:
    """A notifier whose outside is in the test's hands."""

    def __init__(self, store: SqlStore, channels: Mapping[str, str] = WAYS) -> None:
        self.store = store
        self.log = Log()
        self.feed = ListFeed(self.log)
        self.clock = HandClock(at(1, 8, 8))
        self.workflow = ListWorkflow()
        self.mail = ListChannel()
        self.channels = channels  # by the policy's name, the one that serves it
        self.ways: dict[str, Way] = {"email": Way(channel=self.mail, address="email")}
        self.policy: Policy | None = POLICY  # of this installation
        self.engine = self.another_engine()

    def serve(self, *texts: bytes) -> None:
        """Let the workflow have *texts*."""
        self.workflow.served.update((sha256(text).hexdigest(), text) for text in texts)

    def another_engine(self, owner: str = "here") -> Engine:
        """Build an engine as a process that has just started."""
        book = Book(calendar=CALENDAR, channels=self.channels, own=self.policy)
        delivering = Delivering(
            store=self.store,
            workflow=self.workflow,
            ways=self.ways,
            writing=Writing(
                store=self.store,
                workflow=self.workflow,
                tongues=tongues(),
                book=book,
                ways=self.ways,
                public_url="https://shuping.example.org",
            ),
            book=book,
            new_salt=lambda: secrets.token_bytes(32),
        )
        return Engine(
            store=self.store,
            feed=ListFeed(self.log) if owner != "here" else self.feed,
            workflow=self.workflow,
            delivering=delivering,
            learning=Learning(store=self.store, workflow=self.workflow),
            book=book,
            clock=self.clock,
            owner=owner,
            status=Status(),
            log=lambda *_, **__: None,
            system_time=lambda: datetime.now(UTC),
        )

    def restart(self) -> None:
        """Begin again as the process that comes after a kill, at the same address."""
        self.engine = self.another_engine()

    def run(self, now: datetime | None = None, n_passes: int = 12) -> None:
        """Move the clock and make passes until there is nothing to do."""
        if now:
            self.clock.set(now)
        for _ in range(n_passes):
            if not self.engine.step(0) and not self.engine.status.problems:
                return

    def dies(self, now: datetime | None = None) -> None:
        """Run into the instant at which the process is killed, and start the next one."""
        with pytest.raises(Killed):
            self.run(now)
        self.restart()

    def notices(self, **asked: Any) -> list[Notice]:
        with self.store.seeing() as tx:
            return tx.ledger.search(Asked(limit=200, **asked))

    def told(self, channel: str = "inapp") -> list[tuple[str, str, str]]:
        """Return (rung, person, status) of every notice of *channel*, oldest first."""
        return sorted(
            (notice.rung, notice.recipient.person if notice.recipient else "-", notice.status)
            for notice in self.notices()
            if notice.channel == channel
        )


def never(_asked: Mapping[str, Any]) -> Told:
    """Simulate nothing: whoever uses this door asks for none."""
    raise NotImplementedError
