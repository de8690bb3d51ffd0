"""Lists, one review, its history: what comes back, and to whom."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest

from services.workflow.adapters.http import documents
from tests.integration.http.service import REPORT, Service
from tests.spoiled import REFUSED, store_unchecked

ABSENT = "0195a1f0-0000-7000-8000-000000000001"


def units(service: Service, query: str, person: str | None = None) -> list[str]:
    answer = service.get(f"/v1/reviews?{query}", person)
    assert answer.status_code == 200, answer.text
    documents.REVIEWS.load(answer.json)
    return [item["unit"] for item in answer.json["items"]]


def test_a_review_is_served_with_its_version_as_entity_tag(shared: Service):
    answer = shared.get(f"/v1/reviews/{shared.reviews['c-b1']}")
    documents.REVIEW.load(answer.json)
    assert answer.headers["ETag"] == f'"{answer.json["version"]}"'
    assert answer.json["number"] == "2019-B-0001"
    assert answer.json["holder"] == {"unit": "c-b1", "role": "secretary", "person": "c-b1.sec"}


@pytest.mark.parametrize("below", ["", "/events", "/transitions"])
def test_absent_foreign_and_ill_formed_ids_are_the_same_answer(shared: Service, below: str):
    ids = [ABSENT, shared.reviews["c-h1-a"], "NO-UUID", shared.reviews["c-h2"].upper()]
    answers = [shared.get(f"/v1/reviews/{one}{below}", "c-h2.off") for one in ids]
    assert {(one.status_code, one.data) for one in answers} == {(404, answers[0].data)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tier=B", {"c-b1", "c-h1", "c-h2"}),
        ("unit=c-h1", {"c-h1", "c-h1-a", "c-h1-b"}),
        ("person=c-h2.sec", {"c-h2"}),
        ("holder=c-h2.sec", {"c-h2"}),
        ("holder=c-h2", {"c-h2"}),
        ("holder=nobody-at-all", set()),
        ("state=drafting,organ_audit&tier=A", {"c"}),
        ("state=closed", set()),
        ("suspended=true", set()),
        ("overdue=true", set()),
        ("due_before=2020-01-11T00:00:01%2B08:00", {"c-b1", "c-h1", "c-h2"}),
        ("due_after=2020-01-11T00:00:01%2B08:00", {"c", "c-h1-a", "c-h1-b", "c-h2-a"}),
        (f"cycle={ABSENT}", set()),
    ],
)
def test_every_filter_narrows_the_list(shared: Service, query: str, expected: set[str]):
    assert set(units(shared, query)) == expected


def test_a_list_shows_what_a_click_would_open_and_nothing_else(shared: Service):
    assert set(units(shared, "", "c-h1.off")) == {"c-h1", "c-h1-a", "c-h1-b"}
    assert units(shared, "", "c-h1-a.sec") == ["c-h1-a"]
    assert units(shared, "", "nobody") == []
    assert shared.get("/v1/reviews", "w.sysadm").json["code"] == "admin_excluded"
    assert len(units(shared, "", "c.insp")) == 7


def test_overdue_begins_at_the_midnight_that_ends_the_due_day(service: Service):
    service.clock.at = service.clock.at.replace(day=10, hour=15, minute=59)
    assert units(service, "overdue=true") == []
    service.clock.at += timedelta(minutes=1)
    assert set(units(service, "overdue=true")) == {"c-b1", "c-h1", "c-h2"}
    assert set(units(service, "overdue=false")) == {"c", "c-h1-a", "c-h1-b", "c-h2-a"}


@pytest.mark.parametrize("sort", ["number", "due_at", "-due_at", "entered_at", "-entered_at"])
def test_pages_leave_nothing_out_and_repeat_nothing(shared: Service, sort: str):
    found, after = [], ""
    while True:
        page = shared.get(f"/v1/reviews?limit=2&sort={sort}{after}").json
        assert page["total"] == 7
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(found) == sorted(shared.reviews.values())


def test_a_cursor_opens_nothing_to_somebody_else(shared: Service):
    after = shared.get("/v1/reviews?limit=1").json["next"]
    assert units(shared, f"after={after}", "c-h2-a.sec") == ["c-h2-a"]


def test_history_is_the_stored_bytes_with_their_texts_beside_them(service: Service):
    service.submit("c-h1-a", reason="首次提交")
    where = f"/v1/reviews/{service.reviews['c-h1-a']}/events"
    answer = service.get(where, "c-h1.dep")
    documents.HISTORY.load(answer.json)
    opened, submitted = answer.json["items"]
    assert opened["event"]["type"] == "workflow.case_opened.v1"
    assert submitted["texts"]["data.reason"] == "首次提交"
    assert submitted["texts"]["data.documents[0].parts[2]"] == REPORT["tasks"]
    stored = service.parts.database.reads.stream(f"review/{service.reviews['c-h1-a']}")
    assert all(one.body in answer.data for one in stored)


def test_what_was_refused_is_shown_to_those_who_may_read_it(service: Service):
    service.fire("c-h1-a", "present", "c-h1.dep")
    where = f"/v1/reviews/{service.reviews['c-h1-a']}/events"
    assert len(service.get(where, "c.insp").json["items"]) == 1
    refused = service.get(f"{where}?refused=true", "c.insp").json["items"][1]["event"]
    assert refused["type"] == "workflow.trigger_refused.v2"
    assert refused["data"]["trigger"] == "present"
    denied = service.get(f"{where}?refused=true", "c-h1-a.sec")
    assert (denied.status_code, denied.json["code"]) == (403, "own_case")


def test_a_long_history_comes_in_pages(service: Service):
    for trigger in ("submit", "recall") * 3:
        data = {"report": REPORT} if trigger == "submit" else {}
        service.clock.pass_by(seconds=1)
        assert service.fire("c-h1-a", trigger, "c-h1-a.sec", data=data).status_code == 201
    for order in ("oldest", "newest"):
        where = f"/v1/reviews/{service.reviews['c-h1-a']}/events?limit=3&order={order}"
        versions, after = [], ""
        while after is not None:
            page = service.get(where + (f"&after={after}" if after else "")).json
            versions += [item["event"]["streamversion"] for item in page["items"]]
            after = page["next"]
        assert sorted(versions) == [1, 2, 3, 4, 5, 6, 7]
        assert versions == sorted(versions, reverse=order == "newest")


def test_a_refusal_before_the_accepted_act_of_the_same_instant_stands_before_it(
    service: Service,
):
    """The driven clock stands still: times are equal, ids are not."""
    service.fire("c-h1-a", "pass_unit_audit", "c-h1.dep")
    service.submit("c-h1-a")
    where = f"/v1/reviews/{service.reviews['c-h1-a']}/events?refused=true"
    for sequence in (lambda: None, service.sequence):
        sequence()
        items = service.get(where, "c-h1.off").json["items"]
        facts = [item["event"]["type"].split(".")[1] for item in items]
        assert facts == ["case_opened", "trigger_refused", "state_changed"]


def test_the_asking_person_is_told_what_they_may_do_and_why_not(shared: Service):
    where = f"/v1/reviews/{shared.reviews['c-h1-b']}/transitions"
    answer = shared.get(where, "c-h1-b.sec")
    documents.POSSIBLE.load(answer.json)
    by_trigger = {item["trigger"]: item for item in answer.json["items"]}
    assert by_trigger["pass_unit_audit"]["allowed"] is False
    assert by_trigger["pass_unit_audit"]["blockers"][0]["code"] == "own_case"
    assert by_trigger["submit"]["allowed"] is True  # its report comes with it
    told = [one for item in by_trigger.values() for one in item["blockers"]]
    assert all(one["reason"] and one["would_pass_if"] for one in told)


def test_a_cycle_shows_how_far_each_tier_has_come(shared: Service):
    answer = shared.get(f"/v1/cycles/{shared.cycle}", "c.off")
    documents.CYCLE.load(answer.json)
    assert answer.json["coverage"]["C"]["expected"] == answer.json["coverage"]["C"]["opened"] == 3
    assert shared.get(f"/v1/cycles/{shared.cycle}", "c-h1-a.sec").status_code == 404
    assert shared.get(f"/v1/cycles/{ABSENT}", "c.off").status_code == 404


def test_the_same_cycle_opens_once(shared: Service):
    body = {"scheme": "jilin-health-2019", "unit": "c", "year": 2019}
    before = shared.n_events()
    again = shared.call("POST", "/v1/cycles", body, person="c.off")
    assert (again.status_code, again.json["code"]) == (409, "cycle_exists")
    denied = shared.call("POST", "/v1/cycles", body | {"unit": "c-h1"}, person="c-h1-a.sec")
    assert denied.status_code == 403
    assert shared.n_events() == before


def test_who_may_not_open_a_cycle_does_not_learn_what_else_is_wrong(shared: Service):
    body = {"scheme": "no-such-scheme", "unit": "c", "year": 2019}
    open_by = lambda person, **other: shared.call("POST", "/v1/cycles", body | other, person=person)  # noqa: E731
    assert open_by("c-h1-a.sec").status_code == 403
    assert open_by("c.off", unit="no-such-unit").status_code == 403  # like one out of sight
    assert open_by("c.off").json["code"] == "scheme_unknown"
    wrong_year = open_by("c.off", scheme="jilin-health-2019", year=2020)
    assert (wrong_year.status_code, wrong_year.json["code"]) == (422, "year_mismatch")


def test_the_bytes_of_a_logged_event_hash_to_its_leaf(service: Service):
    service.sequence()
    answer = service.get("/v1/log")
    documents.LOG.load(answer.json)
    assert answer.json["next"] == answer.json["head"] == service.n_events()
    for entry in answer.json["entries"]:
        body = orjson.dumps(entry["event"], option=orjson.OPT_SORT_KEYS)
        assert body in answer.data
        assert sha256(b"\0" + body).hexdigest() == entry["leaf_hash"]


@pytest.mark.parametrize(
    ("side", "fact", "data"),
    [
        ("/refusals", "trigger_refused", REFUSED),
        ("/refusals", "trigger_refused", {**REFUSED, "trigger": "x" * 500_000}),
        ("/refusals", "refusal_invented", {"texts": {"sha256": None, "length": "x"}}),
        ("/notices", "note_added", {"kind": "note", "text": {"sha256": "x", "length": 1}}),
    ],
)
def test_an_event_that_cannot_be_read_is_shown_as_such_in_its_history(
    service: Service, side: str, fact: str, data: dict[str, Any]
):
    review = service.reviews["c-b1"]
    url = service.parts.settings.database_url
    store_unchecked(url, f"review/{review}{side}", fact, service.clock(), data)
    answer = service.get(f"/v1/reviews/{review}/events?refused=true")
    documents.HISTORY.load(answer.json)
    assert [item.get("unreadable", False) for item in answer.json["items"]] == [False, True]
