"""From the counts of a poll to grade, place and decisions, over HTTP and on both stores: C5."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

import pytest

from services.workflow.adapters.http import documents
from services.workflow.audit import Known
from services.workflow.inspection import inspect
from tests.builders import superior
from tests.integration.http.conftest import STORES
from tests.integration.http.service import begin
from tests.integration.http.test_bad_input import require_problem
from tests.integration.http.test_meetings import SHIPPED, Year
from tests.integration.http.test_sights import signed_in

HOST, RECORDER = "c.off", "c.sec"
POINTS = {"good": 95, "fair": 85, "average": 70, "poor": 50}
# What each slip says of the branch, of the first hospital and of the second.
MEMBERS = [("good", "good", "poor")] * 4 + [("fair", "fair", "poor")] * 2
INVITED = [("good", "good", "average")] * 5
WEIGHTS = {"ballot": Fraction("0.7"), "superior": Fraction("0.3")}
HEARD = ("c-b1", "c-h1", "c-h2")


@pytest.fixture(params=STORES, scope="module")
def year(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Year]:
    """The commission's meeting has heard three, and its ballots are being taken."""
    folder = tmp_path_factory.mktemp("scores")
    made = Year(begin(request.param, folder, request, schemes=[SHIPPED]))
    made.on("01-09")
    made.pass_reports("c", *HEARD)
    for unit, day in (("w", "01-20"), ("c", "01-21")):
        made.schedule(unit, day)
    made.on("01-20")
    made.hold("w")
    made.on("01-21")
    made.meet("c", "open_session")
    made.gather("c")
    made.hear("c")
    yield made
    made.service.parts.database.close()


def test_the_year_comes_to_its_grades(year: Year) -> None:
    """One story, in the order of its days; each part below is named for its clause."""
    c5_1_the_room_votes_and_every_figure_follows_from_its_counts(year)
    c5_1_the_superior_gives_three_parts_and_stands_there_with_the_day(year)
    c5_2_grades_begin_at_their_bounds_and_equal_figures_share_a_place(year)
    c5_3_two_bodies_decide_one_after_the_other_on_all_that_were_heard(year)
    c5_2_a_correction_keeps_the_old_figure_and_what_follows_follows_again(year)
    c5_1_one_figure_is_corrected_and_the_ballots_stay_counted(year)
    everything_is_worked_out_again_by_the_audit(year)


def ballots(year: Year) -> None:
    room = f"/v1/cases/{year.meeting('c')['id']}/polls/hall"
    order = [year.case("review", one)["id"] for one in HEARD]
    for electorate, said in (("members", MEMBERS), ("invited", INVITED)):
        body = {"electorate": electorate, "n": len(said)}
        made = year.service.call("POST", f"{room}/slips", body, person=HOST).json["slips"]
        for slip, values in zip(made, said, strict=True):
            about = zip(order, values, strict=True)
            sheet = [
                {"about": f"review/{one}", "question": "overall", "value": value}
                for one, value in about
            ]
            told = {"secret": slip["secret"], "nonce": slip["secret"][:22], "sheet": sheet}
            cast = year.service.app.test_client().post("/v1/ballots", json=told)
            assert cast.status_code == 200, cast.text
    for step in ("closing", "tally"):
        answer = year.service.call("POST", f"{room}/{step}", {}, person=HOST)
        assert answer.status_code in (200, 201), answer.text


def table(year: Year, unit: str) -> dict[str, Any]:
    answer = year.service.get(f"/v1/cases/{year.case('review', unit)['id']}/figures", HOST)
    assert answer.status_code == 200, answer.text
    documents.SCORED.load(answer.json)
    return dict(answer.json)


def c5_1_the_room_votes_and_every_figure_follows_from_its_counts(year: Year) -> None:
    rooms = year.meet("c", "conclude", data={"documents": {"concluding_speech": SPEECH}})
    assert rooms
    guests_who_have_no_account_come_late(year)
    year.meet("c", "start_balloting")
    ballots(year)
    guests_were_expected_and_voted_by_slip(year)
    year.meet("c", "finish")
    (grading,) = table(year, "c-b1")["gradings"]
    ballot = next(one for one in grading["components"] if one["name"] == "ballot")
    poll = ballot["poll"]
    assert poll["follows"] is True
    assert {name: int(one) for name, one in poll["points"].items()} == POINTS
    votes = {one["electorates"][0]: one["questions"][0]["votes"] for one in poll["groups"]}
    assert votes == {"members": {"good": 4, "fair": 2}, "invited": {"good": 5}}
    assert list(votes["members"]) == ["good", "fair"]  # as on the ballot, not by their letters
    review = year.case("review", "c-b1")["id"]
    for path in ("", "/figures"):
        page = signed_in(year.service, HOST).open(f"/cases/{review}{path}").text
        assert re.search("好(（95）)? (× )?[49]、较好", page)
    means = [Fraction(4 * 95 + 2 * 85, 6), Fraction(95)]
    assert [Fraction(one["mean"]) for one in poll["groups"]] == means
    assert [Fraction(one["share"]) for one in poll["groups"]] == [Fraction(3, 5), Fraction(2, 5)]
    exact = means[0] * Fraction("0.6") + means[1] * Fraction("0.4")
    assert (Fraction(ballot["exact"]), ballot["figure"]) == (exact, "93.00")
    assert (grading["sum"], grading["grade"], ballot["clause"]) == (None, None, "C5.1")


