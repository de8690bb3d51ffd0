"""Putting one notifier together: the only place that knows every part."""

import secrets
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
import yaml
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from schemas.calendar import WorkingDays
from schemas.calendars import read as read_calendar
from schemas.commitments import SALT_BYTES
from schemas.document import Document, Fault, Faults, read_document
from schemas.policy import INAPP, Policy
from schemas.policy_reading import read_policy
from schemas.said import said
from services.notifier.adapters.apart import Apart, Later
from services.notifier.adapters.channels import REGISTERED
from services.notifier.adapters.clock import DrivenClock, SystemClock
from services.notifier.adapters.database import Probe, SqlAnswers, SqlGates, SqlStore, connect
from services.notifier.adapters.database.migrating import is_current
from services.notifier.adapters.feed.http import HttpFeed
from services.notifier.adapters.http import create_app
from services.notifier.adapters.templates import tongues
from services.notifier.adapters.workflow import WorkflowClient
from services.notifier.application.deliver import Delivering
from services.notifier.application.engine import Engine, Log
from services.notifier.application.guarding import Guarded
from services.notifier.application.learn import Learning
from services.notifier.application.ports import Channel, Clock, Feed, Gates, Way, Workflow
from services.notifier.application.questions import Questions
from services.notifier.application.rules import Book
from services.notifier.application.status import Status
from services.notifier.application.store_ports import Store
from services.notifier.application.trying import Trials
from services.notifier.application.watching import Watching
from services.notifier.application.writing import Writing, Written
from services.notifier.domain.errors import StoreUnavailable
from services.notifier.domain.gate import Gate
from services.notifier.domain.notice import Notice
from services.notifier.settings import Settings

# With a driven clock somebody waits for us; with the system's the feed's long poll wakes us.
DRIVEN_PAUSE_S = 0.05
LONG_POLL_S = 2.0
TROUBLE_PAUSE_S = 0.5
LOCAL_ZONE = ZoneInfo("Asia/Shanghai")  # in which a day begins that is planned as one


class NotMigrated(Exception):
    """The database is not at the schema this program was written for."""


class NoSuchChannel(Exception):
    """No channel of that name is open in this installation."""


def system_time() -> datetime:
    """Return the machine's time, whatever the business clock says."""
    return datetime.now(UTC)


def own_policy(
    file: Path | None, read: Callable[[Document], Policy] = read_policy
) -> Policy | None:
    """Return this installation's own policy, which stands for its scheme's published one.

    It may be older than this release; *read* says of one that is to be published that it is not.

    Raises:
        schemas.document.Faults: everything that is wrong with it.
    """
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = said("cannot be read as UTF-8 text: {problem}", problem=error)
        raise Faults([Fault(file=file.name, line=0, path="", reason=reason)]) from error
    document = read_document(text, yaml.compose, file.name)
    policy = read(document)
    named: dict[tuple[str | int, ...], str] = {
        ("channels", n): name for n, name in enumerate(policy.channels) if name != INAPP
    }
    named |= {("fallback", n, "to"): one.to for n, one in enumerate(policy.fallbacks)}
    named |= {
        ("choices", n, "channels", m): name
        for n, one in enumerate(policy.choices)
        for m, name in enumerate(one.channels)
    }
    faults = [
        document.fault(path, _no_channel(name))
        for path, name in named.items()
        if name not in REGISTERED
    ]
    if faults:
        raise Faults(faults)
    return policy


def _no_channel(name: str) -> str:
    known = ", ".join(REGISTERED)
    return said("no channel is called {words}; there are {known}", words=name, known=known)


