"""The proof that words are data: a scheme that calls everything otherwise is the same scheme."""

import random
import re
from datetime import date
from pathlib import Path

import pytest

from schemas.document import read_document
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.fitting import fit
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.showing import show
from tests.unit.workflow.fitting.test_fitting import organisation
from tests.unit.workflow.language.examples import EXAMPLES
from tests.unit.workflow.language.renamed import labels_of, relabelled, renamed, words_of

SUFFIX = "_" + "".join(random.choices("qxz", k=5))  # noqa: S311 - no secret


@pytest.mark.parametrize("name", ["laboratory-safety", "change-approval"])
def test_a_scheme_with_other_words_loads_fits_and_is_shown_in_them(name: str):
    file = EXAMPLES / f"{name}.yaml"
    words, labels = words_of(file), labels_of(file)
    text = relabelled(renamed(file.read_text(), words, SUFFIX), labels, SUFFIX)
    units = renamed(read(f"{name}.organisation.yaml"), words, SUFFIX)
    scheme = load(read_document(text, compose, "f"))
    assert fit(scheme, organisation(units), date(2024, 4, 1)).faults == []
    shown = show(scheme)
    assert [word for word in words if re.search(rf"(?<![\w-]){word}(?![\w-])", shown)] == []
    assert [label for label in labels if re.search(f"[|“ ]{label}[|” ]", shown)] == []


def read(name: str) -> str:
    return Path(EXAMPLES / name).read_text()
