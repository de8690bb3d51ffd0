"""One organisation that runs three schemes: the notice of 2019, and two that appraise nobody.

Each of the two brings its organisation's file; both are grafted under the root of the stories'
organisation, whose vocabulary is then that of all three. With a suffix every word and every label
that one of the two gives is called otherwise, in scheme, organisation and policy alike.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests.end_to_end.systems import ORGANISATION
from tests.unit.workflow.language.examples import EXAMPLES
from tests.unit.workflow.language.renamed import labels_of, relabelled, renamed, words_of

VOCABULARY = Path("schemas/vocabulary.json")
_SINCE = re.compile(r"from: 20\d\d-\d\d-\d\d")  # the examples' people took up their posts later


@dataclass(frozen=True)
class Example:
    """One of the two, in its own words or in others."""

    name: str
    suffix: str

    @cached_property
    def _file(self) -> Path:
        return EXAMPLES / f"{self.name}.yaml"

    @cached_property
    def _words(self) -> frozenset[str]:
        return words_of(self._file)

    @cached_property
    def _labels(self) -> frozenset[str]:
        return labels_of(self._file)

    def word(self, word: str) -> str:
        """Return what is called *word* in the example as it is written here."""
        return word + self.suffix if word in self._words else word

    def label(self, label: str) -> str:
        """Return what people read for *label*."""
        return label + self.suffix if label in self._labels else label

    @property
    def scheme(self) -> str:
        text = renamed(self._file.read_text(), self._words, self.suffix)
        return relabelled(text, self._labels, self.suffix)

    @property
    def policy(self) -> str:
        text = (EXAMPLES / f"{self.name}.policy.yaml").read_text()
        return renamed(text, self._words, self.suffix)

    @property
    def organisation(self) -> dict[str, Any]:
        text = (EXAMPLES / f"{self.name}.organisation.yaml").read_text()
        text = renamed(text, self._words, self.suffix)
        return dict(yaml.safe_load(_SINCE.sub("from: 2019-01-01", text)))


def organisation(*examples: Example) -> str:
    """Return the file of an organisation in which all of them and the notice of 2019 run."""
    whole = yaml.safe_load(ORGANISATION.read_text())
    (root,) = (one["id"] for one in whole["units"] if "parent" not in one)
    words = json.loads(VOCABULARY.read_text())["default"]
    attributes = words["attributes"]
    words["attributes"] = {one.pop("name"): one for one in attributes}
    for example in examples:
        file = example.organisation
        for sort in ("kinds", "roles", "relations"):
            words[sort] += file["vocabulary"].get(sort, [])
        words["attributes"] |= file["vocabulary"].get("attributes", {})
        whole["units"] += [{"parent": root, **one} for one in file["units"]]
        for part in ("people", "posts", "relations"):
            whole[part] = whole.get(part, []) + file.get(part, [])
    return yaml.safe_dump(whole | {"vocabulary": words}, allow_unicode=True, sort_keys=False)
