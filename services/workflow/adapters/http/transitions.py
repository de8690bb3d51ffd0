# ruff: noqa: ARG002 -- the signatures are marshmallow's and webargs'
"""/v1/reviews/{id}/transitions and /v1/transitions: firing triggers, one or a thousand."""

from collections import Counter
from collections.abc import Iterator, Mapping
from http.client import CREATED
from typing import Any

import orjson
from flask import Response, request
from marshmallow import ValidationError

from schemas.complaints import Complaint
from schemas.fields import ListOf, ObjectOf, StrictSchema
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer, result_of, result_of_problem
from services.workflow.adapters.http.commands import BulkCommand, one_of_many
from services.workflow.adapters.http.context import correlation, language, parts, use_cases
from services.workflow.adapters.http.firing import fire
from services.workflow.adapters.http.parsing import NO_QUERY, BulkBlueprint
from services.workflow.adapters.http.problems import Problem, blocker_view, of_refusal, require_id
from services.workflow.application.asking import TRIGGER_BODY, Circumstances
from services.workflow.application.commands import Command
from services.workflow.application.gate import UnfitEvent
from services.workflow.domain.refusals import Malformed, Refused

MOST_COMMANDS = 1000

blueprint = BulkBlueprint("transitions", __name__, description="触发流转 · firing triggers")


class UnreadCommands(ListOf):
    """Documented as commands; read one by one, so that one bad command spoils no other."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(Complaint("not_a_list", "数组", "an array"))
        if not self.least <= len(value) <= self.most:
            accepted = (f"{self.least} 到 {self.most} 项", f"{self.least}–{self.most} items")
            raise ValidationError(Complaint("too_many" if value else "too_few", *accepted))
        return value


class BulkBody(StrictSchema):
    """Commands, each as if sent alone; those of one review are fired in their order."""

    commands = UnreadCommands(ObjectOf(BulkCommand()), least=1, most=MOST_COMMANDS, required=True)


@blueprint.route("/v1/reviews/<review>/transitions", methods=["GET"])
@operation("review.transitions.read")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.response(200, documents.POSSIBLE)
def list_possible(_query: dict[str, Any], review: str) -> Response:
    """List every trigger, whether you may fire it now, and if not, all that is in the way"""
    # Whether there is anything to be seen is asked first: the list would tell that it exists.
    seen = use_cases().reading.review(actor(), require_id(review))
    question = Command(case=seen.id, trigger="", actor=actor(), correlation=correlation())
    found = use_cases().transitions.possible(question)
    items = [
        {
            "trigger": one.trigger,
            "to": one.to,
            "allowed": one.allowed,
            "blockers": [blocker_view(blocker, language()) for blocker in one.blockers],
        }
        for one in found
    ]
    return Answer(200, orjson.dumps({"items": items})).response()


@blueprint.route("/v1/reviews/<review>/transitions", methods=["POST"])
@blueprint.doc(
    parameters=[documents.IDEMPOTENCY_KEY, documents.IF_MATCH, documents.ON_BEHALF_OF],
    requestBody={"required": True, "content": {"application/json": {"schema": TRIGGER_BODY}}},
)
@blueprint.response(201, documents.FIRED, headers=documents.ETAG | documents.REPLAYED)
@blueprint.alt_response(200, schema=documents.FIRED, description="dry_run: all guards, no event")
def fire_one(review: str) -> Response:
    """Fire a trigger; the key makes it safe to send again"""
    # The loop answers nearly all of these before Flask sees them: see loop.py.
    return fire(request.environ, review, correlation(), parts()).response()


# The function itself asks who calls, as its first act.
fire_one.operation = "review.trigger"


@blueprint.route("/v1/transitions", methods=["POST"])
@operation("bulk.trigger")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(BulkBody())
@blueprint.response(200, documents.RESULTS)
def fire_many(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Fire up to 1,000 triggers, each as if sent alone; not a transaction"""
    by, items, speaks = (
        Circumstances(actor=actor(), correlation=correlation()),
        body["commands"],
        language(),
    )
    parts().door.count(by.actor, len(items) - 1)
    results: list[bytes] = [b""] * len(items)
    commands: list[tuple[int, Command]] = []  # those that could be read, with their index

    def read() -> Iterator[Command]:
        for index, item in enumerate(items):
            try:
                command = one_of_many(item, by)
            except Malformed as refused:
                results[index] = result_of_problem(of_refusal(refused), speaks)
                continue
            except Problem as problem:
                results[index] = result_of_problem(problem, speaks)
                continue
            commands.append((index, command))
            yield command

    fired = Counter[tuple[str, int]]()
    for place, outcome in use_cases().transitions.fire_each(read()):
        index, command = commands[place]
        if isinstance(outcome, UnfitEvent):
            parts().observer.broke(str(request.url_rule), by.correlation, outcome)
            results[index] = result_of_problem(Problem(status=500, code="internal"), speaks)
            continue
        if isinstance(outcome, Refused):
            results[index] = result_of_problem(of_refusal(outcome), speaks)
            continue
        fired[command.trigger, outcome.status] += 1
        results[index] = result_of(outcome, speaks)
    # Those that worked first: a trigger that never did is counted as no label of its own.
    for (trigger, status), n in sorted(fired.items(), key=lambda one: one[0][1] != CREATED):
        parts().observer.fired(trigger, status, n)
    # Joined once: each copy of what may be a megabyte asks the kernel for new pages.
    results[0] = b'{"results":[' + results[0]
    results[-1] += b"]}"
    return Answer(200, b",".join(results)).response()
