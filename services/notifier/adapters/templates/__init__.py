"""The texts of notices: one file each, the subject on its first line.

Fields are put in by `string.Template`, once and literally: what a person or a unit is called is
never looked at again, so a name like `$link` or `{{7*7}}` stays a name.
"""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from string import Template

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_OF_LINES = frozenset({"said", "foot"})  # which no subject names
NAMES = ("reminder", "escalation", "urge", "bulletin", "arrival", "digest", "line")


class TextFiles:
    """The templates, read once; refuses one that names a field nobody fills."""

    def __init__(self, fields: frozenset[str]) -> None:
        self._templates = {name: _read(name, fields) for name in NAMES}

    def render(self, name: str, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return subject and text of template *name*."""
        # A line break in a name would begin a new header in a mail, or a new line of our text.
        clean = {
            key: "\n".join(_CONTROLS.sub(" ", one) for one in _lines(key, value))
            for key, value in fields.items()
        }
        whole = self._templates[name].substitute(clean)
        subject, _, text = whole.partition("\n")
        return subject, text.strip("\n")


def _lines(field: str, value: str) -> list[str]:
    return value.split("\n") if field in _OF_LINES else [value]


def phrases() -> Mapping[str, str]:
    """Return the phrases that texts are put together from."""
    found: Mapping[str, str] = tomllib.loads(
        files(__name__).joinpath("phrases.toml").read_text(encoding="utf-8")
    )
    return found


def _read(name: str, fields: frozenset[str]) -> Template:
    text = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    template = Template(text)
    if not template.is_valid() or not set(template.get_identifiers()) <= fields:
        raise ValueError(f"the template {name}.txt names a field that does not exist")
    return template
