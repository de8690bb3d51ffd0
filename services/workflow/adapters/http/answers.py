"""Answers as status, headers and bytes: what both the lean entry and Flask's routes send."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson
from flask import Response

from services.workflow.adapters.http.problems import (
    CONTENT_TYPE,
    RETRY_S,
    Problem,
    blocker_view,
    not_found,
    of_blockers,
)
from services.workflow.adapters.http.resource import Resource
from services.workflow.adapters.http.views import etag, with_event
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.application.saving import File
from services.workflow.domain.case.listing import Brought
from services.workflow.domain.reasons import REFUSED

JSON = "application/json"
# An answer is for who asked, now: no cache keeps it, and no browser guesses what it is.
ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
STATUSES: Final[Mapping[str, int]] = {
    "done": 201,
    "rehearsed": 200,
    **REFUSED,
}
REPLAYED = ("Idempotent-Replayed", "true")


class Answer(NamedTuple):
    """One answer; the request's id is added where it leaves."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def response(self) -> Response:
        """Return it as Flask sends it."""
        response = Response(self.body, status=self.status, content_type=self.content_type)
        response.headers.extend(self.headers)
        return response


def of_file(file: File) -> Response:
    """Return a file to be saved."""
    headers = tuple(file.headers.items())
    return Answer(200, file.content, file.media, headers=headers).response()


def of_problem(problem: Problem, language: str) -> Answer:
    """Return the answer that tells *problem*."""
    return Answer(
        problem.status, problem.body(language), CONTENT_TYPE, tuple(problem.headers.items())
    )


def status_of(outcome: Outcome) -> int:
    """Return the status that says what came of a command."""
    return STATUSES[outcome.outcome]


def of_outcome(outcome: Outcome, language: str, resource: Resource) -> Answer:
    """Return the answer to one command that was sent to *resource*."""
    if outcome.is_accepted and outcome.case is not None:
        headers = (("ETag", etag(outcome.case)), *((REPLAYED,) if outcome.replayed else ()))
        told = {resource.member: resource.view(outcome.case, None)} | _beside(outcome, language)
        return Answer(status_of(outcome), with_event(told, outcome.event), JSON, headers)
    return of_problem(problem_of(outcome), language)


def result_of(outcome: Outcome, language: str, resource: Resource) -> bytes:
    """Return what a bulk answer says about one of its commands."""
    if outcome.is_accepted and outcome.case is not None:
        told = {"status": status_of(outcome), resource.member: resource.view(outcome.case, None)}
        told |= _beside(outcome, language)
        if outcome.replayed:  # where there is no header of its own
            told["idempotent_replayed"] = True
        return with_event(told, outcome.event)
    return result_of_problem(problem_of(outcome), language)


def _beside(outcome: Outcome, language: str) -> dict[str, Any]:
    """Return what an answer tells beside the case and its event, where there is something."""
    told: dict[str, Any] = {"left_open": dict(outcome.left_open)} if outcome.left_open else {}
    if outcome.warnings:
        told["warnings"] = [blocker_view(one, language) for one in outcome.warnings]
    if outcome.brought:
        told["rosters"] = {name: _brought(one) for name, one in outcome.brought.items()}
    drawing = None if outcome.case is None else outcome.case.drawing
    return told | {"numbers_differ": True} if drawing and drawing.is_undecided else told


def _brought(brought: Brought) -> dict[str, Any]:
    """Return what a rehearsal says of a roster: who would be new on it, and who is there."""
    return {
        name: [
            {"capacity": one.capacity}
            | ({"person": one.person} if one.person else {"guest": one.guest})
            for one in some
        ]
        for name, some in (("new", brought.new), ("there", brought.there))
    }


def result_of_problem(problem: Problem, language: str) -> bytes:
    """Return what a bulk answer says about a command that could not even be read."""
    return orjson.dumps({"status": problem.status, "problem": problem.document(language)})


def problem_of(outcome: Outcome) -> Problem:
    """Return the problem of an outcome that is not a success."""
    word, case = outcome.outcome, outcome.case
    if word == "absent":
        return not_found()
    more: dict[str, Any] = {}
    if case is not None and word in ("unfit", "stale"):
        more = {"state": case.state, "version": case.version}
    if outcome.allowed or word == "unfit":  # in a final state: none, told
        more["allowed_triggers"] = list(outcome.allowed)
    headers: dict[str, str] = {}
    if word == "stale" and case is not None:
        headers["ETag"] = etag(case)
    if word == "unavailable":
        headers |= RETRY_S
    return of_blockers(
        status_of(outcome), outcome.blockers, faults=outcome.faults, more=more, headers=headers
    )
