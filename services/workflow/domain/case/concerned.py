"""Who steps aside: whoever a case is about is not counted while that case is gone through.

Nobody has to remember it. A point that names a case counts them out and in again by itself, in the
one event that keeps how many were there; who was out already stays out.
"""

from collections.abc import Iterator

from services.workflow.domain.case.acts import Act
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import is_in
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.documents import Case as CaseType


def named(act: Act, case: Case, world: World) -> Iterator[Case]:
    """Yield the cases that the rows of what *act* brings to *case* name."""
    for name, given in act.given.get("documents", {}).items():
        columns = [
            one.name
            for one in world.scheme.documents[name].columns
            if isinstance(one.type, CaseType)
        ]
        rows = given.get("rows", [])
        for row in rows if isinstance(rows, list) else rows.values():
            for stream in filter(None, map(row.get, columns)):
                found = world.heads.case(stream, case)
                if found is not None:
                    yield found


def aside(act: Act, case: Case, roster: str, world: World) -> list[int]:
    """Return the rows of a roster whose people are there, and whom a case is about that is named.

    None where the scheme does not say for which reason they are out.
    """
    if not world.scheme.rosters[roster].concerned:
        return []
    there, listing = case.there.get(roster, 0), world.listing(case, roster)
    rows = (
        listing.by_person[person].row
        for one in named(act, case, world)
        for person in sorted(one.subjects & listing.by_person.keys())
    )
    return list(dict.fromkeys(row for row in rows if is_in(there, row)))
