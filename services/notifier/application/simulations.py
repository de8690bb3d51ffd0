"""What is asked of a simulation over HTTP, and what may come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

MOST_S = 60  # by the clock on the wall, and of the processor


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question: a status of HTTP, and the answer or the problem."""

    status: int
    body: Mapping[str, Any] | bytes
    retry_after_s: int | None = None


class SimulatesLater(Protocol):
    """Answers a question now, if it is quickly done, else when it is asked for the answer."""

    def begin(self, asked: Mapping[str, Any], wait_s: float) -> Told:
        """Return what is told within *wait_s*; else 202, and where to ask for it."""
        ...

    def result(self, id_: str, wait_s: float) -> Told | None:
        """Return what came of the one that was begun as *id_*; None: it is not known any more."""
        ...


Simulates = Callable[[Mapping[str, Any]], Told]
# Asked again it would be the same: a nearer day is asked for.
TOO_MUCH = Told(422, {"code": "takes_too_much", "errors": [{"field": "to", "code": "too_long"}]})
_LOOK_AGAIN_S = 2


def under_way(id_: str) -> Told:
    """Return that the answer to the question begun as *id_* is not there yet."""
    return Told(202, {"simulation": id_}, _LOOK_AGAIN_S)
