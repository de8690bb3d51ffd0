"""A small made-up organisation in which a scheme can be played: one unit of each kind it names.

Which kind stands above which is read off the scheme's own rules: what is `nearest` to somebody
lies above them. At least two people hold each role in each unit, so that four eyes can be found;
where desks lie beside each other one more than there are, as nobody signs two of them. Each
condition on an attribute is true of some unit of each kind that cases are about.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, Self

from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.parties import (
    Desk,
    Grant,
    NamedUnit,
    Nearest,
    PartyRule,
    Related,
)
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.where import (
    AttributeIs,
    AttributeWithin,
    UnitKindIn,
    Where,
)
from services.workflow.domain.language.walking import every
from services.workflow.domain.organisation import Organisation

SINCE = "2000-01-01"
_POWERS = ["act", "note", "open", "read_below", "read_own", "read_refusals", "supervise"]
_ROOT = "top"  # where no kind stands above all others
_ANY = "unit"  # a kind of unit for cases that any unit may have
_SURELY = 100
_AT_LEAST = 2  # of the kinds that cases are about: what compares peers finds some


@dataclass(frozen=True, slots=True)
class _Words:
    """What a scheme asks of an organisation."""

    unit_kinds: frozenset[str]
    roles: tuple[str, ...]
    attributes: frozenset[str]
    relations: frozenset[str]
    units: frozenset[str]

    @classmethod
    def of(cls, scheme: Scheme) -> Self:
        kinds = {kind for _, life in scheme.lives() for kind in life.unit_kinds}
        kinds |= {one.kind for one in every(scheme, Nearest)}
        kinds |= {one.child for one in every(scheme, Nearest) if one.child}
        kinds |= {kind for one in every(scheme, UnitKindIn) for kind in one.kinds}
        roles = {role for one in every(scheme, Grant) for role in one.roles}
        roles |= {role for one in every(scheme, Desk) for role in one.roles}
        roles |= {role for kind in scheme.kinds.values() for role in kind.person}
        attributes = {one.attribute for one in every(scheme, AttributeIs)}
        attributes |= {one.attribute for one in every(scheme, AttributeWithin)}
        return cls(
            unit_kinds=frozenset(kinds),
            roles=tuple(sorted(roles)),
            attributes=frozenset(attributes),
            relations=frozenset(one.relation for one in every(scheme, Related)),
            units=frozenset(one.id for one in every(scheme, NamedUnit)),
        )


def made_up(scheme: Scheme) -> Organisation:
    """Return the organisation that *scheme* asks for."""
    words = _Words.of(scheme)
    above = _above(scheme, words)
    chain = [kind for kind in _in_order(above) if any(kind in over for over in above.values())]
    units = list(_units(scheme, words, above, chain))
    posts = list(_posts(units, words.roles, 1 + _most_desks(scheme)))
    return Organisation.empty().evolve(
        {
            "vocabulary": _vocabulary(scheme, words, {unit["kind"] for unit in units}),
            "units": units,
            "people": [_person(one) for one in sorted({post["person"] for post in posts})],
            "posts": posts,
            "relations": list(_relations(words, units)),
            "dropped": {"units": [], "people": [], "posts": [], "relations": []},
        }
    )


def _rules(scheme: Scheme) -> Iterator[tuple[Life, PartyRule]]:
    for _, life in scheme.lives():
        for rule in life.parties.values():
            yield life, rule
        for audits in life.audits.values():
            for audit in audits:
                yield life, audit.body


def _above(scheme: Scheme, words: _Words) -> Mapping[str, set[str]]:
    """Return by kind of unit the kinds that have to stand above it.

    Where rules contradict each other, what says `above` outweighs what may mean the unit itself;
    unless it is said of all cases, for then it leads nowhere from many of them.
    """
    each = [[*life.parties.values()] for _, life in scheme.lives()]
    of_all = [rule for rule in each[0] if all(rule in some for some in each)]
    weight: dict[tuple[str, str], int] = {}  # (below, above)
    for life, rule in _rules(scheme):
        if not isinstance(rule, Nearest):
            continue
        for kind in life.unit_kinds or (_ANY,):
            if kind != rule.kind:
                pair = (kind, rule.kind)
                surely = rule.above and rule not in of_all
                weight[pair] = weight.get(pair, 0) + (_SURELY if surely else 1)
        if rule.child:
            weight[rule.child, rule.kind] = _SURELY
    found: dict[str, set[str]] = {kind: set() for kind in sorted(words.unit_kinds)}
    for (below, over), heavy in weight.items():
        found.setdefault(over, set())
        if heavy > weight.get((over, below), 0):
            found.setdefault(below, set()).add(over)
    return found


def _in_order(above: Mapping[str, set[str]]) -> list[str]:
    """Return the kinds, those that stand above others first."""
    placed: list[str] = []
    while len(placed) < len(above):
        free = [kind for kind in sorted(above) if kind not in placed and above[kind] <= {*placed}]
        rest = [kind for kind in sorted(above) if kind not in placed]
        placed += free or rest[:1]
    return placed


def _units(
    scheme: Scheme, words: _Words, above: Mapping[str, set[str]], chain: list[str]
) -> Iterator[dict[str, Any]]:
    fillings = list(_fillings(scheme))
    children = {rule.child for _, rule in _rules(scheme) if isinstance(rule, Nearest)}
    trunk = [kind for kind in chain if kind not in children]
    subjects = {kind for _, life in scheme.lives() for kind in life.unit_kinds or (_ANY,)}
    root = _ROOT if not trunk or words.units else trunk[0]
    if root == _ROOT:
        yield _unit(_ROOT, None, trunk[0] if trunk else min(words.unit_kinds, default=_ROOT))
    parent = root
    for kind in trunk[1 if root != _ROOT else 0 :]:
        yield _unit(kind, parent, kind)
        parent = kind
    if root != _ROOT:
        yield _unit(root, None, root)
    for kind in sorted(above):
        if kind in trunk:
            continue
        over = [one for one in trunk if one in above[kind]]
        several = kind in subjects and kind not in children
        for n, filled in enumerate(fillings if several else [{}], start=1):
            yield _unit(f"{kind}.{n}", over[-1] if over else parent, kind, filled)
    if not above and words.attributes:  # no kind is named: it is for units of any
        for n, filled in enumerate(fillings, start=1):
            yield _unit(f"{_ANY}.{n}", root, _ROOT, filled)
    for id_ in sorted(words.units):
        yield _unit(id_, root, min(words.unit_kinds, default=_ROOT))


def _fillings(scheme: Scheme) -> Iterator[dict[str, Any]]:
    """Yield the attributes of each unit of one kind; those that get no case come last."""
    exempt = [_met(one.where) for kind in scheme.kinds.values() for one in kind.exempt]
    rest = {kind.name: replace(kind, exempt=()) for kind in scheme.kinds.values()}
    met = _met(replace(scheme, kinds=rest))
    columns = ([(name, value) for value in values] for name, values in met.items())
    filled = [dict(filter(None, row)) for row in zip_longest(*columns)]
    yield from filled
    for _ in range(_AT_LEAST - len(filled)):
        yield {}
    yield from ({name: values[0] for name, values in one.items()} for one in exempt if one)


def _met(rules: Scheme | Where) -> dict[str, list[Any]]:
    """Return by attribute the values, as a file of the organisation has them, that fulfil rules."""
    met: dict[str, list[Any]] = {}
    for one in every(rules, AttributeIs):
        met.setdefault(one.attribute, []).append(one.value)
    for two in every(rules, AttributeWithin):
        met.setdefault(two.attribute, []).append(_inside(two))
    return {name: list(dict.fromkeys(values)) for name, values in met.items()}


def _inside(bounds: AttributeWithin) -> int | str:
    """Return the value at the edge of *bounds*: the least, or the last below."""
    if bounds.least is not None:
        return bounds.least.isoformat() if isinstance(bounds.least, date) else bounds.least
    if isinstance(bounds.below, date):
        return (bounds.below - timedelta(days=1)).isoformat()
    return (bounds.below or 0) - 1


def _unit(
    id_: str, parent: str | None, kind: str, attributes: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    told = {"id": id_.replace("_", "-"), "name": id_, "kind": kind, "attributes": {**attributes}}
    return told if parent is None else told | {"parent": parent.replace("_", "-")}


def _most_desks(scheme: Scheme) -> int:
    """Return how many desks lie beside each other at most."""
    states = (state for _, life in scheme.lives() for state in life.states.values())
    return max((len(state.desks) for state in states), default=1)


def _posts(
    units: Iterable[dict[str, Any]], roles: Iterable[str], n_each: int
) -> Iterator[dict[str, Any]]:
    for unit in units:
        for role in roles:
            for n in range(1, n_each + 1):
                person = f"{role.replace('_', '-')}.{n}.{unit['id']}"
                yield {"person": person, "unit": unit["id"], "role": role, "from": SINCE}


def _person(id_: str) -> dict[str, Any]:
    return {"id": id_, "details": {"sha256": "0" * 64, "length": 0}}


def _relations(words: _Words, units: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for unit in units if words.roles else ():
        person = f"{words.roles[0].replace('_', '-')}.1.{unit['id']}"
        for name in sorted(words.relations):
            yield {"person": person, "unit": unit["id"], "relation": name, "from": SINCE}


# --- Its words ---


def _vocabulary(scheme: Scheme, words: _Words, kinds: Iterable[str]) -> dict[str, Any]:
    return {
        "kinds": [{"name": kind, "label": kind} for kind in sorted(kinds)],
        "attributes": list(_attributes(scheme, words)),
        "roles": [
            {"name": role, "label": role, "powers": _POWERS, "one": False} for role in words.roles
        ],
        "relations": [{"name": one, "label": one} for one in sorted(words.relations)],
    }


def _attributes(scheme: Scheme, words: _Words) -> Iterator[dict[str, Any]]:
    types = {one.attribute: _type(one) for one in every(scheme, AttributeIs)}
    types |= {one.attribute: _type(one) for one in every(scheme, AttributeWithin)}
    for name in sorted(words.attributes):
        yield {"name": name, "label": name, "type": types.get(name, "flag")}


def _type(condition: AttributeIs | AttributeWithin) -> str:
    if isinstance(condition, AttributeIs):
        return "flag" if isinstance(condition.value, bool) else "choice"
    bound = condition.least if condition.least is not None else condition.below
    return "day" if isinstance(bound, date) else "number"
