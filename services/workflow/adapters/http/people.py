"""/v1/people: names and addresses, for the notifier at the moment it writes."""

from typing import Any

import orjson
from flask import Response

from schemas.fields import Pattern, StrictSchema
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.parsing import CommandBlueprint

blueprint = CommandBlueprint("people", __name__, description="人员 · people")


class PeopleQuery(StrictSchema):
    """Up to 200 ids, separated by commas."""

    ids = Pattern(
        r"[A-Za-z0-9._-]{1,64}(,[A-Za-z0-9._-]{1,64}){0,199}",
        "not_an_identifier",
        ("以逗号分隔的至多 200 个编号", "up to 200 ids separated by commas"),
        required=True,
    )


@blueprint.route("/v1/people", methods=["GET"])
@operation("people.read")
@blueprint.arguments(PeopleQuery(), location="query")
@blueprint.response(200, documents.PEOPLE)
def list_people(query: dict[str, Any]) -> Response:
    """Read names and addresses; unknown and erased people are missing"""
    found = use_cases().reading.people(actor(), query["ids"].split(","))
    items = [{"id": person} | dict(details) for person, details in found.items()]
    return Answer(200, orjson.dumps({"items": items})).response()
