"""What a shape is: it reads one key of a mapping, and says itself as JSON Schema."""

from typing import Any, Protocol, TypeVar

from schemas.reading import Node
from schemas.said import said

T_co = TypeVar("T_co", covariant=True)
Schema = dict[str, Any]
Definitions = dict[str, Schema]  # what is named once and referred to


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


def note_count(node: Node, key: str, count: int, shape: Any) -> None:
    written = node.raw(key) if node.has(key) else []
    if not isinstance(written, list):
        return  # told already
    count = max(count, len(written))  # some may be at fault
    if count < shape.least and node.has(key):
        node.fault(said("at least {least} needed", least=shape.least), key)
    if count > shape.most:
        node.fault(said("at most {most} are possible", most=shape.most), key)


def list_schema(shape: Any, items: Schema) -> Schema:
    made: Schema = {"type": "array", "items": items, "maxItems": shape.most}
    return made | ({"minItems": shape.least} if shape.least else {})
