"""Cases of every kind at one address; /v1/reviews is the view of those of one kind."""

import json
from dataclasses import replace
from typing import Any

import pytest

from services.workflow.adapters.http import documents
from services.workflow.adapters.http.ways import LongWay, ShortWay
from services.workflow.application.firing.port import Wanted
from services.workflow.domain.case.head import Case
from tests.contract.workflow.appends import opening
from tests.integration.http.service import Service
from tests.integration.http.serving import SUBMIT, serving

PART = "0195a1f0-0000-7000-8000-00000000001e"
KIND = "thing"  # no scheme that is published has such cases
SUSPEND = {"trigger": "suspend", "reason": "借调"}


@pytest.fixture(scope="module")
def mixed(shared: Service) -> Service:
    """A service in which a review has a part of another kind."""
    whole = shared.reviews["c-h1-a"]
    found = shared.parts.database.store.standing([Wanted(case=whole)]).case(whole)
    shared.parts.database.store.append([opening(part_of(found))])
    return shared


def part_of(case: Case) -> Case:
    stream = case.stream
    named = {"number": f"{case.number}/01", "of": stream, "family": stream}
    return replace(case, id=PART, kind=KIND, tier=None, person=None, **named)


def listed(service: Service, path: str) -> list[dict[str, Any]]:
    answer = service.get(path, "c.off")
    assert answer.status_code == 200, answer.text
    (documents.CASES if "cases" in path else documents.REVIEWS).load(answer.json)
    return list(answer.json["items"])


def test_a_list_has_cases_of_every_kind_and_the_older_one_of_its_own(mixed: Service):
    found = listed(mixed, "/v1/cases?unit=c-h1-a")
    stream = f"review/{mixed.reviews['c-h1-a']}"
    told = [(one["kind"], one["of"], one["person"]) for one in found]
    assert told == [("review", None, "c-h1-a.sec"), (KIND, stream, None)]
    assert len(listed(mixed, "/v1/reviews?unit=c-h1-a")) == 1
    assert len(listed(mixed, "/v1/cases?unit=c-h1-a&kind=review")) == 1


def test_a_list_is_walked_page_by_page_over_all_kinds(mixed: Service):
    found, query = [], "/v1/cases?limit=1&unit=c-h1"
    while True:
        page = mixed.get(query, "c.off").json
        found += [one["number"] for one in page["items"]]
        if page["next"] is None:
            break
        query = f"/v1/cases?limit=1&unit=c-h1&after={page['next']}"
    assert len(found) == page["total"] == 4
    assert found == sorted(set(found))


def test_a_kind_that_no_scheme_has_is_malformed(mixed: Service):
    answer = mixed.get(f"/v1/cases?kind={KIND}", "c.off")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "kind")
    assert "review" in answer.json["errors"][0]["accepted"].split("、")
    assert mixed.get("/v1/reviews?kind=review", "c.off").status_code == 400


@pytest.mark.parametrize("below", ["", "/events", "/transitions"])
def test_a_case_of_another_kind_is_no_review_to_whoever_reads(mixed: Service, below: str):
    absent = mixed.get(f"/v1/reviews/{PART[:-1]}f{below}", "c.off")
    answer = mixed.get(f"/v1/reviews/{PART}{below}", "c.off")
    assert (answer.status_code, answer.data) == (404, absent.data)


@pytest.mark.parametrize(
    ("below", "body"), [("transitions", SUSPEND), ("notes", {"kind": "note", "text": "好"})]
)
def test_a_case_of_another_kind_is_no_review_to_whoever_acts(
    mixed: Service, below: str, body: dict[str, str]
):
    answer = mixed.call("POST", f"/v1/reviews/{PART}/{below}", body, person="c.off")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


# --- Acting ---


def fire(service: Service, path: str, body: dict[str, Any], **others: Any) -> Any:
    return service.call("POST", f"{path}/transitions", body, person="c.off", **others)


def test_an_act_at_either_address_is_the_same_act(service: Service):
    case = service.reviews["c-b1"]
    suspended = fire(service, f"/v1/cases/{case}", SUSPEND)
    documents.CASE_FIRED.load(suspended.json)
    assert suspended.headers["ETag"] == '"2"'
    resumed = fire(service, f"/v1/reviews/{case}", {"trigger": "resume", "reason": "回任"})
    documents.REVIEW_FIRED.load(resumed.json)
    assert (resumed.json["review"]["version"], resumed.json["review"]["suspended"]) == (3, False)


def test_a_key_is_of_the_address_it_was_sent_to(service: Service):
    case = service.reviews["c-b1"]
    first = fire(service, f"/v1/cases/{case}", SUSPEND, key="k")
    again = fire(service, f"/v1/cases/{case}", SUSPEND, key="k")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    other = fire(service, f"/v1/reviews/{case}", SUSPEND, key="k")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")


def test_commands_of_many_say_case_or_review_and_are_answered_so(service: Service):
    case, other = service.reviews["c-b1"], service.reviews["c-h2"]
    resume = {"trigger": "resume", "reason": "回任"}
    commands = [
        {"case": case, **SUSPEND, "idempotency_key": "1"},
        {"review": case, **resume, "idempotency_key": "2"},
        {"case": other, "review": other, **SUSPEND, "idempotency_key": "3"},
        {"review": other, **SUSPEND, "idempotency_key": "4"},
    ]
    answer = service.call("POST", "/v1/transitions", {"commands": commands}, person="c.off")
    documents.RESULTS.load(answer.json)
    results = answer.json["results"]
    assert [one["status"] for one in results] == [201, 201, 400, 201]
    assert [one["case"]["version"] for one in results[:1]] == [2]
    assert [one["review"]["version"] for one in results[1:2]] == [3]
    alone = fire(service, f"/v1/cases/{case}", SUSPEND, key="1")
    assert (alone.status_code, alone.json["event"]) == (201, results[0]["event"])


@pytest.mark.parametrize("way", [ShortWay, LongWay])
def test_the_short_way_knows_both_addresses(service: Service, way: type[LongWay]):
    with serving(service, way) as served:
        raw = served.submit("c-h1-a").replace(b"/v1/reviews/", b"/v1/cases/")
        [(status, body, _)] = served.ask(raw)
        [(again, _, _)] = served.ask(served.submit("c-h1-b"))
        assert (status, again, served.loop.n_long) == (201, 201, 0 if way is ShortWay else 2)
    assert json.loads(body)["case"]["kind"] == "review"


def test_a_case_of_another_kind_is_no_review_the_short_way_either(mixed: Service):
    with serving(mixed, ShortWay) as served:
        raw = served.raw("c-h1", json.dumps(SUBMIT).encode(), Idempotency_Key="x")
        other = raw.replace(mixed.reviews["c-h1"].encode(), PART.encode())
        assert [status for status, _, _ in served.ask(other)] == [404]


def test_a_page_of_places_after_a_case_that_is_among_them_no_more_is_refused(service: Service):
    """It was withdrawn between two pages: nothing would look like the end of the list."""
    path = f"/v1/cycles/{service.cycle}/ranking?tier=C&limit=1"
    first = service.get(path, "c.off").json
    last = first["items"][0]["unit"]
    further = f"{path}&after={first['next']}"
    assert service.get(further, "c.off").json["items"] != []
    withdrawn = service.fire(last, "withdraw", f"{last.rpartition('-')[0]}.off", reason="撤回")
    assert withdrawn.status_code == 201
    answer = service.get(further, "c.off")
    assert (answer.status_code, answer.json["code"]) == (400, "bad_cursor")
