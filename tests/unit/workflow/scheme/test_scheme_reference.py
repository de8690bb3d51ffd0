"""The page about files of the first format names every word that is held of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PAGE = Path("docs/reference/scheme.md").read_text()
HELD = ast.parse(Path("schemas/scheme_holding.py").read_text())
_WORD = re.compile(r"[a-z][a-z_]+", re.ASCII)


def words() -> Iterator[str]:
    """Yield the words in the tables of what is held, and the keys that are taken and needed."""
    for node in HELD.body:
        if isinstance(node, ast.Assign):
            yield from texts(node.value)
    for node in ast.walk(HELD):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_take", "_need"):
            yield from texts(*node.args)


def texts(*nodes: ast.AST) -> Iterator[str]:
    for node in nodes:
        for one in ast.walk(node):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield from (one.value for _ in [0] if _WORD.fullmatch(one.value))


def test_the_page_names_every_word_of_the_first_format():
    known = set(words())
    assert len(known) > 60
    assert known - set(_WORD.findall(PAGE)) == set()
