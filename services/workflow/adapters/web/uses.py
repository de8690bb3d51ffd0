"""What the pages need of the rest of the service: use cases only, never a store."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from services.workflow.application.accounts import Accounts
from services.workflow.application.administering import Administration
from services.workflow.application.answers import Answers
from services.workflow.application.attachments import Attachments
from services.workflow.application.ballots.casting import Casting
from services.workflow.application.ballots.counting import Counting
from services.workflow.application.ballots.paper_workbooks import PaperWorkbooks
from services.workflow.application.ballots.polls import Polls
from services.workflow.application.ballots.voting import Voting
from services.workflow.application.boards import Boards
from services.workflow.application.bulletins import Bulletins
from services.workflow.application.channel_choices import ChannelChoices
from services.workflow.application.channel_trials import ChannelTrials
from services.workflow.application.deputies import Deputies
from services.workflow.application.drafts import Drafts
from services.workflow.application.drawn import DrawnReading
from services.workflow.application.exports import Exports
from services.workflow.application.filling import Filling
from services.workflow.application.firing.apart import Apart
from services.workflow.application.firing.commands import Answer, Command
from services.workflow.application.many_cases import ManyCases
from services.workflow.application.organisation_import import OrganisationImport
from services.workflow.application.papers import Layout
from services.workflow.application.ranking import Ranking
from services.workflow.application.round_closing import RoundClosing
from services.workflow.application.round_papers import RoundPapers
from services.workflow.application.round_report import RoundReports
from services.workflow.application.saved_views import SavedViews
from services.workflow.application.scored import ScoredReading
from services.workflow.application.staffing import Staffing
from services.workflow.application.told_by import ToldBy
from services.workflow.domain.authority import Actor


class Fires(Protocol):
    """Fires triggers."""

    def fire(self, command: Command) -> Answer: ...


class Writes(Protocol):
    """Adds remarks and reminders by hand."""

    def note(
        self,
        actor: Actor,
        case_id: str,
        kind: str,
        text: str,
        key: str,
        fingerprint: bytes,
        correlation: str,
        only: str | None = None,
    ) -> Answer: ...


class PageUses(Protocol):
    """The use cases the pages are made of."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def boards(self) -> Boards: ...
    @property
    def attachments(self) -> Attachments: ...
    @property
    def bulletins(self) -> Bulletins: ...
    @property
    def drawn(self) -> DrawnReading: ...
    @property
    def scored(self) -> ScoredReading: ...
    @property
    def ranking(self) -> Ranking: ...
    @property
    def round_closing(self) -> RoundClosing: ...
    @property
    def round_papers(self) -> RoundPapers: ...
    @property
    def round_reports(self) -> RoundReports: ...
    @property
    def casting(self) -> Casting: ...
    @property
    def voting(self) -> Voting: ...
    @property
    def counting(self) -> Counting: ...
    @property
    def administration(self) -> Administration: ...
    @property
    def saved_views(self) -> SavedViews: ...
    @property
    def staffing(self) -> Staffing: ...
    @property
    def deputies(self) -> Deputies: ...
    @property
    def channel_choices(self) -> ChannelChoices: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def exports(self) -> Exports: ...
    @property
    def layout(self) -> Layout: ...
    @property
    def filling(self) -> Filling: ...
    @property
    def many_cases(self) -> ManyCases: ...
    @property
    def paper_workbooks(self) -> PaperWorkbooks: ...
    @property
    def organisation_import(self) -> OrganisationImport: ...
    @property
    def firing(self) -> Fires: ...
    @property
    def apart(self) -> Apart: ...
    @property
    def notices(self) -> Writes: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def channel_trials(self) -> ChannelTrials: ...
    @property
    def told_by(self) -> ToldBy: ...
    @property
    def polls(self) -> Polls: ...
    @property
    def now(self) -> Callable[[], datetime]: ...
