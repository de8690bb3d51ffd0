"""What may be written, as declarations: each is read by itself and says itself as JSON Schema.

A *shape* reads one key of a `Node` and notes what is wrong with it. Because the same declaration
reads the file and makes the schema that editors complete by, the two cannot drift. What only the
whole file can tell (a name that nothing bears, a weight that does not add up) is checked later, on
the values: so every value that may be at fault keeps its place, `at`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, Generic, Protocol, TypeVar

from schemas.limits import IDENTIFIER
from schemas.reading import Naming, Node, unknown

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Schema = dict[str, Any]
Definitions = dict[str, Schema]  # what is named once and referred to

REQUIRED: Final[Any] = object()
LEFT_OUT: Final[Any] = object()
_LINE: Schema = {"type": "string", "minLength": 1, "maxLength": 100}


class Shape(Protocol[T_co]):
    """One way something may be written."""

    def read(self, node: Node, key: str) -> T_co:
        """Read *key* of *node*; something harmless, with a fault, where it is not as it should."""

    def schema(self, known: Definitions) -> Schema:
        """Return the JSON Schema of it, adding to *known* what it refers to."""


class Mapped(Shape[T_co], Protocol[T_co]):
    """A shape that is a mapping, and so may stand in a list or a catalogue."""

    def of(self, node: Node) -> T_co:
        """Read the mapping *node* itself."""


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
        word = node.text(key)
        if word and not node.takes(self.naming, word):
            node.fault(self.naming.reason, key)
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
    """A fraction of two whole numbers, `[1, 3]`: never a float, so that no count is off by one."""

    def read(self, node: Node, key: str) -> tuple[int, int]:
        match node.raw(key):
            case [int(part), int(whole)] if 0 < part <= whole <= _LARGEST_WHOLE:
                return part, whole
        node.fault("a share of two whole numbers is expected, such as [1, 3], up to [1, 1]", key)
        return 1, 1

    def schema(self, known: Definitions) -> Schema:  # noqa: ARG002
        number = {"type": "integer", "minimum": 1, "maximum": _LARGEST_WHOLE}
        return {"type": "array", "items": number, "minItems": 2, "maxItems": 2}


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
            for index, word in enumerate(found):
                if not node.takes(self.of.naming, word):
                    node.fault(self.of.naming.reason, key, index)
        _note_count(node, key, len(found), self)
        return found

    def schema(self, known: Definitions) -> Schema:
        return _list_schema(self, self.of.schema(known)) | {"uniqueItems": True}


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """One key of a record: how its value is written, and what it is where it is left out."""

    shape: Shape[T]
    default: Any = REQUIRED
    to: str = ""  # the field it is kept in; "": the key's own name


@dataclass(frozen=True, slots=True)
class Record(Generic[T]):
    """A mapping with these keys and no others, kept as one value with its place."""

    make: Callable[..., T]
    keys: Mapping[str, Key[Any]]
    defined: str = ""  # the name of its definition in the schema; "": written out in place
    needs: tuple[tuple[str, ...], ...] = field(default=())  # of each of these, exactly one

    def changes(self, *without: str) -> "Record[dict[str, Any]]":
        """Return the record of what may be said again, to differ: only what is given is kept."""
        keys = {
            name: Key(key.shape, default=LEFT_OUT, to=key.to)
            for name, key in self.keys.items()
            if name not in without
        }
        return Record(_given, keys, f"{self.defined}_changes" if self.defined else "")

    def read(self, node: Node, key: str) -> T:
        return self.of(node.node(key))

    def of(self, node: Node) -> T:
        """Read the mapping *node* itself."""
        values = {kept.to or name: _read_key(node, name, kept) for name, kept in self.keys.items()}
        for choice in self.needs:
            given = [name for name in choice if node.has(name)]
            if len(given) != 1:
                node.fault(f"exactly one of {', '.join(choice)} is needed")
        return self.make(at=node.path, **values)

    def schema(self, known: Definitions) -> Schema:
        if not self.defined:
            return self._written_out(known)
        if self.defined not in known:
            known[self.defined] = {}  # a shape may hold itself
            known[self.defined] = self._written_out(known)
        return {"$ref": f"#/$defs/{self.defined}"}

    def _written_out(self, known: Definitions) -> Schema:
        made: Schema = {
            "type": "object",
            "properties": {name: kept.shape.schema(known) for name, kept in self.keys.items()},
            "required": [name for name, kept in self.keys.items() if kept.default is REQUIRED],
            "additionalProperties": False,
        }
        if self.needs:
            made["allOf"] = [
                {"oneOf": [{"required": [name]} for name in choice]} for choice in self.needs
            ]
        return made


@dataclass(frozen=True, slots=True)
class Variants(Generic[T]):
    """A mapping that is one of several records, told apart by the key that only one of them has."""

    what: str
    records: Mapping[str, Record[Any]]
    defined: str = ""

    def read(self, node: Node, key: str) -> T:
        return self.of(node.node(key))

    def of(self, node: Node) -> T:
        """Read the mapping *node* itself."""
        given = [word for word in self.records if node.has(word)]
        if len(given) != 1:
            node.fault(f"{self.what} is exactly one of {', '.join(self.records)}")
        if not given:
            node.abandon()
        chosen = given[0] if given else next(iter(self.records))
        made: T = self.records[chosen].of(node if given else node.void())
        return made

    def schema(self, known: Definitions) -> Schema:
        name = self.defined
        if not name:
            return {"oneOf": [record.schema(known) for record in self.records.values()]}
        if name not in known:
            known[name] = {}  # a shape may hold itself
            known[name] = {"oneOf": [record.schema(known) for record in self.records.values()]}
        return {"$ref": f"#/$defs/{name}"}


@dataclass(frozen=True, slots=True)
class Several(Generic[T]):
    """A list of records, in their order."""

    of: Mapped[T]
    least: int = 1
    most: int = 200

    def read(self, node: Node, key: str) -> tuple[T, ...]:
        found = tuple(self.of.of(each) for each in node.nodes(key, self.most))
        _note_count(node, key, len(found), self)
        return found

    def schema(self, known: Definitions) -> Schema:
        return _list_schema(self, self.of.schema(known))


@dataclass(frozen=True, slots=True)
class Named(Generic[T]):
    """A list of records with a name each, in their order: a mapping's keys would lose theirs."""

    name: Name
    of: Mapped[T]
    least: int = 1
    most: int = 200

    def read(self, node: Node, key: str) -> tuple[T, ...]:
        found = tuple(self.of.of(each) for _, each in node.named(key, self.most, self.name.naming))
        _note_count(node, key, len(found), self)
        return found

    def schema(self, known: Definitions) -> Schema:
        return _list_schema(self, self.of.schema(known))


