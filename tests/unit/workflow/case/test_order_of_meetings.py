"""The order of a meeting holds, whatever is tried when: heard, commented on, concluded, voted.

So do who is there, and what is opened again when it is ordered.
"""

from datetime import date, timedelta
from itertools import chain, pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.envelope import open_envelope
from schemas.instants import instant, parse_instant
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Organisation
from tests.unit.workflow.case.played import Play, text_of
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    PROVINCIAL,
    UNIT,
    C,
    attended,
    commented,
    document,
    held,
    held_whole,
    passed,
    prepared,
    scheduled,
    unit_in_session,
)
from tests.unit.workflow.case.test_notice_2019 import ALONE, SCHEME

HEARD = ("2019-B-0001", "2019-B-0002", "2019-B-0003", "2019-B-0004")
HOST, SECOND = "office.c", "deputy_secretary.c"
DUE = {"due_at": "2020-02-28T16:00:00Z"}
COMMENT = {"documents": {"comment": text_of("comment")}}
DATA: dict[str, Any] = {
    "comment": COMMENT,
    "add_comment": {"documents": {"further_comment": text_of("comment")}},
    "conclude": {"documents": {"concluding_speech": text_of("speech")}},
    "file_summary": document("summary", "summary"),
    "file_minutes": document("proceedings", "course", "outcome"),
}
OF_REVIEWS = [(one, act) for one in HEARD for act in ("present", "comment", "add_comment")]
OF_POINTS = [(one, act) for one in HEARD for act in ("hear", "set_order")]
OF_MEETING = (
    "open_session",
    "conclude",
    "start_balloting",
    "finish",
    "file_minutes",
    "approve_minutes",
    "file_summary",
)
ALL = [*OF_REVIEWS, *OF_POINTS, *((COMMISSION, act) for act in OF_MEETING)]
# Everything is tried several times over, so that what waits for something gets its turn after it.
TRIED = st.lists(st.permutations(ALL), min_size=4, max_size=4)


