"""One command from JSON: the single call and the bulk call read theirs by this code.

The one idea: the schema is the rule, and a body of the plain kind that nearly all have passes a
check by hand that accepts only what the schema would (a test holds the two against each other).
Whatever is not plain goes through the schema, which also finds the words for what is wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from marshmallow import ValidationError, validates_schema

from schemas.complaints import Complaint, Fault
from schemas.fields import CANONICAL_UUID, Identifier, Pattern, StrictInt, StrictSchema, Uuid
from services.workflow.adapters.http.bodies import too_large
from services.workflow.adapters.http.resource import CASES, REVIEWS, Resource
from services.workflow.adapters.http.views import VERSION_TAG
from services.workflow.application.asking import (
    COMMAND_BYTES,
    KEY,
    KEY_ACCEPTED,
    NO_DATA,
    TRIGGER_BODY,
    Circumstances,
    TriggerBody,
    command,
    key_faults,
    read,
    require_key,
)
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.refusals import Malformed

MAX_VERSION = 2**31 - 1
_TRIGGER = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_ONE_CASE = ("case 或 review 之一", "one of case and review")
_ETAG_ACCEPTED = ('版本号加引号，如 "3"', 'a quoted version, such as "3"')
_PLAIN = frozenset({"trigger", "data"})
_PLAIN_OF_MANY = _PLAIN | {"case", "review", "idempotency_key", "on_behalf_of"}
_PERSON = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class IfMatch(StrictInt):
    """The version a command was decided on: an integer, the entity tag as served, or "*": any."""

    def _deserialize(  # type: ignore[override] # "*" is as good as nothing
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int | None:
        if value == "*":
            return None
        if isinstance(value, str) and (tag := VERSION_TAG.fullmatch(value)):
            value = int(tag[1])
        return super()._deserialize(value, attr, data, **kwargs)


class BulkCommand(TriggerBody):
    """One command of many: what else stands in the path and in headers is inside.

    `case` is of any kind; `review` says the same of that one kind, as its path does.
    """

    case = Uuid(canonical=True)
    review = Uuid(canonical=True)
    idempotency_key = Pattern(KEY.pattern, "not_a_key", KEY_ACCEPTED)
    if_match = IfMatch(least=0, most=MAX_VERSION, allow_none=True)
    on_behalf_of = Identifier(allow_none=True)  # instead of the header's person

    @validates_schema(skip_on_field_errors=False)
    def _names_one(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("case" in data) == ("review" in data):
            code = "too_many" if "case" in data else "required"
            raise ValidationError({"case": [Complaint(code, *_ONE_CASE)]})


BULK_COMMAND = BulkCommand()
_OUTSIDE = ("case", "review", "idempotency_key", "if_match", "on_behalf_of")


def version_expected(if_match: str | None) -> tuple[int | None, list[Fault]]:
    """Return the version that a request was based on, None for any, and what is wrong with it."""
    if if_match is None or if_match == "*":
        return None, []
    tag = VERSION_TAG.fullmatch(if_match)
    if tag is None:
        zh, en = _ETAG_ACCEPTED
        fault = Fault(field="If-Match", code="not_an_etag", accepted_zh=zh, accepted_en=en)
        return None, [fault]
    return int(tag[1]), []


def single(
    case: str,
    body: Any,
    key: str | None,
    if_match: str | None,
    by: Circumstances,
    resource: Resource,
) -> CaseCommand:
    """Return the command of one request to *resource*.

    Raises:
        Malformed: with every fault.
    """
    faults = key_faults(key)
    expected, untagged = version_expected(if_match)
    faults += untagged
    loaded, wrong = _load(TRIGGER_BODY, body, plain=_is_plain(body))
    faults += wrong
    if faults:
        raise Malformed(*faults)
    return command(case, body, loaded, key, expected, by, kind=resource.kind, path=resource.path)


def one_of_many(item: Any, by: Circumstances) -> CaseCommand:
    """Return a command of a bulk request.

    Raises:
        Malformed, Problem: 400 or 413, as if it had been sent alone.
    """
    plain = is_plain_of_many(item)
    # What is plain and brings no data is short: four bounded strings.
    if not (plain and "data" not in item) and len(orjson.dumps(item)) > COMMAND_BYTES:
        raise too_large(COMMAND_BYTES)
    loaded, faults = _load(BULK_COMMAND, item, plain=plain)
    if faults:
        raise Malformed(*faults)
    body = {name: value for name, value in item.items() if name not in _OUTSIDE}
    person = loaded.get("on_behalf_of")
    if person is not None:  # whether the token may is asked with the command: see `act-for`
        by = replace(by, actor=replace(by.actor, person=person))
    key, resource = loaded.get("idempotency_key"), named(item)
    if not loaded.get("dry_run", False):
        require_key(key, "idempotency_key")
    return command(
        loaded[resource.member],
        body,
        loaded,
        key,
        loaded.get("if_match"),
        by,
        kind=resource.kind,
        path=resource.path,
    )


def named(item: Any) -> Resource:
    """Return the resource a command of many was meant for."""
    return CASES if isinstance(item, Mapping) and "case" in item else REVIEWS


def _load(schema: StrictSchema, body: Any, *, plain: bool) -> tuple[Mapping[str, Any], list[Fault]]:
    return (body, []) if plain else read(schema, body)


def _is_plain(body: Any) -> bool:
    """Tell whether *body* is a trigger and its data alone, both of the right shape."""
    return type(body) is dict and body.keys() <= _PLAIN and _has_plain_trigger(body)


def is_plain_of_many(item: Any) -> bool:
    """Tell whether *item* is a trigger, its data, case, key and person alone, all sound."""
    return (
        type(item) is dict
        and item.keys() <= _PLAIN_OF_MANY
        and _has_plain_trigger(item)
        and ("case" in item) != ("review" in item)
        and type(case := item.get("case", item.get("review"))) is str
        and CANONICAL_UUID.fullmatch(case) is not None
        and type(key := item.get("idempotency_key")) is str
        and KEY.fullmatch(key) is not None
        and type(person := item.get("on_behalf_of", "-")) is str
        and _PERSON.fullmatch(person) is not None
    )


def _has_plain_trigger(body: Mapping[str, Any]) -> bool:
    trigger = body.get("trigger")
    return (
        type(trigger) is str
        and _TRIGGER.fullmatch(trigger) is not None
        and type(body.get("data", NO_DATA)) is dict
    )
