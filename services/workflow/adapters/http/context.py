"""What the routes of one application share, found through the application at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import current_app, g, request

from services.workflow.adapters.http.access import Door, Tokens
from services.workflow.adapters.http.language import preferred
from services.workflow.adapters.http.neighbours import Neighbours
from services.workflow.adapters.http.observation import Observer
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
from services.workflow.application.cycles import Cycles
from services.workflow.application.deputies import Deputies
from services.workflow.application.drafts import Drafts
from services.workflow.application.drawn import DrawnReading
from services.workflow.application.editions import Library
from services.workflow.application.exports import Exports
from services.workflow.application.filling import Filling
from services.workflow.application.firing.loop import Firing
from services.workflow.application.following import Following
from services.workflow.application.log_reading import LogReading
from services.workflow.application.many_cases import ManyCases
from services.workflow.application.moved_deadlines import MovedDeadlines
from services.workflow.application.notices import Notices
from services.workflow.application.on_request import OnRequest
from services.workflow.application.organisation_import import OrganisationImport
from services.workflow.application.papers import Layout
from services.workflow.application.ranking import Ranking
from services.workflow.application.reading import Reading
from services.workflow.application.round_closing import RoundClosing
from services.workflow.application.round_papers import RoundPapers
from services.workflow.application.round_report import RoundReports
from services.workflow.application.said import Saying
from services.workflow.application.scored import ScoredReading
from services.workflow.application.staffing import Staffing
from services.workflow.application.told_by import ToldBy
from services.workflow.application.wayfinding import Wayfinding

EXTENSION = "shuping.http"


class UseCases(Protocol):
    """The application as this adapter calls it; built in bootstrap."""

    @property
    def exports(self) -> Exports: ...
    @property
    def boards(self) -> Boards: ...
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
    def firing(self) -> Firing: ...
    @property
    def attachments(self) -> Attachments: ...
    @property
    def casting(self) -> Casting: ...
    @property
    def voting(self) -> Voting: ...
    @property
    def counting(self) -> Counting: ...
    @property
    def administration(self) -> Administration: ...
    @property
    def staffing(self) -> Staffing: ...
    @property
    def deputies(self) -> Deputies: ...
    @property
    def channel_choices(self) -> ChannelChoices: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def polls(self) -> Polls: ...
    @property
    def reading(self) -> Reading: ...
    @property
    def log_reading(self) -> LogReading: ...
    @property
    def drawn(self) -> DrawnReading: ...
    @property
    def bulletins(self) -> Bulletins: ...
    @property
    def following(self) -> Following: ...
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
    def notices(self) -> Notices: ...
    @property
    def saying(self) -> Saying: ...
    @property
    def moved_deadlines(self) -> MovedDeadlines: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def told_by(self) -> ToldBy: ...
    @property
    def on_request(self) -> OnRequest: ...
    @property
    def cycles(self) -> Cycles: ...
    @property
    def wayfinding(self) -> Wayfinding: ...
    @property
    def library(self) -> Library: ...
    @property
    def accounts(self) -> Tokens: ...
    @property
    def now(self) -> Callable[[], datetime]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What one application was made of."""

    use_cases: UseCases
    door: Door
    observer: Observer
    neighbours: Neighbours | None = None  # other processes of this server


def parts() -> Parts:
    """Return the parts of the application that answers now."""
    found: Parts = current_app.extensions[EXTENSION]
    return found


def use_cases() -> UseCases:
    """Return the use cases of the application that answers now."""
    return parts().use_cases


def correlation() -> str:
    """Return the id of the present request."""
    known: str = g.request_id
    return known


def language() -> str:
    """Return the language in which the present request wants its problems told."""
    return preferred(request.headers.get("Accept-Language", ""))
