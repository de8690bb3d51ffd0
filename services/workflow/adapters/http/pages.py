"""What all lists have in common: bounds, cursors, and where a page goes on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from schemas.complaints import Fault
from schemas.fields import Pattern
from services.workflow.adapters.http import cursors
from services.workflow.adapters.http.problems import Problem
from services.workflow.application.places import IDS, BadPlace, Place, require_place

MOST = 200
Thing = TypeVar("Thing")


class Cursor(Pattern):
    """The `next` of the page before."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(r"[A-Za-z0-9_-]{8,512}", "bad_cursor", **rest)


def cut(
    kind: str, found: Sequence[Thing], id_of: Callable[[Thing], str], limit: int, cursor: str | None
) -> tuple[Sequence[Thing], str | None]:
    """Return a page of *found*, a whole list of ours, and the cursor of the next page.

    Raises:
        Problem: 400 for a cursor that is not ours, or of another list; also where what the page
            before ended with is gone, as nobody could tell what comes after it.
    """
    after, begin = place(kind, cursor, IDS), 0
    if after is not None:
        ids = [id_of(one) for one in found]
        if after[0] not in ids:
            raise _bad_cursor()
        begin = ids.index(after[0]) + 1
    page = found[begin : begin + limit]
    more = begin + limit < len(found)
    return page, cursors.encode(kind, id_of(page[-1])) if more else None


def place(kind: str, cursor: str | None, made_of: Place) -> Any:
    """Return where the page before ended; None for the first page.

    Raises:
        Problem: 400 for a cursor that is not ours, or of another list.
    """
    if cursor is None:
        return None
    try:
        found = cursors.decode(kind, cursor)
        require_place(found, made_of)
    except (cursors.BadCursor, BadPlace) as error:
        raise _bad_cursor() from error
    return found


@contextmanager
def bad_cursor_for(error: type[Exception]) -> Iterator[None]:
    """Answer *error* as a cursor that is not ours: what the page before ended with is gone."""
    try:
        yield
    except error as gone:
        raise _bad_cursor() from gone


def _bad_cursor() -> Problem:
    fault = Fault(field="after", code="bad_cursor")
    return Problem(status=400, code="bad_cursor", faults=(fault,))
