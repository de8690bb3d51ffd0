"""What is wrong with a roster, or with the comings and goings, that an act brings.

All of it at once, of a file each line by its number.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from schemas.limits import is_line
from services.workflow.domain.case.listing import OUT, SPENT_FOR, WRONG_CODE, is_in, moved
from services.workflow.domain.case.within import Asked
from services.workflow.domain.data.datum import Filing
from services.workflow.domain.data.presence import moves_of
from services.workflow.domain.data.roster import GUEST, MOST, capacity_of, lines_of, listed
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.language.model.triggers import Take, Trigger
from services.workflow.domain.refusals import Blocker

_CELLS = 2  # of a line: the capacity, and who it is


def rosters_at_fault(asked: Asked) -> Iterator[Blocker]:
    """Yield what is wrong with the rosters that are brought, beside their shape."""
    for name, given in asked.act.given.get("rosters", {}).items():
        roster = asked.world.scheme.rosters.get(name)
        if roster is None:
            continue
        place = f"data.rosters.{name}"
        yield from _rows(given.get("rows", ()), f"{place}.rows", asked)
        yield from _lines(roster, given.get("file", ""), f"{place}.file")
        if len(listed(roster, given, _filing(asked))) > MOST:
            yield Blocker(code="roster_too_long", field=place, params={"most": MOST})


def _rows(rows: Any, place: str, asked: Asked) -> Iterator[Blocker]:
    for index, row in enumerate(rows):
        if ("person" in row) == ("guest" in row):
            yield Blocker(code="person_or_guest", field=f"{place}[{index}]")
        elif "person" in row and not asked.world.organisation.has_person(row["person"]):
            at = f"{place}[{index}].person"
            yield Blocker(code="not_known", field=at, params={"id": row["person"]})


def _lines(roster: Roster, file: str, place: str) -> Iterator[Blocker]:
    known = ", ".join(one.label for one in roster.capacities)
    for number, cells in lines_of(file):
        params: dict[str, str | int] = {"line": number, "capacities": known}
        if len(cells) != _CELLS or not is_line(cells[1], GUEST):
            yield Blocker(code="roster_line_unreadable", field=place, params=params)
        elif capacity_of(roster, cells[0]) is None:
            yield Blocker(code="roster_line_capacity", field=place, params=params)


def moves_at_fault(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield what is wrong with the comings and goings that are brought."""
    given = asked.act.given.get("presence", {})
    for take in trigger.takes:
        if take.what == "presence" and take.name in given:
            yield from _moves(take, given[take.name], asked)


def _moves(take: Take, given: Any, asked: Asked) -> Iterator[Blocker]:
    case, world, place = asked.case, asked.world, f"data.presence.{take.name}"
    if not case.rosters.get(take.name):
        label = world.scheme.rosters[take.name].label
        yield Blocker(code="roster_lacking", params={"roster": take.name, "label": label})
        return
    listing = world.listing(case, take.name)
    if take.by_code and (case.id, asked.act.person) in world.spent:
        minutes = SPENT_FOR // timedelta(minutes=1)
        yield Blocker(code="code_tries_spent", field=f"{place}.code", params={"minutes": minutes})
        return
    if take.by_code and not listing.accepts(given["code"], case.stream, world.now):
        yield Blocker(code=WRONG_CODE, field=f"{place}.code")
    there = case.there.get(take.name, 0)
    for index, (row, move) in enumerate(moves_of(take, given, _filing(asked))):
        at = place if take.by_code else f"{place}.moves[{index}]"
        if row is None:
            yield Blocker(code="not_on_roster", field=at)
            continue
        if is_in(there, row) is not (move["way"] == OUT):
            code = "already_in" if is_in(there, row) else "not_in"
            yield Blocker(code=code, field=at, params={"row": row})
        if "at" in move and move["at"] > asked.act.effective_at:
            yield Blocker(code="effective_in_future", field=f"{at}.at")
        there = moved(there, row, move["way"])


def _filing(asked: Asked) -> Filing:
    return Filing(case=asked.case, world=asked.world, person=asked.act.person, day=asked.day)
