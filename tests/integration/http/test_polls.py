"""Voting over HTTP: slips are told-once, a ballot counts once, nothing of it is written down."""

import re
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
import structlog
from werkzeug.test import TestResponse

from services.workflow.adapters.files import scheme_file
from services.workflow.application.ballots import polls as voted
from services.workflow.application.rate import RateLimit
from services.workflow.bootstrap.output import PROCESSORS
from services.workflow.domain.ballots.slips import spelled
from tests.integration.http.service import Service, start
from tests.integration.http.test_bad_input import require_problem
from tests.integration.http.test_sights import signed_in
from tests.unit.workflow.case.played import NOTICE
from tests.unit.workflow.web.test_tongues import Heard

HOST = "c.off"
NONCE = "n" * 22


def as_shipped(tmp_path: Path) -> Iterator[Service]:
    """Yield a service in which rounds are opened by the scheme as it is shipped."""
    shipped = scheme_file.load(NOTICE.read_text(), NOTICE.name)
    found = start(
        f"sqlite:///{tmp_path}/workflow.db",
        None,
        tmp_path,
        schemes=(shipped,),
        public_url="http://appraisal.example.org",
    )
    yield found
    found.parts.database.close()


def room_of(service: Service) -> str:
    """Return the path of the poll of the organ committee's meeting."""
    items = service.get("/v1/cases?kind=meeting", HOST).json["items"]
    meeting = next(one for one in items if "commission" in one["number"])
    return f"/v1/cases/{meeting['id']}/polls/hall"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    yield from as_shipped(tmp_path)


@pytest.fixture
def room(service: Service) -> str:
    return room_of(service)


def slips(service: Service, room: str, n: int = 1, **more: Any) -> list[dict[str, str]]:
    body = {"electorate": "members", "n": n, "rehearsal": True} | more
    answer = service.call("POST", f"{room}/slips", body, person=HOST, key=None)
    assert answer.status_code == 201, answer.text
    made: list[dict[str, str]] = answer.json["slips"]
    return made


def read_sheet(service: Service, secret: str) -> TestResponse:
    return service.app.test_client().post("/v1/ballots/sheet", json={"secret": secret})


def cast(service: Service, secret: str, nonce: str = NONCE, value: str = "good") -> TestResponse:
    sheet = read_sheet(service, secret)
    lines = sheet.json["lines"] if sheet.status_code == 200 else []
    answers = [{"about": one["about"], "question": "overall", "value": value} for one in lines]
    body = {"secret": secret, "nonce": nonce, "sheet": answers}
    return service.app.test_client().post("/v1/ballots", json=body)


def require_code(answer: TestResponse, status: int, code: str) -> None:
    require_problem(answer, status)
    assert answer.json["code"] == code


def test_a_slip_votes_once_without_anybody_signed_in(service: Service, room: str):
    one, other = slips(service, room, 2)
    sheet = read_sheet(service, spelled(one["secret"]).lower())
    assert sheet.json["rehearsal"]
    assert sheet.json["check"] == one["check"]
    assert len(sheet.json["lines"]) > 1
    receipt = cast(service, one["secret"])
    assert (receipt.status_code, receipt.json["check"]) == (200, one["check"])
    refused = cast(service, one["secret"], "m" * 22)
    require_code(refused, 409, "slip_used")
    assert cast(service, other["secret"], value="poor").status_code == 200


def test_a_phone_that_lost_the_line_asks_again_and_hears_that_it_is_recorded(
    service: Service, room: str
):
    (slip,) = slips(service, room)
    sheet = read_sheet(service, slip["secret"]).json["lines"]
    answers = [{"about": one["about"], "question": "overall", "value": "good"} for one in sheet]
    body = {"secret": slip["secret"], "nonce": NONCE, "sheet": answers}
    told = [service.app.test_client().post("/v1/ballots", json=body) for _ in range(3)]
    assert [one.status_code for one in told] == [200, 200, 200]
    assert len({one.data for one in told}) == 1


