"""What may be asked of a case: the fields of a command, the same for whoever fills them in.

The one idea: JSON, one command of many and a form differ in how their fields arrive, and in nothing
else. What each field takes, that a key is needed, and what makes two requests the same one is said
here, so that no way in takes what another refuses.
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
    Choice,
    Code,
    Day,
    Instant,
    ListOf,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)
from schemas.limits import SNOOZED_WORKING_DAYS
from schemas.said import both
from services.workflow.application.answers import MOST_READ_AT_ONCE
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.port import case_named
from services.workflow.application.ports import FINGERPRINT_BYTES
from services.workflow.domain.authority import Actor
from services.workflow.domain.refusals import Malformed

KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
KEY_ACCEPTED = both("1–200 visible ASCII characters")
KEY_FIELD = "Idempotency-Key"
COMMAND_BYTES = 64 * 1024  # of one command's body
FORM_BYTES = 1024 * 1024  # of a page's: three lists of 20,000 characters, percent-encoded, fit
FORM_WITH_FILES_BYTES = 16 * 1024 * 1024  # beyond what one file may have: that is told in words
_FORMS_WITH_FILES = re.compile(
    r"/cases/[^/]+/(transitions|documents/[^/]+(/files)?|polls/[^/]+/workbook)"
    r"|/cycles/[^/]+/workbook|/organisation/workbook|/simulation"
)
NO_DATA: Mapping[str, Any] = {}


def brings_files(path: str) -> bool:
    """Tell whether forms that are sent to *path* may bring files."""
    return _FORMS_WITH_FILES.fullmatch(path) is not None


class Anything(fields.Dict):
    """The data of a trigger: what it takes is the scheme's to say, after authority."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(
            error_messages={
                "invalid": Complaint("not_an_object", *both("an object")),
                "null": Complaint("null"),
                "required": Complaint("required"),
            },
            **rest,
        )


class TriggerBody(StrictSchema):
    """A trigger for one case. `data` depends on the trigger; see the scheme."""

    trigger = Code(required=True)
    data = Anything(
        load_default=dict,
        metadata={
            "description": "What the trigger takes; nothing for most triggers. Its fields are"
            " listed with the trigger: GET …/transitions.",
        },
    )
    reason = Text(most=2000, multiline=True, allow_none=True)
    reference = Text(most=200, allow_none=True)
    effective_at = Instant(allow_none=True)
    desk = Code(allow_none=True)  # whose signature it is, where one could give several
    dry_run = StrictBool(load_default=False)


class CloseBody(StrictSchema):
    """Why a cycle is closed: a reason is needed where something is open in it.

    With `dry_run` nothing is closed; the answer says what would be left open, and what is in the
    way.
    """

    reason = Text(most=2000, multiline=True, allow_none=True)
    reference = Text(most=200, allow_none=True)
    effective_at = Instant(allow_none=True)
    dry_run = StrictBool(load_default=False)


class NoteBody(StrictSchema):
    """`note` is a remark; `urge` reminds the desk that holds the case."""

    kind = Choice(("note", "urge"), required=True)
    text = Text(most=2000, multiline=True, required=True)


class PromiseBody(StrictSchema):
    """By the end of which working day who was told will be done."""

    until = Day(required=True)


class SnoozeBody(StrictSchema):
    """For how many working days who was told asks not to be reminded again, and why."""

    working_days = StrictInt(least=1, most=SNOOZED_WORKING_DAYS, required=True)
    reason = Text(most=500, multiline=True, required=True)


class SeenBody(StrictSchema):
    """The notices that were seen."""

    notices = ListOf(Uuid(canonical=True), least=1, most=MOST_READ_AT_ONCE, required=True)


SEEN_BODY = SeenBody()
PROMISE_BODY = PromiseBody()
SNOOZE_BODY = SnoozeBody()
TRIGGER_BODY = TriggerBody()
NOTE_BODY = NoteBody()
CLOSE_BODY = CloseBody()


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What holds for a whole request: who asks, on whose behalf, under which id."""

    actor: Actor
    correlation: str
    identity_version: int | None = None  # by which the actor is known; None: the present one


def read(schema: StrictSchema, body: Any) -> tuple[Mapping[str, Any], list[Fault]]:
    """Return what *body* says by *schema*, and every fault in it; of a faulty one, nothing."""
    try:
        return schema.load(body), []
    except ValidationError as error:
        return {}, complaints(error)


def key_faults(key: str | None) -> list[Fault]:
    """Return what is wrong with the shape of a key; a missing one is `require_key`'s to refuse."""
    if key is None or KEY.fullmatch(key):
        return []
    return [_key_fault("not_a_key")]


def require_key(key: str | None, field: str = KEY_FIELD) -> str:
    """Return a key as it was sent, in *field*.

    Raises:
        Malformed: missing, or of the wrong shape.
    """
    if key is None:
        raise Malformed(_key_fault("required", field), code="missing_key")
    if faults := key_faults(key):
        raise Malformed(*faults)
    return key


def command(
    case: str,
    body: Any,
    loaded: Mapping[str, Any],
    key: str | None,
    if_match: int | None,
    by: Circumstances,
    *,
    kind: str | None = None,
    path: str = "/v1/cases",
) -> CaseCommand:
    """Return the command that *body* asks for; *loaded* is what it says, without a fault.

    *kind* is the only one the case may be of, where the cases below *path* are of one alone.

    Raises:
        Malformed: it is no rehearsal, and has no key.
    """
    rehearsal = loaded.get("dry_run", False)
    if not rehearsal:
        require_key(key)
    return CaseCommand(
        case=case_named(case, kind),
        trigger=loaded["trigger"],
        actor=by.actor,
        data=loaded.get("data", NO_DATA),
        reason=loaded.get("reason"),
        reference=loaded.get("reference"),
        effective_at=loaded.get("effective_at"),
        desk=loaded.get("desk") or "",
        dry_run=rehearsal,
        if_match=if_match,
        key=None if rehearsal else key,
        fingerprint=fingerprint(f"{path}/{case}/transitions", by.actor.person, body),
        correlation=by.correlation,
        identity_version=by.identity_version,
    )


def fingerprint(path: str, person: str | None, body: Any) -> bytes:
    """Return what makes two POST requests under one key the same request."""
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    told = b"\n".join((b"POST", path.encode(), (person or "").encode(), canonical))
    return sha256(told).digest()[:FINGERPRINT_BYTES]


def _key_fault(code: str, field: str = KEY_FIELD) -> Fault:
    zh, en = KEY_ACCEPTED
    return Fault(field=field, code=code, accepted_zh=zh, accepted_en=en)
