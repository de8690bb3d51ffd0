"""/v1/texts: schemes, calendars and policies as they were published, by the hash of their bytes."""

from typing import Any

import orjson
from flask import Response, request

from schemas.fields import Choice, StrictSchema
from schemas.instants import instant
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, cut
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, QueryInt
from services.workflow.application.editions import KINDS, Kept, Listed

# What a hash names never changes; it is for those who may read it, so no cache shares it.
_KEPT = "private, max-age=31536000, immutable"

blueprint = CommandBlueprint("texts", __name__, description="方案、日历、规则 · published texts")


class TextQuery(StrictSchema):
    """Which editions."""

    kind = Choice(KINDS)
    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


class WordsQuery(StrictSchema):
    """In which language."""

    language = Choice(("en",), required=True)


@blueprint.route("/v1/texts", methods=["GET"])
@operation("text.read")
@blueprint.arguments(TextQuery(), location="query")
@blueprint.response(200, documents.EDITIONS)
def list_texts(query: dict[str, Any]) -> Response:
    """List what was published, the newest first"""
    kinds = (query["kind"],) if "kind" in query else KINDS
    found = use_cases().library.listed(actor(), kinds)
    page, following = cut("texts", found, _id, query["limit"], query.get("after"))
    listed = {"items": [_view(one) for one in page], "next": following, "total": len(found)}
    return Answer(200, orjson.dumps(listed)).response()


@blueprint.route("/v1/texts/<hash_>", methods=["GET"])
@operation("text.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, {"type": "object"}, headers=documents.TEXT_HEADERS)
def get_text(_query: dict[str, Any], hash_: str) -> Response:
    """Read a text: the canonical bytes that were hashed, the same for ever"""
    return of_text(use_cases().library.text(actor(), hash_))


@blueprint.route("/v1/texts/<hash_>/words", methods=["GET"])
@operation("text.read")
@blueprint.arguments(WordsQuery(), location="query")
@blueprint.response(200, documents.WORDS)
def get_words(_query: dict[str, Any], hash_: str) -> Response:
    """Read what is said for the words of a scheme in another language; its own words bind"""
    words = use_cases().library.words(actor(), hash_)
    return Answer(200, orjson.dumps({"words": dict(words)})).response()


def of_text(kept: Kept) -> Response:
    """Return the answer that is a text; who has it already is told so without it."""
    headers = (("Text-Kind", kept.kind), ("Text-Id", kept.id), ("Cache-Control", _KEPT))
    response = Answer(200, kept.canonical, headers=headers).response()
    response.set_etag(kept.hash)
    response.make_conditional(request)
    return response


def _id(one: Listed) -> str:
    return f"{one.edition.kind}.{one.edition.number}"


def _view(one: Listed) -> dict[str, Any]:
    edition, kept = one.edition, one.kept
    named = {"title": kept.title, "version": kept.version, "running": edition.running}
    return {name: value for name, value in named.items() if value} | {
        "kind": edition.kind,
        "id": edition.id,
        "hash": edition.hash,
        "scheme": kept.scheme,
        "since": instant(edition.since),
        "in_force": one.in_force,
    }
