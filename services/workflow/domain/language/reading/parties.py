"""Reading parties, and the desks and grants that name them (§2)."""

from dataclasses import replace
from typing import Any

from schemas.document import Path
from services.workflow.domain.language.model.parties import (
    Desk,
    Everybody,
    FieldPerson,
    Grant,
    Listed,
    NamedUnit,
    Nearest,
    OtherSubjects,
    OwnUnit,
    PeopleRule,
    Related,
    Subject,
    Submitter,
    UnitRule,
)
from services.workflow.domain.language.naming import ID, NAME, PARTY
from services.workflow.domain.language.reading.days import DUE
from services.workflow.domain.language.reading.sight import GRANT
from services.workflow.domain.language.shapes import (
    Catalogue,
    Flag,
    Key,
    Names,
    Present,
    Record,
    Several,
    Variants,
)
from services.workflow.domain.language.shapes import Named as NamedList

_ROLES: Key[tuple[str, ...]] = Key(Names(NAME, most=20), default=())


def _unit(at: Path, unit: str) -> UnitRule:
    return OwnUnit(at=at) if unit == "own" else NamedUnit(unit, at=at)


_NEAREST = Record(
    Nearest,
    {
        "nearest": Key(NAME, to="kind"),
        "above": Key(Flag(), default=False),
        "child": Key(NAME, default=""),
    },
)
_UNIT_RULES: dict[str, Record[Any]] = {
    "unit": Record(_unit, {"unit": Key(ID)}),
    "nearest": _NEAREST,
}
_PEOPLE_RULES: dict[str, Record[Any]] = {
    "subject": Record(lambda at, subject: Subject(at=at), {"subject": Key(Present())}),  # noqa: ARG005
    "submitter": Record(Submitter, {"submitter": Key(NAME, to="of")}),
    "field": Record(FieldPerson, {"field": Key(NAME, to="column")}),
    "relation": Record(Related, {"relation": Key(NAME), "of": Key(PARTY, to="party")}),
    "everybody": Record(Everybody, {"everybody": Key(PARTY, to="party")}),
    "other_subjects": Record(
        lambda at, other_subjects: replace(other_subjects, at=at),
        {"other_subjects": Key(Record(OtherSubjects, {"under": Key(PARTY)}))},
    ),
    "roster": Record(Listed, {"roster": Key(NAME)}),
}
UNIT_RULE: Variants[UnitRule] = Variants("a unit", _UNIT_RULES, defined="unit_rule")
PEOPLE_RULE: Variants[PeopleRule] = Variants("people", _PEOPLE_RULES, defined="people_rule")
PARTY_RULE: Variants[UnitRule | PeopleRule] = Variants(
    "a party", _UNIT_RULES | _PEOPLE_RULES, defined="party_rule"
)

_ELSE = Record(Desk, {"party": Key(PARTY), "roles": _ROLES}, defined="desk_else")
_DESK_KEYS: dict[str, Key[Any]] = {
    "party": Key(PARTY),
    "roles": _ROLES,
    "else": Key(_ELSE, default=None, to="otherwise"),
}
DESK = Record(Desk, _DESK_KEYS, defined="desk")
DESKS = NamedList(
    NAME,
    Record(Desk, {"name": Key(NAME), "due": Key(DUE, default=None), **_DESK_KEYS}),
    least=2,
    most=20,
)

_ACTORS: dict[str, Record[Any]] = {
    "party": GRANT,
    "cause": Record(Grant, {"cause": Key(Present())}),
}
ACTORS: Several[Grant] = Several(Variants("who may act", _ACTORS, defined="actor"), most=20)
UNITS = Catalogue(NAME, UNIT_RULE)
PEOPLE = Catalogue(NAME, PEOPLE_RULE)
OVERRIDES = Catalogue(NAME, PARTY_RULE)
