"""Lines of parents: circles, depth, and the order in which a tree can be built."""

from collections.abc import Mapping

from schemas.limits import PATH_UNITS
from services.workflow.domain.organisation.model import Unit
from services.workflow.domain.organisation.sentences import say

_SHOWN = 8  # units of a circle that a fault spells out


def line_faults(units: Mapping[str, Unit]) -> list[tuple[str, str]]:
    """Return (unit, reason) for each circle, told once, and each branch that is too deep."""
    depth: dict[str, int] = {}  # of units already judged; 0 where a circle lies above
    found: list[tuple[str, str]] = []
    for start in units:
        trail: dict[str, None] = {}  # an ordered set: the units from *start* upwards
        at: str | None = start
        while at is not None and at in units and at not in depth and at not in trail:
            trail[at] = None
            at = units[at].parent
        if at in trail:
            found.append((at, say("parent_ring", circle=_circle(list(trail), at))))
            depth.update(dict.fromkeys(trail, 0))
            continue
        above = depth.get(at or "", 0)
        judged = at is None or above > 0  # not below a circle, nor below an unknown parent
        for unit in reversed(trail):
            above += judged
            depth[unit] = above
            if above == PATH_UNITS + 1:
                found.append((unit, say("too_deep", most=PATH_UNITS)))
    return found


def _circle(trail: list[str], closes_at: str) -> str:
    circle = trail[trail.index(closes_at) :]
    more = ["…"] if len(circle) > _SHOWN else []
    return " → ".join([*circle[:_SHOWN], *more, closes_at])


def parents_first(units: Mapping[str, Unit]) -> dict[str, Unit]:
    """Return the units of one tree with each parent before its children, in the file's order."""
    below: dict[str | None, list[Unit]] = {}
    for unit in units.values():
        below.setdefault(unit.parent, []).append(unit)
    ordered: dict[str, Unit] = {}
    waiting = list(below[None])
    while waiting:
        unit = waiting.pop()
        ordered[unit.id] = unit
        waiting.extend(reversed(below.get(unit.id, [])))
    return ordered
