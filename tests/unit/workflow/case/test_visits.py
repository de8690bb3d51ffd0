"""A visit of the superior: not seen below until fed back, answered finding by finding (C3.2)."""

from typing import Any

import pytest

from services.workflow.application.seeing import seen
from services.workflow.domain.authority import Verdict
from tests.builders import assessed
from tests.unit.workflow.case.played import Play, at_page, everybody, text_of
from tests.unit.workflow.case.test_links_2019 import lists, row
from tests.unit.workflow.case.test_notice_2019 import ALONE, GOOD, scored

B = "2019-B-0003"  # of c.h1
WENT = {"place": "三楼", "day": "2020-01-08", "announced": False, "leader": "office.c"}
ROWS = [
    {"finding": "台账不全", "severity": "notable"},
    {"finding": "活动室挪用", "severity": "grave"},
]


def found(*rows: dict[str, str], **went: object) -> dict[str, Any]:
    """Return what a visit records, with *went* said otherwise."""
    record = {"rows": [WENT | went]}
    return {"documents": {"visit_record": record, "visit_report": {"rows": list(rows)}}}


@pytest.fixture
def play() -> Play:
    made = Play(ALONE, everybody())
    made.open()
    return made


def visited(play: Play) -> str:
    number = play.opened("visit", "c.h1", "office.c").case.number
    play.done(number, "record", "office.c", data=found(*ROWS))
    return number


def sees(play: Play, number: str, person: str) -> bool:
    return not isinstance(seen(at_page(person), play.case(number), play.world), Verdict)


BELOW = ("secretary.c.h1", "deputy_secretary.c.h1", "office.c.h1")


def test_c3_2_nobody_below_sees_a_visit_before_it_is_fed_back(play: Play):
    number = visited(play)
    assert [sees(play, number, one) for one in BELOW] == [False] * 3
    assert sees(play, number, "secretary.c")
    play.done(number, "feed_back", "office.c")
    assert [sees(play, number, one) for one in (*BELOW, "secretary.c", "office.c")] == [True] * 5
    assert not sees(play, number, "secretary.c.h2")


def test_c3_2_each_finding_stays_open_until_the_report_answers_it(play: Play):
    number = visited(play)
    play.done(number, "feed_back", "office.c")
    report = {"documents": {"report": text_of("achievements", "problems", "tasks")}}
    case = play.case(number).stream
    told = report["documents"]["report"]
    told["answers"] = [{"case": case, "row": 1, "text": "已补齐"}]
    assert play.codes(B, "submit", "secretary.c.h1", data=report) == ["not_answered"]
    told["answers"].append({"case": case, "row": 2, "text": "已腾退"})
    play.done(B, "submit", "secretary.c.h1", data=report)
    assert play.case(number).state == "answered"


def test_c3_2_an_answer_that_names_no_row_answers_none(play: Play):
    number = visited(play)
    play.done(number, "feed_back", "office.c")
    report = {"documents": {"report": text_of("achievements", "problems", "tasks")}}
    answer = {"case": play.case(number).stream, "text": "都已整改"}
    report["documents"]["report"]["answers"] = [answer]
    codes = play.codes(B, "submit", "secretary.c.h1", data=report)
    assert codes == ["required", "not_answered", "not_answered"]


def test_c3_2_an_answer_beside_the_report_answers_each_finding_too(play: Play):
    number = visited(play)
    play.done(number, "feed_back", "office.c")
    case, told = play.case(number).stream, dict[str, Any]()
    assert play.act(number, "answer", "secretary.c.h1").outcome == "not_fulfilled"
    told["answers"] = [{"case": case, "row": 1, "text": "已补齐"}]
    data = {"documents": {"answer": told}}
    assert play.codes(number, "answer", "secretary.c.h1", data=data) == ["not_answered"]
    told["answers"].append({"case": case, "row": 2, "text": "已腾退"})
    play.done(number, "answer", "secretary.c.h1", data=data)
    assert play.case(number).state == "answered"


