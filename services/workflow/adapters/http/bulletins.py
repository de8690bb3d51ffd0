"""/v1/bulletins: what is published to a range, for who is in it."""

from typing import Any

import orjson
from flask import Response

from schemas.fields import Code, StrictSchema
from schemas.instants import instant
from services.workflow.adapters.http import cursors, documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer, of_file
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, place
from services.workflow.adapters.http.parsing import CommandBlueprint, QueryInt
from services.workflow.adapters.http.problems import require_id
from services.workflow.application.bulletins import Found
from services.workflow.application.papers import MEDIA, of_bulletin
from services.workflow.application.places import of_cases
from services.workflow.application.saving import File

blueprint = CommandBlueprint("bulletins", __name__, description="通报 · bulletins")


_LIST = "-entered_at"


class BulletinsQuery(StrictSchema):
    """Which page."""

    limit = QueryInt(least=1, most=MOST, load_default=50)  # cases: one may publish several
    after = Cursor()


class BulletinQuery(StrictSchema):
    """Which of the bulletins of a case; the first of them that is for you, if none is named."""

    name = Code()


@blueprint.route("/v1/bulletins", methods=["GET"])
@operation("case.list")
@blueprint.arguments(BulletinsQuery(), location="query")
@blueprint.response(200, documents.BULLETINS)
def list_bulletins(query: dict[str, Any]) -> Response:
    """List the bulletins whose range you are in, the newest first"""
    after = place(_LIST, query.get("after"), of_cases(_LIST))
    listed = use_cases().bulletins.listed(actor(), query["limit"], after)
    following = None if listed.next is None else cursors.encode(_LIST, *listed.next)
    items = [_head(one) for one in listed.found]
    return Answer(200, orjson.dumps({"items": items, "next": following})).response()


@blueprint.route("/v1/bulletins/<case>", methods=["GET"])
@operation("case.read")
@blueprint.arguments(BulletinQuery(), location="query")
@blueprint.response(200, documents.BULLETIN)
def get_bulletin(query: dict[str, Any], case: str) -> Response:
    """Read a bulletin: who published it, when, and what its range may see"""
    told = use_cases().bulletins.read(actor(), require_id(case), query.get("name", ""))
    view = {
        **_head(told.found),
        "sha256": told.found.sha256,
        "position": told.position,
        "published_by": told.by,
        "published_at": instant(told.at),
        "corrected": [{"row": one.row, "position": one.position} for one in told.corrected],
        "content": None if told.content is None else dict(told.content),
    }
    return Answer(200, orjson.dumps(view)).response()


@blueprint.route("/v1/bulletins/<case>.docx", methods=["GET"])
@operation("case.read")
@blueprint.arguments(BulletinQuery(), location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA)
def get_bulletin_paper(query: dict[str, Any], case: str) -> Response:
    """Take a bulletin as a paper, set by the standard for official papers"""
    told = use_cases().bulletins.read(actor(), require_id(case), query.get("name", ""))
    content = use_cases().layout.set_paper(of_bulletin(told))
    number, take = told.found.case.number, told.found.take
    plain, called = f"{number}-{take.name}.docx", (number, take.label)
    return of_file(File(content=content, plain=plain, called=called, media=MEDIA))


def _head(found: Found) -> dict[str, Any]:
    return {
        "id": found.case.id,
        "number": found.case.number,
        "unit": found.case.unit,
        "name": found.take.name,
        "label": found.take.label,
        "range": found.range.name,
        "range_label": found.range.label,
    }
