"""What the engine of format 1 did, to be read line by line."""

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas.instants import instant


def lines(name: str) -> list[Any]:
    with gzip.open(Path(__file__).parent / f"{name}.jsonl.gz") as found:
        return [json.loads(line) for line in found]


def spelled(value: Any) -> Any:
    """Return *value* as the recordings spell it."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, dict):
        return {name: spelled(one) for name, one in value.items()}
    return [spelled(one) for one in value] if isinstance(value, list | tuple) else value
