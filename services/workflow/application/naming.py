"""The cases that data name, as far as who brings the data sees them.

The one idea: what may be named is what its writer could open. Lists show nearly all of that in one
statement; what no row tells of is asked for by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemas.streams import Stream
from services.workflow.application.access import Access
from services.workflow.application.firing.naming import Naming
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.application.rulebook import Rulebook
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.naming import ANY, Wanted
from services.workflow.domain.case.world import NamedCase
from services.workflow.domain.refusals import NotAllowed, NotYours

_MOST_APART = 20  # of one act, asked for one by one
_SOME = 50  # of one kind and unit, of one round


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedCases(Naming):
    """Reads what is named; safe to share between threads."""

    reads: Reads
    access: Access
    rulebook: Rulebook

    def named(self, actor: Actor, case: Case, wanted: Wanted) -> dict[str, NamedCase]:
        """Return by stream what is *wanted* of other cases by data of *case*; few statements.

        Of what could have been named in a round before some are told, not all.
        """
        # A token that may only trigger names what it may trigger: it finds that as well.
        reader = replace(actor, scopes=actor.scopes | {"read"})
        rows = self.reads.cycles()
        sees = self.access.seen_in_lists(reader, rows)
        ids = tuple(sorted(Stream.parse(one).id for one in wanted.streams))
        queries = [ListQuery(ids=ids, limit=len(ids), **sees)] if ids else []
        before = [row.id for row in rows if row.id != case.cycle] if wanted.kinds else []
        queries += [
            ListQuery(
                kind=None if kind == ANY else kind, at=case.unit, cycle=cycle, limit=_SOME, **sees
            )
            for kind in sorted(wanted.kinds)
            for cycle in before
        ]
        listed = (one for query in queries for one in self.reads.list_cases(query, 0).cases)
        found = {one.stream: self._of_its_round(one) for one in listed}
        apart = sorted(wanted.streams - found.keys())[:_MOST_APART]
        return found | {one.case.stream: one for one in self._apart(reader, apart)}

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