def guests_who_have_no_account_come_late(year: Year) -> None:
    """One was listed when people gathered; two more take their seats."""
    rows = [{"capacity": "invited", "guest": name} for name in ("来宾乙", "来宾丙")]
    told = year.meet("c", "list_attendants", data={"rosters": {"attendance": {"rows": rows}}})
    assert told["rosters"]["attendance"]["n_expected"] > len(rows)
    assert "来宾乙" not in str(told)  # names lie beside the log


def guests_were_expected_and_voted_by_slip(year: Year) -> None:
    """Of the invited nobody has an account: who may vote is counted from the roster all the same.

    More slips than people are no fault of the poll's, but are there to be seen.
    """
    path = f"/v1/cases/{year.meeting('c')['id']}/polls"
    (hall,) = year.service.get(path, HOST).json["items"]
    invited = next(one for one in hall["electorates"] if one["name"] == "invited")
    assert (invited["n_eligible"], invited["n_issued"]) == (3, len(INVITED))
    event = next(
        one["event"]["data"]
        for one in year.service.get(f"{path.removesuffix('/polls')}/events?limit=200", HOST).json[
            "items"
        ]
        if one["event"]["type"] == "workflow.tally_taken.v1"
    )
    line = next(one for one in event["reconciliation"] if one["electorate"] == "invited")
    counted = {"n_eligible": 3, "n_issued": 5, "n_phone": 5, "n_not_returned": 0, "difference": 0}
    assert {name: line[name] for name in counted} == counted
    page = signed_in(year.service, HOST).open(path.removeprefix("/v1")).text
    assert "列席代表" in page
    for name in ("来宾甲", "来宾乙", "来宾丙"):
        assert name not in str(event)


def c5_1_the_superior_gives_three_parts_and_stands_there_with_the_day(year: Year) -> None:
    data = {"components": {"superior": {"stars": "90", "yearly": "85.5", "daily": "80"}}}
    what_the_room_counted_is_not_typed_in_again(year, data["components"])
    for unit in HEARD:
        year.done(year.case("review", unit), "score", HOST, data=data)
    told = table(year, "c-h2")
    (grading,) = told["gradings"]
    given = {one["name"]: Fraction(one["exact"]) for one in grading["components"]}
    assert given["superior"] == Fraction("86.2")  # 0.4 x 90 + 0.4 x 85.5 + 0.2 x 80
    total = sum(given[name] * weight for name, weight in WEIGHTS.items())
    assert Fraction(grading["sum"]) == total
    (step,) = (one for one in told["steps"] if one["figures"].keys() == {"superior"})
    assert (step["person"], step["at"][:10], step["in_force"]) == (HOST, "2020-01-21", ["superior"])


def what_the_room_counted_is_not_typed_in_again(year: Year, rest: dict[str, Any]) -> None:
    review = year.case("review", "c-b1")
    same, other = ({"components": {**rest, "ballot": one}} for one in ("93", "93.01"))
    assert year.codes(review, "score", HOST, data=same) == ["counted_already"]
    assert year.codes(review, "score", HOST, data=same, reason="照抄") == ["counted_already"]
    assert year.codes(review, "score", HOST, data=other) == ["reason_required"]
    page = signed_in(year.service, HOST).open(f"/cases/{review['id']}").text
    form = page[page.index('name="trigger" value="score"') :].partition("</form>")[0]
    ballot, superior_ = (form.index(f'name="components.{one}') for one in ("ballot", "superior"))
    assert superior_ < ballot
    assert "投票得出的是 93.00；改为手工填写的，须写理由</summary>" in form[superior_:ballot]


