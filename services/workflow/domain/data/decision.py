"""Decisions of bodies: who met, when, and the minutes' number."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.fields import Day, Identifier, ListOf, ObjectOf, StrictSchema, Text
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import unit_of
from services.workflow.domain.case.world import World
from services.workflow.domain.data.datum import Datum, Filing, Given, Members, Shape
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take

MEMBER = "decisions"
MOST = 10


class AnyBody(StrictSchema):
    """A decision that names the body itself."""

    body = Identifier(required=True)
    date = Day(required=True)
    minutes = Text(required=True, most=100)


class KnownBody(StrictSchema):
    """A decision of the one body whose it is to take."""

    body = Identifier()
    date = Day(required=True)
    minutes = Text(required=True, most=100)


def shape(takes: Sequence[Take], _scheme: Scheme, _tier: str) -> Shape:
    """Return `decisions: [{body, date, minutes}]`; the body may be left out where it is known."""
    needed = sum(not take.optional for take in takes)
    named = all(take.name for take in takes)
    inner = ObjectOf(KnownBody() if named else AnyBody())
    most = len(takes) if named else MOST
    return {MEMBER: ListOf(inner, least=needed if named else 0, most=most, required=needed > 0)}


def record(takes: Sequence[Take], data: Given, filing: Filing) -> Members:
    """Return the decisions that were given; one of a known body is that body's."""
    given = data.get(MEMBER, [])
    bodies = whose(given, known_bodies(takes, filing.case, filing.world))
    told = [_told(one, body) for one, body in zip(given, bodies, strict=True)]
    return {MEMBER: told} if told else {}


def known_bodies(takes: Sequence[Take], case: Case, world: World) -> list[str | None]:
    """Return whose decisions are taken; nothing where any of them may be of any body."""
    if not all(take.name for take in takes):
        return []
    return [unit_of(case, take.name, world) for take in takes]


def whose(given: Sequence[Mapping[str, Any]], bodies: Sequence[str | None]) -> list[str | None]:
    """Return whose each decision is to be: of the body it names, else of the next one left."""
    left, found = list(bodies), list[str | None]()
    for one in given:
        named = one.get("body")
        found.append(named if named in left else None)
        if named in left:
            left.remove(named)
    return [body or (left.pop(0) if left else None) for body in found]


def _told(decision: Mapping[str, Any], body: str | None) -> dict[str, Any]:
    return {
        "body": body or decision.get("body", ""),
        "date": decision["date"].isoformat(),
        "minutes": Words(decision["minutes"]),
    }


DATUM = Datum(what="decision", shape=shape, record=record)
