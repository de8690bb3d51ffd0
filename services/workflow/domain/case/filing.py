"""Whose it is to file a document of a case: whoever may fire a trigger that takes it."""

from collections.abc import Iterable

from services.workflow.domain.authority.actor import REASONS
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import why_not_fire
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.seeing import is_left_to_others
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.triggers import Trigger


def why_not_file(candidate: Candidate, case: Case, document: str, world: World) -> str:
    """Return "" if it is the candidate's to file *document*, whatever state the case is in.

    Of a case that is left to others it is theirs only while the case allows it.
    """
    found: Iterable[Trigger] = takers(case, document, world)
    if is_left_to_others(candidate, case, world):
        found = (one for one in found if one.fits(case.state, suspended=case.suspended))
    why = (why_not_fire(candidate, case, trigger, world) for trigger in found)
    return min(why, key=("", *REASONS).index, default="no_post")


def takers(case: Case, document: str, world: World) -> tuple[Trigger, ...]:
    """Return the triggers of *case* that take *document*, and that somebody may fire."""
    return tuple(
        trigger
        for trigger in world.life(case).triggers.values()
        if (trigger.by_desk or any(not grant.cause for grant in trigger.by))
        and any(
            (take.what, take.name) == ("document", document)
            and matches(take.where, case, world.organisation)
            for take in trigger.takes
        )
    )