def about_to_begin() -> Play:
    """The commission's day has come, and everybody is there; the session is not opened."""
    play = Play(SCHEME)
    play.open()
    commented(play, "2019-A-0001")
    held_whole(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    for number in HEARD:
        passed(play, number)
    scheduled(play, COMMISSION, HOST, "2020-02-11")
    play.on(date(2020, 2, 11))
    attended(play, COMMISSION, HOST)
    return play


def told(play: Play, number: str, trigger: str) -> tuple[str, dict[str, Any]]:
    """Return whose act it is, and its data: what concerns a point names the case of *number*."""
    if trigger == "hear":
        rows = [{"heard": play.case(number).stream, "point": "述职、点评"}]
        return COMMISSION, {"documents": {"agenda_point": {"rows": rows}}}
    if trigger == "set_order":  # each wants to come first, else second
        return number, {"order": 1 + (play.now.minute % 2)}
    return number, DATA.get(trigger, {})


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(tried=TRIED)
def test_nothing_comes_before_what_it_waits_for(tried: list[list[tuple[str, str]]]):
    play = about_to_begin()
    audited = {number: play.case(number).documents["report"].version for number in HEARD}
    for number, trigger in chain.from_iterable(tried):
        by = SECOND if trigger == "approve_minutes" else HOST
        whose, data = told(play, number, trigger)
        play.act(whose, trigger, by, data=data)
        meeting = play.case(COMMISSION)
        for review in map(play.case, HEARD):
            require_order(review, meeting)
            # What is presented is what was audited, and no other.
            assert review.documents["report"].version == audited[review.number]
        require_places(list(map(play.case, HEARD)))
    require_heard_once(play)
    play.replayed()


def require_order(review: Case, meeting: Case) -> None:
    for state in {"presented", "commented"} & review.reached.keys():
        said_at = review.reached[state].recorded_at
        assert said_at > meeting.reached["in_session"].recorded_at
        voted = meeting.reached.get("balloting")
        assert voted is None or said_at < voted.recorded_at
    said = {"comment", "further_comment"} & review.documents.keys()
    assert not said or "presented" in review.reached
    assert "further_comment" not in review.documents or "comment" in review.documents
    if "concluding_speech" in meeting.documents:
        assert "commented" in review.reached
    if "balloting" in meeting.reached:
        assert "concluding_speech" in meeting.documents
    if "minuted" in meeting.reached:
        assert meeting.fired["approve_minutes"] != meeting.fired["file_minutes"]
        assert "proceedings" in meeting.documents

    assert "summary_filed" not in meeting.reached or "minuted" in meeting.reached


def require_places(reviews: list[Case]) -> None:
    places = [one.order for one in reviews if one.order is not None]
    assert len(places) == len(set(places))


def require_heard_once(play: Play) -> None:
    points = [one for one in play.told("document_filed") if one["trigger"] == "hear"]
    heard = [one for point in points for one in point["presence"]["attendance"]["heard"]]
    assert len(heard) == len(set(heard))


# --- Who is there ---


ROWS = 6
MOVE = st.fixed_dictionaries(
    {"row": st.integers(1, ROWS), "way": st.sampled_from(["in", "out", "excused"])},
    optional={"ago": st.integers(0, 5), "why": st.just("official")},
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.lists(MOVE, min_size=1, max_size=3), max_size=25))
def test_everybody_comes_and_goes_by_turns_and_in_order_of_time(acts: list[list[dict[str, Any]]]):
    play = in_session_with_nobody()
    for moves in acts:
        at = play.now + timedelta(minutes=1)  # when the act is
        told = [_timed(one, at) for one in moves]
        data = {"presence": {"attendance": {"moves": told}}}
        play.act(COMMISSION, "take_attendance", HOST, data=data)
    stays: dict[int, list[tuple[str, Any]]] = {}
    for event in (open_envelope(one.body) for one in play.written):
        for one in event.data.get("presence", {}).get("attendance", {}).get("moves", ()):
            assert one["way"] == "in" or "why" in one
            at = parse_instant(one.get("at", event.data["effective_at"]))
            stays.setdefault(one["row"], []).append((one["way"], at))
    there = play.case(COMMISSION).there.get("attendance", 0)
    for row, stay in stays.items():
        assert all((was == "in") is (way == "out") for (was, _), (way, _) in pairwise(stay))
        assert [at for _, at in stay] == sorted(at for _, at in stay)
        assert (stay[-1][0] == "in") is bool(there >> row & 1)
    play.replayed()


def _timed(move: dict[str, Any], at: Any) -> dict[str, Any]:
    told = {name: move[name] for name in ("row", "way", "why") if name in move}
    return told | ({"at": instant(at - timedelta(minutes=move["ago"]))} if "ago" in move else {})


