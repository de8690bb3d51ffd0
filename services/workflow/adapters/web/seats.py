"""Which seats of a roster its page shows: the first of each capacity, one of them whole, or some.

The one idea: a hall of hundreds is counted whole and shown in part. Whoever takes attendance looks
for one person, and to write every row each time costs more than all else of the page.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from services.workflow.application.boards.seats import Body, Seat

FIRST = 30  # of a capacity, where it is not asked for whole


class Shown(NamedTuple):
    """One capacity, and those of its seats that the page shows."""

    number: int  # its place among the capacities, from 1
    body: Body
    seats: tuple[Seat, ...]


def shown_seats(bodies: Iterable[Body], body: str = "", name: str = "") -> Iterator[Shown]:
    """Yield what is shown of each: of the capacity with the number *body* all.

    A *name* narrows all to those who bear it or a part of it, or whose row it is; a capacity
    without any is left out then.
    """
    sought = name.casefold()
    for number, one in enumerate(bodies, 1):
        if sought:
            found = tuple(seat for seat in one.seats if _is(seat, sought))
            if found:
                yield Shown(number, one, found)
        else:
            yield Shown(number, one, one.seats[: None if body == str(number) else FIRST])


def _is(seat: Seat, sought: str) -> bool:
    return sought in seat.name.casefold() or sought == str(seat.attendant.row)
