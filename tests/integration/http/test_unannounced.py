"""An unannounced visit of the shipped scheme is not there for who is visited, on every way in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import organisation_file
from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.integration.http.service import ORGANISATION, Service, start
from tests.integration.http.test_files import SHIPPED

UNIT, OFFICE, BELOW = "c-h1", "c.off", "c-h1.sec"
UNKNOWN = "00000000-0000-7000-8000-000000000000"
WENT = {"day": "2020-01-08", "place": "三楼", "announced": False, "leader": OFFICE}
ROW = {"finding": "台账不全", "severity": "notable"}
FOUND = {"documents": {"visit_record": {"rows": [WENT]}, "visit_report": {"rows": [ROW]}}}


class Visit:
    """A visit of the committee's office to the hospital, opened just now."""

    def __init__(self, service: Service) -> None:
        self.service = service
        body = {"kind": "visit", "cycle": service.cycle, "unit": UNIT}
        opened = service.call("POST", "/v1/cases", body, person=OFFICE)
        assert opened.status_code == 201, opened.text
        self.id: str = opened.json["case"]["id"]

    def fire(self, trigger: str, person: str, case: str = "", **more: Any) -> Any:
        path = f"/v1/cases/{case or self.id}/transitions"
        return self.service.call("POST", path, {"trigger": trigger, **more}, person=person)

    def feed_back(self) -> None:
        assert self.fire("record", OFFICE, data=FOUND).status_code == 201
        assert self.fire("feed_back", OFFICE).status_code == 201

    def answer(self) -> Any:
        """Answer what was found, as the unit's own secretary."""
        told = {"answers": [{"case": f"visit/{self.id}", "row": 1, "text": "已补齐"}]}
        return self.fire("answer", BELOW, data={"documents": {"answer": told}})

    def bulk(self, person: str, case: str = "") -> Any:
        one = {"case": case or self.id, "trigger": "answer", "on_behalf_of": person}
        one["idempotency_key"] = f"one-{case}"
        answer = self.service.call("POST", "/v1/transitions", {"commands": [one]})
        (result,) = answer.json["results"]
        return result["status"], result.get("problem", {}).get("code")

    def drafted(self, person: str, case: str = "") -> Any:
        path, typed = f"/v1/cases/{case or self.id}/drafts/answer", {"answers.0.text": "已补齐"}
        return self.service.call("PUT", path, {"version": 1, "typed": typed}, person=person)


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Visit]:
    service = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path, schemes=[SHIPPED])
    yield Visit(service)
    service.parts.database.close()


def told(answer: Any) -> tuple[int, Any]:
    """Return what an answer tells, but for the ids that were asked about."""
    known = {key: one for key, one in answer.json.items() if key not in ("instance", "trace_id")}
    return answer.status_code, known


def test_who_is_visited_is_answered_as_if_there_were_no_visit(visit: Visit):
    for more in ({}, {"dry_run": True}):
        answer = visit.fire("answer", BELOW, **more)
        assert told(answer) == told(visit.fire("answer", BELOW, UNKNOWN, **more))
        assert answer.status_code == 404
    assert visit.bulk(BELOW) == visit.bulk(BELOW, UNKNOWN) == (404, "not_found")
    assert told(visit.drafted(BELOW)) == told(visit.drafted(BELOW, UNKNOWN))
    assert visit.drafted(BELOW).status_code == 404


def test_once_it_is_fed_back_they_draft_and_answer(visit: Visit):
    visit.feed_back()
    assert visit.drafted(BELOW).status_code == 200
    assert visit.answer().status_code == 201


def found(visit: Visit, person: str) -> set[bool]:
    """Return by every way to ask whether *person* finds the visit."""
    path, page = f"/v1/cases/{visit.id}", visit.service.get("/v1/cases?kind=visit", person)
    ways = (path, f"{path}/events", f"{path}/transitions")
    answers = {visit.service.get(way, person).status_code == 200 for way in ways}
    return answers | {visit.id in page.text, page.json["total"] == 1}


def hand_on(service: Service, _folder: Path, deputy: str = BELOW) -> None:
    today = service.clock.at.date()
    entry = Delegation(
        deputy=deputy,
        person=OFFICE,
        unit="c",
        roles=frozenset({"office"}),
        since=today,
        until=today,
    )
    assert service.parts.deputies.record(None, Wish(entry=entry)).changed


def give_post(service: Service, folder: Path) -> None:
    """Give the secretary of the visited unit the office of the committee above as well."""
    told = ORGANISATION.read_text()
    told += "  - {person: c-h1.sec, unit: c, role: office, from: 2019-01-01}\n"
    changed = folder / "organisation.yaml"
    changed.write_text(told)
    service.parts.imports.run(organisation_file.load(changed))


@pytest.mark.parametrize("given", [hand_on, give_post])
def test_no_other_post_shows_or_lets_do_a_visit_to_ones_own_unit(
    visit: Visit, given: Any, tmp_path: Path
):
    given(visit.service, tmp_path)
    assert found(visit, OFFICE) == {True}
    assert found(visit, BELOW) == {False}
    for trigger, data in (("record", FOUND), ("feed_back", {}), ("close", {}), ("cancel", {})):
        for dry_run in (True, False):
            answer = visit.fire(trigger, BELOW, data=data, dry_run=dry_run)
            assert answer.status_code == 404, trigger
    visit.feed_back()
    assert found(visit, BELOW) == {True}
    assert visit.fire("close", BELOW).json["code"] == "own_case"
    assert visit.answer().status_code == 201


def test_a_deputy_visits_another_unit(visit: Visit, tmp_path: Path):
    hand_on(visit.service, tmp_path, "c-h2.sec")
    assert found(visit, "c-h2.sec") == {True}
    assert visit.fire("record", "c-h2.sec", data=FOUND).status_code == 201


def test_nobody_opens_a_visit_to_their_own_unit(visit: Visit, tmp_path: Path):
    give_post(visit.service, tmp_path)
    body = {"kind": "visit", "cycle": visit.service.cycle, "unit": UNIT}
    answer = visit.service.call("POST", "/v1/cases", body, person=BELOW)
    assert (answer.status_code, answer.json["code"]) == (403, "own_case")
