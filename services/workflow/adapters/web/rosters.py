"""What an act would do to a roster, for who looks before they act: who is new, who was there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.workflow.adapters.web.browser import Browsers
from services.workflow.application.boards import Names
from services.workflow.application.firing.commands import Answer
from services.workflow.domain.case.listing import Attendant
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.language.model.scheme import Scheme

MOST_NAMED = 200  # of a roster that is long: a page is to be read


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """Some of a roster, by what they come as."""

    n: int
    by_capacity: Mapping[str, list[str]]  # their names; the first of many

    @property
    def n_named(self) -> int:
        return sum(map(len, self.by_capacity.values()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """What would become of one roster."""

    label: str
    new: Named
    there: Named


def foreseen(browsers: Browsers, answer: Answer, scheme: Scheme) -> Iterator[Foreseen]:
    """Yield what a rehearsal says of each roster that it brings somebody to."""
    for name, brought in answer.brought.items():
        roster = scheme.rosters[name]
        shown = (*brought.new[:MOST_NAMED], *brought.there[:MOST_NAMED])
        names = browsers.uses.boards.names(browsers.look(), [one.person for one in shown])
        new, there = (_named(some, roster, names) for some in (brought.new, brought.there))
        yield Foreseen(label=roster.label, new=new, there=there)


def _named(some: Iterable[Attendant], roster: Roster, names: Names) -> Named:
    labels = {one.name: one.label for one in roster.capacities}
    told, found = [*some], defaultdict[str, list[str]](list)
    for one in told[:MOST_NAMED]:
        found[labels[one.capacity]].append(names(one.person) or one.guest)
    return Named(n=len(told), by_capacity=found)
