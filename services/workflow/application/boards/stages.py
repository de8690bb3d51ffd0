"""The way of a case through the stages of its tier, as a rail shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.workflow.application.rulebook import Rules
from services.workflow.domain.review import Review


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One stage: been through, being in, or still ahead."""

    name: str
    label: str
    stands: Literal["done", "now", "ahead"]
    entered_at: datetime | None  # the first time
    left_at: datetime | None  # the last time


def stages(
    review: Review, rules: Rules, intervals: Sequence[Mapping[str, Any]]
) -> tuple[Stage, ...]:
    """Return the stages *review* passes, in order; a withdrawn one ends where it was withdrawn."""
    tier = rules.scheme.tiers[review.tier]
    audits = {audit.stage for audit in review.audits}
    every_audit = {rule.stage for kind in tier.kinds for rule in tier.audits(kind)}
    way = [
        state
        for state in tier.states
        if state.ends != "abandoned" and (state.name in audits or state.name not in every_audit)
    ]
    here = next((i for i, state in enumerate(way) if state.name == review.state), None)
    if here is None:  # withdrawn
        been = {row["state"] for row in intervals}
        way = [state for state in way if state.name in been] + [tier.state(review.state)]
        here = len(way) - 1
    found = []
    for place, state in enumerate(way):
        times = [row for row in intervals if row["state"] == state.name]
        # A case that was sent back has its later stages ahead of it again.
        reached = place <= here and times
        done = place < here or (place == here and state.final)
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
