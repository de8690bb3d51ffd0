"""Whose own unit a case is about that is left to others: nobody looks into their own unit.

A case for a unit, and about no person, is about that unit. While it is left to others than it,
whoever serves there is who it is about: what another post of theirs, or of whom they stand in for,
would show and let do is not theirs, nor their deputy's.
"""

from collections.abc import Sequence

from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import unit_of
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.parties import Grant


def is_about_own_unit(voice: Candidate, readers: Sequence[Grant], case: Case, world: World) -> bool:
    """Tell whether *case* is about the unit of who asks, and *readers* are all of others."""
    return (
        bool(readers)
        and is_about_unit(world.kind(case))
        and case.unit in serves_in(voice)
        and all(unit_of(case, one.party, world) != case.unit for one in readers)
    )


def is_about_unit(kind: Kind) -> bool:
    """Tell whether cases of *kind* are about their units, and not about people."""
    return kind.origin.of == "unit" and not kind.person


def serves_in(voice: Candidate) -> tuple[str, ...]:
    """Return the units in which who asks serves, and those of whom they stand in for."""
    people = (voice.person,) if voice.by is None else (voice.person, voice.by.deputy)
    posts = (post for one in people for post in voice.organisation.posts_of(one, voice.day))
    return tuple(dict.fromkeys(post.unit for post in posts))