def test_counts_are_hidden_until_the_poll_is_closed_and_codes_are_published_then(
    service: Service, room: str
):
    made = slips(service, room, 6)
    for one in made[:5]:
        cast(service, one["secret"])
    polls = room.rpartition("/")[0]
    (poll,) = service.get(polls, HOST).json["items"]
    told = poll["rehearsal"]
    assert told["state"] == "open"
    assert {one["name"]: one["n_issued"] for one in told["electorates"]}["members"] == 6
    assert "n_phone" not in str(told)
    codes = f"/v1/polls/{told['id']}/codes"
    assert service.get(codes).status_code == 404
    closed = service.call("POST", f"{room}/closing", {"rehearsal": True}, person=HOST)
    assert closed.json["state"] == "sealed"
    (poll,) = service.get(polls, HOST).json["items"]
    line = poll["rehearsal"]["reconciliation"]
    assert {one["electorate"]: one["n_phone"] for one in line} == {"members": 5, "invited": 0}
    assert service.get(codes).json["codes"] == sorted(one["check"] for one in made[:5])
    require_code(cast(service, made[5]["secret"]), 409, "poll_closed")


def test_what_a_rehearsal_came_to_is_told_by_names_in_the_order_of_the_scheme(
    service: Service, room: str
):
    made = slips(service, room, 5)
    sheet = read_sheet(service, made[0]["secret"]).json["lines"]
    browser, polls = signed_in(service, HOST), room.removeprefix("/v1").removesuffix("/hall")
    assert "演练封票" in browser.open(polls).text
    for one in made:
        cast(service, one["secret"])
    service.call("POST", f"{room}/closing", {"rehearsal": True}, person=HOST)
    shown = browser.open(polls).text
    assert "演练封票" not in shown
    assert "review/" not in shown
    assert all(f"<b>{one['person']}</b>" in shown for one in sheet)
    (poll,) = service.get(room.rpartition("/")[0], HOST).json["items"]
    told = [one["name"] for one in poll["rehearsal"]["electorates"]]
    assert told == ["members", "invited"]


def test_slips_over_the_limit_are_refused_and_none_are_made_anew_once_people_vote(
    service: Service, room: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(voted, "SLIPS", 2)
    slips(service, room, 2)
    for anew, code in ((False, "slips_too_many"), (True, "poll_begun")):
        body = {"electorate": "members", "n": 1, "rehearsal": True, "anew": anew}
        answer = service.call("POST", f"{room}/slips", body, person=HOST, key=None)
        require_code(answer, 409, code)


def test_a_thousand_slips_are_made_at_once_and_no_more(service: Service, room: str):
    body = {"electorate": "members", "n": 1_001, "rehearsal": True}
    refused = service.call("POST", f"{room}/slips", body, person=HOST, key=None)
    require_problem(refused, 400)
    assert {one["field"] for one in refused.json["errors"]} == {"n"}
    assert len(slips(service, room, 1_000)) == 1_000


def test_a_page_that_asks_for_no_slips_or_too_many_is_told_at_its_form(service: Service, room: str):
    browser, at = signed_in(service, HOST), room.removeprefix("/v1").rpartition("/")[0]
    form = next(one for one in browser.page(at).forms if one.action.endswith("/slips"))
    for n in ("0", "1001", ""):
        refused = browser.send(form, urlencode(form.typed() | {"n": n}).encode())
        assert (refused.status_code, "一次印 1 到 1000 张票" in refused.text) == (422, True)
        assert "打印票" in refused.text


def test_of_a_case_there_is_not_a_person_hears_just_that_and_a_client_which_right_it_lacks(
    service: Service, room: str
):
    polls = room.rpartition("/")[0]
    none = polls.replace(polls.split("/")[3], "00000000-0000-4000-8000-000000000000")
    token = service.parts.accounts.create_token("teller", frozenset({"trigger"}), "w")
    for path in (polls, none):
        require_code(service.get(path, token=token), 403, "client_scope")
    require_problem(service.get(none, HOST), 404)


def test_a_rehearsal_is_taken_away_and_leaves_the_poll_as_it_was(service: Service, room: str):
    (slip,) = slips(service, room)
    cast(service, slip["secret"])
    assert service.call("DELETE", f"{room}/rehearsal", person=HOST).status_code == 204
    require_code(read_sheet(service, slip["secret"]), 422, "unknown_slip")
    (poll,) = service.get(room.rpartition("/")[0], HOST).json["items"]
    assert poll["rehearsal"] is None


def test_spoilt_and_paper_slips_are_entered_by_their_codes(service: Service, room: str):
    spoilt, paper, phone = slips(service, room, 3)
    cast(service, phone["secret"])
    body = {"codes": [spelled(spoilt["check"])], "rehearsal": True}
    told = service.call("POST", f"{room}/spoilt-slips", body, person=HOST)
    assert told.json["taken"] == body["codes"]
    entered = [paper["check"], phone["check"], "22222-22222"]
    body = {"codes": entered, "rehearsal": True}
    told = service.call("POST", f"{room}/paper-slips", body, person=HOST).json
    assert (told["taken"], told["used"], told["not_known"]) == tuple([one] for one in entered)
    require_code(read_sheet(service, spoilt["secret"]), 409, "slip_spoilt")
    require_code(read_sheet(service, paper["secret"]), 409, "slip_on_paper")


def test_only_who_leads_the_case_to_its_poll_holds_it(service: Service, room: str):
    body = {"electorate": "members", "n": 1}
    for person, status in (("c.sec", 201), ("c-h1.sec", 404), ("c-h1-a.sec", 404)):
        answer = service.call("POST", f"{room}/slips", body, person=person, key=None)
        assert answer.status_code == status, (person, answer.text)
    require_problem(service.call("POST", f"{room}/slips", body), 403)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body | {"nonce": "short"},
        lambda body: body | {"sheet": body["sheet"][1:]},
        lambda body: body | {"sheet": [*body["sheet"], body["sheet"][0]]},
        lambda body: body | {"sheet": [one | {"value": "best"} for one in body["sheet"]]},
        lambda body: body | {"sheet": [one | {"question": "mood"} for one in body["sheet"]]},
        lambda body: body | {"sheet": "good"},
        lambda body: body | {"secret": 7},
        lambda body: body | {"person": "somebody"},
    ],
)
def test_a_sheet_with_a_fault_is_refused_whole_and_uses_nothing_up(
    service: Service, room: str, spoil: Callable[[dict], dict]
):
    (slip,) = slips(service, room)
    lines = read_sheet(service, slip["secret"]).json["lines"]
    sheet = [{"about": one["about"], "question": "overall", "value": ""} for one in lines]
    body = {"secret": slip["secret"], "nonce": NONCE, "sheet": sheet}
    refused = service.app.test_client().post("/v1/ballots", json=spoil(body))
    require_problem(refused, 400)
    assert service.app.test_client().post("/v1/ballots", json=body).status_code == 200


