"""What is brought with an act is held against what is there: figures, areas, paragraphs, days."""

import pytest

from services.workflow.application.firing.possible import possible
from services.workflow.domain.reasons import sentence
from tests.builders import superior
from tests.unit.workflow.case.played import (
    NOTICE,
    Play,
    at_page,
    heard_at_any_time,
    scheme,
    text_of,
)
from tests.unit.workflow.case.test_notice_2019 import GOOD, SCHEME, B, submitted

EARLY = "from: [scored, opinion_given, opinion_approved, feedback, "
FROM_PRESENTED = scheme(
    heard_at_any_time(NOTICE.read_text()).replace(EARLY, EARLY.replace("[", "[presented, "))
)
PARTS = ("achievements", "problems", "tasks")
LAB = "2019-B-0005"  # of c.lab, no public hospital


@pytest.fixture
def play() -> Play:
    made = Play(SCHEME)
    made.open()
    return made


def refused(play: Play, trigger: str, person: str, data: dict, number: str = B):
    """Return code, field and what would be accepted of each reason."""
    answer = play.act(number, trigger, person, data=data, reason="r")
    return [(one.code, one.field, sentence(one, "zh")[1]) for one in answer.blockers]


def presented() -> Play:
    made = Play(FROM_PRESENTED)
    made.open()
    submitted(made)
    made.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    made.done(B, "pass_organ_audit", "office.c")
    made.done(B, "present", "office.c")
    return made


def finding(paragraph: str, place: str | None = "problems") -> dict:
    where = {} if place is None else {"place": place}
    row = where | {"paragraph": paragraph, "finding": "空泛"}
    return {"documents": {"findings": {"rows": [row]}}}


def covering(*areas: int) -> dict:
    return {"documents": {"report": text_of(*PARTS) | {"covers": list(areas)}}}


def test_a_figure_that_was_never_recorded_is_not_corrected():
    play = presented()
    data = {"components": {"ballot": "92.00", "superior": superior("90")}}
    assert refused(play, "correct_score", "secretary.c", data) == [
        ("nothing_to_correct", "data.components.ballot", "先登记现场评议得分"),
        ("nothing_to_correct", "data.components.superior", "先登记上级党组织评议得分"),
    ]
    assert play.case(B).state == "presented"


def test_that_there_is_nothing_to_correct_is_told_beforehand():
    play = presented()
    found = possible(play.case(B), at_page("secretary.c"), play.world)
    (correct,) = (one for one in found if one.trigger == "correct_score")
    assert not correct.allowed
    assert "nothing_to_correct" in {one.code for one in correct.blockers}


@pytest.fixture
def rated() -> Play:
    play = presented()
    play.done(B, "score", "office.c", data=GOOD)
    return play


def test_what_a_correction_does_not_bring_stays_as_it_was(rated: Play):
    before = rated.case(B).components["ballot"]
    data = {"components": {"superior": superior("60")}}
    rated.done(B, "correct_score", "secretary.c", data=data, reason="r")
    after = rated.case(B)
    assert rated.told("corrected")[-1]["components"].keys() == {"superior"}
    assert after.components["ballot"] == before
    assert str(after.grades["person"].figure) == "82.40"
    rated.replayed()


@pytest.mark.parametrize("data", [{}, {"components": {}}])
def test_a_correction_that_brings_nothing_is_refused(rated: Play, data: dict):
    answer = rated.act(B, "correct_score", "secretary.c", data=data, reason="r")
    assert [(one.field, one.code) for one in answer.faults] == [("data.components", "required")]
    assert answer.faults[0].accepted_zh == "至少其中一项"


def test_a_return_sets_no_deadline_that_is_over_whatever_its_scheme_says():
    unguarded = NOTICE.read_text().replace("        guards: [{name: deadline_ahead}]\n", "")
    play = Play(scheme(unguarded))
    play.open()
    submitted(play)
    past = finding("1") | {"due_at": "2020-01-07T16:00:00+00:00"}
    told = refused(play, "return_unit_audit", "deputy_secretary.c.h1", past)
    assert [one[:2] for one in told] == [("deadline_not_ahead", "data.due_at")]


def test_a_deadline_that_is_over_is_refused_once_where_the_scheme_asks_too(play: Play):
    past = {"due_at": "2020-01-07T16:00:00+00:00"}
    told = play.codes(B, "change_deadline", "office.c", reason="r", data=past)
    assert told == ["deadline_not_ahead"]


def test_a_finding_points_at_a_paragraph_of_the_version_that_is_audited(play: Play):
    report = text_of(*PARTS)
    report["parts"]["problems"] = "第一段\n\n　\n第二段\n"
    play.done(B, "submit", "secretary.c.h1", data={"documents": {"report": report}})
    fire = ("return_unit_audit", "deputy_secretary.c.h1")
    at = "data.documents.findings.rows[0].paragraph"
    accepted = "填写 1 至 2 的段次，或不指明段次"
    assert refused(play, *fire, finding("3")) == [("paragraph_lacking", at, accepted)]
    assert refused(play, *fire, finding("2")) == []
    play.replayed()


def test_a_paragraph_is_of_a_part(play: Play):
    submitted(play)
    told = refused(play, "return_unit_audit", "deputy_secretary.c.h1", finding("1", None))
    assert [one[:2] for one in told] == [("required", "data.documents.findings.rows[0].place")]


def test_an_area_that_is_for_others_is_not_covered(play: Play):
    at = "data.documents.report.covers[1]"
    told = refused(play, "submit", "secretary.c.h1", covering(7, 8))
    assert told == [("area_elsewhere", at, "填写1, 2, 3, 4, 5, 6, 7, 9, 10之中的项")]


def test_an_area_is_covered_once(play: Play):
    told = refused(play, "submit", "secretary.c.h1", covering(3, 1, 3))
    assert told == [("area_repeated", "data.documents.report.covers[2]", "每项只写一次")]


def test_an_area_that_the_scheme_does_not_have_is_refused(play: Play):
    answer = play.act(B, "submit", "secretary.c.h1", data=covering(11))
    (fault,) = answer.faults
    assert (fault.field, fault.code) == ("data.documents.report.covers[0]", "out_of_range")
    assert fault.accepted_zh == "1 到 10 的整数"
