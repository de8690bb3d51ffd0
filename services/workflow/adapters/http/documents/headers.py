"""Headers of requests and answers, as the API describes them."""

from typing import Any

from schemas.limits import IDENTIFIER
from services.workflow.adapters.http.views import VERSION_TAG
from services.workflow.application.asking import KEY

ETAG = {"ETag": {"description": "The version, quoted", "schema": {"type": "string"}}}
TEXT_HEADERS = {
    "ETag": {"description": "The hash, quoted", "schema": {"type": "string"}},
    "Text-Kind": {"schema": {"type": "string", "enum": ["scheme", "calendar", "policy"]}},
    "Text-Id": {"schema": {"type": "string", "pattern": f"^{IDENTIFIER}$"}},
}
REPLAYED = {
    "Idempotent-Replayed": {
        "description": "`true` where this is the answer to an earlier request under the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Yours for ever once something was accepted under it: the same request then"
    " gets the same answer again, with `Idempotent-Replayed: true`, and another one is 422"
    " `key_reused`. What is refused or malformed leaves the key free.",
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
}
OPTIONAL_KEY = IDEMPOTENCY_KEY | {"required": False}
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": 'The version you decided on, quoted, such as `"3"`; `*` is any.',
    "schema": {"type": "string", "pattern": f"^({VERSION_TAG.pattern}|[*])$"},
}
DRAFT_TAG = {
    "ETag": {"description": "Of this very save, quoted", "schema": {"type": "string"}},
}
IF_DRAFT: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "The entity tag of the draft that you go on from, quoted; `*` is any. Without"
    " it there must be none yet, and `version` says which version it is to become. Where another"
    " save came before, or the document was handed in, the answer is 412 with what is stored or"
    " which version that was; the same text again is no conflict.",
    "schema": {"type": "string", "pattern": '^("[0-9a-f]{16}"|[*])$'},
}
ON_BEHALF_OF: dict[str, Any] = {
    "name": "On-Behalf-Of",
    "in": "header",
    "description": "The person you act for; needs the scope act-for. Both names are kept.",
    "schema": {"type": "string", "pattern": f"^{IDENTIFIER}$"},
}
