"""The API as a Flask application: routes and errors.

Every answer carries the request's id; every answer that is not a success is a problem. A last
resort turns what nobody thought of into a problem without detail, and logs it once.
"""

import threading
from http import HTTPStatus
from time import perf_counter
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask.sessions import SessionInterface
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException

from services.workflow.adapters.http import (
    administration,
    ballots,
    bulletins,
    cases,
    closing,
    consequences,
    cycles,
    deputies,
    docs_page,
    documents,
    drafts,
    draws,
    files,
    inbox,
    log,
    moved_deadlines,
    notices,
    opening,
    paper_workbooks,
    people,
    polls,
    said,
    scores,
    texts,
    transitions,
    units,
    workbooks,
)
from services.workflow.adapters.http.access import DOOR, Door
from services.workflow.adapters.http.answers import ALWAYS, of_problem
from services.workflow.adapters.http.context import EXTENSION, Parts, UseCases, language, parts
from services.workflow.adapters.http.neighbours import Neighbours, is_lent
from services.workflow.adapters.http.observation import Observer, request_id
from services.workflow.adapters.http.problems import CONTENT_TYPE, Problem, not_found, of_refusal
from services.workflow.application.rate import RateLimit
from services.workflow.domain.refusals import Refused

_BLUEPRINTS = (
    cycles.blueprint,
    closing.blueprint,
    *cases.BLUEPRINTS,
    opening.blueprint,
    polls.blueprint,
    ballots.blueprint,
    drafts.blueprint,
    files.blueprint,
    workbooks.blueprint,
    paper_workbooks.blueprint,
    draws.blueprint,
    consequences.blueprint,
    scores.blueprint,
    bulletins.blueprint,
    transitions.blueprint,
    notices.blueprint,
    people.blueprint,
    said.blueprint,
    moved_deadlines.blueprint,
    units.blueprint,
    texts.blueprint,
    inbox.blueprint,
    deputies.blueprint,
    administration.blueprint,
    log.blueprint,
)
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class NoSession(SessionInterface):
    """Flask's cookie session is not used: pages keep theirs in the database, the API has none."""

    def open_session(self, app: Flask, request: Any) -> None:
        """Open nothing."""


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest with our errors: its own handler drops the `Allow` of a 405.

    Views and answers are described when somebody first asks: that takes longer than all else of a
    start, and most processes are never asked.
    """

    ERROR_SCHEMA = documents.ProblemView

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[Blueprint] = []
        self._has_answers = False
        self._describing = threading.RLock()
        super().__init__(app)

    def register_blueprint(self, blp: Blueprint) -> None:
        """Serve the views of *blp*."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    @property
    def spec(self) -> Any:
        """The description of everything that is served."""
        with self._describing:
            waiting, self._undescribed = self._undescribed, []
            if waiting and not self._has_answers:
                self._has_answers = True
                self._describe_answers()
            for blp in waiting:
                blp.register_views_in_doc(
                    self, self._app, self._spec, name=blp.name, parameters=None
                )
                self._spec.tag({"name": blp.name, "description": blp.description})
        return self._spec

    @spec.setter
    def spec(self, spec: Any) -> None:
        self._spec = spec

    def _register_responses(self) -> None:
        """Describe none yet."""

    def _describe_answers(self) -> None:
        # Errors have a content type of their own; flask-smorest knows one for everything.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = CONTENT_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def _register_error_handlers(self) -> None:
        self._app.register_error_handler(HTTPException, _http_error)


def create_app(
    use_cases: UseCases, *, requests_per_minute: int = 0, neighbours: Neighbours | None = None
) -> Flask:
    """Return the API over *use_cases*; 0 requests a minute means no limit per client."""
    app = Flask("services.workflow.adapters.http", static_folder=None)
    app.config |= {
        "API_TITLE": "述评 Shuping",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/",
        "OPENAPI_JSON_PATH": "openapi.json",
        "PROVIDE_AUTOMATIC_OPTIONS": False,
        "API_SPEC_OPTIONS": {
            "security": [{"token": []}],
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        },
    }
    app.session_interface = NoSession()
    app.url_map.merge_slashes = False  # "//v1" is absent, not a redirect to somewhere else
    rate = RateLimit(requests_per_minute / 60, requests_per_minute) if requests_per_minute else None
    made = Parts(
        use_cases=use_cases,
        door=Door(use_cases.accounts, rate),
        observer=Observer(),
        neighbours=neighbours,
    )
    app.extensions[EXTENSION], app.extensions[DOOR] = made, made.door
    app.extensions["shuping"] = use_cases
    app.before_request(_begin)
    app.after_request(_end)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Exception, _unexpected)
    api = ProblemApi(app)
    for blueprint in _BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(docs_page.blueprint)
    return app


def _begin() -> None:
    g.request_id, g.started = request_id(request.environ), perf_counter()
    if request.environ["PATH_INFO"].startswith("//"):
        raise not_found()  # werkzeug would take it for the path with one slash


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    if request.path.startswith("/v1/"):
        for name, value in ALWAYS:  # a text that never changes may be kept
            response.headers.setdefault(name, value)
    if _is_of_voters() or is_lent(request.environ):  # who lends counts and logs it as one
        return response
    who = g.get("actor")
    parts().observer.answered(
        request.url_rule.rule if request.url_rule else "",
        response.status_code,
        perf_counter() - g.started,
        request=g.request_id,
        client=who and who.client,
        person=who and who.person,
    )
    return response


def _is_of_voters() -> bool:
    """Tell whether somebody votes: when, and from where, is written down nowhere."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "operation", "") == "poll.vote"


def _problem(problem: Problem) -> Response:
    return of_problem(problem, language()).response()


def _refused(refused: Refused) -> Response:
    return _problem(of_refusal(refused))


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status == HTTPStatus.NOT_FOUND:
        return _problem(not_found())
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return Response(b"", status=status, headers=error.get_headers())
    headers = {
        name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")
    }
    other = "malformed" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal"
    code = _CODES.get(status, other)
    return _problem(Problem(status=status, code=code, headers=headers))


def _unexpected(error: Exception) -> Response:
    parts().observer.broke(request.url_rule.rule if request.url_rule else "", g.request_id, error)
    return _problem(Problem(status=500, code="internal"))
