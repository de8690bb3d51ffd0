"""What the notice of 2019 asks of a visit by the superior, over HTTP (C3.2)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.integration.http.service import Service, start
from tests.integration.http.test_files import SHIPPED

PARTS = dict.fromkeys(("achievements", "problems", "tasks"), "实" * 900)
WENT = {"day": "2020-01-08", "place": "党委办公室", "announced": False, "companions": "两人同行"}
FOUND = [
    {"finding": "党费台账不全", "severity": "notable"},
    {"finding": "活动室挪作他用", "severity": "grave"},
]
# The unit; who visits; who audits its report; who looks on from above; a stranger.
TIERS = {
    "B": ("c-h1", "c.off", "c-h1.dep", "w.lia", "c-h2.sec"),
    "C": ("c-h1-a", "c-h1.off", "c-h1.dep", "c.sec", "c-h2.sec"),
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path, schemes=[SHIPPED])
    yield made
    made.parts.database.close()


class Visit:
    """A visit to a unit, over HTTP."""

    def __init__(self, service: Service, unit: str, superior: str) -> None:
        self.service, self.unit, self.superior = service, unit, superior
        body = {"kind": "visit", "cycle": service.cycle, "unit": unit}
        answer = service.call("POST", "/v1/cases", body, person=superior)
        assert answer.status_code == 201, answer.text
        self.id: str = answer.json["case"]["id"]

    def act(self, trigger: str, **documents: Any) -> TestResponse:
        body = {"trigger": trigger, "data": {"documents": documents} if documents else {}}
        path = f"/v1/cases/{self.id}/transitions"
        return self.service.call("POST", path, body, person=self.superior)

    def record(self, **went: Any) -> TestResponse:
        return self.act(
            "record", visit_record={"rows": [WENT | went]}, visit_report={"rows": FOUND}
        )

    def seen_by(self, *people: str) -> list[bool]:
        """Tell of each whether they read what was found."""
        path = f"/v1/cases/{self.id}/events"
        answers = [self.service.get(path, person) for person in people]
        assert {one.status_code for one in answers} <= {200, 404}
        return [all(row["finding"] in one.text for row in FOUND) for one in answers]

    def report(self, *rows: int) -> TestResponse:
        """Hand in the report of the unit, with answers to these rows."""
        answers = [
            {"case": f"visit/{self.id}", "row": row, "text": f"第{row}条已改"} for row in rows
        ]
        documents = {"report": {"parts": PARTS, "answers": answers}}
        person = f"{self.unit}.sec"
        return self.service.fire(self.unit, "submit", person, data={"documents": documents})

    @property
    def state(self) -> str:
        return str(self.service.get(f"/v1/cases/{self.id}", self.superior).json["state"])


@pytest.mark.parametrize("tier", TIERS)
def test_c3_2_a_visit_from_unannounced_to_closed(service: Service, tier: str):
    unit, superior, auditor, above, stranger = TIERS[tier]
    visit, below = Visit(service, unit, superior), f"{unit}.sec"
    assert visit.record().status_code == 201
    assert visit.seen_by(below, stranger, superior) == [False, False, True]
    assert visit.act("close").status_code == 409
    assert visit.act("feed_back").status_code == 201
    everybody = visit.seen_by(below, auditor, above, superior, stranger)
    assert everybody == [True, True, True, True, False]
    refused = visit.report(1)
    assert [one["code"] for one in refused.json["errors"]] == ["not_answered"]
    assert "#2" in refused.json["errors"][0]["reason"]
    assert (visit.report(1, 2).status_code, visit.state) == (201, "answered")
    audited = service.get(f"/v1/reviews/{service.reviews[unit]}/events", auditor).text
    assert all(f"第{row}条已改" in audited for row in (1, 2))
    assert (visit.act("close").status_code, visit.state) == (201, "closed")


@pytest.mark.parametrize("day", ["2020-01-09", "2018-12-31"])
def test_c3_2_the_day_of_a_visit_is_past_and_of_the_year(service: Service, day: str):
    visit = Visit(service, "c-h1", "c.off")
    answer = visit.record(day=day)
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["code"]) == (422, "day_outside")
    assert error["field"] == "data.documents.visit_record.rows[0].day"
    assert "2019-01-01" in error["accepted"]
    assert "2020-01-08" in error["accepted"]


def test_c3_2_announced_or_not_is_said_once_of_a_visit(service: Service):
    visit = Visit(service, "c-h1", "c.off")
    rows = [FOUND[0] | {"announced": True}]
    answer = visit.act("record", visit_record={"rows": [WENT]}, visit_report={"rows": rows})
    assert [one["code"] for one in answer.json["errors"]] == ["unknown_field"]
    twice = visit.act("record", visit_record={"rows": [WENT, WENT]}, visit_report={"rows": FOUND})
    assert [one["code"] for one in twice.json["errors"]] == ["too_many"]


def test_who_may_not_is_told_in_which_roles_one_may(service: Service):
    visit = Visit(service, "c-h1", "c.off")
    path = f"/v1/cases/{visit.id}/transitions"
    answer = service.call("POST", path, {"trigger": "record"}, person="c.sec")
    assert (answer.status_code, answer.json["code"]) == (403, "no_post")
    told = answer.json["errors"][0]["accepted"]
    labels = service.parts.directory.current().vocabulary
    assert all(labels.role_label(one) in told for one in ("office", "discipline_member", "liaison"))
