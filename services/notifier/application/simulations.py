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
        """Return what came of the one that was begun as *id_*; None: it is not known any more.

        Whichever process began it.
        """
        ...


class KeepsAnswers(Protocol):
    """Where answers lie until they are asked for, the same to every process."""

    def promise(self, id_: str, for_s: float) -> None:
        """Let *id_* be under way for *for_s* from now; said again it is prolonged.

        Raises:
            StoreUnavailable
        """
        ...

    def forget(self, id_: str) -> None:
        """Let *id_* be under way no longer.

        Raises:
            StoreUnavailable
        """
        ...

    def tell(self, id_: str, told: Told, for_s: float) -> None:
        """Keep what came of *id_* for *for_s*.

        Raises:
            StoreUnavailable
        """
        ...

    def find(self, id_: str) -> Told | None:
        """Return what came of *id_*, or that it is under way; None: it is not known any more.

        Raises:
            StoreUnavailable
        """
        ...

    def sweep(self) -> None:
        """Take away what is not to be found any more.

        Raises:
            StoreUnavailable
        """
        ...


Simulates = Callable[[Mapping[str, Any]], Told]
# Asked again it would be the same: a nearer day is asked for.
TOO_MUCH = Told(422, {"code": "takes_too_much", "errors": [{"field": "to", "code": "too_long"}]})
_LOOK_AGAIN_S = 2


def under_way(id_: str) -> Told:
    """Return that the answer to the question begun as *id_* is not there yet."""
    return Told(202, {"simulation": id_}, _LOOK_AGAIN_S)
