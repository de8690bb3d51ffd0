"""An example scheme with every word of its own called otherwise: what still works knows no word.

The words are those no code may hold: kinds of case, states, triggers, documents, components,
grades, parties, roles, kinds of units, and their labels.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from services.workflow.domain.language.schema import own_words
from tests.unit.test_scheme_words import labels_of_format_2, members, words_of_format_2


def words_of(scheme: Path) -> frozenset[str]:
    """Return the names that *scheme* gives, but for those that are the language's too."""
    tree: Any = yaml.safe_load(scheme.read_text())
    return frozenset({*words_of_format_2(tree), *members(tree, "child")}) - own_words()


def labels_of(scheme: Path) -> frozenset[str]:
    """Return the labels that *scheme* gives."""
    return frozenset(labels_of_format_2(yaml.safe_load(scheme.read_text())))


def renamed(text: str, words: Iterable[str], suffix: str) -> str:
    """Return *text*, of whatever file of the example, with *suffix* behind each word."""
    names = "|".join(sorted(words, key=len, reverse=True))
    return re.sub(rf"(?<![\w-])({names})(?![\w-])", rf"\1{suffix}", text)


def relabelled(text: str, labels: Iterable[str], suffix: str) -> str:
    """Return a scheme's *text* with *suffix* behind each label."""
    told = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    return re.sub(rf"(: )({told})(?=[,}}\n])", rf"\1\2{suffix}", text)
