"""How whoever wrote an organisation spells it: what its fields are called, what may be said there.

A file says `name` and `true`; a workbook has a column with a heading, and yes or no in words; a
page has fields. What is wrong is told in the words that somebody has before them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.said import Said
from services.workflow.domain.organisation.sentences import say

Place = tuple[str, str]  # section and key; ("", section): the section itself
_NO_FLAG = say("not_a_flag")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spelling:
    """Words in place of those of a file; what is not among them is spelled as there."""

    keys: Mapping[Place, str] = field(default_factory=dict)
    words: Mapping[Place, Mapping[str, str]] = field(default_factory=dict)  # name -> label
    no_flag: Said = _NO_FLAG

    def key(self, section: str, key: str) -> str:
        """Return what *key* is called."""
        return self.keys.get((section, key), key)

    def known(self, section: str, key: str, names: Iterable[str]) -> list[str]:
        """Return what may be said at *key* for each of *names*."""
        labels = self.words.get((section, key), {})
        return [labels.get(name, name) for name in names]


AS_A_FILE = Spelling()
# Of one entry that is written on a page.
BY_HAND = Spelling(
    keys={
        ("people", "id"): say("person_id"),
        ("people", "name"): say("person_name"),
        ("posts", "person"): say("person_id"),
        ("posts", "unit"): say("unit_id"),
        ("posts", "role"): say("role"),
        ("posts", "from"): say("from_day"),
    }
)
