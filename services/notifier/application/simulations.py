"""What is asked of a simulation over HTTP, and what may come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_S = 60  # by the clock on the wall, and of the processor


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question: a status of HTTP, and the answer or the problem."""

    status: int
    body: Mapping[str, Any] | bytes
    retry_after_s: int | None = None


Simulates = Callable[[Mapping[str, Any]], Told]
# Asked again it would be the same: a nearer day is asked for.
TOO_MUCH = Told(422, {"code": "takes_too_much", "errors": [{"field": "to", "code": "too_long"}]})
