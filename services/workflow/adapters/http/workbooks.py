"""/v1/cases/…/workbook: the lists that a trigger takes, as a workbook; nothing is done here."""

from typing import Any

import orjson
from flask import Response, request

from schemas.fields import Code, StrictSchema
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.bodies import read_whole
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.parsing import CommandBlueprint
from services.workflow.adapters.http.problems import require_id
from services.workflow.application.attachments import to_save
from services.workflow.application.workbooks import MEDIA, WORKBOOK_BYTES

_ROUTE = "/v1/cases/<case>/workbook"
_BINARY = {"schema": {"type": "string", "format": "binary"}}

blueprint = CommandBlueprint("workbooks", __name__, description="表格 · workbooks")


class WorkbookQuery(StrictSchema):
    """For which trigger it is."""

    trigger = Code(required=True)


@blueprint.route(_ROUTE, methods=["GET"])
@operation("case.trigger")
@blueprint.arguments(WorkbookQuery(), location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA)
def get_template(query: dict[str, Any], case: str) -> Response:
    """Take the workbook to fill in for a trigger that you may fire and that takes lists"""
    content = use_cases().filling.template(actor(), require_id(case), query["trigger"])
    saved = to_save(f"{query['trigger']}.xlsx")
    return Answer(200, content, MEDIA, headers=tuple(saved.items())).response()


@blueprint.route(_ROUTE, methods=["POST"])
@operation("case.trigger")
@blueprint.arguments(WorkbookQuery(), location="query")
@blueprint.doc(
    requestBody={
        "required": True,
        "description": "The workbook's own bytes: xlsx, at most 5 MiB.",
        "content": {MEDIA: _BINARY},
    }
)
@blueprint.response(200, documents.FILLED)
def read_workbook(query: dict[str, Any], case: str) -> Response:
    """Read a workbook as the data of a trigger, with every fault at its cell; nothing is done"""
    content = read_whole(request.environ, WORKBOOK_BYTES)
    found = use_cases().filling.read(actor(), require_id(case), query["trigger"], content)
    return Answer(200, orjson.dumps({"data": found.data, "n_lines": found.n_lines})).response()
