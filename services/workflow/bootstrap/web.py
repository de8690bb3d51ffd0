"""What answers: the API, the pages, operators; one worker process, or a command."""

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cached_property, partial
from pathlib import Path

from flask import Flask

from schemas.readiness import Part
from services.workflow.adapters import server
from services.workflow.adapters.http import create_app
from services.workflow.adapters.http.arriving import MOST_BUFFERED_BYTES, Bounded, Room
from services.workflow.adapters.http.bodies import BULK_BYTES
from services.workflow.adapters.http.figures import registry
from services.workflow.adapters.http.loop import Casts, Loop, Together
from services.workflow.adapters.http.neighbours import Neighbours
from services.workflow.adapters.http.operations import Operations
from services.workflow.adapters.web import PageUses, register_pages
from services.workflow.adapters.web.languages import CHINESE, ENGLISH
from services.workflow.application.ballots.together import Together as BallotsTogether
from services.workflow.application.firing.commands import Answer, Command
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.rounds import at_once
from services.workflow.application.watching import Figure
from services.workflow.bootstrap.in_english import InEnglish
from services.workflow.bootstrap.output import configure_logging
from services.workflow.bootstrap.reading import Reads
from services.workflow.domain.refusals import Refused
from services.workflow.settings import SettingsRefused, read_settings


class Web(Reads):
    """Everything the service is made of, each built when first asked for; shared by all threads.

    It is also what the adapters call `use_cases`.
    """

    @cached_property
    def spoken(self) -> Mapping[str, PageUses]:
        """What the pages are made of, by the language that they speak."""
        return {CHINESE: self, ENGLISH: InEnglish(self)}

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

    def app(self, neighbours: Neighbours | None = None) -> Flask:
        """Return the WSGI application: the API, and the pages."""
        rate = self.settings.requests_per_minute
        app = create_app(self, requests_per_minute=rate, neighbours=neighbours)
        public_url = self.settings.public_url
        secure = public_url.startswith("https:")
        register_pages(app, self.spoken, secure=secure, public_url=public_url)
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

    def cast_together(self) -> Casts | None:
        """Return how an event loop casts the ballots of several phones; None: it does not."""
        rounds = self.database.ballot_rounds()
        return None if rounds is None else BallotsTogether(rounds, self.ballot_reads).cast


def asgi() -> Loop:
    """Return the application of one worker process; with SQLite it sequences as well."""
    server.end_with_server()
    configure_logging()
    parts = Web(read_settings())
    embedded = parts.settings.embedded
    operations = Operations(parts.keeping_parts if embedded else parts.watching.parts)
    Bounded.room = Room(max(BULK_BYTES, MOST_BUFFERED_BYTES // parts.settings.processes))
    Bounded.most_connections = server.open_files() // 2
    beside, threads = os.environ.get(server.BESIDE), parts.settings.threads
    # With one thread each, two that lend to each other at once would wait for each other.
    neighbours = Neighbours(Path(beside)) if beside is not None and threads > 1 else None
    loop = Loop(
        parts.app(neighbours),
        parts.fire_together(),
        operations,
        threads=threads,
        casts=parts.cast_together(),
    )
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
