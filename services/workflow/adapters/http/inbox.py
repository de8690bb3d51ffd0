"""/v1/inbox: a person's own notices; the client acts for them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from flask import Response, request

from schemas.facts.beside import KINDS
from schemas.fields import Choice, Code, ListOf, StrictSchema
from schemas.instants import instant
from schemas.limits import WORDS
from services.workflow.adapters.http import cursors, documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer, of_outcome
from services.workflow.adapters.http.context import correlation, language, use_cases
from services.workflow.adapters.http.pages import MOST, Cursor, place
from services.workflow.adapters.http.parsing import NO_QUERY, CommandBlueprint, QueryBool, QueryInt
from services.workflow.adapters.http.problems import require_id
from services.workflow.adapters.http.resource import CASES
from services.workflow.adapters.http.texts import of_text
from services.workflow.application.answers import Asking
from services.workflow.application.asking import (
    PROMISE_BODY,
    SEEN_BODY,
    SNOOZE_BODY,
    fingerprint,
    require_key,
)
from services.workflow.application.places import INBOX
from services.workflow.application.reading import Letter
from services.workflow.application.reading_ports import Sieve

_INBOX = "inbox"

blueprint = CommandBlueprint("inbox", __name__, description="收件箱 · inbox")


class InboxQuery(StrictSchema):
    """Which page, of which notices."""

    unread = QueryBool(load_default=False, metadata={"description": "true: what is unread alone"})
    kind = Choice(KINDS, load_default="")
    limit = QueryInt(least=1, most=MOST, load_default=50)
    after = Cursor()


@blueprint.route("/v1/inbox", methods=["GET"])
@operation("inbox.read")
@blueprint.arguments(InboxQuery(), location="query")
@blueprint.response(200, documents.INBOX)
def read_inbox(query: dict[str, Any]) -> Response:
    """Read the notices to the person you act for, unread first, then newest first"""
    after = place(_INBOX, query.get("after"), INBOX)
    sieve = Sieve(unread=query["unread"], kind=query["kind"])
    page = use_cases().reading.inbox(actor(), query["limit"], after, sieve)
    cursor = None if page.next is None else cursors.encode(_INBOX, *page.next)
    items = [_view(letter) for letter in page.letters]
    return Answer(200, orjson.dumps({"items": items, "next": cursor})).response()


class ChannelsBody(StrictSchema):
    """By which channels one wants to be told beside the inbox; of none: by it alone."""

    channels = ListOf(Code(), most=WORDS, required=True)


@blueprint.route("/v1/inbox/channels", methods=["GET"])
@operation("inbox.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.CHANNELS_CHOSEN)
def read_channels(_query: dict[str, Any]) -> Response:
    """Read by which channels the person you act for wants to be told, and what policies let"""
    return _channels()


@blueprint.route("/v1/inbox/channels", methods=["PUT"])
@operation("inbox.mark")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(ChannelsBody())
@blueprint.response(200, documents.CHANNELS_CHOSEN)
def choose_channels(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Choose by which channels to be told beside the inbox, where the policy lets it"""
    use_cases().channel_choices.choose(actor(), body["channels"], correlation())
    return _channels()


@blueprint.route("/v1/inbox/channels", methods=["DELETE"])
@operation("inbox.mark")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.CHANNELS_CHOSEN)
def leave_channels(_query: dict[str, Any]) -> Response:
    """Leave it to the policy again by which channels to be told"""
    use_cases().channel_choices.choose(actor(), None, correlation())
    return _channels()


def _channels() -> Response:
    offered = use_cases().channel_choices.of(actor())
    lets = [
        {
            "scheme": one.scheme,
            "channels": one.channels,
            "choices": [
                {"channels": each.channels} | ({"rungs": each.rungs} if each.rungs else {})
                for each in one.choices
            ],
        }
        for one in offered.lets
    ]
    body = {"chosen": offered.chosen, "channels": offered.channels, "policies": lets}
    return Answer(200, orjson.dumps(body)).response()


@blueprint.route("/v1/inbox/<notice>/policy", methods=["GET"])
@operation("inbox.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, {"type": "object"}, headers=documents.TEXT_HEADERS)
def get_policy(_query: dict[str, Any], notice: str) -> Response:
    """Read the policy under which a notice was decided: the canonical bytes of its hash"""
    _told, kept = use_cases().told_by.of_notice(actor(), require_id(notice))
    return of_text(kept)


@blueprint.route("/v1/inbox/<notice>/read", methods=["POST"])
@operation("inbox.mark")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(204)
def mark_read(_query: dict[str, Any], notice: str) -> Response:
    """Mark a notice as read; again is no harm"""
    use_cases().answers.read(actor(), [require_id(notice)], correlation())
    return Response(status=204)


@blueprint.route("/v1/inbox/read", methods=["POST"])
@operation("inbox.mark")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(SEEN_BODY)
@blueprint.response(204)
def mark_seen(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Mark the notices that were seen as read, and no other that came meanwhile"""
    use_cases().answers.read(actor(), body["notices"], correlation())
    return Response(status=204)


@blueprint.route("/v1/inbox/<notice>/promise", methods=["POST"])
@operation("inbox.mark")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(PROMISE_BODY)
@blueprint.doc(parameters=[documents.IDEMPOTENCY_KEY, documents.ON_BEHALF_OF])
@blueprint.response(201, CASES.fired, headers=documents.REPLAYED)
def acknowledge(_query: dict[str, Any], body: dict[str, Any], notice: str) -> Response:
    """Promise to be done by a working day: until then nobody is reminded of it"""
    outcome = use_cases().answers.acknowledge(_asking(notice, "promise", body), body["until"])
    return of_outcome(outcome, language(), CASES).response()


@blueprint.route("/v1/inbox/<notice>/snooze", methods=["POST"])
@operation("inbox.mark")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(SNOOZE_BODY)
@blueprint.doc(parameters=[documents.IDEMPOTENCY_KEY, documents.ON_BEHALF_OF])
@blueprint.response(201, CASES.fired, headers=documents.REPLAYED)
def snooze(_query: dict[str, Any], body: dict[str, Any], notice: str) -> Response:
    """Put being reminded off for some working days, with a reason"""
    asking = _asking(notice, "snooze", body)
    outcome = use_cases().answers.snooze(asking, body["working_days"], body["reason"])
    return of_outcome(outcome, language(), CASES).response()


def _asking(notice: str, how: str, body: Mapping[str, Any]) -> Asking:
    by, id_ = actor(), require_id(notice)
    said = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in body.items()
    }
    return Asking(
        actor=by,
        notice=id_,
        key=require_key(request.headers.get("Idempotency-Key")),
        fingerprint=fingerprint(f"/v1/inbox/{id_}/{how}", by.person, said),
        correlation=correlation(),
    )


def _view(letter: Letter) -> dict[str, Any]:
    return {
        "notice": letter.notice,
        "review": letter.case,
        "recorded_at": instant(letter.recorded_at),
        "read_at": None if letter.read_at is None else instant(letter.read_at),
        "text": letter.text,
    }
