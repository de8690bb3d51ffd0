"""/v1/moved-deadlines: what a calendar would move, for the notifier that simulates with it."""

from typing import Any

import orjson
from flask import Response

from schemas.calendar import WorkingDays
from schemas.calendar_reading import read_calendar
from schemas.complaints import Fault
from schemas.document import Document, Faults
from schemas.fields import StrictSchema
from schemas.instants import instant, parse_instant
from schemas.said import told
from services.workflow.adapters.http import cursors, documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.pages import Cursor, place
from services.workflow.adapters.http.parsing import CommandBlueprint, QueryInt
from services.workflow.adapters.http.problems import malformed
from services.workflow.application.asking import Anything
from services.workflow.application.firing.replanning import MOST_ASKED, Move
from services.workflow.application.moved_deadlines import told_to_clocks
from services.workflow.application.places import DEADLINES
from services.workflow.domain.case.replanning import told_moves

_LIST = "moved-deadlines"

blueprint = CommandBlueprint(
    "moved_deadlines", __name__, description="日历试算 · what a calendar would move"
)


class DeadlinesQuery(StrictSchema):
    """After which of all deadlines, and of how many it is told what moves."""

    limit = QueryInt(least=1, most=MOST_ASKED, load_default=MOST_ASKED)
    after = Cursor()


class CalendarBody(StrictSchema):
    """A calendar, as its file says it."""

    calendar = Anything(required=True, metadata={"description": "A working-day calendar."})


@blueprint.route("/v1/moved-deadlines", methods=["POST"])
@operation("deadlines.moved")
@blueprint.arguments(DeadlinesQuery(), location="query")
@blueprint.arguments(CalendarBody())
@blueprint.response(200, documents.MOVED_DEADLINES)
def ask_moved_deadlines(query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Ask which deadlines importing a calendar would move, and to when; nothing is moved"""
    after = place(_LIST, query.get("after"), DEADLINES)
    page = use_cases().moved_deadlines.under(
        actor(),
        _calendar(body["calendar"]),
        after and (parse_instant(after[0]), after[1]),
        query["limit"],
    )
    items = [
        {"subject": one.case.stream, "data": told_to_clocks(told_moves(one.case, one.moved))}
        for one in page.found
        if isinstance(one, Move)
    ]
    beyond = [
        {"number": one.case.number, "day": one.day}
        for one in page.found
        if not isinstance(one, Move)
    ]
    cursor = page.next and cursors.encode(_LIST, instant(page.next[0]), page.next[1])
    told = {"items": items, "beyond": beyond, "next": cursor}
    return Answer(200, orjson.dumps(told)).response()


def _calendar(tree: Any) -> WorkingDays:
    try:
        return read_calendar(Document(tree))
    except Faults as error:
        raise malformed(
            *(
                Fault(
                    field=f"calendar.{one.path}" if one.path else "calendar",
                    code="not_a_calendar",
                    accepted_zh=told(one.reason, "zh"),
                    accepted_en=told(one.reason, "en"),
                )
                for one in error.faults
            )
        ) from error
