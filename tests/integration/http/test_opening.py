"""Opening cycles: by whom the scheme names, over each unit once, beside others of other years."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
import yaml
from werkzeug.test import TestResponse

from schemas.calendars import STATE_COUNCIL
from schemas.envelope import open_envelope
from services.workflow.adapters.files import organisation_file, scheme_file
from services.workflow.application.round_opening import RoundOpening
from services.workflow.domain.language.model.scheme import Scheme
from tests.integration.http.service import ORGANISATION, SCHEME, Service
from tests.texts import EARLIER, publish_schemes

TEXT = EARLIER
OPENED_BY = TEXT[TEXT.index("opened_by:") : TEXT.index("clients:")]


def scheme(**changes: Any) -> Scheme:
    """Return the shipped scheme under another name, of another year, or without who opens it."""
    text = TEXT.replace(f"id: {SCHEME}", f"id: {changes.get('id', SCHEME)}")
    text = text.replace("year: 2019", f"year: {changes.get('year', 2019)}")
    if not changes.get("opened_by", True):
        text = text.replace(OPENED_BY, "")
    return scheme_file.load(text, "s.yaml")


@pytest.fixture
def known(service: Service) -> Callable[..., None]:
    """Makes schemes known to the service, beside the shipped one."""

    def know(*others: Scheme) -> None:
        publish_schemes(service.parts.publishing, *others)

    return know


def opening(service: Service, unit: str, person: str = "c.off", **body: Any) -> TestResponse:
    asked = {"scheme": SCHEME, "unit": unit, "year": 2019} | body
    return service.call("POST", "/v1/cycles", asked, person=person, key=None)


def numbers(service: Service) -> list[str]:
    return [one["number"] for one in service.get("/v1/reviews?limit=200").json["items"]]


@pytest.mark.parametrize("person", ["c-h1.off", "c-h1.sec", "c.clerk", "w.sec"])
def test_only_whom_the_scheme_names_opens_a_cycle(service: Service, person: str):
    before = service.n_events()
    assert opening(service, "c-h1", person).status_code == 403
    assert service.n_events() == before


def test_a_second_cycle_over_the_same_people_names_the_first_and_who_opened_it(service: Service):
    before = service.n_events(), numbers(service)
    told = [opening(service, unit, person) for unit in ("c", "c-h1") for person in ("c.sec",)]
    assert {(one.status_code, one.json["code"]) for one in told} == {(409, "cycle_exists")}
    assert {(one.json["cycle"], one.json["opened_by"]) for one in told} == {
        (service.cycle, "c.off")
    }
    assert [one.json["title"].split("已在")[0] for one in told] == ["c", "c-h1"]
    assert (service.n_events(), numbers(service)) == before


@pytest.mark.parametrize("year", [1999, 2018, 2022, 2999])
def test_a_round_of_a_year_far_from_today_is_not_opened(
    service: Service, known: Callable[..., None], year: int
):
    text = Path(__file__).with_name("granted.txt").read_text()
    known(scheme_file.load(text.replace(", for: 2019, opens: 2020-01-08", ""), "rooms.txt"))
    body = {"scheme": "rooms", "unit": "c"}

    def opened(round_: int) -> TestResponse:
        asked = body | {"round": str(round_)}
        return service.call("POST", "/v1/cycles", asked, person="c.off", key=None)

    refused = opened(year)
    assert (refused.status_code, refused.json["code"]) == (422, "round_too_far")
    assert "2019" in refused.text
    assert "2021" in refused.text
    assert opened(2021).status_code == 201


def test_a_scheme_that_does_not_say_who_opens_it_is_not_opened(
    service: Service, known: Callable[..., None]
):
    known(scheme(id="of-before", opened_by=False))
    refused = opening(service, "c", scheme="of-before")
    assert (refused.status_code, refused.json["code"]) == (422, "nobody_opens")
    assert opening(service, "c", "c-h1-a.sec", scheme="of-before").status_code == 403


def test_the_next_year_and_another_scheme_open_beside_and_numbers_go_on(
    service: Service, known: Callable[..., None]
):
    known(scheme(id="next", year=2020), scheme(id="beside"))
    first = numbers(service)
    assert opening(service, "c", scheme="next", year=2020).status_code == 201
    assert opening(service, "c-h1", scheme="beside").status_code == 201
    given = Counter(numbers(service))
    assert set(given.values()) == {1}
    ordinals = sorted(n for n in given if n.startswith("2019-C-"))
    last = max(n for n in first if n.startswith("2019-C-"))
    assert ordinals[-1] > last
    assert "2020-C-0001" in given


@pytest.mark.parametrize("scheme_id", ["one", "two"])
def test_of_two_openings_at_once_each_unit_is_in_one_and_no_number_is_given_twice(
    service: Service, known: Callable[..., None], scheme_id: str, monkeypatch: pytest.MonkeyPatch
):
    """Over a unit and a part of it by one scheme; over the same unit by two."""
    known(scheme(id="one"), scheme(id="two"))
    gate, bulk = Barrier(2, timeout=20), RoundOpening.bulk
    waited = set[int]()

    def together(self: Any, *given: Any) -> Any:
        made = bulk(self, *given)
        if id(self) not in waited:  # the first time alone: who lost numbers is not waited for
            waited.add(id(self))
            gate.wait()
        return made

    monkeypatch.setattr(RoundOpening, "bulk", together)
    asked = [("c", "one"), ("c-h1", scheme_id)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: opening(service, one[0], scheme=one[1]), asked))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == ([201, 409] if scheme_id == "one" else [201, 201])
    assert set(Counter(numbers(service)).values()) == {1}


def test_an_opened_round_says_by_which_texts_it_runs_and_what_was_not_opened(
    service: Service, known: Callable[..., None], tmp_path: Path
):
    known(scheme(id="beside"))
    without = tmp_path / "organisation.yaml"
    post = (
        "  - {person: c-b1.sec, unit: c-b1, role: secretary, from: 2019-01-01, until: 2020-12-31}"
    )
    without.write_text(ORGANISATION.read_text().replace(f"{post}\n", ""))
    service.parts.imports.run(organisation_file.load(without))
    cycle = opening(service, "c", scheme="beside").json["id"]
    reads, editions = service.parts.database.reads, service.parts.editions
    (row,) = reads.stream(f"cycle/{cycle}")
    event = open_envelope(row.body)
    left_out = event.data["left_out"]
    listed = reads.texts([bytes.fromhex(left_out["sha256"])]).popitem()[1].content
    assert listed == b'[{"kind":"review","reason":"post_vacant","tier":"B","unit":"c-b1"}]'
    assert (event.type, event.data) == (
        "workflow.cycle_opened.v2",
        {
            "cycle": str(uuid5(NAMESPACE_URL, "urn:shuping:c:2019:beside")),
            "round": "2019",
            "scheme": "beside",
            "unit": "c",
            "calendarhash": editions.in_force("calendar")[STATE_COUNCIL].hash,
            "policyhash": editions.policies()["beside"].hash,
            "kinds": [
                {"name": "review", "tier": tier, "expected": n, "opened": opened, "exempt": 0}
                for tier, n, opened in (("A", 1, 1), ("B", 3, 2), ("C", 3, 3))
            ],
            "left_out": {"sha256": left_out["sha256"], "length": len(listed)},
        },
    )


def vacate(service: Service, unit: str, file: Path) -> None:
    """Let nobody hold a post in *unit*."""
    tree = yaml.safe_load(ORGANISATION.read_text(encoding="utf-8"))
    tree["posts"] = [post for post in tree["posts"] if post["unit"] != unit]
    file.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    service.parts.imports.run(organisation_file.load(file))


def test_a_preview_says_what_would_be_opened_and_lacking_and_writes_nothing(
    service: Service, known: Callable[..., None], tmp_path: Path
):
    known(scheme(id="next", year=2020))
    vacate(service, "c-h2-a", tmp_path / "organisation.yaml")
    before = service.n_events(), numbers(service)
    asked = {"scheme": "next", "year": 2020}
    told = opening(service, "c", **asked, dry_run=True)
    assert (told.status_code, told.json["round"], told.json["faults"]) == (200, "2020", [])
    lacking = {(one["sort"], one["unit"]) for one in told.json["gaps"]}
    assert lacking == {("post_vacant", "c-h2-a")}
    assert (service.n_events(), numbers(service)) == before
    opened = opening(service, "c", **asked)
    assert told.json["coverage"] == opened.json["coverage"]
    assert told.json["id"] == opened.json["id"]
    shown = service.get(f"/v1/cycles/{opened.json['id']}", "c.off").json
    assert [(one["unit"], one["tier"], one["reason"]) for one in shown["lacking"]] == [
        ("c-h2-a", "C", "post_vacant")
    ]
    assert shown["coverage"]["C"]["expected"] == shown["coverage"]["C"]["opened"] + 1
    again = opening(service, "c-h1", **asked, dry_run=True)
    assert (again.status_code, again.json["code"]) == (409, "cycle_exists")


def test_who_had_no_case_stays_in_the_tier_that_the_unit_had_at_the_opening(
    service: Service, known: Callable[..., None], tmp_path: Path
):
    known(scheme(id="next", year=2020))
    vacate(service, "c-h2-a", tmp_path / "organisation.yaml")
    cycle = opening(service, "c", scheme="next", year=2020).json["id"]
    tree = yaml.safe_load((tmp_path / "organisation.yaml").read_text(encoding="utf-8"))
    (unit,) = (one for one in tree["units"] if one["id"] == "c-h2-a")
    unit |= {"kind": "unit_branch", "parent": "c"}
    moved = tmp_path / "moved.yaml"
    moved.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    service.parts.imports.run(organisation_file.load(moved))
    for path in (f"/v1/cycles/{cycle}", f"/v1/cycles/{cycle}/outcome"):
        (one,) = service.get(path, "c.off").json["lacking"]
        assert (one["unit"], one["tier"]) == ("c-h2-a", "C")


@pytest.mark.parametrize("person", ["c-h1.off", "c.clerk"])
def test_a_preview_is_for_whoever_may_open(service: Service, person: str):
    assert opening(service, "c-h1", person, dry_run=True).status_code == 403
