"""What a form says, put as the API's body: the same fields then judge it.

The one idea: nothing is judged here. A day that is none, a trigger nobody knows, a reason with a
control character go on as they were typed; only what a form spells otherwise than the API (line
ends, local times, an empty field for an absent one) is put in the API's spelling.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from schemas.calendar import end_of_day
from schemas.complaints import Fault
from schemas.instants import BadInstant, instant, parse_day
from services.workflow.adapters.web.forms import DECISIONS, kinds_of
from services.workflow.adapters.web.posted import require_known
from services.workflow.application.asking import (
    COMMAND_BYTES,
    NOTE_BODY,
    TRIGGER_BODY,
    Circumstances,
    command,
    key_faults,
    read,
    require_key,
)
from services.workflow.application.boards import ZONE
from services.workflow.application.boards.history import LISTS
from services.workflow.application.commands import Command
from services.workflow.domain.refusals import Malformed
from services.workflow.domain.scheme import Transition

BACK = ("tasks",)  # where an act may lead back to, besides its case
_VERSION = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?", re.ASCII)
# One offset in all the years that a time may be of.
_OFFSET = datetime(2000, 1, 1, tzinfo=ZONE).isoformat()[-len("+08:00") :]
_EVERY_ACT = ("key", "version", "trigger", "back", "reason", "reference", "effective_at")
_ROW = ("body", "date", "minutes")
# A path into the data of a command, as the form names the field.
_FIELDS = (
    (re.compile(r"data\.decisions\[(\d)\]\.(\w+)"), r"\2_\1"),
    (re.compile(r"data\.findings.*"), "findings"),
    (re.compile(r"data\.due_at"), "due_on"),
    (re.compile(r"data\.report\.(\w+)"), r"\1"),
    (re.compile(r"data\.(\w+_score)"), r"\1"),
)


def command_of(
    case: str, transition: Transition | None, form: Mapping[str, str], by: Circumstances
) -> Command:
    """Return the command that a form asks for; *transition* is None where nobody knows it.

    Raises:
        Malformed: with every fault, the data's own excepted: that is judged after authority.
    """
    if transition is not None:
        require_known(form, (*_EVERY_ACT, *_names(transition, form)))
    body = _body_of(transition, form)
    loaded, faults = read(TRIGGER_BODY, body)
    faults += key_faults(form.get("key"))
    if _VERSION.fullmatch(form.get("version", "")) is None:
        faults.append(Fault(field="version", code="not_an_integer"))
    if form.get("back", BACK[0]) not in BACK:
        faults.append(Fault(field="back", code="not_a_choice"))
    if faults:
        raise Malformed(*faults)
    if len(orjson.dumps(body)) > COMMAND_BYTES:
        raise Malformed(code="too_large")
    return command(case, body, loaded, form.get("key"), int(form["version"]), by)


def note_of(form: Mapping[str, str]) -> tuple[Mapping[str, Any], str]:
    """Return the remark, or the reminder by hand, that a form asks for, and its key.

    Raises:
        Malformed: with every fault.
    """
    require_known(form, ("key", "kind", "text"))
    body = {"kind": form.get("kind", ""), "text": _text(form, "text")}
    loaded, faults = read(NOTE_BODY, body)
    faults += key_faults(form.get("key"))
    if faults:
        raise Malformed(*faults)
    return loaded, require_key(form.get("key"))


def field_of(path: str) -> str:
    """Return the field of a form that stands for *path* in a body."""
    for pattern, name in _FIELDS:
        if found := pattern.fullmatch(path):
            return found.expand(name)
    return path


def _names(transition: Transition, form: Mapping[str, str]) -> Iterable[str]:
    """Yield the names of the fields for the data of *transition*."""
    for kind in kinds_of(transition):
        match kind:
            case "report":
                yield from LISTS
            case "scores":  # which components there are is the scheme's to say
                yield from (name for name in form if name.endswith("_score"))
            case "decisions":
                yield from (f"{name}_{row}" for name in _ROW for row in range(DECISIONS))
            case "deadline":
                yield "due_on"
            case _:
                yield kind


def _body_of(transition: Transition | None, form: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {"trigger": form.get("trigger", "")}
    body["data"] = _data_of(transition, form) if transition else {}
    for name in ("reason", "reference"):
        if text := _text(form, name):
            body[name] = text
    if at := form.get("effective_at", "").strip(" "):
        local = _LOCAL.fullmatch(at)
        body["effective_at"] = f"{local[1]}{local[2] or ':00'}{_OFFSET}" if local else at
    return body


def _data_of(transition: Transition, form: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form gives; empty fields are left out, so that they are named as missing."""
    data: dict[str, Any] = {}
    for kind in kinds_of(transition):
        match kind:
            case "report":
                lists = {name: _text(form, name) for name in LISTS}
                data["report"] = {name: text for name, text in lists.items() if text}
            case "findings":
                found = [line.strip(" ") for line in _text(form, "findings").split("\n")]
                if any(found):
                    data["findings"] = [line for line in found if line]
            case "scores":
                given = ((name, form[name].strip(" ")) for name in _names(transition, form))
                data |= {name: score for name, score in given if score}
            case "decisions":
                decisions = list(_decisions(form))
                if decisions:
                    data["decisions"] = decisions
            case "deadline" if form.get("due_on"):
                data["due_at"] = _end_of(form["due_on"])
    return data


def _decisions(form: Mapping[str, str]) -> Iterable[dict[str, str]]:
    for row in range(DECISIONS):
        body, held_on, minutes = (_text(form, f"{name}_{row}") for name in _ROW)
        if minutes or held_on:
            yield {"body": body, "date": held_on, "minutes": minutes}


def _end_of(day: str) -> str:
    try:
        return instant(end_of_day(parse_day(day), ZONE))
    except BadInstant:
        return day


def _text(form: Mapping[str, str], name: str) -> str:
    # Forms send line ends as CR LF, whatever was typed. Blanks alone are cut: a control character
    # at either end is the field's to refuse.
    return form.get(name, "").replace("\r\n", "\n").strip(" \n\u3000")
