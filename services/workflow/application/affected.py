"""Whom a new policy affects, before it is published: cases, people, messages.

The one idea: what runs stays under the policy it has, unless who publishes says otherwise; so what
is shown is what would be otherwise for what runs, if it went to the new one. The notifier tells it,
by the very engine that sends.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from schemas.policy import Policy
from services.workflow.application.boards.plans import (
    NoPlans,
    Planned,
    Plans,
)
from services.workflow.application.editions import Editions
from services.workflow.application.leaving import open_cases
from services.workflow.application.reading_ports import ListQuery, Reads


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What would be otherwise for what runs, were it moved, in some days."""

    until: date
    n_cases: int  # of which anything would be told otherwise
    n_people: int
    n_now: int  # messages about those cases
    n_then: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """What runs under the policies of one scheme."""

    by_kind: Mapping[str, int]  # cases, by what their kind is called
    moved: Moved | None = None  # None: nobody asked, or
    why: str = ""  # why it is not known

    @property
    def n_cases(self) -> int:
        return sum(self.by_kind.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Affected:
    """The use cases of knowing whom a policy affects."""

    reads: Reads
    editions: Editions
    simulate: Callable[[Mapping[str, object]], Plans | NoPlans]  # however long it takes

    def running(self, policy: Policy) -> Running | None:
        """Return what runs that has another policy than this one; None: its scheme had none yet."""
        if policy.scheme not in self.editions.policies():
            return None
        rounds = [one.id for one in self.reads.cycles() if one.scheme == policy.scheme]
        labels = (
            case.label for one in rounds for case in open_cases(self.reads, ListQuery(cycle=one))
        )
        return Running(by_kind=Counter(labels))

    def previewed(self, policy: Policy, since: date, until: date) -> Running | None:
        """Return the same, with what would be told otherwise up to *until* if it moved."""
        found = self.running(policy)
        if found is None or not found.by_kind:
            return found
        text = policy.canonical.decode()
        asked = {"from": since.isoformat(), "to": until.isoformat(), "policy": {"text": text}}
        plans = self.simulate(asked)
        if isinstance(plans, NoPlans):
            return Running(by_kind=found.by_kind, why=plans.code)
        return Running(by_kind=found.by_kind, moved=_moved(plans, until))


def _moved(plans: Plans, until: date) -> Moved:
    fresh = {one.id for one in plans.come}
    now = [*(one for one in plans.now if one.id not in fresh), *plans.gone]
    differing = [*plans.gone, *plans.come]
    cases = {one.case for one in differing}
    return Moved(
        until=until,
        n_cases=len(cases),
        n_people=len({one.person for one in differing if one.person}),
        n_now=_leaving(now, cases),
        n_then=_leaving(plans.now, cases),
    )


def _leaving(lines: Iterable[Planned], cases: Collection[str]) -> int:
    """Count what leaves about *cases*: the notifier plans for every scheme."""
    return sum(one.leaves for one in lines if one.case in cases)
