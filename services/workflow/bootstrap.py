"""Wiring: settings become one application; the only place that knows every part.

A server's worker processes call `asgi`; commands take what they need from `Parts`.
"""

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from functools import cached_property, partial

import orjson
import structlog
from flask import Flask

from schemas.readiness import Part
from services.workflow.adapters import clock, server
from services.workflow.adapters.database import Database, connect, connect_to_watch
from services.workflow.adapters.files.checkpoint_file import CheckpointFile
from services.workflow.adapters.files.kinds import kind_of
from services.workflow.adapters.http import create_app
from services.workflow.adapters.http.arriving import MOST_BUFFERED_BYTES, Bounded, Room
from services.workflow.adapters.http.bodies import BULK_BYTES
from services.workflow.adapters.http.figures import registry
from services.workflow.adapters.http.loop import Loop, Together
from services.workflow.adapters.http.operations import Operations
from services.workflow.adapters.identity import Argon2Passwords
from services.workflow.adapters.notifier import NotifierClient
from services.workflow.adapters.web import register_pages
from services.workflow.application.access import Access
from services.workflow.application.accounts import Accounts
from services.workflow.application.answered import Answered
from services.workflow.application.attachments import Attachments
from services.workflow.application.boards import Boards, Sources
from services.workflow.application.cycles import Cycles
from services.workflow.application.deputies import Deputies
from services.workflow.application.drafts import Drafts, Forgetting
from services.workflow.application.drawing import Sealing
from services.workflow.application.drawn import DrawnReading
from services.workflow.application.draws_at_hand import DrawsAtHand
from services.workflow.application.editions import Editions, Library, Publishing
from services.workflow.application.envelopes import Sealer
from services.workflow.application.firing.commands import Answer, CaseCommand, Command
from services.workflow.application.firing.keeping_up import KeepingUp
from services.workflow.application.firing.linked import linked
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.replanning import Replanning
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.fitting_in import FittingIn
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.imports import Imports
from services.workflow.application.listings import Listings
from services.workflow.application.log_reading import LogReading
from services.workflow.application.notices import Notices
from services.workflow.application.on_request import OnRequest
from services.workflow.application.policies import Policies
from services.workflow.application.reading import Reading
from services.workflow.application.rounds import at_once
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.sequencing import LogKey, Sequencer, require_unforked
from services.workflow.application.tries import Tries
from services.workflow.application.watch import Watch
from services.workflow.application.watching import Figure, Watching
from services.workflow.application.wayfinding import Wayfinding
from services.workflow.audit.ed25519 import load_signer, verifier
from services.workflow.domain.refusals import Refused
from services.workflow.settings import Settings, SettingsRefused, read_settings

_logger = structlog.get_logger(__name__)


