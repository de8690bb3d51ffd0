"""What everything else is made of: the clock, the stores, and what is known from them."""

import threading
from collections.abc import Callable
from datetime import datetime
from functools import cached_property

import structlog

from schemas.document import Faults
from services.workflow.adapters import clock
from services.workflow.adapters.database import Database, connect
from services.workflow.adapters.files import words_file
from services.workflow.application.access import Access
from services.workflow.application.editions import Editions
from services.workflow.application.envelopes import Sealer
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.in_other_words import Catalogues
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.watch import Watch
from services.workflow.settings import Settings, SettingsRefused

_logger = structlog.get_logger(__name__)


class Stores:
    """What everything else is made of: the clock, the stores, and what is known from them.

    Each part is built when first asked for, and shared by all threads.
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
    def english_words(self) -> Catalogues:
        """What English pages say for the words of schemes, by their ids.

        Raises:
            SettingsRefused: a file of the folder that the settings name is no such catalogue.
        """
        try:
            return words_file.read_all(self.settings.words_folder)
        except Faults as broken:
            told = [f"SHUPING_WORDS_FOLDER: {fault.told('en')}" for fault in broken.faults]
            raise SettingsRefused(told) from broken

    @cached_property
    def shown_words(self) -> Catalogues:
        """The same; what is shipped where a file is wrong by now.

        The server refused to start with such a file: one that was changed under it must not keep a
        worker process from taking the place of another.
        """
        try:
            return self.english_words
        except SettingsRefused as refused:
            _logger.warning("english_words_unread", faults=refused.faults)
            return words_file.read_all(None)

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
    def editions(self) -> Editions:
        """Schemes, calendars and policies as they were published."""
        return Editions(self.database.reads)
