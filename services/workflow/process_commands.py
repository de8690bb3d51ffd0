"""Commands that stay: what serves, what sequences, what relays, each a process of its own."""

import os
import signal
import socket
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from schemas.readiness import Part
from services.workflow.adapters import clock, server
from services.workflow.adapters.office import printing
from services.workflow.bootstrap.web import Web
from services.workflow.console import Arguments, refused
from services.workflow.settings import SettingsRefused, read_settings
from services.workflow.starting import in_time

_logger = structlog.get_logger(__name__)


def answering() -> Web:
    """Return the parts of a process that answers operators while it does its work."""
    return in_time(Web(read_settings()))


def run_serve(parts: Web, _arguments: Arguments) -> int:
    """Serve the API and the pages, in worker processes."""
    parts.check_log()
    settings = parts.settings
    if lacking := printing.lacking():
        _logger.warning("printing_not_possible", lacking=lacking)
    _ = parts.english_words  # what is wrong with a file is told now: workers go on without them
    if settings.embedded:
        _ = parts.key  # the worker signs: without a key it would end, again and again
    parts.database.close()  # the worker processes connect for themselves
    with (
        TemporaryDirectory(prefix="shuping-figures-") as counted,
        TemporaryDirectory(prefix="shuping-") as beside,
        parts.answering("metrics_bind", parts.watching.parts, counted),
    ):
        # Whichever of them a scrape would meet knows its own requests only; so all of them count
        # in files of this folder, and this process tells the sum.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counted
        server.serve(
            "services.workflow.bootstrap.web:asgi",
            f"services.workflow.adapters.http.ways:{settings.way.title()}Way",
            host=settings.host,
            port=settings.port,
            processes=settings.processes,
            beside=Path(beside),
        )
    return 0


def run_sequence(parts: Web, _arguments: Arguments) -> int:
    """Give positions and sign checkpoints, until asked to end."""
    parts.check_log()
    sequencer = parts.sequencer  # without a key nothing is begun
    with parts.answering("sequencer_bind", parts.keeping_parts):
        stop = _until_asked()
        for name, run in parts.unattended().items():
            threading.Thread(target=run, args=(stop,), name=name, daemon=True).start()
        sequencer.run(stop)
    return 0


def run_relay(parts: Web, arguments: Arguments) -> int:
    """Publish the log to Kafka, until asked to end."""
    # Imported here: without Kafka nothing of it is loaded.
    from services.workflow.adapters.kafka import Relay, run_as_process  # noqa: PLC0415

    if not parts.settings.kafka_bootstrap:
        raise SettingsRefused(["SHUPING_KAFKA_BOOTSTRAP: the relay needs brokers"])
    parts.check_log()
    first, published = arguments.again_from, parts.database.relay.cursor()
    if first is not None and first > published + 1:
        return refused(arguments, [f"--from {first}: nothing behind {published} is published yet"])
    relay = Relay(
        parts.database.relay,
        parts.settings.kafka,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        now=clock.system_now,
        make_topics=arguments.create_topics,
        again_from=first,
    )

    def told() -> dict[str, Part]:
        return {**parts.watching.parts(), "kafka": relay.status.part()}

    with parts.answering("relay_bind", told, figures=relay.status.figures):
        return run_as_process(relay)


def _until_asked() -> threading.Event:
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    return asked
