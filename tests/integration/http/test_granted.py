"""Whoever is granted a trigger of a case at one of its units reads it from its opening on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import scheme_file
from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.integration.http.conftest import STORES, started
from tests.integration.http.service import Service
from tests.integration.http.test_sights import signed_in
from tests.texts import publish_schemes

SCHEME = scheme_file.load(Path(__file__).with_name("granted.txt").read_text(), "granted.txt")
OPENER, HOME, OTHER = "c.off", "c-h1.sec", "c-h2.sec"
BESIDE, ABOVE = "c-b1.sec", "c.head"  # neither looks after the unit
WITHOUT = "c-h2.head"


class Rooms:
    """A round of which the room of c-h1 was proved by nobody yet."""

    def __init__(self, service: Service) -> None:
        self.service = service
        body = {"scheme": SCHEME.id, "unit": "c", "round": "2019"}
        self.cycle = service.call("POST", "/v1/cycles", body, person=OPENER).json["id"]
        self.room = self.listed(HOME, "room")[0]

    def listed(self, person: str, kind: str) -> list[str]:
        page = self.service.get(f"/v1/cases?cycle={self.cycle}&kind={kind}", person).json
        assert page["total"] == len(page["items"])
        return [one["id"] for one in page["items"]]

    def prove(self, person: str) -> Any:
        path = f"/v1/cases/{self.room}/transitions"
        return self.service.call("POST", path, {"trigger": "prove"}, person=person)

    def statuses(self, person: str, case: str) -> set[int]:
        ways = ("", "/events", "/transitions")
        return {self.service.get(f"/v1/cases/{case}{way}", person).status_code for way in ways}


@pytest.fixture(params=STORES)
def rooms(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rooms]:
    for service in started(request.param, tmp_path, request):
        publish_schemes(service.parts.publishing, SCHEME)
        yield Rooms(service)


@pytest.mark.parametrize("person", [BESIDE, ABOVE])
def test_who_may_prove_a_room_reads_it_before_it_lies_with_them(rooms: Rooms, person: str):
    assert rooms.statuses(person, rooms.room) == {200}
    assert rooms.room in rooms.listed(person, "room")
    assert len(rooms.listed(person, "room")) == 2  # of c-h2 as well: the body is the same
    page = signed_in(rooms.service, person).open(f"/cases/{rooms.room}").text
    assert "验证" in page
    assert rooms.prove(person).status_code == 201
    assert rooms.statuses(person, rooms.room) == {200}


def test_a_deputy_reads_what_they_may_prove_for_another(rooms: Rooms):
    service = rooms.service
    (held,) = service.parts.directory.current().posts_of_ever(BESIDE)
    days = dict.fromkeys(("since", "until"), service.clock.at.date())
    roles = frozenset({held.role})
    entry = Delegation(deputy=WITHOUT, person=BESIDE, unit=held.unit, roles=roles, **days)
    assert service.parts.deputies.record(None, Wish(entry=entry)).changed
    assert rooms.statuses(WITHOUT, rooms.room) == {200}
    assert len(rooms.listed(WITHOUT, "room")) == 2
    assert rooms.prove(WITHOUT).status_code == 201


def test_who_is_granted_nothing_finds_nothing(rooms: Rooms):
    assert rooms.statuses(WITHOUT, rooms.room) == {404}
    assert rooms.room not in rooms.listed(WITHOUT, "room")
    assert rooms.listed(OTHER, "room") != [rooms.room]


def test_a_part_of_the_parent_opens_what_it_grants_and_no_more(rooms: Rooms):
    assert rooms.prove(BESIDE).status_code == 201
    (defect,) = rooms.listed(HOME, "defect")
    assert rooms.listed(BESIDE, "defect") == [defect]
    assert rooms.statuses(BESIDE, defect) == {200}
    assert signed_in(rooms.service, BESIDE).open(f"/cases/{defect}").status_code == 200
    body, path = {"trigger": "mend"}, f"/v1/cases/{defect}/transitions"
    assert rooms.service.call("POST", path, body, person=BESIDE).status_code == 201
    assert rooms.listed(ABOVE, "defect") == []
    assert rooms.statuses(ABOVE, defect) == {404}


def test_what_a_scheme_leaves_to_others_stays_theirs(rooms: Rooms):
    assert rooms.prove(BESIDE).status_code == 201
    (secret,) = rooms.listed(HOME, "secret")
    assert rooms.listed(BESIDE, "secret") == []
    assert rooms.statuses(BESIDE, secret) == {404}


def test_a_body_of_the_whole_round_reads_its_figures(rooms: Rooms):
    for person, status in ((BESIDE, 200), (ABOVE, 200), (WITHOUT, 404)):
        assert rooms.service.get(f"/v1/cycles/{rooms.cycle}", person).status_code == status
        cycles = rooms.service.get("/v1/cycles", person).json["items"]
        assert bool(cycles) == (status == 200)


def test_a_refused_act_of_who_has_a_part_is_told_and_not_hidden(rooms: Rooms):
    path = f"/v1/cases/{rooms.room}/transitions"
    refused = rooms.service.call("POST", path, {"trigger": "shut_up"}, person=BESIDE)
    assert (refused.status_code, refused.json["code"]) == (403, "other_tree")
