"""Calls to the workflow over real HTTP: what each answer means, and connections that die."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import uuid4

import pytest

from services.notifier.adapters.workflow import WorkflowClient
from services.notifier.application.ports import RECORDED_OTHERWISE, Moved, Recorded, Remark, Said
from services.notifier.domain.errors import WorkflowRefused, WorkflowUnavailable
from services.workflow.adapters.http import documents
from services.workflow.adapters.http.problems import Problem


class Handler(BaseHTTPRequestHandler):
    """Answers from a list, one entry per request: (status, body) or None to hang up."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[list[Any]] = []
    requests: ClassVar[list[tuple[str, str, bytes, str]]] = []

    def handle_call(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = self.headers["Authorization"]
        self.requests.append((self.command, self.path, body, token))
        answer = self.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, content = answer
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = handle_call  # noqa: N815 -- the library's names

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Handler.answers, Handler.requests = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(server: ThreadingHTTPServer) -> Iterator[WorkflowClient]:
    client = WorkflowClient(f"http://127.0.0.1:{server.server_port}", "token-of-the-notifier")
    yield client
    client.close()


def test_people_come_with_name_and_address_and_unknown_ones_are_missing(
    client: WorkflowClient,
) -> None:
    Handler.answers = [(200, {"items": [{"id": "p", "name": "甲", "email": "p@example.org"}]})]
    people = client.people(["p", "q"])
    assert {id_: person.name for id_, person in people.items()} == {"p": "甲"}
    assert Handler.requests[0][1] == "/v1/people?ids=p%2Cq"
    assert Handler.requests[0][3] == "Bearer token-of-the-notifier"


def test_what_was_said_comes_by_case_and_what_is_not_to_be_told_is_missing(
    client: WorkflowClient,
) -> None:
    stream = f"review/{uuid4()}"
    remark = {"text": "数字不符", "part": "履职情况", "paragraph": 2}
    answer = {"items": [{"subject": stream, "version": 3, "remarks": [remark], "more": 1}]}
    documents.SAID.load(answer)
    Handler.answers = [(200, answer), (200, {"items": []}), (200, {"items": [{}]})]
    assert client.said("p", {stream: 3}) == {stream: Said(remarks=(Remark(**remark),), more=1)}
    assert Handler.requests[0][1] == f"/v1/said?person=p&cases={quote(f'{stream}@3')}"
    assert client.said("p", {stream: 3}) == {}
    with pytest.raises(WorkflowRefused):
        client.said("p", {stream: 3})


def test_what_a_calendar_would_move_comes_as_its_events_would_say_it(
    client: WorkflowClient,
) -> None:
    stream, at = f"review/{uuid4()}", "2020-01-20T16:00:00.000000Z"
    event = {"effective_at": at, "dues": [{"due_at": at, "desk": "a"}]}
    answer = {
        "items": [{"subject": stream, "data": event}],
        "beyond": [{"number": "1", "day": "x"}],
        "next": "goes-on",  # and is not asked for: such a calendar is not tried
    }
    documents.MOVED_DEADLINES.load(answer)
    Handler.answers = [(200, answer), (200, {"items": [{}], "beyond": []}), (404, {})]
    told = client.moved_deadlines(b'{"id":"c"}')
    assert told == Moved(cases={stream: event}, beyond=(("1", "x"),))
    assert Handler.requests[0][:3] == ("POST", "/v1/moved-deadlines", b'{"calendar":{"id":"c"}}')
    for _ in range(2):
        with pytest.raises(WorkflowRefused):
            client.moved_deadlines(b"{}")


def test_what_a_calendar_would_move_is_read_to_its_last_page(client: WorkflowClient) -> None:
    streams = [f"review/{uuid4()}" for _ in range(2)]
    pages = [
        {"items": [{"subject": streams[0], "data": {"dues": []}}], "beyond": [], "next": "a-b_c"},
        {"items": [], "beyond": [], "next": "d"},
        {"items": [{"subject": streams[1], "data": {"dues": []}}], "beyond": [], "next": None},
    ]
    Handler.answers = [(200, page) for page in pages]
    assert set(client.moved_deadlines(b"{}").cases) == set(streams)
    asked = [path for _, path, *_ in Handler.requests]
    assert asked == ["/v1/moved-deadlines" + after for after in ("", "?after=a-b_c", "?after=d")]


def test_reports_bring_a_status_each(client: WorkflowClient) -> None:
    results = [{"notice": "a", "status": 201}, {"notice": "b", "status": 404}]
    Handler.answers = [(200, {"results": results})]
    assert client.record([{"notice": "a"}, {"notice": "b"}]) == {
        "a": Recorded(201),
        "b": Recorded(404),
    }


def test_a_notice_known_with_another_outcome_is_known_so(client: WorkflowClient) -> None:
    id_, problem = str(uuid4()), Problem(status=422, code="notice_differs").document("en")
    result = {"notice": id_, "status": 422, "problem": problem}
    stands = {"recorded": {"outcome": "not_sent", "reason": "vacant"}}
    answers = [{"results": [result]}, {"results": [result | stands]}]
    for answer in answers:
        documents.NOTICE_RESULTS.load(answer)
    Handler.answers = [(200, answer) for answer in answers]
    assert client.record([{"notice": id_}]) == {id_: Recorded(RECORDED_OTHERWISE)}
    assert client.record([{"notice": id_}]) == {
        id_: Recorded(RECORDED_OTHERWISE, "not_sent", "vacant")
    }


def test_a_notice_that_cannot_be_read_stops_no_other(client: WorkflowClient) -> None:
    def taken(*ids: str) -> tuple[int, Any]:
        return 200, {"results": [{"notice": id_, "status": 201} for id_ in ids]}

    Handler.answers = [(400, {}), taken("a", "b"), (400, {}), (400, {}), taken("d")]
    answers = client.record([{"notice": id_} for id_ in "abcd"])
    assert {id_: answer.status for id_, answer in answers.items()} == {
        "a": 201,
        "b": 201,
        "c": 400,
        "d": 201,
    }


def test_a_workflow_of_the_release_before_is_told_without_what_it_does_not_know(
    client: WorkflowClient,
) -> None:
    newer = {"attempts": 1, "settled_at": "2020-01-08T01:00:00.000000Z", "wordshash": "ab" * 32}
    newer["acknowledgement"] = True
    told = [{"notice": "a", "outcome": "sent", **newer}, {"notice": "b", "outcome": "sent"}]
    taken = {"results": [{"notice": one["notice"], "status": 201} for one in told]}
    alone = {"results": taken["results"][:1]}
    Handler.answers = [(400, {}), (400, {}), (200, alone), (200, taken)]
    assert client.record(told) == {"a": Recorded(201), "b": Recorded(201)}
    sent = [json.loads(body)["notices"] for _, _, body, _ in Handler.requests]
    plain = [{"notice": id_, "outcome": "sent"} for id_ in "ab"]
    assert sent == [told, told[:1], plain[:1], plain]


def test_what_it_knows_is_not_left_out_for_another_that_it_cannot_read(
    client: WorkflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = strict(client, monkeypatch, refuses={"b"})
    answers = client.record([{"notice": id_, "attempts": 1} for id_ in "abcd"])
    statuses = {id_: one.status for id_, one in answers.items()}
    assert statuses == {"a": 201, "b": 400, "c": 201, "d": 201}
    assert taken == {id_: {"notice": id_, "attempts": 1} for id_ in "acd"}


@pytest.mark.parametrize("broken", ["a", "b"])
def test_a_proof_that_cannot_be_read_is_left_out_for_its_own_notice_alone(
    client: WorkflowClient, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    taken = strict(client, monkeypatch, refuses_proof_of={broken})
    answers = client.record([{"notice": id_, "attempts": 1} for id_ in "abcd"])
    assert {one.status for one in answers.values()} == {201}
    assert [id_ for id_ in "abcd" if "attempts" not in taken[id_]] == [broken]


def strict(
    client: WorkflowClient,
    monkeypatch: pytest.MonkeyPatch,
    refuses: AbstractSet[str] = frozenset(),
    refuses_proof_of: AbstractSet[str] = frozenset(),
) -> dict[str, Mapping[str, object]]:
    """Let a workflow answer that refuses a whole call for some; return what it takes, by notice."""
    taken: dict[str, Mapping[str, object]] = {}

    def record(notices: Sequence[Mapping[str, object]]) -> dict[str, Recorded]:
        for one in notices:
            id_ = one["notice"]
            if id_ in refuses or (id_ in refuses_proof_of and "attempts" in one):
                raise WorkflowRefused("POST /v1/notices: 400", 400)
        taken.update({str(one["notice"]): one for one in notices})
        return {str(one["notice"]): Recorded(201) for one in notices}

    monkeypatch.setattr(client, "_record", record)
    return taken


@pytest.mark.parametrize("status", [400, 401])
def test_no_notice_is_given_up_when_none_is_taken(client: WorkflowClient, status: int) -> None:
    Handler.answers = [(status, {})] * 3
    with pytest.raises(WorkflowRefused, match=str(status)):
        client.record([{"notice": "a"}, {"notice": "b"}])


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_trouble_is_away(client: WorkflowClient, status: int) -> None:
    Handler.answers = [(status, {})]
    with pytest.raises(WorkflowUnavailable, match=str(status)):
        client.get("/v1/log?after=0")


@pytest.mark.parametrize(
    ("status", "body"), [(401, {}), (403, {}), (302, {}), (200, b"<html>"), (200, b"")]
)
def test_an_answer_that_is_no_yes_is_a_refusal(
    client: WorkflowClient, status: int, body: Any
) -> None:
    Handler.answers = [(status, body)]
    with pytest.raises(WorkflowRefused):
        client.get("/v1/log?after=0")


def test_a_kept_connection_that_died_is_opened_anew_and_the_call_repeated(
    client: WorkflowClient,
) -> None:
    Handler.answers = [(200, {"n": 1}), None, (200, {"n": 2})]
    assert client.get("/a") == {"n": 1}
    assert client.get("/b") == {"n": 2}


def test_a_server_that_hangs_up_twice_is_away(client: WorkflowClient) -> None:
    Handler.answers = [None, None]
    for _ in range(2):
        with pytest.raises(WorkflowUnavailable):
            client.get("/a")


def test_what_is_logged_of_a_failure_names_nobody(client: WorkflowClient) -> None:
    Handler.answers = [(503, {})]
    with pytest.raises(WorkflowUnavailable) as caught:
        client.people(["p-0001"])
    assert "p-0001" not in str(caught.value)
