"""To whom a scheme leaves a case: nobody else is told of it, whatever rung would reach them.

Read of the scheme is what it says under `seen_by`, as `labels` reads its names. People that a
scheme means by name (a submitter, somebody in a row) stand in no event that is kept here: they are
told of such a case while it lies with them, and by no rung above.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from schemas.policy import BULLETIN, Place, at_place
from services.notifier.domain.case import Case, Readers, Stay
from services.notifier.domain.organisation import Delegation, Organisation

_OF = "of."  # in front of a party's name: the parent's
_ORIGINS = ("each", "one_for", "many_for")


@dataclass(frozen=True, slots=True)
class Reader:
    """A party, in one of these roles."""

    party: str
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """To whom something is published: desks, and all who serve at some units and below them."""

    desks: tuple[tuple[str, tuple[str, ...]], ...] = ()  # units, each with roles there
    everybody: tuple[str, ...] = ()  # units


NOBODY = Range()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sights:
    """What one scheme says of who sees its cases."""

    kinds: Mapping[str, tuple[Reader, ...]] = field(default_factory=dict)
    states: Mapping[Place, tuple[Reader, ...]] = field(default_factory=dict)
    about_units: frozenset[str] = frozenset()  # kinds whose cases are about their unit
    # By kind of case, bulletin and range.
    ranges: Mapping[tuple[str, str, str], tuple[Reader, ...]] = field(default_factory=dict)
    everybody: Mapping[str, str] = field(default_factory=dict)  # the unit's party, by the people's

    def range(self, case: Case, name: str, range_: str, known: Mapping[str, Case]) -> Range:
        """Return to whom the bulletin *name* of *case* was published."""
        named = self.ranges.get((case.kind, name, range_), ())
        return Range(
            desks=tuple(
                (unit, one.roles)
                for one in named
                if one.roles  # without, it is no desk
                for unit in _units(case, one.party, known)
            ),
            everybody=tuple(
                unit
                for one in named
                for unit in _units(case, self.everybody.get(one.party, ""), known)
            ),
        )

    def readers(self, case: Case, known: Mapping[str, Case]) -> Readers | None:
        """Return to whom *case* is left as it stands; None: to nobody in particular.

        *known* has those that it belongs to.
        """
        named = at_place(self.states, case.place) or self.kinds.get(case.kind, ())
        if not named:
            return None
        desks = tuple((unit, one.roles) for one in named for unit in _units(case, one.party, known))
        own_unit_reads = any(unit == case.unit for unit, _ in desks)
        if case.parties is None:  # what lies with the unit is not kept from it
            own_unit_reads = any(desk.holder.unit == case.unit for desk in case.desks)
        about_unit = case.kind in self.about_units
        return Readers(desks=desks, own_unit_apart=about_unit and not own_unit_reads)


def read_sights(tree: Mapping[str, Any]) -> Sights:
    """Return what the scheme *tree*, of whatever format, says of who sees what."""
    kinds = {name: body for name, body in _mapping(tree.get("cases")).items() if _mapping(body)}
    return Sights(
        kinds={name: _readers(body) for name, body in kinds.items()},
        states={
            Place(name, str(state.get("name")), tier): _readers(state)
            for name, body in kinds.items()
            for tier, part in [("", body), *_mapping(body.get("tiers")).items()]
            for state in _entries(_mapping(part).get("states"))
            if _readers(state)
        },
        about_units=frozenset(
            name
            for name, body in kinds.items()
            if "person" not in body and any(body.get(one) == "unit" for one in _ORIGINS)
        ),
        ranges={
            (name, str(take["bulletin"]), str(to.get("name"))): _readers(to, "readers")
            for name, body in kinds.items()
            for take in bulletins(body)
            for to in _entries(take.get("ranges"))
        },
        everybody={
            name: str(rule["everybody"])
            for name, rule in _mapping(_mapping(tree.get("parties")).get("people")).items()
            if "everybody" in _mapping(rule)
        },
    )


def bulletins(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what a kind of case publishes, whatever its tier."""
    for part in (body, *_mapping(body.get("tiers")).values()):
        for trigger in _mapping(_mapping(part).get("triggers")).values():
            for take in _entries(_mapping(trigger).get("takes")):
                if BULLETIN in take:
                    yield take


def is_kept_from(person: str, stay: Stay, organisation: Organisation, day: date) -> bool:
    """Tell whether the case is left to others than *person*."""
    readers, case = stay.readers, stay.case
    if readers is None or any(desk.holder.person == person for desk in case.desks):
        return False
    if readers.own_unit_apart and organisation.belongs(person, case.unit, day):
        return True
    own = ((desk.holder.unit, (desk.holder.role,)) for desk in case.desks if not desk.holder.person)
    desks = (*readers.desks, *own)
    if any(organisation.serves(person, unit, roles, day) for unit, roles in desks):
        return False
    voices = organisation.stood_in_for(person, day)
    return not any(_sees_as(one, stay, desks, organisation, day) for one in voices)


def _sees_as(
    one: Delegation,
    stay: Stay,
    desks: Iterable[tuple[str, tuple[str, ...]]],
    organisation: Organisation,
    day: date,
) -> bool:
    """Tell whether a deputy sees the case as whom they stand in for, by what was handed on."""
    readers, case = stay.readers, stay.case
    holders = (desk.holder for desk in case.desks if desk.holder.person == one.person)
    if any(held.unit == one.unit and held.role in one.roles for held in holders):
        return True
    if readers and readers.own_unit_apart and organisation.belongs(one.person, case.unit, day):
        return False
    return any(
        organisation.serves(one.person, unit, one.roles.intersection(roles), day)
        for unit, roles in desks
        if unit == one.unit
    )


def _units(case: Case, party: str, known: Mapping[str, Case]) -> tuple[str, ...]:
    at: Case | None = case
    while at is not None and party.startswith(_OF):
        at, party = known.get(at.of or ""), party.removeprefix(_OF)
    return () if at is None or at.parties is None else at.parties.get(party, ())


def _readers(body: Mapping[str, Any], key: str = "seen_by") -> tuple[Reader, ...]:
    return tuple(
        Reader(str(one.get("party")), tuple(map(str, one.get("roles", ()))))
        for one in _entries(body.get(key))
    )


def _entries(value: Any) -> Iterator[Mapping[str, Any]]:
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    yield from (one for one in listed if isinstance(one, Mapping))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
