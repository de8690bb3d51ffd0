"""One command from JSON: the single call and the bulk call read theirs by this code.

The one idea: the schema is the rule, and a body of the plain kind that nearly all have passes a
check by hand that accepts only what the schema would (a test holds the two against each other).
Whatever is not plain goes through the schema, which also finds the words for what is wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from marshmallow import ValidationError, fields

from schemas.complaints import Complaint, Fault, complaints
from schemas.fields import (
    CANONICAL_UUID,
    Code,
    Instant,
    Pattern,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)
from services.workflow.adapters.http.bodies import COMMAND_BYTES, too_large
from services.workflow.adapters.http.problems import Problem, malformed
from services.workflow.application.commands import Command
from services.workflow.domain.authority import Actor

MAX_VERSION = 2**31 - 1
_TRIGGER = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_ETAG = re.compile(r'"(0|[1-9]\d{0,9})"', re.ASCII)
_KEY_ACCEPTED = ("1 到 200 个可见 ASCII 字符", "1–200 visible ASCII characters")
_ETAG_ACCEPTED = ('版本号加引号，如 "3"', 'a quoted version, such as "3"')
_PLAIN = frozenset({"trigger", "data"})
_PLAIN_OF_MANY = _PLAIN | {"review", "idempotency_key"}
_PLAIN_DATA: Mapping[str, Any] = {}


class Anything(fields.Dict):
    """The data of a trigger: what it takes is the scheme's to say, after authority."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(
            error_messages={
                "invalid": Complaint("not_an_object", "对象", "an object"),
                "null": Complaint("null"),
            },
            **rest,
        )


class IfMatch(StrictInt):
    """The version a command was decided on: an integer, the entity tag as served, or "*": any."""

    def _deserialize(  # type: ignore[override] # "*" is as good as nothing
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int | None:
        if value == "*":
            return None
        if isinstance(value, str) and (tag := _ETAG.fullmatch(value)):
            value = int(tag[1])
        return super()._deserialize(value, attr, data, **kwargs)


class TriggerBody(StrictSchema):
    """A trigger for one review. `data` depends on the trigger; see the scheme."""

    trigger = Code(required=True)
    data = Anything(load_default=dict)
    reason = Text(most=2000, multiline=True, allow_none=True)
    reference = Text(most=200, allow_none=True)
    effective_at = Instant(allow_none=True)
    dry_run = StrictBool(load_default=False)


class BulkCommand(TriggerBody):
    """One command of many: what else stands in the path and in headers is inside."""

    review = Uuid(canonical=True, required=True)
    idempotency_key = Pattern(_KEY.pattern, "not_a_key", _KEY_ACCEPTED)
    if_match = IfMatch(least=0, most=MAX_VERSION, allow_none=True)


TRIGGER_BODY = TriggerBody()
BULK_COMMAND = BulkCommand()
_OUTSIDE = ("review", "idempotency_key", "if_match")


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What holds for a whole request: who asks, on whose behalf, under which id."""

    actor: Actor
    correlation: str
    identity_version: int | None = None  # by which the actor is known; None: the present one


def single(
    review: str, body: Any, key: str | None, if_match: str | None, by: Circumstances
) -> Command:
    """Return the command of one request.

    Raises:
        Problem: 400, with every fault.
    """
    faults = []
    if key is not None and _KEY.fullmatch(key) is None:
        faults.append(_fault("Idempotency-Key", "not_a_key", _KEY_ACCEPTED))
    expected = None
    if if_match is not None and if_match != "*":
        tag = _ETAG.fullmatch(if_match)
        if tag is None:
            faults.append(
                _fault(
                    "If-Match",
                    "not_an_etag",
                    ('版本号加引号，如 "3"', 'a quoted version, such as "3"'),
                )
            )
        else:
            expected = int(tag[1])
    loaded, wrong = _load(TRIGGER_BODY, body, plain=_is_plain(body))
    faults += wrong
    if faults:
        raise malformed(*faults)
    return _command(review, body, loaded, key, expected, by)


def one_of_many(item: Any, by: Circumstances) -> Command:
    """Return a command of a bulk request.

    Raises:
        Problem: 400 or 413, as if it had been sent alone.
    """
    plain = _is_plain_of_many(item)
    # What is plain and brings no data is short: three bounded strings.
    if not (plain and "data" not in item) and len(orjson.dumps(item)) > COMMAND_BYTES:
        raise too_large(COMMAND_BYTES)
    loaded, faults = _load(BULK_COMMAND, item, plain=plain)
    if faults:
        raise malformed(*faults)
    body = {name: value for name, value in item.items() if name not in _OUTSIDE}
    return _command(
        loaded["review"], body, loaded, loaded.get("idempotency_key"), loaded.get("if_match"), by
    )


def _load(schema: StrictSchema, body: Any, *, plain: bool) -> tuple[Mapping[str, Any], list[Fault]]:
    if plain:
        return body, []
    try:
        return schema.load(body), []
    except ValidationError as error:
        return {}, complaints(error)


def _is_plain(body: Any) -> bool:
    """Tell whether *body* is a trigger and its data alone, both of the right shape."""
    return type(body) is dict and body.keys() <= _PLAIN and _has_plain_trigger(body)


def _is_plain_of_many(item: Any) -> bool:
    """Tell whether *item* is a trigger, its data, its review and its key alone, all sound."""
    return (
        type(item) is dict
        and item.keys() <= _PLAIN_OF_MANY
        and _has_plain_trigger(item)
        and type(review := item.get("review")) is str
        and CANONICAL_UUID.fullmatch(review) is not None
        and type(key := item.get("idempotency_key")) is str
        and _KEY.fullmatch(key) is not None
    )


def _has_plain_trigger(body: Mapping[str, Any]) -> bool:
    trigger = body.get("trigger")
    return (
        type(trigger) is str
        and _TRIGGER.fullmatch(trigger) is not None
        and type(body.get("data", _PLAIN_DATA)) is dict
    )


def require_key(key: str | None) -> str:
    """Return an `Idempotency-Key` as it was sent.

    Raises:
        Problem: 400, missing or of the wrong shape.
    """
    if key is None:
        raise Problem(
            status=400,
            code="missing_key",
            faults=(_fault("Idempotency-Key", "required", _KEY_ACCEPTED),),
        )
    if _KEY.fullmatch(key) is None:
        raise malformed(_fault("Idempotency-Key", "not_a_key", _KEY_ACCEPTED))
    return key


def _command(
    review: str,
    body: Any,
    loaded: Mapping[str, Any],
    key: str | None,
    if_match: int | None,
    by: Circumstances,
) -> Command:
    rehearsal = loaded.get("dry_run", False)
    if not rehearsal:
        require_key(key)
    return Command(
        review=review,
        trigger=loaded["trigger"],
        actor=by.actor,
        data=loaded.get("data", _PLAIN_DATA),
        reason=loaded.get("reason"),
        reference=loaded.get("reference"),
        effective_at=loaded.get("effective_at"),
        dry_run=rehearsal,
        if_match=if_match,
        key=None if rehearsal else key,
        fingerprint=fingerprint(f"/v1/reviews/{review}/transitions", by.actor.person, body),
        correlation=by.correlation,
        identity_version=by.identity_version,
    )


def fingerprint(path: str, person: str | None, body: Any) -> bytes:
    """Return what makes two POST requests under one key the same request."""
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return sha256(b"\n".join((b"POST", path.encode(), (person or "").encode(), canonical))).digest()


def _fault(field: str, code: str, accepted: tuple[str, str]) -> Fault:
    return Fault(field=field, code=code, accepted_zh=accepted[0], accepted_en=accepted[1])
