"""/v1/cases/…/files: files of documents, each by the hash of its bytes."""

import re
from hashlib import sha256 as sha256_of
from typing import Any

import orjson
from flask import Response, request

from schemas.complaints import Fault
from schemas.fields import Code, StrictSchema, Text
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.bodies import read_whole
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint
from services.workflow.adapters.http.problems import malformed, not_found, require_id
from services.workflow.application.attachments import Attachment
from services.workflow.domain.data.columns import FILE_BYTES

_ROUTE = "/v1/cases/<case>/files/<sha256>"
_HASH = re.compile("[0-9a-f]{64}", re.ASCII)
_TYPE = "application/octet-stream"  # of all: nothing is to be opened by who serves it

blueprint = CommandBlueprint("files", __name__, description="附件 · files of documents")


class FileQuery(StrictSchema):
    """What the file is for, and what it is called."""

    document = Code(required=True)
    name = Text(most=120, required=True)


@blueprint.route(_ROUTE, methods=["PUT"])
@operation("case.draft")
@blueprint.arguments(FileQuery(), location="query")
@blueprint.doc(
    requestBody={
        "required": True,
        "description": "The file's own bytes: docx or pdf, at most 5 MiB.",
        "content": {_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
)
@blueprint.response(200, documents.ATTACHMENT)
def put_file(query: dict[str, Any], case: str, sha256: str) -> Response:
    """Bring a file for a document that you may hand in, under the SHA-256 of its bytes"""
    found, hash_ = require_id(case), _named(sha256)
    content = read_whole(request.environ, FILE_BYTES)
    if sha256_of(content).hexdigest() != hash_:
        raise malformed(Fault(field="sha256", code="not_a_hash"))
    kept = use_cases().attachments.bring(actor(), found, query["document"], query["name"], content)
    return Answer(200, orjson.dumps(_view(kept))).response()


@blueprint.route(_ROUTE, methods=["GET"])
@operation("case.texts.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=_TYPE)
def get_file(_query: dict[str, Any], case: str, sha256: str) -> Response:
    """Read a file of a document that you may read"""
    found = use_cases().attachments.read(actor(), require_id(case), _named(sha256))
    return Answer(200, found.content, _TYPE, headers=tuple(found.saved_as.items())).response()


def _named(sha256: str) -> str:
    if _HASH.fullmatch(sha256) is None:
        raise not_found()
    return sha256


def _view(kept: Attachment) -> dict[str, Any]:
    return {
        "sha256": kept.sha256,
        "length": len(kept.content),
        "document": kept.document,
        "name": kept.name,
        "kind": kept.kind,
    }
