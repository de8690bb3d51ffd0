"""The words in which a scheme is shown: a catalogue file for each language, filled in here."""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any


class Phrases:
    """One language's phrases."""

    def __init__(self, known: dict[str, str], language: str) -> None:
        self._known = known
        self.language = language

    def __call__(self, phrase: str, /, **values: Any) -> str:
        """Return *phrase* filled in; KeyError if the catalogue lacks it."""
        return self._known[phrase].format(**values)

    def listed(self, parts: Iterable[str], mark: str = "and") -> str:
        """Return *parts* as one text; what stands for nothing where there are none."""
        return self._known[mark].join(part for part in parts if part) or self._known["none"]

    def names(self, names: Iterable[str]) -> str:
        """Return *names* as one text, each as code."""
        return self.listed(f"`{name}`" for name in names)


@cache
def phrases(language: str = "zh") -> Phrases:
    """Return the phrases of *language*."""
    text = files(__package__).joinpath(f"{language}.json").read_text(encoding="utf-8")
    return Phrases(json.loads(text), language)
