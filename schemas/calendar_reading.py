"""Reading a calendar file: all faults at once, each with its line, before anybody counts by it.

A table that is wrong by one day moves deadlines by it, in silence. So what contradicts itself is
refused here, day by day; `WorkingDays` takes what was once read, and looks no closer than it must.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from schemas.calendar import WorkingDays
from schemas.document import Document, Faults
from schemas.instants import BadInstant, parse_day
from schemas.limits import FIRST_YEAR, LAST_YEAR
from schemas.reading import Node, Reading
from schemas.said import said

MOST_YEARS = LAST_YEAR - FIRST_YEAR + 1
MOST_DAYS = 366
_SATURDAY = 5


def read_calendar(document: Document) -> WorkingDays:
    """Return the calendar in *document*.

    Raises:
        Faults: everything that is wrong with it.
    """
    reading = Reading(document)
    root = reading.root()
    for read, key in ((root.identifier, "id"), (root.text, "title"), (root.identifier, "version")):
        read(key)
    years = root.nodes("years", MOST_YEARS)
    if not years and isinstance(root.raw("years"), list):
        root.fault("at least one year is expected", "years")
    before: int | None = None
    for node in years[:MOST_YEARS]:
        year = node.integer("year", FIRST_YEAR, LAST_YEAR)
        if before is not None and year != before + 1:
            node.fault(
                said(
                    "{year} is expected after {before}: no year is left out",
                    year=before + 1,
                    before=before,
                ),
                "year",
            )
        before = year
        _read_year(node, year)
    reading.finish()
    if reading.faults:
        raise Faults(reading.faults)
    return WorkingDays(document.tree)


def _read_year(node: Node, year: int) -> None:
    node.text("source")
    provisional = node.flag("provisional")
    if not node.has("provisional"):
        node.fault("provisional is missing", "provisional")
    if node.raw("published") != "" or not provisional:  # "": nobody has published it yet
        node.day("published")
    off = {day for _, day in _days(node, "holidays", year)}
    for index, day in _days(node, "working_weekends", year):
        if day in off:
            node.fault(said("{day} is a holiday as well", day=day), "working_weekends", index)
        elif day.weekday() < _SATURDAY:
            node.fault(said("{day} is no Saturday or Sunday", day=day), "working_weekends", index)


def _days(node: Node, key: str, year: int) -> Iterator[tuple[int, date]]:
    """Yield the days of a list with their indexes, without those that are at fault."""
    items = node.raw(key)
    if not isinstance(items, list) or len(items) > MOST_DAYS:
        node.fault(said("a list of at most {most_days} days is expected", most_days=MOST_DAYS), key)
        return
    last = date.min
    for index, item in enumerate(items):
        day = _day(item)
        wrong = _why_not(day, year, last)
        if wrong:
            node.fault(wrong, key, index)
        elif day is not None:
            yield index, day
        last = max(last, day or last)


def _day(item: Any) -> date | None:
    try:
        return parse_day(item)
    except BadInstant:
        return None


def _why_not(day: date | None, year: int, last: date) -> str:
    if day is None:
        return "a day is expected, as YYYY-MM-DD"
    if day.year != year:
        return said("{day} is not in {year}", day=day, year=year)
    if day == last:
        return said("{day} is repeated", day=day)
    return (
        said("{day} comes after {last}: days stand in their order", day=day, last=last)
        if day < last
        else ""
    )
