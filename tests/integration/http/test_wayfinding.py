"""What a caller needs to find its way back: numbers, cycles, units, names, and words that exist."""

from typing import Any

import pytest

from services.workflow.adapters.http import documents
from tests.integration.http.service import SCHEME, Service


def listed(service: Service, query: str, person: str | None = None) -> Any:
    answer = service.get(f"/v1/reviews?{query}", person)
    assert answer.status_code == 200, answer.text
    documents.REVIEWS.load(answer.json)
    return answer.json


def test_a_case_is_found_by_its_number_by_who_may_see_it(shared: Service):
    wanted = shared.get(f"/v1/reviews/{shared.reviews['c-h1-a']}").json
    for person, n in (("c.off", 1), ("c-h1-a.sec", 1), ("c-h2.sec", 0)):
        found = listed(shared, f"number={wanted['number']}", person)
        assert [one["id"] for one in found["items"]] == [wanted["id"]] * n
        assert found["total"] == n
    assert listed(shared, f"number={wanted['number'][:-1]}")["items"] == []


def test_all_desks_are_listed_and_the_one_due_first_stands_apart(service: Service):
    where = f"/v1/reviews/{service.reviews['c-h1-a']}"
    one = service.get(where).json
    assert one["holders"] == [one["holder"]]
    service.fire("c-h1-a", "withdraw", "c-h1.off", reason="撤销")
    ended = service.get(where).json
    assert (ended["holder"], ended["holders"]) == (None, [])


def test_the_due_day_stands_beside_the_midnight_that_ends_it(shared: Service):
    one = shared.get(f"/v1/reviews/{shared.reviews['c-h1-a']}").json
    assert (one["due_at"], one["due_on"]) == ("2020-01-14T16:00:00.000000Z", "2020-01-14")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=draft", "state"),
        ("state=drafting,nowhere", "state"),
        ("tier=D", "tier"),
        ("sort=name", "sort"),
        ("overdue=yes", "overdue"),
        ("suspended=1", "suspended"),
        ("expand=everything", "expand"),
        ("number=%E4%B8%80", "number"),
    ],
)
def test_a_word_that_is_none_of_a_closed_list_is_malformed(shared: Service, query: str, field: str):
    answer = shared.get(f"/v1/reviews?{query}")
    assert answer.status_code == 400
    (error,) = answer.json["errors"]
    assert error["field"] == field
    assert error["accepted"]


@pytest.mark.parametrize("query", ["unit=nowhere", "person=nobody", "holder=nobody", "number=x"])
def test_an_id_that_nothing_has_is_an_empty_list(shared: Service, query: str):
    assert listed(shared, query) == {"items": [], "next": None, "total": 0}


def test_each_word_of_a_known_scheme_may_be_asked_for(shared: Service):
    assert listed(shared, "state=drafting,withdrawn&tier=C")["total"] == 3
    assert listed(shared, "state=organ_audit&tier=A")["total"] == 0


def test_names_stand_beside_ids_for_who_may_see_them(shared: Service):
    case = f"/v1/reviews/{shared.reviews['c-h1-a']}"
    (one,) = listed(shared, "expand=names&unit=c-h1-a", "c.off")["items"]
    assert one["unit_name"] == "第一示例医院内科党支部"
    assert one["person_name"].startswith("演示")
    assert one["holder"]["person_name"] == one["person_name"]
    assert shared.get(f"{case}?expand=names", "c.off").json == one
    assert "person_name" not in shared.get(case, "c.off").json
    reader = shared.parts.accounts.create_token("reader", frozenset({"read"}), "w")
    assert "person_name" not in shared.get(f"{case}?expand=names", token=reader).json


def test_cycles_are_listed_for_who_may_read_them(shared: Service):
    found = shared.get("/v1/cycles?expand=names", "c.off").json
    documents.CYCLES.load(found)
    assert [(one["id"], one["unit_name"]) for one in found["items"]] == [
        (shared.cycle, "示例委直属机关党委")
    ]
    assert shared.get("/v1/cycles", "c-h1-a.sec").json["items"] == []
    for query, n in ((f"scheme={SCHEME}&year=2019&unit=c", 1), ("year=2020", 0), ("unit=w", 0)):
        assert shared.get(f"/v1/cycles?{query}", "c.off").json["total"] == n


def test_units_are_listed_page_by_page_as_far_as_the_token_reaches(shared: Service):
    items: list[Any] = []
    path = "/v1/units?limit=4"
    while True:
        answer = shared.get(path).json
        documents.UNITS.load(answer)
        items += answer["items"]
        if answer["next"] is None:
            break
        path = f"/v1/units?limit=4&after={answer['next']}"
    assert [one["id"] for one in items] == sorted(one["id"] for one in items)
    assert len(items) == answer["total"] == 9
    below = shared.get("/v1/units?unit=c-h1&kind=grassroots_branch").json
    assert [one["id"] for one in below["items"]] == ["c-h1-a", "c-h1-b"]
    bound = shared.parts.accounts.create_token("bound", frozenset({"read"}), "c-h2")
    assert [one["id"] for one in shared.get("/v1/units", token=bound).json["items"]] == [
        "c-h2",
        "c-h2-a",
    ]
    assert shared.get("/v1/units?kind=hospital").status_code == 400


def test_a_cursor_of_another_list_is_malformed(shared: Service):
    cursor = shared.get("/v1/units?limit=1").json["next"]
    assert shared.get(f"/v1/cycles?after={cursor}").json["code"] == "bad_cursor"


# --- Persons in bulk ---


def bulk(service: Service, *commands: Any, **by: Any) -> Any:
    answer = service.call("POST", "/v1/transitions", {"commands": list(commands)}, **by)
    return answer.json["results"]


def suspend(service: Service, key: str, **others: Any) -> dict[str, Any]:
    review = {"review": service.reviews["c-b1"], "trigger": "suspend", "reason": "借调"}
    return review | {"idempotency_key": key} | others


def test_each_command_of_many_may_name_its_person(service: Service):
    results = bulk(
        service,
        suspend(service, "a"),
        suspend(service, "b", on_behalf_of="c-h2.sec"),
        suspend(service, "c", on_behalf_of="c.off"),
        suspend(service, "d", on_behalf_of="no person"),
        suspend(service, "c"),
    )
    assert [one["status"] for one in results] == [403, 404, 201, 400, 422]
    assert results[2]["event"]["actor"] == "c.off"
    alone = service.fire("c-b1", "suspend", "c.off", reason="借调", key="c")
    assert (alone.status_code, alone.json["event"]) == (201, results[2]["event"])


def test_a_person_in_a_command_goes_before_that_of_the_header(service: Service):
    by = {"person": "c-h2.sec"}
    (one,) = bulk(service, suspend(service, "a", on_behalf_of="c.off"), **by)
    assert (one["status"], one["event"]["actor"]) == (201, "c.off")


def test_who_may_not_act_for_people_may_not_in_a_command_either(service: Service):
    scopes = frozenset({"read", "trigger"})
    token = service.parts.accounts.create_token("alone", scopes, "w")
    (one,) = bulk(service, suspend(service, "a", on_behalf_of="c.off"), token=token)
    assert (one["status"], one["problem"]["code"]) == (403, "client_scope")
