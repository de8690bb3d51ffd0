"""Reading a document of rules without stopping at the first fault.

A `Node` is one mapping of the document. Each of its methods reads one key, notes a fault where the
value is not what it should be, and returns something harmless, so that reading goes on. A key that
nothing has read by the end is a fault too: a rule written but not obeyed is worse than none.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from schemas.document import Document, Fault, Path
from schemas.limits import is_code, is_identifier, is_line
from schemas.said import Said, said


@dataclass(frozen=True, slots=True)
class Naming:
    """What a name has to look like, and what is said of one that does not.

    Names go into events as they are: none takes more than the events' schemas do.
    """

    takes: Callable[[str], bool]
    reason: str


CODE = Naming(
    is_code,
    "a name has letters a to z, digits and underscores, begins with a letter and has at"
    " most 64 characters",
)
LONGEST = 100  # labels go into the events of refusals, which bound their texts
LONGEST_POINT = 1_000  # of what is only read, and goes into no event
ONE_LINE = (
    "a text on one line is expected: not blank, at most {most} characters, no control character,"
    " in Unicode's form C"
)
_DAYS = (date(2000, 1, 1), date(2100, 12, 30))  # an instant of ours ends each, in any zone
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said of a value that is no such thing, whatever its key means."""

    no_mapping: str = "a mapping is expected here: {key: value}"
    no_list: str = "a list is expected"
    no_flag: str = "true or false is expected"
    unread: str = "nothing reads this key"


class Reading:
    """One pass over one document, gathering faults."""

    def __init__(
        self,
        document: Document,
        instead: Mapping[Naming, Naming] = MappingProxyType({}),
        wording: Wording = Wording(),
    ) -> None:
        """Begin; names that one of *instead* is asked of are held to the other in this document."""
        self._document = document
        self._instead = instead
        self.wording = wording
        self._faults: dict[Fault, None] = {}
        self._objections: dict[Fault, None] = {}
        self.broken: set[Path] = set()  # where the faults are, in the tree that is read
        self._nodes: list[Node] = []

    def root(self) -> "Node":
        """Return the document as a mapping; a void one, with a fault, if it is none."""
        return self.node(self._document.tree, ())

    def node(self, value: Any, path: Path) -> "Node":
        """Return *value* as a mapping; a void one, with a fault, if it is none."""
        if not isinstance(value, Mapping):
            self.fault(path, self.wording.no_mapping)
            return Node(self, {}, path, void=True)
        node = Node(self, value, path)
        self._nodes.append(node)
        return node

    def naming(self, asked: Naming) -> Naming:
        """Return what names are held to here where *asked* is asked of them."""
        return self._instead.get(asked, asked)

    def fault(self, path: Path, reason: str) -> None:
        """Note a fault at *path*, once."""
        self._faults.setdefault(self._document.fault(path, reason))
        self.broken.add(path)

    def objection(self, path: Path, reason: str) -> None:
        """Note at *path* what is refused of a new document, and read in one of before."""
        self._objections.setdefault(self._document.fault(path, reason))

    @property
    def faults(self) -> list[Fault]:
        """Everything noted so far that cannot be read, in the order it was found."""
        return list(self._faults)

    @property
    def objections(self) -> list[Fault]:
        """Everything noted so far that is refused of a new document alone, in that order."""
        return list(self._objections)

    def finish(self) -> None:
        """Note every key that nothing has read."""
        for node in self._nodes:
            node.note_unread()


