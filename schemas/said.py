"""Sentences that are told in two languages: what is wrong with a file, to whoever wrote it.

A sentence is a text like any other, in the language it was thought in, and bears what it says in
the other one. Those about rules are written in English where the rule is checked; their Chinese
stands in the catalogue beside this module, by the English template.
"""

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Final, Self

ENGLISH: Final = "en"

CHINESE: Final[Mapping[str, str]] = json.loads(
    files(__package__).joinpath("said.zh.json").read_bytes()
)


class Said(str):
    """A sentence, and how it reads in each language."""

    __slots__ = ("en", "zh")
    en: str
    zh: str

    def __new__(cls, sentence: str, *, en: str, zh: str) -> Self:
        """Make a sentence that shows as *sentence* where nobody asks for a language."""
        made = super().__new__(cls, sentence)
        made.en = en
        made.zh = zh
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, str]]:
        """Return what a copy of the sentence is made of."""
        return (str(self),), {"en": self.en, "zh": self.zh}


def said(template: str, **figures: object) -> Said:
    """Return the sentence, or the word, of the English *template* with *figures* in their places.

    A figure that is a sentence itself is told in the same language; another is the same in both.
    """
    en = template.format(**{name: _figure(one, ENGLISH) for name, one in figures.items()})
    chinese = CHINESE.get(template, template)
    zh = chinese.format(**{name: _figure(one, "zh") for name, one in figures.items()})
    return Said(en, en=en, zh=zh)


def both(template: str, **figures: object) -> tuple[str, str]:
    """Return the sentence of the English *template* in Chinese and in English."""
    sentence = said(template, **figures)
    return sentence.zh, sentence.en


def either(words: Iterable[str]) -> Said:
    """Return *words* as what may be chosen between."""
    return _joined(words, " or ")


def listed(words: Iterable[str]) -> Said:
    """Return *words* one after another."""
    return _joined(words, ", ")


def told(sentence: str, language: str) -> str:
    """Return *sentence* in *language*: `en` or, anything else, Chinese."""
    if isinstance(sentence, Said):
        return _figure(sentence, language)
    return sentence if language == ENGLISH else CHINESE.get(sentence, sentence)


def language_of(settings: Mapping[str, str]) -> str:
    """Return the language that the environment of a command asks for: `en` or `zh`."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    asked = next((settings[name] for name in names if settings.get(name)), "")
    return ENGLISH if asked.startswith(ENGLISH) else "zh"


def _joined(words: Iterable[str], by: str) -> Said:
    each = list(words)
    between = {ENGLISH: by, "zh": CHINESE[by]}
    made = {to: mark.join(_figure(one, to) for one in each) for to, mark in between.items()}
    return Said(made[ENGLISH], **made)


def _figure(value: object, language: str) -> str:
    if isinstance(value, Said):
        return value.en if language == ENGLISH else value.zh
    return str(value)