def test_c3_2_a_visit_ends_once_its_findings_are_answered(play: Play):
    number = visited(play)
    play.done(number, "feed_back", "office.c")
    assert play.codes(number, "close", "office.c") == ["wrong_state"]


def answered(play: Play, *, how: str = "报告") -> str:
    """Have a visit answered by a report that is handed in."""
    number = visited(play)
    play.done(number, "feed_back", "office.c")
    play.done(B, "submit", "secretary.c.h1", data=answering(play, number, how))
    return number


def answering(play: Play, number: str, how: str) -> dict[str, Any]:
    told = text_of("achievements", "problems", "tasks")
    case = play.case(number).stream
    told["answers"] = [{"case": case, "row": n, "text": how} for n in (1, 2)]
    return {"documents": {"report": told}}


BACK = {
    "documents": {"findings": {"rows": [{"finding": "空泛"}]}, **assessed("unmet")["documents"]}
}
LATER = {"due_at": "2020-02-03T16:00:00+00:00"}
# After how many audits the report goes back, how, and by whom.
WAYS_BACK = {
    "recall": (0, "recall", "secretary.c.h1", {}),
    "unit": (0, "return_unit_audit", "deputy_secretary.c.h1", {"data": BACK}),
    "organ": (1, "return_organ_audit", "office.c", {"data": BACK}),
    "revoked": (2, "revoke_clearance", "office.c", {"reason": "r"}),
    "redo": (2, "redo", "secretary.c", {"data": LATER}),
}
AUDITS = [("pass_unit_audit", "deputy_secretary.c.h1"), ("pass_organ_audit", "office.c")]


@pytest.mark.parametrize("way", WAYS_BACK)
def test_c3_2_what_a_report_answered_is_open_again_until_its_next_version_answers(
    play: Play, way: str
):
    number = answered(play)
    n_audits, trigger, person, more = WAYS_BACK[way]
    for audit, auditor in AUDITS[:n_audits]:
        play.done(B, audit, auditor)
    assert play.case(number).state == "answered"
    play.done(B, trigger, person, **more)
    assert play.case(number).state == "fed_back"
    report = {"documents": {"report": text_of("achievements", "problems", "tasks")}}
    assert set(play.codes(B, "submit", "secretary.c.h1", data=report)) == {"not_answered"}
    play.done(B, "submit", "secretary.c.h1", data=answering(play, number, "另答"))
    assert play.case(number).state == "answered"
    play.replayed()


def test_c3_2_what_was_answered_beside_the_report_stays_so_when_that_goes_back(play: Play):
    number = visited(play)
    play.done(number, "feed_back", "office.c")
    answers = answering(play, number, "已办")["documents"]["report"]["answers"]
    own = {"documents": {"answer": {"answers": answers}}}
    play.done(number, "answer", "secretary.c.h1", data=own)
    play.done(B, "submit", "secretary.c.h1", data=answering(play, number, "已办"))
    play.done(B, "recall", "secretary.c.h1")
    assert play.case(number).state == "answered"
    play.replayed()


def test_c3_2_a_visit_that_found_nothing_is_fed_back_and_ends_without_an_answer(play: Play):
    number = play.opened("visit", "c.h1", "office.c").case.number
    assert not sees(play, number, "secretary.c.h1")
    went = {"documents": {"visit_record": {"rows": [WENT]}}}
    ended = play.done(number, "record_clear", "office.c", data=went)
    assert (ended.final, ended.due_at) == ("completed", None)
    assert sees(play, number, "secretary.c.h1")
    report = {"documents": {"report": text_of("achievements", "problems", "tasks")}}
    play.done(B, "submit", "secretary.c.h1", data=report)  # and answers nothing
    play.replayed()


