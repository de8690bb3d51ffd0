"""What the notice of 2019 asks of a report, clause by clause, over HTTP (C2, C3.3)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.integration.http.service import Service, start
from tests.integration.http.test_files import SHIPPED

HOSPITAL, BRANCH = "c-h1", "c-h1-a"  # the eighth area is for public hospitals alone
AREAS = SHIPPED.documents["report"].content_areas


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path, schemes=[SHIPPED])
    yield made
    made.parts.database.close()


def hand_in(service: Service, unit: str, lengths: tuple[int, ...], **more: Any) -> TestResponse:
    """Hand in a report whose three lists have so many characters."""
    names = ("achievements", "problems", "tasks")
    parts = {name: "实" * length for name, length in zip(names, lengths, strict=True)}
    data = {"documents": {"report": {"parts": parts} | more}}
    return service.fire(unit, "submit", f"{unit}.sec", data=data)


def filed(service: Service, unit: str) -> list[dict[str, Any]]:
    """Return every version of the report, as the history tells it to who audits it."""
    path = f"/v1/reviews/{service.reviews[unit]}/events"
    events = [one["event"] for one in service.get(path, "c.off").json["items"]]
    told = [one for event in events for one in event["data"].get("documents", ())]
    return [one for one in told if one["name"] == "report"]


def visited(service: Service, unit: str) -> str:
    """Visit *unit*, and feed back one finding."""
    body = {"kind": "visit", "cycle": service.cycle, "unit": unit}
    case = service.call("POST", "/v1/cases", body, person="c.off").json["case"]["id"]
    went = {"day": "2020-01-08", "place": "党委办公室", "announced": False, "leader": "c.off"}
    rows = [{"finding": "党费台账不全", "severity": "notable"}]
    found = {"documents": {"visit_record": {"rows": [went]}, "visit_report": {"rows": rows}}}
    for trigger, data in (("record", found), ("feed_back", {})):
        act = {"trigger": trigger, "data": data}
        answer = service.call("POST", f"/v1/cases/{case}/transitions", act, person="c.off")
        assert answer.status_code == 201, answer.text
    return f"visit/{case}"


def error(answer: TestResponse) -> tuple[str, str]:
    assert answer.status_code == 422, answer.text
    (one,) = answer.json["errors"]
    assert one["accepted"]
    return one["code"], one["field"]


def test_c2_there_are_ten_areas_and_a_report_says_which_it_covers(service: Service):
    assert len(AREAS) == 10
    assert [area.number for area in AREAS if not area.points] == [6]
    assert hand_in(service, BRANCH, (900, 900, 900), covers=[9, 1, 3]).status_code == 201
    assert filed(service, BRANCH)[0]["covers"] == [1, 3, 9]


def test_c2_the_eighth_area_is_for_public_hospitals_only(service: Service):
    answer = hand_in(service, BRANCH, (900, 900, 900), covers=[7, 8])
    assert error(answer) == ("area_elsewhere", "data.documents.report.covers[1]")
    assert hand_in(service, HOSPITAL, (900, 900, 900), covers=[7, 8]).status_code == 201


def test_c3_3_three_thousand_characters_are_taken_and_one_more_is_not(service: Service):
    answer = hand_in(service, BRANCH, (1000, 1000, 1001))
    assert error(answer) == ("document_too_long", "data.documents.report")
    assert hand_in(service, BRANCH, (1000, 1000, 1000)).status_code == 201
    assert filed(service, BRANCH)[0]["characters"] == 3000


def test_c3_3_each_of_the_three_lists_is_written(service: Service):
    answer = hand_in(service, BRANCH, (900, 0, 900))
    assert error(answer) == ("part_empty", "data.documents.report.parts.problems")


def test_c3_3_a_list_far_from_a_third_is_a_warning_and_is_taken(service: Service):
    assert hand_in(service, BRANCH, (1300, 850, 850)).status_code == 201  # 43.3 %: within ten
    assert service.fire(BRANCH, "recall", f"{BRANCH}.sec").status_code == 201
    assert hand_in(service, BRANCH, (1310, 845, 845)).status_code == 201
    assert [one.get("warnings") for one in filed(service, BRANCH)] == [
        None,
        ["achievements_uneven"],
    ]


def test_c3_3_each_finding_that_was_fed_back_is_answered(service: Service):
    visit = visited(service, HOSPITAL)
    assert error(hand_in(service, HOSPITAL, (900, 900, 900))) == (
        "not_answered",
        "data.documents.report.answers",
    )
    answers = [{"case": visit, "row": 1, "text": "台账已补齐，专人保管"}]
    assert hand_in(service, HOSPITAL, (900, 900, 900), answers=answers).status_code == 201
    (report,) = filed(service, HOSPITAL)
    assert [(one["case"], one["row"]) for one in report["answers"]] == [(visit, 1)]


def test_c3_3_every_submission_is_a_numbered_version_and_none_is_overwritten(service: Service):
    for lengths in ((900, 900, 900), (800, 800, 800), (700, 700, 700)):
        assert hand_in(service, BRANCH, lengths).status_code == 201
        assert service.fire(BRANCH, "recall", f"{BRANCH}.sec").status_code == 201
    told = [(one["version"], one["characters"]) for one in filed(service, BRANCH)]
    assert told == [(1, 2700), (2, 2400), (3, 2100)]
