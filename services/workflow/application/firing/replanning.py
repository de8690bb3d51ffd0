"""Moving the deadlines that rest on what has moved: first a preview, then event by event.

The work list is asked anew each time, so a run that was cut off goes on where it stopped, and no
deadline moves twice. Nobody acted: the client is `replanning`, with no actor and no token.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.port import CaseStore, Wanted
from services.workflow.application.firing.rules import Organisations, RuleBook
from services.workflow.application.firing.sealing import Seal
from services.workflow.domain.case.acts import Decided
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.replanning import Moved, is_outdated, moves, replan
from services.workflow.domain.case.world import Looks, World

CLIENT = "replanning"


class Replanning:
    """The use case that follows a calendar, and the days of linked cases."""

    def __init__(
        self,
        *,
        store: CaseStore,
        rulebook: RuleBook,
        directory: Organisations,
        sealer: Sealer,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._directory = directory
        self._sealer = sealer
        self._now = now
        self._new_id = new_id

    def preview(self, cycle: str) -> list[tuple[Case, tuple[Moved, ...]]]:
        """Return whose deadlines would move in a round, from when to when; empty if none."""
        world = self._world(cycle)
        found = ((case, tuple(moves(case, world))) for case in _outdated(world))
        return [(case, moved) for case, moved in found if moved]

    def run(self, cycle: str, cause: str | None = None) -> int:
        """Move them; return how many cases that were. *cause* is the event that moved the source.

        A case that somebody moves meanwhile is left, and found again by the next run.
        """
        n_moved = 0
        for case, _ in self.preview(cycle):
            world = self._world(cycle)
            event = replan(world.heads.cases[case.stream], world)
            if event is None:
                continue
            organisation = world.organisation
            seal = Seal(
                sealer=self._sealer,
                root=organisation.root or "",
                organisation_version=organisation.version,
            )
            origin = Origin(client=CLIENT, causation=cause)
            write = seal.write(Decided(events=(event,), looks=Looks()), origin, None)
            (done,) = self._store.append([write])
            n_moved += done
        return n_moved

    def _world(self, cycle: str) -> World:
        standing = self._store.standing([Wanted(cycle=cycle, whole=True)])
        organisation = self._directory.at_least(standing.organisation_version)
        rules = self._rulebook.running(cycle)
        return rules.world(standing.heads[cycle], organisation, self._now(), self._new_id)


def _outdated(world: World) -> Iterator[Case]:
    for case in world.heads.cases.values():
        if case.is_open and is_outdated(case, world):
            yield case
