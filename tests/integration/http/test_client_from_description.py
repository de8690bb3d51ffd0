"""A client generated from the served description opens a case and leads it to its end.

It is Python written from the description alone, and compiled: it knows no path, no member and no
form but by that and by what the service told it. Each answer is held to what was promised.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis

from tests.integration.http.conftest import STORES, started
from tests.integration.http.service import Service
from tests.integration.http.test_opening_cases import OFFICE, SCHEME, SECRETARY
from tests.texts import publish_schemes

VERBS = ("get", "post")


def written(description: dict[str, Any]) -> str:
    """Return the source of a class with a method for each operation, which takes what that does."""
    lines = ["class Generated:", "    def __init__(self, send):", "        self.send = send"]
    for path, item in description["paths"].items():
        for verb in (one for one in VERBS if one in item):
            operation = item[verb]
            declared = [*item.get("parameters", ()), *operation.get("parameters", ())]
            names = {one["name"].replace("-", "_"): one for one in declared}
            needed = [name for name, one in names.items() if one.get("required")]
            optional = [f"{name}=None" for name in names if name not in needed]
            body = ["body"] if "requestBody" in operation else []
            taken = ", ".join(["self", "*", *needed, *body, *optional])
            given = ", ".join(f"{one['name']!r}: {name}" for name, one in names.items())
            lines += [
                f"    def {operation['operationId']}({taken}):",
                f"        given = {{{given}}}",
                f"        return self.send({path!r}, {verb!r}, given, {body[0] if body else None})",
            ]
    return "\n".join(lines)


class Sending:
    """Sends what a generated client was given, and holds every answer to the description."""

    def __init__(self, service: Service) -> None:
        self.schema = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
        self.service = service

    def __call__(self, path: str, verb: str, given: dict[str, Any], body: Any) -> Any:
        operation = self.schema[path][verb.upper()]
        said = {name: value for name, value in given.items() if value is not None}
        case = operation.Case(
            path_parameters=only(operation.path_parameters, said),
            query=only(operation.query, said),
            headers={
                "Authorization": f"Bearer {self.service.token}",
                **only(operation.headers, said),
            },
            **({} if body is None else {"body": body, "media_type": "application/json"}),
        )
        self.service.clock.pass_by(minutes=1)
        answer = case.call()
        case.validate_response(answer)
        assert answer.status_code < 300, answer.text
        return answer.json()


def only(declared: Any, said: dict[str, Any]) -> dict[str, Any]:
    return {one.name: said[one.name] for one in declared if one.name in said}


@pytest.fixture(params=STORES)
def client(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    for service in started(request.param, tmp_path, request):
        publish_schemes(service.parts.publishing, SCHEME)
        sending, made = Sending(service), dict[str, Any]()
        exec(compile(written(sending.schema.raw_schema), "generated", "exec"), made)  # noqa: S102
        yield made["Generated"](sending)


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


def keys() -> Iterator[str]:
    return (f"client-{n}" for n in count())


def test_it_plays_a_story(client: Any):
    office, secretary, key = {"On_Behalf_Of": OFFICE}, {"On_Behalf_Of": SECRETARY}, keys()

    def post(operation: str, by: dict[str, str], body: Any, **named: str) -> Any:
        call = getattr(client, operation)
        return call(**by, **named, Idempotency_Key=next(key), body=body)

    opened = {"scheme": SCHEME.id, "unit": "c", "round": "2019"}
    cycle = post("cycles_open_cycle", office, opened)["id"]
    called = {"kind": "session", "cycle": cycle, "unit": "c"}
    session = post("opening_open_case", office, called)["case"]
    (folder,) = client.cases_list_cases(**secretary, cycle=cycle, kind="folder")["items"]
    page = post("opening_open_case", secretary, {"kind": "page", "parent": folder["id"]})["case"]
    post("cases_add_note", secretary, {"kind": "note", "text": "好"}, case=page["id"])
    (write,) = client.cases_list_possible(**secretary, case=page["id"])["items"]
    filled = {"trigger": write["trigger"], "data": filled_in(write["data"])}
    done = post("cases_fire_one", secretary, filled, case=page["id"])
    assert done["case"]["final"] == "completed"
    post("cases_fire_one", office, {"trigger": "hold"}, case=session["id"])
    commands = [{"case": folder["id"], "trigger": "shut_up", "idempotency_key": "k"}]
    (shut,) = client.transitions_fire_many(**secretary, body={"commands": commands})["results"]
    assert (shut["status"], shut["case"]["final"]) == (201, "completed")
    links = client.cases_get_case(**secretary, case=folder["id"])["links"]
    assert [(one["name"], one["n"]) for one in links] == [("pages", 1), ("sessions", 1)]
    history = client.cases_list_events(**secretary, case=page["id"])["items"]
    assert [one["event"]["type"].split(".")[1] for one in history] == [
        "case_opened", "note_added", "state_changed",
    ]  # fmt: skip


def test_every_operation_has_a_name_of_its_own(client: Any):
    paths = client.send.schema.raw_schema["paths"].values()
    names = [item[verb]["operationId"] for item in paths for verb in VERBS if verb in item]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)
