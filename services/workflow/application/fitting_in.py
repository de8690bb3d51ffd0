"""A scheme beside what is known here when it is imported: the one it follows, the organisation.

What does not fit the scheme before is refused, for nothing could ever be carried over. What does
not fit the organisation is told and not refused: a scheme may come before those it is for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from schemas.calendar import local_day
from services.workflow.application.editions import Editions
from services.workflow.application.policies import Misfit
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.domain.fitting import fit
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.following import check_followed


@dataclass(frozen=True, kw_only=True, slots=True)
class FittingIn:
    """The use cases of holding a scheme against what it speaks of."""

    editions: Editions
    rulebook: Rulebook
    directory: Directory
    now: Callable[[], datetime]

    def misfits(self, scheme: Scheme) -> list[Misfit]:
        """Return where *scheme* does not fit the one it follows, as that was published last."""
        found: list[Misfit] = []
        in_force = self.editions.in_force("scheme")

        def known(id_: str) -> Scheme | None:
            return self.rulebook.scheme(in_force[id_].hash) if id_ in in_force else None

        check_followed(scheme, known, lambda at, reason: found.append((at, reason)))
        return found

    def strange(self, scheme: Scheme) -> list[Misfit]:
        """Return where *scheme* cannot mean the organisation as it is today."""
        organisation = self.directory.current()
        if organisation.root is None:  # before the first import there is nothing to mean
            return []
        return fit(scheme, organisation, local_day(self.now(), scheme.zone)).faults
