"""/v1/cases/…/polls/…/paper-counts/workbook: what one person counted on paper, as a workbook."""

from typing import Any

import orjson
from flask import Response, request

from schemas.fields import StrictSchema
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer, of_file
from services.workflow.adapters.http.bodies import read_whole
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, QueryBool
from services.workflow.adapters.http.polls import named
from services.workflow.adapters.http.problems import require_id
from services.workflow.application.ballots.paper_sheets import PaperBrought
from services.workflow.application.ballots.telling import told_papers
from services.workflow.application.workbooks import MEDIA, WORKBOOK_BYTES

_ROUTE = "/v1/cases/<case>/polls/<poll>/paper-counts/workbook"
_BINARY = {"schema": {"type": "string", "format": "binary"}}

blueprint = CommandBlueprint("paper_workbooks", __name__, description="纸质票表格 · paper")


class PaperQuery(StrictSchema):
    """With `dry_run`, what was read is told, and nothing is kept."""

    dry_run = QueryBool(load_default=False)


@blueprint.route(_ROUTE, methods=["GET"])
@operation("poll.run")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA)
def get_paper_workbook(_query: dict[str, Any], case: str, poll: str) -> Response:
    """Take the workbook to fill in with what you count on paper, once the poll is closed"""
    cases, by = use_cases(), actor()
    shows_names = cases.wayfinding.names(by) is not None
    template = cases.paper_workbooks.template
    return of_file(template(by, require_id(case), named(poll), named=shows_names))


@blueprint.route(_ROUTE, methods=["POST"])
@operation("poll.run")
@blueprint.arguments(PaperQuery(), location="query")
@blueprint.doc(
    parameters=[documents.ON_BEHALF_OF],
    requestBody={
        "required": True,
        "description": "The workbook's own bytes: xlsx, at most 5 MiB.",
        "content": {MEDIA: _BINARY},
    },
)
@blueprint.response(200, documents.PAPER_BROUGHT)
def count_paper_by_workbook(query: dict[str, Any], case: str, poll: str) -> Response:
    """Enter what you counted on paper as a workbook says it, all or nothing; or rehearse it"""
    by, name = actor(), named(poll)
    case_id = require_id(case)
    content = read_whole(request.environ, WORKBOOK_BYTES)
    cases = use_cases()
    shows_names = cases.wayfinding.names(by) is not None
    brought = cases.paper_workbooks.count(
        by, case_id, name, content, dry_run=query["dry_run"], named=shows_names
    )
    return Answer(200, orjson.dumps(_told(brought))).response()


def _told(brought: PaperBrought) -> dict[str, Any]:
    return {
        "dry_run": brought.rehearsed,
        "electorates": told_papers(brought.papers),
        "counted_by": list(brought.counted_by),
    }
