"""Caps and a quota of a made-up scheme, over HTTP: ties at its edge, and who stands next."""

from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import scheme_file
from tests.integration.http.conftest import started
from tests.integration.http.service import Service
from tests.texts import publish_schemes
from tests.unit.workflow.case.test_of_posts import TEXT

CAPPED = """caps:
  - {clause: K2, where: {mode: inside}, at_best: lower_band}
quotas:"""
SHUT_IN = "      shut_in: {label: 关, from: [begun], by: [{party: self}], sets: [mode]}\n"
CHANGED = (
    TEXT.replace("roles: [office, liaison]}", "roles: [clerk]}")
    .replace("at_least: [1, 4]", "at_least: [1, 2]")
    .replace("quotas:", CAPPED)
    .replace("      spawn:", f"{SHUT_IN}      spawn:")
)
SCHEME = scheme_file.load(CHANGED, "of_posts.txt")
OFFICE = "c.off"
FIGURES = {"c.clerk": "90", "c-h1.clerk": "70", "c-h2.clerk": "70", "c-h1-a.clerk": "95"}


class Round:
    """Four cases: one that a cap takes down, two alike, and the best."""

    def __init__(self, service: Service) -> None:
        self.service = service
        publish_schemes(service.parts.publishing, SCHEME)
        body = {"scheme": SCHEME.id, "unit": "c", "round": "2019"}
        self.cycle = service.call("POST", "/v1/cycles", body, person=OFFICE).json["id"]
        items = service.get(f"/v1/cases?cycle={self.cycle}&kind=yearly", OFFICE).json["items"]
        self.of = {one["person"]: one for one in items}

    def fire(self, whose: str, trigger: str, by: str, **data: Any) -> Any:
        path = f"/v1/cases/{self.of[whose]['id']}/transitions"
        return self.service.call("POST", path, {"trigger": trigger, "data": data}, person=by)

    def rate(self, whose: str, figure: str) -> None:
        rated = self.fire(whose, "rate", OFFICE, components={"merit": figure, "zeal": figure})
        assert rated.status_code == 201, rated.text

    def ranking(self) -> Any:
        return self.service.get(f"/v1/cycles/{self.cycle}/ranking", OFFICE).json


@pytest.fixture
def rated(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    for service in started("sqlite", tmp_path, request):
        made = Round(service)
        assert made.of.keys() == FIGURES.keys()
        made.fire("c.clerk", "shut_in", "c.clerk", mode="inside")
        for whose, figure in FIGURES.items():
            assert made.fire(whose, "tell", whose).status_code == 201
            made.rate(whose, figure)
        yield made


def test_a_quota_names_all_who_are_alike_at_its_edge_until_it_is_met(rated: Round) -> None:
    alike = sorted(rated.of[one]["number"] for one in ("c-h1.clerk", "c-h2.clerk"))
    (quota,) = rated.ranking()["quotas"]
    told = {name: quota[name] for name in ("n_having", "lacking", "next", "n_next")}
    assert told | {"next": alike} == {"n_having": 1, "lacking": 1, "next": alike, "n_next": 2}
    assert sorted(told["next"]) == alike
    refused = rated.fire("c-h1-a.clerk", "settle", OFFICE)
    (error,) = refused.json["errors"]
    assert (refused.status_code, error["code"]) == (422, "quota_lacking")
    assert ", ".join(told["next"]) in error["accepted"]
    rated.rate("c-h2.clerk", "50")
    assert rated.ranking()["quotas"][0]["lacking"] == 0
    assert rated.fire("c-h1-a.clerk", "settle", OFFICE).status_code == 201


def test_a_capped_grade_keeps_its_figure_and_its_place(rated: Round) -> None:
    places = {one["person"]: one for one in rated.ranking()["items"]}
    assert [places[one]["place"] for one in FIGURES] == [2, 3, 3, 1]
    capped = places["c.clerk"]
    told = [capped[name] for name in ("figure", "grade", "uncapped")]
    assert told == ["90.00", "lower_band", "upper_band"]
    path = f"/v1/cases/{rated.of['c.clerk']['id']}/figures"
    ((cap,),) = [one["caps"] for one in rated.service.get(path, OFFICE).json["gradings"]]
    assert cap["clause"] == "K2"


def test_quotas_come_with_the_first_page_and_no_further_one_reads_the_round(
    rated: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, reads = f"/v1/cycles/{rated.cycle}/ranking?limit=2", rated.service.parts.database.reads
    read, graded = list[str](), reads.graded
    monkeypatch.setattr(reads, "graded", lambda *told: read.append(told[1]) or graded(*told))
    first = rated.service.get(path, OFFICE).json
    assert len(first["quotas"]) == len(read) == 1
    further = rated.service.get(f"{path}&after={first['next']}", OFFICE).json
    assert (len(further["items"]), further["quotas"]) == (2, [])
    assert len(read) == 1
