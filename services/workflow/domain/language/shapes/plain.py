"""Plain values: lines and names, numbers, days, words of the language, lists of those."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from schemas.limits import IDENTIFIER
from schemas.reading import Naming, Node
from services.workflow.domain.language.shapes.shape import (
    Definitions,
    Schema,
    list_schema,
    note_count,
)

_LINE: Schema = {"type": "string", "minLength": 1, "maxLength": 100}


@dataclass(frozen=True, slots=True)
class Line:
    """A text on one line, for people."""

    def read(self, node: Node, key: str) -> str:
        return node.text(key)

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        return dict(_LINE)


@dataclass(frozen=True, slots=True)
class Id:
    """The name of something that lives outside the scheme: a unit, a scheme."""

    def read(self, node: Node, key: str) -> str:
        return node.identifier(key)

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        return {"type": "string", "pattern": f"^{IDENTIFIER}$"}


@dataclass(frozen=True, slots=True)
class Name:
    """The name of something of the scheme; whether anything bears it is asked of the whole."""

    naming: Naming
    pattern: str
    taken: frozenset[str] = frozenset()  # of what fits the pattern, what is no name all the same
    defined: str = ""  # the name of its definition in the schema; "": written out in place

    def read(self, node: Node, key: str) -> str:
        word, naming = node.text(key), node.naming(self.naming)
        if word and not naming.takes(word):
            node.fault(naming.reason, key)
            return ""
        return word

    def schema(self, known: Definitions) -> Schema:
        refused: Schema = {"not": {"enum": sorted(self.taken)}} if self.taken else {}
        made = {"type": "string", "pattern": f"^({self.pattern})$", **refused}
        if not self.defined:
            return made
        known[self.defined] = made
        return {"$ref": f"#/$defs/{self.defined}"}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of the language's own words."""

    what: str
    words: tuple[str, ...]

    def read(self, node: Node, key: str) -> str:
        return node.choice(key, self.words, self.what)

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    least: int
    most: int

    def read(self, node: Node, key: str) -> int:
        return node.integer(key, self.least, self.most)

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Exact:
    """A decimal number, written as a text so that no digit is lost; a whole one may stand bare."""

    def read(self, node: Node, key: str) -> Decimal:
        if isinstance(node.raw(key), int):
            return Decimal(node.integer(key, 0, _LARGEST_FIGURE))
        return node.decimal(key)

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        return {
            "anyOf": [
                {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?$"},
                {"type": "integer", "minimum": 0, "maximum": _LARGEST_FIGURE},
            ]
        }


_LARGEST_FIGURE = 999_999


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar."""

    def read(self, node: Node, key: str) -> date:
        return node.day(key)

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, node: Node, key: str) -> bool:
        return node.flag(key)

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Present:
    """A word that is there, `true`, or left out: there is nothing else to say."""

    def read(self, node: Node, key: str) -> bool:
        if node.raw(key) is not True:
            node.fault("true is expected, or the key is left out", key)
        return True

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        return {"const": True}


@dataclass(frozen=True, slots=True)
class Points:
    """A list of texts that are only read, each on one line and longer than a label may be."""

    def read(self, node: Node, key: str) -> tuple[str, ...]:
        return node.words(key, None, "point")

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        point = {"type": "string", "minLength": 1, "maxLength": 1_000}
        return {"type": "array", "items": point, "uniqueItems": True}


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction of two whole numbers, `[1, 3]`: never a float, so that no count is off by one.

    *unread* stands in for what is none: such that nothing else is wrong with it.
    """

    unread: tuple[int, int] = (1, 1)

    def read(self, node: Node, key: str) -> tuple[int, int]:
        match node.raw(key):
            case [int(part), int(whole)] if 0 < part <= whole <= _LARGEST_WHOLE:
                return part, whole
        node.fault(_SHARE, key)
        return self.unread

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        number = {"type": "integer", "minimum": 1, "maximum": _LARGEST_WHOLE}
        return {"type": "array", "items": number, "minItems": 2, "maxItems": 2}


_SHARE = (
    "a share of two whole numbers is expected, such as [1, 3], or [15, 100] for 15 %, up to [1, 1]"
)
_LARGEST_WHOLE = 1_000


@dataclass(frozen=True, slots=True)
class Names:
    """A list of names, each at most once."""

    of: Name | OneOf | Id
    least: int = 1
    most: int = 200

    def read(self, node: Node, key: str) -> tuple[str, ...]:
        known = self.of.words if isinstance(self.of, OneOf) else None
        what = self.of.what if isinstance(self.of, OneOf) else "name"
        found = node.words(key, known, what)
        if isinstance(self.of, Name):
            naming = node.naming(self.of.naming)
            for index, word in enumerate(found):
                if not naming.takes(word):
                    node.fault(naming.reason, key, index)
        note_count(node, key, len(found), self)
        return found

    def schema(self, known: Definitions) -> Schema:
        return list_schema(self, self.of.schema(known)) | {"uniqueItems": True}
