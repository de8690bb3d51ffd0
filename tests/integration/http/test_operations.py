"""What operators see, what every route owes, and what the description of the API says."""

import re
from typing import Any

import orjson
import pytest

from services.workflow.domain.authority import OPERATIONS
from services.workflow.domain.refusals import StoreUnavailable
from tests.integration.http.service import Service, start


def test_every_route_declares_its_operation(shared: Service):
    views = shared.app.view_functions
    rules = list(shared.app.url_map.iter_rules())
    silent = [
        str(rule)
        for rule in rules
        if rule.endpoint not in {"static", "pages.static", "web.static"}
        and not str(rule).startswith("/openapi")
        and getattr(views[rule.endpoint], "operation", None) not in OPERATIONS
    ]
    assert len(rules) > 20
    assert silent == []


# A slip opens them and nobody is signed in; the codes are for everybody once a poll is sealed.
OF_SLIPS = {"/v1/ballots", "/v1/ballots/sheet", "/v1/polls/<poll_id>/codes"}


def test_every_route_of_the_api_wants_a_token(shared: Service):
    for rule in shared.app.url_map.iter_rules():
        if str(rule).startswith("/v1/") and str(rule) not in OF_SLIPS:
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                path = re.sub(r"<\w+>", "x", str(rule))
                answer = shared.app.test_client().open(path, method=method)
                assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated"), path
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_cookie_lets_nobody_in(shared: Service):
    client = shared.app.test_client()
    for name in ("shuping_session", "__Host-shuping_session", "session"):
        client.set_cookie(name, shared.token)
    assert client.get("/v1/reviews").status_code == 401


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
def test_another_method_is_told_which_there_are(shared: Service, method: str):
    answer = shared.call(method, f"/v1/reviews/{shared.reviews['c']}/transitions")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_a_method_cannot_be_overridden(shared: Service):
    where = f"/v1/reviews/{shared.reviews['c']}"
    assert shared.get(where, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/reviews", "/v1/nothing", "/docs"])
def test_the_requests_id_is_echoed_or_made(shared: Service, path: str):
    assert shared.get(path, headers={"X-Request-Id": "abc-1"}).headers["X-Request-Id"] == "abc-1"
    made = shared.get(path, headers={"X-Request-Id": "no spaces"}).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", made)


def test_the_requests_id_is_the_events_correlation(service: Service):
    answer = service.submit("c-h1-a", headers={"X-Request-Id": "from-upstream-1"})
    assert answer.json["event"]["correlationid"] == "from-upstream-1"


def test_a_lost_database_is_survived(service: Service, monkeypatch: Any):
    def gone(*_: Any) -> Any:
        raise StoreUnavailable

    monkeypatch.setattr(service.parts.database.store, "standing", gone)
    fired = service.submit("c-h1-a")
    assert (fired.status_code, fired.headers["Retry-After"]) == (503, "1")


def test_what_nobody_thought_of_is_a_problem_without_detail(service: Service, monkeypatch: Any):
    def breaks(*_: Any) -> Any:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(service.parts.database.store, "standing", breaks)
    for answer in (service.submit("c-h1-a"), service.get(f"/v1/reviews/{service.reviews['c']}")):
        assert (answer.status_code, answer.json["code"]) == (500, "internal")
        assert "secret" not in answer.text


def test_a_client_that_runs_away_is_slowed_down(tmp_path: Any):
    service = start(f"sqlite:///{tmp_path}/w.db", None, tmp_path, requests_per_minute=5)
    answers = [service.get("/v1/reviews") for _ in range(8)]
    slowed = [answer for answer in answers if answer.status_code == 429]
    assert slowed
    assert int(slowed[0].headers["Retry-After"]) >= 1
    service.parts.database.close()


def test_the_description_names_every_route_of_the_api(shared: Service):
    described = shared.get("/openapi.json").json
    assert described["openapi"].startswith("3.1")
    registered = {
        re.sub(r"<(\w+)>", r"{\1}", str(rule))
        for rule in shared.app.url_map.iter_rules()
        if str(rule).startswith("/v1/")
    }
    assert set(described["paths"]) == registered
    assert orjson.dumps(described)


def test_cases_have_everything_that_reviews_have(shared: Service):
    """`/v1/reviews` is the view of one kind: what it takes and answers, `/v1/cases` does too."""
    paths = shared.get("/openapi.json").json["paths"]
    reviews = [path for path in paths if path.startswith("/v1/reviews")]
    assert len(reviews) > 1
    for path in reviews:
        of_any = path.replace("/v1/reviews", "/v1/cases").replace("{review}", "{case}")
        for method in {*paths[path]} - {"parameters"}:
            one, other = paths[path][method], paths[of_any][method]
            assert _asked(one) <= _asked(other), path
            assert {*one["responses"]} <= {*other["responses"]}, path


def _asked(operation: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["in"], one["name"]) for one in operation.get("parameters", ())}


def test_the_docs_ask_nobody_else_for_anything(shared: Service):
    page = shared.get("/docs")
    assert page.status_code == 200
    assert "http:" not in page.text
    assert "https:" not in page.text
    assert "<script" not in page.text
