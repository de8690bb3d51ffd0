"""What is left of data that are at fault, once what is wrong in them is taken out.

The one idea: what is taken out is as little as makes the rest fit its shape. A list keeps its
length, so that each of its entries stays where it was sent.
"""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from schemas.complaints import Fault, load
from services.workflow.domain.data.datum import Schema

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


def sound(shape: Schema, data: Mapping[str, Any], faults: Iterable[Fault]) -> dict[str, Any]:
    """Return what *data* say by *shape* without what *faults* tell of."""
    left: Any = deepcopy(dict(data))
    while True:
        held = [one for one in (_held(left, fault.field) for fault in faults) if one is not None]
        for above, name in held:
            above.pop(name, None)  # of two faults the one may stand in the other
        loaded, faults = load(shape, left)
        if not (held and faults):
            break
    faulty = {fault.field.partition(".")[0].partition("[")[0] for fault in faults}
    return {name: value for name, value in loaded.items() if name not in faulty}


def _held(data: Any, path: str) -> tuple[dict[str, Any], str] | None:
    """Return the member at *path*, or the nearest above it, by what it stands in; None: nowhere."""
    found: tuple[dict[str, Any], str] | None = None
    for name, index in _STEP.findall(path):
        if isinstance(data, dict) and name in data:
            found, data = (data, name), data[name]
        elif index and isinstance(data, list) and int(index) < len(data):
            data = data[int(index)]
        else:
            break
    return found
