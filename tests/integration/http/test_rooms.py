"""What a room may be asked, over HTTP and on both stores: questions, limits, blanks, weights."""

import secrets
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.workflow.adapters.database import tables
from services.workflow.adapters.files import scheme_file
from services.workflow.audit import Known
from services.workflow.ballot_commands import run_comments, run_erase
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.refusals import Conflict
from services.workflow.inspection import inspect
from tests.integration.http.conftest import STORES, started
from tests.integration.http.forms import Form, Page, spoilt
from tests.integration.http.service import Service
from tests.integration.http.test_bad_input import require_problem
from tests.integration.http.test_polls import filled, page, require_code
from tests.integration.http.test_sights import signed_in
from tests.texts import ROOM, publish_schemes

SCHEME = scheme_file.load(ROOM.read_text(), ROOM.name)
HOST = "c.off"
HIGH, LOW, BLANK = "high", "low", ""
ASKED = ("form", "content")


class Room:
    """The polls of one case in which people vote, and the phones that vote in them."""

    def __init__(self, service: Service, scheme: Scheme = SCHEME) -> None:
        self.service = service
        publish_schemes(service.parts.publishing, scheme)
        body = {"scheme": SCHEME.id, "unit": "c", "round": "2019"}
        cycle = service.call("POST", "/v1/cycles", body, person=HOST).json["id"]
        (case,) = service.get(f"/v1/cases?cycle={cycle}&kind=vote", HOST).json["items"]
        self.case = f"/v1/cases/{case['id']}"
        self.talks = [
            one["id"]
            for one in service.get(f"/v1/cases?cycle={cycle}&kind=talk", HOST).json["items"]
        ]

    def host(self, path: str, body: Any = None, method: str = "POST") -> TestResponse:
        return self.service.call(method, f"{self.case}{path}", body or {}, person=HOST)

    def issue(self, poll: str, electorate: str, n: int) -> list[str]:
        body = {"electorate": electorate, "n": n}
        made = self.host(f"/polls/{poll}/slips", body).json["slips"]
        return [one["secret"] for one in made]

    def start(self) -> None:
        assert self.host("/transitions", {"trigger": "start"}).status_code == 201

    def sheet(self, slip: str) -> dict[str, Any]:
        found = self.service.app.test_client().post("/v1/ballots/sheet", json={"secret": slip})
        assert found.status_code == 200, found.text
        return dict(found.json)

    def send(
        self, slip: str, answers: Sequence[Mapping[str, str]], nonce: str = "", **more: Any
    ) -> TestResponse:
        nonce = nonce or secrets.token_urlsafe(24)
        body = {"secret": slip, "nonce": nonce, "sheet": answers} | more
        return self.service.app.test_client().post("/v1/ballots", json=body)

    def cast(
        self, slip: str, *values: str, comments: Mapping[int, str] | None = None
    ) -> TestResponse:
        """Vote with *values*, line by line and question by question."""
        sheet, given = self.sheet(slip), iter(values)
        return self.send(
            slip,
            [
                {"about": line["about"], "question": asked["name"], "value": next(given)}
                for line in sheet["lines"]
                for asked in sheet["questions"]
            ],
            comments=[
                {"about": sheet["lines"][at]["about"], "text": text}
                for at, text in (comments or {}).items()
            ],
        )

    def told(self, poll: str) -> dict[str, Any]:
        """Return a poll as it is told to its host."""
        items = self.service.get(f"{self.case}/polls", HOST).json["items"]
        return next(one for one in items if one["name"] == poll)

    def close(self, poll: str) -> None:
        assert self.host(f"/polls/{poll}/closing").json["state"] == "sealed"

    def count(self, n: int, person: str) -> TestResponse:
        """Enter *n* sheets of paper, on which everything is low."""
        cells = [
            {"about": f"talk/{talk}", "question": asked, "value": LOW, "n": n}
            for talk in self.talks
            for asked in ("form", "content")
        ]
        sums = {"n_paper": n, "n_void": 0, "n_returned": 0, "n_not_returned": 0}
        body = {"electorates": {"deputies": sums | {"counts": cells}}}
        path = f"{self.case}/polls/grades/paper-counts"
        return self.service.call("PUT", path, body, person=person)

    def given(self, component: str) -> list[dict[str, Any]]:
        """Return what each talk was given for *component*."""
        return [
            dict(one["event"]["data"]["components"][component])
            for talk in self.talks
            for one in self.service.get(f"/v1/cases/{talk}/events", HOST).json["items"]
            if component in one["event"]["data"].get("components", {})
        ]


