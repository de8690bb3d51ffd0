"""Cases as one path serves them: of every kind, or of one kind under the name it had first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.upcast import KIND
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.views import case_view, review_view
from services.workflow.application.wayfinding import Names
from services.workflow.domain.case.head import Case


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One path, and how cases look there."""

    path: str
    member: str  # what answers call one of them
    kind: str | None  # the one kind there is; None: every kind, and links between them
    view: Callable[[Case, Names | None], dict[str, Any]]
    one: documents.ReviewView  # what *view* makes
    page: documents.ReviewPage
    fired: documents.Fired

    @property
    def route(self) -> str:
        """The route of one of them."""
        return f"{self.path}/<{self.member}>"


CASES = Resource(
    path="/v1/cases",
    member="case",
    kind=None,
    view=case_view,
    one=documents.CASE,
    page=documents.CASES,
    fired=documents.CASE_FIRED,
)
REVIEWS = Resource(
    path="/v1/reviews",
    member="review",
    kind=KIND,
    view=review_view,
    one=documents.REVIEW,
    page=documents.REVIEWS,
    fired=documents.REVIEW_FIRED,
)