def test_who_guesses_is_slowed_down_and_who_holds_a_slip_is_not(service: Service, room: str):
    (slip,) = slips(service, room)
    statuses = [read_sheet(service, "2" * 26).status_code for _ in range(70)]
    assert statuses[0] == 422
    assert statuses[-1] == 429
    assert read_sheet(service, slip["secret"]).status_code == 200


def test_who_floods_is_answered_before_anything_is_read(
    service: Service, room: str, monkeypatch: pytest.MonkeyPatch
):
    (slip,) = slips(service, room)
    monkeypatch.setattr(service.parts.casting, "_reads", RateLimit(per_s=0.001, burst=2))
    assert [read_sheet(service, slip["secret"]).status_code for _ in range(2)] == [200, 200]
    monkeypatch.setattr(service.parts.casting, "_slips", None)
    refused = read_sheet(service, slip["secret"])
    require_code(refused, 429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 0


def test_nothing_of_a_ballot_is_logged_or_counted_as_a_request(
    service: Service, room: str, capfd: pytest.CaptureFixture[str]
):
    (slip,) = slips(service, room)
    capfd.readouterr()
    assert cast(service, slip["secret"]).status_code == 200
    out, err = capfd.readouterr()
    assert slip["secret"] not in out + err
    assert "/v1/ballots" not in out + err
    assert b"ballots" not in service.get("/metrics").data


def test_a_ballot_that_fails_leaves_nothing_of_itself_in_the_log(
    service: Service, room: str, monkeypatch: pytest.MonkeyPatch
):
    def fail() -> None:
        raise RuntimeError("nobody thought of it")

    log, (slip,) = BytesIO(), slips(service, room)
    nonce = "plantednonce" * 2
    monkeypatch.setattr("services.workflow.adapters.database.ballots.urn.new_id", fail)
    before = structlog.get_config()
    structlog.configure(PROCESSORS, logger_factory=structlog.BytesLoggerFactory(log))
    try:
        assert cast(service, slip["secret"], nonce).status_code == 500
    finally:
        structlog.configure(**before)
    assert b"nobody thought of it" in log.getvalue()
    for planted in (slip["secret"], spelled(slip["secret"]), slip["check"], nonce, "review/"):
        assert planted.encode() not in log.getvalue()


def test_slips_carry_the_address_people_reach_us_at(
    service: Service, room: str, monkeypatch: pytest.MonkeyPatch
):
    laid_out = list[str]()

    class Layout:
        def __init__(self, string: str) -> None:
            laid_out.append(string)

        def write_pdf(self) -> bytes:
            return b"%PDF"

    monkeypatch.setitem(sys.modules, "weasyprint", SimpleNamespace(HTML=Layout))
    browser, polls = signed_in(service, HOST), room.removeprefix("/v1").removesuffix("/hall")
    (form,) = (one for one in browser.page(polls).forms if one.action == f"{polls}/slips")
    typed = form.typed() | {"electorate": "members", "n": "1", "rehearsal": "1"}
    del typed["anew"]  # a box that nobody ticked
    assert browser.send(form, urlencode(typed).encode()).status_code == 200
    assert "<b>appraisal.example.org/vote</b>" in laid_out[0]


def page(service: Service, path: str, language: str = "zh", **form: str) -> TestResponse:
    """Ask for a page of who holds a slip, or post its form as a browser would."""
    browser = service.app.test_client()
    token = re.search('name="csrf" value="([^"]+)"', browser.get("/vote").text)
    assert token is not None
    headers = {"Sec-Fetch-Site": "same-origin", "Accept-Language": language}
    return browser.post(path, data=form | {"csrf": token[1]}, headers=headers)


def filled(sheet: str) -> dict[str, str]:
    names = dict.fromkeys(re.findall(r'name="(a[.][^"]+)"', sheet))
    return dict.fromkeys(names, "good")


def test_a_sheet_in_english_says_of_what_is_chinese_that_it_is(service: Service, room: str):
    (slip,) = slips(service, room)
    sheet = page(service, "/vote", "en", secret=slip["secret"]).text
    assert '<bdi lang="zh-CN">' in sheet
    (heard := Heard()).feed(sheet)
    assert heard.misheard == []
    assert "<bdi" not in page(service, "/vote", secret=slip["secret"]).text


def test_a_phone_fills_in_looks_and_sends_without_a_script(service: Service, room: str):
    (slip,) = slips(service, room)
    sheet = page(service, "/vote", secret=slip["secret"]).text
    answers, nonce = filled(sheet), re.search('name="nonce" value="([^"]+)"', sheet)[1]
    half = dict(list(answers.items())[:1])
    form = {"secret": slip["secret"], "nonce": nonce}
    refused = page(service, "/vote/look", **form, **half)
    assert refused.status_code == 400
    assert refused.text.count("checked") == 1  # nothing of what was filled in is lost
    lines = [int(n) for n in re.findall('<li><a href="#line-([0-9]+)">', refused.text)]
    assert lines == sorted(lines)  # as they stand on the sheet
    assert [*range(2, len(answers) + 1)] == lines
    assert f"已填 1 / {len(answers)} 项" in refused.text
    marked = re.findall('class="who-card( bad)?" id="line-([0-9]+)"', refused.text)
    assert [int(n) for bad, n in marked if bad] == lines
    looked = page(service, "/vote/look", **form, **answers)
    assert (looked.status_code, looked.text.count('value="good"')) == (200, len(answers))
    sent = [page(service, "/vote/cast", **form, **answers) for _ in range(2)]
    assert [spelled(slip["check"]) in one.text for one in sent] == [True, True]
    assert page(service, "/vote", secret=slip["secret"]).status_code == 409


def test_pages_of_voters_say_what_is_not_protected(service: Service):
    text = service.app.test_client().get("/vote/limits").text
    known = (
        "备份",
        "程序",
        "手机屏幕",
        "转交",
        "人数太少",
        "措辞",
        "其余的人",
        "制票的人",
        "用了没有",
    )
    for said in known:
        assert said in text
    assert "完全匿名" not in text
