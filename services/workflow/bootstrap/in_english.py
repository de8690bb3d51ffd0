"""What the pages are made of for who reads English: the same parts, over rules in English words.

The one idea: what shows is built anew over another rulebook, and what writes is the same as for
everybody, so that no English word gets into the log. What may be tried only so often has one count.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import structlog

from schemas.document import Fault
from services.workflow.adapters.database import Database
from services.workflow.adapters.notifier import NotifierClient
from services.workflow.application.accounts import Accounts
from services.workflow.application.answers import Answers
from services.workflow.application.attachments import Attachments
from services.workflow.application.ballots.paper_workbooks import PaperWorkbooks
from services.workflow.application.channel_choices import ChannelChoices
from services.workflow.application.cycles import Cycles
from services.workflow.application.drafts import Drafts
from services.workflow.application.drawn import DrawnReading
from services.workflow.application.editions import Editions
from services.workflow.application.exports import Exports
from services.workflow.application.filling import Filling
from services.workflow.application.firing.keeping_up import KeepingUp
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.replanning import Replanning
from services.workflow.application.in_other_words import Catalogues, RulebookInOtherWords
from services.workflow.application.listings import Listings
from services.workflow.application.many_cases import ManyCases
from services.workflow.application.notices import Notices
from services.workflow.application.on_request import OnRequest
from services.workflow.application.rate import RateLimit
from services.workflow.application.round_closing import RoundClosing
from services.workflow.application.round_papers import RoundPapers
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.watch import Watch
from services.workflow.bootstrap.reading import Reads
from services.workflow.domain.language.model.scheme import Scheme

_logger = structlog.get_logger(__name__)


class InEnglish(Reads):
    """The parts of *own*, those that show built over its rules in English words."""

    def __init__(self, own: Reads) -> None:
        super().__init__(own.settings)
        self._own = own
        self._words = own.shown_words  # now: what is wrong with a file is told at the start
        self.now, self.sealer, self.stopping = own.now, own.sealer, own.stopping

    @cached_property
    def rulebook(self) -> Rulebook:
        """Schemes in English words, as far as there are any, and calendars by cycle."""
        return RulebookInOtherWords(self._own.rulebook, self._words, _keeps_its_words)

    @cached_property
    def looking(self) -> Firing:
        """What tells what is possible; nothing is fired by it."""
        return self._firing()

    # --- What knows of one world ---

    @cached_property
    def shown_words(self) -> Catalogues:
        return self._own.shown_words

    @cached_property
    def database(self) -> Database:
        return self._own.database

    @cached_property
    def directory(self) -> Directory:
        return self._own.directory

    @cached_property
    def watch(self) -> Watch:
        return self._own.watch

    @cached_property
    def editions(self) -> Editions:
        return self._own.editions

    @cached_property
    def listings(self) -> Listings:
        return self._own.listings

    @cached_property
    def _notifier(self) -> NotifierClient:
        return self._own._notifier  # noqa: SLF001 - it has locks: one for both

    @cached_property
    def guesses(self) -> RateLimit:
        return self._own.guesses

    @cached_property
    def ballot_reads(self) -> RateLimit:
        return self._own.ballot_reads

    # --- What writes, or makes files for the office ---

    @cached_property
    def channel_choices(self) -> ChannelChoices:
        return self._own.channel_choices

    @cached_property
    def firing(self) -> Firing:
        return self._own.firing

    @cached_property
    def accounts(self) -> Accounts:
        return self._own.accounts

    @cached_property
    def answers(self) -> Answers:
        return self._own.answers

    @cached_property
    def attachments(self) -> Attachments:
        return self._own.attachments

    @cached_property
    def cycles(self) -> Cycles:
        return self._own.cycles

    @cached_property
    def drafts(self) -> Drafts:
        return self._own.drafts

    @cached_property
    def drawn(self) -> DrawnReading:
        return self._own.drawn

    @cached_property
    def exports(self) -> Exports:
        return self._own.exports

    @cached_property
    def notices(self) -> Notices:
        return self._own.notices

    @cached_property
    def on_request(self) -> OnRequest:
        return self._own.on_request

    @cached_property
    def replanning(self) -> Replanning:
        return self._own.replanning

    @cached_property
    def keeping_up(self) -> KeepingUp:
        return self._own.keeping_up

    @cached_property
    def round_closing(self) -> RoundClosing:
        return self._own.round_closing

    @cached_property
    def round_papers(self) -> RoundPapers:
        return self._own.round_papers

    @cached_property
    def filling(self) -> Filling:
        return self._own.filling

    @cached_property
    def many_cases(self) -> ManyCases:
        return self._own.many_cases

    @cached_property
    def paper_workbooks(self) -> PaperWorkbooks:
        return self._own.paper_workbooks


def _keeps_its_words(scheme: Scheme, words: Mapping[str, Sequence[Fault]]) -> None:
    told = {
        word: list(dict.fromkeys(fault.told("en").reason for fault in faults))
        for word, faults in words.items()
    }
    _logger.warning("english_words_unfit", scheme=scheme.id, hash=scheme.hash, words=told)
