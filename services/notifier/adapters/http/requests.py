"""Reading what callers send: everything bounded, nothing guessed."""

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from schemas.instants import BadInstant, parse_instant
from schemas.streams import NotAStream, Stream
from services.notifier.application.store_ports import Asked
from services.notifier.domain.notice import STATUSES

MOST_CASES = 200
OF_REVIEWS = "review/"  # a release of before knew one kind of case, and named those by their id
MOST_NOTICES = 200
MOST_ADDRESS = 254  # of mail; accounts at vendors are shorter
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WAIT = re.compile(r"wait=([0-9]{1,9})", re.ASCII)
_LONGEST_S = 60  # that an answer is waited for
_DAYS = frozenset({"from", "to"})
_RULES = frozenset({"policy", "calendar", "scheme", "organisation", "against"})
# What a line of an answer may have; of a province's year not every member is wanted.
MEMBERS = frozenset(
    {
        *("notice", "subject", "version", "state", "track", "rung", "kind", "channel", "status"),
        *("reason", "skipped", "planned_at", "decided_at", "attempts", "policyhash"),
        *("review", "review_version", "desk", "due_at", "retry_at", "urged_by", "instead_of"),
        *("settled_at", "words", "recipient", "why_channel", "letter", "acknowledgement"),
    }
)
_PARAMETERS = frozenset({"review", "subject", "recipient", "status", "limit", "after"})