def places(year: Year, path: str, who: str = HOST) -> list[tuple[Any, ...]]:
    answer = year.service.get(path, who)
    assert answer.status_code == 200, answer.text
    documents.RANKING.load(answer.json)
    return [(one["place"], one["unit"], one["grade"]) for one in answer.json["items"]]


def c5_2_grades_begin_at_their_bounds_and_equal_figures_share_a_place(year: Year) -> None:
    expected = [(1, "c-b1", "good"), (1, "c-h1", "good"), (3, "c-h2", "average")]
    of_meeting = f"/v1/cases/{year.meeting('c')['id']}/ranking"
    of_tier = f"/v1/cycles/{year.service.cycle}/ranking?tier=B"
    assert places(year, of_meeting) == expected
    assert places(year, of_tier)[:3] == expected
    first = year.service.get(f"{of_tier}&limit=2", HOST).json
    assert [one["place"] for one in first["items"]] == [1, 1]
    rest = year.service.get(f"{of_tier}&limit=2&after={first['next']}", HOST).json
    assert rest["items"][0]["place"] == 3
    refused = year.service.get(of_tier, "c-h1.off")
    assert refused.status_code in (403, 404)
    browser = signed_in(year.service, HOST)
    assert "并列" in browser.open(of_tier.removeprefix("/v1")).text


def c5_3_two_bodies_decide_one_after_the_other_on_all_that_were_heard(year: Year) -> None:
    year.on("01-22")
    minutes = {"decisions": [{"date": "2020-01-22", "minutes": "机关党委〔2020〕2号"}]}
    the_second_body_before_the_first_is_refused_and_says_why(year, minutes)
    year.meet("c", "give_opinions", data=minutes)
    assert {year.case("review", one)["state"] for one in HEARD} == {"opinion_given"}
    later = {"decisions": [{"date": "2020-01-23", "minutes": "党组〔2020〕5号"}]}
    assert year.codes(year.meeting("c"), "approve_opinions", HOST, data=later) == ["decision_ahead"]
    year.on("01-23")
    year.meet("c", "approve_opinions", data=later)
    review = year.case("review", "c-h1")
    assert review["state"] == "opinion_approved"
    events = year.service.get(f"/v1/cases/{review['id']}/events?limit=200", HOST).json["items"]
    told = [one["event"]["data"].get("decisions", []) for one in events]
    decided = [(one["body"], one["date"]) for each in told for one in each]
    assert decided == [("c", "2020-01-22"), ("g", "2020-01-23")]
    again = year.codes(year.meeting("c"), "give_opinions", HOST, data=minutes)
    assert again == ["moves_nothing"]


def the_second_body_before_the_first_is_refused_and_says_why(
    year: Year, minutes: dict[str, Any]
) -> None:
    meeting = year.meeting("c")
    answer = year.ask(meeting, "approve_opinions", HOST, data=minutes)
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["code"]) == (422, "moves_nothing")
    assert "“登记党组会议意见”：所涉 3 件现在都不能办" in error["reason"]
    assert {year.case("review", one)["state"] for one in HEARD} == {"scored"}
    offered = year.service.get(f"/v1/cases/{meeting['id']}/transitions", HOST).json["items"]
    allowed = {one["trigger"]: one["allowed"] for one in offered}
    assert (allowed["give_opinions"], allowed["approve_opinions"]) == (True, False)


def c5_2_a_correction_keeps_the_old_figure_and_what_follows_follows_again(year: Year) -> None:
    review = year.case("review", "c-h1")
    assert year.service.get("/v1/cases?kind=interview&unit=c-h1", HOST).json["items"] == []
    low = {"components": {"ballot": "70", "superior": superior("60")}}
    asked = {"data": low, "reason": "登记有误"}
    assert year.codes(review, "correct_score", "c.lia", **asked) == ["not_submitter"]
    year.done(review, "correct_score", RECORDER, **asked)
    told = table(year, "c-h1")
    (grading,) = told["gradings"]
    assert (grading["figure"], grading["grade"]) == ("67.00", "average")
    kept = [(one["figures"], one["in_force"]) for one in told["steps"] if one["figures"]]
    assert kept == [
        ({"ballot": "93.00"}, []),
        ({"superior": "86.20"}, []),
        ({"ballot": "70.00", "superior": "60.00"}, ["ballot", "superior"]),
    ]
    ballot, superior_ = grading["components"]
    assert (ballot["by_hand"], ballot["reason"]) == (True, "登记有误")
    assert (ballot["poll"]["figure"], ballot["poll"]["follows"]) == ("93.00", True)
    assert ballot["poll"]["groups"]
    assert (superior_["by_hand"], superior_["poll"]) == (False, None)
    page = signed_in(year.service, HOST).open(f"/cases/{review['id']}/figures").text
    assert '<s class="num">93.00</s>' in page
    assert '手工更正，投票得出的是 <span class="num">93.00</span>' in page
    assert "理由：登记有误" in page
    path = "/v1/cases?kind=interview&unit=c-h1"
    assert year.service.get(path, HOST).json["items"] == []  # it would tell the grade
    year.done(review, "give_feedback", HOST)
    (interview,) = year.service.get(path, HOST).json["items"]
    assert interview["of"] == f"review/{review['id']}"
    assert places(year, f"/v1/cases/{year.meeting('c')['id']}/ranking")[1][:2] == (2, "c-h1")
    year.done(review, "withdraw", HOST, reason="撤")
    assert year.codes(year.case("review", "c-h1"), "correct_score", RECORDER, **asked) != []