def test_c3_2_items_answer_what_was_found_after_the_report_row_by_row(play: Play):
    scored(play, GOOD)
    play.fed_back(B)
    number = visited(play)
    play.done(number, "feed_back", "office.c")
    case = play.case(number).stream
    first = {"source": case, "source_row": "1"}
    play.done(B, "start_rectification", "secretary.c.h1", data=lists(row() | first))
    assert play.case(number).state == "fed_back"
    added = lists({"row": 1}, row() | {"source": case, "source_row": "2"})
    play.done(B, "add_items", "secretary.c.h1", data=added)
    assert play.case(number).state == "answered"
    play.replayed()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"source_row": "1"}, ["required"]),
        ({"source": "{case}", "source_row": "3"}, ["not_to_answer"]),
        ({"source": "{other}", "source_row": "1"}, ["not_to_answer"]),
    ],
)
def test_c3_2_an_item_answers_no_row_that_was_not_found(
    play: Play, changed: dict[str, str], code: list[str]
):
    scored(play, GOOD)
    play.fed_back(B)
    seen, unseen = visited(play), visited(play)  # the second one is not fed back
    play.done(seen, "feed_back", "office.c")
    known = {"case": play.case(seen).stream, "other": play.case(unseen).stream}
    named = {name: told.format(**known) for name, told in changed.items()}
    told = lists(row() | named)
    assert play.codes(B, "start_rectification", "secretary.c.h1", data=told) == code


@pytest.mark.parametrize("day", ["2020-01-09", "2018-12-31"])
def test_c3_2_nobody_was_there_tomorrow_or_before_the_year(play: Play, day: str):
    number = play.opened("visit", "c.h1", "office.c").case.number
    answer = play.act(number, "record", "office.c", data=found(ROWS[0], day=day))
    (why,) = answer.blockers
    assert (why.code, why.field) == ("day_outside", "data.documents.visit_record.rows[0].day")
    assert why.params == {"since": "2019-01-01", "until": "2020-01-08"}
    play.done(number, "record", "office.c", data=found(ROWS[0], day="2019-01-01"))


# Which unit is visited, by whom, who audits its report, who looks on from above, and a stranger.
TIERS = {
    "A": ("c", "liaison.w", "liaison.w", "liaison.w", "secretary.c.h1"),
    "B": ("c.h1", "office.c", "deputy_secretary.c.h1", "secretary.c", "secretary.c.h2"),
    "C": ("c.h1.a", "office.c.h1", "deputy_secretary.c.h1", "secretary.c", "secretary.c.h2"),
}


@pytest.mark.parametrize("tier", TIERS)
def test_c3_2_the_superior_of_each_tier_visits_and_the_auditors_read_it_once_fed_back(
    play: Play, tier: str
):
    unit, superior, auditor, above, stranger = TIERS[tier]
    number = play.opened("visit", unit, superior).case.number
    play.done(number, "record", superior, data=found(ROWS[0], leader=superior))
    told = [f"secretary.{unit}", *({auditor} - {superior})]
    assert not any(sees(play, number, one) for one in told)
    assert sees(play, number, superior)
    play.done(number, "feed_back", superior)
    assert all(sees(play, number, one) for one in (*told, auditor, above, superior))
    assert not sees(play, number, stranger)
    report = {"documents": {"report": text_of("achievements", "problems", "tasks")}}
    case = play.case(number).stream
    report["documents"]["report"]["answers"] = [{"case": case, "row": 1, "text": "已补齐"}]
    (review,) = (one.number for one in play.cases("review") if one.unit == unit)
    play.done(review, "submit", f"secretary.{unit}", data=report)
    play.done(number, "close", superior)
    assert sees(play, number, f"secretary.{unit}")  # what they were told of they may read for good


def test_c3_2_nobody_visits_themselves(play: Play):
    answer = play.opened("visit", "c", "office.c")
    assert [one.code for one in answer.blockers] == ["no_post"]
