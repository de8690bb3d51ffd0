"""What people ask for is opened in the round of its year, which begins with its first case."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import scheme_file
from tests.integration.http.service import Service
from tests.texts import publish_schemes

TEXT = Path(__file__).with_name("requests.txt").read_text()
SECRETARY, OFFICE = "c-h1.sec", "c.off"


@pytest.fixture
def asked(service: Service) -> Service:
    publish_schemes(service.parts.publishing, scheme_file.load(TEXT, "requests.txt"))
    return service


def ask(service: Service, person: str = SECRETARY, key: str = "fresh", **others: Any) -> Any:
    body = {"kind": "leave", "scheme": "requests", "unit": "c-h1"} | others
    return service.call("POST", "/v1/cases", body, person=person, key=key)


def rounds(service: Service) -> list[Any]:
    items = service.get("/v1/cycles?scheme=requests", "w.sec").json["items"]
    return [(one["round"], one["unit"]) for one in items]


def test_the_first_case_of_a_year_opens_its_round_and_the_next_is_in_it(asked: Service):
    first, second = ask(asked), ask(asked)
    assert (first.status_code, second.status_code) == (201, 201), first.text
    assert first.json["case"]["cycle"] == second.json["case"]["cycle"]
    assert rounds(asked) == [("2020", "w")]
    numbers = [one.json["case"]["number"] for one in (first, second)]
    assert numbers == ["2020-leave-0001", "2020-leave-0002"]


def test_another_year_is_another_round(asked: Service):
    asked.clock.at = datetime(2020, 1, 4, 2, tzinfo=UTC)
    assert ask(asked, effective_at="2019-12-31T02:00:00Z").status_code == 201
    assert ask(asked).status_code == 201
    assert sorted(rounds(asked)) == [("2019", "w"), ("2020", "w")]


def test_who_may_not_ask_opens_neither_case_nor_round(asked: Service):
    before = asked.n_events()
    assert ask(asked, person="c-h1.clerk").status_code == 403
    assert (rounds(asked), asked.n_events()) == ([], before)


def test_the_same_key_opens_one_case_also_in_the_year_after(asked: Service):
    first = ask(asked, key="k")
    asked.clock.at = datetime(2021, 1, 4, 2, tzinfo=UTC)
    again = ask(asked, key="k")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    asked.clock.at = datetime(2020, 2, 4, 2, tzinfo=UTC)  # w.sec is in office
    assert rounds(asked) == [("2020", "w")]


def test_of_two_first_cases_at_once_both_are_in_one_round(asked: Service):
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda key: ask(asked, key=key), ("a", "b")))
    assert [one.status_code for one in answers] == [201, 201]
    assert rounds(asked) == [("2020", "w")]


def test_a_scheme_whose_rounds_are_opened_otherwise_is_told_so_to_who_may_open(asked: Service):
    notice = {"scheme": "jilin-health-2019", "kind": "review"}
    refused = ask(asked, person=OFFICE, **notice)
    assert (refused.status_code, refused.json["code"]) == (422, "not_this_round"), refused.text
    assert ask(asked, person="c-h1.clerk", **notice).status_code == 403
    assert ask(asked, scheme="nobody-knows").json["code"] == "scheme_unknown"
    assert ask(asked, scheme="nobody-knows", unit="nowhere").status_code == 403


@pytest.mark.parametrize(("what", "code"), [("policies", "no_policy"), ("in_force", "no_calendar")])
def test_what_a_round_lacks_is_told_to_who_may_ask_alone(
    asked: Service, what: str, code: str, monkeypatch: pytest.MonkeyPatch
):
    editions, in_force = asked.parts.editions, asked.parts.editions.in_force
    there = {kind: in_force(kind) for kind in ("scheme", "policy")}
    monkeypatch.setattr(editions, what, lambda kind="calendar": there.get(kind, {}))
    refused = ask(asked)
    assert (refused.status_code, refused.json["code"]) == (422, code), refused.text
    assert ask(asked, person="c-h1.clerk").status_code == 403


def test_a_key_that_opened_a_round_opens_no_case(asked: Service):
    body = {"scheme": "jilin-health-2019", "unit": "c", "year": 2019}
    asked.call("POST", "/v1/cycles", body, person=OFFICE, key="key-1")
    refused = ask(asked, key="key-1")
    assert (refused.status_code, refused.json["code"]) == (422, "key_reused")
    assert rounds(asked) == []


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2020-02-01T02:00:00Z", "effective_in_future"),
        ("2020-01-02T02:00:00Z", "effective_too_old"),
    ],
)
def test_a_case_is_opened_neither_ahead_nor_further_back_than_the_scheme_allows(
    asked: Service, at: str, code: str
):
    refused = ask(asked, effective_at=at)
    assert (refused.status_code, refused.json["code"]) == (422, code), refused.text
    assert rounds(asked) == []
