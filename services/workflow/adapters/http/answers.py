"""Answers as status, headers and bytes: what both the lean entry and Flask's routes send."""

from typing import Any, NamedTuple

import orjson
from flask import Response

from services.workflow.adapters.http.problems import (
    CONTENT_TYPE,
    RETRY_S,
    Problem,
    not_found,
    of_blockers,
)
from services.workflow.adapters.http.resource import Resource
from services.workflow.adapters.http.views import etag, with_event
from services.workflow.application.commands import Outcome

JSON = "application/json"
# An answer is for who asked, now: no cache keeps it, and no browser guesses what it is.
ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
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


def of_problem(problem: Problem, language: str) -> Answer:
    """Return the answer that tells *problem*."""
    return Answer(
        problem.status, problem.body(language), CONTENT_TYPE, tuple(problem.headers.items())
    )


def of_outcome(outcome: Outcome, language: str, resource: Resource) -> Answer:
    """Return the answer to one command that was sent to *resource*."""
    if outcome.status in (200, 201) and outcome.review is not None:
        headers = (("ETag", etag(outcome.review)), *((REPLAYED,) if outcome.replayed else ()))
        told = {resource.member: resource.view(outcome.review, None)}
        return Answer(outcome.status, with_event(told, outcome.event), JSON, headers)
    return of_problem(problem_of(outcome), language)


def result_of(outcome: Outcome, language: str, resource: Resource) -> bytes:
    """Return what a bulk answer says about one of its commands."""
    if outcome.status in (200, 201) and outcome.review is not None:
        told = {"status": outcome.status, resource.member: resource.view(outcome.review, None)}
        if outcome.replayed:  # where there is no header of its own
            told["idempotent_replayed"] = True
        return with_event(told, outcome.event)
    return result_of_problem(problem_of(outcome), language)


def result_of_problem(problem: Problem, language: str) -> bytes:
    """Return what a bulk answer says about a command that could not even be read."""
    return orjson.dumps({"status": problem.status, "problem": problem.document(language)})


def problem_of(outcome: Outcome) -> Problem:
    """Return the problem of an outcome that is not a success."""
    if outcome.status == 404:  # noqa: PLR2004
        return not_found()
    more: dict[str, Any] = {}
    if outcome.review is not None and outcome.status in (409, 412):
        more = {"state": outcome.review.state, "version": outcome.review.version}
    if outcome.allowed or outcome.status == 409:  # noqa: PLR2004 - in a final state: none, told
        more["allowed_triggers"] = list(outcome.allowed)
    headers: dict[str, str] = {}
    if outcome.status == 412 and outcome.review is not None:  # noqa: PLR2004
        headers["ETag"] = etag(outcome.review)
    if outcome.status == 503:  # noqa: PLR2004
        headers |= RETRY_S
    return of_blockers(
        outcome.status, outcome.blockers, faults=outcome.faults, more=more, headers=headers
    )
