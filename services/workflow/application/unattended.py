"""Work that nobody waits for, and that must never end: what stops it is told, and tried again.

A request that fails is answered; a thread that fails is simply gone, and nobody hears of it. So
whatever happens in one attempt, the next one comes, later and later while nothing changes.
"""

from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

Done = TypeVar("Done")

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0


class Duty(Generic[Done]):
    """One thing that is done again and again.

    *say* is told an event's name and what there is to know: once for each kind of trouble, and
    once when it is over.
    """

    def __init__(
        self,
        name: str,
        act: Callable[[], Done],
        say: Callable[..., object],
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self.trouble: str | None = None  # the kind of what went wrong last; None: it works
        self._act = act
        self._say = say
        self._now_s = now_s
        self._told: set[str] = set()
        self._pause_s = _FIRST_PAUSE_S
        self._again_at_s = 0.0

    def attempt(self) -> Done | None:
        """Do it, unless it is too early after the last failure; None: it was not done."""
        if self.trouble is not None and self._now_s() < self._again_at_s:
            return None
        try:
            done = self._act()
        except Exception as error:  # noqa: BLE001 -- what nobody thought of must not end it either
            self._failed(error)
            return None
        if self.trouble is not None:
            self._say("duty_goes_on", duty=self.name)
            self.trouble = None
            self._told.clear()
            self._pause_s = _FIRST_PAUSE_S
        return done

    def _failed(self, error: Exception) -> None:
        self.trouble = kind_of(error)
        self._again_at_s = self._now_s() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        if self.trouble not in self._told:
            self._told.add(self.trouble)
            self._say("duty_in_trouble", duty=self.name, kind=self.trouble, exc_info=error)


def kind_of(error: Exception) -> str:
    """Return what kind of trouble *error* is: a finding's code, or its class with its number."""
    code: str | None = getattr(error, "finding", None)
    if code is None and isinstance(error, OSError) and error.errno:
        return f"{type(error).__name__}[{error.errno}]"
    return code or type(error).__name__
