"""What came of a gathering, as its events tell it: do the slips add up, and what was decided."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.workflow.application.boards.history import Entry
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.case.tallying import FACT
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.triggers import Trigger


def undoing(life: Life, document: str) -> frozenset[str]:
    """Return the triggers after which *document* does not stand yet: filed anew, or sent back."""
    files = _filing(life, document)
    acts = life.triggers.values()
    back = {
        one.name for one in acts if one.verdict == "back" and files.intersection(one.other_than)
    }
    return files | back


def _filing(life: Life, document: str) -> frozenset[str]:
    acts, taken = life.triggers.values(), ("document", document)
    return frozenset(
        act.name for act in acts if taken in {(one.what, one.name) for one in act.takes}
    )


def approving(life: Life, document: str) -> frozenset[str]:
    """Return the triggers by which somebody else lets *document* stand; none: nobody has to.

    They ask for another than who filed it, by name; where none does, they go on from where it
    lies with other eyes than whose case it is. What sends back or gives up lets nothing stand.
    """
    files = _filing(life, document)
    courses = {life.stages(kind) for kind in ("", *life.audits)}
    lies = {
        state
        for name in files
        for source in life.triggers[name].sources
        for stages in courses
        for state in [*life.triggers[name].targets(source, stages)] or [source]
    }
    lets = [
        one
        for one in life.triggers.values()
        if one.name not in files and one.verdict != "back" and lies.intersection(one.sources)
    ]
    named = {one.name for one in lets if files.intersection(one.other_than)}
    onward = (one for one in lets if one.four_eyes and _goes_on(life, one))
    return frozenset(named or {one.name for one in onward})


def _goes_on(life: Life, trigger: Trigger) -> bool:
    """Tell whether *trigger* leaves its state, and gives nothing up."""
    states = {state for source in trigger.sources for state in trigger.targets(source, ())}
    return bool(states) and "abandoned" not in {life.states[one].final for one in states}


def approved(entries: Iterable[Entry], life: Life, document: str) -> Entry | None:
    """Return the last of *entries*, oldest first, by which *document* stands; None: by none yet."""
    lets, undone, found = approving(life, document), undoing(life, document), None
    for entry in entries:
        trigger = entry.event.data.get("trigger")
        if trigger in lets:
            found = entry
        elif trigger in undone:
            found = None
    return found


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
