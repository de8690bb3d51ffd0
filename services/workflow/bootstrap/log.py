"""What keeps the log: positions, checkpoints, draws that follow from it; and how it is."""

import threading
from collections.abc import Callable, Mapping
from functools import cached_property

import structlog

from schemas.readiness import Part
from services.workflow.adapters import clock
from services.workflow.adapters.database import SchemaOutdated, connect_to_watch
from services.workflow.adapters.files.checkpoint_file import CheckpointFile
from services.workflow.application.drawing import Sealing
from services.workflow.application.drawn import DrawnReading
from services.workflow.application.log_reading import LogReading
from services.workflow.application.sequencing import LogKey, Sequencer, require_unforked
from services.workflow.application.watching import Watching
from services.workflow.audit.ed25519 import load_signer, verifier
from services.workflow.bootstrap.ballots import Ballots
from services.workflow.settings import SettingsRefused

_logger = structlog.get_logger(__name__)


class Parts(Ballots):
    """What keeps the log: positions, checkpoints, draws that follow from it; and how it is."""

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
            SchemaOutdated: the database is not that of this release, or is on its way there.
        """
        self.database.check_schema()
        if self.database.audit.is_of_before():  # `migrate` ended after the tables, before the heads
            raise SchemaOutdated("cases are not lived through again yet: run migrate")
        if self.outside is not None:
            damaged = require_unforked(self.database.sequencing, self.key, self.outside)
            if damaged is not None:
                _logger.error("tree_damaged", detail=damaged)
