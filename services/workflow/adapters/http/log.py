"""/v1/log: the log from any position, its signed checkpoint, and proofs tied to it."""

from typing import Any

import orjson
from flask import Response

from schemas.fields import StrictSchema
from schemas.instants import instant
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.pages import MOST
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, QueryInt

MOST_WAIT_S = 30
_NOTE = "text/plain; charset=utf-8"

blueprint = CommandBlueprint("log", __name__, description="日志与证明 · the log and its proofs")


class LogQuery(StrictSchema):
    """From where, how many, and how long to wait for the first."""

    after = QueryInt(least=0, load_default=0)
    limit = QueryInt(least=1, most=MOST, load_default=100)
    wait_s = QueryInt(least=0, most=MOST_WAIT_S, load_default=0)


class ProofQuery(StrictSchema):
    """Which entry, in the log of which signed size."""

    position = QueryInt(least=1, required=True)
    size = QueryInt(least=1, required=True)


@blueprint.route("/v1/log", methods=["GET"])
@operation("log.read")
@blueprint.arguments(LogQuery(), location="query")
@blueprint.response(200, documents.LOG)
def read_log(query: dict[str, Any]) -> Response:
    """Read the log; events are the stored bytes, and hash to their leaf"""
    page = use_cases().log_reading.page(actor(), query["after"], query["limit"], query["wait_s"])
    entries = b",".join(
        b'{"position":%d,"leaf_hash":"%s","event":%s}' % (position, leaf.hex().encode(), body)
        for position, leaf, body in page.entries
    )
    end: dict[str, Any] = {
        "next": page.next,
        "head": page.head.position,
        "pending": page.head.pending,
    }
    if page.head.pending_since is not None:
        end["pending_since"] = instant(page.head.pending_since)
    rest = orjson.dumps(end)
    return Answer(200, b'{"entries":[' + entries + b"]," + rest[1:]).response()


@blueprint.route("/v1/log/checkpoint", methods=["GET"])
@operation("log.checkpoint")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def read_checkpoint(_query: dict[str, Any]) -> Response:
    """Read the newest checkpoint, a C2SP signed note"""
    note = use_cases().log_reading.checkpoint(actor())
    return Answer(200, note.encode(), _NOTE).response()


@blueprint.route("/v1/log/proof", methods=["GET"])
@operation("log.proof")
@blueprint.arguments(ProofQuery(), location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def read_proof(query: dict[str, Any]) -> Response:
    """Prove that an entry is in the log of a signed size, as a C2SP proof"""
    proof = use_cases().log_reading.proof(actor(), query["position"], query["size"])
    return Answer(200, proof.encode(), _NOTE).response()
