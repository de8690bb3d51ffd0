# ruff: noqa: ARG002 -- the signatures are marshmallow's and webargs'
"""/v1/transitions: firing up to a thousand triggers of any cases."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from services.workflow.adapters.http.commands import (
    BulkCommand,
    is_plain_of_many,
    named,
    one_of_many,
)
from services.workflow.adapters.http.context import correlation, language, parts, use_cases
from services.workflow.adapters.http.neighbours import PATH, is_lent
from services.workflow.adapters.http.parsing import NO_QUERY, BulkBlueprint
from services.workflow.adapters.http.problems import Problem, of_refusal
from services.workflow.application.asking import Circumstances
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.gate import UnfitEvent
from services.workflow.domain.refusals import Malformed, Refused

MOST_COMMANDS = 1000
_FEWEST_TO_LEND = 200  # commands of a bulk: fewer are done before a neighbour has heard of them
_WHO = ("Authorization", "On-Behalf-Of", "Accept-Language")

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


@blueprint.route(PATH, methods=["POST"])
@operation("bulk.trigger")
@blueprint.arguments(NO_QUERY, location="query")
@blueprint.arguments(BulkBody())
@blueprint.response(200, documents.RESULTS)
def fire_many(_query: dict[str, Any], body: dict[str, Any]) -> Response:
    """Fire up to 1,000 triggers, each as if sent alone; not a transaction"""
    items = body["commands"]
    lent = is_lent(request.environ)
    # What is lent was counted where it was asked.
    parts().door.count(actor(), -1 if lent else len(items) - 1)
    bulk = _Bulk(items)
    if lent:
        # Who lends it has seen to that: none has to do with another.
        bulk.fire(range(len(items)), {_case(item): _case(item) for item in items})
        return Answer(200, b"\n".join(bulk.results)).response()
    bulk.fire_with_neighbours()
    # Joined once: each copy of what may be a megabyte asks the kernel for new pages.
    bulk.results[0] = b'{"results":[' + bulk.results[0]
    bulk.results[-1] += b"]}"
    return Answer(200, b",".join(bulk.results)).response()


class _Bulk:
    """The commands of one request, and what is told of each."""

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = items
        self._by = Circumstances(actor=actor(), correlation=correlation())
        self._language = language()
        self.results: list[bytes] = [b""] * len(items)

    def fire_with_neighbours(self) -> None:
        """Fire all of them, some in another process meanwhile, if there is one."""
        neighbours, places = parts().neighbours, list[int]()
        families: Mapping[str, str] = {}
        if neighbours is not None and len(self._items) >= _FEWEST_TO_LEND:
            families = use_cases().firing.families([*filter(None, map(_case, self._items))])
            places = _apart(self._items, families)[1::2]  # every other one: of all sorts alike
        lent = None
        if neighbours is not None and len(places) >= _FEWEST_TO_LEND // 4:
            lent = neighbours.lend([self._items[at] for at in places], _headers())
        if lent is None:
            self.fire(range(len(self._items)), families)
            return
        elsewhere, told = {*places}, None
        try:
            own = [at for at in range(len(self._items)) if at not in elsewhere]
            self.fire(own, families)
        finally:
            told = lent.results(len(places))
        if told is None:  # under their keys, whatever came of them there
            self.fire(places, families)
            return
        for at, result in zip(places, told, strict=True):
            self.results[at] = result

    def fire(self, places: Iterable[int], families: Mapping[str, str]) -> None:
        """Fire what stands at *places*, of which some *families* may be known."""
        commands: list[tuple[int, CaseCommand]] = []  # those that could be read, with their place

        def read() -> Iterator[CaseCommand]:
            for at in places:
                try:
                    command = one_of_many(self._items[at], self._by)
                except Malformed as refused:
                    self._refuse(at, of_refusal(refused))
                    continue
                except Problem as problem:
                    self._refuse(at, problem)
                    continue
                commands.append((at, command))
                yield command

        fired = Counter[tuple[str, int]]()
        for nth, outcome in use_cases().firing.fire_each(read(), families):
            at, command = commands[nth]
            if isinstance(outcome, UnfitEvent):
                parts().observer.broke(str(request.url_rule), self._by.correlation, outcome)
                self._refuse(at, Problem(status=500, code="internal"))
                continue
            if isinstance(outcome, Refused):
                self._refuse(at, of_refusal(outcome))
                continue
            fired[command.trigger, status_of(outcome)] += 1
            self.results[at] = result_of(outcome, self._language, named(self._items[at]))
        # Those that worked first: a trigger that never did is counted as no label of its own.
        for (trigger, status), n in sorted(fired.items(), key=lambda one: one[0][1] != CREATED):
            parts().observer.fired(trigger, status, n)

    def _refuse(self, at: int, problem: Problem) -> None:
        self.results[at] = result_of_problem(problem, self._language)


def _headers() -> dict[str, str]:
    """Return of the present request what says who asks, and how they want to be told."""
    given = request.headers
    asked = {name: given[name] for name in _WHO if name in given}
    return asked | {"X-Request-Id": correlation()}


def _apart(items: Sequence[Any], families: Mapping[str, str]) -> list[int]:
    """Return the places of plain commands that no other one here has to do with.

    Each is of a family of its own, and under a key of its own: in whatever order they are done,
    and where, nobody can tell.
    """
    family, key = [families.get(_case(item), "") for item in items], [*map(_key, items)]
    n_of, n_under = Counter(family), Counter(key)
    return [
        at
        for at, item in enumerate(items)
        if family[at] and n_of[family[at]] == 1 and n_under[key[at]] == 1 and is_plain_of_many(item)
    ]


def _case(item: Any) -> str:
    """Return the id of the case a command is for; "" where it names none that there could be."""
    case = item.get("case", item.get("review")) if isinstance(item, dict) else None
    return case if isinstance(case, str) else ""


def _key(item: Any) -> str:
    key = item.get("idempotency_key") if isinstance(item, dict) else None
    return key if isinstance(key, str) else ""
