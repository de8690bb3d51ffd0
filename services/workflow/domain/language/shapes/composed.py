"""Shapes made of shapes: records and what may stand for one, lists and catalogues of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from schemas.reading import Node
from schemas.said import listed, said
from services.workflow.domain.language.shapes.plain import Name, Names, OneOf
from services.workflow.domain.language.shapes.shape import (
    Definitions,
    Mapped,
    Schema,
    Shape,
    list_schema,
    note_count,
)

T = TypeVar("T")
REQUIRED: Final[Any] = object()
LEFT_OUT: Final[Any] = object()


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
                node.fault(said("exactly one of {words} is needed", words=", ".join(choice)))
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
            node.fault(
                said(
                    "{what} is exactly one of {words}",
                    what=said(self.what),
                    words=", ".join(self.records),
                )
            )
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
        note_count(node, key, len(found), self)
        return found

    def schema(self, known: Definitions) -> Schema:
        return list_schema(self, self.of.schema(known))


@dataclass(frozen=True, slots=True)
class Named(Generic[T]):
    """A list of records with a name each, in their order: a mapping's keys would lose theirs."""

    name: Name
    of: Mapped[T]
    least: int = 1
    most: int = 200

    def read(self, node: Node, key: str) -> tuple[T, ...]:
        found = tuple(self.of.of(each) for _, each in node.named(key, self.most, self.name.naming))
        note_count(node, key, len(found), self)
        return found

    def schema(self, known: Definitions) -> Schema:
        return list_schema(self, self.of.schema(known))


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
        value = node.required(key)
        fitting = self._shapes()
        kind = next((kind for kind, of in _SIGHT.items() if isinstance(value, of)), "")
        if kind not in fitting:
            if node.has(key):
                words = listed(map(said, fitting))
                node.fault(said("one of these is expected: {words}", words=words), key)
            kind, node = next(iter(fitting)), node.void()
        if kind == "a text" and self.listed and isinstance(self.text, OneOf):
            kind, node = self._as_list(node, key, str(value), self.text.words)
        made: T = fitting[kind].read(node, key)
        return made

    def schema(self, known: Definitions) -> Schema:
        return {"anyOf": [shape.schema(known) for shape in self._shapes().values()]}

    def _as_list(
        self, node: Node, key: str, value: str, words: tuple[str, ...]
    ) -> tuple[str, Node]:
        """Say that a list is one even of one name, where *value* is no word for the whole."""
        if value in words:
            return "a text", node
        names = isinstance(self.listed, Names)
        example = said(", [{value}],", value=value) if names else ""
        node.fault(
            said(
                "a list{example} is expected, or {words}", example=example, words=", ".join(words)
            ),
            key,
        )
        return "a list", node.void()

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


def _catalogue_schema(name: Name, value: Schema, most: int, known: Definitions) -> Schema:
    return {
        "type": "object",
        "propertyNames": name.schema(known),
        "additionalProperties": value,
        "minProperties": 1,
        "maxProperties": most,
    }
