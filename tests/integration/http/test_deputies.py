"""What a deputy sees: what the other sees by what was handed on, alike in every way to ask."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.http import documents
from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.integration.http.conftest import STORES, started
from tests.integration.http.forms import Browser
from tests.integration.http.service import Service
from tests.integration.http.test_sights import signed_in
from tests.texts import publish_schemes

SCHEME = scheme_file.load(Path(__file__).with_name("deputies.txt").read_text(), "deputies.txt")
ABOVE, HERE, THERE, BESIDE = "c.off", "c-h1.sec", "c-h2.sec", "c-b1.sec"
OUTSIDE = "c-h2.head"  # reads the cases of another unit alone
TEXT = "自查正文"


class Papers:
    """A round in which the secretary of c-h1 has handed a paper in, to be weighed above."""

    def __init__(self, service: Service) -> None:
        self.service = service
        body = {"scheme": SCHEME.id, "unit": "c", "round": "2019"}
        self.cycle = service.call("POST", "/v1/cycles", body, person=ABOVE).json["id"]
        self.of = {unit: self.listed(ABOVE, f"&unit={unit}")[0] for unit in ("c-h1", "c-h2")}
        self.browsers: dict[str, Browser] = {}
        sheet = {"documents": {"sheet": {"parts": {"body": TEXT}}}}
        self.fire(self.of["c-h1"], "weigh", HERE, data=sheet)
        self.fire(self.of["c-h2"], "weigh", ABOVE)

    def fire(self, case: str, trigger: str, person: str, **rest: Any) -> dict[str, Any]:
        path = f"/v1/cases/{case}/transitions"
        answer = self.service.call("POST", path, {"trigger": trigger, **rest}, person=person)
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def listed(self, person: str, more: str = "") -> list[str]:
        page = self.service.get(f"/v1/cases?cycle={self.cycle}{more}", person).json
        assert page["total"] == len(page["items"])
        return [one["id"] for one in page["items"]]

    def handed(self, deputy: str, person: str, role: str, *, revoked: bool = False) -> None:
        today = self.service.clock.at.date()
        entry = Delegation(
            deputy=deputy,
            person=person,
            unit=person.partition(".")[0],
            roles=frozenset({role}),
            since=today,
            until=today,
        )
        wish = Wish(entry=entry, revoked=revoked)
        assert self.service.parts.deputies.record(None, wish).changed

    def browser(self, person: str) -> Browser:
        if person not in self.browsers:
            self.browsers[person] = signed_in(self.service, person)
        return self.browsers[person]

    def told(self, case: str, person: str) -> dict[str, bool]:
        """Return by every way to ask whether *person* sees the case."""
        page, ways = self.browser(person), ("", "/events", "/transitions")
        answers = {way: self.service.get(f"/v1/cases/{case}{way}", person) for way in ways}
        return {
            **{f"GET {way}": one.status_code == 200 for way, one in answers.items()},
            "page": page.open(f"/cases/{case}").status_code == 200,
            "list": case in self.listed(person),
            "page of the list": f"/cases/{case}" in page.open(f"/cases?cycle={self.cycle}").text,
        }

    def text_is_told(self, case: str, person: str) -> set[bool]:
        history = self.service.get(f"/v1/cases/{case}/events", person).text
        return {TEXT in history, TEXT in self.browser(person).open(f"/cases/{case}").text}


@pytest.fixture(params=STORES)
def papers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Papers]:
    for service in started(request.param, tmp_path, request):
        publish_schemes(service.parts.publishing, SCHEME)
        yield Papers(service)


# Deputy, whom they stand in for, in which role, whose paper: is it theirs to see?
WEIGHED = [
    (OUTSIDE, None, "", "c-h1", False),
    (OUTSIDE, ABOVE, "office", "c-h1", True),
    (OUTSIDE, ABOVE, "office", "c-h2", True),
    ("c.mem", ABOVE, "office", "c-h1", True),  # who sees the unit anyway, and not what is left
    ("c.mem", "c.clerk", "clerk", "c-h1", False),  # another role
    (OUTSIDE, HERE, "secretary", "c-h1", False),  # no more than the other sees
    (HERE, None, "", "c-h1", False),
    (HERE, ABOVE, "office", "c-h1", False),  # it is about themselves
    (HERE, ABOVE, "office", "c-h2", True),
    (THERE, ABOVE, "office", "c-h1", True),
]


def test_page_list_and_answers_agree_on_what_a_deputy_sees(papers: Papers):
    for deputy, person, role, unit, expected in WEIGHED:
        if person:
            papers.handed(deputy, person, role)
        told = papers.told(papers.of[unit], deputy)
        if expected:
            assert papers.text_is_told(papers.of[unit], deputy) == {unit == "c-h1"}
        if person:
            papers.handed(deputy, person, role, revoked=True)
        assert set(told.values()) == {expected}, (deputy, person, role, unit, told)


def test_it_is_over_with_its_last_day(papers: Papers):
    papers.handed(OUTSIDE, ABOVE, "office")
    assert set(papers.told(papers.of["c-h1"], OUTSIDE).values()) == {True}
    papers.service.clock.pass_by(days=1)
    assert set(papers.told(papers.of["c-h1"], OUTSIDE).values()) == {False}


def test_nothing_of_what_was_about_them_or_belongs_to_it_comes_by_standing_in(papers: Papers):
    one = papers.of["c-h1"]
    papers.fire(one, "pair", ABOVE)
    papers.fire(one, "sign", ABOVE)
    papers.fire(one, "sign", BESIDE)
    rows = [{"what": "补材料", "owner": "c-h1.mem"}]
    papers.fire(one, "run", ABOVE, data={"documents": {"errands": {"rows": rows}}})
    (errand,) = papers.listed(ABOVE, "&kind=errand")
    papers.fire(errand, "hush", ABOVE)
    papers.handed(HERE, ABOVE, "office")
    papers.handed(OUTSIDE, ABOVE, "office")
    assert set(papers.told(errand, OUTSIDE).values()) == {True}
    assert set(papers.told(errand, HERE).values()) == {False}


def test_what_lies_on_a_persons_own_desk_lies_with_their_deputy(papers: Papers):
    one = papers.of["c-h1"]
    papers.fire(one, "pair", ABOVE)
    papers.fire(one, "sign", ABOVE)
    papers.fire(one, "sign", BESIDE)
    rows = [{"what": "补材料", "owner": "c-h1.mem"}]
    papers.fire(one, "run", ABOVE, data={"documents": {"errands": {"rows": rows}}})
    (errand,) = papers.listed(ABOVE, "&kind=errand")
    assert papers.listed("c-h1.mem", "&holder=c-h1.mem") == [errand]
    papers.handed(OUTSIDE, "c-h1.mem", "committee_member")
    assert set(papers.told(errand, OUTSIDE).values()) == {True}
    assert papers.listed(OUTSIDE, f"&holder={OUTSIDE}") == [errand]
    assert "补材料" not in papers.browser(OUTSIDE).open("/tasks").text
    assert f"/cases/{errand}" in papers.browser(OUTSIDE).open("/tasks").text
    event = papers.fire(errand, "report", OUTSIDE)["event"]
    assert (event["actor"], event["deputyfor"]) == (OUTSIDE, "c-h1.mem")


def test_a_deputy_signs_one_of_several_desks_and_finds_it_before(papers: Papers):
    one = papers.of["c-h1"]
    papers.fire(one, "pair", ABOVE)
    assert papers.listed(BESIDE, f"&holder={BESIDE}") == [one]  # though ours is due first
    papers.handed(OUTSIDE, BESIDE, "secretary")
    assert papers.listed(OUTSIDE, f"&holder={OUTSIDE}") == [one]
    assert f"/cases/{one}" in papers.browser(OUTSIDE).open("/tasks").text
    event = papers.fire(one, "sign", OUTSIDE)["event"]
    assert (event["data"]["signature"]["desk"], event["deputyfor"]) == ("theirs", BESIDE)
    assert papers.listed(OUTSIDE, f"&holder={OUTSIDE}") == []
    assert papers.fire(one, "sign", ABOVE)["case"]["state"] == "running"


def put(service: Service, actor: str, kind: str = "delegations", **told: Any) -> Any:
    return service.call("PUT", f"/v1/deputies/{kind}", told, person=actor, key=None)


def handing(**changed: Any) -> dict[str, Any]:
    told = {"deputy": OUTSIDE, "person": ABOVE, "unit": "c", "roles": ["office"]}
    return told | {"from": "2020-01-08", "until": "2020-01-10"} | changed


def test_somebody_hands_on_their_own_roles_and_takes_them_back(papers: Papers):
    service, case = papers.service, papers.of["c-h1"]
    done = put(service, ABOVE, **handing())
    assert (done.status_code, done.json) == (200, {"changed": True, "warnings": []})
    assert put(service, ABOVE, **handing()).json["changed"] is False
    assert set(papers.told(case, OUTSIDE).values()) == {True}
    for person in (ABOVE, "w.secadm"):
        listed = service.get(f"/v1/deputies?person={ABOVE}", person)
        documents.DEPUTIES.load(listed.json)
        assert [one["deputy"] for one in listed.json["delegations"]] == [OUTSIDE]
    key = f"deputy={OUTSIDE}&person={ABOVE}&unit=c&from=2020-01-08"
    ended = service.call("DELETE", f"/v1/deputies/delegations?{key}", person=ABOVE)
    assert ended.status_code == 200, ended.text
    assert set(papers.told(case, OUTSIDE).values()) == {False}


def test_who_records_is_the_person_or_who_keeps_the_people(papers: Papers):
    service, away = papers.service, {"from": "2020-01-09", "until": "2020-01-10"}
    for person, status in ((OUTSIDE, 403), ("c.sec", 403), ("w.audadm", 403), ("w.sysadm", 200)):
        assert put(service, person, **handing()).status_code == status
        assert put(service, person, "absences", person=ABOVE, **away).status_code == status
    assert service.get("/v1/deputies", "w.sysadm").json["absences"][0]["person"] == ABOVE
    assert service.get("/v1/deputies", ABOVE).status_code == 403


def test_every_fault_is_told_at_its_field_and_nothing_is_written(papers: Papers):
    service, before = papers.service, papers.service.n_events()
    wrong = handing(deputy="nobody.x", roles=["clerk", "audit_administrator"], unit="nowhere")
    refused = put(service, ABOVE, **wrong | {"from": "2020-01-07"})
    told = {(one["field"], one["code"]) for one in refused.json["errors"]}
    assert refused.status_code == 422
    assert told == {
        ("deputy", "no_such_person"),
        ("from", "begins_in_the_past"),
        ("roles", "not_handed_on"),
        ("roles", "not_theirs"),
        ("unit", "no_such_unit"),
    }
    assert all(one["reason"] and one["accepted"] for one in refused.json["errors"])
    for body in (handing(until="2026-02-30"), handing(roles=[]), handing(roles="office"), {}):
        assert put(service, ABOVE, **body).status_code == 400
    assert service.n_events() == before


def test_who_keeps_the_people_reads_all_page_by_page(papers: Papers):
    service, days = papers.service, {"from": "2020-01-09", "until": "2020-01-10"}
    put(service, "w.sysadm", **handing())
    for person in (ABOVE, HERE, THERE):
        put(service, "w.sysadm", "absences", person=person, **days)
    seen, path, after = list[str](), "/v1/deputies?limit=2", ""
    while after is not None:
        page = service.get(path + after, "w.sysadm").json
        documents.DEPUTIES.load(page)
        told = [*page["delegations"], *page["absences"]]
        assert (len(told), page["total"]) == (2, 4)
        seen += [one["person"] for one in told]
        after = page["next"] and f"&after={page['next']}"
    assert seen == [ABOVE, *sorted((ABOVE, HERE, THERE))]
    assert service.get("/v1/deputies?limit=201", "w.sysadm").status_code == 400


def test_roles_of_a_day_that_is_past_do_not_change(papers: Papers):
    assert put(papers.service, ABOVE, **handing()).status_code == 200
    papers.service.clock.pass_by(days=1)
    refused = put(papers.service, ABOVE, **handing(roles=["office", "clerk"]))
    told = {one["code"]: one for one in refused.json["errors"]}
    assert refused.status_code == 422
    assert told["roles_in_force"]["field"] == "roles"
    assert "今日" in told["roles_in_force"]["accepted"]
    assert put(papers.service, ABOVE, **handing(until="2020-01-09")).json["changed"]


def test_whose_own_open_cases_it_does_not_open_is_said(papers: Papers):
    warned = put(papers.service, ABOVE, **handing(deputy=HERE)).json["warnings"]
    number = papers.service.get(f"/v1/cases/{papers.of['c-h1']}", ABOVE).json["number"]
    (told,) = warned
    names = papers.service.parts.directory.names([HERE])
    assert told["code"] == "deputy_is_subject"
    assert number in told["reason"]
    assert told["reason"].startswith(names[HERE])
    path = f"/v1/cases/{papers.of['c-h1']}/transitions"
    refused = papers.service.call("POST", path, {"trigger": "pair"}, person=HERE)
    assert refused.status_code == 404  # it is not even theirs to see
