"""Who stands before a poll: its case as they see it, and what of the poll is theirs to do and see.

Counts and results are hidden from everybody until the poll is closed, from who holds it as well.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.workflow.application.ballots.ports import KeptPoll
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import CaseStore, Standing, Wanted
from services.workflow.application.listings import Listings
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.seeing import asking, whole_extent
from services.workflow.domain.authority import Actor, Verdict, authorise
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import poll_of, polls_of, why_not_hold
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scores import Poll
from services.workflow.domain.refusals import Blocker, NotAllowed, NotYours

Told = TypeVar("Told")


@dataclass(frozen=True, kw_only=True, slots=True)
class Here:
    """A poll of a case, as somebody stands before it."""

    case: Case
    poll: Poll  # as the scheme has it for such a case
    world: World
    holds: bool
    person: str | None = None  # who stands there
    sees: frozenset[str] = frozenset()  # cases whose result is theirs to see, once it is told


class Sight:
    """The cases of polls, and who may do what there."""

    def __init__(
        self,
        *,
        store: CaseStore,
        directory: Directory,
        rulebook: Rulebook,
        listings: Listings,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._directory = directory
        self._rulebook = rulebook
        self._listings = listings
        self._now = now

    def all(self, actor: Actor, case_id: str) -> list[Here]:
        """Return the polls of a case that *actor* may see.

        Raises:
            NotYours, NotAllowed: the case is not theirs to see.
        """

        def ask(case: Case, world: World) -> list[Here]:
            _require_sight(actor, case, world)
            return [
                Here(
                    case=case,
                    poll=one,
                    world=world,
                    holds=_holds(actor, case, one, world).allowed,
                    person=actor.person,
                    sees=frozenset(_seen_of(actor, case, one, world)),
                )
                for one in polls_of(case, world)
            ]

        return self._look(actor, case_id, ask)

    def held(self, actor: Actor, case_id: str, name: str) -> Here:
        """Return a poll that *actor* holds.

        Raises:
            NotYours, NotAllowed: they do not.
        """

        def ask(case: Case, world: World) -> Here:
            _require_sight(actor, case, world)
            poll = poll_of(case, name, world)
            if poll is None:
                raise NotYours(name)
            verdict = _holds(actor, case, poll, world)
            if not verdict.allowed:
                raise NotAllowed(Blocker(code=verdict.reason))
            return Here(case=case, poll=poll, world=world, holds=True)

        return self._look(actor, case_id, ask)

    def named(self, actor: Actor, case_id: str, name: str) -> Here:
        """Return a poll by its name, whether or not its case is *actor*'s to see.

        Raises:
            NotYours: there is none.
        """

        def ask(case: Case, world: World) -> Here:
            poll = poll_of(case, name, world)
            if poll is None:
                _require_sight(actor, case, world)
                raise NotYours(name)
            return Here(case=case, poll=poll, world=world, holds=False, person=actor.person)

        return self._look(actor, case_id, ask)

    def require(self, actor: Actor, case_id: str) -> None:
        """Refuse whoever does not see the case.

        Raises:
            NotYours, NotAllowed
        """
        self._look(actor, case_id, lambda case, world: _require_sight(actor, case, world))

    def _look(self, actor: Actor, case_id: str, ask: Callable[[Case, World], Told]) -> Told:
        def asked(standing: Standing) -> Told:
            case = standing.case(case_id)
            if case is None:
                self._require_scope(actor, standing)
                raise NotYours(case_id)
            return ask(case, self._world(case, standing))

        return looking(self._store, Wanted(case=case_id), asked)

    def _world(self, case: Case, standing: Standing) -> World:
        """Return what is decided about *case* by."""
        organisation = self._directory.at_least(standing.organisation_version)
        rules, heads = self._rulebook.running(case.cycle), standing.heads[case.cycle]
        listings = self._listings.known
        if unknown := self._listings.unknown([heads], listings):
            listings = self._listings.learn(unknown, listings)
        return rules.world(heads, organisation, self._now(), str, listings)

    def _require_scope(self, actor: Actor, standing: Standing) -> None:
        organisation = self._directory.at_least(standing.organisation_version)
        day = self._now().date()
        verdict = authorise(actor, "poll.read", organisation, day)
        if verdict.reason == "client_scope":
            raise NotAllowed(Blocker(code=verdict.reason))

    def at(self, kept: KeptPoll, ask: Callable[[Case, Poll, World], Told]) -> Told:
        """Return what is asked of the case that holds *kept*, and of its poll.

        Raises:
            NotYours: they are gone.
        """

        def asked(standing: Standing) -> Told:
            case = standing.case(kept.case)
            if case is None:
                raise NotYours(kept.case)
            world = self._world(case, standing)
            poll = poll_of(case, kept.name, world)
            if poll is None:
                raise NotYours(kept.case)
            return ask(case, poll, world)

        return looking(self._store, Wanted(case=kept.case), asked)

    def covering(self, kept: KeptPoll) -> tuple[Case, Poll, World, Mapping[str, Case]]:
        """Return the case that holds *kept*, its poll, and the linked cases as they stand.

        Raises:
            NotYours: they are gone.
        """

        def ask(
            case: Case, poll: Poll, world: World
        ) -> tuple[Case, Poll, World, Mapping[str, Case]]:
            linked = {one.stream: one for one in world.heads.linked(case, poll.covers)}
            return case, poll, world, linked

        return self.at(kept, ask)


def _fed_by(poll: Poll, case: Case, world: World) -> set[str]:
    """Return the components of a case that come from a poll."""
    return {
        name
        for name, whole in world.scheme.components.items()
        if whole.of_tier(case.tier).poll == poll.name
    }


def _seen_of(actor: Actor, case: Case, poll: Poll, world: World) -> Iterator[str]:
    """Yield the cases whose results of a poll that is told are *actor*'s to see."""
    if poll.name not in case.tallies:
        return
    for one in world.heads.linked(case, poll.covers):
        extent = whole_extent(actor, one, world)
        if extent is not None and extent.components.isdisjoint(_fed_by(poll, one, world)):
            yield one.stream


def _require_sight(actor: Actor, case: Case, world: World) -> None:
    verdict = authorise(
        actor,
        "poll.read",
        world.organisation,
        world.day(world.now),
        case=case,
        **asking(case, world),
    )
    if verdict.reason == "client_scope":
        raise NotAllowed(Blocker(code=verdict.reason))
    if not verdict.allowed:
        raise NotYours(case.id)


def _holds(actor: Actor, case: Case, poll: Poll, world: World) -> Verdict:
    return authorise(
        actor,
        "poll.run",
        world.organisation,
        world.day(world.now),
        case=case,
        fires=lambda candidate: why_not_hold(candidate, case, poll, world),
    )
