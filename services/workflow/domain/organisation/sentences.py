"""What an operator reads about an organisation file: two catalogues, filled in."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from schemas.said import Said, told


def say(code: str, **figures: object) -> Said:
    """Return the sentence *code* with *figures* filled in; it shows in Chinese."""
    zh, en = (_filled(code, figures, language) for language in ("zh", "en"))
    return Said(zh, en=en, zh=zh)


def _filled(code: str, figures: Mapping[str, object], language: str) -> str:
    each = {
        name: told(one, language) if isinstance(one, Said) else one for name, one in figures.items()
    }
    return sentences(language)[code].format(**each)


@cache
def sentences(language: str) -> Mapping[str, str]:
    """Return all sentences of a *language*, by their codes."""
    file = files(__package__).joinpath(f"sentences.{language}.json")
    found: Mapping[str, str] = json.loads(file.read_bytes())
    return found
