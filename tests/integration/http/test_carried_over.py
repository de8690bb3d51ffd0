"""What lies open when a round is opened goes on there, under the scheme that follows."""

from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import scheme_file
from tests.integration.http.conftest import STORES, started
from tests.integration.http.test_opening_cases import OFFICE, SECRETARY, Round
from tests.texts import publish_schemes

TEXT = Path(__file__).with_name("openings.txt").read_text()
GOES_ON = """
      - {name: written, label: 写毕, final: completed}
      - {name: gone_on, label: 转入下一轮, final: carried}
    triggers:
      go_on: {label: 转入下一轮, from: [blank], to: gone_on, by: [{cause: true}]}
"""
WRITTEN = "\n      - {name: written, label: 写毕, final: completed}\n    triggers:\n"
BEFORE = TEXT.replace(WRITTEN, GOES_ON)
FOLLOWS = (
    "follows: {scheme: openings, carries: [{case: page, in: [blank], ends: gone_on, as: page}]}"
)
AFTER = (
    BEFORE.replace("id: openings", "id: next")
    .replace("for: 2019, opens: 2020-01-08", "for: 2020, opens: 2020-01-08")
    .replace("\ndocuments:", f"\n{FOLLOWS}\ndocuments:")
)


@pytest.fixture(params=STORES)
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    for service in started(request.param, tmp_path, request):
        schemes = [scheme_file.load(text, "s") for text in (BEFORE, AFTER)]
        publish_schemes(service.parts.publishing, *schemes)
        body = {"scheme": "openings", "unit": "c", "round": "2019"}
        opened = service.call("POST", "/v1/cycles", body, person=OFFICE)
        assert opened.status_code == 201, opened.text
        yield Round(service, opened.json["id"])


def next_round(before: Round, unit: str = "c") -> Any:
    body = {"scheme": "next", "unit": unit, "round": "2020"}
    return before.service.call("POST", "/v1/cycles", body, person=OFFICE)


def cases(before: Round, cycle: str, kind: str = "page") -> list[Any]:
    query = f"/v1/cases?cycle={cycle}&kind={kind}&limit=200"
    return list(before.service.get(query, OFFICE).json["items"])


def events(before: Round, case: str) -> list[Any]:
    items = before.service.get(f"/v1/cases/{case}/events", OFFICE).json["items"]
    return [one["event"] for one in items]


def test_what_lies_open_ends_there_and_goes_on_here_and_each_names_the_other(before: Round):
    old = before.page().json["case"]
    opened = next_round(before)
    assert opened.status_code == 201, opened.text
    (new,) = cases(before, opened.json["id"])
    ended = before.service.get(f"/v1/cases/{old['id']}", OFFICE).json
    assert (ended["state"], new["state"]) == ("gone_on", "blank")
    end, begun = events(before, old["id"])[-1], events(before, new["id"])[0]
    assert end["data"]["carried_to"] == {"case": f"page/{new['id']}", "number": new["number"]}
    assert begun["data"]["carried_from"] == {"case": f"page/{old['id']}", "number": old["number"]}
    assert begun["causationid"] == end["id"]
    assert begun["time"] > end["time"]


def codes(answer: Any) -> set[str]:
    return {one["code"] for one in answer.json["errors"]}


def test_what_waited_for_it_waits_no_more(before: Round):
    before.page()
    assert "link_not_all_ended" in codes(before.fire(before.folder(), SECRETARY, "shut_up"))
    next_round(before)
    assert codes(before.fire(before.folder(), SECRETARY, "shut_up")) == {"link_none_yet"}


def test_what_was_done_is_not_carried_and_the_round_counts_what_was(before: Round):
    done, left = (before.page().json["case"] for _ in range(2))
    sheet = {"documents": {"sheet": {"parts": {"body": "写"}}}}
    assert before.fire(done["id"], SECRETARY, "write", data=sheet).status_code == 201
    opened = next_round(before).json
    assert opened["coverage"]["page"] == {"expected": 1, "opened": 1, "exempt": 0}
    (new,) = cases(before, opened["id"])
    told = events(before, new["id"])[0]["data"]["carried_from"]
    assert told["number"] == left["number"]
