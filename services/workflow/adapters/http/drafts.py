"""/v1/cases/…/drafts: what was typed for a document of a case, and is not handed in yet."""

import re
from typing import Any

import orjson
from flask import Response, request

from schemas.complaints import Fault
from schemas.instants import instant
from schemas.limits import CODE
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint
from services.workflow.adapters.http.problems import Problem, malformed, not_found, require_id
from services.workflow.application.drafts import (
    ANY,
    DRAFT_BODY,
    TAG,
    Draft,
    DraftMoved,
    nothing_yet,
)

_ROUTE = "/v1/cases/<case>/drafts/<document>"
_TAG = re.compile(f'"({TAG.pattern})"', re.ASCII)
_NAME = re.compile(CODE, re.ASCII)

blueprint = CommandBlueprint("drafts", __name__, description="草稿 · drafts of documents")


@blueprint.route(_ROUTE, methods=["GET"])
@operation("case.draft")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.DRAFT, headers=documents.DRAFT_TAG)
def get_draft(_query: dict[str, Any], case: str, document: str) -> Response:
    """Read the draft of a document that you may hand in"""
    draft = use_cases().drafts.read(actor(), require_id(case), _named(document))
    if draft is None:
        raise not_found()
    return _answer(draft)


@blueprint.route(_ROUTE, methods=["PUT"])
@operation("case.draft")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(DRAFT_BODY)
@blueprint.doc(parameters=[documents.IF_DRAFT])
@blueprint.response(200, documents.DRAFT, headers=documents.DRAFT_TAG)
def put_draft(_query: dict[str, Any], body: dict[str, Any], case: str, document: str) -> Response:
    """Keep what was typed so far, where nobody saved or handed it in since you read

    Without If-Match it has to be the first, and says of which version: `version`.
    """
    found, name, expected = require_id(case), _named(document), _goes_on_from(body)
    try:
        draft = use_cases().drafts.save(actor(), found, name, body["typed"], expected)
    except DraftMoved as moved:
        raise _moved(moved) from moved
    return _answer(draft)


@blueprint.route(_ROUTE, methods=["DELETE"])
@operation("case.draft")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.doc(parameters=[documents.IF_DRAFT])
@blueprint.response(204)
def delete_draft(_query: dict[str, Any], case: str, document: str) -> Response:
    """Discard a draft; without If-Match whatever it is, and none is no harm"""
    found, name, expected = require_id(case), _named(document), _expected()
    try:
        use_cases().drafts.discard(actor(), found, name, expected)
    except DraftMoved as moved:
        raise _moved(moved) from moved
    return Response(status=204)


def _named(document: str) -> str:
    if _NAME.fullmatch(document) is None:
        raise not_found()
    return document


def _goes_on_from(body: dict[str, Any]) -> str:
    """Return which save the caller goes on from; what nobody has begun has a tag too.

    Raises:
        Problem: 400: it says neither a save nor the version that it is to become.
    """
    expected = _expected()
    if expected is not None:
        return expected
    if "version" not in body:
        raise malformed(Fault(field="version", code="required"))
    return nothing_yet(body["version"] - 1)


def _expected() -> str | None:
    """Return which save the caller goes on from.

    Raises:
        Problem: 400: it is no entity tag of ours.
    """
    given = request.headers.get("If-Match")
    if given is None or given == ANY:
        return given
    tag = _TAG.fullmatch(given)
    if tag is None:
        raise malformed(Fault(field="If-Match", code="not_an_etag"))
    return tag[1]


def _moved(moved: DraftMoved) -> Problem:
    stored, submitted, blocker = moved.stored, moved.submitted, moved.blocker
    more: dict[str, Any] = {} if stored is None else {"draft": _view(stored)}
    if submitted is not None:
        more["submitted"] = {
            "version": submitted.version,
            "at": instant(submitted.at),
            **({"by": submitted.by} if submitted.by else {}),
        }
    return Problem(
        status=412,
        code=blocker.code,
        blockers=(blocker,),
        more=more,
        headers={} if stored is None else {"ETag": f'"{stored.tag}"'},
    )


def _answer(draft: Draft) -> Response:
    headers = (("ETag", f'"{draft.tag}"'),)
    return Answer(200, orjson.dumps(_view(draft)), headers=headers).response()


def _view(draft: Draft) -> dict[str, Any]:
    return {
        "case": draft.case,
        "document": draft.document,
        "typed": draft.typed,
        "saved_by": draft.saved_by,
        "saved_at": instant(draft.saved_at),
        "gone_at": instant(draft.gone_at),
    }
