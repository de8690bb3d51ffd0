"""The hottest request, POST /v1/cases/{id}/transitions, without Flask around it.

The one idea: what happens to a request before and after its trigger is fired is the same whether
a thread fires it alone or an event loop fires it together with others. So both are here, and the
two ways differ only in between.
"""

from time import perf_counter
from typing import Any

from schemas.complaints import Fault
from schemas.envelope import event_id
from services.workflow.adapters.http.answers import Answer, of_outcome, of_problem, status_of
from services.workflow.adapters.http.bodies import read_json
from services.workflow.adapters.http.commands import single
from services.workflow.adapters.http.context import Parts
from services.workflow.adapters.http.language import preferred
from services.workflow.adapters.http.problems import Problem, malformed, of_refusal, require_id
from services.workflow.adapters.http.resource import Resource
from services.workflow.application.asking import COMMAND_BYTES, Circumstances
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.authority import Actor
from services.workflow.domain.refusals import Refused

Environ = dict[str, Any]


class Firing:
    """One request, from its WSGI environment to its answer."""

    __slots__ = (
        "_case",
        "_environ",
        "_ids",
        "_language",
        "_parts",
        "_resource",
        "_started",
        "request",
    )

    def __init__(
        self, environ: Environ, resource: Resource, case: str, request: str, parts: Parts
    ) -> None:
        self._started = perf_counter()
        self._environ, self._resource, self._case, self._parts = environ, resource, case, parts
        self._language = preferred(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        self._ids: dict[str, str | None] = {resource.member: case}
        self.request = request

    def command(self, actor: Actor, identity_version: int | None = None) -> CaseCommand:
        """Return what *actor* asks for.

        Raises:
            Malformed, Problem: it cannot be read.
        """
        self._ids |= {"client": actor.client, "person": actor.person}
        if self._environ.get("QUERY_STRING"):
            raise malformed(Fault(field="", code="unknown_field"))
        command = single(
            self._case,
            read_json(self._environ, COMMAND_BYTES),
            self._environ.get("HTTP_IDEMPOTENCY_KEY"),
            self._environ.get("HTTP_IF_MATCH"),
            Circumstances(actor=actor, correlation=self.request, identity_version=identity_version),
            self._resource,
        )
        require_id(self._case)
        return command

    def answer(self, command: CaseCommand, outcome: Outcome) -> Answer:
        """Return the answer to what became of *command*."""
        self._parts.observer.fired(command.trigger, status_of(outcome))
        if outcome.event is not None:
            self._ids["event_id"] = event_id(outcome.event)
        return of_outcome(outcome, self._language, self._resource)

    def refusal(self, error: BaseException) -> Answer:
        """Return the answer to a request that led to *error*; what nobody thought of is logged."""
        match error:
            case Problem():
                problem = error
            case Refused():
                problem = of_refusal(error)
            case _:
                self._parts.observer.broke(self._route, self.request, error)
                problem = Problem(status=500, code="internal")
        return of_problem(problem, self._language)

    def observe(self, answer: Answer) -> None:
        """Count and log the request; it was answered."""
        seconds = perf_counter() - self._started
        self._parts.observer.answered(
            self._route, answer.status, seconds, request=self.request, **self._ids
        )

    @property
    def _route(self) -> str:
        return f"{self._resource.route}/transitions"


def fire(environ: Environ, resource: Resource, case: str, request: str, parts: Parts) -> Answer:
    """Return the answer to one trigger, fired in this thread."""
    firing = Firing(environ, resource, case, request, parts)
    try:
        command = firing.command(parts.door.actor(environ))
        return firing.answer(command, parts.use_cases.firing.fire(command))
    except Exception as error:  # noqa: BLE001 -- the last resort: `refusal` sorts them
        return firing.refusal(error)
