"""Where a link leads: to the lives of which kind, as far as the file alone can tell."""

from collections.abc import Iterator

from services.workflow.domain.language.model.lives import Kind, Life, Link
from services.workflow.domain.language.model.parties import Nearest, OwnUnit, PartyRule
from services.workflow.domain.language.model.scheme import Scheme


def ancestors(scheme: Scheme, kind: Kind) -> Iterator[str]:
    """Yield the kinds of a case's parent, its parent's, and so on; each once, also in a ring."""
    seen: set[str] = set()
    parent = kind.origin.parent
    while parent in scheme.kinds and parent not in seen:
        seen.add(parent)
        yield parent
        parent = scheme.kinds[parent].origin.parent


def states_of(kind: Kind) -> set[str]:
    """Return every state that some life of *kind* has."""
    return {state for life in kind.lives for state in life.states}


def triggers_of(kind: Kind) -> set[str]:
    """Return every trigger of *kind*."""
    return {trigger for life in kind.lives for trigger in life.triggers}


def leads_to_itself(kind: Kind, life: Life, link: Link) -> bool:
    """Tell whether *link* of every such case is the case itself, and so is empty."""
    if link.form != "slot" or link.kind != kind.name:
        return False
    rule = life.parties.get(link.party)
    if isinstance(rule, OwnUnit):
        return True
    nearest = isinstance(rule, Nearest) and not rule.above and not rule.child
    return nearest and set(life.unit_kinds) == {rule.kind}  # type: ignore[union-attr]


def led_to(scheme: Scheme, kind: Kind, life: Life, link: Link) -> list[tuple[Kind, Life]]:
    """Return the lives that *link* of a case with *life* may lead to; none: it is empty."""
    linked = scheme.kinds.get(link.kind)
    if linked is None or leads_to_itself(kind, life, link):
        return []
    if not linked.tiered:
        return [(linked, linked.lives[0])]
    kinds = _unit_kinds(life, life.parties.get(link.party)) if link.party else ()
    if link.form in ("children", "parent", "peers"):  # of the same anchor
        kinds = life.unit_kinds
    found = [each for each in linked.lives if not kinds or set(kinds) & set(each.unit_kinds)]
    return [(linked, each) for each in found]


def _unit_kinds(life: Life, rule: PartyRule | None) -> tuple[str, ...]:
    """Return the kinds a party's unit may have; none: any."""
    match rule:
        case OwnUnit():
            return life.unit_kinds
        case Nearest(kind, _, child):
            return (child or kind,)
    return ()
