"""Rosters: who was there. A long list of people goes in by hash and lies beside the log."""

from collections.abc import Sequence

from schemas.canonical import canonical_bytes
from schemas.fields import Identifier, ListOf, ObjectOf, StrictSchema
from services.workflow.domain.data.datum import Datum, Filing, Given, Members, Shape, needed, titled
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take

MEMBER = "rosters"
MOST = 2_000


def shape(takes: Sequence[Take], scheme: Scheme, _tier: str) -> Shape:
    """Return `rosters: {<electorate>: [person]}`."""
    electorates = {one.name: one for poll in scheme.polls.values() for one in poll.electorates}
    entries = {
        take.name: titled(
            ListOf(Identifier(), most=MOST, required=not take.optional),
            electorates[take.name].label if take.name in electorates else "",
        )
        for take in takes
    }
    schema = StrictSchema.from_dict(dict(entries), name="Rosters")
    return {MEMBER: ObjectOf(schema, required=needed(takes))}


def record(takes: Sequence[Take], data: Given, _filing: Filing) -> Members:
    """Return how many are on each roster, and the list as a text to be committed."""
    given = data.get(MEMBER, {})
    told = {take.name: _told(given[take.name]) for take in takes if take.name in given}
    return {MEMBER: told} if told else {}


def _told(people: Sequence[str]) -> Words:
    once = sorted(set(people))
    return Words(canonical_bytes(once).decode(), n_present=len(once))


DATUM = Datum(what="roster", shape=shape, record=record)
