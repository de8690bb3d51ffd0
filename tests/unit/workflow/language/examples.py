"""Schemes of format 2 for tests: the shipped file of 2019, whole or with something changed."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from schemas.document import Document, Faults, read_document
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.loading import load

EXAMPLES = Path("services/workflow/schemes/examples")
NOTICE = EXAMPLES.parent / "jilin-health-2019.yaml"
_TEXT = NOTICE.read_text()
_TREE = read_document(_TEXT, compose, "f").tree


def tree() -> dict[str, Any]:
    """Return the document of the 2019 notice, for a test to change."""
    return copy.deepcopy(_TREE)


def faults(document: Document) -> list[tuple[str, str]]:
    """Return path and reason of each fault of *document*; empty: it is sound."""
    try:
        load(document)
    except Faults as broken:
        return [(fault.path, fault.reason) for fault in broken.faults]
    return []


def changed(change: Callable[[dict[str, Any]], object]) -> list[tuple[str, str]]:
    """Return the faults of the 2019 notice after *change*."""
    made = tree()
    change(made)
    return faults(Document(made, "f"))


def written(old: str, new: str) -> list[str]:
    """Return the faults of the 2019 notice with *old* written as *new*, with file and line."""
    assert _TEXT.count(old) == 1, _TEXT.count(old)
    try:
        load(read_document(_TEXT.replace(old, new), compose, "f"))
    except Faults as broken:
        return [str(fault) for fault in broken.faults]
    return []
