"""Whose names are looked up as a roster grows: of those on it, never of everybody there is."""

from collections.abc import Iterable

from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.data.datum import Filing
from services.workflow.domain.data.roster import listed
from services.workflow.domain.data.roster_file import brought_to, same
from services.workflow.domain.language.model.triggers import Take


def to_tell_apart(
    takes: Iterable[Take], rosters: object, case: Case, world: World
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of guests, and the people, who stand on what *takes* grows or come on it.

    *rosters* are given as they were sent. Who stands on a roster is nobody unless there are guests.
    """
    made = [one for one in takes if one.what == "roster" and not one.strikes]
    known = {one.name: one for one in world.scheme.rosters.values()}
    grown = [known[one.name] for one in made if one.name in known]
    if not grown:
        return frozenset(), frozenset()
    names, people = brought_to(rosters, known, world.organisation)
    filing = Filing(case=case, world=world, person=None, day=world.day(world.now))
    guests = {one.guest for each in grown for one in world.listing(case, each.name).standing}
    names |= {same(one) for one in guests if one}
    if names:
        rows = (one for each in grown for one in listed(each, {}, filing))
        people |= {one.person for one in rows if one.person and one.struck is None}
    return names, people if names else frozenset()
