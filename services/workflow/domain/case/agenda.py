"""What is gone through at a meeting: cases of its agenda alone, each of them once."""

from collections.abc import Iterator

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.rows import placed
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.documents import Case as CaseType
from services.workflow.domain.language.model.guards import Quorum
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker


def off_agenda(asked: Asked) -> Iterator[Blocker]:
    """Yield the rows that name a case which is not on the agenda, or name one again.

    What an act brings is a point of the agenda where it asks for a quorum of the roster.
    """
    named = list(_named(asked))
    links = set(agendas(asked.trigger, asked.world)) if named else ()
    for link in links:
        linked = {one.stream for one in asked.world.heads.linked(asked.case, link)}
        seen = set[str]()
        for field, stream in named:
            if stream not in linked:
                yield Blocker(code="not_on_agenda", field=field, params={"case": stream})
            elif stream in seen:
                yield Blocker(code="heard_before", field=field, params={"case": stream})
            seen.add(stream)


def agendas(trigger: Trigger, world: World) -> Iterator[str]:
    """Yield the links to the cases that *trigger* goes through."""
    for guard in trigger.guards:
        roster = world.scheme.rosters.get(getattr(guard, "roster", ""))
        if isinstance(guard, Quorum) and roster is not None and roster.agenda is not None:
            yield roster.agenda.link


def _named(asked: Asked) -> Iterator[tuple[str, str]]:
    for name, given in asked.act.given.get("documents", {}).items():
        columns = asked.world.scheme.documents[name].columns
        of_cases = [one.name for one in columns if isinstance(one.type, CaseType)]
        for place, row in placed(name, given):
            yield from ((f"{place}.{one}", row[one]) for one in of_cases if row.get(one))
