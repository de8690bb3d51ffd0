"""What somebody may open: of which kinds, in which rounds, at which units.

Kinds that belong to another case are opened from that one, and those of a round with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.workflow.application.boards.look import Look
from services.workflow.application.rulebook import Rules
from services.workflow.domain.authority import authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.openers import why_not_open
from services.workflow.domain.case.rounds import is_nobodys, is_over, may_be_for
from services.workflow.domain.case.world import Heads, World
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.organisation import Post

MOST_UNITS = 200  # that are shown at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Openable:
    """A kind in a round, with the units at which somebody may open a case of it."""

    rules: Rules
    kind: Kind
    units: tuple[str, ...]
    n_more: int  # beyond those that are shown


def kinds_to_open(look: Look) -> Iterator[tuple[Rules, Kind]]:
    """Yield the kinds that the posts of the one who looks may open, the newest round first.

    Every page asks this for its rail, by roles and sorts of units; where, of one kind alone. Rounds
    of one scheme have one answer, which is worked out once.
    """
    known = dict[str, list[Kind]]()
    for rules in look.cycles:
        hash_ = rules.cycle.scheme_hash
        if hash_ not in known:
            known[hash_] = [*_kinds_to_open(look, rules)]
        world = rules.running.world(Heads(), look.organisation, look.now, str)
        yield from ((rules, kind) for kind in known[hash_] if not is_over(kind, world))


def _kinds_to_open(look: Look, rules: Rules) -> Iterator[Kind]:
    candidate = Candidate(look.actor.person or "", look.organisation, look.day)
    world = rules.running.world(Heads(), look.organisation, look.now, str)
    for kind in rules.scheme.kinds.values():
        is_part = kind.origin.parent in rules.scheme.kinds
        offers = (_may_open(candidate, post, kind, world) for post in candidate.posts)
        if not is_part and any(offers):
            yield kind


def _may_open(candidate: Candidate, post: Post, kind: Kind, world: World) -> bool:
    return any(
        candidate.serves_as(post, set(grant.roles))
        and (grant.party != kind.origin.of or may_be_for(kind, post.unit, world))
        for grant in kind.opened_by
    )


def openable(look: Look, rules: Rules, kind: Kind, named: str) -> Openable:
    """Return where the one who looks may open a case of *kind*: units whose name has *named*."""
    organisation, units = look.organisation, list[str]()
    world = rules.running.world(Heads(), organisation, look.now, str)

    def may_open(unit: str) -> bool:
        verdict = authorise(
            look.actor,
            "case.open",
            organisation,
            look.day,
            unit=unit,
            fires=lambda candidate: why_not_open(candidate, kind, unit, None, world)[0],
        )
        return verdict.allowed

    for unit in organisation.subtree(rules.cycle.unit):
        is_meant = named in organisation.units[unit].name and may_open(unit)
        if is_meant and not is_nobodys(kind, unit, world):
            units.append(unit)
    shown = tuple(units[:MOST_UNITS])
    return Openable(rules=rules, kind=kind, units=shown, n_more=len(units) - len(shown))
