"""The notice of 2019 with a random ending on every word and label, and who has them.

Kinds of case, states, triggers, documents, components, grades, parties, roles and kinds of units
are called otherwise, in scheme, policy, organisation and vocabulary alike.
"""

import json
import secrets
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import yaml

from tests.end_to_end.three_schemes import VOCABULARY
from tests.unit.workflow.case.played import heard_at_any_time
from tests.unit.workflow.language.renamed import labels_of, relabelled, renamed, words_of

FILE = Path("services/workflow/schemes/jilin-health-2019.yaml")
SUFFIX = "_" + "".join(secrets.choice(ascii_lowercase) for _ in range(6))
WORDS, LABELS = words_of(FILE), labels_of(FILE)
TEXT = relabelled(renamed(FILE.read_text(), WORDS, SUFFIX), LABELS, SUFFIX)
# For what is about a review alone.
ALONE = relabelled(renamed(heard_at_any_time(FILE.read_text()), WORDS, SUFFIX), LABELS, SUFFIX)
POWER = frozenset({"open"})  # of a role, and a state of the notice's


def said(data: Any) -> Any:
    """Return *data* in the other words."""
    return json.loads(renamed(json.dumps(data), WORDS, SUFFIX))


def organisation(file: Path) -> str:
    """Return the organisation of *file*, whose vocabulary has the other words."""
    whole = yaml.safe_load(renamed(file.read_text(), WORDS, SUFFIX))
    words = json.loads(renamed(VOCABULARY.read_text(), WORDS - POWER, SUFFIX))["default"]
    words["attributes"] = {one.pop("name"): one for one in words["attributes"]}
    return yaml.safe_dump(whole | {"vocabulary": words}, allow_unicode=True, sort_keys=False)