@pytest.fixture(params=STORES)
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    for service in started(request.param, tmp_path, request):
        yield Room(service)


def fields(refused: TestResponse) -> list[tuple[str, str]]:
    require_problem(refused, 400)
    return [(one["field"].rpartition(".")[2], one["code"]) for one in refused.json["errors"]]


def test_a_slip_asks_every_question_about_everybody_and_says_its_rules(room: Room):
    slip, figures = room.issue("grades", "members", 1)[0], room.issue("figures", "deputies", 1)[0]
    room.start()
    told, other = room.sheet(slip), room.sheet(figures)
    assert [one["name"] for one in told["questions"]] == ["form", "content"]
    assert len(told["lines"]) == len(room.talks) == 2
    assert (told["at_most"], told["blanks"], told["range"]) == ({"high": 1}, "counted", None)
    assert [one["name"] for one in told["grades"]] == [HIGH, LOW]
    assert (other["range"], other["blanks"]) == ({"from": 0, "to": 100, "step": "0.5"}, "refused")


def test_no_more_than_so_many_are_given_a_grade_by_question(room: Room):
    one, other = room.issue("grades", "members", 2)
    room.start()
    refused = room.cast(one, HIGH, HIGH, HIGH, LOW)  # of two, both high in form
    assert fields(refused) == [("form", "too_many")]
    assert refused.json["errors"][0]["accepted"]
    assert room.cast(one, HIGH, LOW, LOW, HIGH).status_code == 200
    assert room.cast(other, HIGH, HIGH, LOW, LOW).status_code == 200


def test_a_figure_lies_on_its_scale_and_no_line_is_left_out(room: Room):
    (slip,) = room.issue("figures", "deputies", 1)
    room.start()
    for value, code in (
        ("100.5", "out_of_range"),
        ("87.25", "out_of_range"),
        ("087", "out_of_range"),
        ("-1", "out_of_range"),
        (HIGH, "out_of_range"),
        (BLANK, "required"),
    ):
        assert fields(room.cast(slip, "87.5", value)) == [("value", code)], value
    assert room.cast(slip, "87.5", "100").status_code == 200


def test_a_phone_tries_the_rules_before_it_sends(room: Room):
    (slip,) = room.issue("grades", "members", 1)
    room.start()
    sheet = page(room.service, "/vote", secret=slip).text
    tried = page(room.service, "/vote/look", **dict.fromkeys(filled(sheet), HIGH), secret=slip)
    assert tried.status_code == 400
    assert "高 ≤ 1" in tried.text
    assert tried.text.count(" checked") == len(filled(sheet))
    mended = dict.fromkeys(filled(sheet), LOW)
    tried = page(room.service, "/vote/look", **mended, secret=slip)
    assert (tried.status_code, "请核对" in tried.text) == (200, True)
    assert room.sheet(slip)["check"]  # nothing is used up


def test_blanks_are_counted_apart_and_electorates_are_weighted(room: Room):
    boxes = {name: room.issue("grades", name, 5) for name in ("deputies", "members")}
    room.start()
    for slip in boxes["deputies"]:
        assert room.cast(slip, HIGH, BLANK, LOW, BLANK).status_code == 200
    for slip in boxes["members"][:4]:
        assert room.cast(slip, LOW, LOW, HIGH, HIGH).status_code == 200
    assert room.cast(boxes["members"][4], *[BLANK] * 4).status_code == 200
    room.close("grades")
    told = room.host("/polls/grades/tally")
    assert told.status_code == 201, told.text
    assert [one["n_valid"] for one in told.json["event"]["data"]["groups"]] == [5, 5]
    # 0.6 × 90 + 0.4 × 10, and the other way round; five and four answered both, or one, question.
    figures = {(one["figure"], one["n_valid"]) for one in room.given("worth")}
    assert figures == {("58.00", 13), ("42.00", 13)}


