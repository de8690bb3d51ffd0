"""How many lines a text document has, one below the other: the cells of a row stand side by side.

For what was looked through already: nothing in it is an entity that could grow.
"""

from dataclasses import dataclass
from xml.parsers.expat import ExpatError, ParserCreate

from services.workflow.application.attachments import UnfitFile

_WORDS = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_ROWS, _CELLS, _LINES = (
    frozenset(f"{words} {name}" for words in _WORDS for name in names)
    for names in (("tr",), ("tc",), ("p", "br", "cr"))
)


@dataclass(slots=True)
class _Box:
    """A row, a cell, or the text around them."""

    is_row: bool
    n: int = 0  # lines in it that stand by themselves, and rows within
    highest: int = 0  # lines of its fullest cell


def n_lines(text: bytes) -> int:
    """Return how many lines stand one below the other in *text*.

    Raises:
        UnfitFile: it is no sound XML.
    """
    boxes = [_Box(is_row=False)]

    def begin(name: str, _: dict[str, str]) -> None:
        if name in _LINES:
            boxes[-1].n += 1
        elif name in _ROWS or name in _CELLS:
            boxes.append(_Box(is_row=name in _ROWS))

    def end(name: str) -> None:
        if name in _ROWS or name in _CELLS:
            ended, around = boxes.pop(), boxes[-1]
            if around.is_row and not ended.is_row:
                around.highest = max(around.highest, ended.n)
            else:
                around.n += max(ended.n + ended.highest, 1)

    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        parser.Parse(text, True)
    except (ExpatError, ValueError) as error:
        raise UnfitFile("file_broken") from error
    return boxes[0].n