def in_session_with_nobody() -> Play:
    play = Play(SCHEME)
    play.open()
    commented(play, "2019-A-0001")
    held_whole(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    held(play, COMMISSION, HOST, date(2020, 2, 11))
    play.done(COMMISSION, "list_attendants", HOST, data={"rosters": {"attendance": {}}})
    return play


# --- What is done again ---


STEPS = st.lists(st.sampled_from(["drafted", "passed", "heard"]), min_size=4, max_size=4)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, which=st.integers(0, 3))
def test_a_redo_of_one_opens_that_one_again_and_nothing_else(steps: list[str], which: int):
    play = so_far(steps)
    before = {one.number: one for one in play.cases("review")}
    due = {"due_at": "2020-02-14T16:00:00Z"}
    answer = play.act(C[which], "redo", HOST, data=due)
    assert answer.is_accepted is (steps[which] != "drafted")
    after = {one.number: one for one in play.cases("review")}
    moved = {number for number, one in after.items() if one != before[number]}
    assert moved == ({C[which]} if answer.is_accepted else set())
    if moved:
        again = after[C[which]]
        assert (again.state, again.documents, set(again.reached)) == (
            "drafting",
            {},
            {"opened", "drafting"},
        )


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(late=st.sets(st.integers(0, 3), max_size=2))
def test_a_redo_of_a_whole_round_opens_its_reviews_again_and_those_of_no_other(late: set[int]):
    play = so_far(["heard"] * 4)
    unit_in_session(play)
    voted(play, UNIT)
    for one in late:  # ended meanwhile: there is nothing to do again
        play.done(C[one], "withdraw", "office.c.h1", reason="调离")
    before = {one.number: one for one in play.cases("review")}
    play.done(UNIT, "redo", HOST, reason="走过场", data={"due_at": "2020-02-14T16:00:00Z"})
    after = {one.number: one for one in play.cases("review")}
    moved = {number for number, one in after.items() if one != before[number]}
    assert moved == {C[n] for n in range(4) if n not in late}
    assert {after[number].state for number in moved} <= {"drafting"}
    assert [one.final for one in play.cases("meeting") if one.unit == "c.h1"] == ["abandoned", ""]
    play.replayed()


def test_a_redo_of_a_second_meeting_opens_again_what_that_one_heard_and_nothing_else():
    play, second = met_twice()
    assert redone(play, second) == {C[0]}


def test_a_redo_of_a_first_meeting_leaves_what_a_second_one_heard_since():
    play, _ = met_twice()
    assert redone(play, UNIT) == set(C[1:])


def test_a_redo_of_a_second_meeting_sends_nothing_back_that_a_redo_of_the_first_did():
    play, second = met_twice()
    redone(play, UNIT)
    for number in C[1:]:
        passed(play, number)
    assert redone(play, second) == {C[0]}


def test_what_was_done_again_by_itself_is_not_sent_back_by_a_redo_of_the_meeting_that_heard_it():
    play = so_far(["heard"] * 4)
    unit_in_session(play)
    voted(play, UNIT)
    play.done(C[1], "redo", HOST, data=DUE)
    passed(play, C[1])
    assert redone(play, UNIT) == {C[0], *C[2:]}


def met_twice(organisation: Organisation | None = None) -> tuple[Play, str]:
    """Hold a meeting, and another for one of its reviews that is done again; name the second."""
    play, host = so_far(["heard"] * 4, organisation), "office.c.h1"
    unit_in_session(play)
    voted(play, UNIT)
    play.done(C[0], "redo", HOST, data=DUE)
    play.done(C[0], "call_meeting", host)
    ahead = (one for one in play.cases("meeting") if one.state == "planning")
    second = next(one.number for one in ahead if one.unit == "c.h1")
    prepared(play, second)
    passed(play, C[0])
    held(play, second, host, play.now.date() + timedelta(days=1))
    play.done(C[0], "present", host)
    play.done(C[0], "comment", host, data=COMMENT)
    voted(play, second)
    return play, second


def redone(play: Play, meeting: str) -> set[str]:
    before = {one.number: one for one in play.cases("review")}
    play.done(meeting, "redo", HOST, reason="走过场", data=DUE)
    after = {one.number: one for one in play.cases("review")}
    play.replayed()
    return {number for number, one in after.items() if one != before[number]}


def voted(play: Play, meeting: str) -> None:
    attended(play, meeting, "office.c.h1")
    speech = document("concluding_speech", "speech")
    play.done(meeting, "conclude", "office.c.h1", data=speech)
    play.done(meeting, "start_balloting", "office.c.h1")
    play.done(meeting, "finish", "office.c.h1")


def so_far(steps: list[str], organisation: Organisation | None = None) -> Play:
    play = Play(ALONE, organisation)
    play.open()
    for number, step in zip(C, steps, strict=True):
        if step == "passed":
            passed(play, number)
        elif step == "heard":
            commented(play, number)
    return play
