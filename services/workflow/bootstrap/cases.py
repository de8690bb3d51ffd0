"""What happens to cases: fired, opened, typed, filed, noticed, replanned."""

from functools import cached_property

import structlog

from services.workflow.adapters.office.kinds import kind_of
from services.workflow.application.answered import Answered
from services.workflow.application.answers import Answers
from services.workflow.application.attachments import Attachments
from services.workflow.application.cycles import Cycles
from services.workflow.application.drafts import Drafts
from services.workflow.application.draws_at_hand import DrawsAtHand
from services.workflow.application.firing.keeping_up import KeepingUp
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.replanning import Replanning
from services.workflow.application.forgetting import Forgetting
from services.workflow.application.listings import Listings
from services.workflow.application.moved_deadlines import MovedDeadlines
from services.workflow.application.naming import NamedCases
from services.workflow.application.notices import Notices
from services.workflow.application.on_request import OnRequest
from services.workflow.application.round_closing import RoundClosing
from services.workflow.application.tries import Tries
from services.workflow.bootstrap.rules import Rules

_logger = structlog.get_logger(__name__)


class Cases(Rules):
    """What happens to cases: fired, opened, typed, filed, noticed, replanned."""

    @cached_property
    def listings(self) -> Listings:
        """Who stands on which roster, in memory."""
        return Listings(self.database.reads.texts)

    @cached_property
    def naming(self) -> NamedCases:
        """What the data of an act name of other cases."""
        return NamedCases(reads=self.database.reads, access=self.access, rulebook=self.rulebook)

    @cached_property
    def firing(self) -> Firing:
        """Firing triggers, and opening cases."""
        return self._firing()

    def _firing(self) -> Firing:
        return Firing(
            store=self.database.store,
            rulebook=self.rulebook,
            directory=self.directory,
            sealer=self.sealer,
            now=self.now,
            again=Answered(self.database.reads).again,
            listings=self.listings,
            tries=Tries(self.database.tries),
            draws=DrawsAtHand(
                self.database.reads.texts,
                self.database.sequencing.checkpoint,
                self.database.sequencing.last_checkpoint,
            ),
            polls=self.database.ballots.polls.standing,
            naming=self.naming,
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
        """Taking away drafts, files that nothing names, and sessions, whose time is over."""
        kept = (self.database.drafts, self.database.attachments, self.accounts)
        return Forgetting(kept, self.now, _logger.error)

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
    def round_closing(self) -> RoundClosing:
        """Closing a cycle."""
        return RoundClosing(
            store=self.database.store,
            access=self.access,
            reads=self.database.reads,
            rulebook=self.rulebook,
            sealer=self.sealer,
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
    def moved_deadlines(self) -> MovedDeadlines:
        """Which deadlines a calendar would move."""
        return MovedDeadlines(
            access=self.access, replanning=self.replanning, work=self.database.work_list
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
    def answers(self) -> Answers:
        """What people say to notices."""
        return Answers(
            notices=self.notices,
            reads=self.database.reads,
            access=self.access,
            sealer=self.sealer,
            rulebook=self.rulebook,
        )
