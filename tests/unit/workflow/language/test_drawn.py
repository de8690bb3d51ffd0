"""Whatever the reference has a scheme say is drawn: said otherwise, it looks otherwise."""

import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.document import Document, Faults
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.schema import own_words
from services.workflow.domain.language.showing import show
from tests.unit.workflow.language.test_reference import PARTS, Part

Place = tuple[str | int, ...]
# With one grading there is nothing else a limit could be of; a tier shows the acts it has.
SAID_ANYWAY = ("of", "without")


def changes(tree: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield places of *tree*, each with another value for it; None: left out."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield (*at, key), None
            yield from changes(value, (*at, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree[:2]):
            yield from changes(value, (*at, index))
    elif isinstance(tree, bool):
        yield at, not tree
    elif isinstance(tree, int):
        yield at, tree + 1
    elif isinstance(tree, date):
        yield at, tree + timedelta(days=1)


def changed(tree: Any, at: Place, value: Any) -> Any:
    made = copy.deepcopy(tree)
    holder = made
    for step in at[:-1]:
        holder = holder[step]
    if value is None:
        del holder[at[-1]]
    else:
        holder[at[-1]] = value
    return made


def loaded(tree: Any) -> Scheme | None:
    try:
        return replace(load(Document(tree, "f")), canonical=b"", hash="")
    except Faults:
        return None


@pytest.mark.parametrize("part", PARTS, ids=[part.title for part in PARTS])
def test_what_is_said_otherwise_is_drawn_otherwise(part: Part):
    base = loaded(part.example)
    assert base is not None
    drawn, n_tried = show(base), 0
    for at, value in changes(part.example):
        made = loaded(changed(part.example, at, value))
        if made is not None and made != base and at[-1] not in SAID_ANYWAY:
            n_tried += 1
            assert show(made) != drawn, at
    assert n_tried > 5


# Other tests play these in a scheme of which they change a word.
ELSEWHERE = {"follows", "carries", "as", "month", "warn"}
PLAYED = [
    *Path("services/workflow/schemes").rglob("*.yaml"),
    *(file for kind in ("yaml", "txt") for file in Path("tests").rglob(f"*.{kind}")),
]


def test_every_word_of_the_language_stands_in_some_scheme_that_is_played():
    texts = [file.read_text() for file in PLAYED]
    bare = [re.sub(r"#.*", "", text) for text in texts if "\nformat: 2\n" in f"\n{text}"]
    said = {word for text in bare for word in re.findall(r"[a-z_]+", text)}
    assert own_words() - said == ELSEWHERE
