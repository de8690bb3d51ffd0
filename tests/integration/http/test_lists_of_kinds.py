"""What a list of reviews can be asked, a list of any other kind can be asked too."""

from typing import Any

import pytest

from services.workflow.adapters.http import documents
from tests.integration.http.conftest import STORES
from tests.integration.http.ledgers import OFFICE, Ledgers, opened

OURS = "c-h1.sec"


@pytest.fixture(params=STORES, scope="module")
def ledgers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Three slips: of the first two days pass, the second is looked at, the third is another's."""
    for made in opened(request.param, tmp_path_factory.mktemp("lists"), request):
        first = made.slip()
        made.service.clock.pass_by(days=1)
        second = made.slip()
        made.fire(second, "look")
        made.service.clock.pass_by(days=3)
        made.slips = {"first": first, "second": second, "theirs": made.slip("c-h2")}
        yield made


def found(ledgers: Ledgers, query: str, person: str = OFFICE) -> list[str]:
    """Return which slips a list has, in its order."""
    answer = ledgers.service.get(f"/v1/cases?kind=slip{query}", person)
    assert answer.status_code == 200, answer.text
    documents.CASES.load(answer.json)
    names = {case: name for name, case in ledgers.slips.items()}
    return [names[one["id"]] for one in answer.json["items"]]


ASKED = {
    "": ["first", "second", "theirs"],
    "&state=blank": ["first", "theirs"],
    "&state=seen,done": ["second"],
    "&unit=c-h1": ["first", "second"],
    "&unit=c": ["first", "second", "theirs"],
    "&holder=c-h2": ["theirs"],
    "&holder=c-h1.sec": ["first", "second"],
    "&overdue=true": ["first"],
    "&overdue=false": ["second", "theirs"],
    "&due_before=2020-01-12T00:00:00Z": ["first"],
    "&due_after=2020-01-15T00:00:00Z": ["theirs"],
    "&suspended=true": [],
    "&tier=K": [],
    "&person=c-h1.sec": [],
    "&sort=-due_at": ["theirs", "second", "first"],
    "&sort=due_at": ["first", "second", "theirs"],
    "&sort=-entered_at": ["theirs", "second", "first"],
    "&sort=entered_at&limit=1": ["first"],
}


@pytest.mark.parametrize(("query", "expected"), ASKED.items(), ids=str)
def test_every_condition_and_order_holds_for_a_kind_that_is_no_review(
    ledgers: Ledgers, query: str, expected: list[str]
):
    assert found(ledgers, query) == expected


@pytest.mark.parametrize("sort", ["number", "due_at", "-due_at", "entered_at", "-entered_at"])
def test_pages_of_a_kind_follow_one_another(ledgers: Ledgers, sort: str):
    walked, after = list[str](), ""
    while True:
        query = f"&sort={sort}&limit=1{after}"
        walked += found(ledgers, query)
        page = ledgers.service.get(f"/v1/cases?kind=slip{query}", OFFICE).json
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert (walked, page["total"]) == (found(ledgers, f"&sort={sort}"), 3)


def test_whose_case_it_is_not_finds_and_counts_none_of_it(ledgers: Ledgers):
    assert found(ledgers, "", OURS) == ["first", "second"]
    assert ledgers.service.get("/v1/cases?kind=slip", OURS).json["total"] == 2


def test_names_stand_beside_the_desk_for_whom_they_are(ledgers: Ledgers):
    answer = ledgers.service.get("/v1/cases?kind=slip&unit=c-h2&expand=names", OFFICE)
    (slip,) = answer.json["items"]
    assert (slip["unit_name"], slip["holder"]["unit_name"]) == ("第二示例医院党委",) * 2


@pytest.mark.parametrize(
    ("query", "n"), [("kind=ledger", 2), ("kind=review", 0), ("", 5), ("kind=slip&tier=K", 0)]
)
def test_a_kind_of_another_scheme_has_nothing_in_this_round(ledgers: Ledgers, query: str, n: int):
    answer = ledgers.service.get(f"/v1/cases?cycle={ledgers.cycle}&{query}", OFFICE)
    assert (answer.status_code, answer.json["total"]) == (200, n)


def test_a_kind_that_nobody_has_is_told_with_those_there_are(ledgers: Ledgers):
    answer = ledgers.service.get("/v1/cases?kind=slop", OFFICE)
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["field"]) == (400, "kind")
    assert {"ledger", "review", "slip"} <= set(error["accepted"].split("、"))


@pytest.mark.parametrize("body", [{"kind": "review", "unit": "c-h1"}, {"kind": "session"}])
def test_a_kind_of_another_scheme_is_not_opened_in_this_round(
    ledgers: Ledgers, body: dict[str, str]
):
    answer = ledgers.service.call(
        "POST", "/v1/cases", {"cycle": ledgers.cycle, **body}, person=OFFICE
    )
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_slip_is_not_opened_in_a_review(ledgers: Ledgers):
    body = {"kind": "slip", "parent": ledgers.service.reviews["c-h1"]}
    answer = ledgers.service.call("POST", "/v1/cases", body, person=OURS)
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_history_has_refusals_and_either_order(ledgers: Ledgers):
    second = ledgers.slips["second"]
    assert ledgers.fire(second, "look").status_code == 409
    told = ledgers.service.call(
        "POST", f"/v1/cases/{second}/notes", {"kind": "urge", "text": "请办理"}, person=OFFICE
    )
    assert told.status_code == 201
    path = f"/v1/cases/{second}/events?refused=true"
    oldest = facts(ledgers, path)
    assert sorted(oldest) == ["case_opened", "note_added", "state_changed", "trigger_refused"]
    assert facts(ledgers, f"{path}&order=newest") == oldest[::-1]


def facts(ledgers: Ledgers, path: str) -> list[str]:
    page = ledgers.service.get(path, "c.insp").json
    return [one["event"]["type"].split(".")[1] for one in page["items"]]


def test_one_of_any_kind_is_read_with_its_history(ledgers: Ledgers):
    case = ledgers.slips["first"]
    answer = ledgers.service.get(f"/v1/cases/{case}?expand=names", OFFICE)
    documents.CASE.load(answer.json)
    assert (answer.json["kind"], answer.headers["ETag"]) == ("slip", f'"{answer.json["version"]}"')
    events = ledgers.service.get(f"/v1/cases/{case}/events", OFFICE).json["items"]
    assert events[0]["event"]["subject"] == f"slip/{case}"


def test_a_remark_is_added_to_a_case_of_any_kind(ledgers: Ledgers):
    case = ledgers.slips["first"]
    body = {"kind": "note", "text": "已电话催办"}
    answer = ledgers.service.call("POST", f"/v1/cases/{case}/notes", body, person=OFFICE)
    assert answer.status_code == 201
    documents.CASE_FIRED.load(answer.json)
    assert answer.json["event"]["subject"] == f"slip/{case}/notices"
