"""Links that somebody clicks: to a page or an address, and nothing is fetched before.

An office suite makes one of every address that is typed. By its number the same might be used for
a picture or a template, which are fetched at once: what uses it has to be a link, too.
"""

import re
from collections.abc import Mapping
from xml.parsers.expat import ExpatError, ParserCreate

_CLICKED = re.compile(
    rb"""<Relationship(?:\s+(?:Id\s*=\s*["'](?P<id>[\w.-]+)["']
    |Type\s*=\s*["'][\w:/.]+/relationships/hyperlink["']
    |Target\s*=\s*["'](?:https?|mailto):[^"'<>]*["']
    |TargetMode\s*=\s*["']External["']))+\s*(?:/>|>\s*</Relationship\s*>)""",
    re.VERBOSE,
)
_LINKS = frozenset({"hyperlink", "hlinkClick", "hlinkHover", "hlinkMouseOver"})


def without_clicked(relations: bytes) -> tuple[bytes, frozenset[str]]:
    """Return *relations* without those to pages and addresses, and the numbers of these."""
    numbers = (one["id"].decode() for one in _CLICKED.finditer(relations) if one["id"])
    return _CLICKED.sub(b"", relations), frozenset(numbers)


def are_only_clicked(part: bytes, numbers: frozenset[str]) -> bool:
    """Tell whether nothing but links uses what has one of *numbers*; False where it is no XML."""
    used = set[str]()

    def look(element: str, attributes: Mapping[str, str]) -> None:
        if element.rpartition(" ")[2] not in _LINKS:
            used.update(numbers.intersection(told.strip() for told in attributes.values()))

    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = look
    try:
        parser.Parse(part, True)
    except ExpatError:
        return False
    return not used