class Parts:
    """Everything the service is made of, each built when first asked for; shared by all threads.

    It is also what the adapters call `use_cases`.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = threading.Event()  # set when the process is asked to end
        file = settings.clock_file
        self.now: Callable[[], datetime] = (
            clock.system_now if file is None else clock.DrivenClock(file)
        )
        self.sealer = Sealer()

    @cached_property
    def database(self) -> Database:
        """The stores."""
        return connect(self.settings.database_url)

    @cached_property
    def rulebook(self) -> Rulebook:
        """Schemes and calendars by cycle."""
        return Rulebook(self.database.reads)

    @cached_property
    def directory(self) -> Directory:
        """The organisation."""
        return Directory(self.database.reads, self.rulebook.at_least)

    @cached_property
    def access(self) -> Access:
        """What reading asks authority with."""
        return Access(self.database.store, self.directory, self.rulebook, self.now, ZONE)

    @cached_property
    def watch(self) -> Watch:
        """The trace of what auditors open."""
        return Watch(self.database.identity, self.now)

    @cached_property
    def firing(self) -> Firing:
        """Firing triggers, and opening cases."""
        return Firing(
            store=self.database.store,
            rulebook=self.rulebook,
            directory=self.directory,
            sealer=self.sealer,
            now=self.now,
            again=Answered(self.database.reads).again,
            listings=Listings(self.database.reads.texts),
            tries=Tries(self.database.tries),
            draws=DrawsAtHand(
                self.database.reads.texts,
                self.database.sequencing.checkpoint,
                self.database.sequencing.last_checkpoint,
            ),
            lanes=1 if self.settings.embedded else 2,
        )

    @cached_property
    def drafts(self) -> Drafts:
        """What was typed and is not handed in."""
        return Drafts(
            store=self.database.store,
            kept=self.database.drafts,
            directory=self.directory,
            rulebook=self.rulebook,
            reads=self.database.reads,
            now=self.now,
        )

    @cached_property
    def attachments(self) -> Attachments:
        """Files that belong to documents."""
        return Attachments(
            drafts=self.drafts,
            kept=self.database.attachments,
            access=self.access,
            watch=self.watch,
            reads=self.database.reads,
            kind_of=kind_of,
            now=self.now,
        )

    @cached_property
    def forgetting(self) -> Forgetting:
        """Taking away drafts, and files that nothing names, whose time is over."""
        kept = (self.database.drafts, self.database.attachments)
        return Forgetting(kept, self.now, _logger.error)

    @cached_property
    def reading(self) -> Reading:
        """Cases and people, read."""
        return Reading(
            access=self.access,
            reads=self.database.reads,
            rulebook=self.rulebook,
            watch=self.watch,
        )

    @cached_property
    def log_reading(self) -> LogReading:
        """Following the log, and checking it."""
        return LogReading(
            access=self.access,
            reads=self.database.reads,
            sequencing=self.database.sequencing,
            stopping=self.stopping,
            most_waiting=max(1, self.settings.threads // 2),
        )

    @cached_property
    def drawn(self) -> DrawnReading:
        """Draws, read and taken away."""
        return DrawnReading(
            access=self.access,
            reads=self.database.reads,
            sequencing=self.database.sequencing,
            log=self.log_reading,
        )

    @cached_property
    def watching(self) -> Watching:
        """What operators ask, over a connection that nothing else waits for."""
        database = connect_to_watch(self.settings.database_url)
        return Watching(
            reads=database.reads,
            sequencing=database.sequencing,
            relaying=(lambda: database.relay.relaying(clock.system_now()))
            if self.settings.kafka_bootstrap
            else None,
            require_writable=database.require_writable,
            now=self.now,
            system_now=clock.system_now,
        )

    @cached_property
    def notices(self) -> Notices:
        """Notes, urges, and what the notifier reports."""
        return Notices(
            store=self.database.store,
            reads=self.database.reads,
            access=self.access,
            sealer=self.sealer,
            now=self.now,
        )

    @cached_property
    def cycles(self) -> Cycles:
        """Opening a cycle."""
        return Cycles(
            store=self.database.store,
            reads=self.database.reads,
            rulebook=self.rulebook,
            directory=self.directory,
            sealer=self.sealer,
            editions=self.editions,
            now=self.now,
        )

    @cached_property
    def on_request(self) -> OnRequest:
        """Opening what people ask for."""
        return OnRequest(
            store=self.database.store,
            reads=self.database.reads,
            directory=self.directory,
            cycles=self.cycles,
            fire=self.firing.fire,
            now=self.now,
        )

    @cached_property
    def wayfinding(self) -> Wayfinding:
        """What a caller needs to find its way back."""
        return Wayfinding(
            access=self.access,
            reads=self.database.reads,
            rulebook=self.rulebook,
            editions=self.editions,
        )

    @cached_property
    def imports(self) -> Imports:
        """Importing the organisation."""
        return Imports(
            store=self.database.store,
            reads=self.database.reads,
            directory=self.directory,
            sealer=self.sealer,
            now=self.now,
            editions=self.editions,
        )

    @cached_property
    def deputies(self) -> Deputies:
        """Recording deputies and absences."""
        return Deputies(
            store=self.database.store,
            reads=self.database.reads,
            directory=self.directory,
            sealer=self.sealer,
            now=self.now,
        )

    @cached_property
    def editions(self) -> Editions:
        """Schemes, calendars and policies as they were published."""
        return Editions(self.database.reads)

    @cached_property
    def library(self) -> Library:
        """Reading what was published."""
        return Library(access=self.access, editions=self.editions)

    @cached_property
    def publishing(self) -> Publishing:
        """Publishing schemes, calendars and policies."""
        return Publishing(
            store=self.database.store,
            reads=self.database.reads,
            editions=self.editions,
            directory=self.directory,
            sealer=self.sealer,
            now=self.now,
        )

    @cached_property
    def fitting_in(self) -> FittingIn:
        """Holding schemes against those they follow and the organisation."""
        return FittingIn(
            editions=self.editions,
            rulebook=self.rulebook,
            directory=self.directory,
            now=self.now,
        )

    @cached_property
    def policies(self) -> Policies:
        """Holding policies against schemes and the organisation."""
        return Policies(editions=self.editions, rulebook=self.rulebook, directory=self.directory)

    @cached_property
    def replanning(self) -> Replanning:
        """Moving the deadlines that rest on what has moved."""
        return Replanning(
            store=self.database.store,
            rulebook=self.rulebook,
            directory=self.directory,
            sealer=self.sealer,
            now=self.now,
        )

    @cached_property
    def keeping_up(self) -> KeepingUp:
        """Replanning that nobody asks for."""
        return KeepingUp(
            replanning=self.replanning,
            work=self.database.work_list,
            calendars=lambda: self.editions.of("calendar"),
            now=self.now,
            say=_logger.error,
        )

    @cached_property
    def accounts(self) -> Accounts:
        """Tokens and sign-ins, by the system's clock."""
        return Accounts(self.database.identity, Argon2Passwords(), clock.system_now)

    @cached_property
    def boards(self) -> Boards:
        """What the pages show."""
        notifier = NotifierClient(self.settings.notifier_url, self.settings.notifier_token)
        sources = Sources(
            reads=self.database.reads,
            store=self.database.store,
            rulebook=self.rulebook,
            directory=self.directory,
            watch=self.watch,
            editions=self.editions,
            possible=lambda actor, case: self.firing.possible(
                CaseCommand(case=case, trigger="", actor=actor)
            ),
            next_notices=notifier.next_notices,
            heads=partial(linked, self.database.store),
        )
        return Boards(sources=sources, checkpoint=self._checkpoint_size)

    @cached_property
    def outside(self) -> CheckpointFile | None:
        """The checkpoints kept outside the database."""
        directory = self.settings.checkpoint_dir
        return None if directory is None else CheckpointFile(directory, self.key.public.name)

    @cached_property
    def key(self) -> LogKey:
        """Who signs the log.

        Raises:
            SettingsRefused: no key is set, or it is none.
        """
        file = self.settings.log_key_file
        if file is None:
            raise SettingsRefused(["SHUPING_LOG_KEY_FILE: needed to sign the log; see `key new`"])
        try:
            public, sign = load_signer(file.read_text(encoding="utf-8").strip())
        except (OSError, ValueError) as error:
            raise SettingsRefused([f"SHUPING_LOG_KEY_FILE: no key in {file}"]) from error
        return LogKey(public=public, sign=sign, verify=verifier(public.public))

    @cached_property
    def sequencer(self) -> Sequencer:
        """Positions and checkpoints."""
        return Sequencer(
            sequencing=self.database.sequencing,
            key=self.key,
            outside=self.outside,
            system_now=clock.system_now,
            seal=Sealing(self.sealer, self.now).seal,
            say=_logger.error,
        )

    def unattended(self) -> Mapping[str, Callable[[threading.Event], None]]:
        """Return what a process that sequences runs beside that, each in a thread of its own."""
        return {"replanning": self.keeping_up.run, "drafts": self.forgetting.run}

    def keeping_parts(self) -> Mapping[str, Part]:
        """Return how each part of a process that sequences is, by name."""
        return self.watching.parts() | self.sequencer.parts()

    def check_log(self) -> None:
        """Refuse a log that is behind the newest checkpoint kept outside, or off it.

        Every process that writes to the log, or hands it on, asks this first.

        Raises:
            LogForked: see there.
            SchemaOutdated: the database is not that of this release.
        """
        self.database.check_schema()
        if self.outside is not None:
            damaged = require_unforked(self.database.sequencing, self.key, self.outside)
            if damaged is not None:
                _logger.error("tree_damaged", detail=damaged)

    def answering(
        self,
        setting: str,
        parts: Callable[[], Mapping[str, Part]],
        counted: str | None = None,
        figures: Callable[[], Iterable[Figure]] = tuple,
    ) -> AbstractContextManager[None]:
        """Answer operators at the address of *setting*, while this process does its work.

        *parts* tells how it is; *counted* is the folder of figures of its worker processes;
        *figures* are its own, beside those of the log.

        Raises:
            SettingsRefused: the address is taken, or is not this machine's.
        """
        host, port = getattr(self.settings, setting)
        try:
            listener = server.listen(host, port)
        except OSError as error:
            name = f"SHUPING_{setting.upper()}"
            raise SettingsRefused([f"{name}: {host}:{port}: {error.strerror}"]) from error
        told = registry(figures, self.watching.figures, counted=counted)
        operations = Operations(parts, told)
        return server.beside(operations, Bounded, listener)

    def app(self) -> Flask:
        """Return the WSGI application: the API, and the pages."""
        app = create_app(self, requests_per_minute=self.settings.requests_per_minute)
        register_pages(app, self, secure=self.settings.public_url.startswith("https:"))
        return app

    def fire_together(self) -> Together:
        """Return how an event loop fires the commands of several callers."""
        rounds = self.database.rounds()
        if rounds is not None:
            return partial(self.firing.fire_together, store=rounds)
        # One thread that does nothing else: batch follows batch, as on the one connection below.
        writer = ThreadPoolExecutor(1, "writer")

        async def together(commands: Sequence[Command]) -> list[Answer | Refused | UnfitEvent]:
            fired = self.firing.fire_together(commands)
            return await asyncio.get_running_loop().run_in_executor(writer, at_once, fired)

        return together

    def _checkpoint_size(self) -> int | None:
        last = self.database.sequencing.last_checkpoint()
        return None if last is None else last.size


