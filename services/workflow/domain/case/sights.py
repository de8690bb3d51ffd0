"""Which other cases a decision looks at, said so that a store can read just those.

Nobody says beforehand what a trigger will look at: guards, days, desks, effects and the guards of
effects would each have to be asked, and a list made of them by hand would one day leave one out. So
a decision that looks at what was not read stops, and says what it was; that is read too, and it is
decided again. Whoever asks next under the same trigger has it read from the start, as a step from
the case on: a link, or one of the words below.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from services.workflow.domain.case.head import Case, Link

# Steps that are no link of the scheme; no name in a scheme begins like them.
HERE = "#"  # the slot at the case's own place
PEERS = "@"  # all of its kind at its unit
CHILDREN = "/"  # of the kind that follows
SHARING = "&"  # all of its kind that have the unit of the party that follows
ALIKE = "*"  # all of its kind in the round
OF = "of"  # the case it belongs to: no link but the one to it has this name

Steps = Mapping[str, Any]  # a step, and the steps from there on


class Sight(NamedTuple):
    """Cases of one round that stand in one relation, or a row beside them."""

    way: str  # of, slot, anchor, children, back, sharing, kind, round; counter, file
    kind: str = ""  # of the cases; of a file the document it was brought for
    unit: str = ""  # where they stand, lead to, or have a party; of a counter the topmost
    name: str = ""  # of their link or party; of a counter; of a file the hash
    of: str = ""  # the stream of a case; of a file the case's id
    to: str = ""  # the kind that a link of theirs leads to


WHOLE = Sight("round")


class Unread(Exception):
    """A decision looked at what was not read."""

    def __init__(self, sight: Sight, case: Case | None = None) -> None:
        super().__init__(f"{sight}")
        self.sight = sight
        self.case = case  # from which it is looked at; None: from no case in particular


Sees = Callable[[Sight, Case], Iterable[Case]]


def sight_of_link(case: Case, link: Link) -> Sight | None:
    """Return what a link leads to; None where it leads nowhere for good."""
    if link.empty:
        return None
    match link.way:
        case "of":
            return None if case.of is None else Sight("of", of=case.of)
        case "children":
            return Sight("children", kind=link.kind, of=case.stream)
        case "back":
            return Sight("back", kind=link.kind, unit=case.unit, name=link.back, to=case.kind)
    return Sight(link.way, kind=link.kind, unit=link.unit or "")


def sight_of(case: Case, step: str) -> Sight | None:
    """Return what *step* leads to from *case*; None where it leads nowhere."""
    match step[0]:
        case "#":
            return Sight("slot", kind=case.kind, unit=case.unit)
        case "@":
            return Sight("anchor", kind=case.kind, unit=case.unit)
        case "/":
            return Sight("children", kind=step[1:], of=case.stream)
        case "&":
            unit = case.parties.get(step[1:], case.unit)
            return Sight("sharing", kind=case.kind, unit=unit, name=step[1:])
        case "*":
            return Sight("kind", kind=case.kind)
    link = case.link(step)
    if link is None:
        return Sight("of", of=case.of) if step == OF and case.of is not None else None
    return sight_of_link(case, link)


def step_to(case: Case, sight: Sight) -> str | None:
    """Return the step that leads from *case* to *sight*; None where none does."""
    for link in case.links:
        if sight_of_link(case, link) == sight:
            return link.name
    others = (HERE, PEERS, ALIKE, OF, CHILDREN + sight.kind, SHARING + sight.name)
    return next((step for step in others if sight_of(case, step) == sight), None)


def walked(case: Case, steps: Steps, sees: Sees) -> Iterator[tuple[Case, tuple[str, ...]]]:
    """Yield the cases that *steps* lead to, *case* first, each with the way there."""
    yield case, ()
    for step, further in steps.items():
        sight = sight_of(case, step)
        for one in () if sight is None else sees(sight, case):
            for found, way in walked(one, further, sees):
                yield found, (step, *way)


def with_way(steps: Steps, way: tuple[str, ...]) -> Steps:
    """Return *steps* with *way* among them."""
    if not way:
        return steps
    first, *rest = way
    return {**steps, first: with_way(steps.get(first, {}), tuple(rest))}
