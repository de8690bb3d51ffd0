"""Files as they are handed out to be saved: what is in one, and what it is called.

The one idea: whoever has taken a file finds it again by its name, so the name says what it is and
of which case or round, in words. Programs that read only ASCII are given a plain one beside it.
Source: RFC 6266, RFC 8187.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import quote

from services.workflow.application.workbooks import MEDIA

WORDS: Mapping[str, Mapping[str, str]] = json.loads(
    files(__package__).joinpath("saving.json").read_bytes()
)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]")
# What some file system refuses, and what is not seen or turns round what is read.
_NO_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]')
_MOST = 80  # characters before the ending: 255 bytes are what file systems take
_BETWEEN = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file that is handed out."""

    content: bytes
    plain: str  # its name in ASCII, with its ending
    called: tuple[str, ...]  # its name in words, without: what they are put together of
    media: str = MEDIA

    @property
    def headers(self) -> Mapping[str, str]:
        """The header under which it is saved, and never shown."""
        return to_save(self.plain, *self.called)


def to_save(plain: str, *called: str) -> Mapping[str, str]:
    """Return the header under which a file of ours is saved: numbers of cases may have slashes."""
    plain = _NOT_PLAIN.sub("-", plain)
    dot, ending = plain.rpartition(".")[1:]
    words = _BETWEEN.join(filter(None, (_NO_NAME.sub("-", one).strip(" .") for one in called)))
    name = f"{words[:_MOST]}{dot}{ending}" if words else plain
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Disposition": told}