def test_what_is_written_is_shown_after_closing_alone_and_of_whom_not_by_whom(room: Room):
    slips = room.issue("grades", "members", 12)
    room.start()
    for nth, slip in enumerate(slips):
        said = {0: f"第{nth}句", 1: f"另{nth}句"}
        assert room.cast(slip, LOW, LOW, LOW, LOW, comments=said).status_code == 200
    assert room.told("grades")["comments"] is None
    room.close("grades")
    told = room.told("grades")["comments"]
    assert sorted(one["text"] for one in told) == sorted(
        f"{who}{nth}句" for who in "第另" for nth in range(12)
    )
    for who in "第另":
        assert len({one["about"] for one in told if one["text"].startswith(who)}) == 1
    assert [one["text"] for one in told if one["text"].startswith("第")] != [
        f"第{nth}句" for nth in range(12)
    ]
    written, used = (
        {*all_of(room.service, table)} for table in (tables.ballot_comment, tables.ticket)
    )
    assert written & used == {room.told("grades")["id"]}


def test_what_was_written_is_erased_by_a_command_that_the_case_tells_of(
    room: Room, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    (slip,) = room.issue("grades", "members", 1)
    room.start()
    said = {0: "毫无根据的话", 1: "好"}
    assert room.cast(slip, LOW, LOW, LOW, LOW, comments=said).status_code == 200
    parts, poll = room.service.parts, room.told("grades")["id"]
    shared = {"json": True, "poll": poll, "reader": "zh"}
    with pytest.raises(Conflict):  # nobody has read it yet, so nobody can ask for it
        run_comments(parts, Namespace(**shared))
    room.close("grades")
    assert run_comments(parts, Namespace(**shared)) == 0
    items = orjson.loads(capsys.readouterr().out.splitlines()[-1])["items"]
    (bad,) = (one["id"] for one in items if one["text"] == "毫无根据的话")
    room.service.sequence()
    for comment, status in (("0" * 32, 1), (bad, 0), (bad, 1)):
        asked = Namespace(**shared, id=comment, reason="失实")
        assert run_erase(parts, asked) == status
    assert [one["text"] for one in room.told("grades")["comments"]] == ["好"]
    case = room.case.removeprefix("/v1")
    shown = signed_in(room.service, HOST).open(case).text
    assert shown.count(f"票上的一条意见已删除（编号 {bad[:8]}）。理由：失实") == 1
    room.service.sequence()
    found = inspect(parts, [], str(parts.key.public), Known()).findings
    assert found == []
    assert "毫无根据" not in str([*all_of(room.service, tables.text)])


def test_nothing_is_written_where_the_poll_has_no_room_for_it(room: Room):
    figures, grades = room.issue("figures", "deputies", 1)[0], room.issue("grades", "members", 1)[0]
    room.start()
    assert fields(room.cast(figures, "50", "50", comments={0: "话"})) == [
        ("comments[0]", "not_on_the_sheet")
    ]
    assert fields(room.cast(grades, *[LOW] * 4, comments={0: "长" * 201})) == [("text", "too_long")]
    assert room.cast(grades, *[LOW] * 4, comments={1: "一\n二"}).status_code == 200


def test_the_page_of_a_poll_says_what_is_missing_in_the_words_of_its_scheme(room: Room):
    (slip,) = room.issue("grades", "members", 1)
    room.start()
    assert room.cast(slip, *[LOW] * 4).status_code == 200
    room.close("grades")
    browser, at = signed_in(room.service, HOST), f"{room.case.removeprefix('/v1')}/polls"
    assert "“副书记”没有有效票" in browser.open(at).text
    (lacking,) = room.told("grades")["blockers"]
    assert "“副书记”没有有效票" in lacking["reason"]
    for n, person in ((2, HOST), (3, "c.sec")):
        assert room.count(n, person).status_code == 200
    shown = browser.open(at).text
    assert "副书记：有效纸质票" in shown
    assert "副书记 第一示例医院党委 形式：低" in shown
    assert "deputies.talk/" not in shown


def test_who_mends_one_place_of_their_count_finds_the_others_as_they_were_entered(room: Room):
    room.issue("grades", "deputies", 3)
    room.start()
    room.close("grades")
    assert room.count(2, HOST).status_code == 200
    browser, at = signed_in(room.service, HOST), f"{room.case.removeprefix('/v1')}/polls"

    def form() -> Form:
        (found,) = (one for one in browser.page(at).forms if one.action == f"{at}/paper")
        return found

    def standing() -> dict[str, str]:
        values = {one.name: one.value for one in form().inputs}
        return {name: value for name, value in values.items() if value not in ("", "0")}

    before = standing()
    wanted = {"deputies.n_paper", *(f"deputies.{n}.{q}.low" for n in (0, 1) for q in ASKED)}
    assert {name for name, value in before.items() if value == "2"} == wanted
    typed = {one.name: one.value for one in form().inputs} | {"deputies.n_void": "1"}
    refused = browser.send(form(), urlencode(typed | {"deputies.n_paper": "x"}).encode())
    assert (refused.status_code, 'value="x"' in refused.text) == (422, True)
    assert browser.send(form(), urlencode(typed).encode()).status_code == 303
    assert standing() == before | {"deputies.n_void": "1"}


def test_a_rehearsal_takes_what_was_written_with_it(room: Room):
    body = {"electorate": "members", "n": 1, "rehearsal": True}
    (slip,) = (one["secret"] for one in room.host("/polls/grades/slips", body).json["slips"])
    assert room.cast(slip, *[LOW] * 4, comments={0: "演练"}).status_code == 200
    assert len([*all_of(room.service, tables.ballot_comment)]) == 4
    assert room.host("/polls/grades/rehearsal", method="DELETE").status_code == 204
    assert [*all_of(room.service, tables.ballot_comment)] == []


def by_name(room: Room, person: str, *values: str) -> TestResponse:
    """Vote under the name of *person*, line by line."""
    at = f"{room.case}/polls/hands/vote"
    asked = room.service.get(at, person)
    if asked.status_code != 200:
        return asked
    lines = zip(asked.json["lines"], values, strict=True)
    sheet = [{"about": line["about"], "question": "overall", "value": v} for line, v in lines]
    return room.service.call("PUT", at, {"sheet": sheet}, person=person, key=None)


YES, NO = "yes_to_it", "no_to_it"


def test_people_vote_under_their_own_names_once_and_it_is_counted_and_told_by_whom(room: Room):
    require_code(by_name(room, HOST, YES, NO), 409, "poll_not_open")
    room.start()
    require_code(by_name(room, "c.mem", YES, NO), 403, "not_an_elector")
    require_code(by_name(room, "c-h1-a.sec", YES, NO), 404, "not_found")
    assert by_name(room, HOST, YES, NO).status_code == 200
    assert by_name(room, HOST, YES, NO).status_code == 200  # a lost answer, sent again
    require_code(by_name(room, HOST, NO, NO), 409, "voted_already")
    assert by_name(room, "c.sec", NO, NO).status_code == 200
    require_code(
        room.host("/polls/hands/slips", {"electorate": "staff", "n": 1}), 409, "poll_by_name"
    )
    told = room.told("hands")
    assert (told["secret"], told["yours"], told["votes"], told["results"]) == (
        False,
        True,
        None,
        None,
    )
    room.close("hands")
    assert room.told("hands")["votes"] is None
    event = room.host("/polls/hands/tally").json["event"]["data"]
    assert [one["n_valid"] for one in event["groups"]] == [1, 1]  # nothing is to be hidden
    assert {one["figure"] for one in room.given("consent")} == {"50.00", "0.00"}
    told = room.told("hands")
    said = {one["person"]: sorted(x["value"] for x in one["sheet"]) for one in told["votes"]}
    assert said == {HOST: [NO, YES], "c.sec": [NO, NO]}
    assert {one["figure"] for one in told["results"].values()} == {"50.00", "0.00"}
    other = next(
        one
        for one in room.service.get(f"{room.case}/polls", "c.sec").json["items"]
        if one["name"] == "hands"
    )
    assert (other["state"], other["results"], other["votes"]) == ("counted", None, None)
    shown = signed_in(room.service, HOST).open(f"{room.case.removeprefix('/v1')}/polls").text
    assert "各人投了什么（2 人）" in shown
    assert (
        "各人投了什么"
        not in signed_in(room.service, "c.sec").open(f"{room.case.removeprefix('/v1')}/polls").text
    )
    assert [*all_of(room.service, tables.elector)] == []
    assert all(one not in str(event) for one in (HOST, "c.sec"))


def test_nobody_votes_on_themselves_under_their_own_name(room: Room):
    room.start()
    assert len(room.service.get(f"{room.case}/polls/hands/vote", HOST).json["lines"]) == 2
    covered = orjson.dumps(
        [[f"talk/{talk}", who] for talk, who in zip(room.talks, (HOST, None), strict=True)]
    )
    with room.service.parts.database._connections.transaction() as connection:
        connection.execute(tables.poll.update().values(covered=covered))
    (line,) = room.service.get(f"{room.case}/polls/hands/vote", HOST).json["lines"]
    assert line["about"] == f"talk/{room.talks[1]}"
    own = [{"about": f"talk/{talk}", "question": "overall", "value": YES} for talk in room.talks]
    at = f"{room.case}/polls/hands/vote"
    refused = room.service.call("PUT", at, {"sheet": own}, person=HOST, key=None)
    require_problem(refused, 400)
    assert refused.json["errors"][0]["code"] == "not_on_the_sheet"
    assert by_name(room, HOST, YES).status_code == 200


def sheet_on(page: Page) -> Form:
    """Return the form that is a ballot, of those on its page."""
    return next(one for one in page.forms if one.action.endswith("/look"))


def test_one_votes_by_name_on_a_page_looks_and_sends(room: Room):
    room.start()
    browser, at = signed_in(room.service, HOST), f"{room.case.removeprefix('/v1')}/polls"
    assert f'href="{at}/hands/vote"' in browser.open(at).text
    form = sheet_on(browser.page(f"{at}/hands/vote"))
    typed = dict.fromkeys(filled(browser.open(f"{at}/hands/vote").text), YES)
    filled_in = urlencode({"csrf": form.typed()["csrf"]} | typed).encode()
    looked = browser.send(form, filled_in)
    assert (looked.status_code, "每人只能投一次" in looked.text) == (200, True)
    sent = browser.send(replace(form, action=f"{at}/hands/vote/cast"), filled_in)
    assert sent.status_code == 303
    assert "您投的" in browser.open(f"{at}/hands/vote").text


def test_nothing_that_is_wrong_with_a_form_of_who_votes_by_name_is_taken_for_a_vote(room: Room):
    room.start()
    browser, at = signed_in(room.service, HOST), f"{room.case.removeprefix('/v1')}/polls/hands/vote"
    n_refused = 0
    sheet = sheet_on(browser.page(at))
    typed = dict.fromkeys(filled(browser.open(at).text), YES)
    filled_in = replace(
        sheet,
        inputs=tuple(replace(one, value=typed.get(one.name, one.value)) for one in sheet.inputs),
    )
    for form in (filled_in, *(replace(filled_in, action=f"{at}{step}") for step in ("", "/cast"))):
        for wrong, body, kind in spoilt(form):
            answer = browser.send(form, body, kind)
            may_pass = form.action == at and wrong[:4] in ("a.0.", "a.1.")  # back to the sheet
            assert 400 <= answer.status_code < 500 or may_pass, (form.action, wrong)
            n_refused += answer.status_code >= 400
        asked = room.service.get(f"{room.case}/polls/hands/vote", HOST).json
        assert asked["cast"] is None, form.action
    assert n_refused > 30
    assert browser.send(
        replace(filled_in, action=f"{at}/cast"), urlencode(filled_in.typed()).encode()
    )
    assert room.service.get(f"{room.case}/polls/hands/vote", HOST).json["cast"]


@pytest.mark.parametrize("store", STORES)
def test_who_is_on_a_roster_votes_under_their_own_name_and_nobody_else(
    request: pytest.FixtureRequest, tmp_path: Path, store: str
):
    text = ROOM.read_text()
    for before, after in (
        ("{name: staff, label: 办公室", "{name: guests, label: 来宾"),
        (
            "people: [{party: at_home, roles: [office, secretary]}]}\n  grades:",
            "roster: true}\n  grades:",
        ),
        (
            "from: [ready], to: voting, by:",
            "from: [ready], to: voting, takes: [{roster: guests}], by:",
        ),
    ):
        assert before in text
        text = text.replace(before, after)
    for service in started(store, tmp_path, request):
        room = Room(service, scheme_file.load(text, ROOM.name))
        listed = {
            "trigger": "start",
            "data": {"rosters": {"guests": ["c.mem", "c-h1.sec", "c.sec"]}},
        }
        assert room.host("/transitions", listed).status_code == 201
        require_code(by_name(room, HOST, YES, NO), 403, "not_an_elector")
        for person in ("c.mem", "c-h1.sec"):  # who sees nothing of the case by any post
            assert by_name(room, person, NO, NO).status_code == 200
        assert by_name(room, "c.sec", YES, YES).status_code == 200  # a chief, and on the roster
        room.close("hands")
        data = room.host("/polls/hands/tally").json["event"]["data"]
        told = {one["electorate"]: one["n_phone"] for one in data["reconciliation"]}
        assert told == {"chiefs": 1, "guests": 2}
        assert {one["figure"] for one in room.given("consent")} == {"50.00"}
        votes = {one["person"]: one["electorate"] for one in room.told("hands")["votes"]}
        assert votes == {"c.sec": "chiefs", "c.mem": "guests", "c-h1.sec": "guests"}


def test_who_is_withdrawn_meanwhile_is_struck_for_all_and_the_rest_goes_on(room: Room):
    one, other = room.issue("figures", "deputies", 2)
    room.start()
    assert room.cast(one, "80", "60").status_code == 200
    about = [line["about"].partition("/")[2] for line in room.sheet(other)["lines"]]
    dropped = f"/v1/cases/{about[0]}/transitions"
    assert room.service.call("POST", dropped, {"trigger": "drop"}, person=HOST).status_code == 201
    lines = room.sheet(other)["lines"]
    assert [line["struck"] for line in lines] == [True, False]
    assert all(line["unit"] for line in lines)  # by name
    left = [{"about": lines[1]["about"], "question": "overall", "value": "70"}]
    assert room.send(other, left).status_code == 200
    room.close("figures")
    told = room.host("/polls/figures/tally").json["event"]["data"]
    assert told["struck"] == [{"case": lines[0]["about"], "reason": "abandoned"}]
    assert [(one["figure"], one["n_valid"]) for one in room.given("depth")] == [("65.00", 2)]
    shown = room.told("figures")  # what was said of them before stands beside nothing that counts
    assert (shown["struck"], [*shown["results"]]) == ([lines[0]["about"]], [lines[1]["about"]])
    later = f"/v1/cases/{about[1]}/transitions"  # who is withdrawn once it is told was counted
    assert room.service.call("POST", later, {"trigger": "drop"}, person=HOST).status_code == 201
    assert room.told("figures") == shown


def test_fifty_phones_with_one_slip_and_three_hundred_with_their_own_all_at_once(room: Room):
    (shared,) = room.issue("figures", "deputies", 1)
    slips = room.issue("figures", "deputies", 300)
    room.start()
    lines = room.sheet(shared)["lines"]
    sheet = [{"about": one["about"], "question": "overall", "value": "50"} for one in lines]
    with ThreadPoolExecutor(30) as phones:
        one_slip = [phones.submit(room.send, shared, sheet) for _ in range(50)]
        own = [phones.submit(room.send, slip, sheet) for slip in slips]
        answers = [one.result() for one in one_slip]
        assert {one.result().status_code for one in own} == {200}
    assert sorted({one.status_code for one in answers}) == [200, 409]
    assert [one.status_code for one in answers].count(200) == 1
    assert {one.json["code"] for one in answers if one.status_code != 200} == {"slip_used"}
    room.close("figures")
    told = room.host("/polls/figures/tally").json["event"]["data"]
    assert told["groups"] == [{"electorates": ["deputies"], "n_valid": 301}]
    assert told["n_codes"] == 301


def test_of_a_counted_room_no_secret_is_left_and_a_score_in_the_counts_alone(room: Room):
    slips = room.issue("figures", "deputies", 6)
    room.start()
    for nth, slip in enumerate(slips):
        assert room.cast(slip, "73.5" if nth == 3 else "50", "41").status_code == 200
    room.close("figures")
    assert room.told("figures")["comments"] is None  # which the poll does not ask for
    assert room.host("/polls/figures/tally").status_code == 201
    room.service.sequence()
    left = everything(room.service)
    assert [table for table, told in left.items() if b'"73.5"' in told] == ["document"]
    for slip in slips:
        assert not [table for table, told in left.items() if slip.encode() in told]


def all_of(service: Service, table: sa.Table) -> Iterator[Any]:
    """Yield every value that a table holds."""
    with service.parts.database._connections.reading() as connection:
        for row in connection.execute(table.select()):
            yield from row


def everything(service: Service) -> dict[str, bytes]:
    """Return all that each table holds, run together."""
    return {
        table.name: b"\n".join(
            one if isinstance(one, bytes) else str(one).encode() for one in all_of(service, table)
        )
        for table in tables.metadata.sorted_tables
    }


def test_of_a_case_that_has_ended_nothing_is_done_with_its_poll(room: Room):
    cast, left = room.issue("figures", "deputies", 2)
    body = {"electorate": "deputies", "n": 1, "rehearsal": True}
    (tried,) = (one["secret"] for one in room.host("/polls/figures/slips", body).json["slips"])
    room.start()
    assert room.cast(cast, "50", "60").status_code == 200
    sheet = [{"about": f"talk/{talk}", "question": "overall", "value": "50"} for talk in room.talks]
    assert room.host("/transitions", {"trigger": "call_off"}).status_code == 201
    for slip in (cast, left, tried):
        refused = room.send(slip, sheet)
        assert (refused.status_code, refused.json["code"]) == (409, "poll_lapsed")
        assert refused.json["title"]
    assert [*all_of(room.service, tables.urn)] == []
    told = room.told("figures")
    assert (told["state"], told["rehearsal"]["state"], told["results"]) == (
        "gone",
        "gone",
        None,
    )
    slips, codes = {"electorate": "deputies", "n": 2}, {"codes": ["22222-22222"]}
    for method, path, body in (
        ("POST", "slips", slips),
        ("POST", "slips", slips | {"rehearsal": True}),
        ("POST", "paper-slips", codes),
        ("POST", "spoilt-slips", codes | {"rehearsal": True}),
        ("POST", "closing", {}),
        ("POST", "closing", {"rehearsal": True}),
        ("PUT", "paper-counts", {"electorates": {}}),
        ("POST", "tally", {}),
    ):
        refused = room.host(f"/polls/figures/{path}", body, method)
        assert (refused.status_code, refused.json["code"]) == (409, "case_closed"), path
        assert refused.json["title"]


def test_a_poll_that_covers_nobody_is_not_opened(room: Room):
    (slip,) = room.issue("figures", "deputies", 1)
    for talk in room.talks:
        dropped = room.service.call(
            "POST", f"/v1/cases/{talk}/transitions", {"trigger": "drop"}, person=HOST
        )
        assert dropped.status_code == 201, dropped.text
    room.start()
    sent = room.send(slip, [])
    answers = [
        room.host(f"/polls/figures/{path}", body, method)
        for method, path, body in (
            ("POST", "slips", {"electorate": "deputies", "n": 1}),
            ("POST", "slips", {"electorate": "deputies", "n": 1, "rehearsal": True}),
            ("POST", "closing", {}),
            ("PUT", "paper-counts", {"electorates": {}}),
            ("POST", "tally", {}),
        )
    ]
    refused = [(one.status_code, one.json["code"]) for one in (sent, *answers)]
    assert refused == [(409, "poll_covers_nobody")] * 6
    poll = room.service.get(f"{room.case}/polls", HOST).json["items"]
    assert [(one["state"], one["rehearsal"]) for one in poll] == [("waiting", None)] * 3
