"""What a case leads to, read together, and what came before it and after it at its place."""

from services.workflow.application.firing.port import CaseStore, Wanted
from services.workflow.application.rulebook import Rulebook
from services.workflow.domain.case.again import is_one_at_a_time
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import OF, PEERS, Steps
from services.workflow.domain.case.world import Heads
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.scheme import Scheme


def linked(store: CaseStore, rulebook: Rulebook, case: Case) -> Heads:
    """Return the cases that the links of *case* lead to; one statement, none where it has none."""
    scheme = rulebook.scheme(case.scheme)
    kind = scheme.kinds[case.kind]
    peers = is_one_at_a_time(kind) or _goes_through_others(kind, scheme)
    names = (link.name for link in case.links)
    steps: Steps = {name: {} for name in (*names, *_up(case), *([PEERS] if peers else ()))}
    if not steps:
        return Heads(cases={case.stream: case}, seen=frozenset())
    standing = store.standing([Wanted(case=case.stream, steps=steps)])
    return standing.heads[case.cycle]


def _up(case: Case) -> tuple[str, ...]:
    return () if case.of is None else (OF,)


def _goes_through_others(kind: Kind, scheme: Scheme) -> bool:
    """Tell whether people gather for cases of *kind* to go through others, in one or another."""
    agendas = {name for name, roster in scheme.rosters.items() if roster.agenda}
    triggers = (one for life in kind.lives for one in life.triggers.values())
    return any(take.name in agendas for one in triggers for take in one.takes)
