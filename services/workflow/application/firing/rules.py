"""The rules a round runs under, as a decision needs them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from schemas.calendar import WorkingDays
from services.workflow.domain.case.world import Heads, Round, World
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundRules:
    """A round with its scheme, and the calendar it follows now."""

    round: Round
    scheme: Scheme
    calendar: WorkingDays

    def world(
        self, heads: Heads, organisation: Organisation, now: datetime, new_id: Callable[[], str]
    ) -> World:
        """Return what a decision in this round may look at."""
        return World(
            scheme=self.scheme,
            organisation=organisation,
            calendar=self.calendar,
            round=self.round,
            heads=heads,
            now=now,
            new_id=new_id,
        )
