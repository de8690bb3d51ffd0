"""The reference of the language: each example is sound, each thing refused is told as it says."""

import copy
import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from schemas.document import Faults, read_document, spell
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.schema import own_words

PAGE = Path("docs/reference/scheme-language.md").read_text()
OWN = own_words()
Place = tuple[str | int, ...]
_WHOLES = ("due", "to")
_BLOCK = re.compile(r"^```yaml ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Part(NamedTuple):
    title: str
    example: dict[str, Any]
    refused: list[tuple[str, dict[str, Any]]]


def parts() -> Iterator[Part]:
    base: dict[str, Any] = {}
    for section in PAGE.split("\n## ")[1:]:
        found = _BLOCK.findall(section)
        blocks = dict(found)
        base = base or parsed(blocks["base"])
        example = laid(base, parsed(blocks.get("", "{}")))
        texts = [text for sort, text in found if sort == "refused"]
        refused = [(text.splitlines()[0].removeprefix("# "), parsed(text)) for text in texts]
        yield Part(section.splitlines()[0], example, refused)


def parsed(text: str) -> dict[str, Any]:
    tree: dict[str, Any] = read_document(text, compose, "page").tree
    return tree


def laid(under: Any, over: Any) -> Any:
    """Return *over* laid over *under*: key by key, name by name; null takes a key away."""
    if isinstance(under, dict) and isinstance(over, dict):
        wholes = {key: value for key, value in over.items() if key in _WHOLES}
        made = {key: laid(under.get(key), value) for key, value in over.items()} | wholes
        return {key: one for key, one in {**under, **made}.items() if one is not None}
    if isinstance(under, list) and isinstance(over, list) and named(under) and named(over):
        again = {one["name"]: one for one in over}
        made_list = [laid(one, again.pop(one["name"], {})) for one in under]
        return made_list + [laid({}, one) for one in again.values()]
    return laid({}, over) if isinstance(over, dict) else copy.deepcopy(over)


def named(items: list[Any]) -> bool:
    return all(isinstance(one, dict) and "name" in one for one in items)


def faults(tree: dict[str, Any]) -> list[str]:
    """Return the faults of *tree*, written out as a file and read again: each has its line."""
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=1000)
    try:
        load(read_document(text, compose, "f"))
    except Faults as broken:
        return [str(fault) for fault in broken.faults]
    return []


PARTS = list(parts())


@pytest.mark.parametrize("part", PARTS, ids=[part.title for part in PARTS])
def test_an_example_is_sound(part: Part):
    assert faults(part.example) == []


@pytest.mark.parametrize("part", PARTS, ids=[part.title for part in PARTS])
def test_what_is_refused_is_told_with_file_line_path_and_reason(part: Part):
    assert part.refused
    for fault, change in part.refused:
        found = faults(laid(part.example, change))
        told = re.compile(rf"f:[1-9]\d*: {re.escape(fault)}")
        assert any(told.match(one) for one in found), (fault, found)


def words_at(tree: Any, at: Place = ()) -> Iterator[tuple[str, Place]]:
    """Yield each word of the language in *tree*, as a key or a value, and where it stands."""
    for step, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        for word in (step, value):
            if isinstance(word, str) and word in OWN:
                yield word, (*at, step)
        if isinstance(value, dict | list):
            yield from words_at(value, (*at, step))


def places() -> dict[str, tuple[Part, Place]]:
    """Return where each word stands in the examples, under each key it stands behind."""
    found: dict[str, tuple[Part, Place]] = {}
    for part in PARTS:
        for word, at in words_at(part.example):
            behind = [step for step in at[:-1] if step in OWN][-1:]
            found.setdefault(f"{word} behind {behind}", (part, at))
    return found


PLACES = places()


def test_every_word_of_the_language_stands_in_some_example():
    assert {word.split(" ")[0] for word in PLACES} == OWN


@pytest.mark.parametrize("word", PLACES)
def test_whatever_stands_for_a_word_of_the_language_is_refused_in_its_place(word: str):
    """No construct is read without being checked: what is no value for it is a fault there."""
    part, at = PLACES[word]
    made = copy.deepcopy(part.example)
    holder = reduce(lambda node, step: node[step], at[:-1], made)
    holder[at[-1]] = [[{"no": ["such"]}]]
    assert [one for one in faults(made) if one.split(": ")[1].startswith(spell(at))]
