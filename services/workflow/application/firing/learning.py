"""What deciding looks at beside the cases: had in memory before anything is decided."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from services.workflow.application.draws_at_hand import DrawsAtHand
from services.workflow.application.firing.commands import CaseCommand, Command
from services.workflow.application.firing.naming import Naming
from services.workflow.application.firing.port import CaseRounds, Standing
from services.workflow.application.firing.rules import Organisations, RuleBook
from services.workflow.application.firing.waves import stream_of
from services.workflow.application.listings import Listings
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Listing
from services.workflow.domain.case.naming import NOTHING, wanted
from services.workflow.domain.case.polling import takes_ballots
from services.workflow.domain.case.world import DrawnFrom, NamedCase, World
from services.workflow.domain.data.namesakes import to_tell_apart
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import NotYours

# How the polls of cases stand, by the case's id: see `World.polls`.
PollsOf = Callable[[Sequence[str]], Mapping[str, Mapping[str, str]]]
# What the decision about a command on a case may look at.
WorldOf = Callable[[Command, Case], World]


class Learnt(NamedTuple):
    """What one round of the loop knows, whatever others learn or forget meanwhile."""

    organisation: Organisation
    listings: Mapping[str, Listing]
    draws: DrawnFrom
    polls: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Learning:
    """What is kept in memory from one round to the next. Safe to share between threads."""

    rulebook: RuleBook
    directory: Organisations
    listings: Listings
    draws: DrawsAtHand
    polls: PollsOf | None  # None: none are held, as in a rehearsal
    naming: Naming | None = None  # None: any case may be named, as in a rehearsal

    async def learn(
        self,
        standing: Standing,
        store: CaseRounds,
        opened: Iterable[str] = (),
        named: Collection[str] = (),
    ) -> Learnt:
        """Read what is not in memory yet and is looked at by who decides on what is *standing*.

        *opened*: the rounds in which cases are to be opened; *named*: the cases, by id or stream,
        whose commands may ask how their polls stand.
        """
        if self.rulebook.is_behind(standing.rulings):
            await store.elsewhere(self.rulebook.follow)
        for cycle in self.rulebook.unknown({*standing.heads, *opened}):
            with suppress(NotYours):  # somebody made a round up; the answer says so
                await store.elsewhere(self.rulebook.running, cycle)
        heads, listings, draws = standing.heads, self.listings.known, self.draws.known
        if rosters := self.listings.unknown(heads.values(), listings):
            listings = await store.elsewhere(self.listings.learn, rosters, listings)
        running = self.rulebook.running
        if drawing := self.draws.unknown(heads, lambda at: running(at).scheme, draws):
            draws = await store.elsewhere(self.draws.learn, drawing, draws)
        version = standing.organisation_version
        organisation = self.directory.known(version)
        if organisation is None:
            organisation = await store.elsewhere(self.directory.at_least, version)
        return Learnt(organisation, listings, draws, await self._polling(standing, store, named))

    async def named(
        self, command: Command, standing: Standing, store: CaseRounds
    ) -> Mapping[str, NamedCase] | None:
        """Return what the data of *command* name of other cases; of nearly all nothing is asked."""
        case = standing.case(stream_of(command))
        if self.naming is None:
            return None
        if case is None or not isinstance(command, CaseCommand):
            return {}
        scheme = self.rulebook.running(case.cycle).scheme
        asked_for = wanted(command.data.get("documents"), scheme)
        if asked_for == NOTHING:
            return {}
        return await store.elsewhere(self.naming.named, command.actor, case, asked_for)

    async def bearers(
        self, command: Command, standing: Standing, world_of: WorldOf, store: CaseRounds
    ) -> Mapping[str, frozenset[str]]:
        """Return who is called as a guest of a roster that *command* grows; of nearly all nobody.

        Raises:
            Unread: it looked at what is not read yet.
        """
        case = standing.case(stream_of(command))
        if self.naming is None or case is None or not isinstance(command, CaseCommand):
            return {}
        world = world_of(command, case)
        trigger = world.life(case).triggers.get(command.trigger)
        takes = trigger.takes if trigger else ()
        names, people = to_tell_apart(takes, command.data.get("rosters"), case, world)
        return await store.elsewhere(self.naming.bearers, names, people) if names else {}

    async def _polling(
        self, standing: Standing, store: CaseRounds, named: Collection[str]
    ) -> Mapping[str, Mapping[str, str]]:
        """Return how the polls stand of cases that are *named* and take ballots where they are.

        That a poll is closed stays so: whoever closes it meanwhile is heard the next time.
        """
        if self.polls is None:
            return {}
        polling = {
            case.id: case.stream
            for cycle, heads in standing.heads.items()
            if (held := self.rulebook.running(cycle).scheme.polls)
            for case in heads.cases.values()
            if (case.stream in named or case.id in named) and takes_ballots(case, held.values())
        }
        if not polling:
            return {}
        told = await store.elsewhere(self.polls, [*polling])
        return {stream: told.get(id_, {}) for id_, stream in polling.items()}
