"""/v1/reviews: lists, one review, and its history."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response

from schemas.fields import Choice, Identifier, Instant, Pattern, StrictSchema, Uuid
from schemas.limits import CODE
from services.workflow.adapters.http import cursors, documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, place
from services.workflow.adapters.http.parsing import (
    CommandBlueprint,
    Expansion,
    QueryBool,
    QueryInt,
)
from services.workflow.adapters.http.problems import require_id
from services.workflow.adapters.http.views import etag, review_view, splice
from services.workflow.application.places import HISTORY, of_cases
from services.workflow.application.ports import Text
from services.workflow.application.reading import commitments, is_readable
from services.workflow.application.reading_ports import ListQuery, Stored

SORTS = ("number", "due_at", "-due_at", "entered_at", "-entered_at")
_HISTORY = {"oldest": "history", "newest": "history, newest first"}

blueprint = CommandBlueprint("reviews", __name__, description="考核 · reviews")


class States(Pattern):
    """One or more states, separated by commas."""

    def __init__(self, **rest: Any) -> None:
        accepted = ("以逗号分隔的状态", "states separated by commas")
        super().__init__(f"{CODE}(,{CODE}){{0,19}}", "not_a_code", accepted, **rest)


class ReviewQuery(Expansion):
    """Which reviews; all given conditions hold together."""

    number = Pattern(
        r"[A-Za-z0-9._/-]{1,80}",
        "not_an_identifier",
        ("案号，如 2019-C-0417", "a number, such as 2019-C-0417"),
    )
    cycle = Uuid(canonical=True)
    state = States()
    tier = Identifier()
    unit = Identifier()  # with its subtree
    person = Identifier()
    holder = Identifier()  # a unit, or a person with the desks they hold
    overdue = QueryBool()
    due_before = Instant()
    due_after = Instant()
    suspended = QueryBool()
    sort = Choice(SORTS, load_default="number")
    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


class HistoryQuery(StrictSchema):
    """Which part of a history."""

    refused = QueryBool(load_default=False)
    order = Choice(("oldest", "newest"), load_default="oldest")  # which come first
    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


@blueprint.route("/v1/reviews", methods=["GET"])
@operation("review.list")
@blueprint.arguments(ReviewQuery(), location="query")
@blueprint.response(200, documents.REVIEWS)
def list_reviews(query: dict[str, Any]) -> Response:
    """List the reviews you may see"""
    sort, asked = query["sort"], _list_query(query)
    use_cases().wayfinding.require_words(asked.states, asked.tier)
    page = use_cases().reading.list_reviews(actor(), asked)
    names = use_cases().wayfinding.names(actor(), page.cases) if "expand" in query else None
    cursor = None if page.next is None else cursors.encode(sort, *page.next)
    return Answer(
        200,
        orjson.dumps(
            {
                "items": [review_view(review, names) for review in page.cases],
                "next": cursor,
                "total": page.total,
            }
        ),
    ).response()


def _list_query(query: Mapping[str, Any]) -> ListQuery:
    now, overdue = use_cases().now(), query.get("overdue")
    return ListQuery(
        cycle=query.get("cycle"),
        number=query.get("number"),
        states=tuple(query["state"].split(",")) if "state" in query else (),
        tier=query.get("tier"),
        unit=query.get("unit"),
        person=query.get("person"),
        holder_unit=query.get("holder"),
        overdue_at=now if overdue else None,
        not_overdue_at=now if overdue is False else None,
        due_before=query.get("due_before"),
        due_after=query.get("due_after"),
        suspended=query.get("suspended"),
        sort=query["sort"],
        limit=query["limit"],
        after=place(query["sort"], query.get("after"), of_cases(query["sort"])),
    )


@blueprint.route("/v1/reviews/<review>", methods=["GET"])
@operation("review.read")
@blueprint.arguments(Expansion(), location="query")
@blueprint.response(200, documents.REVIEW, headers=documents.ETAG)
def get_review(query: dict[str, Any], review: str) -> Response:
    """Read one review; its entity tag is its version"""
    found = use_cases().reading.review(actor(), require_id(review))
    names = use_cases().wayfinding.names(actor(), [found]) if "expand" in query else None
    body, tag = orjson.dumps(review_view(found, names)), ("ETag", etag(found))
    return Answer(200, body, headers=(tag,)).response()


@blueprint.route("/v1/reviews/<review>/events", methods=["GET"])
@operation("review.events.read")
@blueprint.arguments(HistoryQuery(), location="query")
@blueprint.response(200, documents.HISTORY)
def list_events(query: dict[str, Any], review: str) -> Response:
    """List what happened to a review: its events and notices, and their texts"""
    order = query["order"]
    history = use_cases().reading.history(
        actor(),
        require_id(review),
        limit=query["limit"],
        after=place(_HISTORY[order], query.get("after"), HISTORY),
        refused=query["refused"],
        newest_first=order == "newest",
    )
    items = b",".join(_item(event, history.texts) for event in history.events)
    cursor = None if history.next is None else cursors.encode(_HISTORY[order], *history.next)
    return Answer(
        200, b'{"items":[' + items + b'],"next":' + orjson.dumps(cursor) + b"}"
    ).response()


def _item(event: Stored, texts: Mapping[bytes, Text]) -> bytes:
    joined = {
        path: texts[sha256].content.decode() if sha256 in texts else None
        for path, sha256 in commitments(event.body)
    }
    item: dict[str, Any] = {"texts": joined}
    if not is_readable(event.body):
        item["unreadable"] = True
    if event.position is not None:
        item["position"] = event.position
    return splice(orjson.dumps(item), "event", event.body)
