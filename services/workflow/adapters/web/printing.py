"""Papers to be printed: what goes out as a text document, as pages of A4 that nobody edits.

The one idea: it is the same paper, set by the same measures (GB/T 9704): the text 156 by 225 mm, 22
lines to a page, the title of 22 points and the text of 16. What lays it out fetches nothing.
"""

from typing import Any

from services.workflow.adapters.web.rendering import TEMPLATES
from services.workflow.adapters.web.slips import layout
from services.workflow.application.papers import Paper

MEDIA = "application/pdf"


class Fetched(Exception):
    """A paper named something to be fetched: none of ours does."""


def as_pdf(paper: Paper) -> bytes:
    """Return *paper* as a PDF.

    Raises:
        NoPango: nothing here can lay it out.
    """
    html = layout()
    body = TEMPLATES.get_template("printed_paper.html").render(paper=paper, day=paper.day)
    pdf: bytes = html(string=body, url_fetcher=_refuse).write_pdf()
    return pdf


def _refuse(url: str, *_: Any, **__: Any) -> Any:
    raise Fetched(url)
