"""/v1/units: the organisation's units, for who knows a name and needs an id."""

from typing import Any

import orjson
from flask import Response

from schemas.fields import Code, Identifier, StrictSchema
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, cut
from services.workflow.adapters.http.parsing import CommandBlueprint, QueryInt
from services.workflow.domain.organisation import Unit

blueprint = CommandBlueprint("units", __name__, description="组织 · units")


class UnitQuery(StrictSchema):
    """Which units; all given conditions hold together."""

    unit = Identifier()  # with its subtree
    kind = Code()
    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


@blueprint.route("/v1/units", methods=["GET"])
@operation("organisation.read")
@blueprint.arguments(UnitQuery(), location="query")
@blueprint.response(200, documents.UNITS)
def list_units(query: dict[str, Any]) -> Response:
    """List the units your token reaches"""
    found = use_cases().wayfinding.units(actor(), query.get("unit"), query.get("kind"))
    page, following = cut("units", found, _id, query["limit"], query.get("after"))
    listed = {"items": [_view(unit) for unit in page], "next": following, "total": len(found)}
    return Answer(200, orjson.dumps(listed)).response()


def _id(unit: Unit) -> str:
    return unit.id


def _view(unit: Unit) -> dict[str, Any]:
    return {
        "id": unit.id,
        "parent": unit.parent,
        "name": unit.name,
        "kind": unit.kind,
        "attributes": unit.attributes,
        "staff": unit.attributes.get("staff", 0),
        "public_hospital": unit.attributes.get("public_hospital", False),
    }
