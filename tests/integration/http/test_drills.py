"""A draw that takes some always and puts the others in an order, told over HTTP to its end.

The first one is void: nobody had signed its checkpoint by the time the number was drawn.
"""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.workflow.adapters.files import scheme_file
from services.workflow.audit import Known
from services.workflow.inspection import inspect
from tests.integration.http.service import Service
from tests.integration.http.test_draws import Signing
from tests.texts import publish_schemes

DRILLS = scheme_file.load(Path(__file__).with_name("drills.txt").read_text(), "drills.txt")
OFFICE, SECRETARY = "c.off", "c.sec"
HOSPITALS = {"c-h1", "c-h2"}  # each is taken always
OTHERS = {"c-b1", "c-h1-a", "c-h1-b", "c-h2-a"}
NUMBER = "1 2 3 4 5 6 + 7 8 9 0 1"


class Drills:
    """One round of drills, and the lot that is drawn."""

    def __init__(self, service: Service) -> None:
        self.service, self.signing = service, Signing(service)
        publish_schemes(service.parts.publishing, DRILLS)
        body = {"scheme": DRILLS.id, "unit": "c", "round": "2019"}
        self.cycle = service.call("POST", "/v1/cycles", body, person=OFFICE).json["id"]
        self.lot = ""
        self.signing.signed()  # what is frozen rests on a signed log

    def opened(self) -> str:
        body = {"kind": "lot", "cycle": self.cycle, "unit": "c"}
        answer = self.service.call("POST", "/v1/cases", body, person=OFFICE)
        assert answer.status_code == 201, answer.text
        self.lot = str(answer.json["case"]["id"])
        return self.lot

    def ask(self, trigger: str, person: str = OFFICE, case: str = "", **body: Any) -> TestResponse:
        path = f"/v1/cases/{case or self.lot}/transitions"
        return self.service.call("POST", path, {"trigger": trigger, **body}, person=person)

    def step(self, trigger: str, person: str, **given: Any) -> TestResponse:
        return self.ask(trigger, person, data={"draw": {"site": given}})

    def done(self, answer: TestResponse) -> Any:
        assert answer.status_code == 201, answer.text
        return answer.json["case"]

    def codes(self, answer: TestResponse) -> set[str]:
        assert answer.status_code == 422, answer.text
        return {one["code"] for one in answer.json["errors"]}

    def fixed(self, issue: str, day: str) -> None:
        terms = {"number": "lotteries", "issue": issue, "drawn_at": f"2020-01-{day}T21:15:00+08:00"}
        assert self.done(self.step("fix", OFFICE, **terms))["state"] == "frozen"
        self.signing.signed()

    def view(self) -> Any:
        return self.service.get(f"/v1/cases/{self.lot}/draw", OFFICE).json

    def printed(self) -> str:
        return sha256(self.view()["checkpoint"].encode()).hexdigest()

    def cases(self) -> dict[str, Any]:
        found = self.service.get(f"/v1/cases?cycle={self.cycle}&kind=drill&limit=200", OFFICE)
        return {one["unit"]: one for one in found.json["items"]}

    def chosen(self) -> dict[str, Any]:
        """Return by unit what the draw said of its case."""
        return {unit: self._sets(one["id"]) for unit, one in self.cases().items()}

    def _sets(self, case: str) -> Any:
        told = self.service.get(f"/v1/cases/{case}/events", OFFICE).json["items"]
        data = (one["event"]["data"] for one in told)
        return next((one["sets"] for one in data if one.get("trigger") == "choose"), {})


@pytest.fixture
def drills(service: Service) -> Drills:
    return Drills(service)


def test_a_void_draw_is_given_up_and_the_next_one_orders_whom_it_does_not_take_always(
    drills: Drills,
):
    a_draw_that_nobody_signed_in_time_is_void(drills)
    those_taken_always_have_no_ticket_and_the_others_an_order(drills)
    everything_comes_to_its_end(drills)


def a_draw_that_nobody_signed_in_time_is_void(drills: Drills) -> None:
    first = drills.opened()
    drills.fixed("2020004", "09")
    drills.service.clock.at = datetime(2020, 1, 9, 13, 15, tzinfo=UTC)
    assert drills.codes(drills.step("sign", OFFICE, checkpoint=drills.printed())) == {"draw_void"}
    assert drills.codes(drills.step("type_in", OFFICE, number=NUMBER)) == {"draw_void"}
    assert drills.done(drills.ask("give_up", reason="未及签署"))["final"] == "abandoned"
    assert set(drills.chosen()) == HOSPITALS | OTHERS
    assert not any(drills.chosen().values())
    waiting = drills.ask("report", "c-b1.sec", case=drills.cases()["c-b1"]["id"])
    assert drills.codes(waiting) == {"link_none_yet"}
    assert drills.opened() != first


def those_taken_always_have_no_ticket_and_the_others_an_order(drills: Drills) -> None:
    drills.fixed("2020005", "10")
    told = drills.view()
    assert set(told["units"]) == OTHERS
    assert all(f"exempt: {unit} always" in told["statement"] for unit in HOSPITALS)
    for person in (OFFICE, SECRETARY):
        drills.done(drills.step("sign", person, checkpoint=drills.printed()))
    drills.service.clock.at = datetime(2020, 1, 10, 13, 15, tzinfo=UTC)
    for person in (OFFICE, SECRETARY):
        drills.done(drills.step("type_in", person, number=NUMBER))
    result = drills.view()["result"]
    assert len(result["drawn"]) == 2  # a third of four, rounded up
    wanted = {unit: {"mode": "live"} for unit in HOSPITALS}
    for place, unit in enumerate(result["tickets"], 1):
        mode = "live" if unit["unit"] in result["drawn"] else "table"
        wanted[unit["unit"]] = {"mode": mode, "order": place}
    assert drills.chosen() == wanted


def everything_comes_to_its_end(drills: Drills) -> None:
    assert drills.codes(drills.ask("close")) == {"link_not_all_ended"}
    for unit, one in drills.cases().items():
        assert drills.done(drills.ask("report", f"{unit}.sec", one["id"]))["final"] == "completed"
    assert drills.done(drills.ask("close"))["final"] == "completed"
    drills.signing.signed()
    parts = drills.service.parts
    report = inspect(parts, [], str(parts.key.public), Known())
    assert [one for one in report.findings if one["code"] != "OUTSIDE_INVALID"] == []
