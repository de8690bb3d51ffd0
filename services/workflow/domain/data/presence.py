"""Presence: who of a roster came in, went out or excused themselves, each with time and reason.

It is told by whoever takes attendance, of many at once; or by everybody of themselves, with the
code that is shown where they meet.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from schemas.fields import (
    Choice,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    StrictInt,
    StrictSchema,
    Text,
)
from schemas.instants import instant
from services.workflow.domain.case.listing import IN, WAYS, moved
from services.workflow.domain.data.datum import (
    Datum,
    Filing,
    Given,
    Members,
    Shape,
    choice,
    needed,
    titled,
)
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take

MEMBER = "presence"
MOST = 500  # comings and goings in one act
CODE = 12
REASON = 500


def shape(takes: Sequence[Take], scheme: Scheme, _tier: str) -> Shape:
    """Return `presence: {<roster>: {moves}}`, or `{code, way, why}` of one's own."""
    entries = {
        take.name: titled(
            ObjectOf(_schema(scheme.rosters[take.name], take), required=not take.optional),
            scheme.rosters[take.name].label,
        )
        for take in takes
    }
    schema = StrictSchema.from_dict(dict(entries), name="Presence")
    return {MEMBER: ObjectOf(schema, required=needed(takes))}


def _schema(roster: Roster, take: Take) -> Any:
    why = choice(roster.reasons, required=False)
    if take.by_code:
        own = {"code": Text(most=CODE, required=True), "way": Choice(WAYS[:2]), "why": why}
        return StrictSchema.from_dict(dict(own), name="OwnMove")()
    move = {
        "row": StrictInt(least=1),
        "person": Identifier(),
        "way": Choice(WAYS, required=True),
        "why": why,
        "at": Instant(),
        "reason": Text(most=REASON, multiline=True),
    }
    moves = ListOf(
        ObjectOf(StrictSchema.from_dict(dict(move), name="Move")),
        least=1,
        most=MOST,
        required=True,
    )
    return StrictSchema.from_dict({"moves": moves}, name="Moves")()


def record(takes: Sequence[Take], data: Given, filing: Filing) -> Members:
    """Return who moved, and how many are there afterwards of how many."""
    given = data.get(MEMBER, {})
    told = {
        take.name: _told(take, given[take.name], filing) for take in takes if take.name in given
    }
    return {MEMBER: told} if told else {}


def _told(take: Take, given: Given, filing: Filing) -> Mapping[str, Any]:
    moves = [_plain(row, move) for row, move in moves_of(take, given, filing) if row is not None]
    there = reduce(
        lambda so_far, one: moved(so_far, one["row"], one["way"]),
        moves,
        filing.case.there.get(take.name, 0),
    )
    expected = filing.case.rosters.get(take.name, 0)
    return {"n_present": there.bit_count(), "n_expected": expected, "moves": moves}


def moves_of(take: Take, given: Given, filing: Filing) -> Iterator[tuple[int | None, Given]]:
    """Yield what each move says, and the row it is about; None: there is no such row."""
    listing = filing.world.listing(filing.case, take.name)
    if take.by_code:
        own = listing.by_person.get(filing.person or "")
        yield None if own is None else own.row, {"way": IN, **given}
        return
    for move in given.get("moves", ()):
        named = listing.by_person.get(move.get("person", ""))
        row = move.get("row", None if named is None else named.row)
        yield row if row in listing.by_row else None, move


def _plain(row: int, move: Given) -> Mapping[str, Any]:
    told: dict[str, Any] = {"row": row, "way": move["way"]}
    if "why" in move:
        told["why"] = move["why"]
    if "at" in move:
        told["at"] = instant(move["at"])
    if "reason" in move:
        told["reason"] = Words(move["reason"])
    return told


DATUM = Datum(what="presence", shape=shape, record=record)
