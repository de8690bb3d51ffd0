"""The cases that data name, as far as who brings the data sees them.

The one idea: what may be named is what its writer could open. Lists show nearly all of that in one
statement; what no row tells of is asked for by itself.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from schemas.streams import Stream
from services.workflow.application.access import Access
from services.workflow.application.firing.naming import Naming
from services.workflow.application.ports import CycleRow
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.application.rulebook import Rulebook
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.naming import ANY, Wanted
from services.workflow.domain.case.world import NamedCase, first_day
from services.workflow.domain.data.roster_file import same
from services.workflow.domain.refusals import NotAllowed, NotYours

_MOST_APART = 20  # of one act, asked for one by one
_SOME = 50  # of one kind and unit, of all rounds before


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedCases(Naming):
    """Reads what is named; safe to share between threads."""

    reads: Reads
    access: Access
    rulebook: Rulebook

    def named(self, actor: Actor, case: Case, wanted: Wanted) -> dict[str, NamedCase]:
        """Return by stream what is *wanted* of other cases by data of *case*.

        Two statements, one for each kind that could have been named, and one for each that no list
        shows. Of what could have been named in rounds before the newest are told, not all.
        """
        # A token that may only trigger names what it may trigger: it finds that as well.
        reader = replace(actor, scopes=actor.scopes | {"read"})
        rows = self.reads.cycles()
        sees = self.access.seen_in_lists(reader, rows)
        ids = tuple(sorted(Stream.parse(one).id for one in wanted.streams))
        queries = [ListQuery(ids=ids, limit=len(ids), **sees)] if ids else []
        if wanted.kinds and (before := _before(rows, case.cycle)):
            queries += [
                ListQuery(
                    kind=None if kind == ANY else kind,
                    at=case.unit,
                    cycles=before,
                    sort="-number",
                    limit=_SOME,
                    **sees,
                )
                for kind in sorted(wanted.kinds)
            ]
        listed = (one for query in queries for one in self.reads.list_cases(query, 0).cases)
        found = {one.stream: self._of_its_round(one) for one in listed}
        apart = sorted(wanted.streams - found.keys())[:_MOST_APART]
        return found | {one.case.stream: one for one in self._apart(reader, apart)}

    def bearers(self, names: Collection[str], people: Collection[str]) -> dict[str, frozenset[str]]:
        """Return which of *people* bear one of *names*; a name that was erased is nobody's."""
        found: dict[str, frozenset[str]] = {}
        for person, details in (self.reads.people(sorted(people)) if people else {}).items():
            name = same(details["name"])
            if name in names:
                found[name] = found.get(name, frozenset()) | {person}
        return found

    def _apart(self, reader: Actor, streams: list[str]) -> Iterator[NamedCase]:
        for stream in streams:
            try:
                seen = self.access.case(reader, stream)
            except (NotYours, NotAllowed):
                continue
            if seen.extent.shown is None:
                yield self._of_its_round(seen.case)

    def _of_its_round(self, case: Case) -> NamedCase:
        return NamedCase(case, self.rulebook.running(case.cycle).round)


def _before(rows: Sequence[CycleRow], cycle: str) -> tuple[str, ...]:
    """Return the rounds that begin before *cycle* does."""
    days = {row.id: first_day(row.label) for row in rows}
    return tuple(one for one, day in days.items() if day < days[cycle])
