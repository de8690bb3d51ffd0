"""The shapes of answers, for the API's description and for the tests that hold answers to it.

Answers are written by hand (events are spliced in as stored bytes); these schemas are instances,
made once, and never run on the way of a request.
"""

from services.workflow.adapters.http.documents.administration import (
    AccountKeptView,
    AccountPage,
    DeedPage,
    InvitedView,
    MemberView,
    StaffedView,
    TokenPage,
)
from services.workflow.adapters.http.documents.beside import (
    BroughtView,
    ChannelsView,
    DeputiesView,
    DeputyRecordedView,
    EditionPage,
    FilledView,
    InboxPage,
    LogPage,
    NoticeResults,
    OrganisationTakenView,
    People,
    UnitPage,
    WordsView,
)
from services.workflow.adapters.http.documents.bulletins import BulletinList, BulletinView
from services.workflow.adapters.http.documents.cases import (
    AttachmentView,
    CaseDocument,
    CaseFired,
    CasePage,
    DraftView,
    Fired,
    HistoryPage,
    PossibleList,
    ProblemView,
    Results,
    ReviewFired,
    ReviewPage,
    ReviewView,
)
from services.workflow.adapters.http.documents.consequences import ConsequenceList
from services.workflow.adapters.http.documents.draws import DrawFile, DrawView
from services.workflow.adapters.http.documents.headers import (
    DRAFT_TAG,
    ETAG,
    IDEMPOTENCY_KEY,
    IF_DRAFT,
    IF_MATCH,
    ON_BEHALF_OF,
    OPTIONAL_KEY,
    REPLAYED,
    TEXT_HEADERS,
)
from services.workflow.adapters.http.documents.moved_deadlines import MovedDeadlinesView
from services.workflow.adapters.http.documents.polls import (
    ClosedView,
    CountedByView,
    MarkedView,
    OwnSheetView,
    OwnVoteView,
    PaperBroughtView,
    PaperOfElectorate,
    PollList,
    ReceiptView,
    SheetView,
    SlipList,
    UsedCodes,
)
from services.workflow.adapters.http.documents.rounds import (
    CycleClosedView,
    CycleClosingView,
    CycleDocument,
    CyclePage,
    CyclePreview,
    RoundReportView,
)
from services.workflow.adapters.http.documents.said import SaidView
from services.workflow.adapters.http.documents.scores import RankingView, ScoredView

__all__ = [
    "ACCOUNTS",
    "ACCOUNT_KEPT",
    "ATTACHMENT",
    "BROUGHT",
    "BULLETIN",
    "BULLETINS",
    "CASE",
    "CASES",
    "CASE_FIRED",
    "CHANNELS_CHOSEN",
    "CLOSED",
    "CONSEQUENCES",
    "COUNTED_BY",
    "CYCLE",
    "CYCLES",
    "CYCLE_CLOSED",
    "CYCLE_CLOSING",
    "CYCLE_PREVIEW",
    "DEEDS",
    "DEPUTIES",
    "DEPUTY_RECORDED",
    "DRAFT",
    "DRAFT_TAG",
    "DRAW",
    "DRAW_FILE",
    "EDITIONS",
    "ETAG",
    "FILLED",
    "HISTORY",
    "IDEMPOTENCY_KEY",
    "IF_DRAFT",
    "IF_MATCH",
    "INBOX",
    "INVITED",
    "LOG",
    "MARKED",
    "MEMBER",
    "MOVED_DEADLINES",
    "NOTICE_RESULTS",
    "ON_BEHALF_OF",
    "OPTIONAL_KEY",
    "ORGANISATION_TAKEN",
    "OWN_SHEET",
    "OWN_VOTE",
    "PAPER_BROUGHT",
    "PEOPLE",
    "POLLS",
    "POSSIBLE",
    "PROBLEM",
    "RANKING",
    "RECEIPT",
    "REPLAYED",
    "RESULTS",
    "REVIEW",
    "REVIEWS",
    "REVIEW_FIRED",
    "ROUND_REPORT",
    "SAID",
    "SCORED",
    "SHEET",
    "SLIPS",
    "STAFFED",
    "TEXT_HEADERS",
    "TOKENS",
    "UNITS",
    "USED_CODES",
    "WORDS",
    "Fired",
    "PaperOfElectorate",
    "ProblemView",
    "ReviewPage",
    "ReviewView",
]

POSSIBLE, RESULTS, HISTORY = PossibleList(), Results(), HistoryPage()
REVIEW, REVIEWS, REVIEW_FIRED = ReviewView(), ReviewPage(), ReviewFired()
CASE, CASES, CASE_FIRED = CaseDocument(), CasePage(), CaseFired()
LOG, CYCLE, PEOPLE = LogPage(), CycleDocument(), People()
CYCLE_PREVIEW, ROUND_REPORT = CyclePreview(), RoundReportView()
CYCLE_CLOSED, CYCLE_CLOSING = CycleClosedView(), CycleClosingView()
CONSEQUENCES = ConsequenceList()
BULLETIN, BULLETINS = BulletinView(), BulletinList()
CYCLES, UNITS, EDITIONS = CyclePage(), UnitPage(), EditionPage()
WORDS = WordsView()
MOVED_DEADLINES = MovedDeadlinesView()
INBOX, NOTICE_RESULTS, SAID = InboxPage(), NoticeResults(), SaidView()
DRAW, DRAW_FILE = DrawView(), DrawFile()
SCORED, RANKING = ScoredView(), RankingView()
PROBLEM, DRAFT, ATTACHMENT = ProblemView(), DraftView(), AttachmentView()
POLLS, SLIPS, MARKED, CLOSED = PollList(), SlipList(), MarkedView(), ClosedView()
COUNTED_BY, USED_CODES = CountedByView(), UsedCodes()
SHEET, RECEIPT = SheetView(), ReceiptView()
OWN_SHEET, OWN_VOTE = OwnSheetView(), OwnVoteView()
ACCOUNTS = AccountPage()
ACCOUNT_KEPT = AccountKeptView()
DEEDS = DeedPage()
INVITED = InvitedView()
MEMBER = MemberView()
STAFFED = StaffedView()
TOKENS = TokenPage()
DEPUTIES = DeputiesView()
CHANNELS_CHOSEN = ChannelsView()
DEPUTY_RECORDED = DeputyRecordedView()
FILLED = FilledView()
BROUGHT = BroughtView()
ORGANISATION_TAKEN = OrganisationTakenView()
PAPER_BROUGHT = PaperBroughtView()
