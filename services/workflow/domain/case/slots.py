"""Which case is current where there is one of its kind at a time: the newest not abandoned.

A slot stands for what a link leads to before the case is opened, so there is one wherever a link
of some case leads, with a current case or without.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from services.workflow.domain.case.evolving import OPENED
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import Place


def newest(cases: Iterable[Case]) -> Case | None:
    """Return the case opened last of those that were not abandoned."""
    standing = (one for one in cases if one.final != "abandoned")
    return max(standing, key=_opened, default=None)


def _opened(case: Case) -> tuple[datetime, str]:
    # By when it was recorded: an opening may be effective on a day before the last one's.
    return case.reached[OPENED].recorded_at, case.id


class Slots:
    """The slots of every round, as cases lead to them that were lived through again."""

    def __init__(self) -> None:
        self._standing: dict[Place, Case | None] = {}
        self.n_events = Counter[str]()  # of cases, by round

    def add(self, case: Case, *, one_at_a_time: bool) -> None:
        """Take in *case* as its last event leaves it."""
        self.n_events[case.cycle] += case.version
        for link in case.links:
            if link.way in ("slot", "anchor") and link.unit is not None:
                self._standing.setdefault(Place(case.cycle, link.kind, link.unit))
        if one_at_a_time:
            at = Place(case.cycle, case.kind, case.unit)
            there = self._standing.get(at)
            self._standing[at] = newest((case,) if there is None else (there, case))

    @property
    def current(self) -> dict[Place, str | None]:
        """The id of the case that is current at each place; None: there is none."""
        return {at: None if one is None else one.id for at, one in self._standing.items()}
