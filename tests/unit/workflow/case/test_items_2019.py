"""Items of the 2019 notice: they grow out of rows, are reported, sent back and verified."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.envelope import open_envelope
from services.workflow.domain.case import desks
from tests.builders import changed, post
from tests.unit.workflow.case.played import NOTICE, Play, everybody, heard_at_any_time, scheme
from tests.unit.workflow.case.test_links_2019 import document, lists, rectifying, row
from tests.unit.workflow.case.test_notice_2019 import ALONE, GOOD, B, scored


@pytest.fixture
def play() -> Play:
    made = Play(ALONE)
    made.open()
    return made


def test_rows_become_items_with_owner_day_and_number(play: Play):
    rectifying(play, row(), row(owner="secretary.c.h1", due="2020-04-30"))
    first, second = sorted(play.cases("item"), key=lambda one: one.number)
    assert [first.number, second.number] == [f"{B}/01", f"{B}/02"]
    assert (first.holder.person, first.due_at) == (
        "office.c.h1",
        datetime(2020, 3, 31, 16, tzinfo=UTC),
    )
    assert (second.row, second.of) == (("lists", 2), play.case(B).stream)
    play.replayed()


def test_a_review_cannot_close_over_an_open_item(play: Play):
    rectifying(play, row())
    assert play.codes(B, "close", "office.c") == ["link_not_all_ended"]
    item = f"{B}/01"
    play.done(item, "report", "office.c.h1", data=document("evidence", "done"))
    assert play.codes(item, "verify", "office.c.h1") == ["four_eyes"]
    assert play.codes(item, "verify", "deputy_secretary.c.h1") == ["no_post"]
    play.done(item, "verify", "office.c")
    assert play.done(B, "close", "office.c").final == "completed"
    play.replayed()


def test_an_item_sent_back_twice_comes_again_with_its_new_day(play: Play):
    rectifying(play, row())
    item = f"{B}/01"
    for day in ("2020-04-10", "2020-04-20"):
        play.done(item, "report", "office.c.h1", data=document("evidence", "done"))
        back = document("remarks", "remark") | {"due_at": f"{day}T16:00:00+00:00"}
        case = play.done(item, "send_back", "office.c", data=back)
        assert (case.state, case.due.by_hand) == ("open", True)
    assert case.due_at == datetime(2020, 4, 20, 16, tzinfo=UTC)


def test_what_is_asked_for_lies_with_who_may_answer_it_until_it_is_answered(play: Play):
    rectifying(play, row())
    item = f"{B}/01"
    wish = {"grounds": "集中授课推迟", "until": "2020-04-30"}
    asked = {"documents": {"extension_request": {"rows": [wish]}}}
    lone = play.case(item).holders
    refusal, later = document("extension_answer", "answer"), {"due_at": "2020-04-30T16:00:00+00:00"}
    for answer, data in (("refuse_extension", refusal), ("change_deadline", later)):
        own, desk = play.done(item, "ask_extension", "office.c.h1", data=asked).holders
        assert (own, desk.desk, desk.due_at) == (*lone, "extension_request", None)
        assert (desk.unit, desk.role, desk.person) == ("c", "office", None)
        (left,) = play.done(item, answer, "office.c", data=data, reason="疫情").holders
        assert left.person == "office.c.h1"
    assert left.due_at == datetime(2020, 4, 30, 16, tzinfo=UTC)
    play.replayed()


def test_a_request_keeps_no_day_and_is_left_behind_by_a_case_that_goes_on(play: Play):
    rectifying(play, row())
    item = f"{B}/01"
    wish = {"grounds": "集中授课推迟", "until": "2020-04-30"}
    asked = {"documents": {"extension_request": {"rows": [wish]}}}
    play.done(item, "ask_extension", "office.c.h1", data=asked)
    noted = play.done(
        item, "note_progress", "office.c.h1", data=document("progress_note", "progress")
    )
    assert [one.desk for one in noted.holders] == ["", "extension_request"]
    case = play.done(item, "report", "office.c.h1", data=document("evidence", "done"))
    assert [one.desk for one in case.holders] == [""]
    play.replayed()


def test_what_was_asked_for_before_requests_lay_with_anybody_is_nobodys_by_the_next_event(
    play: Play,
):
    rectifying(play, row())
    item = f"{B}/01"
    wish = {"grounds": "集中授课推迟", "until": "2020-04-30"}
    asked = {"documents": {"extension_request": {"rows": [wish]}}}
    case = play.done(item, "ask_extension", "office.c.h1", data=asked)
    before = replace(case, holders=case.holders[:1])
    play.store._cases[before.stream] = before
    progress = document("progress_note", "progress")
    noted = play.done(item, "note_progress", "office.c.h1", data=progress)
    assert [one.desk for one in noted.holders] == [""]
    assert "extension_request" not in open_envelope(play.written[-1].body).data["submitters"]
    again = play.done(item, "ask_extension", "office.c.h1", data=asked)
    assert [one.desk for one in again.holders] == ["", "extension_request"]


def test_while_a_request_for_which_there_is_no_desk_waits_nobody_is_told_that_it_was_answered(
    play: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(desks, "DESKS", 1)  # as many as its state has
    rectifying(play, row())
    item = f"{B}/01"
    wish = {"grounds": "集中授课推迟", "until": "2020-04-30"}
    asked = {"documents": {"extension_request": {"rows": [wish]}}}
    case = play.done(item, "ask_extension", "office.c.h1", data=asked)
    assert [one.desk for one in case.holders] == [""]
    progress = document("progress_note", "progress")
    play.done(item, "note_progress", "office.c.h1", data=progress)
    assert "extension_request" not in open_envelope(play.written[-1].body).data["submitters"]


def test_the_answer_to_what_was_asked_for_before_requests_lay_with_anybody_says_who_asked(
    play: Play,
):
    rectifying(play, row())
    item = f"{B}/01"
    wish = {"grounds": "集中授课推迟", "until": "2020-04-30"}
    asked = {"documents": {"extension_request": {"rows": [wish]}}}
    case = play.done(item, "ask_extension", "office.c.h1", data=asked)
    play.store._cases[case.stream] = replace(case, holders=case.holders[:1])
    refusal = document("extension_answer", "answer")
    play.done(item, "refuse_extension", "office.c", data=refusal, reason="疫情")
    told = {"extension_answer": "office.c", "extension_request": "office.c.h1"}
    assert open_envelope(play.written[-1].body).data["submitters"] == told


def test_nobody_verifies_what_they_reported_nor_what_grew_out_of_their_own_case(play: Play):
    both = everybody().evolve(changed(posts=[post("secretary.c.h1", "c", "secretary")]))
    rectifying(play, row(owner="secretary.c.h1"))
    play.organisation = both
    item = f"{B}/01"
    play.done(item, "report", "secretary.c.h1", data=document("evidence", "done"))
    assert play.codes(item, "verify", "secretary.c.h1") == ["own_case"]


# Where only who reported an item is kept from judging it, and nobody for whose it is.
ITS_EYES = "four_eyes: [report, add_evidence, owner, lead_of_item, appraised]"
REPORTED = scheme(heard_at_any_time(NOTICE.read_text()).replace(ITS_EYES, "four_eyes: [report]"))


def reported_by_two(play: Play) -> str:
    """Have an item reported by its owner, sent back, and reported by whom it is about."""
    rectifying(play, row(owner="secretary.c"))
    item = f"{B}/01"
    play.done(item, "report", "secretary.c", data=document("evidence", "done"))
    back = document("remarks", "remark") | {"due_at": "2020-04-20T16:00:00+00:00"}
    play.done(item, "send_back", "office.c", data=back)
    play.done(item, "report", "secretary.c.h1", data=document("evidence", "done"))
    return item


def test_c7_whoever_ever_reported_an_item_does_not_judge_it_though_another_did_so_last():
    play = Play(REPORTED)
    play.open()
    item = reported_by_two(play)
    assert play.case(item).fired["report"] == ("secretary.c.h1", "secretary.c")
    assert play.codes(item, "verify", "secretary.c") == ["four_eyes"]
    assert play.codes(item, "send_back", "secretary.c") == ["four_eyes"]
    assert play.done(item, "verify", "office.c").final == "completed"
    play.replayed()


@pytest.mark.parametrize("part", ["owner", "lead"])
def test_c7_nobody_decides_about_an_item_that_is_theirs_to_mend(play: Play, part: str):
    """Whoever verifies, sends back, grants days, marks or withdraws is neither owner nor lead."""
    rectifying(play, row() | {part: "office.c"})
    item = f"{B}/01"
    assert play.codes(item, "change_deadline", "office.c", reason="r") == ["four_eyes"]
    assert play.codes(item, "mark", "office.c", reason="r") == ["four_eyes"]
    assert play.codes(item, "withdraw", "office.c", reason="r") == ["four_eyes"]
    play.done(item, "report", "secretary.c.h1", data=document("evidence", "done"))
    assert play.codes(item, "verify", "office.c") == ["four_eyes"]
    assert play.codes(item, "send_back", "office.c") == ["four_eyes"]
    assert play.done(item, "verify", "secretary.c").final == "completed"
    play.replayed()


def test_c7_who_added_evidence_does_not_verify_it(play: Play):
    rectifying(play, row(owner="secretary.c.h1"))
    item = f"{B}/01"
    play.done(item, "report", "secretary.c.h1", data=document("evidence", "done"))
    play.done(item, "add_evidence", "secretary.c.h1", data=document("evidence", "done"))
    assert play.codes(item, "verify", "secretary.c.h1") == ["own_case"]
    assert play.done(item, "verify", "office.c").final == "completed"


def test_a_row_that_is_an_open_case_stays_as_it_is_and_rows_may_come_after_it(play: Play):
    rectifying(play, row())
    ask = ("add_items", "secretary.c.h1")
    assert play.codes(B, *ask, data=lists(row())) == ["row_is_a_case"]
    assert play.codes(B, *ask, data=lists({"row": 1, **row()})) == ["row_is_a_case"]
    assert play.codes(B, *ask, data=lists({"row": 7})) == ["row_is_a_case", "row_unknown"]
    play.done(B, *ask, data=lists({"row": 1}, row(due="2020-05-31")))
    assert sorted(one.number for one in play.cases("item")) == [f"{B}/01", f"{B}/02"]
    play.replayed()


def test_the_text_of_a_row_is_committed_once_for_all_that_tell_it(play: Play):
    rectifying(play, row() | {"problem": "第一个问题"})
    later = lists({"row": 1}, row() | {"problem": "第二个问题"})
    play.done(B, "add_items", "secretary.c.h1", data=later)
    (first,) = play.told("state_changed")[-1]["documents"][0]["rows"]
    kept, added = play.told("document_filed")[-1]["documents"][0]["rows"]
    of_items = [one["row"]["text"] for one in play.told("case_opened") if "row" in one]
    assert [first["text"], kept["text"], added["text"]] == [of_items[0], *of_items]
    laid = [text.sha256.hex() for event in play.written for text in event.texts]
    assert [laid.count(one["sha256"]) for one in of_items] == [1, 1]
    play.replayed()


def test_a_row_whose_case_has_ended_may_be_left_out(play: Play):
    rectifying(play, row())
    play.done(f"{B}/01", "report", "office.c.h1", data=document("evidence", "done"))
    play.done(f"{B}/01", "verify", "office.c")
    play.done(B, "add_items", "secretary.c.h1", data=lists(row()))
    assert sorted(one.number for one in play.cases("item")) == [f"{B}/01", f"{B}/02"]


def test_an_owner_whom_nobody_knows_is_refused_with_the_row(play: Play):
    scored(play, GOOD)
    play.fed_back(B)
    answer = play.act(B, "start_rectification", "secretary.c.h1", data=lists(row(owner="nobody")))
    (blocker,) = answer.blockers
    assert (blocker.code, blocker.field) == ("not_known", "data.documents.lists.rows[0].owner")


def test_withdrawing_a_case_withdraws_what_hangs_on_it(play: Play):
    rectifying(play, row(), row())
    play.done(B, "withdraw", "office.c", reason="r")
    assert {one.final for one in play.cases("item")} == {"abandoned"}


def test_a_desk_whose_person_holds_no_post_any_more_is_vacant_and_the_units(play: Play):
    rectifying(play, row())
    item = f"{B}/01"
    play.done(item, "report", "office.c.h1", data=document("evidence", "done"))
    gone = changed(dropped_posts=[post("office.c.h1", "c.h1", "office")])
    play.organisation = play.organisation.evolve(gone)
    back = document("remarks", "remark") | {"due_at": "2020-04-10T16:00:00+00:00"}
    holder = play.done(item, "send_back", "office.c", data=back).holder
    assert (holder.unit, holder.person, holder.vacant) == ("c.h1", None, True)
    words = play.organisation.vocabulary
    assert holder.role == next(role for role in words.roles if role in words.having("act"))


def test_who_leads_notes_progress_and_what_was_noted_before_stays(play: Play):
    rectifying(play, row() | {"lead": "deputy_secretary.c.h1"})
    item, note = f"{B}/01", document("progress_note", "progress")
    for who in ("office.c.h1", "deputy_secretary.c.h1", "secretary.c.h1"):
        told = play.done(item, "note_progress", who, data=note)
    assert told.n_filed["progress_note"] == 3
    assert play.codes(item, "note_progress", "liaison.c.h1", data=note) == ["no_post"]


def test_evidence_is_added_beside_what_was_handed_in(play: Play):
    rectifying(play, row())
    item, evidence = f"{B}/01", document("evidence", "done")
    assert play.codes(item, "add_evidence", "office.c.h1", data=evidence) == ["wrong_state"]
    play.done(item, "report", "office.c.h1", data=evidence)
    play.done(item, "add_evidence", "office.c.h1", data=evidence)
    assert [one["documents"][0]["version"] for one in play.told("document_filed")] == [2]


def test_whoever_verifies_says_how(play: Play):
    rectifying(play, row())
    item = f"{B}/01"
    play.done(item, "report", "office.c.h1", data=document("evidence", "done"))
    looked = {"documents": {"verification": {"rows": [{"how": "by_heart"}]}}}
    answer = play.act(item, "verify", "office.c", data=looked)
    assert [one.field for one in answer.faults] == ["data.documents.verification.rows[0].how"]
    looked["documents"]["verification"]["rows"] = [{"how": "sample"}]
    play.done(item, "verify", "office.c", data=looked)
    (told,) = play.told("state_changed")[-1]["documents"]
    assert told["rows"][0]["values"] == {"how": "sample"}


def test_an_extension_is_asked_for_and_granted_or_refused_with_a_reason(play: Play):
    rectifying(play, row())
    item, end = f"{B}/01", {"due_at": "2020-05-15T16:00:00+00:00"}
    no = (item, "refuse_extension", "office.c")
    why = document("extension_answer", "answer")
    assert play.codes(*no, data=why) == ["document_lacking"]
    asked = {
        "documents": {"extension_request": {"rows": [{"until": "2020-05-15", "grounds": "因"}]}}
    }
    play.done(item, "ask_extension", "office.c.h1", data=asked)
    assert play.done(*no, data=why).due_at == datetime(2020, 3, 31, 16, tzinfo=UTC)
    assert play.codes(item, "change_deadline", "office.c", data=end) == ["reason_required"]
    granted = play.done(item, "change_deadline", "office.c", data=end, reason="r")
    assert granted.values["due"] == "2020-03-31"  # the first day stands beside the present one
    assert granted.due_at == datetime(2020, 5, 15, 16, tzinfo=UTC)


def asked_until(day: str) -> dict[str, object]:
    return {"documents": {"extension_request": {"rows": [{"until": day, "grounds": "因"}]}}}


@pytest.mark.parametrize(
    ("until", "code"),
    [
        ("2019-01-01", "deadline_not_ahead"),
        ("2020-03-30", "deadline_not_ahead"),  # ahead, and before the day that is to be put off
        ("2020-03-31", "deadline_unchanged"),
        ("2099-12-31", "outside_calendar"),
    ],
)
def test_no_day_is_asked_for_to_which_nothing_could_be_put_off(play: Play, until: str, code: str):
    rectifying(play, row())
    ask = (f"{B}/01", "ask_extension", "office.c.h1")
    refused = play.act(*ask, data=asked_until(until))
    place = "data.documents.extension_request.rows[0].until"
    assert [(one.code, one.field) for one in refused.blockers] == [(code, place)]
    assert play.done(*ask, data=asked_until("2020-04-01")).state == "open"


def test_what_is_late_is_put_off_to_a_day_that_is_ahead(play: Play):
    rectifying(play, row())
    play.on(date(2020, 4, 8))
    ask = (f"{B}/01", "ask_extension", "office.c.h1")
    assert play.codes(*ask, data=asked_until("2020-04-07")) == ["deadline_not_ahead"]
    assert play.done(*ask, data=asked_until("2020-04-08")).state == "open"


def test_at_midnight_the_day_that_is_over_is_not_ahead(play: Play):
    rectifying(play, row())
    play.on(date(2020, 4, 8), hour=0)
    play.now -= timedelta(minutes=1)  # an act is a minute later
    ask = (f"{B}/01", "ask_extension", "office.c.h1")
    assert play.codes(*ask, data=asked_until("2020-04-07")) == ["deadline_not_ahead"]


@pytest.mark.parametrize("answer", ["refused", "granted", "left_behind"])
def test_a_request_is_answered_once_and_another_may_be_made(play: Play, answer: str):
    rectifying(play, row())
    item, why = f"{B}/01", document("extension_answer", "answer")
    no, ask = (item, "refuse_extension", "office.c"), (item, "ask_extension", "office.c.h1")
    play.done(*ask, data=asked_until("2020-05-15"))
    end = {"due_at": "2020-05-15T16:00:00+00:00"}
    if answer == "refused":
        play.done(*no, data=why)
    elif answer == "granted":
        play.done(item, "change_deadline", "office.c", data=end, reason="r")
    else:
        play.done(item, "report", "office.c.h1", data=document("evidence", "done"))
        play.done(item, "send_back", "office.c", data=document("remarks", "remark") | end)
    assert play.codes(*no, data=why) == ["request_answered"]
    play.done(*ask, data=asked_until("2020-06-15"))
    assert play.done(*no, data=why).state == "open"
    play.replayed()


def test_what_was_verified_is_taken_up_again_as_an_item_that_names_it(play: Play):
    rectifying(play, row())
    play.done(f"{B}/01", "report", "office.c.h1", data=document("evidence", "done"))
    old = play.done(f"{B}/01", "verify", "office.c").stream
    again = (B, "reopen_items", "office.c")
    told = lists({"row": 1}, row() | {"earlier": old})
    assert play.codes(*again, data=told) == ["reason_required"]
    play.done(*again, data=told, reason="r")
    made = play.case(f"{B}/02")
    assert (made.state, made.values["earlier"]) == ("open", old)
    assert play.codes(B, "close", "office.c") == ["link_not_all_ended"]
