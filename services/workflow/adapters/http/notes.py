"""/v1/reviews/{id}/notes: a remark, or a reminder by hand."""

from typing import Any

from flask import Response, request

from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import of_outcome
from services.workflow.adapters.http.context import correlation, language, use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint
from services.workflow.adapters.http.problems import require_id
from services.workflow.application.asking import NOTE_BODY, fingerprint, require_key

blueprint = CommandBlueprint("notes", __name__, description="备注与催办 · notes and urges")


@blueprint.route("/v1/reviews/<review>/notes", methods=["POST"])
@operation("review.note")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(NOTE_BODY)
@blueprint.doc(parameters=[documents.IDEMPOTENCY_KEY, documents.ON_BEHALF_OF])
@blueprint.response(201, documents.FIRED, headers=documents.REPLAYED)
def add_note(_query: dict[str, Any], body: dict[str, Any], review: str) -> Response:
    """Add a remark to a review, or remind its holder"""
    key, by = require_key(request.headers.get("Idempotency-Key")), actor()
    outcome = use_cases().notices.note(
        by,
        require_id(review),
        body["kind"],
        body["text"],
        key,
        fingerprint(f"/v1/reviews/{review}/notes", by.person, body),
        correlation(),
    )
    return of_outcome(outcome, language()).response()
