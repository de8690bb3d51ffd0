# ruff: noqa: ARG002 -- the signatures are marshmallow's and webargs'
"""/v1/transitions: firing up to a thousand triggers of any cases."""

from collections import Counter
from collections.abc import Iterator, Mapping
from http.client import CREATED
from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from schemas.complaints import Complaint
from schemas.fields import ListOf, ObjectOf, StrictSchema
from schemas.said import both
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import actor, operation
from services.workflow.adapters.http.answers import Answer, result_of, result_of_problem, status_of
from services.workflow.adapters.http.commands import BulkCommand, named, one_of_many
from services.workflow.adapters.http.context import correlation, language, parts, use_cases
from services.workflow.adapters.http.parsing import NO_QUERY, BulkBlueprint
from services.workflow.adapters.http.problems import Problem, of_refusal
from services.workflow.application.asking import Circumstances
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.gate import UnfitEvent
from services.workflow.domain.refusals import Malformed, Refused

MOST_COMMANDS = 1000

blueprint = BulkBlueprint("transitions", __name__, description="批量流转 · triggers in bulk")


class UnreadCommands(ListOf):
    """Documented as commands; read one by one, so that one bad command spoils no other."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(Complaint("not_a_list", *both("an array")))
        if not self.least <= len(value) <= self.most:
            accepted = both("{least}–{most} items", least=self.least, most=self.most)
            raise ValidationError(Complaint("too_many" if value else "too_few", *accepted))
        return value


class BulkBody(StrictSchema):
    """Commands, each as if sent alone; those of one case are fired in their order."""

    commands = UnreadCommands(ObjectOf(BulkCommand()), least=1, most=MOST_COMMANDS, required=True)


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
    commands: list[tuple[int, CaseCommand]] = []  # those that could be read, with their index

    def read() -> Iterator[CaseCommand]:
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
    for place, outcome in use_cases().firing.fire_each(read()):
        index, command = commands[place]
        if isinstance(outcome, UnfitEvent):
            parts().observer.broke(str(request.url_rule), by.correlation, outcome)
            results[index] = result_of_problem(Problem(status=500, code="internal"), speaks)
            continue
        if isinstance(outcome, Refused):
            results[index] = result_of_problem(of_refusal(outcome), speaks)
            continue
        fired[command.trigger, status_of(outcome)] += 1
        results[index] = result_of(outcome, speaks, named(items[index]))
    # Those that worked first: a trigger that never did is counted as no label of its own.
    for (trigger, status), n in sorted(fired.items(), key=lambda one: one[0][1] != CREATED):
        parts().observer.fired(trigger, status, n)
    # Joined once: each copy of what may be a megabyte asks the kernel for new pages.
    results[0] = b'{"results":[' + results[0]
    results[-1] += b"]}"
    return Answer(200, b",".join(results)).response()
