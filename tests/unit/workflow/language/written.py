"""Examples as they stand in `constructs.md`, laid over its first one, and what is refused.

A block laid over another replaces what both say, key by key; a list is replaced whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).with_name("constructs.md")
_KEY = re.compile(r"^( *)([A-Za-z_.0-9]+):(.*)$")


@dataclass(frozen=True)
class Refused:
    """One row of a table of mutations."""

    example: str  # the whole file
    old: str
    new: str
    path: str
    reason: str


_BLOCK_OR_ROW = re.compile(r"^```yaml\n([\s\S]*?)^```|^\| `(.*)\|$", re.MULTILINE)


def examples() -> dict[str, str]:
    """Return each example of the page as a whole file, by its heading."""
    return {title: example for title, example, row in _parts() if not row}


def mutations() -> list[Refused]:
    """Return the rows of every table, each of the example before it."""
    return [Refused(example, *_cells(row)) for _, example, row in _parts() if row]


def _parts() -> Iterator[tuple[str, str, str]]:
    """Yield each example under its heading, and each row of a table with the example before it."""
    base = ""
    for title, text in sections():
        example = ""
        for number, (block, row) in enumerate(_BLOCK_OR_ROW.findall(text)):
            if block:
                base = base or block
                example = laid_over(base, block)
            yield f"{title} {number}", example, row


def _cells(row: str) -> Iterator[str]:
    return (cell.strip().strip("`") for cell in row.split(" | "))


def sections() -> list[tuple[str, str]]:
    """Return the page's sections by their headings."""
    parts = re.split(r"^##+ (.*)$", PAGE.read_text(), flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def laid_over(base: str, block: str) -> str:
    """Return *base* with what *block* says in its place."""
    if base == block:
        return base
    return "\n".join(_merged(base.splitlines(), block.splitlines())) + "\n"


def _merged(base: list[str], block: list[str]) -> list[str]:
    below, over = _entries(base), _entries(block)
    lines: list[str] = []
    for key, (head, body) in below.items():
        if key not in over:
            lines += [head, *body]
            continue
        new_head, new_body = over[key]
        both = body and new_body and _is_mapping(body) and _is_mapping(new_body)
        lines += [head, *_merged(body, new_body)] if both else [new_head, *new_body]
    for key, (head, body) in over.items():
        lines += [head, *body] if key not in below else []
    return lines


def _is_mapping(body: list[str]) -> bool:
    return not body[0].lstrip().startswith("- ")


def _entries(lines: list[str]) -> dict[str, tuple[str, list[str]]]:
    found: dict[str, tuple[str, list[str]]] = {}
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    indent = len(lines[0]) - len(lines[0].lstrip())
    key = ""
    for line in lines:
        match = _KEY.match(line)
        if match and len(match[1]) == indent:
            key = match[2]
            found[key] = (line, [])
        else:
            found[key][1].append(line)
    return found