def c5_1_one_figure_is_corrected_and_the_ballots_stay_counted(year: Year) -> None:
    (before,) = table(year, "c-b1")["gradings"]
    browser = signed_in(year.service, RECORDER)
    page = browser.page(f"/cases/{year.case('review', 'c-b1')['id']}")
    form = next(one for one in page.forms if one.typed().get("trigger") == "correct_score")
    blank = dict.fromkeys(("components.ballot", "effective_at", "reference"), "")
    typed = form.typed() | blank | PARTS | {"reason": "登记有误"}
    assert browser.send(form, urlencode(typed).encode()).status_code == 303
    (after,) = table(year, "c-b1")["gradings"]
    ballot, superior_ = after["components"]
    assert ballot == before["components"][0]
    assert (ballot["poll"]["follows"], superior_["figure"]) == (True, "80.00")


def everything_is_worked_out_again_by_the_audit(year: Year) -> None:
    year.service.sequence()
    parts = year.service.parts
    found = inspect(parts, [], str(parts.key.public), Known()).findings
    assert [one for one in found if "DIFFERS" in one["code"]] == []


def test_what_no_case_is_graded_by_has_no_places(year: Year) -> None:
    for path in ("?grading=town", "?kind=meeting", "?kind=drill", "?tier=Z", "?unit=nowhere"):
        require_problem(
            year.service.get(f"/v1/cycles/{year.service.cycle}/ranking{path}", HOST), 404
        )


def test_a_case_that_is_about_no_others_has_no_places(year: Year) -> None:
    review = year.case("review", "c-b1")["id"]
    require_problem(year.service.get(f"/v1/cases/{review}/ranking", HOST), 404)


def test_whoever_does_not_see_a_case_sees_nothing_of_its_figures(year: Year) -> None:
    review = year.case("review", "c-b1")["id"]
    for path in (f"/v1/cases/{review}/figures", f"/v1/cases/{year.meeting('c')['id']}/ranking"):
        assert year.service.get(path, "c-h2.off").status_code in (403, 404)


def test_places_among_no_cases_tell_nothing_of_a_round_that_is_not_theirs(year: Year) -> None:
    path = f"/v1/cycles/{year.service.cycle}/ranking?unit=nowhere"
    require_problem(year.service.get(path, "c-h2.off"), 404)
    require_problem(year.service.get(path, HOST), 404)


PARTS = {f"components.superior.{one}": "80" for one in ("stars", "yearly", "daily")}


def test_a_page_of_places_that_is_not_there_is_the_last_one(year: Year) -> None:
    browser = signed_in(year.service, HOST)
    path = f"/cycles/{year.service.cycle}/ranking"
    assert "还没有可以排名次的" not in browser.open(f"{path}?tier=B&from=999999").text


def test_links_between_pages_of_places_keep_what_they_know(
    year: Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.workflow.adapters.web.scoring.AT_ONCE", 1)
    page = signed_in(year.service, HOST).open(f"/cycles/{year.service.cycle}/ranking?tier=B&x=1")
    assert "?tier=B&amp;from=1" in page.text
    # What is asked for besides goes on to no other page, only to this very one in another form.
    told = re.sub(r'name="next" value="[^"]*"|href="[^"]*\.xlsx[^"]*"', "", page.text)
    assert "x=1" not in told


SPEECH = {"parts": {"speech": "写明的内容"}}


def test_heads_are_read_a_few_at_a_time_and_all_have_their_place(
    year: Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v1/cycles/{year.service.cycle}/ranking?tier=B"
    before = year.service.get(path, HOST).json
    monkeypatch.setattr("services.workflow.application.ranking.AT_ONCE", 1)
    assert year.service.get(path, HOST).json == before
    assert before["total"] > 1
