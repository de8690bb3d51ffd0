"""A client made of the served description alone opens a case and leads it to its end.

It knows no path, no member and no form but by the description and by what the service told it; each
answer is held to what was promised.
"""

from typing import Any

import pytest
import schemathesis

from tests.integration.http.conftest import STORES, started
from tests.integration.http.service import Service
from tests.integration.http.test_opening_cases import OFFICE, SCHEME, SECRETARY
from tests.texts import publish_schemes

SUMMARIES = {
    "open a round": ("/v1/cycles", "POST"),
    "open": ("/v1/cases", "POST"),
    "list": ("/v1/cases", "GET"),
    "read": ("/v1/cases/{case}", "GET"),
    "history": ("/v1/cases/{case}/events", "GET"),
    "possible": ("/v1/cases/{case}/transitions", "GET"),
    "fire": ("/v1/cases/{case}/transitions", "POST"),
    "note": ("/v1/cases/{case}/notes", "POST"),
    "fire many": ("/v1/transitions", "POST"),
}


class Client:
    """Calls operations of the description, and holds every answer to it."""

    def __init__(self, service: Service) -> None:
        self.schema = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
        self.service, self.n_keys = service, 0

    def __call__(self, what: str, person: str, body: Any = None, **named: str) -> Any:
        path, method = SUMMARIES[what]
        operation = self.schema[path][method]
        case = operation.Case(
            path_parameters={"case": named.pop("case")} if "case" in named else {},
            query=named,
            headers=self.headers(person, operation),
            **({} if body is None else {"body": body, "media_type": "application/json"}),
        )
        self.service.clock.pass_by(minutes=1)
        answer = case.call()
        case.validate_response(answer)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def headers(self, person: str, operation: Any) -> dict[str, str]:
        """Return what the operation says it takes, and nothing else."""
        self.n_keys += 1
        given = {"On-Behalf-Of": person, "Idempotency-Key": f"client-{self.n_keys}"}
        taken = {one.name for one in operation.headers}
        sent = {name: value for name, value in given.items() if name in taken}
        return {"Authorization": f"Bearer {self.service.token}", **sent}


@pytest.fixture(params=STORES)
def client(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    for service in started(request.param, tmp_path, request):
        publish_schemes(service.parts.publishing, SCHEME)
        yield Client(service)


def filled_in(form: dict[str, Any]) -> Any:
    """Return data that fit a form: the least of each field that has to be there."""
    match form:
        case {"type": "object"}:
            needed = form.get("required", [])
            return {name: filled_in(form["properties"][name]) for name in needed}
        case {"type": "array"}:
            return [filled_in(form["items"])] * form["minItems"]
        case {"oneOf": [first, *_]}:
            return first["const"]
    return "一" * max(1, form["minLength"])


def test_it_plays_a_story(client: Client):
    round_ = client("open a round", OFFICE, {"scheme": SCHEME.id, "unit": "c", "round": "2019"})
    cycle = round_["id"]
    session = client("open", OFFICE, {"kind": "session", "cycle": cycle, "unit": "c"})["case"]
    (folder,) = client("list", SECRETARY, cycle=cycle, kind="folder")["items"]
    page = client("open", SECRETARY, {"kind": "page", "parent": folder["id"]})["case"]
    client("note", SECRETARY, {"kind": "note", "text": "好"}, case=page["id"])
    (write,) = client("possible", SECRETARY, case=page["id"])["items"]
    data = filled_in(write["data"])
    written = client(
        "fire", SECRETARY, {"trigger": write["trigger"], "data": data}, case=page["id"]
    )
    assert written["case"]["final"] == "completed"
    client("fire", OFFICE, {"trigger": "hold"}, case=session["id"])
    commands = [{"case": folder["id"], "trigger": "shut_up", "idempotency_key": "k"}]
    (shut,) = client("fire many", SECRETARY, {"commands": commands})["results"]
    assert (shut["status"], shut["case"]["final"]) == (201, "completed")
    links = client("read", SECRETARY, case=folder["id"])["links"]
    assert [(one["name"], one["n"]) for one in links] == [("pages", 1), ("sessions", 1)]
    history = client("history", SECRETARY, case=page["id"])["items"]
    assert [one["event"]["type"].split(".")[1] for one in history] == [
        "case_opened", "note_added", "state_changed",
    ]  # fmt: skip