class BadRequest(Exception):
    """What was sent does not fit; *field* says where, *code* how."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


def read_hash(given: str) -> str:
    """Return the hash of a text.

    Raises:
        BadRequest
    """
    if _HASH.fullmatch(given) is None:
        raise BadRequest("hash", "not_a_hash")
    return given


def read_asked(parameters: Mapping[str, str]) -> Asked:
    """Return which notices are asked for.

    Raises:
        BadRequest
    """
    unknown = sorted(set(parameters) - _PARAMETERS)
    if unknown:
        raise BadRequest(unknown[0][:64], "unknown_field")
    review, recipient = parameters.get("review"), parameters.get("recipient")
    status, limit = parameters.get("status"), parameters.get("limit", "50")
    if review is not None and _UUID.fullmatch(review.lower()) is None:
        raise BadRequest("review", "not_a_uuid")
    if recipient is not None and _IDENTIFIER.fullmatch(recipient) is None:
        raise BadRequest("recipient", "not_an_identifier")
    if status is not None and status not in STATUSES:
        raise BadRequest("status", "not_a_choice")
    if _NUMBER.fullmatch(limit) is None or int(limit) > MOST_NOTICES:
        raise BadRequest("limit", "out_of_range")
    after = parameters.get("after")
    subject = parameters.get("subject")
    if subject is not None and not _is_case(subject):
        raise BadRequest("subject", "not_a_stream")
    return Asked(
        case=f"{OF_REVIEWS}{review.lower()}" if review else subject,
        recipient=recipient,
        status=status,
        limit=int(limit),
        after=_mark(after) if after is not None else None,
    )


def read_cases(body: Any) -> dict[str, str]:
    """Return the streams of the cases in *body*, by how it spells them: `subjects` or `reviews`.

    Raises:
        BadRequest
    """
    if not isinstance(body, dict):
        raise BadRequest("", "not_an_object")
    if len(body) != 1 or not body.keys() <= {"subjects", "reviews"}:
        raise BadRequest("subjects", "unknown_field" if body else "required")
    ((key, named),) = body.items()
    if not isinstance(named, list) or len(named) > MOST_CASES:
        raise BadRequest(key, "too_long" if isinstance(named, list) else "not_a_list")
    prefix = OF_REVIEWS if key == "reviews" else ""
    for index, one in enumerate(named):
        if not isinstance(one, str) or not _is_case(prefix + one):
            raise BadRequest(f"{key}[{index}]", "not_a_uuid" if prefix else "not_a_stream")
    return {one: prefix + one for one in named}


def read_until(body: Any) -> datetime:
    """Return up to when somebody asks what is coming: `{"until": …}`.

    Raises:
        BadRequest
    """
    if not isinstance(body, dict):
        raise BadRequest("", "not_an_object")
    if body.keys() != {"until"}:
        raise BadRequest("until", "unknown_field" if body.keys() - {"until"} else "required")
    try:
        return parse_instant(body["until"])
    except (BadInstant, TypeError, AttributeError) as error:
        raise BadRequest("until", "not_an_instant") from error


def read_simulation(body: Any) -> Mapping[str, Any]:
    """Return what a simulation is asked for: days, and a text or a hash for each kind of rule.

    Perhaps with the id of a notice whose words are wanted, and which members of each line are.

    Raises:
        BadRequest
    """
    if not isinstance(body, dict):
        raise BadRequest("", "not_an_object")
    unknown = sorted(body.keys() - {*_DAYS, *_RULES, "words", "members"})
    if unknown:
        raise BadRequest(unknown[0][:64], "unknown_field")
    for name in _DAYS & body.keys():
        _require_day(name, body[name])
    for name in _RULES & body.keys():
        _require_text(name, body[name])
    words = body.get("words")
    if "words" in body and not (isinstance(words, str) and _UUID.fullmatch(words)):
        raise BadRequest("words", "not_a_uuid")
    if "members" in body:
        _require_members(body["members"])
    return body


def read_patience(preferred: str) -> int | None:
    """Return for how many seconds who asks would wait before fetching the answer later.

    None: it does not say that it would fetch it later, and so waits. Who would wait longer than is
    waited for waits as long as that.

    Source: https://www.rfc-editor.org/rfc/rfc7240
    """
    wanted = {one.strip().lower() for one in preferred.split(",")}
    if "respond-async" not in wanted:
        return None
    waits = (_WAIT.fullmatch(one) for one in wanted)
    return min((min(int(one[1]), _LONGEST_S) for one in waits if one), default=0)


def _require_members(given: Any) -> None:
    if not isinstance(given, list) or not given:
        raise BadRequest("members", "not_a_list")
    if any(not isinstance(one, str) or one not in MEMBERS for one in given):
        raise BadRequest("members", "unknown_member")


def read_trial(body: Any) -> str:
    """Return the address that a trial goes to: `{"to": …}`; "" where none is given.

    Raises:
        BadRequest
    """
    if not isinstance(body, dict):
        raise BadRequest("", "not_an_object")
    unknown = sorted(body.keys() - {"to"})
    if unknown:
        raise BadRequest(unknown[0][:64], "unknown_field")
    to = body.get("to", "")
    if not isinstance(to, str):
        raise BadRequest("to", "not_a_string")
    if len(to) > MOST_ADDRESS or not to.isprintable():
        raise BadRequest("to", "not_an_address")
    return to


def _require_day(name: str, given: Any) -> None:
    if not isinstance(given, str) or _DAY.fullmatch(given) is None:
        raise BadRequest(name, "not_a_date")
    try:
        date.fromisoformat(given)
    except ValueError as error:
        raise BadRequest(name, "not_a_date") from error


def _require_text(name: str, given: Any) -> None:
    if not isinstance(given, dict):
        raise BadRequest(name, "not_an_object")
    if len(given) != 1 or not given.keys() <= {"text", "hash"}:
        raise BadRequest(name, "unknown_field" if given else "required")
    ((how, value),) = given.items()
    if how == "hash" and name == "organisation":  # it is a file of ours, and published nowhere
        raise BadRequest(f"{name}.hash", "unknown_field")
    if not isinstance(value, str):
        raise BadRequest(f"{name}.{how}", "not_a_string")
    if how == "hash" and _HASH.fullmatch(value) is None:
        raise BadRequest(f"{name}.hash", "not_a_hash")


def _is_case(name: str) -> bool:
    try:
        stream = Stream.parse(name)
    except NotAStream:
        return False
    return stream.is_case and not stream.side


def _mark(after: str) -> tuple[str, str]:
    try:
        decided_at, _, id_ = urlsafe_b64decode(after.encode("ascii")).decode("ascii").partition("/")
        parse_instant(decided_at)
    except (NotBase64, ValueError, BadInstant) as error:
        raise BadRequest("after", "not_a_cursor") from error
    if _UUID.fullmatch(id_) is None:
        raise BadRequest("after", "not_a_cursor")
    return decided_at, id_
