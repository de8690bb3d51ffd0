"""Where cases would lie: the units they are anchored at, their parties, desks and links."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cached_property

from schemas.document import Path
from schemas.said import said
from services.workflow.domain.case.parties import resolve
from services.workflow.domain.language.model.lives import Kind, Life, Link
from services.workflow.domain.language.model.parties import (
    Desk,
    NamedUnit,
    Nearest,
    OwnUnit,
)
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.where import (
    AttributeIs,
    AttributeWithin,
    Condition,
    UnitKindIn,
)
from services.workflow.domain.language.walking import every
from services.workflow.domain.organisation import Organisation, Unit
from services.workflow.domain.organisation.parties import Found, is_value, is_within, seats

Note = Callable[[Path, str], None]
Lack = tuple[str, str, str, str]  # sort, kind of case, unit, what: see `Gap`
_NAMED = 5  # units told by name in one sentence
_UNITS = (OwnUnit, NamedUnit, Nearest)
_NOT_OPENED = ("party_missing", "party_ambiguous")


class Placing:
    """One scheme laid over one organisation, as it is on one day."""

    def __init__(self, scheme: Scheme, organisation: Organisation, day: date) -> None:
        self.scheme = scheme
        self.organisation = organisation
        self.day = day
        self.gaps: list[Lack] = []

    def check(self, note: Note) -> None:
        """Note parties that are several units and desks nobody can hold; gather the gaps."""
        for kind in self.scheme.kinds.values():
            self._gather_exempt(kind)
            self.gaps.extend(
                ("post_vacant", kind.name, unit.id, kind.person[0])
                for unit in self.anchors[kind.name]
                if not self._has_subject(kind, unit)
            )
            for life in kind.lives:
                units = [
                    unit for unit in self.anchors[kind.name] if kind.life_of(unit.kind) is life
                ]
                self._check_parties(kind, life, units, note)
                self._check_desks(kind, life, units, note)
                self._gather_empty_links(kind, life, units)

    def expected(self) -> dict[str, int]:
        """Return how many cases open with the round, by kind; asked after `check`."""
        closed = {(kind, unit) for sort, kind, unit, _ in self.gaps if sort in _NOT_OPENED}
        return {
            kind.name: sum(
                self._expected_at(kind, unit)
                for unit in self.anchors[kind.name]
                if (kind.name, unit.id) not in closed
            )
            for kind in self.scheme.kinds.values()
            if kind.origin.form == "each"
        }

    def _expected_at(self, kind: Kind, unit: Unit) -> int:
        if kind.origin.of == "post":
            return len(self.holders(kind, unit))
        return int(self._has_subject(kind, unit))

    def holders(self, kind: Kind, unit: Unit) -> set[str]:
        """Return everybody at *unit* whose post makes them a subject."""
        held = (self.organisation.holders(unit.id, role, self.day) for role in kind.person)
        return {person for people in held for person in people}

    def _has_subject(self, kind: Kind, unit: Unit) -> bool:
        return not kind.person or bool(seats(self.organisation, unit.id, kind.person, self.day))

    # --- Anchors ---

    @cached_property
    def anchors(self) -> Mapping[str, list[Unit]]:
        """The units at which cases of each kind may be anchored, by the kind's name."""
        found: dict[str, list[Unit]] = {}
        waiting = sorted(self.scheme.kinds.values(), key=_depth_of(self.scheme))
        for kind in waiting:
            found[kind.name] = list(dict.fromkeys(self._anchors(kind, found)))
        return found

    def _anchors(self, kind: Kind, known: Mapping[str, list[Unit]]) -> Iterator[Unit]:
        form, of = kind.origin.form, kind.origin.of
        units = self.organisation.units.values()
        if kind.origin.parent:
            units = known.get(kind.origin.parent, [])  # type: ignore[assignment]
        elif form == "one_for":
            units = list(self._bodies(kind, of))  # type: ignore[assignment]
        elif form == "many_for":
            units = [unit for each in _roots(self.scheme) for unit in known.get(each, [])]  # type: ignore[assignment]
        for unit in units:
            life = kind.life_of(unit.kind)
            nobody = of == "post" and not self.holders(kind, unit)  # then nobody is expected
            if (
                life
                and not nobody
                and not self._is_exempt(kind, unit)
                and self._may_ask(kind, life, unit)
            ):
                yield unit

    def _bodies(self, kind: Kind, party: str) -> Iterator[Unit]:
        """Yield the units that other cases' links to *kind* lead to, or that are its party."""
        for unit in self.organisation.units.values():
            for other, life in self._lives_of(unit):
                rules = [
                    life.parties.get(link.party)
                    for link in other.links.values()
                    if link.form == "slot" and link.kind == kind.name
                ] or [life.parties.get(party)]
                for rule in rules:
                    found = (
                        resolve(rule, unit.id, self.organisation).unit
                        if isinstance(rule, _UNITS)
                        else None
                    )
                    if found:
                        yield self.organisation.units[found]

    def _lives_of(self, unit: Unit) -> Iterator[tuple[Kind, Life]]:
        for kind in self.scheme.kinds.values():
            if kind.origin.form == "each" and (life := kind.life_of(unit.kind)):
                yield kind, life

    def _may_ask(self, kind: Kind, life: Life, unit: Unit) -> bool:
        """Tell whether somebody of *unit* may open such a case, where cases are asked for."""
        if kind.origin.form != "on_request":
            return True
        return any(
            isinstance(rule := life.parties.get(grant.party), _UNITS)
            and (found := resolve(rule, unit.id, self.organisation).unit) == unit.id
            and seats(self.organisation, found, grant.roles, self.day)
            for grant in kind.opened_by
        )

    # --- Exemptions, and what is not filled in ---

    def _is_exempt(self, kind: Kind, unit: Unit) -> str:
        for rule in kind.exempt:
            if all(holds(one, unit, of_case=False) for one in rule.where.conditions):
                return rule.label or "exempt"
        return ""

    def _gather_exempt(self, kind: Kind) -> None:
        for unit in self.organisation.units.values():
            if kind.life_of(unit.kind) is None or kind.origin.form != "each":
                continue
            if rule := self._is_exempt(kind, unit):
                self.gaps.append(("exempt", kind.name, unit.id, rule))
            for one in every(kind, AttributeIs):
                self._gather_unknown(kind, unit, one)
            for within in every(kind, AttributeWithin):
                self._gather_unknown(kind, unit, within)

    def _gather_unknown(self, kind: Kind, unit: Unit, one: AttributeIs | AttributeWithin) -> None:
        if unit.attributes.get(one.attribute) is None:
            self.gaps.append(("not_filled_in", kind.name, unit.id, one.attribute))

    # --- Parties ---

    def party(self, life: Life, name: str, unit: str) -> Found | None:
        """Return what the party *name* of a case at *unit* is; None where it is people."""
        rule = life.parties.get(name)
        return resolve(rule, unit, self.organisation) if isinstance(rule, _UNITS) else None

    def _check_parties(self, kind: Kind, life: Life, units: list[Unit], note: Note) -> None:
        for name in sorted(_used(life)):
            rule = life.parties[name]
            found = {unit.id: resolve(rule, unit.id, self.organisation) for unit in units}  # type: ignore[arg-type] # of units, as used
            self._gather_missing(kind, name, found)
            several = {unit: one.candidates for unit, one in found.items() if one.candidates}
            if several:
                told = [f"{unit}: {', '.join(them)}" for unit, them in several.items()]
                note(
                    rule.at,
                    said(
                        "{name} is several units for {kind} of {units}",
                        name=name,
                        kind=kind.name,
                        units=_some(told),
                    ),
                )
            elif found and not any(one.unit for one in found.values()):
                note(rule.at, said("no case of {kind} has a {name}", kind=kind.name, name=name))
        for unit in units:
            for audit in life.audits.get(unit.kind, ()):
                body = resolve(audit.body, unit.id, self.organisation)
                self._gather_missing(kind, audit.stage, {unit.id: body})

    def _gather_missing(self, kind: Kind, name: str, found: Mapping[str, Found]) -> None:
        for unit, one in found.items():
            if one.reason:
                self.gaps.append((one.reason, kind.name, unit, name))

    # --- Desks ---

    def _check_desks(self, kind: Kind, life: Life, units: list[Unit], note: Note) -> None:
        for state in life.states.values():
            for desk in state.desks:
                vacant = [unit for unit in units if not self._held(kind, life, desk, unit)]
                if units and len(vacant) == len(units):
                    tier = said(" of tier {tier}", tier=life.tier) if life.tier else ""
                    whose = said("this desk of {kind}{tier}", kind=kind.name, tier=tier)
                    theirs = any(self._held(kind, life, desk, unit, own=True) for unit in units)
                    note(desk.at, _only_subjects(whose) if theirs else _nobody(whose))
                self.gaps.extend(("vacant", kind.name, unit.id, state.label) for unit in vacant)

    def _held(self, kind: Kind, life: Life, desk: Desk, unit: Unit, *, own: bool = False) -> bool:
        """Tell whether somebody holds *desk*; *own*: be it whoever the case is about."""
        subjects = () if own else self._subjects(kind, unit)
        place: Desk | None = desk
        while place is not None:
            body = self._body(kind, life, place.party, unit)
            # People are found on the day, by what the case holds then.
            if body is None or seats(self.organisation, body, place.roles, self.day, subjects):
                return True
            place = place.otherwise
        return False

    def _subjects(self, kind: Kind, unit: Unit) -> tuple[str, ...]:
        """Return whom a case at *unit* is about, it or the one it belongs to: no desk of theirs."""
        if kind.origin.of == "post":  # each has a case, in which the others are not the subject
            return ()
        found = seats(self.organisation, unit.id, kind.person, self.day)[:1]
        parent = self.scheme.kinds.get(kind.origin.parent)
        return (
            *(seat.people[0] for seat in found),
            *(self._subjects(parent, unit) if parent else ()),
        )

    def _body(self, kind: Kind, life: Life, party: str, unit: Unit) -> str | None:
        """Return the unit of a desk's party; None where it is people, unknown, or told already."""
        if party.startswith("of."):
            parent = self.scheme.kinds.get(kind.origin.parent)
            above = parent.life_of(unit.kind) if parent else None
            if parent is None or above is None:
                return None
            return self._body(parent, above, party.removeprefix("of."), unit)
        found = self.party(life, party, unit.id)
        return found.unit if found else None

    # --- Links ---

    def _gather_empty_links(self, kind: Kind, life: Life, units: list[Unit]) -> None:
        for link in kind.links.values():
            for unit in units:
                if self._leads_to_itself(kind, life, link, unit) or self._leads_nowhere(
                    life, link, unit
                ):
                    self.gaps.append(("link_empty", kind.name, unit.id, link.name))

    def _leads_to_itself(self, kind: Kind, life: Life, link: Link, unit: Unit) -> bool:
        if link.form != "slot" or link.kind != kind.name:
            return False
        found = self.party(life, link.party, unit.id)
        return found is not None and found.unit == unit.id

    def _leads_nowhere(self, life: Life, link: Link, unit: Unit) -> bool:
        found = self.party(life, link.party, unit.id) if link.party else None
        return found is not None and found.unit is None


