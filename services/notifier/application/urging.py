"""What is told by no ladder: reminders by hand, what was published, work that came to somebody.

Each is kept as it is read, and decided with the next sweep, once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from schemas.envelope import Envelope
from schemas.instants import instant
from schemas.policy import BULLETIN
from services.notifier.application.rules import InForce
from services.notifier.application.store_ports import Transaction
from services.notifier.domain.case import Case, Desk, answers, arrivals
from services.notifier.domain.turns import Turn
from services.notifier.domain.urges import Urge, is_news

_NAMESPACE = UUID("0e7c5a9e-54d0-5b0a-8d5b-7f3b6c1a2021")
_PART = 2_000  # cases that are looked at in one transaction


def by_hand(event: Envelope, case: Case) -> Urge:
    """Return that somebody reminded of *case* by *event*."""
    return Urge(
        event=event.id,
        case=case.stream,
        case_version=case.version,
        actor=event.actor,
        at=event.time,
    )


def by_event(event: Envelope, before: Case | None, after: Case) -> list[Urge]:
    """Return that *event* published something, brought the case to desks, or answered a request."""
    found, told = list[Urge](), event.data.get("given", {}).get(BULLETIN, {})
    if told:
        ranges = {name: one["range"] for name, one in told.items()}
        found.append(replace(by_hand(event, after), told=ranges))
    if desks := arrivals(before, after):
        # An event may publish something, too: that is kept under its own id.
        found.append(replace(by_hand(event, after), event=f"{event.id}/came", arrived=desks))
    for n, one in enumerate(answers(before, event)):
        told = by_hand(event, after)
        found.append(replace(told, event=f"{event.id}/replied/{n}", answered=one))
    return found


@dataclass(slots=True)
class Turning:
    """Looking at who has come to desks by *now*, some cases at a time.

    An import of an organisation brings turns of every unit. They are kept until the last case was
    looked at: who is killed on the way begins again, and keeps nothing twice.
    """

    now: datetime
    _latest: Mapping[str, datetime] | None = None  # by unit; None: nobody asked yet
    _after: str = ""  # the last case that was looked at

    def look(self, tx: Transaction, in_force: InForce) -> bool:
        """Keep of some cases that lie where others serve by now that they may have come to them.

        Returns whether there was a turn to look at.
        """
        turns = tx.timers.turns(self.now) if self._latest is None else ()
        if not turns and self._latest is None:
            return False
        if self._latest is None:
            self._latest = _latest(tx, turns, in_force, self.now)
        found, last = tx.facts.lying_in(self._latest.keys(), self._after, _PART)
        known = tx.facts.cases(found)
        awaited = (desk.awaits for case in known.values() for desk in case.desks if desk.awaits)
        beside = {**tx.facts.cases({*awaited} - known.keys()), **known}
        tx.timers.urge(
            urge for case in known.values() for urge in _turned(case, beside, self._latest)
        )
        if last is None:
            tx.timers.drop_turns(self.now)
            self._latest = None
        self._after = last or ""
        return True


def _latest(
    tx: Transaction, turns: Iterable[Turn], in_force: InForce, now: datetime
) -> Mapping[str, datetime]:
    """Return of which units there are turns that are news yet, each with the last one.

    Where a person may have come or gone, that is wherever they serve, or stand in for others.
    """
    rules = [one.rules for some in in_force.editions.values() for one in some]
    latest = {
        turn.where: turn.at
        for turn in sorted(turns)
        if any(is_news(turn.at, one.policy, one.calendar, now) for one in rules)
    }
    for person, units in tx.facts.serving(latest.keys()).items():
        for unit in units:
            latest[unit] = max(latest[person], latest.get(unit, latest[person]))
    return latest


def _turned(
    case: Case, known: Mapping[str, Case], latest: Mapping[str, datetime]
) -> Iterator[Urge]:
    turned = {
        desk.name: max(latest[unit] for unit in units)
        for desk in case.desks
        if (units := {*_units(desk, known)} & latest.keys())
    }
    if turned:
        at = max(turned.values())
        yield Urge(
            event=str(uuid5(_NAMESPACE, f"{case.stream}/{instant(at)}")),
            case=case.stream,
            case_version=case.version,
            actor=None,
            at=at,
            arrived=tuple(turned),
            turned=True,
        )


def _units(desk: Desk, known: Mapping[str, Case]) -> Iterator[str]:
    """Yield where those serve who may have *desk*: where another case is waited for, who has it."""
    yield desk.holder.unit
    awaited = known.get(desk.awaits or "")
    yield from (one.holder.unit for one in awaited.desks) if awaited else ()
