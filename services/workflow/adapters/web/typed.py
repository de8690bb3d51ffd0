"""What a form says, put as the API's body: the same fields then judge it.

The one idea: nothing is judged here. A day that is none, a trigger nobody knows, a reason with a
control character go on as they were typed; only what a form spells otherwise than the API (line
ends, local times, an empty field for an absent one) is put in the API's spelling.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from schemas.calendar import end_of_day
from schemas.complaints import Fault
from schemas.fields import CANONICAL_UUID
from schemas.instants import BadInstant, instant, parse_day
from services.workflow.adapters.web.document_fields import digest
from services.workflow.adapters.web.fields import DROP, LOOK, MORE, Field, Group
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
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.refusals import Malformed

TASKS, READING, GATHERING = "tasks", "reading", "gathering"
BACK = (TASKS, READING, GATHERING)  # where an act may lead back to, besides its case
NEXT = "next"  # the case that is read after it, or whose page it stands on
NUMBER = "number"  # the case's own, typed to say that it is to end
_VERSION = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?", re.ASCII)
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})", re.ASCII)
# One offset in all the years that a time may be of.
_OFFSET = datetime(2000, 1, 1, tzinfo=ZONE).isoformat()[-len("+08:00") :]
_EVERY_ACT = (
    "key",
    "version",
    "trigger",
    "back",
    "reason",
    "reference",
    "effective_at",
    NEXT,
    NUMBER,
    MORE,
    DROP,
    LOOK,
)
DESK = "desk"  # whose signature it is: no datum, but said beside the data

Data = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """What was typed into the fields of a trigger, and where each of them went."""

    data: Data
    places: Mapping[str, str]  # path of a datum -> name of its field


def command_of(
    case: str,
    groups: Iterable[Group] | None,
    form: Mapping[str, str],
    by: Circumstances,
    *,
    besides: Iterable[str] = (),
) -> CaseCommand:
    """Return the command that a form asks for; *groups* is None where nobody knows the trigger.

    *besides* are fields of the page itself.

    Raises:
        Malformed: with every fault, the data's own excepted: that is judged after authority.
    """
    fields = [field for group in groups or () for field in group.fields]
    if groups is not None:
        require_known(form, (*_EVERY_ACT, *besides, *(field.name for field in fields)))
    body = _body_of(form) | {"data": _whole(read_form(fields, form).data, fields)}
    loaded, faults = read(TRIGGER_BODY, body)
    faults += key_faults(form.get("key"))
    if _VERSION.fullmatch(form.get("version", "")) is None:
        faults.append(Fault(field="version", code="not_an_integer"))
    if form.get("back", BACK[0]) not in BACK:
        faults.append(Fault(field="back", code="not_a_choice"))
    if form.get(NEXT) and CANONICAL_UUID.fullmatch(form[NEXT]) is None:
        faults.append(Fault(field=NEXT, code="not_a_uuid"))
    if faults:
        raise Malformed(*faults)
    if len(orjson.dumps(body)) > COMMAND_BYTES:
        raise Malformed(code="too_large")
    return command(case, body, loaded, form.get("key"), int(form["version"]), by)


def command_with(
    case: str, trigger: str, data: Mapping[str, Any], form: Mapping[str, str], by: Circumstances
) -> CaseCommand:
    """Return the command of a form whose *data* its own page has put together.

    Raises:
        Malformed: with every fault, the data's own excepted.
    """
    body = {"trigger": trigger, "data": data}
    loaded, faults = read(TRIGGER_BODY, body)
    faults += key_faults(form.get("key"))
    if faults:
        raise Malformed(*faults)
    if len(orjson.dumps(body)) > COMMAND_BYTES:
        raise Malformed(code="too_large")
    return command(case, body, loaded, form.get("key"), None, by)


def _whole(data: Data, fields: Iterable[Field]) -> Data:
    """Return *data* with members that a form asks for, and that nothing was typed into, empty.

    So what is missing is told by its place in them.
    """
    named = {
        field.path[0] for field in fields if len(field.path) > 1 and not field.path[1].isdecimal()
    }
    members = (datum.member for datum in DATA.values())
    return {**{member: {} for member in members if member in named}, **data}


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


def _body_of(form: Mapping[str, str]) -> Data:
    body: Data = {"trigger": form.get("trigger", "")}
    for name in ("reason", "reference", DESK):
        if text := _text(form, name):
            body[name] = text
    if at := form.get("effective_at", "").strip(" "):
        body["effective_at"] = local_instant(at)
    return body


# --- The data ---


def read_form(fields: Sequence[Field], form: Mapping[str, str]) -> Typed:
    """Return what *form* gives; empty fields are left out, so that they are named as missing."""
    root: Data = {}
    sent: dict[tuple[str, ...], Any] = {}
    for field in fields:
        value = _READ[field.kind](field, form) if field.kind in _READ else None
        if value is not None and field.name != DESK:
            sent[field.path] = value
    sent = _without_bodies(_without_kept(fields, form, sent))
    numbered = _numbered(sent)
    places = {}
    for field in fields:
        path = _renumbered(field.path, numbered)
        # What is wrong with what a file is known by is wrong with the file.
        of_file = field.kind in ("reference", "file_name")
        shown = field.name.rpartition(".")[0] if of_file else field.name
        places[_spelled(path)] = shown
        if field.path in sent:
            _put(root, path, sent[field.path])
    return Typed(data=_listed(root), places=places)


def field_at(path: str, places: Mapping[str, str]) -> str:
    """Return the field of a form that stands for *path* in a body, or the nearest to it."""
    if path in places:
        return places[path]
    above = [one for one in places if path.startswith((f"{one}.", f"{one}["))]
    if above:
        return places[max(above, key=len)]
    below = (name for one, name in places.items() if one.startswith((f"{path}.", f"{path}[")))
    return next(below, path)


def _without_kept(
    fields: Sequence[Field], form: Mapping[str, str], sent: Mapping[tuple[str, ...], Any]
) -> dict[tuple[str, ...], Any]:
    """Leave of a row that was there before and was not changed its number alone.

    Of one that was emptied nothing is left: it is taken out.
    """
    left = dict(sent)
    for was in (field for field in fields if field.kind == "was"):
        row = was.path[:-1]
        own = [
            field
            for field in fields
            if field.path[: len(row)] == row
            and field.kind not in ("kept", "was", "file", "file_name")
        ]
        given = [path for path in left if path[: len(row)] == row and path[-1] != "row"]
        if not given:
            left.pop((*row, "row"), None)
        elif digest(_text(form, field.name) for field in own) == form.get(was.name):
            for path in given:
                del left[path]
    return left


def _without_bodies(sent: Mapping[tuple[str, ...], Any]) -> dict[tuple[str, ...], Any]:
    """Leave out what says of a decision no more than whose it is: that is always chosen."""
    decided = {path[:2] for path in sent if path[0] == "decisions" and path[-1] != "body"}
    return {
        path: value for path, value in sent.items() if path[0] != "decisions" or path[:2] in decided
    }


def _numbered(sent: Iterable[tuple[str, ...]]) -> Mapping[tuple[str, ...], int]:
    """Return the place of every entry of a list: rows that are left empty count for none."""
    lists: dict[tuple[str, ...], dict[int, None]] = {}
    for path in sent:
        for at, step in enumerate(path):
            if step.isdecimal():
                lists.setdefault(path[:at], {})[int(step)] = None
    return {
        (*of, str(index)): place
        for of, indexes in lists.items()
        for place, index in enumerate(sorted(indexes))
    }


def _renumbered(
    path: tuple[str, ...], numbered: Mapping[tuple[str, ...], int]
) -> tuple[str | int, ...]:
    return tuple(
        numbered.get(path[: at + 1], int(step)) if step.isdecimal() else step
        for at, step in enumerate(path)
    )


def _spelled(path: Iterable[str | int]) -> str:
    return "data" + "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)


def _put(root: Data, path: tuple[str | int, ...], value: Any) -> None:
    at: Any = root
    for step in path[:-1]:
        at = at.setdefault(step, {})
    at[path[-1]] = value


def _listed(node: Any) -> Any:
    """Return *node* with every mapping of numbers as the list it stands for."""
    if not isinstance(node, dict):
        return node
    if node and all(isinstance(key, int) for key in node):
        return [_listed(node[key]) for key in sorted(node)]
    return {key: _listed(value) for key, value in node.items()}


# --- One field each ---


def _plain(field: Field, form: Mapping[str, str]) -> str | None:
    return _text(form, field.name) or None


def _lines_of(field: Field, form: Mapping[str, str]) -> list[str]:
    found = [line.strip(" ") for line in _text(form, field.name).split("\n")]
    return [line for line in found if line]


def _rows_of(field: Field, form: Mapping[str, str]) -> list[Data] | None:
    column = field.options[0][0]
    return [{column: line} for line in _lines_of(field, form)] or None


def _number_of(field: Field, form: Mapping[str, str]) -> Any:
    return integer(_text(form, field.name))


def integer(text: str) -> int | str | None:
    """Return the integer that was typed; what is none goes on as it was, to be refused."""
    return int(text) if _INTEGER.fullmatch(text) else text or None


def _flag_of(field: Field, form: Mapping[str, str]) -> Any:
    text = form.get(field.name, "")
    return {"1": True, "0": False}.get(text, text or None)


def _known_of(field: Field, form: Mapping[str, str]) -> str | None:
    """Return what was typed; what people know something by stands for what it is called by us."""
    text = _text(form, field.name)
    found = [value for value, label in field.options if label == text]
    return found[0] if len(found) == 1 else text or None


def _tick_of(field: Field, form: Mapping[str, str]) -> Any:
    text = form.get(field.name, "")
    return int(field.path[-1]) if text == "1" else text or None


def _end_of(field: Field, form: Mapping[str, str]) -> str | None:
    day = form.get(field.name, "").strip(" ")
    try:
        return instant(end_of_day(parse_day(day), ZONE)) if day else None
    except BadInstant:
        return day


_READ: Mapping[str, Callable[[Field, Mapping[str, str]], Any]] = {
    "area": _plain,
    "line": _plain,
    "decimal": _plain,
    "day": _plain,
    "choice": _plain,
    "known": _known_of,
    "lines": _rows_of,
    "people": lambda field, form: _lines_of(field, form) or None,
    "integer": _number_of,
    "kept": _number_of,
    "shown": _number_of,
    "reference": _number_of,
    "file": lambda _field, _form: None,
    "workbook": lambda _field, _form: None,
    "end_of_day": _end_of,
    "instant": lambda field, form: local_instant(_text(form, field.name)) or None,
    "flag": _flag_of,
    "tick": _tick_of,
}


def local_instant(text: str) -> str:
    local = _LOCAL.fullmatch(text)
    return f"{local[1]}{local[2] or ':00'}{_OFFSET}" if local else text


def _text(form: Mapping[str, str], name: str) -> str:
    return typed_text(form.get(name, ""))


def typed_text(text: str) -> str:
    """Return what was typed into a field."""
    # Forms send line ends as CR LF, whatever was typed. Blanks alone are cut: a control character
    # at either end is the field's to refuse.
    return text.replace("\r\n", "\n").strip(" \n\u3000")
