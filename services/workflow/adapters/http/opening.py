"""POST /v1/cases: one case opened, in a round or as part of another case."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from marshmallow import ValidationError, validates_schema

from schemas.complaints import Complaint
from schemas.fields import Code, Identifier, Instant, StrictSchema, Uuid
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import of_outcome
from services.workflow.adapters.http.context import correlation, language, use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint
from services.workflow.adapters.http.resource import CASES
from services.workflow.application.asking import fingerprint, require_key
from services.workflow.application.firing.commands import OpenCommand

_WHERE = ("cycle、scheme 或 parent 之一", "one of cycle, scheme and parent")

blueprint = CommandBlueprint("opening", __name__, description="立案 · opening cases")


class OpeningBody(StrictSchema):
    """A case of a kind: of a `unit` in a round, or as part of its `parent`, where that lies.

    In place of its `cycle`, a round on request is named by its `scheme`: it is that of the year,
    and begins with its first case. Without `unit` it is opened where you may open such a case.
    """

    kind = Code(required=True)
    cycle = Uuid(canonical=True)
    scheme = Identifier()
    unit = Identifier()
    parent = Uuid(canonical=True)
    effective_at = Instant(allow_none=True)

    @validates_schema(skip_on_field_errors=False)
    def _says_where(self, data: Mapping[str, Any], **_: Any) -> None:
        n_places = len({"cycle", "scheme", "parent"} & data.keys())
        if n_places != 1:
            code = "too_many" if n_places else "required"
            raise ValidationError({"cycle": [Complaint(code, *_WHERE)]})
        if "parent" in data and "unit" in data:
            raise ValidationError({"unit": [Complaint("unknown_field")]})


@blueprint.route(CASES.path, methods=["POST"])
@operation("case.open")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(OpeningBody())
@blueprint.doc(parameters=[documents.IDEMPOTENCY_KEY, documents.ON_BEHALF_OF])
@blueprint.response(201, CASES.fired, headers=documents.ETAG | documents.REPLAYED)
def open_case(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Open a case; the key makes it safe to send again"""
    key, by = require_key(request.headers.get("Idempotency-Key")), actor()
    command = OpenCommand(
        kind=body["kind"],
        cycle=body.get("cycle", ""),
        unit=body.get("unit", ""),
        parent=body.get("parent", ""),
        effective_at=body.get("effective_at"),
        actor=by,
        key=key,
        fingerprint=fingerprint(CASES.path, by.person, body),
        correlation=correlation(),
    )
    cases, scheme = use_cases(), body.get("scheme")
    answer = cases.on_request.open(command, scheme) if scheme else cases.firing.fire(command)
    return of_outcome(answer, language(), CASES).response()
