"""Whatever arrives, the answer is a clear problem and the log is as it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.fields import Instant, ListOf, ObjectOf, Score, StrictSchema, Text
from services.workflow.adapters.http import cursors, documents
from services.workflow.adapters.http.commands import BULK_COMMAND
from services.workflow.adapters.http.cycles import CycleBody
from services.workflow.adapters.http.notices import NoticesBody
from services.workflow.adapters.http.opening import OpeningBody
from services.workflow.adapters.http.transitions import BulkBody
from services.workflow.application.asking import NOTE_BODY, TRIGGER_BODY
from services.workflow.domain.data.decision import AnyBody
from tests.integration.http.afterwards import n_rows, require_whole
from tests.integration.http.bad_values import (
    BAD_BODIES,
    BAD_HEADERS,
    BAD_QUERIES,
    as_sent,
    spoilt,
)
from tests.integration.http.notice import notice
from tests.integration.http.service import REPORT, Service

Case = tuple[str, str, str, Any]  # (what is wrong, method, path, body or None)
SCORES = {"ballot_score": "91.50", "superior_score": "90.00"}
DECISION = {"body": "c", "date": "2020-01-08", "minutes": "纪要1号"}
# Kind of data -> a review in the state that takes it, the trigger, who fires it, sound data.
DATA = {
    "report": ("c-h1-a", "submit", "c-h1-a.sec", {"report": REPORT}),
    "findings": ("c-h1-b", "return_unit_audit", "c-h1.dep", {"findings": ["问题不深刻"]}),
    "scores": ("c-h2-a", "score", "c-h2.off", SCORES),
    "decisions": ("c-b1", "give_feedback", "c.off", {"decisions": [DECISION]}),
    "deadline": ("c-h2", "change_deadline", "c.off", {"due_at": "2020-01-20T16:00:00.000000Z"}),
}
WALKS = (
    ("c-h1-b", "submit", "c-h1-b.sec", {"report": REPORT}),
    ("c-h2-a", "submit", "c-h2-a.sec", {"report": REPORT}),
    ("c-h2-a", "pass_unit_audit", "c-h2.dep", {}),
    ("c-h2-a", "present", "c-h2.off", {}),
    ("c-b1", "submit", "c-b1.sec", {"report": REPORT}),
    ("c-b1", "pass_organ_audit", "c.dep", {}),
    ("c-b1", "present", "c.off", {}),
    ("c-b1", "score", "c.off", SCORES),
)


@pytest.fixture(scope="module", autouse=True)
def walked(shared: Service) -> None:
    """Bring reviews into the states in which each kind of data is taken."""
    for unit, trigger, person, data in WALKS:
        answer = shared.fire(unit, trigger, person, data=data)
        assert answer.status_code == 201, answer.text


@pytest.fixture
def untouched(shared: Service, capfd: pytest.CaptureFixture[str]) -> Iterator[Service]:
    """The service, which must hold the same rows afterwards and have logged no traceback."""
    before = n_rows(shared), shared.n_events()
    yield shared
    assert (n_rows(shared), shared.n_events()) == before
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    assert "unexpected" not in out + err


def require_problem(answer: Any, wrong: str) -> None:
    assert 400 <= answer.status_code < 500, f"{wrong}: {answer.status_code} {answer.text[:300]}"
    assert answer.content_type == "application/problem+json", wrong
    documents.PROBLEM.load(answer.json)


def bodies(service: Service) -> Iterator[Case]:
    review = service.reviews["c-h1-a"]
    trigger = {
        "trigger": "submit",
        "data": {"report": REPORT},
        "reason": "理由",
        "reference": "文号",
        "effective_at": "2020-01-08T09:00:00+08:00",
        "dry_run": True,
    }
    cycle = {"scheme": "jilin-health-2019", "unit": "c-h1", "year": 2019}
    opening = {"kind": "nothing", "cycle": service.cycle, "unit": "c"}
    made = [
        (TRIGGER_BODY, trigger, f"/v1/reviews/{review}/transitions"),
        (CycleBody(), cycle, "/v1/cycles"),
        (OpeningBody(), opening, "/v1/cases"),
        (NOTE_BODY, {"kind": "note", "text": "好"}, f"/v1/reviews/{review}/notes"),
        (NoticesBody(), {"notices": [notice(service)]}, "/v1/notices"),
        (BulkBody(), {"commands": [{"trigger": "x"}]}, "/v1/transitions"),
    ]
    for schema, good, path in made:
        for wrong, body in spoilt(schema, good):
            if not wrong.startswith(
                (".commands.", ".commands with")
            ):  # these are answered one by one: see below
                yield wrong, "POST", path, body


def test_every_field_spoilt_in_every_way_is_a_clear_problem(untouched: Service):
    cases = list(bodies(untouched))
    for wrong, method, path, body in cases:
        answer = untouched.call(method, path, raw=as_sent(body), person=_person(path))
        require_problem(answer, f"{path} {wrong}")
    assert len(cases) >= 400


def _person(path: str) -> str | None:
    return None if path == "/v1/notices" else "c-h1-a.sec" if "notes" not in path else "c-h1.off"


class Lists(StrictSchema):
    achievements = Text(required=True, most=20_000, multiline=True)
    problems = Text(required=True, most=20_000, multiline=True)
    tasks = Text(required=True, most=20_000, multiline=True)


# What each trigger takes, as clients of schemes of format 1 spell it.
SCHEMAS: dict[str, StrictSchema] = {
    kind: StrictSchema.from_dict(fields, name="Data")()  # type: ignore[dict-item]
    for kind, fields in {
        "report": {"report": ObjectOf(Lists(), required=True)},
        "findings": {"findings": ListOf(Text(most=20_000), least=1, most=200, required=True)},
        "scores": {f"{one}_score": Score(required=True) for one in ("ballot", "superior")},
        "decisions": {"decisions": ListOf(ObjectOf(AnyBody()), most=10)},
        "deadline": {"due_at": Instant(required=True)},
    }.items()
}


@pytest.mark.parametrize("kind", DATA)
def test_the_data_of_every_trigger_spoilt_in_every_way_is_refused(untouched: Service, kind: str):
    unit, trigger, person, good = DATA[kind]
    path = f"/v1/reviews/{untouched.reviews[unit]}/transitions"
    sound = {"trigger": trigger, "data": good, "dry_run": True}
    if kind == "deadline":
        sound["reason"] = "延期"
    assert untouched.call("POST", path, sound, person=person).status_code == 200
    for wrong, data in spoilt(SCHEMAS[kind], good):
        answer = untouched.call("POST", path, raw=as_sent(sound | {"data": data}), person=person)
        require_problem(answer, wrong)
        assert answer.status_code in (400, 413, 422), wrong


def test_a_spoilt_command_of_many_is_refused_alone(untouched: Service):
    good = {"review": untouched.reviews["c"], "trigger": "x", "idempotency_key": "k"}
    commands = [body for _, body in spoilt(BULK_COMMAND, good)]
    # What no JSON reader takes spoils the whole request; these do not.
    fatal = (b"\\ud800", b"0" * 99, str(2**63).encode())
    sound = [body for body in commands if not any(one in as_sent(body) for one in fatal)]
    assert len(sound) > 60
    answer = untouched.call("POST", "/v1/transitions", raw=as_sent({"commands": sound}))
    assert answer.status_code == 200
    # Some of the bad words are sound keys; of those it is the trigger that does not exist.
    assert {result["status"] for result in answer.json["results"]} <= {400, 422}


def test_a_command_of_many_that_is_too_long_is_refused_alone(untouched: Service):
    short = {"review": untouched.reviews["c"], "trigger": "x", "idempotency_key": "short"}
    long = short | {"idempotency_key": "long", "data": {"report": {"tasks": "长" * 22_000}}}
    answer = untouched.call("POST", "/v1/transitions", {"commands": [long, short]})
    assert [result["status"] for result in answer.json["results"]] == [413, 422]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/reviews/{review}/transitions",
        "/v1/reviews/{review}/notes",
        "/v1/cycles",
        "/v1/notices",
        "/v1/transitions",
    ],
)
@pytest.mark.parametrize("wrong", BAD_BODIES)
def test_what_is_no_proper_json_is_refused(untouched: Service, path: str, wrong: str):
    path = path.format(review=untouched.reviews["c"])
    require_problem(untouched.call("POST", path, raw=BAD_BODIES[wrong], person="c.sec"), wrong)


@pytest.mark.parametrize("index", range(len(BAD_HEADERS)))
def test_headers_that_are_none_are_refused(untouched: Service, index: int):
    path = f"/v1/reviews/{untouched.reviews['c']}/transitions"
    body = {"trigger": "submit", "data": {"report": REPORT}}
    answer = untouched.call("POST", path, body, person="c.sec", headers=BAD_HEADERS[index])
    require_problem(answer, str(BAD_HEADERS[index])[:80])


@pytest.mark.parametrize(
    ("path", "query"), [(path, query) for path, queries in BAD_QUERIES.items() for query in queries]
)
def test_queries_that_make_no_sense_are_refused(untouched: Service, path: str, query: str):
    person = "c.off" if path == "/v1/inbox" else None
    require_problem(untouched.get(f"{path}?{query}", person), f"{path}?{query}")


def test_a_word_that_an_address_says_twice_is_named(untouched: Service):
    answer = untouched.get("/v1/cases?tier=B&tier=C", "c.off")
    require_problem(answer, "tier twice")
    assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [("tier", "repeated")]


@pytest.mark.parametrize("field", ["after", "kind"])
def test_a_cursor_altered_anywhere_is_refused(untouched: Service, field: str):
    cursor = untouched.get("/v1/reviews?limit=1").json["next"]
    altered = [
        cursor[:index] + ("A" if cursor[index] != "A" else "B") + cursor[index + 1 :]
        for index in range(0, len(cursor), 5)
    ]
    query = "" if field == "after" else "&sort=-due_at"
    for one in altered if field == "after" else [cursor]:
        answer = untouched.get(f"/v1/reviews?after={one}{query}")
        require_problem(answer, one)
        assert answer.json["code"] == "bad_cursor"


AT, CASE = "2020-01-10T16:00:00.000000Z", "0195a1f0-0000-7000-8000-000000000001"
MADE_UP: dict[str, tuple[tuple[Any, ...], ...]] = {
    "number": ((), ("",), ("\0", CASE), ("a\u202eb", CASE), (1, CASE), ("2019-C-0417", "x"),
               ("2019-C-0417", "\0"), ("2019-C-0417", CASE, 1), (None, CASE), ([], CASE)),
    "due_at": (("x", CASE), ("9999-12-31T23:59:59.999999Z", CASE), ("2020-01-10", CASE), (AT, "y"),
               ("0001-01-01T00:00:00.000000Z", CASE), (True, CASE), ("\0", CASE)),
    "history": (("x", "review/x", 1), (AT, "\0", 1), (AT, f"review/{CASE}", 2**63),
                (AT, f"review/{CASE}", -1), (AT, f"review/{CASE}", "1"),
                (AT, f"review/{CASE}", True), (AT, 1, 1)),
    "inbox": (("x", CASE), (AT, "\0"), ("0001-01-01T00:00:00+14:00", CASE), (AT, 1)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "place"), [(kind, place) for kind, places in MADE_UP.items() for place in places]
)
def test_a_cursor_somebody_else_made_up_is_refused(
    untouched: Service, kind: str, place: tuple[Any, ...]
):
    cursor = cursors.encode(kind, *place)  # its check bytes are right: they are no secret
    case = untouched.reviews["c"]
    path = {"history": f"/v1/reviews/{case}/events?", "inbox": "/v1/inbox?"}.get(
        kind, f"/v1/reviews?sort={kind}&"
    )
    answer = untouched.get(f"{path}after={cursor}", "c.off")
    require_problem(answer, cursor)
    assert answer.json["code"] == "bad_cursor"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/reviews/..%2f..%2fetc%2fpasswd",
        "/v1/reviews/%00",
        "/v1/reviews/%FF%FE",
        "/v1/reviews/" + "a" * 4000,
        "/v1/reviews/00000000-0000-0000-0000-000000000000",
        "/v1/reviews/{{7*7}}",
        "/v1/reviews/'%20OR%201=1",
        "/v1/reviews/%F0%A0%AE%B7/events",
        "/v1/cycles/%00",
        "/v1/cycles/x",
        "/v1/inbox/x/read",
        "/v1/inbox/x/policy",
        "/v1/cases/00000000-0000-0000-0000-000000000000/policies/%00",
        "/v1//reviews",
        "/v2/reviews",
        "//v1/reviews",
    ],
)
def test_paths_that_lead_nowhere_are_absent(untouched: Service, path: str):
    for method in ("GET", "POST"):
        answer = untouched.call(method, path, person="c.off")
        require_problem(answer, path)
        assert answer.status_code in (404, 405)


def test_afterwards_the_notifier_reads_all_and_the_verifier_finds_nothing(
    shared: Service, tmp_path: Path
):
    require_whole(shared, tmp_path)
