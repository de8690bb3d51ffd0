"""A gettext catalogue as its `.po` file has it, read once when the service starts.

The one idea: what translators edit is what runs. No compiled file has to be kept fresh, and nothing
is needed at run time that only extraction needs; `deploy/words.py` writes these files with Babel.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PLURALS = 2  # one, and any other number: English


@dataclass
class Entry:
    """One message, the text as it stands in the code, and what is said for it."""

    msgid: str = ""
    msgid_plural: str = ""
    told: dict[int, str] = field(default_factory=dict)  # by plural form
    fuzzy: bool = False


@dataclass(frozen=True)
class Catalogue:
    """What is said in one language; texts that it does not know stand for themselves."""

    entries: Mapping[str, Entry]

    def one(self, text: str) -> str:
        """Return what is said for *text*."""
        found = self.entries.get(text)
        return (found and found.told.get(0)) or text

    def many(self, text: str, n: int) -> str:
        """Return what is said for *text* of *n* things."""
        found = self.entries.get(text)
        return (found and found.told.get(0 if n == 1 else _PLURALS - 1)) or self.one(text)


def read(path: Path) -> Catalogue:
    """Return the catalogue of a `.po` file, without what is fuzzy, obsolete or empty."""
    entries = _entries(path.read_text(encoding="utf-8").splitlines())
    return Catalogue({one.msgid: one for one in entries if one.msgid and not one.fuzzy})


def _entries(lines: list[str]) -> Iterator[Entry]:
    entry, word = Entry(), ""
    for line in [*lines, ""]:
        if not line.strip():
            yield entry
            entry, word = Entry(), ""
        elif line.startswith("#"):
            entry.fuzzy |= line.startswith("#,") and "fuzzy" in line
        else:
            named, _, quoted = line.partition('"')
            word = named.strip() or word  # a text goes on on further lines
            _add(entry, word, json.loads(f'"{quoted}'))


def _add(entry: Entry, word: str, text: str) -> None:
    if word == "msgid":
        entry.msgid += text
    elif word == "msgid_plural":
        entry.msgid_plural += text
    elif word.startswith("msgstr"):
        form = int(word[7:-1] or 0)
        entry.told[form] = entry.told.get(form, "") + text