def _roots(scheme: Scheme) -> list[str]:
    return [kind.name for kind in scheme.kinds.values() if kind.origin.form == "each"]


def _depth_of(scheme: Scheme) -> Callable[[Kind], int]:
    """Return how many kinds stand above one: a child's anchors are its parent's."""

    def depth(kind: Kind) -> int:
        above, n = kind, 0
        while above.origin.form not in ("each", "on_request") and n <= len(scheme.kinds):
            n += 1
            parent = scheme.kinds.get(above.origin.parent)
            if parent is None:
                break
            above = parent
        return n

    return depth


def _used(life: Life) -> set[str]:
    """Return the parties of units that somebody's desk rests on."""
    desks = {desk.party for desk in every(life.states, Desk)}
    return desks & {name for name, rule in life.parties.items() if isinstance(rule, _UNITS)}


def holds(condition: Condition, unit: Unit, *, of_case: bool) -> bool:
    """Tell whether a condition holds of *unit*; *of_case* is said of those about its case."""
    match condition:
        case AttributeIs(attribute, value):
            return bool(is_value(unit, attribute, value))
        case AttributeWithin(attribute, least, below):
            return bool(is_within(unit, attribute, least=least, below=below))
        case UnitKindIn(kinds):
            return unit.kind in kinds
    return of_case


def _some(places: list[str]) -> str:
    units, more = "; ".join(places[:_NAMED]), len(places) - _NAMED
    return said("{units} and {n} more", units=units, n=more) if more > 0 else units


def _nobody(whose: str) -> str:
    return said("nobody can hold {whose} in any unit", whose=whose)


def _only_subjects(whose: str) -> str:
    return said(
        "only whom the case is about could hold {whose}, and not by a role: "
        "give it to a party of people {{subject: true}}",
        whose=whose,
    )
