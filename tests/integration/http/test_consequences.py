"""What follows from grades and marks, C6, over HTTP: derived, reasoned, and derived again."""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from pathlib import Path
from zipfile import ZipFile

import pytest

from schemas.envelope import peek
from schemas.streams import Stream
from services.workflow.application.auditing import Auditing
from services.workflow.application.folding import Life
from services.workflow.application.openings_audit import Openings
from tests.integration.http.aftermath import (
    AVERAGE,
    FAIR,
    GOOD,
    OFFICE,
    POOR,
    SECRETARY,
    Aftermath,
    aftermath,
    figures,
)
from tests.integration.http.conftest import STORES
from tests.integration.http.test_sights import signed_in

EXCELLENT, HONOURS = ("bars", "excellent"), ("bars", "honours")


@pytest.fixture(params=STORES)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    yield from aftermath(request.param, tmp_path, request)


def test_c6_only_good_may_be_rated_excellent(after: Aftermath) -> None:
    assert after.in_force(after.scored("c-b1", GOOD)) == []
    assert after.in_force(after.scored("c-h1", FAIR)) == [EXCELLENT]


def test_c6_average_and_poor_are_called_and_rectify_within_a_set_time(after: Aftermath) -> None:
    for unit, figure in (("c-b1", AVERAGE), ("c-h1", POOR)):
        review = after.scored(unit, figure)
        wanted = [("opens", "interview"), ("opens", "remedy"), EXCELLENT]
        assert after.in_force(review) == wanted
        assert [one["opened"] for one in after.follows(review)] == [None] * 3
        after.told(review)
        assert after.in_force(review) == wanted
        remedy = after.now(after.opened(review, "remedy"))
        assert (remedy["holder"]["person"], remedy["due_on"]) == (f"{unit}.sec", "2020-03-11")


def test_c6_a_consequence_names_reason_clause_and_the_event_that_caused_it(
    after: Aftermath,
) -> None:
    review = after.scored("c-b1", AVERAGE)
    after.service.sequence()
    told = after.follows(review)[0]
    assert (told["clause"], told["grades"]) == (
        "C6",
        {"person": {"grade": "average", "figure": AVERAGE}},
    )
    assert told["reason"] == "“述职评议等次”为一般、差"
    items = after.service.get(f"/v1/cases/{review['id']}/events", OFFICE).json["items"]
    scored = next(one for one in items if one["event"]["data"].get("trigger") == "score")
    assert (told["since"]["position"], told["since"]["trigger"]) == (scored["position"], "score")


def test_c6_a_corrected_score_has_its_consequences_derived_again(after: Aftermath) -> None:
    review = after.told(after.scored("c-b1", AVERAGE))
    interview = after.opened(review, "interview")
    after.done(review, "correct_score", SECRETARY, data=figures(GOOD), reason="登记有误")
    told = after.follows(review)
    assert [(one["name"], one["in_force"]) for one in told] == [
        ("interview", False),
        ("remedy", False),
        ("excellent", False),
    ]
    assert {one["until"]["trigger"] for one in told} == {"correct_score"}
    assert after.now(interview)["final"] == "no_longer"


def test_c6_a_figure_corrected_within_its_grade_is_another_ground(after: Aftermath) -> None:
    review = after.told(after.scored("c-b1", AVERAGE))
    after.done(review, "correct_score", SECRETARY, data=figures("71.00"), reason="登记有误")
    told = [
        (one["grades"]["person"]["figure"], one["in_force"])
        for one in after.follows(review)
        if one["name"] == "interview"
    ]
    assert told == [(AVERAGE, False), ("71.00", True)]
    assert after.now(after.opened(review, "interview"))["state"] == "called"


