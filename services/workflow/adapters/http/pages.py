"""What all lists have in common: bounds, cursors, and where a page goes on."""

from typing import Any

from schemas.complaints import Fault
from schemas.fields import Pattern
from services.workflow.adapters.http import cursors
from services.workflow.adapters.http.problems import Problem
from services.workflow.application.places import BadPlace, Place, require_place

MOST = 200


class Cursor(Pattern):
    """The `next` of the page before."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(r"[A-Za-z0-9_-]{8,512}", "bad_cursor", **rest)


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
        fault = Fault(field="after", code="bad_cursor")
        raise Problem(status=400, code="bad_cursor", faults=(fault,)) from error
    return found
