"""Decisions of bodies: who met, when, and the minutes' number."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas.fields import Day, Identifier, ListOf, ObjectOf, StrictSchema, Text
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import unit_of
from services.workflow.domain.case.world import World
from services.workflow.domain.data.datum import Changes, Datum, Field, Filing, needed
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take
from services.workflow.domain.language.naming import PARTY
from services.workflow.domain.language.shapes import Either, Present
from services.workflow.domain.refusals import Blocker

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


def _shape(takes: Sequence[Take], _scheme: Scheme, _tier: str) -> Field:
    """Return `[{body, date, minutes}]`; the body may be left out where it is known."""
    n_needed = sum(not take.optional for take in takes)
    named = all(take.name for take in takes)
    inner = ObjectOf(KnownBody() if named else AnyBody())
    most = len(takes) if named else MOST
    return ListOf(inner, least=n_needed if named else 0, most=most, required=needed(takes))


def _record(
    takes: Sequence[Take], given: Sequence[Mapping[str, Any]], filing: Filing
) -> list[dict[str, Any]]:
    """Return the decisions that were given; one of a known body is that body's."""
    bodies = whose(given, known_bodies(takes, filing.case, filing.world))
    return [_told(one, body) for one, body in zip(given, bodies, strict=True)]


def _check(takes: Iterable[Take], asked: Asked) -> Iterator[Blocker]:
    """Yield the decisions that name another body than the one whose they are to be."""
    given = asked.act.given[MEMBER]
    bodies = whose(given, known_bodies(list(takes), asked.case, asked.world))
    for index, (decision, body) in enumerate(zip(given, bodies, strict=True)):
        if body is not None and decision.get("body", body) != body:
            place = f"data.{MEMBER}[{index}].body"
            yield Blocker(code="other_body", field=place, params={"body": body})


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


def _fold(case: Case, told: Any, _actor: str | None) -> Changes:
    return {"decisions": (*case.decisions, *((one["body"], one["date"]) for one in told))}


def _along(told: Any, names: Collection[str], takes: Sequence[Take]) -> Any:
    """Return all decisions where the body of any is named: they are told apart by nothing else."""
    return told if any(take.name in names for take in takes) else []


DATUM = Datum(
    what="decision",
    member=MEMBER,
    name=Either(flag=Present(), text=PARTY),  # `decision: true` is any body's
    of_party=True,
    shape=_shape,
    check=_check,
    record=_record,
    fold=_fold,
    handed=_along,
    carried=_along,
)
