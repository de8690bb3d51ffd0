"""Time in whose hands: working time per desk, folded from the stage intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.workflow.application.boards.look import Desk, Look
from services.workflow.application.boards.working_time import worked
from services.workflow.application.rulebook import Rules
from services.workflow.domain.case.head import Holder

_DAY = timedelta(days=1)
_Held = tuple[str, str, str | None]  # unit, role and, where the desk is a person's own, whose


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """How long a case has lain on one desk."""

    desk: Desk
    states: tuple[str, ...]
    working_days: float


def held_times(
    intervals: Sequence[Mapping[str, Any]], look: Look, rules: Rules
) -> tuple[Held, ...]:
    """Return working time per desk, in the order in which the desks were first reached."""
    times: dict[_Held, timedelta] = {}
    states: dict[_Held, dict[str, None]] = {}
    for row in intervals:
        if row["holder_unit"] is None or row["suspended"]:
            continue  # nobody holds a closed case, and nobody's time runs while it is suspended
        holder = (row["holder_unit"], row["holder_role"], row["holder_person"])
        until = row["effective_to"] or max(look.now, row["effective_from"])
        passed = worked(row["effective_from"], until, rules.calendar)
        times[holder] = times.get(holder, timedelta(0)) + passed
        states.setdefault(holder, {})[row["state"]] = None
    return tuple(
        Held(
            desk=look.desk(Holder(unit=unit, role=role, person=person)),
            states=tuple(states[unit, role, person]),
            working_days=passed / _DAY,
        )
        for (unit, role, person), passed in times.items()
    )
