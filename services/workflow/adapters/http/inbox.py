"""/v1/inbox: a person's own notices; the client acts for them."""

from typing import Any

import orjson
from flask import Response

from schemas.fields import StrictSchema
from schemas.instants import instant
from services.workflow.adapters.http import cursors, documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, place
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, QueryInt
from services.workflow.adapters.http.problems import require_id
from services.workflow.application.places import INBOX
from services.workflow.application.reading import Letter

_INBOX = "inbox"

blueprint = CommandBlueprint("inbox", __name__, description="收件箱 · inbox")


class InboxQuery(StrictSchema):
    """Which page."""

    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


@blueprint.route("/v1/inbox", methods=["GET"])
@operation("inbox.read")
@blueprint.arguments(InboxQuery(), location="query")
@blueprint.response(200, documents.INBOX)
def read_inbox(query: dict[str, Any]) -> Response:
    """Read the notices to the person you act for, unread first, then newest first"""
    after = place(_INBOX, query.get("after"), INBOX)
    page = use_cases().reading.inbox(actor(), query["limit"], after)
    cursor = None if page.next is None else cursors.encode(_INBOX, *page.next)
    items = [_view(letter) for letter in page.letters]
    return Answer(200, orjson.dumps({"items": items, "next": cursor})).response()


@blueprint.route("/v1/inbox/<notice>/read", methods=["POST"])
@operation("inbox.mark")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(204)
def mark_read(_query: dict[str, Any], notice: str) -> Response:
    """Mark a notice as read; again is no harm"""
    use_cases().reading.mark_read(actor(), require_id(notice))
    return Response(status=204)


def _view(letter: Letter) -> dict[str, Any]:
    return {
        "notice": letter.notice,
        "review": letter.case,
        "recorded_at": instant(letter.recorded_at),
        "read_at": None if letter.read_at is None else instant(letter.read_at),
        "text": letter.text,
    }
