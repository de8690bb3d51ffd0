"""What is kept of polls, from the first slip to the last code: made, opened, handed out, entered.

A poll is made when somebody first needs something of it, and opens once its case has entered the
state in which ballots are taken: then it is frozen whom it covers, and who may vote.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from schemas.limits import SLIPS
from services.workflow.application.ballots.ports import (
    BallotStore,
    KeptElectorate,
    KeptPoll,
    TicketState,
)
from services.workflow.application.ballots.sight import Here, Sight
from services.workflow.application.ballots.times import (
    require_begun,
    require_secret,
    require_to_come,
)
from services.workflow.domain.authority import Actor
from services.workflow.domain.ballots.reconciling import Slips
from services.workflow.domain.ballots.sheet import rule_of
from services.workflow.domain.ballots.slips import Slip, check_code, drawn, read, read_check
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import covered_by, electors, eligible
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scores import Poll
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, NotYours

MOST_AT_ONCE = 1_000  # slips
_ENTERED: frozenset[TicketState] = frozenset({"paper", "spoilt"})  # by their codes


@dataclass(frozen=True, kw_only=True, slots=True)
class Marked:
    """What became of slips whose codes were entered: each code once."""

    taken: tuple[str, ...]
    used: tuple[str, ...] = ()  # by a phone: a sheet like that is void
    before: tuple[str, ...] = ()  # entered already, as what is asked now
    otherwise: tuple[str, ...] = ()  # entered already, as the other: spoilt, or used on paper
    not_known: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class OfPoll:
    """A poll as somebody sees it, with what is kept of it; None: nothing is yet."""

    here: Here
    kept: KeptPoll | None
    rehearsal: KeptPoll | None


class Polls:
    """Polls, and their slips."""

    def __init__(
        self, sight: Sight, kept: BallotStore, choose: Callable[[str], str] = secrets.choice
    ) -> None:
        self.sight = sight
        self.kept = kept
        self._choose = choose

    # --- What is kept of a poll ---

    def all(self, here: Sequence[Here]) -> list[OfPoll]:
        """Return what is kept of polls of one case, with their rehearsals: read once for all."""
        kept = self.kept.polls.of_case(here[0].case.id) if here else []
        return [
            OfPoll(
                here=one,
                kept=self._found(one, kept, rehearsal=False),
                rehearsal=self._found(one, kept, rehearsal=True),
            )
            for one in here
        ]

    def found(self, here: Here, *, rehearsal: bool = False) -> KeptPoll | None:
        """Return what is kept of a poll, opened if the time has come; None: nothing is yet."""
        kept = self.kept.polls.of_case(here.case.id)
        return self._found(here, kept, rehearsal=rehearsal)

    def _found(self, here: Here, kept: Iterable[KeptPoll], *, rehearsal: bool) -> KeptPoll | None:
        mine = (one for one in kept if (one.name, one.rehearsal) == (here.poll.name, rehearsal))
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
        def cover(case: Case, poll: Poll, world: World) -> None:
            covered = covered_by(case, poll, world)
            if not covered:  # it waits for somebody to judge
                return
            n = {one.name: eligible(one, case, covered, world) for one in poll.electorates}
            known = {name: there for name, there in n.items() if there is not None}
            by_name = {} if poll.secret else electors(poll, case, covered, world)
            self.kept.polls.open(kept.id, covered, known, by_name)

        self.sight.at(kept, cover)
        return self.kept.polls.poll(kept.id) or kept

    def sums(self, *kept: KeptPoll) -> dict[str, list[Slips]]:
        """Return how many may vote in each electorate, by slip or by name, and how many have.

        By the id of the poll.
        """
        secret = [one.id for one in kept if one.is_secret]
        by_name = [one.id for one in kept if not one.is_secret]
        found = self.kept.slips.sums(*secret) if secret else {}
        return found | (self.kept.roll.sums(*by_name) if by_name else {})

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
        here = self.sight.held(actor, case_id, name)
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
        here = self.sight.held(actor, case_id, name)
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
            before=those(lambda h: h not in taken and after[h] == state),
            otherwise=those(lambda h: after[h] in _ENTERED - {state}),
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
            codes = kept.told["codes"]
            return self.kept.counts.documents([codes])[codes].decode("ascii").split()
        return used_codes(self.kept.slips.states(kept.id))

    # --- Rehearsals ---

    def discard(self, actor: Actor, case_id: str, name: str) -> None:
        """Take the rehearsal of a poll away with all its slips and ballots.

        Raises:
            NotYours, NotAllowed: not theirs to discard, or there is none.
        """
        kept = self.found(self.sight.held(actor, case_id, name), rehearsal=True)
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
