"""Recording who stands in for whom, and who is away: by themselves, or by who keeps the people.

The wish is judged as a whole, every fault with its field. That nobody decides about themselves
holds for a deputy too: whose open cases that touches is said when it is recorded, and the acts are
refused.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from schemas.calendar import local_day
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.port import CaseStore
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.leaving import SHOWN, open_cases
from services.workflow.application.organisation_deeds import deeds_of_standing_in
from services.workflow.application.organisation_events import Telling
from services.workflow.application.ports import Bulk
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.application.rulebook import Directory
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Absence, Delegation
from services.workflow.domain.organisation.deputising import (
    Wish,
    faults,
    known,
    lines_of,
    taken_back,
)
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, NotAllowed

RECORD, READ = "deputies.record", "deputies.read"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What came of a wish."""

    changed: bool
    lines: tuple[str, ...]
    warnings: tuple[Blocker, ...]  # what it does not allow, though somebody may expect it to


@dataclass(frozen=True, kw_only=True, slots=True)
class Deputies:
    """The use cases of deputies and absences, on every way in."""

    store: CaseStore
    reads: Reads
    directory: Directory
    sealer: Sealer
    now: Callable[[], datetime]
    system_now: Callable[[], datetime]  # deeds tell when by it

    def record(
        self, actor: Actor | None, wish: Wish, correlation: str = "", *, rehearse: bool = False
    ) -> Recorded:
        """Record *wish* unless it says what is known already; no *actor* is the command line.

        Raises:
            NotAllowed: neither their own nor an administrator's who keeps the people.
            Invalid: with everything that is wrong with it.
            Conflict: somebody else changed the organisation at the same moment.
        """
        if actor is not None:
            self._require(actor, RECORD, wish.entry.person)
        current, today = self.directory.current(), local_day(self.now(), ZONE)
        blockers = tuple(faults(current, wish, today))
        if blockers:
            raise Invalid(blockers)
        found = known(current, wish.entry)
        told = Recorded(
            changed=wish.revoked or found != wish.entry,
            lines=tuple(self._lines(wish)),
            warnings=() if wish.revoked else tuple(self._warnings(wish.entry)),
        )
        if told.changed and not rehearse:
            origin = Origin(client="cli") if actor is None else Origin.of(actor, correlation)
            self._write(taken_back(current, wish, today), origin)
        return told

    def of(
        self, actor: Actor, person: str | None
    ) -> tuple[tuple[Delegation, ...], tuple[Absence, ...]]:
        """Return what ties *person*, of all if None, and is not over: deputies, and absences.

        Raises:
            NotAllowed: neither their own nor an administrator's who keeps the people.
        """
        self._require(actor, READ, person)
        current, today = self.directory.current(), local_day(self.now(), ZONE)
        there = current.standing_in
        delegations = there.delegations() if person is None else there.delegations_of(person)
        absences = there.absences() if person is None else there.absences_of(person)
        return (
            tuple(one for one in delegations if one.until is None or one.until >= today),
            tuple(one for one in absences if one.until is None or one.until >= today),
        )

    def _require(self, actor: Actor, operation: str, person: str | None) -> None:
        day, current = local_day(self.now(), ZONE), self.directory.current()
        verdict = authorise(actor, operation, current, day, person=person)
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))

    def _lines(self, wish: Wish) -> Iterator[str]:
        people = {wish.entry.person, getattr(wish.entry, "deputy", wish.entry.person)}
        names = self.directory.names(sorted(people))
        return lines_of(self.directory.current(), wish, lambda one: names.get(one, ""))

    def _warnings(self, entry: Delegation | Absence) -> Iterator[Blocker]:
        if isinstance(entry, Absence):
            return
        name = self.directory.names([entry.deputy]).get(entry.deputy) or entry.deputy
        theirs = [post.unit for post in self.directory.current().posts_of_ever(entry.deputy)]
        for code, person, units in (
            ("deputy_is_subject", entry.deputy, [entry.unit]),
            ("deputy_of_subject", entry.person, theirs),
        ):
            cases = (one for one in open_cases(self.reads, ListQuery(person=person)))
            numbers = [one.number for one in cases if _decide(units, one)]
            if numbers:
                shown = "、".join(numbers[:SHOWN]) + ("…" if len(numbers) > SHOWN else "")
                params: dict[str, str | int] = {"name": name, "total": len(numbers), "shown": shown}
                yield Blocker(code=code, field="deputy", params=params)

    def _write(self, wish: Wish, origin: Origin) -> None:
        current = self.directory.current()
        told = Telling(
            reads=self.reads,
            sealer=self.sealer,
            now=self.now,
            root=current.root or "",
            origin=origin,
        )
        appends = tuple(told.appends(wish.fact, current.version, (wish.data(),)))
        deeds = deeds_of_standing_in(wish, origin, self.system_now())
        if not self.store.write(Bulk(appends=appends, deeds=deeds)):
            raise Conflict(Blocker(code="stale_version"))


def _decide(units: Collection[str], case: Case) -> bool:
    """Tell whether one of *units* decides about *case*."""
    bodies = {*(audit.body for audit in case.audits), *case.parties.values()}
    return not bodies.isdisjoint(units)