@dataclass(frozen=True, kw_only=True)
class Notifier:
    """A notifier that is put together: its engine, its door, and what to close at the end."""

    engine: Engine
    server: BaseWSGIServer
    close: Callable[[], None]

    def run(self, stop: Event) -> None:
        """Work until *stop* is set, then finish the pass under way and hand over the lease."""
        door = Thread(target=self.server.serve_forever, name="door", daemon=True)
        door.start()
        try:
            while not stop.is_set():
                self._pass(stop)
            with suppress(StoreUnavailable):
                # Without the database the lease runs out by itself.
                self.engine.release()
        finally:
            self.server.shutdown()
            door.join(5)
            self.close()

    def _pass(self, stop: Event) -> None:
        engine = self.engine
        driven = engine.clock.driven
        more = engine.step(0 if driven else LONG_POLL_S)
        if more:
            return
        if engine.status.problems or not engine.status.active:
            stop.wait(TROUBLE_PAUSE_S)
        elif driven:
            stop.wait(DRIVEN_PAUSE_S)


def build(settings: Settings) -> Notifier:
    """Put a notifier together and bind its address; nothing is read or sent yet.

    Raises:
        NotMigrated, schemas.document.Faults, OSError: the address is taken.
    """
    database = migrated(settings)
    store, probe = SqlStore(database), Probe(database)
    clock = clock_of(settings)
    status = Status()
    gates = SqlGates(database)
    ways = behind_gates(ways_of(settings), gates, clock, status)
    book = Book(
        calendar=WorkingDays.from_json(read_calendar()),
        channels=serving(ways),
        own=own_policy(settings.policy_file),
    )
    questions = Questions(store=store, book=book, clock=clock)
    # Channels of their own: each is used by one thread, and the engine's are the engine's.
    trials = trials_of(ways_of(settings), settings, gates, clock)
    apart = Apart(structlog.get_logger("notifier").error)
    answers = SqlAnswers(database)
    answers.sweep()  # what a process left that is no more
    app = create_app(
        questions,
        status,
        settings.token,
        system_time,
        probe.require_answer,
        apart,
        trials,
        Later(apart=apart, answers=answers),
    )
    # Bound before the lease is asked for: two processes with one address cannot both run, so the
    # one that runs may take over at once what its predecessor at this address held.
    server = make_server(
        settings.host, settings.port, app, threaded=True, request_handler=_QuietHandler
    )
    client = WorkflowClient(settings.workflow_url, settings.workflow_token)
    feed = _feed(settings, client)
    engine = engine_of(
        store=store,
        feed=feed,
        workflow=client,
        ways=ways,
        book=book,
        clock=clock,
        owner=f"{socket.gethostname()}/{settings.host}:{server.port}",
        status=status,
        log=structlog.get_logger("notifier").info,
        public_url=settings.public_url,
    )

    engine.watching = Watching(store=store, book=book, system_time=system_time, zone=LOCAL_ZONE)
    engine.see_gates = lambda: see_gates(gates, ways, status)
    engine.ahead = store.ahead
    if settings.mailbox is not None:
        engine.returns = settings.mailbox(lambda: status.active)

    def close() -> None:
        if engine.returns is not None:
            engine.returns.close()
        feed.close()
        client.close()
        probe.close()
        store.close()

    return Notifier(engine=engine, server=server, close=close)


def engine_of(
    *,
    store: Store,
    feed: Feed,
    workflow: Workflow,
    ways: Mapping[str, Way],
    book: Book,
    clock: Clock,
    owner: str,
    status: Status,
    log: Log,
    public_url: str,
    is_read: Callable[[Notice], bool] = lambda _: True,
    show: Callable[[Sequence[Written]], None] = lambda _: None,
) -> Engine:
    """Put an engine together: the one that runs, and the one that only foretells."""
    writing = Writing(
        store=store,
        workflow=workflow,
        tongues=tongues(),
        book=book,
        ways=ways,
        public_url=public_url,
        is_read=is_read,
        show=show,
    )
    delivering = Delivering(
        store=store,
        workflow=workflow,
        ways=ways,
        writing=writing,
        book=book,
        new_salt=lambda: secrets.token_bytes(SALT_BYTES),
    )
    return Engine(
        store=store,
        feed=feed,
        workflow=workflow,
        delivering=delivering,
        learning=Learning(store=store, workflow=workflow),
        book=book,
        clock=clock,
        owner=owner,
        status=status,
        log=log,
        system_time=system_time,
    )


