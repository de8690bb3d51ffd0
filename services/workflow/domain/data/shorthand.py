"""The shorter spelling of a trigger's data that schemes of format 1 are spoken to in.

While documents had no names a document stood under its own in the data itself, as its parts or as
a list of texts, and a component as a figure with `_score` behind its name. Clients go on so. It is
spelled out before anything is judged, and what is wrong is told of the place that was written.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from schemas.scheme_lifting import FIGURE
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Trigger

_WHOLE = frozenset({"documents", "components"})
# Places in what was spelled out, and where they stand in the shorter spelling.
_PLACES = (
    (re.compile(r"data\.documents\.(\w+)\.parts(\..+)?"), r"data.\1\2"),
    (re.compile(r"data\.documents\.(\w+)\.rows(\[\d+\]).*"), r"data.\1\2"),
    (re.compile(r"data\.documents\.(\w+)(\.rows)?"), r"data.\1"),
    (re.compile(r"data\.components\.(\w+)"), rf"data.\1{FIGURE}"),
)


@lru_cache(256)
def _may_be_used_with(canonical: bytes) -> bool:
    """Tell whether the scheme of *canonical* bytes may be spoken to in the shorter spelling."""
    return bool(json.loads(canonical).get("format") == 1)


def is_used(data: Mapping[str, Any], scheme: Scheme) -> bool:
    """Tell whether *data* are in the shorter spelling."""
    return _WHOLE.isdisjoint(data) and is_spoken_with(scheme)


def is_spoken_with(scheme: Scheme) -> bool:
    """Tell whether *scheme* is of format 1: what its triggers take was said for good."""
    return _may_be_used_with(scheme.canonical)


def spelled_out(data: Mapping[str, Any], trigger: Trigger, scheme: Scheme) -> Mapping[str, Any]:
    """Return *data*, which are in the shorter spelling, spelled out."""
    told = dict(data)
    documents, components = {}, {}
    for take in trigger.takes:
        if take.what == "document" and take.name in told:
            documents[take.name] = _document(told.pop(take.name), take.name, scheme)
        elif take.what == "component" and take.name + FIGURE in told:
            components[take.name] = told.pop(take.name + FIGURE)
    kinds = {take.what for take in trigger.takes}
    if "document" in kinds:
        told["documents"] = documents
    if "component" in kinds:
        told["components"] = components
    return told


def _document(value: Any, name: str, scheme: Scheme) -> dict[str, Any]:
    document = scheme.documents[name]
    if document.parts:
        return {"parts": value}
    (column,) = document.columns
    if not isinstance(value, list):
        return {"rows": value}
    return {"rows": [{column.name: one} for one in value]}


def place(field: str) -> str:
    """Return where *field* of the data stands in the shorter spelling."""
    for pattern, written in _PLACES:
        found = pattern.fullmatch(field)
        if found is not None:
            return found.expand(written)
    return field
