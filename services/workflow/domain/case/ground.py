"""What no act in a round changes: scheme, organisation, calendar; and what follows from them alone.

That is the same for every decision under them, so it is worked out once for all. Only what is asked
through `Ground.answer` is kept, and what is asked there is given these three and plain values:
neither a case nor the world it stands in can be looked at, so none can be forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Concatenate, ParamSpec, TypeVar

from schemas.calendar import WorkingDays
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation

P = ParamSpec("P")
T = TypeVar("T")
_NOT_ASKED: Any = object()


@dataclass(frozen=True, slots=True)
class Ground:
    """A scheme, an organisation and a calendar, with the answers that rest on nothing else."""

    scheme: Scheme
    organisation: Organisation
    calendar: WorkingDays
    _kept: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False, compare=False)

    def is_of(self, scheme: Scheme, organisation: Organisation, calendar: WorkingDays) -> bool:
        """Tell whether it is these very three that its answers rest on."""
        return (
            self.scheme is scheme
            and self.organisation is organisation
            and self.calendar is calendar
        )

    def answer(
        self, asked: Callable[Concatenate["Ground", P], T], *values: P.args, **none: P.kwargs
    ) -> T:
        """Return what *asked* makes of these three and of *values*.

        Raises:
            TypeError: it could look at more: it is no function of a module's own, or is given what
                changes (whose hash cannot be told).
        """
        key = (asked, *values)
        found: T = self._kept.get(key, _NOT_ASKED)
        if found is _NOT_ASKED:
            if type(asked) is not FunctionType or asked.__closure__ or none:
                raise TypeError(f"{asked} may look at more than a round's ground")
            found = self._kept[key] = asked(self, *values, **none)
        return found

    @property
    def n_kept(self) -> int:
        """How many answers are kept."""
        return len(self._kept)