@pytest.mark.parametrize("flag", ["discipline_problem", "many_problems", "poor_judgement"])
def test_c6_problems_bar_from_the_titles(after: Aftermath, flag: str) -> None:
    review = after.case("review", "c-b1")
    after.done(review, "mark", OFFICE, data={"flags": {flag: True}}, reason="核查属实")
    assert after.in_force(review) == [HONOURS]
    (told,) = after.follows(review)
    assert told["flags"] == [flag]
    after.done(review, "mark", OFFICE, data={"flags": {flag: False}}, reason="复核不实")
    assert after.in_force(review) == []


def test_c6_accountability_waits_for_a_person(after: Aftermath) -> None:
    review = after.case("review", "c-b1")
    after.done(review, "mark", OFFICE, data={"flags": {"serious": True}}, reason="情节严重")
    assert after.in_force(review) == [("proposes", "accountability")]
    proposal = after.opened(review, "accountability")
    assert after.now(proposal)["state"] == "proposed"
    assert after.codes(proposal, "confirm", OFFICE, reason="属实") == ["no_post"]
    assert after.codes(proposal, "confirm", SECRETARY) == ["reason_required"]
    after.done(proposal, "confirm", SECRETARY, reason="依据问责条例")
    assert after.now(proposal)["final"] == "completed"


def test_c6_a_declined_proposal_has_its_reason(after: Aftermath) -> None:
    review = after.case("review", "c-b1")
    after.done(review, "mark", OFFICE, data={"flags": {"serious": True}}, reason="情节严重")
    proposal = after.opened(review, "accountability")
    told = after.done(proposal, "decline", SECRETARY, reason="情节轻微，已批评教育")
    assert after.now(proposal)["state"] == "declined"
    assert sorted(told["reason"]) == ["length", "sha256"]


def test_c6_a_mark_taken_back_takes_its_proposal_along(after: Aftermath) -> None:
    review = after.case("review", "c-b1")
    after.done(review, "mark", OFFICE, data={"flags": {"serious": True}}, reason="情节严重")
    proposal = after.opened(review, "accountability")
    after.done(review, "mark", OFFICE, data={"flags": {"serious": False}}, reason="查无此事")
    assert after.now(proposal, SECRETARY)["final"] == "no_longer"


def test_c6_an_interview_has_its_day_and_its_persons(after: Aftermath) -> None:
    interview = after.opened(after.told(after.scored("c-b1", AVERAGE)), "interview")
    row = {"day": "2020-01-08", "interviewer": SECRETARY, "present": "c.dis", "record": "谈了差距"}
    lacking = {"documents": {"interview_record": {"rows": [{"record": "谈了差距"}]}}}
    fields = [
        one["field"] for one in after.ask(interview, "hold", OFFICE, data=lacking).json["errors"]
    ]
    assert fields == [
        f"data.documents.interview_record.rows[0].{name}" for name in ("day", "interviewer")
    ]
    after.done(interview, "hold", OFFICE, data={"documents": {"interview_record": {"rows": [row]}}})
    assert after.now(interview)["state"] == "held"


def test_what_follows_is_nobodys_who_does_not_see_the_case(after: Aftermath) -> None:
    review = after.scored("c-b1", AVERAGE)
    path = f"/v1/cases/{review['id']}/consequences"
    assert after.service.get(path, "c-h2.sec").status_code == 404
    assert after.service.get(path, "c-b1.sec").status_code == 200


def test_what_followed_comes_through_a_rebuild(after: Aftermath) -> None:
    review = after.told(after.scored("c-b1", AVERAGE))
    after.done(review, "correct_score", SECRETARY, data=figures(GOOD), reason="登记有误")
    before = after.follows(review)
    parts = after.service.parts
    auditing = Auditing(store=parts.database.audit, rulebook=parts.rulebook)
    assert list(auditing.compare()) == []
    auditing.rebuild()
    assert after.follows(review) == before


