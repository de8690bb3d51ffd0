"""/v1/cycles/…/close: the decision that a round is over, and what it leaves open."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from flask import Response, request

from schemas.instants import instant
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import REPLAYED, Answer
from services.workflow.adapters.http.commands import version_expected
from services.workflow.adapters.http.context import correlation, use_cases
from services.workflow.adapters.http.cycles import cycle_tag, cycle_view
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint
from services.workflow.adapters.http.problems import require_id
from services.workflow.application.asking import CLOSE_BODY, fingerprint, require_key
from services.workflow.application.ports import Key
from services.workflow.application.round_closing import Closing, Decision, Told
from services.workflow.domain.case.head import Case
from services.workflow.domain.refusals import Malformed

_PATH = "/v1/cycles/{}/close"

blueprint = CommandBlueprint("closing", __name__, description="周期 · cycles")


@blueprint.route("/v1/cycles/<cycle>/close", methods=["POST"])
@operation("cycle.close")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(CLOSE_BODY)
@blueprint.doc(parameters=[documents.OPTIONAL_KEY, documents.IF_MATCH, documents.ON_BEHALF_OF])
@blueprint.response(201, documents.CYCLE_CLOSED, headers=documents.ETAG | documents.REPLAYED)
@blueprint.alt_response(
    200, schema=documents.CYCLE_CLOSING, description="dry_run: what would be left open"
)
def close_cycle(_query: dict[str, Any], body: dict[str, Any], cycle: str) -> Response:
    """Close a cycle; what is open in it goes on to its end, and nothing else begins in it"""
    found, by = require_id(cycle), actor()
    expected, faults = version_expected(request.headers.get("If-Match"))
    if faults:
        raise Malformed(*faults)
    decision = Decision(
        reason=body.get("reason") or "",
        reference=body.get("reference") or "",
        effective_at=body.get("effective_at"),
        expected=expected,
    )
    if body["dry_run"]:
        return Answer(200, orjson.dumps(_closing(_preview(found, decision)))).response()
    key = Key(
        client=by.client,
        key=require_key(request.headers.get("Idempotency-Key")),
        fingerprint=fingerprint(_PATH.format(found), by.person, _asked(body)),
    )
    closed = use_cases().round_closing.close(by, found, decision, correlation(), key)
    headers = (cycle_tag(closed.row), *((REPLAYED,) if closed.replayed else ()))
    told = cycle_view(closed.row) | {"closing": closing_view(closed.told)}
    return Answer(201, orjson.dumps(told), headers=headers).response()


def _preview(cycle: str, decision: Decision) -> Closing:
    return use_cases().round_closing.preview(actor(), cycle, decision)


def _asked(body: Mapping[str, Any]) -> dict[str, Any]:
    at = body.get("effective_at")
    return {**body, **({} if at is None else {"effective_at": instant(at)})}


def closing_view(told: Told) -> dict[str, Any]:
    """Return how a cycle was closed, as clients see it."""
    return {
        "by": told.by,
        "recorded_at": instant(told.at),
        "effective_at": instant(told.effective_at),
        "n_open": told.n_open,
        "kinds": [{"tier": None, **one} for one in told.kinds],
        "left_open": told.left_open,
        "reason": told.reason or None,
        "reference": told.reference or None,
    }


def _closing(closing: Closing) -> dict[str, Any]:
    return {
        **cycle_view(closing.rules.cycle),
        "n_open": len(closing.open),
        "n_unseen": closing.n_unseen,
        "kinds": _kinds(closing.seen),
        "units": [{"unit": unit, "open": n} for unit, n in _most(one.unit for one in closing.seen)],
        "holders": _holders(closing.seen),
        "blockers": [{"code": one.code, "field": one.field} for one in closing.blockers],
    }


def _kinds(cases: Iterable[Case]) -> list[dict[str, Any]]:
    counted = _most((one.kind, one.tier or "") for one in cases)
    return [{"name": kind, "tier": tier or None, "open": n} for (kind, tier), n in counted]


def _holders(cases: Iterable[Case]) -> list[dict[str, Any]]:
    desks = ((one.unit, one.role, one.person) for case in cases for one in case.holders)
    return [
        {"unit": unit, "role": role, "person": person, "open": n}
        for (unit, role, person), n in _most(desks)
    ]


def _most(told: Iterable[Any]) -> Sequence[tuple[Any, int]]:
    return Counter(told).most_common()
