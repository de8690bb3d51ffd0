"""Parties: who a case has to do with, found from its anchor unit (§2).

A party of *units* is one unit, pinned when the case opens; a party of *people* is found on the day
an act takes effect. Both are named under `parties`, and referred to by that name; a child says
`of.<name>` for its parent's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.workflow.domain.language.model.days import Due
from services.workflow.domain.language.model.placed import Placed

# Parties that no scheme declares, because every case has them.
AUDITING_BODY = "auditing_body"  # the body of the audit the case is in
PASSING_BODY = "passing_body"  # the body that passed its last audit
OPENED_FROM = "opened_from"  # the unit in whose name it was opened
BUILT_IN = (AUDITING_BODY, PASSING_BODY, OPENED_FROM)


@dataclass(frozen=True, slots=True)
class OwnUnit(Placed):
    """`{unit: own}`: the anchor unit itself."""


@dataclass(frozen=True, slots=True)
class NamedUnit(Placed):
    """`{unit: <id>}`."""

    id: str


@dataclass(frozen=True, slots=True)
class Nearest(Placed):
    """`{nearest: <kind>}`: the nearest of a kind on the way up, and, of it, its one child."""

    kind: str
    above: bool = False  # the anchor unit itself does not count
    child: str = ""  # the one unit of this kind directly under it


UnitRule = OwnUnit | NamedUnit | Nearest


@dataclass(frozen=True, slots=True)
class Subject(Placed):
    """`{subject: true}`: the person the case is about."""


@dataclass(frozen=True, slots=True)
class Submitter(Placed):
    """`{submitter: <document or component>}`: who submitted what of it is in force."""

    of: str


@dataclass(frozen=True, slots=True)
class FieldPerson(Placed):
    """`{field: <column>}`: the person named in the row the case was made from, or in its form."""

    column: str


@dataclass(frozen=True, slots=True)
class Related(Placed):
    """`{relation: <name>, of: <party>}`: people with this relation to the unit."""

    relation: str
    party: str


@dataclass(frozen=True, slots=True)
class Everybody(Placed):
    """`{everybody: <party>}`: all who hold a post in the unit."""

    party: str


@dataclass(frozen=True, slots=True)
class OtherSubjects(Placed):
    """`{other_subjects: {under: <party>}}`: subjects of the other cases of the kind there."""

    under: str


@dataclass(frozen=True, slots=True)
class Listed(Placed):
    """`{roster: <name>}`: whoever stands on the case's roster, as it is in force."""

    roster: str


PeopleRule = Subject | Submitter | FieldPerson | Related | Everybody | OtherSubjects | Listed
PartyRule = UnitRule | PeopleRule


@dataclass(frozen=True, slots=True)
class Grant(Placed):
    """Somebody who may act, open, read or vote: a party, in one of these roles.

    *roles* may be empty where the party is people. *cause* stands alone: the trigger is fired by
    another case's event (`{cause: true}`), by nobody else in its name.
    """

    party: str = ""
    roles: tuple[str, ...] = ()
    cause: bool = False


@dataclass(frozen=True, slots=True)
class Desk(Placed):
    """Where a case lies: the first role that somebody holds who is no subject of the case."""

    party: str
    roles: tuple[str, ...] = ()  # in order of preference; empty where the party is people
    name: str = "desk"  # what its signature is known by; several in one state have their own
    otherwise: "Desk | None" = None  # `else`: where it lies if nobody holds the first
    due: Due | None = None  # its own, where a state has several; None: the state's

    def grants(self) -> Iterator[Grant]:
        """Yield who may hold it: the first, then each that is meant `else`."""
        desk: Desk | None = self
        while desk is not None:
            yield Grant(desk.party, desk.roles)
            desk = desk.otherwise


Until = Literal["all", "any"] | int  # how many desks have to sign; a number is `{at_least: n}`
