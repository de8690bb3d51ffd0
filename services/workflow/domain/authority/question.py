"""What one decision about an operation may look at."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.workflow.domain.authority.actor import Actor
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Organisation

# Why a candidate may not do what is asked about, "" if they may, where a scheme says.
Fires = Callable[[Candidate], str]
# Whether a scheme gives a candidate something to do there, at whatever time.
Granted = Callable[[Candidate], bool]
# In whose name a candidate asks about a case: their own first.
Voices = Callable[[Candidate], Sequence[Candidate]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opener:
    """Who opens a round over a unit, by one line of the scheme: in these roles, at these units."""

    bodies: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(kw_only=True, slots=True)
class Question:
    """Everything one decision may look at."""

    actor: Actor
    organisation: Organisation
    day: date
    case: Case | None
    fires: Fires | None
    narrowed: Fires | None
    granted: Granted | None
    voices: Voices | None
    client_triggers: Collection[str]
    openers: Sequence[Opener]
    bodies: Collection[str]
    trigger: str
    unit: str | None
    person: str | None
