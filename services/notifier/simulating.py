"""Simulating: what will be sent to whom when, as things are and as a change would have it.

The engine runs ahead on copies of the database in memory, see `application/foretelling.py`; here
the changes are read from files and the copies put together.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa
import yaml

from schemas.calendar import WorkingDays, end_of_day
from schemas.calendar_reading import read_calendar
from schemas.calendars import read as shipped_calendar
from schemas.canonical import canonical_bytes
from schemas.document import Document, Fault, Faults, read_document
from schemas.instants import parse_instant
from schemas.policy import Policy
from schemas.reading import Node, unknown
from schemas.reading import Reading as Pass
from schemas.said import said
from services.notifier.adapters.database import Copy, SqlStore
from services.notifier.adapters.feed.http import HttpFeed
from services.notifier.adapters.workflow import WorkflowClient
from services.notifier.application.foretelling import (
    Asking,
    Foretelling,
    Played,
    RunningAhead,
    Taking,
    whole,
)
from services.notifier.application.ports import Delivery, Way, Workflow
from services.notifier.application.rules import Book
from services.notifier.application.status import Status
from services.notifier.bootstrap import engine_of, own_policy, serving
from services.notifier.domain.labels import read_labels
from services.notifier.domain.notice import BOUNCED, Notice
from services.notifier.domain.reading import Reading

ZONE = ZoneInfo("Asia/Shanghai")
_LONGEST_NAME = 200
_Read = TypeVar("_Read")
_MINUTE, _AT_ONCE = timedelta(minutes=1), timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is to be otherwise than it is; nothing: nothing."""

    policy: Policy | None = None
    calendar: WorkingDays | None = None
    scheme: bytes | None = None  # canonical text
    organisation: Mapping[str, Any] | None = None

    @classmethod
    def read(
        cls,
        policy: Path | None = None,
        calendar: Path | None = None,
        scheme: Path | None = None,
        organisation: Path | None = None,
    ) -> Self:
        """Return the change that files hold.

        Raises:
            schemas.document.Faults
        """
        faults: list[Fault] = []

        def read(file: Path | None, reads: Callable[[Path], _Read]) -> _Read | None:
            try:
                return reads(file) if file else None
            except Faults as found:
                faults.extend(found.faults)
                return None

        change = cls(
            policy=read(policy, own_policy),
            calendar=read(calendar, lambda file: read_calendar(_document(file))),
            scheme=read(scheme, lambda file: _scheme(_document(file))),
            organisation=read(organisation, lambda file: _organisation(_document(file))),
        )
        if faults:
            raise Faults(faults)
        return change

    @property
    def is_any(self) -> bool:
        """Whether anything is to be otherwise."""
        return self != Change()


def _document(file: Path) -> Document:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = said("cannot be read as UTF-8 text: {problem}", problem=error)
        raise Faults([Fault(file=file.name, line=0, path="", reason=reason)]) from error
    return read_document(text, yaml.compose, file.name)


def _scheme(document: Document) -> bytes:
    """Return the canonical text; whether the rules are sound, `scheme check` says."""
    reading = Pass(document)
    reading.root().identifier("id")
    if not reading.faults:
        try:
            read_labels(document.tree)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            reading.fault((), said("is no scheme: {problem}", problem=error))
    _require_none(reading)
    return canonical_bytes(document.tree)


def _organisation(document: Document) -> Mapping[str, Any]:
    """Return units and posts; whether they fit the rules, `organisation import --dry-run` says."""
    reading = Pass(document)
    root = reading.root()
    units: dict[str, dict[str, Any]] = {}
    children: list[tuple[Node, dict[str, Any]]] = []
    posts: dict[tuple[str, ...], dict[str, Any]] = {}
    for node in root.nodes("units"):
        unit: dict[str, Any] = {
            "id": node.identifier("id"),
            "parent": node.identifier("parent") if node.has("parent") else None,
            "name": node.text("name", _LONGEST_NAME),
            "kind": node.identifier("kind"),
        }
        if units.setdefault(unit["id"], unit) is not unit:
            node.fault(said("{word} is repeated", word=unit["id"]), "id")
        children.append((node, unit))
    for node, unit in children:
        if unit["parent"] and not _ends(unit, units):
            node.fault(said("its line of parents does not end at a unit of this file"), "parent")
    for node in root.nodes("posts"):
        post: dict[str, Any] = {
            "unit": node.identifier("unit"),
            "role": node.identifier("role"),
            "person": node.identifier("person"),
            "since": node.day("from").isoformat(),
            "until": node.day("until").isoformat() if node.has("until") else None,
        }
        if post["unit"] and post["unit"] not in units:
            node.fault(unknown("unit", post["unit"], units), "unit")
        key = (post["unit"], post["role"], post["person"], post["since"])
        if posts.setdefault(key, post) is not post:
            node.fault(said("{word} is repeated", word=post["person"]), "person")
    _require_none(reading)
    return {"units": [*units.values()], "posts": [*posts.values()]}


