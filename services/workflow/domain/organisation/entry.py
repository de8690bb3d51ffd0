"""What the values of an organisation file are: ids, names, days, addresses, words of its own.

An `Entry` is one mapping, read by the reader that all documents have (`schemas.reading`). Each
method returns something harmless where the value is at fault, so that reading goes on and one run
tells everything; a key that nobody asked for is a fault when all is read.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from typing import Any

from schemas.document import Path
from schemas.limits import FIRST_YEAR, LAST_YEAR, UNIT_NAME, is_identifier
from schemas.reading import Node, Wording
from schemas.vocabulary import Attribute, Value
from services.workflow.domain.organisation.sentences import say
from services.workflow.domain.organisation.spelling import AS_A_FILE, Spelling

MAX_NUMBER = 1_000_000_000

ADDRESSES = ("email", "wecom", "dingtalk", "feishu")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NAME = "[a-z][a-z_]{0,39}"
_NAME = re.compile(NAME, re.ASCII)
_ACCOUNT = re.compile(r"[!-~]{1,128}", re.ASCII)  # a user's id with a messaging service
# Plain mailbox names at a host with a dot: what every mail server of an office takes.
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{3,254}}\Z){_WORD}(?:\.{_WORD})*@{_LABEL}(?:\.{_LABEL})+", re.ASCII)
NO_NAME = say("not_a_name")
# Control, format (zero-width, bidirectional), surrogate and unassigned characters and line
# separators: invisible in a list, and able to make two names look alike.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
# Han, all of its planes: new characters of names come every few years, and the interpreter's tables
# are older than they.
_HAN = re.compile(
    "[\u2e80-\u2fff\u31c0-\u31ef\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0002fffd\U00030000-\U0003fffd]"
)


def wording(spelling: Spelling) -> Wording:
    """Return what is said of values that are no such thing, to who spells as *spelling*."""
    return Wording(
        no_mapping=say("not_a_mapping"),
        no_list=say("not_a_list"),
        no_flag=spelling.no_flag,
        unread=say("read_by_no_rule"),
    )


class Entry:
    """One mapping of the file, and where it stands."""

    def __init__(
        self, node: Node, warn: Callable[[Path, str], None], spelling: Spelling = AS_A_FILE
    ) -> None:
        self.path = node.path
        self.flag, self.raw, self.mentions, self.all_keys = node.flag, node.raw, node.has, node.keys
        self._node = node
        self._warn = warn
        self._spelling = spelling
        self._section = str(node.path[0]) if node.path else ""

    def fault(self, key: str, reason: str) -> None:
        """Note a fault of one key."""
        self._node.fault(reason, key)

    def has(self, key: str) -> bool:
        """Tell whether anything is given under *key*."""
        return self._node.raw(key) is not None

    def below(self, key: str) -> "Entry":
        """Return the mapping under *key*; an empty one where nothing is given."""
        node = self._node.node(key) if self._node.has(key) else self._node.void()
        return Entry(node, self._warn, self._spelling)

    def called(self, key: str) -> str:
        """Return what *key* is called where it was written."""
        return self._spelling.key(self._section, key)

    def entries(self, key: str) -> Iterator["Entry"]:
        """Yield the mappings of the list under *key*; what is none is told, and left out."""
        for index, value in enumerate(self._list(key)):
            node = self._node.item(key, index, value)
            if isinstance(value, dict):
                yield Entry(node, self._warn, self._spelling)

    def identifier(self, key: str, *, required: bool = True) -> str | None:
        """Return an id; None where it is absent or at fault."""
        value = self._string(key, required=required)
        if value is not None and not is_identifier(value):
            self.fault(key, say("not_an_id"))
            return None
        return value

    def name(self, key: str, *, required: bool = True) -> str | None:
        """Return a name that rules may refer to; None where it is absent or at fault."""
        value = self._string(key, required=required)
        if value is not None and not is_name(value):
            self.fault(key, NO_NAME)
            return None
        return value

    def words(self, key: str, known: Collection[str], what: str) -> tuple[str, ...]:
        """Return a list of *known* words, each once; empty where nothing is given."""
        found = []
        for index, value in enumerate(self._list(key)):
            if value not in known:
                reason = _not_a_choice(what, str(value), known)
                self._node.fault(reason, key, index)
            elif value in found:
                self._node.fault(say("repeated", name=value), key, index)
            else:
                found.append(value)
        return tuple(found)

    def names(self, key: str, most: int) -> tuple[str, ...]:
        """Return a list of names, each once; empty where nothing is given."""
        found = []
        if len(self._list(key)) > most:
            self.fault(key, say("too_many", most=most))
            return ()
        for index, value in enumerate(self._list(key)):
            if not isinstance(value, str) or not is_name(value):
                self._node.fault(NO_NAME, key, index)
            elif value in found:
                self._node.fault(say("repeated", name=value), key, index)
            else:
                found.append(value)
        return tuple(found)

    def value(self, key: str, attribute: Attribute) -> Value | None:
        """Return the value of *attribute*; None where it is not filled in, or at fault."""
        if not self.has(key):
            return None
        if attribute.type == "flag":
            return self.flag(key)
        if attribute.type == "number":
            return self.count(key, MAX_NUMBER)
        if attribute.type == "choice":
            return self.choice(key, attribute.choices, say("choice"))
        day = self.day(key) if attribute.type == "day" else None
        return None if day is None else day.isoformat()

    def text(self, key: str, *, most: int = UNIT_NAME, required: bool = True) -> str | None:
        """Return a name on one line, in Unicode's composed form."""
        written = self._string(key, required=required)
        if written is None:
            return None
        value = unicodedata.normalize("NFC", written)  # which may make it longer
        if not value or value != value.strip():
            self.fault(key, say("blank"))
        elif any(map(_is_invisible, value)):
            self.fault(key, say("invisible"))
        elif len(value) > most:
            self.fault(key, say("too_long", most=most))
        else:
            for character in filter(_is_private, dict.fromkeys(value)):
                shown = f"U+{ord(character):04X}"
                self._warn((*self.path, key), say("private_use", shown=shown))
            return value
        return None

    def choice(self, key: str, words: Collection[str], what: str) -> str | None:
        """Return one of *words*."""
        value = self._string(key)
        if value is not None and value not in words:
            known = self._spelling.known(self._section, key, words)
            self.fault(key, _not_a_choice(what, value, known))
            return None
        return value

    def address(self, key: str) -> str | None:
        """Return where a person is reached; None where nothing is given."""
        value = self._string(key, required=False)
        if value is None:
            return None
        fits = _EMAIL if key == "email" else _ACCOUNT
        if not fits.fullmatch(value):
            self.fault(key, say("not_an_email") if key == "email" else say("not_an_account"))
            return None
        return value

    def day(self, key: str, *, required: bool = True) -> date | None:
        """Return a day written YYYY-MM-DD."""
        value = self._string(key, required=required)
        if value is None:
            return None
        try:
            day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None:
            self.fault(key, say("not_a_day"))
        elif not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fault(key, say("day_out_of_range", first=FIRST_YEAR, last=LAST_YEAR))
        else:
            return day
        return None

    def count(self, key: str, most: int) -> int:
        """Return a whole number from 0 to *most*; 0 where nothing is given."""
        value = self._node.raw(key) if self._node.has(key) else 0
        # bool is an int in Python: `staff: true` would count one.
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            self.fault(key, say("not_a_count", most=most))
            return 0
        return value

    def _list(self, key: str) -> list[Any]:
        return self._node.items(key) if self._node.has(key) else []

    def _string(self, key: str, *, required: bool = True) -> str | None:
        value = self._node.raw(key)
        if isinstance(value, str):
            return value
        if value is not None:
            self.fault(key, say("not_a_text"))
        elif required:
            self.fault(key, say("lacking", name=self.called(key)))
        return None


def _not_a_choice(what: str, said: str, known: Iterable[str]) -> str:
    return say("not_a_choice", what=what, said=said[:64], known="、".join(known))


def is_name(text: str) -> bool:
    """Tell whether *text* is a name that rules may refer to."""
    return _NAME.fullmatch(text) is not None


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE and not _HAN.match(character)


def _is_private(character: str) -> bool:
    return unicodedata.category(character) == "Co"
