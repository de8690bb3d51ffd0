"""What is shown of cases, to clients and on pages."""

from functools import cached_property, partial

from services.workflow.adapters import clock
from services.workflow.application.ballots.paper_workbooks import PaperWorkbooks
from services.workflow.application.boards import Boards, Sources
from services.workflow.application.boards.plans import one_thread
from services.workflow.application.bulletins import Bulletins
from services.workflow.application.channel_trials import ChannelTrials
from services.workflow.application.exports import Exports
from services.workflow.application.filling import Filling
from services.workflow.application.firing.apart import Apart
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.linked import linked
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.together import Together
from services.workflow.application.following import Following
from services.workflow.application.many_cases import ManyCases
from services.workflow.application.papers import Layout
from services.workflow.application.ranking import Ranking
from services.workflow.application.reading import Reading
from services.workflow.application.round_papers import RoundPapers
from services.workflow.application.round_report import RoundReports
from services.workflow.application.said import Saying
from services.workflow.application.saved_views import SavedViews
from services.workflow.application.scored import ScoredReading
from services.workflow.application.told_by import ToldBy
from services.workflow.application.wayfinding import Wayfinding
from services.workflow.bootstrap.log import Parts
from services.workflow.bootstrap.office import paper, workbook


class Reads(Parts):
    """What is shown of cases, to clients and on pages."""

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
    def following(self) -> Following:
        """What follows from cases."""
        return Following(access=self.access, reads=self.database.reads, rulebook=self.rulebook)

    @cached_property
    def scored(self) -> ScoredReading:
        """How the figures of a case came about."""
        return ScoredReading(
            access=self.access,
            reads=self.database.reads,
            rulebook=self.rulebook,
            watch=self.watch,
        )

    @cached_property
    def ranking(self) -> Ranking:
        """Cases by their figures."""
        return Ranking(
            access=self.access,
            reads=self.database.reads,
            rulebook=self.rulebook,
        )

    @cached_property
    def round_reports(self) -> RoundReports:
        """How rounds went."""
        return RoundReports(
            access=self.access,
            reads=self.database.reads,
            rulebook=self.rulebook,
            watch=self.watch,
        )

    @cached_property
    def bulletins(self) -> Bulletins:
        """Bulletins, for who is in their range."""
        return Bulletins(
            access=self.access,
            reads=self.database.reads,
            rulebook=self.rulebook,
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
    def boards(self) -> Boards:
        """What the pages show."""
        return Boards(
            sources=self._sources,
            checkpoint=self._checkpoint_size,
            simulate=self._notifier.simulate if self.settings.threads > 1 else one_thread,
            simulated=self._notifier.simulated,
        )

    @cached_property
    def saying(self) -> Saying:
        """What was said where cases came back, for the messages that tell so."""
        return Saying(access=self.access, sources=self._sources)

    @cached_property
    def told_by(self) -> ToldBy:
        """Under which policy people were told."""
        return ToldBy(
            access=self.access,
            answers=self.answers,
            editions=self.editions,
            reads=self.database.reads,
            ask=self._notifier.policy,
            next_notices=self._notifier.next_notices,
        )

    @cached_property
    def channel_trials(self) -> ChannelTrials:
        """Trying the notifier's channels."""
        return ChannelTrials(
            access=self.access,
            notifier=self._notifier,
            identity=self.database.identity,
            system_now=clock.system_now,
            one_thread=self.settings.threads == 1,
        )

    @cached_property
    def saved_views(self) -> SavedViews:
        """Lists that people named."""
        return SavedViews(store=self.database.views)

    @cached_property
    def exports(self) -> Exports:
        """Lists as workbooks."""
        return Exports(sources=self._sources, office=workbook())

    @cached_property
    def apart(self) -> Apart:
        """One trigger for many cases, each as if sent alone."""
        return Apart(firing=self.firing, store=self.database.store)

    @cached_property
    def many_cases(self) -> ManyCases:
        """Workbooks over many cases."""
        return ManyCases(
            store=self.database.store,
            directory=self.directory,
            rulebook=self.rulebook,
            boards=self.boards,
            office=workbook(),
            together=Together(firing=self.firing, store=self.database.store),
            now=self.now,
        )

    @cached_property
    def filling(self) -> Filling:
        """Workbooks in place of what is typed."""
        return Filling(
            store=self.database.store,
            directory=self.directory,
            rulebook=self.rulebook,
            boards=self.boards,
            office=workbook(),
            naming=self.naming,
            listings=self.listings,
            now=self.now,
        )

    @cached_property
    def paper_workbooks(self) -> PaperWorkbooks:
        """What was counted on paper, as workbooks."""
        return PaperWorkbooks(
            polls=self.polls,
            counting=self.counting,
            boards=self.boards,
            office=workbook(),
            now=self.now,
        )

    @cached_property
    def round_papers(self) -> RoundPapers:
        """How rounds went, as files."""
        return RoundPapers(
            sources=self._sources, reports=self.round_reports, office=workbook(), layout=paper()
        )

    @cached_property
    def layout(self) -> Layout:
        """What sets papers."""
        return paper()

    @property
    def looking(self) -> Firing:
        """What tells what is possible; nothing is fired by it."""
        return self.firing

    @cached_property
    def _sources(self) -> Sources:
        return Sources(
            reads=self.database.reads,
            store=self.database.store,
            rulebook=self.rulebook,
            directory=self.directory,
            watch=self.watch,
            editions=self.editions,
            possible=lambda actor, case, only: self.looking.possible(
                CaseCommand(case=case, trigger="", actor=actor), only
            ),
            next_notices=self._notifier.next_notices,
            coming=self._notifier.coming,
            own_work=self._notifier.own_work,
            heads=partial(linked, self.database.store, self.rulebook),
        )

    def _checkpoint_size(self) -> int | None:
        last = self.database.sequencing.last_checkpoint()
        return None if last is None else last.size
