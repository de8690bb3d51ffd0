"""Chinese on a page in another language: marked, so that who has it read aloud hears Chinese.

The one idea: what schemes, organisations and people say is theirs and stands as it is, wherever a
template puts it; so it is found in the page that was made, and not by whoever writes a template.
Values of attributes cannot be marked, and are left as they are.
"""

import re
from collections.abc import Iterator

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_BETWEEN = r"\u3000-\u303f\uff00-\uffef\u2018-\u201d·"  # its own marks, between its own letters
_RUN = re.compile(rf"[{_HAN}](?:[{_HAN}{_BETWEEN}0-9]*[{_HAN}])?")
_PIECE = re.compile(r"<!--.*?-->|<[^>]*>|[^<]+", re.DOTALL)
_NAME = re.compile(r"</?([a-z0-9]+)")
# In these no element may stand; those that are shown are marked themselves.
_WHOLE = frozenset({"option", "title", "textarea"})
_UNSHOWN = frozenset({"script", "style"})
_LANG = ' lang="zh-CN"'


def marked(page: str) -> str:
    """Return an HTML page in which each run of Chinese says that it is."""
    return "".join(_marked(page))


def _marked(page: str) -> Iterator[str]:
    held, inside = "", ""  # the tag of an element that is marked itself, and its name
    for piece in _PIECE.findall(page):
        if piece.startswith("<"):
            name = _NAME.match(piece)
            known = name[1] if name else ""
            if held:
                yield held
                held = ""
            if inside:
                inside = "" if piece.startswith("</") and known == inside else inside
                yield piece
            elif known in _WHOLE and not piece.startswith("</"):
                held, inside = piece, known
            else:
                is_told = known in _UNSHOWN or _LANG in piece
                inside = known if is_told and not piece.startswith("</") else ""
                yield piece
        elif held:
            has = _RUN.search(piece) and " lang=" not in held
            yield f"{held[:-1]}{_LANG}>" if has else held
            held = ""
            yield piece
        else:
            yield piece if inside else _RUN.sub(_in_bdi, piece)
    yield held


def _in_bdi(found: re.Match[str]) -> str:
    return f"<bdi{_LANG}>{found[0]}</bdi>"