def derived_again(after: Aftermath, without: str = "", because: bytes = b"C6") -> set[str]:
    """Return what is found in the events, but for streams that begin *without*."""
    parts, openings = after.service.parts, Openings()
    for name, rows in groupby(parts.database.audit.streams(), key=lambda row: str(row[0])):
        stream = Stream.parse(name)
        if not stream.is_case or stream.side or (without and name.startswith(without)):
            continue
        life = Life(stream)
        for row in rows:
            event = peek(row[2].replace(b'"because":"C6"', b'"because":"' + because + b'"'))
            before, case = life.case, life.then(event)
            openings.see(before, case, event, parts.rulebook.scheme)
    return {one.detail for one in openings.findings()}


def test_the_audit_derives_what_had_to_be_opened(after: Aftermath) -> None:
    after.told(after.scored("c-b1", AVERAGE))
    after.scored("c-h1", AVERAGE)  # nobody is told of it, so nothing has to be there
    assert derived_again(after) == set()
    missing = {"interview had to be opened because of C6"}
    assert derived_again(after, without="interview/") == missing
    unfounded = "opened because of C9, which did not come to be true"
    assert unfounded in derived_again(after, because=b"C9")


def numbers(after: Aftermath, review: dict[str, str], name: str) -> list[str]:
    """Return which case each spell of a consequence names, the oldest first: its last part."""
    told = (one["opened"] for one in after.follows(review) if one["name"] == name)
    return ["" if one is None else one["number"].rpartition("/")[2] for one in told]


def corrected(after: Aftermath, review: dict[str, str], *all_figures: str) -> None:
    """Correct the score, each time in the instant of the act before."""
    for one in all_figures:
        after.service.clock.pass_by(minutes=-1)  # which the act adds
        after.done(review, "correct_score", SECRETARY, data=figures(one), reason="登记有误")


def held(after: Aftermath, interview: dict[str, str]) -> None:
    row = {"day": "2020-01-08", "interviewer": SECRETARY, "record": "谈了差距"}
    after.done(interview, "hold", OFFICE, data={"documents": {"interview_record": {"rows": [row]}}})


def test_each_time_a_consequence_comes_back_it_names_the_case_it_opened_then(
    after: Aftermath,
) -> None:
    review = after.told(after.scored("c-b1", AVERAGE))
    corrected(after, review, GOOD, AVERAGE)
    held(after, after.opened(review, "interview"))
    corrected(after, review, GOOD, AVERAGE)
    assert numbers(after, review, "interview") == ["01", "03", "05"]
    assert numbers(after, review, "remedy") == ["02", "04", "06"]
    page = signed_in(after.service, OFFICE).open(f"/cases/{review['id']}").text
    follows = page[page.index('id="follows"') :].partition("</section>")[0]
    number = after.now(review)["number"]
    assert re.findall(rf">{number}/(\d+)<", follows) == ["01", "02", "03", "04", "05", "06"]


def test_a_talk_that_was_held_stays_in_view_where_another_grade_leads_to_it_too(
    after: Aftermath,
) -> None:
    review = after.told(after.scored("c-b1", AVERAGE))
    held(after, after.opened(review, "interview"))
    corrected(after, review, POOR)
    assert numbers(after, review, "interview") == ["01", "01"]
    corrected(after, review, GOOD, AVERAGE)
    assert numbers(after, review, "interview") == ["01", "01", "03"]


def test_what_leads_to_a_case_that_is_left_to_others_is_told_by_no_list_of_what_follows(
    after: Aftermath,
) -> None:
    review, below = after.case("review", "c-b1"), "c-b1.sec"
    after.done(review, "mark", OFFICE, data={"flags": {"serious": True}}, reason="情节严重")
    proposal = after.opened(review, "accountability")
    assert after.service.get(f"/v1/cases/{proposal['id']}", below).status_code == 404
    assert after.follows(review, below) == []
    page = f"/cases/{review['id']}"
    assert 'id="follows"' not in signed_in(after.service, below).open(page).text
    assert 'id="follows"' in signed_in(after.service, OFFICE).open(page).text
    assert [one["name"] for one in after.follows(review)] == ["accountability"]
    after.done(proposal, "confirm", SECRETARY, reason="依据问责条例")
    assert [one["name"] for one in after.follows(review, below)] == ["accountability"]


