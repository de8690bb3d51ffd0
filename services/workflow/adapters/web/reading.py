"""Reading what waits for a verdict, one after the other: any document, of any kind of case.

The one idea: to open the page is to open the text, and that is kept; the verdict is given beside
it. What comes before and after is what lies on one's own desk, in the order of the list of tasks.
"""

from uuid import UUID

from flask import Blueprint, Response

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import show_case
from services.workflow.application.boards.reading import Around
from services.workflow.application.boards.versions import files_before
from services.workflow.application.firing.commands import Answer as Outcome


def add_reading(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages on which verdicts are given."""

    @pages.get("/cases/<uuid:case_id>/reading")
    @browsers.asks("case.texts.read")
    def reading(case_id: UUID) -> Answer:
        return reading_page(browsers, str(case_id))


def reading_page(
    browsers: Browsers,
    case_id: str,
    status: int | None = None,
    *,
    answer: Outcome | None = None,
    tried: str = "",
) -> Response:
    """Return what is to be judged of a case, with the forms of the verdicts."""
    look, boards = browsers.look(), browsers.uses.boards
    board = boards.reading(look, case_id)
    around = Around.of(case_id, boards.to_judge(look))
    return show_case(
        browsers,
        "reading.html",
        board.case,
        status,
        answer=answer,
        tried=tried,
        shows=lambda form: form.judges,
        texts=board.texts,
        found=board.found,
        earlier={one.document: files_before(one, board.case.versions) for one in board.texts},
        around=around,
    )
