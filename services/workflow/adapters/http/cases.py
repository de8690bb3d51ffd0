"""/v1/cases, and /v1/reviews as the view of one kind: lists, one, its history, acts, and notes.

The one idea: both are the same routes over the same use cases; a `Resource` says in what they
differ.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from flask import Response, request

from schemas.fields import Choice, Code, Identifier, Instant, Pattern, StrictSchema, Uuid
from schemas.limits import CASE_NUMBER, CODE
from services.workflow.adapters.http import cursors, documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer, of_file, of_outcome
from services.workflow.adapters.http.context import correlation, language, parts, use_cases
from services.workflow.adapters.http.firing import fire
from services.workflow.adapters.http.pages import MOST, Cursor, place
from services.workflow.adapters.http.parsing import (
    NO_QUERY,
    CommandBlueprint,
    Expansion,
    QueryBool,
    QueryInt,
)
from services.workflow.adapters.http.problems import require_id
from services.workflow.adapters.http.resource import CASES, REVIEWS, Resource
from services.workflow.adapters.http.texts import of_text
from services.workflow.adapters.http.views import etag, possible_view, splice, with_links
from services.workflow.application.asking import (
    NOTE_BODY,
    TRIGGER_BODY,
    fingerprint,
    require_key,
)
from services.workflow.application.boards import Look
from services.workflow.application.exports import AT_ONCE
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.places import HISTORY, of_cases
from services.workflow.application.ports import Text
from services.workflow.application.reading import commitments, is_readable
from services.workflow.application.reading_ports import ListQuery, Stored
from services.workflow.application.saving import WORDS, File
from services.workflow.application.wayfinding import Names
from services.workflow.application.workbooks import MEDIA
from services.workflow.domain.case.head import Case

SORTS = ("number", "due_at", "-due_at", "entered_at", "-entered_at")
_HISTORY = {"oldest": "history", "newest": "history, newest first"}


class States(Pattern):
    """One or more states, separated by commas."""

    def __init__(self, **rest: Any) -> None:
        accepted = ("以逗号分隔的状态", "states separated by commas")
        super().__init__(f"{CODE}(,{CODE}){{0,19}}", "not_a_code", accepted, **rest)


class ReviewQuery(Expansion):
    """Which ones; all given conditions hold together."""

    number = Pattern(
        CASE_NUMBER,
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


class CaseQuery(ReviewQuery):
    """Which cases, of one kind or of all; all given conditions hold together."""

    kind = Code()


class HistoryQuery(StrictSchema):
    """Which part of a history."""

    refused = QueryBool(load_default=False)
    order = Choice(("oldest", "newest"), load_default="oldest")  # which come first
    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


def routes(resource: Resource, blueprint: CommandBlueprint) -> CommandBlueprint:
    """Return *blueprint* with all routes of *resource*."""
    query = ReviewQuery() if resource.kind else CaseQuery()

    @blueprint.route(resource.path, methods=["GET"])
    @operation("case.list")
    @blueprint.arguments(query, location="query")
    @blueprint.response(200, resource.page)
    def list_cases(query: dict[str, Any]) -> Response:
        """List those you may see"""
        return _list(resource, query)

    @blueprint.route(f"{resource.path}.xlsx", methods=["GET"])
    @operation("case.list")
    @blueprint.arguments(query, location="query")
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA)
    def list_cases_as_workbook(query: dict[str, Any]) -> Response:
        """Take the list that you may see as a workbook, whatever its page: 20,000 lines at most"""
        return _workbook(resource, query)

    @blueprint.route(resource.route, methods=["GET"])
    @operation("case.read")
    @blueprint.arguments(Expansion(), location="query")
    @blueprint.response(200, resource.one, headers=documents.ETAG)
    def get_case(query: dict[str, Any], **path: str) -> Response:
        """Read one; its entity tag is its version"""
        return _get(resource, path[resource.member], query)

    @blueprint.route(f"{resource.route}/events", methods=["GET"])
    @operation("case.events.read")
    @blueprint.arguments(HistoryQuery(), location="query")
    @blueprint.response(200, documents.HISTORY)
    def list_events(query: dict[str, Any], **path: str) -> Response:
        """List what happened to one: its events and notices, and their texts"""
        return _history(resource, path[resource.member], query)

    @blueprint.route(f"{resource.route}/policies/<hash_>", methods=["GET"])
    @operation("case.events.read")
    @blueprint.arguments(NO_QUERY, location="query")
    @blueprint.response(200, {"type": "object"}, headers=documents.TEXT_HEADERS)
    def get_policy(_query: dict[str, Any], hash_: str, **path: str) -> Response:
        """Read a policy that a notice of one names: the canonical bytes of its hash"""
        case = require_id(path[resource.member])
        return of_text(use_cases().told_by.of_case(actor(), case, hash_, resource.kind))

    @blueprint.route(f"{resource.route}/transitions", methods=["GET"])
    @operation("case.transitions.read")
    @blueprint.arguments(NO_QUERY, location="query")
    @blueprint.response(200, documents.POSSIBLE)
    def list_possible(_query: dict[str, Any], **path: str) -> Response:
        """List every trigger, whether you may fire it now, and if not, all that is in the way"""
        return _possible(resource, path[resource.member])

    @blueprint.route(f"{resource.route}/transitions", methods=["POST"])
    @blueprint.doc(
        parameters=[documents.IDEMPOTENCY_KEY, documents.IF_MATCH, documents.ON_BEHALF_OF],
        requestBody={"required": True, "content": {"application/json": {"schema": TRIGGER_BODY}}},
    )
    @blueprint.response(201, resource.fired, headers=documents.ETAG | documents.REPLAYED)
    @blueprint.alt_response(200, schema=resource.fired, description="dry_run: all guards, no event")
    def fire_one(**path: str) -> Response:
        """Fire a trigger; the key makes it safe to send again"""
        # The loop answers nearly all of these before Flask sees them: see loop.py.
        found = path[resource.member]
        return fire(request.environ, resource, found, correlation(), parts()).response()

    # The function itself asks who calls, as its first act.
    fire_one.operation = "case.trigger"

    @blueprint.route(f"{resource.route}/notes", methods=["POST"])
    @operation("case.note")
    @blueprint.arguments(NO_QUERY, location="query")
    @blueprint.arguments(NOTE_BODY)
    @blueprint.doc(parameters=[documents.IDEMPOTENCY_KEY, documents.ON_BEHALF_OF])
    @blueprint.response(201, resource.fired, headers=documents.REPLAYED)
    def add_note(_query: dict[str, Any], body: dict[str, Any], **path: str) -> Response:
        """Add a remark, or remind the holder"""
        return _note(resource, path[resource.member], body)

    return blueprint


def _workbook(resource: Resource, query: Mapping[str, Any]) -> Response:
    asked = replace(_list_query(resource, query), limit=AT_ONCE)
    _require_words(query)
    cases, by = use_cases(), actor()
    look, name = cases.boards.look(by, cases.now()), resource.path.rpartition("/")[2]
    content = cases.exports.cases(
        look,
        lambda after: cases.reading.list_cases(by, replace(asked, after=after)),
        name,
        language(),
        named=cases.wayfinding.names(by) is not None,
    )
    content = cases.exports.handed_out(look, name, content)
    return of_file(File(content=content, plain=f"{name}.xlsx", called=(_called(resource, look),)))


def _called(resource: Resource, look: Look) -> str:
    """Return what a list of its cases is called: as the newest scheme calls their kind."""
    kinds = (one.scheme.kinds.get(resource.kind or "") for one in look.cycles)
    label = next((one.label for one in kinds if one is not None), "")
    return label or WORDS["cases"][language()]


def _require_words(query: Mapping[str, Any]) -> None:
    words = {name: query[name].split(",") for name in ("kind", "state", "tier") if name in query}
    use_cases().wayfinding.require_words(**words)


def _list(resource: Resource, query: Mapping[str, Any]) -> Response:
    sort, asked = query["sort"], _list_query(resource, query)
    _require_words(query)
    page = use_cases().reading.list_cases(actor(), asked)
    names = use_cases().wayfinding.names(actor(), page.cases) if "expand" in query else None
    cursor = None if page.next is None else cursors.encode(sort, *page.next)
    items = [resource.view(case, names) for case in page.cases]
    told = {"items": items, "next": cursor, "total": page.total}
    return Answer(200, orjson.dumps(told)).response()


def _list_query(resource: Resource, query: Mapping[str, Any]) -> ListQuery:
    now, overdue = use_cases().now(), query.get("overdue")
    return ListQuery(
        kind=resource.kind or query.get("kind"),
        cycle=query.get("cycle"),
        numbers=(query["number"],) if query.get("number") else (),
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


def _get(resource: Resource, case: str, query: Mapping[str, Any]) -> Response:
    reading, found = use_cases().reading, require_id(case)
    if resource.kind is None:
        seen, links, near = reading.with_links(actor(), found)
        view = with_links(resource.view(seen, _names(seen, query)), links, near)
    else:
        seen = reading.case(actor(), found, resource.kind)
        view = resource.view(seen, _names(seen, query))
    return Answer(200, orjson.dumps(view), headers=(("ETag", etag(seen)),)).response()


def _names(case: Case, query: Mapping[str, Any]) -> Names | None:
    return use_cases().wayfinding.names(actor(), [case]) if "expand" in query else None


def _history(resource: Resource, case: str, query: Mapping[str, Any]) -> Response:
    order = query["order"]
    history = use_cases().reading.history(
        actor(),
        require_id(case),
        kind=resource.kind,
        limit=query["limit"],
        after=place(_HISTORY[order], query.get("after"), HISTORY),
        refused=query["refused"],
        newest_first=order == "newest",
    )
    items = b",".join(
        _without_data(event)
        if (event.stream, event.version) in history.withheld
        else _item(event, history.texts)
        for event in history.events
    )
    cursor = None if history.next is None else cursors.encode(_HISTORY[order], *history.next)
    return Answer(
        200, b'{"items":[' + items + b'],"next":' + orjson.dumps(cursor) + b"}"
    ).response()


def _without_data(event: Stored) -> bytes:
    """Return that something happened, and by whom, where what it was is left to others."""
    attributes = orjson.loads(event.body)
    attributes.pop("data")
    item: dict[str, Any] = {"event": attributes, "texts": {}, "withheld": True}
    if event.position is not None:
        item["position"] = event.position
    return orjson.dumps(item)


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


def _possible(resource: Resource, case: str) -> Response:
    # Whether there is anything to be seen is asked first: the list would tell that it exists.
    seen = use_cases().reading.case(actor(), require_id(case), resource.kind)
    question = CaseCommand(case=seen.stream, trigger="", actor=actor(), correlation=correlation())
    items = [possible_view(one, language()) for one in use_cases().firing.possible(question)]
    return Answer(200, orjson.dumps({"items": items})).response()


def _note(resource: Resource, case: str, body: dict[str, Any]) -> Response:
    key, by = require_key(request.headers.get("Idempotency-Key")), actor()
    outcome = use_cases().notices.note(
        by,
        require_id(case),
        body["kind"],
        body["text"],
        key,
        fingerprint(f"{resource.path}/{case}/notes", by.person, body),
        correlation(),
        resource.kind,
    )
    return of_outcome(outcome, language(), resource).response()


BLUEPRINTS = (
    routes(CASES, CommandBlueprint("cases", __name__, description="案件 · cases of every kind")),
    routes(REVIEWS, CommandBlueprint("reviews", __name__, description="考核 · reviews")),
)
