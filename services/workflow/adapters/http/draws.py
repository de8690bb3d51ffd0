"""/v1/cases/…/draw: a draw with every byte that is hashed, and as a file to check elsewhere."""

from typing import Any

import orjson
from flask import Response

from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint
from services.workflow.adapters.http.problems import require_id

blueprint = CommandBlueprint("draws", __name__, description="抽签 · draws")


@blueprint.route("/v1/cases/<case>/draw", methods=["GET"])
@operation("case.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.DRAW)
def get_draw(_query: dict[str, Any], case: str) -> Response:
    """Read how far a draw has got, with the statement, the checkpoint to print, and all tickets"""
    seen = use_cases().drawn.view(actor(), require_id(case))
    return Answer(200, orjson.dumps(seen.told)).response()


@blueprint.route("/v1/cases/<case>/draw/file", methods=["GET"])
@operation("case.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.DRAW_FILE)
def get_draw_file(_query: dict[str, Any], case: str) -> Response:
    """Take a draw away as one file, which `draw verify` decides again offline"""
    _case, told = use_cases().drawn.file(actor(), require_id(case))
    return Answer(200, orjson.dumps(told, option=orjson.OPT_INDENT_2)).response()
