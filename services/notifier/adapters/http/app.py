"""The routes. What tells about people needs the token; health and figures name nobody."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from http.client import ACCEPTED, OK
from typing import Any

import orjson
from flask import Flask, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from werkzeug.exceptions import HTTPException

from schemas.canonical import MalformedJson, parse_strict
from services.notifier.adapters.http.figures import StatusCollector
from services.notifier.adapters.http.requests import (
    BadRequest,
    read_asked,
    read_cases,
    read_hash,
    read_patience,
    read_simulation,
    read_trial,
    read_until,
)
from services.notifier.adapters.http.shapes import (
    answer,
    as_json,
    channel,
    next_notice,
    notice,
    page_mark,
    ready,
    watch,
)
from services.notifier.application.questions import Questions
from services.notifier.application.simulations import Simulates, SimulatesLater, Told
from services.notifier.application.status import Status
from services.notifier.application.trying import NoAddress, Trials, TrialUnderWay
from services.notifier.domain.errors import StoreUnavailable

LARGEST_BODY_BYTES = 64 * 1024
# Texts of rules of 3 MiB in all, as JSON: a line's end or a quotation mark is two bytes there.
LARGEST_SIMULATION_BYTES = 8 * 1024 * 1024
_OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
_KEPT_HEADERS = frozenset({"Allow", "Retry-After"})
_PROBLEM = "application/problem+json"


def create_app(
    questions: Questions,
    status: Status,
    token: str,
    system_time: Callable[[], datetime],
    require_database: Callable[[], None],
    simulate: Simulates,
    trials: Trials | None = None,
    later: SimulatesLater | None = None,
) -> Flask:
    """Return the WSGI application; *require_database* raises where the database is silent.

    Without *later* every simulation is waited for.
    """
    app = Flask("shuping-notifier", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES
    _require_token(app, token)
    _open_to_all(app, status, system_time, require_database)
    _for_token_holders(app, questions, status)
    _for_what_if(app, simulate, later)
    if trials is not None:
        _for_trials(app, trials)
    _answer_problems(app)
    return app


def _require_token(app: Flask, token: str) -> None:
    digest = sha256(token.encode()).digest()

    @app.before_request
    def require_token() -> Response | None:
        if request.path in _OPEN:
            return None
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        # Hashed, so that the comparison tells nothing about length or content.
        if scheme.lower() == "bearer" and compare_digest(
            sha256(given.strip().encode()).digest(), digest
        ):
            return None
        return _problem(401, "unauthenticated", {"WWW-Authenticate": "Bearer"})


def _open_to_all(
    app: Flask,
    status: Status,
    system_time: Callable[[], datetime],
    require_database: Callable[[], None],
) -> None:
    registry = CollectorRegistry()
    registry.register(StatusCollector(status))

    @app.get("/healthz")
    def health() -> Response:
        return _json({"status": "ok"})

    @app.get("/readyz")
    def readiness() -> Response:
        code, body = ready(_probed(status, require_database), system_time())
        return _json(body, code)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _probed(status: Status, require_database: Callable[[], None]) -> Status:
    """Return *status*, with the trouble that the engine cannot tell while it waits itself."""
    try:
        require_database()
    except StoreUnavailable as error:
        return replace(status, problems={**status.problems, "database": str(error)})
    return status


def _for_token_holders(app: Flask, questions: Questions, status: Status) -> None:
    @app.get("/v1/watch")
    def own_work() -> Response:
        return _json(watch(status.watch))

    @app.get("/v1/notices")
    def notices() -> Response:
        asked = read_asked(request.args)
        found = questions.notices(asked)
        mark = page_mark(found[-1]) if len(found) == asked.limit else None
        return _json({"items": [notice(one) for one in found], "next": mark})

    @app.get("/v1/policies/<hash_>")
    def policy(hash_: str) -> Response:
        text = questions.policy(read_hash(hash_))
        if text is None:
            return _problem(404, "not_found")
        return Response(text, content_type="application/json")

    @app.post("/v1/coming")
    def coming() -> Response:
        if request.mimetype != "application/json":
            return _problem(415, "unsupported_media_type")
        cases, more = questions.coming(read_until(parse_strict(request.get_data())))
        return _json({"items": cases, "more": more})

    @app.post("/v1/next-notices")
    def next_notices() -> Response:
        if request.mimetype != "application/json":
            return _problem(415, "unsupported_media_type")
        named = read_cases(parse_strict(request.get_data()))
        streams = list(named.values())
        coming, answered = questions.next_notices(streams), questions.answered(streams)
        # Beside the others: a workflow of the release before reads those alone.
        said = {one: answered[stream] for one, stream in named.items() if stream in answered}
        return _json(
            {
                "items": {one: next_notice(coming[stream]) for one, stream in named.items()},
                "promises": {one: [*map(answer, answers)] for one, answers in said.items()},
            }
        )


def _for_what_if(app: Flask, simulate: Simulates, later: SimulatesLater | None) -> None:
    @app.post("/v1/simulations")
    def simulations() -> Response:
        if request.mimetype != "application/json":
            return _problem(415, "unsupported_media_type")
        request.max_content_length = LARGEST_SIMULATION_BYTES  # it may bring texts of rules
        asked = read_simulation(parse_strict(request.get_data()))
        wait_s = read_patience(request.headers.get("Prefer", ""))
        if later is None or wait_s is None:
            return _told(simulate(asked))
        return _told(later.begin(asked, wait_s))

    @app.get("/v1/simulations/<id_>")
    def simulation(id_: str) -> Response:
        wait_s = read_patience(request.headers.get("Prefer", "")) or 0
        told = later.result(id_, wait_s) if later else None
        return _problem(404, "not_found") if told is None else _told(told)


def _told(told: Told) -> Response:
    again = {"Retry-After": str(told.retry_after_s)} if told.retry_after_s else {}
    if told.status == OK:
        return _json(told.body)
    said = orjson.loads(told.body) if isinstance(told.body, bytes) else told.body
    if told.status == ACCEPTED:
        response = _json(said, ACCEPTED)
        response.headers.update(again | {"Preference-Applied": "respond-async"})
        response.headers["Location"] = f"/v1/simulations/{said['simulation']}"
        return response
    return _problem(told.status, said["code"], again, said.get("errors"))


def _for_trials(app: Flask, trials: Trials) -> None:
    @app.get("/v1/channels")
    def channels() -> Response:
        now = trials.clock.now()
        return _json({"items": [channel(*one, now) for one in trials.known()]})

    @app.post("/v1/channels/<name>/trials")
    def try_one(name: str) -> Response:
        if request.mimetype != "application/json":
            return _problem(415, "unsupported_media_type")
        to = read_trial(parse_strict(request.get_data()))
        try:
            tried = trials(name, to)
        except LookupError:
            return _problem(404, "not_found")
        except NoAddress:
            return _problem(400, "required", errors=[{"field": "to", "code": "required"}])
        except TrialUnderWay:
            return _problem(503, "busy", {"Retry-After": "5"})
        return _json({"channel": name, "outcome": tried.outcome, "reason": tried.reason})


def _answer_problems(app: Flask) -> None:
    @app.errorhandler(BadRequest)
    def bad_request(error: BadRequest) -> Response:
        return _problem(400, error.code, errors=[{"field": error.field, "code": error.code}])

    @app.errorhandler(MalformedJson)
    def malformed(error: MalformedJson) -> Response:
        return _problem(400, error.reason)

    @app.errorhandler(StoreUnavailable)
    def away(_error: StoreUnavailable) -> Response:
        return _problem(503, "unavailable", {"Retry-After": "1"})

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> Response:
        kept = {key: value for key, value in error.get_headers() if key in _KEPT_HEADERS}
        return _problem(error.code or 500, error.name.lower().replace(" ", "_"), kept)


def _json(body: Any, status: int = 200, content_type: str = "application/json") -> Response:
    data = body if isinstance(body, bytes) else as_json(body)
    return Response(data, status, {"Cache-Control": "no-store"}, content_type=content_type)


def _problem(
    status: int, code: str, headers: dict[str, str] | None = None, errors: list[Any] | None = None
) -> Response:
    body = {"type": "about:blank", "title": code, "status": status, "code": code}
    if errors:
        body["errors"] = errors
    response = _json(body, status, _PROBLEM)
    response.headers.update(headers or {})
    return response