def test_what_is_weighed_among_few_stands_in_no_letter_that_the_office_prints(
    after: Aftermath,
) -> None:
    review = after.scored("c-b1", AVERAGE)
    after.done(review, "mark", OFFICE, data={"flags": {"serious": True}}, reason="情节严重")
    proposal = after.opened(review, "accountability")
    office = signed_in(after.service, OFFICE)

    def letter() -> str:
        taken = office.open(f"/cases/{review['id']}/letter.docx")
        assert taken.status_code == 200
        with ZipFile(BytesIO(taken.get_data())) as archive:
            return archive.read("word/document.xml").decode()

    label = after.now(proposal)["label"]
    assert label not in letter()
    after.done(proposal, "confirm", SECRETARY, reason="依据问责条例")
    assert label in letter()


def next_to(after: Aftermath, case: dict[str, str]) -> list[str | None]:
    """Return which cases come before and after one at its place."""
    told = after.now(case)
    return [told[way] and told[way]["id"] for way in ("follows", "followed_by")]


def test_after_an_end_a_grade_is_put_right_by_a_new_case_alone(after: Aftermath) -> None:
    review = after.scored("c-b1", AVERAGE)
    body = {"kind": "review", "cycle": after.service.cycle, "unit": "c-b1"}
    refused = after.service.call("POST", "/v1/cases", body, person=OFFICE)
    assert (refused.status_code, refused.json["code"]) == (409, "case_exists")
    after.told(review)
    for trigger, by in (("start_rectification", "c-b1.sec"), ("close", OFFICE)):
        after.done(review, trigger, by)
    late = figures(GOOD)
    assert after.codes(review, "correct_score", SECRETARY, data=late, reason="误") == [
        "wrong_state"
    ]
    opened = after.service.call("POST", "/v1/cases", body, person=OFFICE)
    assert opened.status_code == 201, opened.text
    new = opened.json["case"]
    told = [new[name] for name in ("state", "person", "tier")]
    assert told == ["drafting", "c-b1.sec", "B"]
    assert new["number"] != after.now(review)["number"]
    # The old one stays as it ended: its grade, and what follows from it.
    assert after.now(review)["state"] == "closed"
    table = after.service.get(f"/v1/cases/{review['id']}/figures", OFFICE).json
    assert [one["figure"] for one in table["gradings"]] == [AVERAGE]
    assert ("opens", "interview") in after.in_force(review)
    # Each leads to the other, over HTTP and on its page.
    assert next_to(after, review) == [None, new["id"]]
    assert next_to(after, new) == [review["id"], None]
    browser = signed_in(after.service, OFFICE)
    for one, other, word in ((review, new, "此后"), (new, review, "此前")):
        page = browser.open(f"/cases/{one['id']}").text
        assert re.search(f'<dt>{word}</dt><dd><a class="num" href="/cases/{other["id"]}">', page)
    renewed = after.scored("c-b1", GOOD)
    assert (renewed["id"], after.in_force(renewed)) == (new["id"], [])


def test_what_a_release_before_opened_at_once_is_founded_and_not_opened_twice(
    after: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("services.workflow.domain.case.consequences.is_told", lambda *_: True)
        review = after.scored("c-b1", AVERAGE)
        interview = after.opened(review, "interview")
    row = {"day": "2020-01-08", "interviewer": SECRETARY, "record": "谈了差距"}
    after.done(interview, "hold", OFFICE, data={"documents": {"interview_record": {"rows": [row]}}})
    assert derived_again(after) == set()
    after.told(review)
    assert derived_again(after) == set()
    found = after.service.get("/v1/cases?kind=interview", OFFICE).json["items"]
    assert [one["id"] for one in found] == [interview["id"]]