def ways_of(settings: Settings) -> dict[str, Way]:
    """Open every channel that this installation has."""
    return {name: _way(name, opens()) for name, opens in settings.channels.items()}


def see_gates(gates: Gates, ways: Collection[str], status: Status) -> None:
    """Show in *status* how the gates of *ways* stand, whoever moved them last."""
    status.gates = {name: gate for name, gate in gates.all().items() if name in ways}


def behind_gates(
    ways: Mapping[str, Way], gates: Gates, clock: Clock, status: Status
) -> dict[str, Way]:
    """Return *ways*, each behind its gate, which *status* knows of."""
    see_gates(gates, ways, status)

    def tell(name: str, gate: Gate) -> None:
        status.gates = {**status.gates, name: gate}

    def behind(name: str, way: Way) -> Way:
        limits = REGISTERED[name].limits
        guarded = Guarded(
            channel=way.channel, name=name, limits=limits, gates=gates, clock=clock, tell=tell
        )
        return replace(way, channel=guarded, ask=guarded.ask)

    return {name: behind(name, way) for name, way in ways.items()}


def try_channel(settings: Settings, name: str, address: str) -> str:
    """Send one message that says it is a trial by the channel *name*; return `sent`, or why not.

    Raises:
        NoSuchChannel, NoAddress, NotMigrated, StoreUnavailable
    """
    ways = ways_of(settings)
    if name not in ways:
        raise NoSuchChannel(f"no channel is called {name} here; there are {', '.join(ways) or '-'}")
    database = migrated(settings)
    clock = clock_of(settings)
    try:
        tried = trials_of({name: ways[name]}, settings, SqlGates(database), clock)(name, address)
    finally:
        database.dispose()
    return tried.reason or tried.outcome


def trials_of(ways: Mapping[str, Way], settings: Settings, gates: Gates, clock: Clock) -> Trials:
    """Return what tries *ways*; how gates stand it tells no engine: who asks reads them."""
    tried = behind_gates(ways, gates, clock, Status())
    said = (
        "这是一条测试消息，收到即表示通道可用，无需办理。",
        "This is a trial message: it shows that the channel works. Nothing is to be done.",
        settings.public_url,
    )
    return Trials(tried, gates, clock, "通道测试 · Trial of a channel", "\n".join(said))


def migrated(settings: Settings) -> sa.Engine:
    """Return the notifier's database, which is at the schema of this program.

    Raises:
        NotMigrated
    """
    database = connect(settings.database_url)
    if not is_current(database):
        raise NotMigrated("run `python -m services.notifier migrate` first")
    return database


def clock_of(settings: Settings) -> Clock:
    """Return business time, as this installation has it."""
    return DrivenClock(settings.clock_file) if settings.clock_file else SystemClock()


def _way(name: str, channel: Channel) -> Way:
    provider = REGISTERED[name]
    return Way(channel=channel, address=provider.address, must_have=provider.must_have)


def serving(ways: Collection[str]) -> dict[str, str]:
    """Return by the policy's name of a channel the one of *ways* that serves it, itself first."""
    stand_ins = {REGISTERED[name].stands_for: name for name in ways if REGISTERED[name].stands_for}
    return {**stand_ins, **{name: name for name in ways}, INAPP: INAPP}


def _feed(settings: Settings, client: WorkflowClient) -> Feed:
    over_http = HttpFeed(client.get)
    if settings.feed == "http":
        return over_http
    # Only here: the client library is heavy, and not every installation has brokers.
    from services.notifier.adapters.feed.kafka import KafkaFeed  # noqa: PLC0415

    return KafkaFeed(settings.kafka or {}, over_http)


class _QuietHandler(WSGIRequestHandler):
    """Requests are counted, not logged: their addresses hold ids of people."""

    timeout = 10  # seconds; a caller that sends nothing does not keep a thread for ever

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 -- werkzeug's name
        pass
