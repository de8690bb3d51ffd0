"""What every reading asks first: whether the case is there and somebody's to see.

The one idea: the authority function is asked with the organisation and the calendars of now, and
the local day; a case out of sight is answered like one that does not exist.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from schemas.calendar import local_day
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import CaseStore, Standing, Wanted, case_named
from services.workflow.application.ports import CycleRow
from services.workflow.application.reading_ports import Seats
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.seeing import (
    SeenCase,
    cycle_read,
    seats_of,
    seen,
    seen_in_lists,
    whole_extent,
)
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.again import Neighbours, is_one_at_a_time, neighbours
from services.workflow.domain.case.head import Case, Link
from services.workflow.domain.case.seeing import Extent, is_narrowed
from services.workflow.domain.case.sights import PEERS
from services.workflow.domain.case.voices import voices
from services.workflow.domain.case.world import Heads, World
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import (
    Blocker,
    NotAllowed,
    NotYours,
)

Told = TypeVar("Told")
MOST_LINKED = 200  # cases of one link that are told


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """Where a link of a case leads, as somebody sees it."""

    link: Link
    n: int  # how many cases are there that are not left to others, whoever sees them
    cases: tuple[Case, ...]  # the first of those they see, in the order of opening


class Access:
    """Asks the authority function with the organisation of now and the local day."""

    def __init__(
        self,
        store: CaseStore,
        directory: Directory,
        rulebook: Rulebook,
        now: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self.directory = directory
        self.now = now
        self._zone = zone

    def today(self) -> date:
        """Return the local day."""
        return local_day(self.now(), self._zone)

    def case(self, actor: Actor, case_id: str, kind: str | None = None) -> SeenCase:
        """Return a case *actor* may see, of *kind* if given; one statement for nearly all.

        Raises:
            NotYours: absent, or not theirs, or of another kind.
            NotAllowed: the token may not read at all.
        """
        name = case_named(case_id, kind)
        return looking(
            self._store, Wanted(case=name), lambda standing: self._seen(actor, name, standing)
        )

    def _seen(self, actor: Actor, name: str, standing: Standing) -> SeenCase:
        organisation = self.directory.at_least(standing.organisation_version)
        self._rulebook.at_least(standing.rulings)
        case, day = standing.case(name), self.today()
        if case is None:
            verdict = authorise(actor, "case.read", organisation, day)
        else:
            world = self._world(case, standing, organisation)
            found = seen(actor, case, world)
            if isinstance(found, SeenCase):
                return found
            verdict = found
        if verdict.reason == "client_scope":
            raise NotAllowed(Blocker(code=verdict.reason))
        raise NotYours(name)

    def _world(self, case: Case, standing: Standing, organisation: Organisation) -> World:
        rules, heads = self._rulebook.running(case.cycle), standing.heads[case.cycle]
        return rules.world(heads, organisation, self.now(), str)

    def look(self, case_id: str, ask: Callable[[Case, World], Told]) -> Told:
        """Return what *ask* says of a case as it stands, whoever asks.

        Raises:
            NotYours: there is none.
        """

        def asked(standing: Standing) -> Told:
            case = standing.case(case_id)
            if case is None:
                raise NotYours(case_id)
            organisation = self.directory.at_least(standing.organisation_version)
            return ask(case, self._world(case, standing, organisation))

        return looking(self._store, Wanted(case=case_id), asked)

    @property
    def asked_about(self) -> Organisation:
        """The organisation as the last question found it; whoever goes on asks no statement."""
        return self.directory.at_least(0)

    def alone(self, *cases: Case) -> World:
        """Return the world as far as *cases* of one round tell of it themselves; no statement."""
        heads = Heads(cases={case.stream: case for case in cases}, seen=frozenset())
        rules = self._rulebook.running(cases[0].cycle)
        return rules.world(heads, self.asked_about, self.now(), str)

    def reads(
        self, actor: Actor, case: Case, world: World, is_reader: Callable[[Candidate], bool]
    ) -> bool:
        """Tell whether *actor* is one of those who read something of *case*: nobody else does."""
        verdict = authorise(
            actor,
            "case.read",
            world.organisation,
            self.today(),
            case=case,
            narrowed=lambda voice: "" if is_reader(voice) else "other_tree",
            granted=is_reader,
            voices=lambda candidate: voices(candidate, case, world),
        )
        return verdict.allowed

    def with_links(self, actor: Actor, case_id: str) -> tuple[Case, tuple[Linked, ...], Neighbours]:
        """Return a case *actor* may see, where its links lead, and what is next to it at its place.

        Two statements at most; what is next to it is told as far as they see it.

        Raises:
            NotYours, NotAllowed: as `case`.
        """
        return self.links_of(actor, self.case(actor, case_id))

    def links_of(self, actor: Actor, seen: SeenCase) -> tuple[Case, tuple[Linked, ...], Neighbours]:
        """Return the same of a case *actor* has *seen*; one statement at most."""
        if seen.extent.shown is not None:  # what is shown of it is no more than a document
            return seen.case, (), Neighbours()
        kind = self._rulebook.scheme(seen.case.scheme).kinds[seen.case.kind]
        peers = [PEERS] if is_one_at_a_time(kind) else []
        steps = {
            name: dict[str, Any]() for name in (*(one.name for one in seen.case.links), *peers)
        }
        if not steps:
            return seen.case, (), Neighbours()
        wanted = Wanted(case=seen.case.stream, steps=steps)
        return looking(
            self._store, wanted, lambda standing: self._linked(actor, seen.case, standing)
        )

    def _linked(
        self, actor: Actor, case: Case, standing: Standing
    ) -> tuple[Case, tuple[Linked, ...], Neighbours]:
        case = standing.case(case.stream) or case
        organisation = self.directory.at_least(standing.organisation_version)
        world, heads = self._world(case, standing, organisation), standing.heads[case.cycle]

        def there(link: Link) -> Linked:
            n, theirs = 0, []
            for one in heads.linked(case, link.name):
                is_theirs = isinstance(seen(actor, one, world), SeenCase)
                # That there is a case which is left to others is theirs to know as well.
                n += is_theirs or not is_narrowed(one, world)
                if is_theirs:
                    theirs.append(one)
            return Linked(link=link, n=n, cases=tuple(theirs[:MOST_LINKED]))

        kind = world.kind(case)
        near = heads.peers(case) if is_one_at_a_time(kind) else ()
        theirs = (one for one in near if isinstance(seen(actor, one, world), SeenCase))
        return case, tuple(map(there, case.links)), neighbours(case, theirs, kind)

    def around(
        self,
        actor: Actor,
        seen_case: SeenCase,
        ask: Callable[[Case, World, Callable[[Case], bool]], Told],
    ) -> Told:
        """Return what *ask* says of a case with all that its links lead to, theirs or not.

        The third thing it is told is which cases *actor* sees. One statement for nearly all.
        """
        case = seen_case.case
        wanted = Wanted(case=case.stream, steps={one.name: {} for one in case.links})

        def asked(standing: Standing) -> Told:
            organisation = self.directory.at_least(standing.organisation_version)
            world = self._world(case, standing, organisation)
            return ask(case, world, lambda one: isinstance(seen(actor, one, world), SeenCase))

        return looking(self._store, wanted, asked)

    def led_to(self, actor: Actor, case: Case, link: str) -> list[tuple[Case, Extent | None]]:
        """Return all cases that *link* of *case* leads to, with what *actor* sees; one statement.

        None: nothing, or no more than a document of it.
        """

        def there(standing: Standing) -> list[tuple[Case, Extent | None]]:
            organisation = self.directory.at_least(standing.organisation_version)
            world = self._world(case, standing, organisation)
            return [
                (one, whole_extent(actor, one, world)) for one in world.heads.linked(case, link)
            ]

        return looking(self._store, Wanted(case=case.stream, steps={link: {}}), there)

    def seen_in_lists(self, actor: Actor, rows: Iterable[CycleRow]) -> Mapping[str, Any]:
        """Return what narrows a list query to what *actor*, whom `require` let, sees of rounds."""
        rounds = [self._rulebook.running(row.id) for row in rows]
        return seen_in_lists(actor, rounds, self.asked_about, self.today())

    def seats_of(self, person: str, rows: Iterable[CycleRow]) -> tuple[Seats, ...]:
        """Return where what waits for *person* lies in these rounds."""
        rounds = [self._rulebook.running(row.id) for row in rows]
        return seats_of(person, rounds, self.directory.current(), self.today())

    def may_read(self, actor: Actor, row: CycleRow) -> bool:
        """Tell whether *actor* may read the figures of a round."""
        rules, organisation = self._rulebook.running(row.id), self.directory.current()
        return cycle_read(actor, rules, organisation, self.today()).allowed

    def looks_after(self, actor: Actor, row: CycleRow) -> bool:
        """Tell whether a round they may read is *actor*'s by where it was opened; no statement.

        Not by a part in its cases alone.
        """
        verdict = authorise(actor, "cycle.read", self.asked_about, self.today(), unit=row.unit)
        return verdict.allowed

    def require(self, actor: Actor, operation: str, **about: Any) -> None:
        """Return if *actor* may do *operation*.

        Raises:
            NotAllowed: with the reason.
        """
        organisation = self.directory.current()
        verdict = authorise(actor, operation, organisation, self.today(), **about)
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))
