"""Kinds of datum that need no form of their own: their fields follow from the shape of the data.

The one idea: a shape knows names, titles, bounds and choices, and a form is those made visible;
what a history says of such a datum is read with the same shape beside it.
"""

from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import Any

from schemas.fields import (
    Choice,
    Day,
    Figure,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    Score,
    StrictBool,
    StrictInt,
    Text,
)
from services.workflow.adapters.web import words
from services.workflow.adapters.web.fields import Asking, Field, Group, person, yes_or_no
from services.workflow.adapters.web.languages import _
from services.workflow.adapters.web.voice import Said, Teller, Told, Voice, plain, text
from services.workflow.application.boards.history import Entry
from services.workflow.domain.data.datum import Datum
from services.workflow.domain.data.datum import Field as Shaped
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.language.model.triggers import Take


def shaped_group(take: Take, asking: Asking) -> Iterator[Group]:
    """Yield the fields of what is taken as one group."""
    datum = DATA[take.what]
    shape = datum.shape([take], asking.here.scheme, asking.case.tier or "")
    inner = shape.schema.fields.get(take.name)
    if inner is None:  # not by name: what is brought is one whole
        label = datum.label(take, asking.here.scheme, asking.case.tier or "")
        fields = _fields(shape, datum.member, label, asking, required=shape.required)
    else:
        label = title(inner) or words.TAKEN.get(take.what, take.name)
        required = shape.required and inner.required
        fields = _fields(inner, f"{datum.member}.{take.name}", label, asking, required=required)
    yield Group(label="", fields=tuple(fields))


def title(field: Shaped) -> str:
    """Return what people read for *field*; "" if nothing."""
    return str(field.metadata.get("title", ""))


def _fields(
    field: Shaped, name: str, label: str, asking: Asking, *, required: bool
) -> Iterator[Field]:
    if isinstance(field, ObjectOf):
        for part, inner in field.schema.fields.items():
            needed = required and inner.required
            told = _("%(label)s：%(part)s", label=label, part=title(inner) or part)
            yield from _fields(inner, f"{name}.{part}", told, asking, required=needed)
    elif isinstance(field, ListOf) and isinstance(field.inner, ObjectOf):
        return  # rows need a form of their own; what is optional is left out
    elif isinstance(field, Identifier) and field.metadata.get("format") == "person":
        yield person(name, label, asking, required=required)
    else:
        yield Field(name=name, label=label, required=required, **_typed(field))


@singledispatch
def _typed(_field: Any) -> dict[str, Any]:
    """Return how a field is filled in: an input of which kind, its bounds, what may be chosen."""
    return {"kind": "line"}


@_typed.register
def _typed_score(_field: Score) -> dict[str, Any]:
    return {"kind": "decimal", "hint": _("0–100，至多两位小数")}


@_typed.register
def _typed_figure(_field: Figure) -> dict[str, Any]:
    return {"kind": "decimal"}


@_typed.register
def _typed_strictint(field: StrictInt) -> dict[str, Any]:
    return {"kind": "integer", "hint": f"{field.least}–{field.most}"}


@_typed.register
def _typed_strictbool(_field: StrictBool) -> dict[str, Any]:
    return {"kind": "flag", "options": yes_or_no()}


@_typed.register
def _typed_choice(field: Choice) -> dict[str, Any]:
    labels = field.metadata.get("labels", {})
    return {
        "kind": "choice",
        "options": tuple((one, labels.get(one, one)) for one in field.choices),
    }


@_typed.register
def _typed_day(_field: Day) -> dict[str, Any]:
    return {"kind": "day"}


@_typed.register
def _typed_instant(_field: Instant) -> dict[str, Any]:
    return {"kind": "instant"}


@_typed.register
def _typed_text(field: Text) -> dict[str, Any]:
    return {"kind": "area" if field.multiline else "line", "most": field.most}


@_typed.register
def _typed_listof(_field: ListOf) -> dict[str, Any]:
    return {"kind": "people"}  # a value a line


# --- The history ---


def plainly(datum: Datum) -> Teller:
    """Return who tells a kind of datum that is one value by name, and needs no sentence for it."""

    def tell(voice: Voice, told: Told, _entry: Entry) -> Iterator[Said]:
        for name, value in told.items():
            yield Said("text", f"{_label(voice, datum, name)} {plain(value)}")

    return tell


def _label(voice: Voice, datum: Datum, name: str) -> str:
    take = _take(voice, datum.what, name)
    return datum.label(take, voice.here.scheme, voice.here.life.tier) if take else name


def _take(voice: Voice, what: str, name: str) -> Take | None:
    triggers = voice.here.life.triggers.values()
    takes = (take for trigger in triggers for take in trigger.takes)
    return next((take for take in takes if (take.what, take.name) == (what, name)), None)


def told_given(voice: Voice, told: Told, entry: Entry) -> Iterator[Said]:
    """Yield the kinds of datum that have no member of their own, each by its shape."""
    for what, by_name in told.items():
        for name, values in by_name.items():
            take = _take(voice, what, name)
            fields = {} if take is None else _shape(voice, take)
            label = name if take is None else _label(voice, DATA[what], name)
            said = [
                f"{title(fields[key])} {_value(voice, fields[key], one)}".strip()
                for key, one in values.items()
                if key in fields and not isinstance(fields[key], Text)
            ]
            yield Said(
                "text",
                _("%(label)s：%(said)s", label=label, said=_("，").join(said)) if said else label,
            )
            for key, one in values.items():
                if isinstance(fields.get(key), Text):
                    yield Said("quote", text(entry, one), title(fields[key]) or label)


def _shape(voice: Voice, take: Take) -> Mapping[str, Any]:
    shape = DATA[take.what].shape([take], voice.here.scheme, voice.here.life.tier)
    inner = shape.schema.fields[take.name]
    return dict(inner.schema.fields) if isinstance(inner, ObjectOf) else {"value": inner}


def _value(voice: Voice, field: Any, value: Any) -> str:
    match field.metadata.get("format"):
        case "person":
            return voice.names(value)
        case "unit":
            return voice.unit(value)
        case "case":
            return voice.case(value)
    return str(field.metadata.get("labels", {}).get(value) or plain(value))
