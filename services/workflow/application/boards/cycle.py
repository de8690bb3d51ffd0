"""A cycle's coverage: expected, opened, where they stand, done."""

from dataclasses import dataclass

from services.workflow.application.boards.look import Sources
from services.workflow.application.rulebook import Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class TierCoverage:
    """How far one tier is."""

    tier: str
    label: str
    expected: int
    opened: int
    completed: int
    states: dict[str, int]  # of its cases


def coverage(sources: Sources, rules: Rules) -> tuple[TierCoverage, ...]:
    """Return the coverage of every tier of a cycle, in the scheme's order; one statement."""
    counted = sources.reads.count_by_state(rules.cycle.id)
    sorts = {sort.name: sort for sort in rules.cycle.kinds}
    found = []
    for _, life in rules.scheme.lives():
        states = {state: n for (of, state), n in counted.items() if of == life.tier}
        sort = sorts.get(life.tier)
        done = {name for name, end in life.ends.items() if end == "completed"}
        if life.tier:
            found.append(
                TierCoverage(
                    tier=life.tier,
                    label=life.label,
                    expected=0 if sort is None else sort.expected,
                    opened=0 if sort is None else sort.opened,
                    completed=sum(n for state, n in states.items() if state in done),
                    states=states,
                )
            )
    return tuple(found)
