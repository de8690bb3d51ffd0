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
    states: dict[str, int]  # of its reviews


def coverage(sources: Sources, rules: Rules) -> tuple[TierCoverage, ...]:
    """Return the coverage of every tier of a cycle, in the scheme's order; one statement."""
    counted = sources.reads.count_by_state(rules.cycle.id)
    found = []
    for name, tier in rules.scheme.tiers.items():
        states = {state: n for (of, state), n in counted.items() if of == name}
        figures = rules.cycle.tiers.get(name, {})
        found.append(
            TierCoverage(
                tier=name,
                label=tier.label,
                expected=figures.get("expected", 0),
                opened=figures.get("opened", 0),
                completed=sum(n for state, n in states.items() if state in tier.completed),
                states=states,
            )
        )
    return tuple(found)
