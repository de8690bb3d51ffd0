"""/v1/said: what was said where cases came back, for the notifier at the moment it writes."""

from typing import Any

import orjson
from flask import Response

from schemas.fields import Identifier, Pattern, StrictSchema
from schemas.limits import CODE
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.documents.said import MOST_CASES
from services.workflow.adapters.http.parsing import CommandBlueprint
from services.workflow.application.boards.returned import Returned

blueprint = CommandBlueprint("said", __name__, description="退回意见 · what was said")

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CAME = rf"{CODE}/{_UUID}@[1-9][0-9]{{0,8}}"


class SaidQuery(StrictSchema):
    """To whom, and up to 50 cases, each with the version by which it came back."""

    person = Identifier(required=True)
    cases = Pattern(
        rf"{_CAME}(,{_CAME}){{0,{MOST_CASES - 1}}}",
        "not_a_stream",
        (
            "以逗号分隔的至多 50 个：类别/编号@版本",
            "up to 50 of kind/UUID@version separated by commas",
        ),
        required=True,
    )


@blueprint.route("/v1/said", methods=["GET"])
@operation("notice.said")
@blueprint.arguments(SaidQuery(), location="query")
@blueprint.response(200, documents.SAID)
def read_said(query: dict[str, Any]) -> Response:
    """Read what was said where cases came back, as far as a person would be shown it in a list"""
    came = dict(one.split("@") for one in query["cases"].split(","))
    wanted = {stream: int(version) for stream, version in came.items()}
    found = use_cases().saying.said(actor(), query["person"], wanted)
    items = [
        {"subject": stream, "version": said.version, **_view(said)}
        for stream, said in found.items()
    ]
    return Answer(200, orjson.dumps({"items": items})).response()


def _view(said: Returned) -> dict[str, Any]:
    told = [one for one in said.remarks if one.text is not None]
    remarks = [{"text": one.text, "part": one.part, "paragraph": one.paragraph} for one in told]
    return {"remarks": remarks, "more": said.n_more}
