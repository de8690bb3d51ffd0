"""What came of a gathering, as its events tell it: do the slips add up, and what was decided."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.workflow.application.boards.history import Entry
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.case.tallying import FACT


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """A poll that was counted: what became of all slips, whichever electorate they were for."""

    label: str
    at: datetime
    position: int | None
    is_secret: bool  # else people voted under their own names
    n_covered: int
    n_issued: int
    n_valid: int
    n_void: int
    n_replaced: int
    n_unused: int
    n_lost: int  # neither used nor handed back
    difference: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a body decided, with its minutes' number, and who recorded that."""

    label: str
    body: str  # the unit
    date: str
    minutes: str | None  # None: erased
    at: datetime
    actor: str
    position: int | None


def counted_of(own: Iterable[Entry], here: Spoken) -> Iterator[Counted]:
    """Yield each poll that was counted, in order."""
    for entry in own:
        if entry.event.fact == FACT:
            yield _counted(entry, here)


def _counted(entry: Entry, here: Spoken) -> Counted:
    data = entry.event.data
    sums = Counter[str]()
    for one in data["reconciliation"]:
        sums.update({name: n for name, n in one.items() if isinstance(n, int)})
    poll = here.scheme.polls.get(data["poll"])
    return Counted(
        label=poll.label if poll else data["poll"],
        at=entry.effective_at,
        position=entry.position,
        is_secret="votes" not in data,
        n_covered=data["n_covered"],
        n_issued=sums["n_issued"],
        n_valid=sums["n_phone"] + sums["n_paper"],
        n_void=sums["n_void"],
        n_replaced=sums["n_spoilt"],
        n_unused=sums["n_returned"],
        n_lost=sums["n_not_returned"],
        difference=sums["difference"],
    )


def decisions_of(own: Iterable[Entry], here: Spoken) -> Iterator[Decision]:
    """Yield each decision that was recorded, in order."""
    for entry in own:
        for one in entry.event.data.get("decisions", ()):
            yield Decision(
                label=here.trigger(entry.event.data["trigger"]),
                body=one["body"],
                date=one["date"],
                minutes=entry.texts.get(one["minutes"]["sha256"]),
                at=entry.effective_at,
                actor=entry.event.actor or "",
                position=entry.position,
            )
