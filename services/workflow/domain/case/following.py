"""How long something followed from a case: derived again from every state it was in, never stored.

What followed from a grade that was corrected since, or from a mark that was taken back, stays in
view as what is no longer so. A figure that changed within one grade begins a new spell: it rests on
another ground.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.workflow.domain.case.consequences import in_force
from services.workflow.domain.case.head import Case, Graded
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Consequence
from services.workflow.domain.language.model.where import FlagSet, GradeIn, ModeIs
from services.workflow.domain.organisation import Organisation


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What of a case a consequence rests on, as it was then."""

    grades: tuple[tuple[str, Graded], ...] = ()  # by grading
    flags: tuple[str, ...] = ()
    mode: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spell:
    """One consequence, from the version of the case from which it follows."""

    consequence: Consequence
    ground: Ground
    since: int
    until: int | None = field(default=None, compare=False)  # from which it does no longer


def ground_of(consequence: Consequence, case: Case) -> Ground:
    """Return what *consequence*, which follows from *case*, rests on."""
    conditions = consequence.where.conditions
    gradings = (one.grading for one in conditions if isinstance(one, GradeIn))
    return Ground(
        grades=tuple((name, case.grades[name]) for name in gradings),
        flags=tuple(one.flag for one in conditions if isinstance(one, FlagSet)),
        mode=next((one.mode for one in conditions if isinstance(one, ModeIs)), None),
    )


def spells(states: Iterable[Case], scheme: Scheme, organisation: Organisation) -> list[Spell]:
    """Return what followed from a case that went through *states*, in the order of its beginning.

    What *where* asks of a unit is asked as the unit is today.
    """
    running = dict[tuple[int, Ground], Spell]()
    ended = list[Spell]()
    for case in states:
        now = dict[tuple[int, Ground], Spell]()
        for one in in_force(case, scheme, organisation):
            key = scheme.consequences.index(one), ground_of(one, case)
            fresh = Spell(consequence=one, ground=key[1], since=case.version)
            now[key] = running.get(key, fresh)
        ended += (_ended(one, case) for key, one in running.items() if key not in now)
        running = now
    order = {id(one): n for n, one in enumerate(scheme.consequences)}
    return sorted((*ended, *running.values()), key=lambda s: (s.since, order[id(s.consequence)]))


def _ended(spell: Spell, case: Case) -> Spell:
    return Spell(
        consequence=spell.consequence, ground=spell.ground, since=spell.since, until=case.version
    )
