"""Cases are opened one by one: at a unit, as part of another, and once where there is one slot."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.http import documents
from services.workflow.domain.language.model.scheme import Scheme
from tests.integration.http.conftest import STORES, started
from tests.integration.http.service import Service
from tests.texts import publish_schemes

TEXT = Path(__file__).with_name("openings.txt").read_text()
SCHEME = scheme_file.load(TEXT, "openings.txt")
NEXT = """
id: openings-next
follows:
  scheme: openings
  carries: [{case: page, in: [blank], ends: passed_on, as: page}]
"""
OFFICE, SECRETARY = "c.off", "c-h1.sec"


@pytest.fixture(params=STORES)
def round_(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    for service in started(request.param, tmp_path, request):
        publish_schemes(service.parts.publishing, SCHEME)
        body = {"scheme": SCHEME.id, "unit": "c", "round": "2019"}
        opened = service.call("POST", "/v1/cycles", body, person=OFFICE)
        assert opened.status_code == 201, opened.text
        yield Round(service, opened.json["id"])


class Round:
    def __init__(self, service: Service, cycle: str) -> None:
        self.service, self.cycle = service, cycle

    def open(self, person: str | None, *, key: str = "fresh", **body: Any) -> Any:
        return self.service.call("POST", "/v1/cases", body, person=person, key=key)

    def session(self, person: str = OFFICE, **others: Any) -> Any:
        return self.open(person, kind="session", cycle=self.cycle, unit="c", **others)

    def page(self, person: str = SECRETARY, **others: Any) -> Any:
        return self.open(person, kind="page", parent=self.folder(), **others)

    def row_behind_page(self, cycle: str) -> tuple[str, dict[str, Any]]:
        """Return what the one page of a round was made from: the text, and the row as told."""
        query = f"/v1/cases?cycle={cycle}&kind=page"
        (page,) = self.service.get(query, SECRETARY).json["items"]
        first, *_ = self.service.get(f"/v1/cases/{page['id']}/events", SECRETARY).json["items"]
        return first["texts"]["data.row.text"], first["event"]["data"]["row"]

    def folder(self, cycle: str = "") -> str:
        query = f"/v1/cases?cycle={cycle or self.cycle}&kind=folder&unit=c-h1"
        (found,) = self.service.get(query, OFFICE).json["items"]
        return str(found["id"])

    def links(self, person: str) -> dict[str, Any]:
        answer = self.service.get(f"/v1/cases/{self.folder()}", person)
        documents.CASE.load(answer.json)
        return {one["name"]: one for one in answer.json["links"]}

    def fire(self, case: str, person: str, trigger: str, *, key: str = "fresh", **rest: Any) -> Any:
        path = f"/v1/cases/{case}/transitions"
        body = {"trigger": trigger, **rest}
        return self.service.call("POST", path, body, person=person, key=key)


def with_turns(round_: Round) -> str:
    """Open a round whose folders come round each quarter; return it."""
    text = TEXT.replace("id: openings\n", "id: turns\n")
    text = text.replace("    each: unit\n", "    each: unit\n    every: quarter\n")
    publish_schemes(round_.service.parts.publishing, scheme_file.load(text, "turns.txt"))
    body = {"scheme": "turns", "unit": "c", "round": "2019"}
    return str(round_.service.call("POST", "/v1/cycles", body, person=OFFICE).json["id"])


def test_a_kind_with_a_shorter_turn_than_its_rounds_opens_once_in_each(round_: Round):
    service, cycle = round_.service, with_turns(round_)
    asked = {"kind": "folder", "cycle": cycle, "unit": "c-h1"}
    before = service.get(f"/v1/cycles/{cycle}", OFFICE).json["coverage"]["K"]
    assert round_.open(OFFICE, **asked).json["code"] == "turn_has_case"
    service.clock.at = datetime(2020, 4, 1, 1, tzinfo=UTC)
    opened = [round_.open(OFFICE, **asked) for _ in "ab"]
    assert [one.status_code for one in opened] == [201, 409]
    after = service.get(f"/v1/cycles/{cycle}", OFFICE).json["coverage"]["K"]
    counted = [after[name] - before[name] for name in ("expected", "opened", "closed")]
    assert counted == [1, 1, 0]
    report = service.get(f"/v1/cycles/{cycle}/outcome", OFFICE).json
    (told,) = (one for one in report["sums"] if one["kind"] == "folder")
    assert told["expected"] == told["n"] == after["opened"]


@pytest.mark.parametrize(
    ("ended", "code"), [("shut_up", "turn_has_case"), ("pulp", None)], ids=["done", "given up"]
)
def test_what_was_completed_in_a_turn_is_not_opened_anew_within_it(
    round_: Round, ended: str, code: str | None
):
    asked = {"kind": "folder", "cycle": with_turns(round_), "unit": "c-h1"}
    case = round_.folder(asked["cycle"])
    if ended == "shut_up":
        held = round_.open(OFFICE, kind="session", cycle=asked["cycle"], unit="c").json
        assert round_.fire(held["case"]["id"], OFFICE, "hold").status_code == 201
    assert round_.fire(case, SECRETARY, ended).status_code == 201
    assert round_.open(OFFICE, **asked).json.get("code") == code
    round_.service.clock.at = datetime(2020, 4, 1, 1, tzinfo=UTC)
    assert round_.open(OFFICE, **asked).status_code == 201


def test_what_is_opened_in_the_place_of_a_case_given_up_is_expected_once(round_: Round):
    service, cycle = round_.service, with_turns(round_)
    asked = {"kind": "folder", "cycle": cycle, "unit": "c-h1"}
    n = service.get(f"/v1/cycles/{cycle}", OFFICE).json["coverage"]["K"]["expected"]
    for month, expected in ((1, n), (4, n + 1)):
        service.clock.at = service.clock.at.replace(month=month, day=20)
        if month != 1:
            assert round_.open(OFFICE, **asked).status_code == 201
        query = f"/v1/cases?cycle={cycle}&kind=folder&unit=c-h1"
        newest = max(service.get(query, OFFICE).json["items"], key=lambda one: one["number"])
        assert round_.fire(newest["id"], SECRETARY, "pulp").status_code == 201
        assert round_.open(OFFICE, **asked).status_code == 201
        told = service.get(f"/v1/cycles/{cycle}", OFFICE).json["coverage"]["K"]
        assert (told["expected"], told["opened"]) == (expected, expected)
        report = service.get(f"/v1/cycles/{cycle}/outcome", OFFICE).json
        assert [one["expected"] for one in report["sums"] if one["kind"] == "folder"] == [expected]


def following() -> Scheme:
    """Return the scheme of the year after, which takes over the pages still blank."""
    text = TEXT.replace("\nid: openings\n", NEXT).replace("for: 2019", "for: 2020")
    return scheme_file.load(text, "next.txt")


def test_what_is_left_open_goes_on_in_the_round_that_follows(round_: Round):
    written, blank = (round_.page().json["case"]["id"] for _ in "ab")
    data = {"documents": {"sheet": {"parts": {"body": "字"}}}}
    assert round_.fire(written, SECRETARY, "write", data=data).status_code == 201
    publish_schemes(round_.service.parts.publishing, following())
    body = {"scheme": "openings-next", "unit": "c", "round": "2020"}
    opened = round_.service.call("POST", "/v1/cycles", body, person=OFFICE)
    assert opened.status_code == 201, opened.text
    ended = round_.service.get(f"/v1/cases/{blank}", SECRETARY).json
    query = f"/v1/cases?cycle={opened.json['id']}&kind=page"
    (begun,) = round_.service.get(query, SECRETARY).json["items"]
    assert (ended["state"], begun["state"], begun["unit"]) == ("passed_on", "blank", ended["unit"])
    assert round_.fire(begun["id"], SECRETARY, "write", data=data).status_code == 201


def test_the_texts_of_a_row_go_on_with_its_case_under_a_salt_of_their_own(round_: Round):
    rows = [{"title": "账册", "day": "2020-02-03"}]
    data = {"documents": {"contents": {"rows": rows}}}
    assert round_.fire(round_.folder(), SECRETARY, "list_pages", data=data).status_code == 201
    old = round_.row_behind_page(round_.cycle)
    publish_schemes(round_.service.parts.publishing, following())
    body = {"scheme": "openings-next", "unit": "c", "round": "2020"}
    opened = round_.service.call("POST", "/v1/cycles", body, person=OFFICE)
    new = round_.row_behind_page(opened.json["id"])
    assert (new[0], old[0]) == ('{"title":"账册"}',) * 2
    assert new[1]["text"]["sha256"] != old[1]["text"]["sha256"]
    folder = round_.folder(opened.json["id"])  # whose own rows are numbered from one all the same
    assert round_.fire(folder, SECRETARY, "list_pages", data=data).status_code == 201
    query = f"/v1/cases?cycle={opened.json['id']}&kind=page"
    assert round_.service.get(query, SECRETARY).json["total"] == 2


def test_a_case_is_opened_at_its_unit_and_once_under_one_key(round_: Round):
    first, again = round_.session(key="k"), round_.session(key="k")
    documents.CASE_FIRED.load(first.json)
    case = first.json["case"]
    assert (first.status_code, case["kind"], case["state"]) == (201, "session", "called")
    assert (again.status_code, again.json, again.headers["Idempotent-Replayed"]) == (
        201,
        first.json,
        "true",
    )
    other = round_.open(OFFICE, kind="session", cycle=round_.cycle, unit="w", key="k")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")


def test_what_lives_on_is_told_again_under_the_same_key_in_the_same_bytes(round_: Round):
    _, written = (round_.page().json["case"]["id"] for _ in "ab")
    folder = round_.folder()
    first = round_.fire(folder, SECRETARY, "pulp", key="k")
    data = {"documents": {"sheet": {"parts": {"body": "字"}}}}
    assert round_.fire(written, SECRETARY, "write", data=data).status_code == 201
    again = round_.fire(folder, SECRETARY, "pulp", key="k")
    assert first.json["left_open"] == {"page": 2}
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_place_for_one_is_taken_while_its_case_goes_on(round_: Round):
    case = round_.session().json["case"]["id"]
    taken = round_.session()
    assert (taken.status_code, taken.json["code"]) == (409, "slot_taken")
    round_.fire(case, OFFICE, "hold")
    assert round_.session().json["case"]["number"].endswith("-0002")


def test_a_part_is_opened_in_its_parent_and_numbered_under_it(round_: Round):
    folder = round_.folder()
    case = round_.page().json["case"]
    assert (case["of"], case["number"][-3:]) == (f"folder/{folder}", "/01")
    assert round_.page().json["case"]["number"][-3:] == "/02"


def test_links_tell_none_yet_then_each_case_that_is_there(round_: Round):
    assert [(one["n"], one["cases"]) for one in round_.links(OFFICE).values()] == [(0, []), (0, [])]
    session, page = round_.session().json["case"], round_.page().json["case"]
    links = round_.links(OFFICE)
    assert [one["id"] for one in links["pages"]["cases"]] == [page["id"]]
    (told,) = links["sessions"]["cases"]
    wanted = ("id", "kind", "number", "state", "due_at", "due_on")
    assert {name: told[name] for name in wanted} == {name: session[name] for name in wanted}
    assert told["holder"] == {"unit": "c", "role": "office"}


def test_of_a_linked_case_that_is_not_ones_to_see_only_the_number_is_told(round_: Round):
    round_.session()
    told = round_.links(SECRETARY)["sessions"]
    assert (told["n"], told["cases"]) == (1, [])


def test_what_is_waited_for_is_told_with_what_would_lift_it(round_: Round):
    round_.page()
    answer = round_.service.get(f"/v1/cases/{round_.folder()}/transitions", SECRETARY)
    documents.POSSIBLE.load(answer.json)
    (shut,) = (one for one in answer.json["items"] if one["trigger"] == "shut_up")
    assert (shut["label"], shut["leads_to"]) == ("办结", [{"state": "shut", "label": "办结"}])
    codes = [blocker["code"] for blocker in shut["blockers"]]
    assert codes == ["link_not_all_ended", "link_none_yet"]
    assert all(blocker["would_pass_if"] for blocker in shut["blockers"])


def test_the_form_of_a_trigger_is_filled_in_and_taken(round_: Round):
    page = round_.page().json["case"]["id"]
    answer = round_.service.get(f"/v1/cases/{page}/transitions", SECRETARY)
    (write,) = answer.json["items"]
    sheet = write["data"]["properties"]["documents"]["properties"]["sheet"]
    assert (sheet["title"], sheet["characters"]) == ("正文", 100)
    data = {"documents": {"sheet": {"parts": {"body": "一\n二"}}}}
    assert round_.fire(page, SECRETARY, "write", data=data).json["case"]["final"] == "completed"


REFUSED: list[tuple[dict[str, Any], str | None, int, str]] = [
    ({"kind": "session"}, OFFICE, 400, "malformed"),
    ({"kind": "session", "cycle": "-", "unit": "c"}, OFFICE, 400, "malformed"),
    ({"kind": "page", "parent": "FOLDER", "unit": "c-h1"}, SECRETARY, 400, "malformed"),
    ({"kind": "page", "parent": "FOLDER", "cycle": "CYCLE"}, SECRETARY, 400, "malformed"),
    ({"kind": "page", "parent": "CYCLE"}, SECRETARY, 404, "not_found"),
    ({"kind": "page", "parent": "FOLDER"}, "c-h2.sec", 404, "not_found"),
    ({"kind": "nothing", "cycle": "CYCLE", "unit": "c"}, OFFICE, 404, "not_found"),
    ({"kind": "session", "cycle": "FOLDER", "unit": "c"}, OFFICE, 404, "not_found"),
    ({"kind": "session", "cycle": "CYCLE", "unit": "nowhere"}, OFFICE, 404, "not_found"),
    ({"kind": "session", "cycle": "CYCLE", "unit": "c"}, SECRETARY, 403, "no_post"),
    ({"kind": "session", "cycle": "CYCLE", "unit": "c"}, None, 403, "person_required"),
    ({"kind": "page", "parent": "FOLDER"}, OFFICE, 403, "no_post"),
    ({"kind": "folder", "cycle": "CYCLE", "unit": "c-h1"}, OFFICE, 409, "case_exists"),
]


@pytest.mark.parametrize(("body", "person", "status", "code"), REFUSED, ids=str)
def test_what_cannot_be_opened_is_told_in_the_order_of_checks(
    round_: Round, body: dict[str, Any], person: str | None, status: int, code: str
):
    named = {"CYCLE": round_.cycle, "FOLDER": round_.folder()}
    n_events = round_.service.n_events()
    answer = round_.open(person, **{name: named.get(value, value) for name, value in body.items()})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert round_.service.n_events() == n_events


def test_without_a_key_nothing_is_opened(round_: Round):
    body = {"kind": "session", "cycle": round_.cycle, "unit": "c"}
    answer = round_.service.call("POST", "/v1/cases", body, person=OFFICE, key=None)
    assert (answer.status_code, answer.json["code"]) == (400, "missing_key")
