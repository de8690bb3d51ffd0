"""What repeats on a page is written once: rows of a long list share most of what stands in them.

The one idea: a piece is known by what it says, not by the row it says it of. Whoever repeats one
names all of that, and a test holds each page against the same page written out in full.
"""

from collections.abc import Hashable
from typing import Any

from jinja2.runtime import Macro
from markupsafe import Markup


class Repeated:
    """The pieces of one page, by macro and by what they say."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, Hashable], Markup] = {}

    def __call__(self, says: Hashable, macro: Macro, *of: Any) -> Markup:
        """Return what *macro* makes *of* something, or has made of what *says* the same."""
        key = (macro.name, says)
        written = self._written.get(key)
        if written is None:
            written = self._written[key] = Markup(macro(*of))  # noqa: S704 - it was escaped
        return written
