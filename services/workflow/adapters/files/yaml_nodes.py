"""YAML text to nodes, fast and on any input.

The C loader is ten times as fast as the one in Python, but its composer calls itself once per
level and takes the whole process down when the stack ends. So the depth is measured first, on the
stream of events, which needs no stack.
"""

from typing import Any

import yaml
from yaml.error import MarkedYAMLError

MAX_DEPTH = 64  # no file of ours nests a tenth of it

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(text: str) -> Any:
    """Return the root node of the one document in *text*; None if there is none.

    Raises:
        yaml.YAMLError: not YAML, more than one document, or nested too deeply.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
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
