"""The texts of notices, a folder for each language: one file each, the subject on its first line.

Fields are put in by `string.Template`, once and literally: what a person or a unit is called is
never looked at again, so a name like `$link` or `{{7*7}}` stays a name. The languages say the same:
one that lacks a text or a phrase, or names what another does not fill, is refused at the start.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from schemas.policy import OwnText
from services.notifier.domain.wording import FIELDS, LANGUAGES, OF_PHRASES, Phrases, Tongue

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_OF_LINES = frozenset({"said", "foot"})  # which no subject names
NAMES = ("reminder", "escalation", "urge", "bulletin", "arrival", "digest", "line", "tail")


class TextFiles:
    """The templates of one language, read once; refuses one that names a field nobody fills."""

    def __init__(self, folder: Traversable, fields: frozenset[str] = FIELDS) -> None:
        self._templates = {name: _read(folder.joinpath(f"{name}.txt"), fields) for name in NAMES}

    def render(self, name: str, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return subject and text of template *name*."""
        whole = self._templates[name].substitute(_clean(fields))
        subject, _, text = whole.partition("\n")
        return subject, text.strip("\n")

    def render_own(self, own: OwnText, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return subject and text of what a policy says in words of its own.

        What a text must not leave out stands below it: how one gets there, and that it is a duty.
        """
        clean = _clean(fields)
        subject, *lines = (Template(one).substitute(clean) for one in (own.subject, *own.lines))
        tail = self._templates["tail"].substitute(clean).strip()
        return subject, "\n".join((*lines, "", tail))


def tongues(root: Traversable | None = None) -> Mapping[str, Tongue]:
    """Return what it takes to write in each language.

    Raises:
        ValueError: a text names what nobody fills, or a language lacks what another has.
    """
    folders = {one: (root or files(__name__)).joinpath(one) for one in LANGUAGES}
    phrases = {one: _phrases(folder) for one, folder in folders.items()}
    _require_the_same(phrases)
    return {
        one: Tongue(language=one, templates=TextFiles(folder), phrases=Phrases(phrases[one]))
        for one, folder in folders.items()
    }


def _clean(fields: Mapping[str, str]) -> Mapping[str, str]:
    # A line break in a name would begin a new header in a mail, or a new line of our text.
    return {
        key: "\n".join(_CONTROLS.sub(" ", one) for one in _lines(key, value))
        for key, value in fields.items()
    }


def _lines(field: str, value: str) -> list[str]:
    return value.split("\n") if field in _OF_LINES else [value]


def _phrases(folder: Traversable) -> Mapping[str, str]:
    found: Mapping[str, str] = tomllib.loads(
        folder.joinpath("phrases.toml").read_text(encoding="utf-8")
    )
    for name, phrase in found.items():
        if not Template(phrase).is_valid():
            raise ValueError(f"the phrase {name} of {folder.name} is none")
        if unknown := set(Template(phrase).get_identifiers()) - OF_PHRASES:
            raise ValueError(f"the phrase {name} of {folder.name} names {min(unknown)}")
    return found


def _require_the_same(phrases: Mapping[str, Mapping[str, str]]) -> None:
    """See to it that each language has every phrase; one more for what is one alone."""
    every = {name for told in phrases.values() for name in told if not _is_of_one(name, told)}
    for language, told in phrases.items():
        if missing := sorted(every - told.keys()):
            raise ValueError(f"{language} has no phrase {missing[0]}")


def _is_of_one(name: str, told: Mapping[str, str]) -> bool:
    return name.removesuffix("_one") in told and name.endswith("_one")


def _read(file: Traversable, fields: frozenset[str]) -> Template:
    template = Template(file.read_text(encoding="utf-8"))
    if not template.is_valid() or not set(template.get_identifiers()) <= fields:
        raise ValueError(f"the template {file.name} names a field that does not exist")
    return template
