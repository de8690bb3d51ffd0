"""Opening cycles: by whom the scheme names, over each unit once, beside others of other years."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.workflow.adapters.files import scheme_file
from services.workflow.application import cycles
from services.workflow.domain.language.model.scheme import Scheme
from tests.integration.http.service import SCHEME, Service
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
    assert (service.n_events(), numbers(service)) == before


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
    gate, bulk = Barrier(2, timeout=20), cycles._Opening.bulk
    waited = set[int]()

    def together(self: Any, *given: Any) -> Any:
        made = bulk(self, *given)
        if id(self) not in waited:  # the first time alone: who lost numbers is not waited for
            waited.add(id(self))
            gate.wait()
        return made

    monkeypatch.setattr(cycles._Opening, "bulk", together)
    asked = [("c", "one"), ("c-h1", scheme_id)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: opening(service, one[0], scheme=one[1]), asked))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == ([201, 409] if scheme_id == "one" else [201, 201])
    assert set(Counter(numbers(service)).values()) == {1}