def asgi() -> Loop:
    """Return the application of one worker process; with SQLite it sequences as well."""
    server.end_with_server()
    configure_logging()
    parts = Parts(read_settings())
    embedded = parts.settings.embedded
    operations = Operations(parts.keeping_parts if embedded else parts.watching.parts)
    Bounded.room = Room(max(BULK_BYTES, MOST_BUFFERED_BYTES // parts.settings.processes))
    Bounded.most_connections = server.open_files() // 2
    loop = Loop(parts.app(), parts.fire_together(), operations, threads=parts.settings.threads)
    server.on_end(parts.stopping.set)
    if embedded:
        for name, run in (("sequencer", parts.sequencer.run), *parts.unattended().items()):
            thread = threading.Thread(target=run, args=(parts.stopping,), name=name, daemon=True)
            thread.start()
    # What is built now lives as long as the process: the collector need not look at it again. Nor
    # at what one bulk has under way, 23,000 objects that are freed without it when it is answered.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    return loop


class _Output:
    """Standard error, as far as there is room for it: a full disk costs lines, never a request."""

    def write(self, line: bytes) -> None:
        with suppress(OSError):
            sys.stderr.buffer.write(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.buffer.flush()


def configure_logging() -> None:
    """Write one JSON object a line to standard error; a line costs a request microseconds."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(_Output()),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
