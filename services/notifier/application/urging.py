"""What is told by no ladder: reminders by hand, what was published, work that came to somebody.

Each is kept as it is read, and decided with the next sweep, once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from schemas.envelope import Envelope
from schemas.instants import instant
from schemas.policy import BULLETIN
from services.notifier.application.store_ports import Transaction
from services.notifier.domain.case import Case, Desk, answers, arrivals
from services.notifier.domain.notice import NEWS, Urge

_NAMESPACE = UUID("0e7c5a9e-54d0-5b0a-8d5b-7f3b6c1a2021")


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


def look_at_turns(tx: Transaction, now: datetime) -> bool:
    """Keep of each case that lies where others serve by *now* that they may have come to it.

    Of turns of long ago nothing is kept: a notifier that is set up anew reads of all there were.
    Returns whether there was a turn.
    """
    turns = tx.timers.take_turns(now)
    latest = {turn.unit: turn.at for turn in turns if now - turn.at <= NEWS}
    if latest:
        cases = tx.facts.cases(tx.facts.lying_in(latest.keys()))
        tx.timers.urge(urge for case in cases.values() for urge in _turned(case, cases, latest))
    return bool(turns)


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
