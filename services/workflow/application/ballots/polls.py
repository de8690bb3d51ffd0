"""Polls as whoever holds them sees them: slips, the paper, closing, and the count.

Counts and results are hidden from everybody until the poll is closed, from who holds it as well.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from schemas.limits import SLIPS
from services.workflow.application.ballots.ports import (
    BallotStore,
    KeptElectorate,
    KeptPoll,
    TicketState,
    Vote,
)
from services.workflow.application.ballots.times import (
    require_begun,
    require_open,
    require_secret,
    require_to_come,
)
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import CaseStore, Standing, Wanted
from services.workflow.application.listings import Listings
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.seeing import asking, whole_extent
from services.workflow.domain.authority import Actor, Verdict, authorise
from services.workflow.domain.ballots.reconciling import Slips
from services.workflow.domain.ballots.sheet import rule_of
from services.workflow.domain.ballots.slips import Slip, check_code, drawn, read, read_check
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import (
    covered_by,
    electors,
    eligible,
    poll_of,
    polls_of,
    why_not_hold,
)
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scores import Poll
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, NotAllowed, NotYours

Told = TypeVar("Told")

MOST_AT_ONCE = 1_000  # slips


@dataclass(frozen=True, kw_only=True, slots=True)
class Here:
    """A poll of a case, as somebody stands before it."""

    case: Case
    poll: Poll  # as the scheme has it for such a case
    world: World
    holds: bool
    person: str | None = None  # who stands there
    sees: frozenset[str] = frozenset()  # cases whose result is theirs to see, once it is told


@dataclass(frozen=True, kw_only=True, slots=True)
class Marked:
    """What became of slips whose codes were entered: each code once."""

    taken: tuple[str, ...]
    used: tuple[str, ...] = ()  # by a phone: a sheet like that is void
    before: tuple[str, ...] = ()  # entered already
    not_known: tuple[str, ...] = ()


class Polls:
    """Finding polls, and handing out slips."""

    def __init__(
        self,
        *,
        store: CaseStore,
        kept: BallotStore,
        directory: Directory,
        rulebook: Rulebook,
        listings: Listings,
        now: Callable[[], datetime],
        choose: Callable[[str], str] = secrets.choice,
    ) -> None:
        self._store = store
        self.kept = kept
        self._directory = directory
        self._rulebook = rulebook
        self._listings = listings
        self._now = now
        self._choose = choose

    # --- Where somebody stands ---

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

    def voted_in(self, actor: Actor, case_id: str, name: str) -> tuple[Here, KeptPoll, Vote]:
        """Return a poll in which *actor* may vote under their own name, and their vote.

        Raises:
            NotYours, NotAllowed: they may not. Conflict: it is voted with slips, or not yet.
        """

        def ask(case: Case, world: World) -> Here:
            poll = poll_of(case, name, world)
            if poll is None:
                _require_sight(actor, case, world)
                raise NotYours(name)
            return Here(case=case, poll=poll, world=world, holds=False)

        here = self._look(actor, case_id, ask)
        kept = None if here.poll.secret else self.found(here)
        vote = None if kept is None else self.kept.roll.of_person(kept.id, actor.person or "")
        verdict = _votes(actor, here, vote)
        if vote is None or kept is None or not verdict.allowed:
            self._look(actor, case_id, lambda case, world: _require_sight(actor, case, world))
            if here.poll.secret:
                raise Conflict(Blocker(code="poll_by_slip"))
            if kept is None:
                raise Conflict(Blocker(code="poll_not_open"))
            require_open(kept, here.case.state)
            code = "not_an_elector" if verdict.reason == "no_post" else verdict.reason
            raise NotAllowed(Blocker(code=code))
        return here, kept, vote

    def _look(self, actor: Actor, case_id: str, ask: Callable[[Case, World], Told]) -> Told:
        def asked(standing: Standing) -> Told:
            case = standing.case(case_id)
            if case is None:
                self._require_scope(actor, standing)
                raise NotYours(case_id)
            return ask(case, self.world(case, standing))

        return looking(self._store, Wanted(case=case_id), asked)

    def world(self, case: Case, standing: Standing) -> World:
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

    def covering(self, kept: KeptPoll) -> tuple[Case, Poll, World, Mapping[str, Case]]:
        """Return the case that holds *kept*, its poll, and the linked cases as they stand."""

        def asked(standing: Standing) -> tuple[Case, Poll, World, Mapping[str, Case]]:
            case = standing.case(kept.case)
            world = None if case is None else self.world(case, standing)
            poll = None if case is None or world is None else poll_of(case, kept.name, world)
            if case is None or world is None or poll is None:
                raise NotYours(kept.case)
            linked = {one.stream: one for one in world.heads.linked(case, poll.covers)}
            return case, poll, world, linked

        return looking(self._store, Wanted(case=kept.case), asked)

    # --- What is kept of a poll ---

    def found(self, here: Here, *, rehearsal: bool = False) -> KeptPoll | None:
        """Return what is kept of a poll, opened if the time has come; None: nothing is yet."""
        mine = (
            one
            for one in self.kept.polls.of_case(here.case.id)
            if one.name == here.poll.name and one.rehearsal == rehearsal
        )
        found = next(mine, None)
        if found is None and not rehearsal and _begins_by_itself(here):
            self.kept.polls.prepare(_beginning(here, rehearsal=False))
            return self.found(here)
        if found is None:
            return None
        if found.state == "counted" and here.poll.name not in here.case.tallies:
            return replace(found, state="sealed")  # held to be told, and the log has nothing yet
        return self.opened(found, here.case.state)

    def prepared(self, here: Here, *, rehearsal: bool) -> KeptPoll:
        """Return what is kept of a poll, made if nothing is."""
        found = self.found(here, rehearsal=rehearsal)
        require_to_come(here.case, here.poll, here.world, found)
        if found is None:
            self.kept.polls.prepare(_beginning(here, rehearsal=rehearsal))
            found = self.found(here, rehearsal=rehearsal)
        if found is None:
            raise Conflict(Blocker(code="poll_not_open"))
        kept = self._covering_now(found) if rehearsal and not found.covered else found
        if not kept.covered and kept.holds_in in ("", here.case.state):
            if rehearsal:  # nobody needs one that asks nothing
                self.kept.polls.discard(kept.id)
            raise Conflict(Blocker(code="poll_covers_nobody"))
        return kept

    def opened(self, kept: KeptPoll, state: str) -> KeptPoll:
        """Return *kept*, opened where its case has entered the state in which ballots are taken."""
        due = kept.state == "waiting" and kept.holds_in == state
        return self._covering_now(kept) if due else kept

    def _covering_now(self, kept: KeptPoll) -> KeptPoll:
        def asked(standing: Standing) -> None:
            case = standing.case(kept.case)
            if case is None:
                raise NotYours(kept.case)
            world = self.world(case, standing)
            poll = poll_of(case, kept.name, world)
            if poll is None:
                raise NotYours(kept.name)
            covered = covered_by(case, poll, world)
            if not covered:  # it waits for somebody to judge
                return
            n = {one.name: eligible(one, case, covered, world) for one in poll.electorates}
            known = {name: there for name, there in n.items() if there is not None}
            by_name = {} if poll.secret else electors(poll, case, covered, world)
            self.kept.polls.open(kept.id, covered, known, by_name)

        looking(self._store, Wanted(case=kept.case), asked)
        return self.kept.polls.poll(kept.id) or kept

    def sums(self, kept: KeptPoll) -> list[Slips]:
        """Return how many may vote in each electorate, by slip or by name, and how many have."""
        return self.kept.slips.sums(kept.id) if kept.is_secret else self.kept.roll.sums(kept.id)

    # --- Slips ---

    def issue(
        self,
        actor: Actor,
        case_id: str,
        name: str,
        electorate: str,
        n: int,
        *,
        anew: bool = False,
        rehearsal: bool = False,
    ) -> list[Slip]:
        """Make slips of an electorate; they are told now and never again.

        *anew*: those that were made before and are unused are worth nothing from now on.

        Raises:
            NotYours, NotAllowed: not theirs to hand out.
            Invalid: there is no such electorate. Conflict: too many, too late, or for nobody.
        """
        here = self.held(actor, case_id, name)
        require_secret(here.poll)
        kept = self.prepared(here, rehearsal=rehearsal)
        box = kept.electorate(electorate)
        if box is None:
            raise Invalid((Blocker(code="not_a_choice", field="electorate"),))
        slips = [drawn(box.name, self._choose) for _ in range(n)]
        hashes = [slip.hash for slip in slips]
        if not self.kept.slips.issue(kept.id, box.id, hashes, most=SLIPS, anew=anew):
            begun = self.prepared(here, rehearsal=rehearsal).state != "waiting"  # or closed by now
            code = "poll_begun" if anew and begun else "slips_too_many"
            raise Conflict(Blocker(code=code, params={"most": SLIPS}))
        return slips

    def mark(
        self,
        actor: Actor,
        case_id: str,
        name: str,
        codes: Iterable[str],
        *,
        spoilt: bool,
        rehearsal: bool = False,
    ) -> Marked:
        """Enter slips by their check codes: as *spoilt* and replaced, or as used on paper.

        Raises:
            NotYours, NotAllowed: not theirs to enter.
            Conflict: no ballots are taken yet, or all is counted.
        """
        here = self.held(actor, case_id, name)
        require_secret(here.poll)
        kept = self.found(here, rehearsal=rehearsal)
        kept = require_begun(here.case, kept)
        state: TicketState = "spoilt" if spoilt else "paper"
        entered = {one: read_check(one) or _check_of_secret(one) for one in codes}
        tickets = self.kept.slips.states(kept.id)
        known = {check_code(hash_): hash_ for hash_ in tickets}
        free = [known[c] for c in entered.values() if c in known and tickets[known[c]] == "unused"]
        if not self.kept.slips.mark(kept.id, free, state):  # it is told meanwhile
            raise Conflict(Blocker(code="poll_counted"))
        after = self.kept.slips.states(kept.id)  # a phone may have been faster
        taken = set(free)

        def those(which: Callable[[bytes], bool]) -> tuple[str, ...]:
            return tuple(one for one, c in entered.items() if c in known and which(known[c]))

        return Marked(
            taken=those(lambda h: h in taken and after[h] == state),
            used=those(lambda h: after[h] == "phone"),
            before=those(lambda h: h not in taken and after[h] in ("paper", "spoilt")),
            not_known=tuple(one for one, c in entered.items() if c not in known),
        )

    def codes(self, poll_id: str) -> list[str]:
        """Return the check codes of the slips that were used, in order; for anybody.

        Raises:
            NotYours: there is no such poll, or it is not closed, or lapsed.
        """
        kept = self.kept.polls.poll(poll_id)
        if kept is None or kept.state not in ("sealed", "counted"):
            raise NotYours(poll_id)
        if kept.told is not None:
            return self.kept.counts.document(kept.told["codes"]).decode("ascii").split()
        return used_codes(self.kept.slips.states(kept.id))

    # --- Rehearsals ---

    def discard(self, actor: Actor, case_id: str, name: str) -> None:
        """Take the rehearsal of a poll away with all its slips and ballots.

        Raises:
            NotYours, NotAllowed: not theirs to discard, or there is none.
        """
        kept = self.found(self.held(actor, case_id, name), rehearsal=True)
        if kept is None:
            raise NotYours(name)
        self.kept.polls.discard(kept.id)
        self.kept.urn.scrub()


def used_codes(tickets: Mapping[bytes, str]) -> list[str]:
    """Return the check codes of the slips that were used, in order."""
    return sorted(check_code(one) for one, state in tickets.items() if state in ("phone", "paper"))


def _check_of_secret(typed: str) -> str | None:
    """Return the check code of a slip whose secret was scanned instead."""
    secret = read(typed)
    return None if secret is None else Slip(secret, "").check


def _beginning(here: Here, *, rehearsal: bool) -> KeptPoll:
    case, world = here.case, here.world
    theirs: Sequence[Any] = [
        one for one in here.poll.electorates if matches(one.where, case, world.organisation)
    ]
    poll = replace(here.poll, electorates=tuple(theirs))
    return KeptPoll(
        id=str(uuid4()),
        case=case.id,
        name=poll.name,
        rehearsal=rehearsal,
        state="waiting",
        holds_in="" if rehearsal else poll.state,
        rule=rule_of(poll),
        covered=(),
        electorates=tuple(KeptElectorate(id=str(uuid4()), name=one.name) for one in theirs),
    )


def _begins_by_itself(here: Here) -> bool:
    """Tell whether nothing has to be printed before people vote: they do so by their names."""
    return not here.poll.secret and here.case.is_open and here.case.state == here.poll.state


def _seen_of(actor: Actor, case: Case, poll: Poll, world: World) -> Iterator[str]:
    """Yield the cases whose results of a poll that is told are *actor*'s to see."""
    if poll.name not in case.tallies:
        return
    for one in world.heads.linked(case, poll.covers):
        extent = whole_extent(actor, one, world)
        given = {
            name
            for name, whole in world.scheme.components.items()
            if whole.of_tier(one.tier or "").poll == poll.name
        }
        if extent is not None and extent.components.isdisjoint(given):
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


def _votes(actor: Actor, here: Here, vote: Vote | None) -> Verdict:
    """Decide whether *actor* votes, who is among those that were frozen, whatever they see."""
    world = here.world
    return authorise(
        actor,
        "poll.cast",
        world.organisation,
        world.day(world.now),
        case=here.case,
        fires=lambda _: "no_post" if vote is None else "",
    )


def _holds(actor: Actor, case: Case, poll: Poll, world: World) -> Verdict:
    return authorise(
        actor,
        "poll.run",
        world.organisation,
        world.day(world.now),
        case=case,
        fires=lambda candidate: why_not_hold(candidate, case, poll, world),
    )
