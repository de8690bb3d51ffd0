"""Presence: who of a roster came in, went out or excused themselves, each with time and reason.

It is told by whoever takes attendance, of many at once; or by everybody of themselves, with the
code that is shown where they meet.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
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
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import (
    EXCUSED,
    IN,
    OUT,
    SPENT_FOR,
    WAYS,
    WRONG_CODE,
    is_in,
    moved,
)
from services.workflow.domain.data.datum import (
    Changes,
    Datum,
    Field,
    Filing,
    Given,
    Members,
    by_name,
    choice,
    nothing,
    titled,
)
from services.workflow.domain.data.roster import label_of
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take
from services.workflow.domain.language.shapes import Flag, Key
from services.workflow.domain.refusals import Blocker

MOST = 500  # comings and goings in one act
CODE = 12
REASON = 500
NEVER = datetime.min.replace(tzinfo=UTC)


def _shape(takes: Sequence[Take], scheme: Scheme, _tier: str) -> Field:
    """Return `{<roster>: {moves}}`, or `{code, way, why}` of one's own."""
    entries = {
        take.name: titled(
            ObjectOf(_schema(scheme.rosters[take.name], take), required=not take.optional),
            scheme.rosters[take.name].label,
        )
        for take in takes
    }
    return by_name("Presence", entries, takes)


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


def _record(takes: Sequence[Take], given: Given, filing: Filing) -> Members:
    """Return who moved, and how many are there afterwards of how many."""
    return {
        take.name: _told(take, given[take.name], filing) for take in takes if take.name in given
    }


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


def _check(takes: Iterable[Take], asked: Asked) -> Iterator[Blocker]:
    """Yield what is wrong with the comings and goings that are brought."""
    given = asked.act.given["presence"]
    for take in takes:
        if take.name in given:
            yield from _moves(take, given[take.name], asked)


def _moves(take: Take, given: Any, asked: Asked) -> Iterator[Blocker]:
    filing = Filing(case=asked.case, world=asked.world, person=asked.act.person, day=asked.day)
    case, world, place = asked.case, asked.world, f"data.presence.{take.name}"
    if not case.rosters.get(take.name):
        label = label_of(take, world.scheme, "")
        yield Blocker(code="roster_lacking", params={"roster": take.name, "label": label})
        return
    listing = world.listing(case, take.name)
    if take.by_code and (case.id, asked.act.person) in world.spent:
        minutes = SPENT_FOR // timedelta(minutes=1)
        yield Blocker(code="code_tries_spent", field=f"{place}.code", params={"minutes": minutes})
        return
    if take.by_code and not listing.accepts(given["code"], case.stream, world.now):
        yield Blocker(code=WRONG_CODE, field=f"{place}.code")
    there, moves = case.there.get(take.name, 0), dict[int, datetime]()  # the last of each
    for index, (row, move) in enumerate(moves_of(take, given, filing)):
        at = place if take.by_code else f"{place}.moves[{index}]"
        if row is None:
            yield Blocker(code="not_on_roster", field=at)
            continue
        if listing.by_row[row].struck is not None:
            yield Blocker(code="row_struck", field=at, params={"row": row})
            continue
        if move.get("person", listing.by_row[row].person) != listing.by_row[row].person:
            yield Blocker(code="row_of_another", field=f"{at}.person", params={"row": row})
        if move["way"] != IN and "why" not in move and "reason" not in move:
            yield Blocker(code="absence_unexplained", field=f"{at}.why", params={"row": row})
        if is_in(there, row) is not (move["way"] == OUT):
            code = "already_in" if is_in(there, row) else "not_in"
            yield Blocker(code=code, field=at, params={"row": row})
        # Somebody who has moved before does so after that; a signed sheet tells of first times.
        ever = case.effective_at if is_in(case.moved.get(take.name, 0), row) else NEVER
        yield from _untimely(row, move, moves.get(row, ever), at, asked)
        there = moved(there, row, move["way"])
        moves[row] = move.get("at", asked.act.effective_at)


def _untimely(row: int, move: Given, last: datetime, at: str, asked: Asked) -> Iterator[Blocker]:
    when = move.get("at", asked.act.effective_at)
    if when > asked.act.effective_at:
        yield Blocker(code="effective_in_future", field=f"{at}.at")
    elif when < last:
        earliest: dict[str, str | int] = {"row": row, "earliest": instant(last)}
        yield Blocker(code="moved_later", field=f"{at}.at", params=earliest)
    elif asked.world.day(when) < (first := _first_day(move["way"], asked)):
        earliest = {"date": first.isoformat()}
        yield Blocker(code="moved_too_early", field=f"{at}.at", params=earliest)


def _first_day(way: str, asked: Asked) -> date:
    """Return the first local day on which somebody can have come, gone or excused themselves.

    Nobody comes before the day for which the meeting is planned; an excuse is told before it.
    """
    opened = asked.world.day(asked.case.opened_at)
    return opened if way == EXCUSED else min(asked.case.planned.values(), default=opened)


def _fold(case: Case, told: Any, _actor: str | None) -> Changes:
    there, ever, heard = dict(case.there), dict(case.moved), set(case.heard)
    for name, one in told.items():
        for move in one.get("moves", ()):
            there[name] = moved(there.get(name, 0), move["row"], move["way"])
            ever[name] = moved(ever.get(name, 0), move["row"], IN)
        heard.update(one.get("heard", ()))
    return {"there": there, "moved": ever, "heard": frozenset(heard)}


DATUM = Datum(
    what="presence",
    member="presence",
    keys={"by_code": Key(Flag(), default=False)},
    known=lambda scheme: scheme.rosters,
    noun="roster",
    label=label_of,
    phrase=lambda take: ("presence_by_code" if take.by_code else "presence", {}),
    shape=_shape,
    check=_check,
    proves=lambda take: take.by_code,
    record=_record,
    fold=_fold,
    handed=nothing,
    carried=nothing,
)
