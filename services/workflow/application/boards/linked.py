"""The cases that a case leads to: one or many, or none yet."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from services.workflow.application.boards.look import Desk, Look
from services.workflow.application.boards.spoken import Spoken, spoken
from services.workflow.application.rulebook import Rules
from services.workflow.application.seeing import SeenCase, seen
from services.workflow.domain.case.again import Neighbours, is_one_at_a_time, neighbours
from services.workflow.domain.case.head import Case, Link
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.case.world import Heads, World

MOST_SHOWN = 50  # cases of one link


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """One case that a link leads to."""

    case: Case
    state: str  # its label
    desks: tuple[Desk, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Leads:
    """One link, with the cases there that the one who looks may see."""

    label: str  # of the kind it leads to, or of the case it belongs to
    cases: tuple[Linked, ...]
    n_open: int
    n_more: int  # beyond those that are shown
    missing: Literal["", "none_yet", "not_for_it"]  # why there is no case


def leads_of(case: Case, heads: Heads, look: Look, here: Spoken, rules: Rules) -> Iterator[Leads]:
    """Yield where the links of *case* lead, what it belongs to first."""
    world = rules.running.world(heads, look.organisation, look.now, str)
    links = list(case.links)
    if case.of is not None and not any(link.way == "of" for link in links):
        links.insert(0, Link(name="of", kind=case.of.partition("/")[0], way="of"))
    for link in links:
        found = heads.linked(case, link.name) if case.link(link.name) else _parent(case, heads)
        shown = (one for one in found if sees(look, one, world))
        seen = sorted(shown, key=attrgetter("number"))  # as people look for them
        yield Leads(
            label=here.case(link.kind),
            cases=tuple(_linked(one, look, here) for one in seen[:MOST_SHOWN]),
            n_open=sum(one.is_open for one in seen),
            n_more=max(0, len(seen) - MOST_SHOWN),
            missing="" if seen else "not_for_it" if link.empty else "none_yet",
        )


def near_of(case: Case, heads: Heads, look: Look, rules: Rules) -> Neighbours:
    """Return the cases before and after *case* at its place, as far as the one who looks sees."""
    world = rules.running.world(heads, look.organisation, look.now, str)
    kind = world.kind(case)
    near = heads.peers(case) if is_one_at_a_time(kind) else ()
    return neighbours(case, [one for one in near if sees(look, one, world)], kind)


def sees(look: Look, case: Case, world: World) -> bool:
    """Tell whether the one who looks sees *case*; not, where that hangs on what was not read."""
    with suppress(Unread):
        return isinstance(seen(look.actor, case, world), SeenCase)
    return False


def _parent(case: Case, heads: Heads) -> tuple[Case, ...]:
    parent = heads.parent(case)
    return () if parent is None else (parent,)


def _linked(case: Case, look: Look, here: Spoken) -> Linked:
    there = spoken(case, here.scheme, here.vocabulary, look.say)
    return Linked(case=case, state=there.state(case.state), desks=tuple(look.desks(case)))
