"""The rules a round runs under, as a decision needs them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from schemas import calendar
from schemas.calendar import WorkingDays
from services.workflow.domain.case.ground import Ground
from services.workflow.domain.case.listing import Listing
from services.workflow.domain.case.world import NOTHING, DrawnFrom, Heads, Round, World
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation

ZONE: Final = calendar.ZONE
_MOST_ANSWERS = 10_000  # a few megabytes


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundRules:
    """A round with its scheme, and the calendar it follows now."""

    round: Round
    scheme: Scheme
    calendar: WorkingDays
    # Its own, whatever it was made from: those of other rules may follow from another calendar.
    _grounds: dict[Organisation, Ground] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def world(
        self,
        heads: Heads,
        organisation: Organisation,
        now: datetime,
        new_id: Callable[[], str],
        listings: Mapping[str, Listing] | None = None,
        draws: DrawnFrom = NOTHING,
    ) -> World:
        """Return what a decision in this round may look at."""
        round_ = self.round
        if not round_.root:
            round_ = replace(round_, root=organisation.root or "")
        return World(
            scheme=self.scheme,
            organisation=organisation,
            calendar=self.calendar,
            round=round_,
            heads=heads,
            now=now,
            new_id=new_id,
            listings=listings or {},
            draws=draws,
            ground=self._ground(organisation),
        )

    def _ground(self, organisation: Organisation) -> Ground:
        """Return what worlds of these rules rest on while the organisation stands so.

        Else a command that comes alone works it all out for itself.
        """
        ground = self._grounds.get(organisation)
        if ground is None or ground.n_kept > _MOST_ANSWERS:
            self._grounds.clear()
            ground = Ground(self.scheme, organisation, self.calendar)
            self._grounds[organisation] = ground
        return ground


class Organisations(Protocol):
    """The organisation, as far as memory has it and beyond."""

    def known(self, version: int) -> Organisation | None: ...
    def at_least(self, version: int) -> Organisation: ...


class RuleBook(Protocol):
    """The rules of rounds."""

    def unknown(self, cycles: Iterable[str]) -> set[str]:
        """Return which of *cycles* must still be read before `running` answers from memory."""
        ...

    def running(self, cycle: str) -> RoundRules: ...

    def is_behind(self, rulings: int) -> bool:
        """Tell whether *rulings* are more than `follow` has learnt."""
        ...

    def follow(self) -> None:
        """Have every round follow the newest edition of its calendar, and know whether it runs."""
        ...


@dataclass(frozen=True, slots=True)
class AtHand:
    """Rules and an organisation that memory has, whatever is asked for: those of a rehearsal."""

    rules: Callable[[str], RoundRules]
    organisation: Callable[[], Organisation]

    def unknown(self, _cycles: Iterable[str]) -> set[str]:
        return set()

    def running(self, cycle: str) -> RoundRules:
        return self.rules(cycle)

    def is_behind(self, _rulings: int) -> bool:
        return False

    def follow(self) -> None:
        """Do nothing: whoever has the rules at hand says which calendar they are counted by."""

    def known(self, _version: int) -> Organisation | None:
        return self.organisation()

    def at_least(self, _version: int) -> Organisation:
        return self.organisation()
