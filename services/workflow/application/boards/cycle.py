"""A cycle's coverage: expected, opened, where they stand, done, and by name who has no case."""

from dataclasses import dataclass

from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.lacking import Lacking, lacking, of_later_turns
from services.workflow.application.rulebook import Rules
from services.workflow.domain.language.model.lives import Life


@dataclass(frozen=True, kw_only=True, slots=True)
class TierCoverage:
    """How far one tier is."""

    life: Life
    expected: int
    opened: int
    completed: int
    states: dict[str, int]  # of its cases
    lacking: tuple[Lacking, ...]  # who has none, those that are exempt last


def coverage(sources: Sources, look: Look, rules: Rules) -> tuple[TierCoverage, ...]:
    """Return the coverage of every tier of a cycle, in the scheme's order; three statements."""
    counted = sources.reads.count_by_state(rules.cycle.id)
    left = lacking(rules.cycle, rules.scheme, look.organisation, sources.reads)
    sorts = {sort.name: sort for sort in rules.cycle.kinds}
    found = []
    for kind, life in rules.scheme.lives():
        states = {state: n for (of, state), n in counted.items() if of == life.tier}
        sort = sorts.get(life.tier)
        done = {name for name, end in life.ends.items() if end == "completed"}
        none = sorted(
            (one for one in left if (one.kind, one.tier) == (kind.name, life.tier)),
            key=lambda one: one.is_exempt,
        )
        expected, opened = (0, 0) if sort is None else (sort.expected, sort.opened)
        if rules.cycle.left_out:  # who lacked a case at the opening may have been given one since
            opened = expected - sum(not one.is_exempt for one in none)
        more = of_later_turns(rules.cycle, rules.scheme, kind, life, opened, states, sources.reads)
        if life.tier:
            found.append(
                TierCoverage(
                    life=life,
                    expected=expected + more,
                    opened=opened + more,
                    completed=sum(n for state, n in states.items() if state in done),
                    states=states,
                    lacking=tuple(none),
                )
            )
    return tuple(found)
