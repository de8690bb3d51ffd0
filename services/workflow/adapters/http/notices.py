"""/v1/notices: the notifier tells what it sent and what it did not."""

from typing import Any

import orjson
from flask import Response, request
from marshmallow import ValidationError, validates_schema

from schemas.complaints import Complaint
from schemas.facts.beside import WHY_CHANNEL
from schemas.facts.parts import Recipient, Skipped
from schemas.fields import (
    Choice,
    Code,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    Plain,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)
from schemas.limits import SKIPPED
from schemas.streams import Stream
from schemas.upcast import KIND
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import correlation, language, parts, use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, BulkBlueprint
from services.workflow.adapters.http.problems import Problem
from services.workflow.application.notices import Reported

MOST_NOTICES = 500
_OLDER = (KIND, f"{KIND}_version")

blueprint = BulkBlueprint("notices", __name__, description="通知回报 · notices reported back")


class NoticeBody(StrictSchema):
    """One notice, decided. An in-app notice that was sent carries its text: this call is it.

    What it is about is told by `subject` and `version`, or as it was before there were other kinds
    of cases, by `review` and `review_version`.
    """

    notice = Uuid(canonical=True, required=True)
    subject = StreamName(of_case=True)
    version = StrictInt(least=1)
    review = Uuid(canonical=True)
    review_version = StrictInt(least=1)
    state = Code(required=True)
    desk = Code()
    track = Identifier(required=True)
    rung = Plain(required=True)
    kind = Choice(("reminder", "escalation", "urge", "bulletin"), required=True)
    recipient = ObjectOf(Recipient())
    channel = Code(required=True)
    outcome = Choice(("sent", "failed", "unknown", "not_sent"), required=True)
    reason = Code(required=True)
    skipped = ListOf(ObjectOf(Skipped()), most=SKIPPED, load_default=list)
    due_at = Instant()
    planned_at = Instant(required=True)
    decided_at = Instant(required=True)
    policyhash = HexHash(required=True)
    attempts = StrictInt(least=0)
    settled_at = Instant()
    wordshash = HexHash()
    instead_of = Uuid(canonical=True)
    acknowledgement = StrictBool()
    why_channel = Choice(WHY_CHANNEL)
    text = Text(most=10_000, multiline=True)

    @validates_schema(skip_on_field_errors=False)
    def _check_subject(self, item: dict[str, Any], **_: Any) -> None:
        names, others = ("subject", "version"), _OLDER
        if item.keys() & set(others):
            names, others = others, names
        for name in names:
            if name not in item:
                raise ValidationError(Complaint("required"), name)
        for name in others:
            if name in item:
                raise ValidationError(Complaint("unknown_field"), name)


class NoticesBody(StrictSchema):
    """Up to 500 notices."""

    notices = ListOf(ObjectOf(NoticeBody()), least=1, most=MOST_NOTICES, required=True)


@blueprint.route("/v1/notices", methods=["POST"])
@operation("notices.report")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(NoticesBody())
@blueprint.response(200, documents.NOTICE_RESULTS)
def report_notices(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Report notices sent and not sent; each counts once, by its id"""
    items = [_by_subject(item) for item in body["notices"]]
    found = use_cases().notices.report(actor(), items, correlation())
    return Answer(200, orjson.dumps({"results": [_view(one) for one in found]})).response()


_STATUSES = {
    "recorded": 201,
    "known": 200,
    "absent": 404,
    "differs": 422,
    "broken": 500,
    "unavailable": 503,
}


def _by_subject(item: dict[str, Any]) -> dict[str, Any]:
    """Return *item* with what it is about in the newer spelling."""
    if "subject" in item:
        return item
    of, version = (item.pop(name) for name in _OLDER)
    return item | {"subject": str(Stream(KIND, of)), "version": version}


def _view(one: Reported) -> dict[str, Any]:
    if one.failure is not None:
        parts().observer.broke(str(request.url_rule), correlation(), one.failure)
    status = _STATUSES[one.outcome]
    view: dict[str, Any] = {"notice": one.notice, "status": status}
    if one.stands is not None:
        view["recorded"] = {name: one.stands[name] for name in ("outcome", "reason")}
    if one.code:
        view["problem"] = Problem(status=status, code=one.code).document(language())
    return view
