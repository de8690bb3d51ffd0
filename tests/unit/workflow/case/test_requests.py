"""What was asked for in a case, until it is answered, granted, or left behind."""

from dataclasses import replace

import pytest

from services.workflow.domain.case.requests import unanswered
from tests.unit.workflow.case.played import NOTICE, scheme
from tests.unit.workflow.case.test_evolving import opened

ITEM = scheme(NOTICE.read_text()).kinds["item"].life("")
ASKED, REFUSED, MOVED = "ask_extension", "refuse_extension", "change_deadline"


def asked_for(*fired: str, state: str = "open", final: str = "") -> str:
    made = replace(opened(), state=state, final=final, fired=dict.fromkeys(fired, ("p",)))
    found = unanswered(made, ITEM)
    return "" if found is None else found.document


def test_what_is_asked_for_waits_for_an_answer():
    assert asked_for() == ""
    assert asked_for(ASKED) == "extension_request"


@pytest.mark.parametrize("answer", [REFUSED, MOVED])
def test_what_was_answered_waits_no_more_until_it_is_asked_again(answer: str):
    assert asked_for(ASKED, answer) == ""
    assert asked_for(answer, ASKED) == "extension_request"


def test_a_case_that_moved_on_or_ended_has_left_it_behind():
    assert asked_for(ASKED, state="reported") == ""
    assert asked_for(ASKED, final="completed") == ""
