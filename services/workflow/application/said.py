"""What was said where a case was sent back, for the message that tells its reader so.

The one idea: the notifier asks at the moment of writing, and is answered what the reader would be
shown in a list: nothing that is withheld from them, nothing that was erased, nothing whose reading
leaves a trace. So texts are in no event, and in no database but this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.workflow.application.access import Access
from services.workflow.application.boards.look import Sources, look
from services.workflow.application.boards.returned import Returned, returns
from services.workflow.application.boards.spoken import spoken
from services.workflow.application.firing.port import Wanted
from services.workflow.domain.authority import PAGE_SCOPES, Actor, authorise


@dataclass(frozen=True, kw_only=True)
class Saying:
    """Answers the notifier in a reader's place."""

    access: Access
    sources: Sources

    def said(self, actor: Actor, person: str, came: Mapping[str, int]) -> Mapping[str, Returned]:
        """Return what was said to *person* by case: where it *came* back with that version.

        Missing is what did not, or has gone on since, and what they would not be shown.

        Raises:
            NotAllowed: not a notifier's token.
        """
        self.access.require(actor, "notices.report")
        standing = self.sources.store.standing([Wanted(case=stream) for stream in came])
        organisation = self.access.directory.at_least(standing.organisation_version)
        day, cases = self.access.today(), []
        for stream in came:
            case = standing.case(stream)
            asked = authorise(actor, "notice.said", organisation, day, case=case)
            if case is not None and asked.allowed:
                cases.append(case)
        if not cases:
            return {}
        reader = replace(actor, person=person, scopes=PAGE_SCOPES)
        seen = look(self.sources, reader, self.access.now(), organisation)
        here = [
            (one, spoken(one, self.sources.rulebook.of(one.cycle).scheme, organisation.vocabulary))
            for one in cases
        ]
        found = returns(self.sources, seen, here, most=len(here))
        return {
            one.stream: found[one.id]
            for one in cases
            if one.id in found and found[one.id].version == came[one.stream]
        }