class Node:
    """One mapping of the document; a void one stands for what is missing, and has no faults."""

    def __init__(
        self, reading: Reading, value: Mapping[str, Any], path: Path, *, void: bool = False
    ) -> None:
        self._void = void
        self._reading = reading
        self._value = value
        self._read: set[str] = set()
        self.path = path

    def has(self, key: str) -> bool:
        return key in self._value

    def is_sound(self, key: str) -> bool:
        """Tell whether *key* is there, and no fault of it is noted so far."""
        return key in self._value and (*self.path, key) not in self._reading.broken

    def void(self) -> "Node":
        """Return a mapping in this one's place that gives harmless values and notes nothing."""
        return Node(self._reading, {}, self.path, void=True)

    def naming(self, asked: Naming) -> Naming:
        """Return what names are held to in this document where *asked* is asked of them."""
        return self._reading.naming(asked)

    def fault(self, reason: str, *path: str | int) -> None:
        """Note a fault of this mapping, or of what stands at *path* in it."""
        if not self._void:
            self._reading.fault((*self.path, *path), reason)

    def objection(self, reason: str, *path: str | int) -> None:
        """Note what is refused of a new document, at *path* in this mapping."""
        if not self._void:
            self._reading.objection((*self.path, *path), reason)

    def text(self, key: str, most: int = LONGEST) -> str:
        """Read a text on one line, in Unicode's form C, of at most *most* characters."""
        value = self.required(key)
        if isinstance(value, str) and is_line(value, most):
            return value
        self._wrong(key, said(ONE_LINE, most=most))
        return ""

    def code(self, key: str) -> str:
        """Read the name of something inside a scheme."""
        word = self.text(key)
        if word and not is_code(word):
            self.fault(CODE.reason, key)
        return word

    def identifier(self, key: str) -> str:
        """Read the name of something as a whole."""
        word = self.text(key)
        if word and not is_identifier(word):
            self.fault("a name has letters, digits, dots, dashes and underscores only", key)
        return word

    def choice(self, key: str, known: Collection[str], what: str) -> str:
        """Read one of the *known* words; "" with a fault if it is none of them."""
        word = self.required(key)
        if not isinstance(word, str) or not is_line(word, LONGEST):
            self._wrong(key, said("one of these is expected: {words}", words=_listed(known)))
            return ""
        if word not in known:
            self.fault(unknown(what, word, known), key)
            return ""
        return word

    def integer(self, key: str, least: int, most: int) -> int:
        """Read a whole number from *least* to *most*; *least* with a fault if it is none."""
        value = self.required(key)
        # bool is an int in Python, but `limit: yes` is not a number.
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._wrong(key, _whole(least, most))
        return least

    def flag(self, key: str) -> bool:
        """Read true or false; false if the key is absent."""
        self._read.add(key)
        value = self._value.get(key, False)
        if isinstance(value, bool):
            return value
        self._wrong(key, self._reading.wording.no_flag)
        return False

    def day(self, key: str) -> date:
        """Read a date; the first of all with a fault if it is none."""
        value = self.required(key)
        try:
            day = date.fromisoformat(value) if _is_spelled_as_a_day(value) else date.min
        except ValueError:
            day = date.min
        if not _DAYS[0] <= day <= _DAYS[1]:
            self._wrong(
                key,
                said("a day is expected, from {first} to {last}", first=_DAYS[0], last=_DAYS[1]),
            )
        return day

    def decimal(self, key: str) -> Decimal:
        """Read a decimal number, written as a text so that no digit is lost."""
        value = self.required(key)
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            return Decimal(value)
        self._wrong(key, 'a decimal number in quotes is expected, such as "0.70"')
        return Decimal(0)

    def words(self, key: str, known: Collection[str] | None, what: str) -> tuple[str, ...]:
        """Read a list of texts, each at most once and one of *known* (None: any)."""
        found: list[str] = []
        for index, word in enumerate(self.items(key)):
            if not isinstance(word, str) or not is_line(word, LONGEST_POINT):
                self.fault(said(ONE_LINE, most=LONGEST_POINT), key, index)
            elif word in found:
                self.fault(said("{word} is repeated", word=word), key, index)
            elif known is not None and word not in known:
                self.fault(unknown(what, word, known), key, index)
            else:
                found.append(word)
        return tuple(found)

    def nodes(self, key: str, most: int | None = None) -> list["Node"]:
        """Read a list of mappings, at most *most*."""
        items = self.items(key)
        if most is not None and len(items) > most:
            self.fault(said("at most {most} are possible", most=most), key)
        return [self.item(key, index, one) for index, one in enumerate(items)]

    def some(self, key: str) -> list["Node"]:
        """Read a list of mappings, of which there must be one at least."""
        found = self.nodes(key)
        if self.has(key) and not found:
            self.fault("at least one entry is expected here", key)
        return found

    def item(self, key: str, index: int, value: Any) -> "Node":
        """Read *value*, one of the list under *key*, as a mapping."""
        return self._reading.node(value, (*self.path, key, index))

    def mixed(self, key: str, naming: Naming) -> list[tuple[int, "Node | str"]]:
        """Read a list of words that *naming* takes, and of mappings; each with its index."""
        found: list[tuple[int, Node | str]] = []
        naming = self.naming(naming)
        for index, item in enumerate(self.items(key)):
            if not isinstance(item, str):
                found.append((index, self.item(key, index, item)))
            elif naming.takes(item):
                found.append((index, item))
            else:
                self.fault(naming.reason, key, index)
        return found

    def named(
        self, key: str, most: int | None = None, naming: Naming = CODE
    ) -> list[tuple[str, "Node"]]:
        """Read a list of mappings with a name each: a mapping's keys would lose their order."""
        found: dict[str, Node] = {}
        naming = self.naming(naming)
        for node in self.nodes(key, most):
            name = node.text("name")
            if name and not naming.takes(name):
                node.fault(naming.reason, "name")
                node.abandon()
            elif name in found:
                if name:  # one that is missing is told already
                    node.fault(said("{name} is repeated", name=name), "name")
                node.abandon()
            else:
                found[name] = node
        return list(found.items())

    def node(self, key: str) -> "Node":
        """Read a mapping; a void one, with a fault, if the key is absent."""
        if key not in self._value:
            self.required(key)
            return Node(self._reading, {}, (*self.path, key), void=True)
        self._read.add(key)
        return self._reading.node(self._value[key], (*self.path, key))

    def entries(
        self, naming: Naming = CODE, most: int | None = None
    ) -> Iterator[tuple[str, "Node"]]:
        """Read every key as a name, with its mapping; in the order of names.

        The order in the file means nothing, because canonical bytes do not keep it.
        """
        for key in self.names(naming, most):
            value = self._value[key]
            # `closed:` with nothing behind it is a mapping without keys.
            yield key, self._reading.node({} if value is None else value, (*self.path, key))

    def names(self, naming: Naming = CODE, most: int | None = None) -> list[str]:
        """Read every key as a name, whatever stands behind it; in the order of names."""
        if not self._value:
            self.fault("at least one entry is expected here")
        if most is not None and len(self._value) > most:
            self.fault(said("at most {most} are possible", most=most))
        self.abandon()
        naming = self.naming(naming)
        for key in self._value:
            if not naming.takes(key):
                self.fault(naming.reason, key)
        return sorted(key for key in self._value if naming.takes(key))

    def keys(self) -> list[str]:
        """Read every key, whatever it looks like and whatever stands behind it."""
        self.abandon()
        return list(self._value)

    def note_unread(self) -> None:
        for key in self._value:
            if key not in self._read:
                self.fault(self._reading.wording.unread, key)

    def abandon(self) -> None:
        """Take every key as read: what stands here has been refused as a whole."""
        self._read.update(self._value)

    def items(self, key: str) -> list[Any]:
        """Read a list, whatever stands in it; empty, with a fault, if it is none."""
        value = self.required(key)
        if isinstance(value, list):
            return value
        self._wrong(key, self._reading.wording.no_list)
        return []

    def raw(self, key: str) -> Any:
        """Read whatever stands there; None if the key is absent."""
        self._read.add(key)
        return self._value.get(key)

    def required(self, key: str) -> Any:
        """Read whatever stands there; None, with a fault, if the key is absent."""
        self._read.add(key)
        if key not in self._value:
            self.fault(said("{key} is missing", key=key), key)
        return self._value.get(key)

    def _wrong(self, key: str, reason: str) -> None:
        if key in self._value:
            self.fault(reason, key)


def _is_spelled_as_a_day(value: Any) -> bool:
    return isinstance(value, str) and len(value) == len("2020-01-08")


def _whole(least: int, most: int) -> Said:
    if least == most:
        return said("{least} is expected", least=least)
    return said("a whole number from {least} to {most} is expected", least=least, most=most)


def unknown(what: str, word: str, known: Collection[str]) -> str:
    """Say that *word* is none of the *known*."""
    return said(
        "unknown {what} {word}; known: {known}",
        what=said(what),
        word=word,
        known=_listed(known),
    )


def _listed(known: Collection[str]) -> str:
    return ", ".join(sorted(known)) or said("none")
