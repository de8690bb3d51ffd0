"""In whose name somebody asks about a case: their own, and that of those they stand in for.

One rule for pages, lists, the API and acts. A deputy sees and does what the other sees and may by
the posts that were handed on, on days on which both hold, and no more. Of a case that is or was
about themselves, or that belongs to one, they see what its subject sees, whoever's deputy they are.
"""

from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import subjects_of
from services.workflow.domain.case.world import World


def voices(candidate: Candidate, case: Case, world: World) -> tuple[Candidate, ...]:
    """Return *candidate*, then those in whose name they ask about *case* as well."""
    principals = candidate.principals
    if not principals or candidate.person in subjects_of(case, world):
        return (candidate,)
    return (candidate, *principals)
