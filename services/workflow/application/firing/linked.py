"""What a case leads to, read together."""

from services.workflow.application.firing.port import CaseStore, Wanted
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import OF, Steps
from services.workflow.domain.case.world import Heads


def linked(store: CaseStore, case: Case) -> Heads:
    """Return the cases that the links of *case* lead to; one statement, none where it has none."""
    steps: Steps = {name: {} for name in (*(link.name for link in case.links), *_up(case))}
    if not steps:
        return Heads(cases={case.stream: case}, seen=frozenset())
    standing = store.standing([Wanted(case=case.stream, steps=steps)])
    return standing.heads[case.cycle]


def _up(case: Case) -> tuple[str, ...]:
    return () if case.of is None else (OF,)
