"""The order of a meeting holds, whatever is tried when: heard, commented on, concluded, voted."""

from datetime import date
from itertools import chain
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.workflow.domain.case.head import Case
from tests.unit.workflow.case.played import Play, text_of
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    PROVINCIAL,
    attended,
    commented,
    document,
    held,
    held_whole,
    passed,
)
from tests.unit.workflow.case.test_notice_2019 import SCHEME

HEARD = ("2019-B-0001", "2019-B-0002", "2019-B-0003", "2019-B-0004")
HOST = "office.c"
COMMENT = {"documents": {"comment": text_of("comment")}}
DATA: dict[str, Any] = {
    "comment": COMMENT,
    "add_comment": {"documents": {"further_comment": text_of("comment")}},
    "conclude": {"documents": {"concluding_speech": text_of("speech")}},
    "file_minutes": document("proceedings", "attendance", "course", "outcome"),
}
OF_REVIEWS = [(one, act) for one in HEARD for act in ("present", "comment", "add_comment")]
OF_MEETING = ("conclude", "start_balloting", "finish", "file_minutes", "approve_minutes")
ALL = [*OF_REVIEWS, *((COMMISSION, act) for act in OF_MEETING)]
# Everything is tried several times over, so that what waits for something gets its turn after it.
TRIED = st.lists(st.permutations(ALL), min_size=4, max_size=4)


def in_session() -> Play:
    play = Play(SCHEME)
    play.open()
    commented(play, "2019-A-0001")
    held_whole(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    for number in HEARD:
        passed(play, number)
    held(play, COMMISSION, HOST, date(2020, 2, 11))
    attended(play, COMMISSION, HOST)
    return play


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(tried=TRIED)
def test_nothing_comes_before_what_it_waits_for(tried: list[list[tuple[str, str]]]):
    play = in_session()
    audited = {number: play.case(number).documents["report"].version for number in HEARD}
    for number, trigger in chain.from_iterable(tried):
        play.act(number, trigger, HOST, data=DATA.get(trigger, {}))
        meeting = play.case(COMMISSION)
        for review in map(play.case, HEARD):
            require_order(review, meeting)
            # What is presented is what was audited, and no other.
            assert review.documents["report"].version == audited[review.number]
    play.replayed()


def require_order(review: Case, meeting: Case) -> None:
    said = {"comment", "further_comment"} & review.documents.keys()
    assert not said or "presented" in review.reached
    assert "further_comment" not in review.documents or "comment" in review.documents
    if "concluding_speech" in meeting.documents:
        assert "commented" in review.reached
    if "balloting" in meeting.reached:
        assert "concluding_speech" in meeting.documents
    # Who kept the minutes does not approve them.
    assert "minuted" not in meeting.reached
