"""`where`: which cases something is for, in the one form it has everywhere.

Its keys are words of the language (`mode`, `flag`, `grade`, `tier`, `unit_kind`) and, beside them,
the organisation's own attributes of units. Which attributes there are only the organisation knows.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from schemas.reading import Naming, Node
from schemas.said import said
from services.workflow.domain.language.model.where import (
    EVERYWHERE,
    AttributeIs,
    AttributeWithin,
    Condition,
    FlagSet,
    GradeIn,
    ModeIs,
    TierIn,
    UnitKindIn,
    Where,
)
from services.workflow.domain.language.naming import NAME, TIER, is_name
from services.workflow.domain.language.shapes import (
    Definitions,
    Either,
    Flag,
    Key,
    Names,
    Record,
    Schema,
)


def _of_several(make: Any) -> Any:
    return lambda read, at: make((read,) if isinstance(read, str) else read, at=at)


_LARGEST = 1_000_000_000
_GRADE = Record(
    GradeIn,
    {"of": Key(NAME, to="grading"), "in": Key(Names(NAME), to="grades")},
)
_WORDS: dict[str, tuple[Any, Any]] = {
    "mode": (NAME, ModeIs),
    "flag": (NAME, FlagSet),
    "grade": (_GRADE, lambda read, at: replace(read, at=at)),
    "tier": (Either(text=TIER, listed=Names(TIER)), _of_several(TierIn)),
    "unit_kind": (Either(text=NAME, listed=Names(NAME)), _of_several(UnitKindIn)),
}


@dataclass(frozen=True, slots=True)
class _Bound:
    """An end of a range: a whole number, or a day."""

    def read(self, node: Node, key: str) -> int | date:
        if isinstance(node.raw(key), str):
            return node.day(key)
        return node.integer(key, 0, _LARGEST)

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        number = {"type": "integer", "minimum": 0, "maximum": _LARGEST}
        return {"anyOf": [number, {"type": "string", "format": "date"}]}


@dataclass(frozen=True, slots=True)
class _Range:
    """`{from: …, below: …}`: from inclusive, below exclusive."""

    def read(self, node: Node, key: str) -> AttributeWithin:
        inner = node.node(key)
        bounds = [_Bound().read(inner, end) if inner.has(end) else None for end in _ENDS]
        if bounds == [None, None]:
            inner.fault("a range has from, below, or both")
        elif None not in bounds and not _in_order(*bounds):
            inner.fault("a range's from comes before its below, both days or both numbers")
        return AttributeWithin(key, *bounds, at=inner.path)

    def schema(self, known: Definitions) -> Schema:
        bound = _Bound().schema(known)
        return {
            "type": "object",
            "properties": dict.fromkeys(_ENDS, bound),
            "additionalProperties": False,
            "minProperties": 1,
        }


_ENDS = ("from", "below")


def _in_order(least: Any, below: Any) -> bool:
    return type(least) is type(below) and bool(least < below)


_CONDITION = Naming(
    lambda text: text in _WORDS or is_name(text),
    said("a condition is one of {words}, or an attribute of units", words=", ".join(_WORDS)),
)
_MOST = 20
_ATTRIBUTE: Either[Any] = Either(flag=Flag(), text=NAME, mapping=_Range())


@dataclass(frozen=True, slots=True)
class WhereShape:
    """A mapping of conditions that hold together."""

    def read(self, node: Node, key: str) -> Where:
        return self.of(node.node(key))

    def of(self, node: Node) -> Where:
        """Read the mapping *node* itself."""
        names = node.names(_CONDITION, _MOST)
        return Where(tuple(self._condition(node, name) for name in names), at=node.path)

    def schema(self, known: Definitions) -> Schema:
        known["where"] = {
            "type": "object",
            "properties": {word: shape.schema(known) for word, (shape, _) in _WORDS.items()},
            "additionalProperties": _ATTRIBUTE.schema(known),
            "minProperties": 1,
            "maxProperties": _MOST,
        }
        return {"$ref": "#/$defs/where"}

    def _condition(self, node: Node, name: str) -> Condition:
        if name in _WORDS:
            shape, make = _WORDS[name]
            made: Condition = make(shape.read(node, name), at=(*node.path, name))
            return made
        value, at = _ATTRIBUTE.read(node, name), (*node.path, name)
        return value if isinstance(value, AttributeWithin) else AttributeIs(name, value, at=at)


WHERE = WhereShape()
ANYWHERE: Key[Where] = Key(WHERE, default=EVERYWHERE)  # where it may be left out: everything
