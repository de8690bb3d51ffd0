"""Striking off: who was put on a roster by mistake is no longer expected, and the row says why.

The row stays, with its number and who stands on it, so whatever was said of rows stays true. What
somebody did cannot be taken back by that: a row of which any coming, going or excuse was told is
not struck.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from schemas import limits
from schemas.fields import (
    Identifier,
    ListOf,
    ObjectOf,
    SomeOf,
    StrictInt,
    StrictSchema,
    Text,
)
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Attendant, Listing, Struck, is_in
from services.workflow.domain.data.datum import Filing, Given
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.refusals import Blocker

REASON = 200
_LINE = re.compile(r"([0-9]{1,6})\s*[,，\t]\s*(\S.*)")


class Strike(NamedTuple):
    """A row that is to be struck off: where that stands in the data, and what it says."""

    place: str
    line: int  # of the file; 0: it is none
    row: int | None  # None: there is no such row
    person: str | None  # who is to stand on it, where that is said
    reason: str


def schema(most: int, file: int) -> Any:
    """Return `{struck: [{row | person, reason}], file}`: of that each line is a row and why."""
    fields: dict[str, Any] = {
        "struck": ListOf(ObjectOf(strike_schema()), most=most),
        "file": Text(least=0, most=file, multiline=True),
    }
    return SomeOf.from_dict(fields, name="Strikes")()


def strike_schema() -> Any:
    """Return `{row | person, reason}`."""
    fields: dict[str, Any] = {
        "row": StrictInt(least=1),
        "person": Identifier(),
        "reason": Text(most=REASON, required=True),
    }
    return StrictSchema.from_dict(fields, name="Strike")()


def is_strikable(one: Attendant, roster: str, case: Case) -> bool:
    """Tell whether a row can be struck off: it stands, and nothing was told of it."""
    return one.struck is None and not is_in(case.moved.get(roster, 0), one.row)


def without(listing: Listing, given: Given, filing: Filing) -> list[Attendant]:
    """Return all rows of *listing*, those that are struck off with the reason."""
    version = filing.case.version + 1  # of the event that will tell of it
    struck = {one.row: Struck(one.reason, version) for one in _strikes(given, listing)}
    return [
        replace(one, struck=struck[one.row]) if one.row in struck else one for one in listing.rows
    ]


def as_text(strikes: Iterable[Mapping[str, Any]]) -> str:
    """Return what a `struck` says as a file, which has one line for each row."""
    return "".join(f"{one['row']}\t{one['reason']}\n" for one in strikes)


def check(roster: Roster, given: Given, place: str, asked: Asked) -> Iterator[Blocker]:
    """Yield what is wrong with what is to be struck off *roster*, all of it at once."""
    case, listing = asked.case, asked.world.listing(asked.case, roster.name)
    if not listing.rows:
        params: dict[str, str | int] = {"roster": roster.name, "label": roster.label}
        yield Blocker(code="roster_lacking", params=params)
        return
    if not given.get("struck") and not given.get("file", "-").strip():
        yield Blocker(code="strikes_nobody", field=f"{place}.file")
    for line, text in _lines(given):
        if _read(text) is None:
            params = {"line": line, "most": REASON}
            yield Blocker(code="strike_unreadable", field=f"{place}.file", params=params)
    seen = set[int | None]()
    for one in _strikes(given, listing):
        code = "row_struck" if one.row in seen else _why_not(one, roster, case, listing)
        if code:
            params = {} if one.row is None else {"row": one.row}
            yield Blocker(code=code, field=place + one.place, params=params)
        else:
            seen.add(one.row)


def _why_not(one: Strike, roster: Roster, case: Case, listing: Listing) -> str:
    """Return why a row is not struck off; "": it is."""
    known = None if one.row is None else listing.by_row.get(one.row)
    if known is None:
        return "not_on_roster" if one.row is None else "row_unlisted"
    if one.person not in (None, known.person):
        return "row_of_another"
    if known.struck is not None:
        return "row_struck"
    return "" if is_strikable(known, roster.name, case) else "row_moved"


def _strikes(given: Given, listing: Listing) -> Iterator[Strike]:
    """Yield what is to be struck off: what is named, then each line that can be read."""
    for index, one in enumerate(given.get("struck", ())):
        named = listing.by_person.get(one.get("person", ""))
        row = one.get("row", None if named is None else named.row)
        yield Strike(f".struck[{index}]", 0, row, one.get("person"), one["reason"])
    for line, text in _lines(given):
        if (told := _read(text)) is not None:
            yield Strike(".file", line, told[0], None, told[1])


def _lines(given: Given) -> Iterator[tuple[int, str]]:
    told = enumerate(given.get("file", "").splitlines(), 1)
    return ((number, text) for number, text in told if text.strip())


def _read(text: str) -> tuple[int, str] | None:
    """Return the row and the reason of a line; None: it cannot be read."""
    found = _LINE.fullmatch(text.strip())
    reason = "" if found is None else found[2].strip()
    if found is None or int(found[1]) == 0 or not limits.is_line(reason, REASON):
        return None
    return int(found[1]), reason
