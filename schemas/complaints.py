"""What a schema says when a value does not fit: a stable code, and what would be accepted.

marshmallow carries error messages as they are, so a `Complaint` is the code itself (a string)
with the accepted values beside it; `complaints` lists all of them with their paths, ready for a
problem's `errors`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from marshmallow import Schema, ValidationError


class Complaint(str):
    """A code such as `out_of_range`, and in both languages what the field accepts."""

    __slots__ = ("accepted_en", "accepted_zh")
    accepted_zh: str
    accepted_en: str

    def __new__(cls, code: str, accepted_zh: str = "", accepted_en: str = "") -> Self:
        """Make the code *code*; empty texts when there is nothing to add."""
        made = super().__new__(cls, code)
        made.accepted_zh = accepted_zh
        made.accepted_en = accepted_en
        return made


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One complaint about one field."""

    field: str  # JSON path: "data.report.tasks", "commands[3].review"; "" is the whole body
    code: str
    accepted_zh: str = ""
    accepted_en: str = ""


def complaints(error: ValidationError) -> list[Fault]:
    """List every complaint in *error*, in the order in which marshmallow met them."""
    return list(_walk(error.messages, ""))


def load(schema: Schema, data: Any) -> tuple[dict[str, Any], list[Fault]]:
    """Return what *data* says by *schema*, what of it is sound, and every fault in it."""
    try:
        return schema.load(data), []
    except ValidationError as error:
        sound = error.valid_data if isinstance(error.valid_data, dict) else {}
        return sound, complaints(error)


def _walk(messages: Any, path: str) -> Iterator[Fault]:
    if isinstance(messages, dict):
        for key, below in messages.items():
            if key == "_schema":
                yield from _walk(below, path)
            elif isinstance(key, int):
                yield from _walk(below, f"{path}[{key}]")
            else:
                yield from _walk(below, f"{path}.{key}" if path else str(key))
    elif isinstance(messages, list):
        for below in messages:
            yield from _walk(below, path)
    elif isinstance(messages, Complaint):
        yield Fault(
            field=path,
            code=str(messages),
            accepted_zh=messages.accepted_zh,
            accepted_en=messages.accepted_en,
        )
    else:
        yield Fault(field=path, code=str(messages))