def _ends(unit: Mapping[str, Any], units: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether the line of parents above *unit* comes to an end among *units*."""
    for _ in units:
        if unit["parent"] is None:
            return True
        if unit["parent"] not in units:
            return False
        unit = units[unit["parent"]]
    return False


def _require_none(reading: Pass) -> None:
    if reading.faults:
        raise Faults(reading.faults)


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulator:
    """What it takes to foretell for one installation."""

    database: sa.Engine
    workflow: Workflow
    ways: Mapping[str, Way]  # as the installation has them; nothing is sent by them
    feed: str  # the name of the feed that the database was filled from
    own: Policy | None  # of this installation
    public_url: str

    def run(self, now: datetime, until: date, change: Change) -> list[Notice]:
        """Return what will be decided from *now* to the end of the day *until*.

        Raises:
            Stuck, StoreUnavailable
        """
        with closing(Copy(self.database)) as copy:
            clock = RunningAhead(now)
            book = self._book(copy, change)
            _apply(copy, change)
            played = Played(name=self.feed, clock=clock)
            foretelling = self._foretelling(copy, book, played)
            return foretelling.run(end_of_day(until, ZONE), _MINUTE)

    def again(
        self,
        events: list[tuple[datetime, Delivery]],
        until: datetime,
        stops: Iterable[datetime] = (),
    ) -> list[Notice]:
        """Return what is decided up to *until* by who begins anew and reads *events*.

        It looks at what is due when an event comes and at *stops*, the instants at which the
        engine looked: a clock that was moved by hand, or an outage, leaves some out.

        Raises:
            Stuck
        """
        if not events:
            return []
        with closing(Copy()) as copy:
            # Just after its instant: at a clock that stands still, what was due there came first.
            come = [(at + _AT_ONCE, delivery) for at, delivery in events]
            played = Played(name=self.feed, clock=RunningAhead(come[0][0]), events=come)
            book = self._book(copy, Change())
            foretelling = self._foretelling(copy, book, played)
            foretelling = replace(foretelling, stops=sorted({*stops, until}))
            return foretelling.run(until + _AT_ONCE, _AT_ONCE)

    def ledger(self, until: datetime) -> list[Notice]:
        """Return what was decided up to *until*; that mail came back is no decision."""
        found = whole(SqlStore(self.database))
        return [one for one in found if one.decided_at <= until and one.reason != BOUNCED]

    def _book(self, copy: Copy, change: Change) -> Book:
        own, policy = self.own, change.policy
        if policy is not None and own is not None and own.scheme == policy.scheme:
            own = policy
        elif policy is not None:
            copy.publish("policy", policy.scheme, policy.hash, policy.canonical)
        calendar = WorkingDays.from_json(shipped_calendar())
        return Book(calendar=calendar, channels=serving(self.ways), own=own)

    def _foretelling(self, copy: Copy, book: Book, played: Played) -> Foretelling:
        kinds = frozenset(way.address for way in self.ways.values() if way.address)
        engine = engine_of(
            store=copy.store,
            feed=played,
            workflow=Asking(self.workflow, kinds),
            ways={
                name: Way(channel=Taking(), address=way.address, must_have=way.must_have)
                for name, way in self.ways.items()
            },
            book=book,
            clock=played.clock,
            owner="simulation",
            status=Status(),
            log=lambda *_, **__: None,
            public_url=self.public_url,
        )
        return Foretelling(
            engine=engine,
            store=copy.store,
            clock=played.clock,
            played=played,
            next_retry=copy.next_retry,
        )


def _apply(copy: Copy, change: Change) -> None:
    if change.calendar is not None:
        calendar = change.calendar
        copy.publish("calendar", calendar.id, calendar.hash, calendar.canonical)
    if change.scheme is not None:
        id_, hash_ = orjson.loads(change.scheme)["id"], sha256(change.scheme).hexdigest()
        copy.move_cases(id_, hash_)
        copy.publish("scheme", id_, hash_, change.scheme)
    if change.organisation is not None:
        copy.organise(change.organisation["units"], change.organisation["posts"])


def recorded(client: WorkflowClient) -> list[tuple[datetime, Delivery]]:
    """Return the whole log, each event with the time it was recorded at.

    Raises:
        FeedUnavailable
    """
    feed = HttpFeed(client.get)
    feed.start({}, Reading())
    found: list[tuple[datetime, Delivery]] = []
    while deliveries := feed.poll(0).deliveries:
        found += [(parse_instant(orjson.loads(d.body)["time"]), d) for d in deliveries]
    # What got its position later than an event that was recorded after it came after it.
    latest = datetime.min.replace(tzinfo=ZONE)
    come = []
    for at, delivery in found:
        latest = max(latest, at)
        come.append((latest, delivery))
    return come


@dataclass(frozen=True, slots=True)
class Compared:
    """The ledger held against what was foretold, line by line."""

    n_ledger: int
    n_again: int
    differing: tuple[str, ...]  # one line each


def compare(ledger: Iterable[Notice], again: Iterable[Notice]) -> Compared:
    """Return where the two differ: in what was decided, for whom, for when, and why not."""
    kept, foretold = ({one.id: one for one in notices} for notices in (ledger, again))
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
