"""YAML text to nodes, fast and on any input.

The C loader is ten times as fast as the one in Python, but its composer calls itself once per
level and takes the whole process down when the stack ends; and a node takes up to a kilobyte. So
depth and number are measured first, on the stream of events, which needs no stack and keeps none.
"""

from typing import Any

import yaml
from yaml.error import MarkedYAMLError

MAX_DEPTH = 64  # no file of ours nests a tenth of it
MAX_NODES = 4_000_000  # an organisation of 100,000 units with their people and posts has fewer

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(text: str) -> Any:
    """Return the root node of the one document in *text*; None if there is none.

    Raises:
        yaml.YAMLError: not YAML, more than one document, nested too deeply, or of too many values.
    """
    depth = n = 0
    for event in yaml.parse(text, Loader=_LOADER):
        n += isinstance(event, yaml.NodeEvent)
        if n > MAX_NODES:
            raise MarkedYAMLError(
                problem=f"more than {MAX_NODES} values",
                problem_mark=event.start_mark,  # type: ignore[arg-type] # either kind of mark
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise MarkedYAMLError(
                    problem=f"nested more than {MAX_DEPTH} levels deep",
                    problem_mark=event.start_mark,  # type: ignore[arg-type] # either kind of mark
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return yaml.compose(text, Loader=_LOADER)
