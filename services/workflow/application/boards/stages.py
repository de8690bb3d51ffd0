"""The way of a case through the stages of its tier, as a rail shows it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.lives import Life, State


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One stage: been through, being in, or still ahead."""

    name: str
    label: str
    stands: Literal["done", "now", "ahead"]
    entered_at: datetime | None  # the first time
    left_at: datetime | None  # the last time


def stages(case: Case, life: Life, intervals: Sequence[Mapping[str, Any]]) -> tuple[Stage, ...]:
    """Return the stages *case* passes, in order; one that ended early ends where it did."""
    way = list(_way(case, life))
    if not case.is_open:  # it went where it went, and passed some by
        been = {row["state"] for row in intervals}
        way = [state for state in way if state.name in been and state.final is None]
        way += [life.states[case.state]] if case.state in life.states else []
    # Of a tier that its scheme does not know there is no way to show.
    here = next((i for i, state in enumerate(way) if state.name == case.state), len(way) - 1)
    found = []
    for place, state in enumerate(way):
        times = [row for row in intervals if row["state"] == state.name]
        # A case that was sent back has its later stages ahead of it again.
        reached = place <= here and times
        done = place < here or (place == here and state.final is not None)
        found.append(
            Stage(
                name=state.name,
                label=state.label,
                stands="done" if done else "now" if place == here else "ahead",
                entered_at=times[0]["effective_from"] if reached else None,
                left_at=times[-1]["effective_to"] if reached else None,
            )
        )
    return tuple(found)


def _way(case: Case, life: Life) -> Iterator[State]:
    """Yield the states on the proper way, to the first of its ends.

    Those of other units' audits are not on it.
    """
    ends = [name for name, end in life.ends.items() if end == "completed"]
    audits = {audit.stage for audit in case.audits}
    every_audit = {audit.stage for of_kind in life.audits.values() for audit in of_kind}
    for state in life.states.values():
        others_audit = state.name in every_audit and state.name not in audits
        if (state.final is None and not others_audit) or state.name in ends[:1]:
            yield state


def leading_on(case: Case, life: Life) -> frozenset[str]:
    """Return the documents without which *case* does not leave the state it began in."""
    return frozenset(
        take.name
        for trigger in life.triggers_from(case.initial)
        for take in trigger.takes
        if trigger.to is not None and take.what == "document" and not take.optional
    )