@dataclass(frozen=True, slots=True)
class Catalogue(Generic[T]):
    """A mapping of names of the scheme; its order means nothing, and is the names' own."""

    name: Name
    of: Mapped[T]
    most: int = 200
    bears: str = ""  # the field of the value that takes its name; "": it bears none

    def read(self, node: Node, key: str) -> Mapping[str, T]:
        return self.entries(node.node(key))

    def entries(self, node: Node) -> Mapping[str, T]:
        """Read the mapping *node* itself."""
        return {
            name: self._named(name, self.of.of(each))
            for name, each in node.entries(self.name.naming, self.most)
        }

    def schema(self, known: Definitions) -> Schema:
        return _catalogue_schema(self.name, self.of.schema(known), self.most, known)

    def _named(self, name: str, value: T) -> T:
        made: T = replace(value, **{self.bears: name}) if self.bears else value  # type: ignore[type-var]
        return made


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """A mapping of names to plain values, such as weights."""

    name: Name
    of: Shape[T]
    most: int = 200

    def read(self, node: Node, key: str) -> Mapping[str, T]:
        inner = node.node(key)
        names = inner.names(self.name.naming, self.most)
        return {name: self.of.read(inner, name) for name in names}

    def schema(self, known: Definitions) -> Schema:
        return _catalogue_schema(self.name, self.of.schema(known), self.most, known)


@dataclass(frozen=True, slots=True)
class Either(Generic[T]):
    """A plain text of one shape, a mapping of another, a list of a third: told apart by sight."""

    text: Shape[Any] | None = None
    flag: Shape[Any] | None = None
    mapping: Shape[Any] | None = None
    listed: Shape[Any] | None = None

    def read(self, node: Node, key: str) -> T:
        value = node.raw(key)
        fitting = self._shapes()
        kind = next((kind for kind, of in _SIGHT.items() if isinstance(value, of)), "")
        if kind not in fitting:
            node.fault(f"one of these is expected: {', '.join(fitting)}", key)
            kind, node = next(iter(fitting)), node.void()
        made: T = fitting[kind].read(node, key)
        return made

    def schema(self, known: Definitions) -> Schema:
        return {"anyOf": [shape.schema(known) for shape in self._shapes().values()]}

    def _shapes(self) -> dict[str, Shape[Any]]:
        given = {
            "true or false": self.flag,
            "a text": self.text,
            "a mapping": self.mapping,
            "a list": self.listed,
        }
        return {kind: shape for kind, shape in given.items() if shape is not None}


_SIGHT: Mapping[str, type] = {
    "true or false": bool,
    "a text": str,
    "a mapping": dict,
    "a list": list,
}


@dataclass(frozen=True, slots=True)
class Later(Generic[T]):
    """A shape that is declared further down, because it holds what is declared here."""

    get: Callable[[], Any]

    def read(self, node: Node, key: str) -> T:
        made: T = self.get().read(node, key)
        return made

    def of(self, node: Node) -> T:
        made: T = self.get().of(node)
        return made

    def schema(self, known: Definitions) -> Schema:
        made: Schema = self.get().schema(known)
        return made


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not LEFT_OUT}


def _read_key(node: Node, name: str, kept: Key[Any]) -> Any:
    if kept.default is REQUIRED or node.has(name):
        return kept.shape.read(node, name)
    return kept.default


def _note_count(node: Node, key: str, count: int, shape: Any) -> None:
    if count < shape.least and node.has(key):
        node.fault(f"at least {shape.least} needed", key)
    if count > shape.most:
        node.fault(f"at most {shape.most} are possible", key)


def _list_schema(shape: Any, items: Schema) -> Schema:
    made: Schema = {"type": "array", "items": items, "maxItems": shape.most}
    return made | ({"minItems": shape.least} if shape.least else {})


def _catalogue_schema(name: Name, value: Schema, most: int, known: Definitions) -> Schema:
    return {
        "type": "object",
        "propertyNames": name.schema(known),
        "additionalProperties": value,
        "minProperties": 1,
        "maxProperties": most,
    }


def unknown_name(what: str, word: str, known: Mapping[str, Any]) -> str:
    """Say that *word* is the name of none of the *known*."""
    return unknown(what, word, list(known))
