"""Quorums: whether so many of a roster are there now as a scheme asks for."""

from collections.abc import Iterator

from services.workflow.domain.case.head import Case
from services.workflow.domain.case.shares import rounded_up
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scores import Share
from services.workflow.domain.refusals import Blocker


def too_few(
    meeting: Case, roster: str, share: Share, world: World, n_aside: int = 0
) -> Iterator[Blocker]:
    """Yield why those there at *meeting*, but *n_aside* of them, are no quorum of its *roster*."""
    n_listed = meeting.rosters.get(roster, 0)
    if not n_listed:
        label = world.scheme.rosters[roster].label
        yield Blocker(code="roster_lacking", params={"roster": roster, "label": label})
        return
    n_there = meeting.there.get(roster, 0).bit_count() - n_aside
    needed = rounded_up(n_listed, share)
    if n_there < needed:
        params = {"there": n_there, "needed": needed, "listed": n_listed}
        yield Blocker(code="quorum_lacking", params=params)
