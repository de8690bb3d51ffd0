"""The way of a case through its stages, as its rail shows it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.workflow.application.boards.stages import stages
from tests.unit.workflow.case.played import NOTICE, scheme
from tests.unit.workflow.case.test_evolving import opened

VISIT = scheme(NOTICE.read_text()).kinds["visit"].life("")
AT = datetime(2020, 1, 9, tzinfo=UTC)


def rail(state: str, *been: str, final: str = "") -> list[tuple[str, str]]:
    """Return the rail of a visit that stands in *state* and has *been* through others."""
    spell = {"effective_from": AT, "effective_to": AT}
    intervals: list[dict[str, Any]] = [{"state": one, **spell} for one in (*been, state)]
    case = replace(opened(), state=state, final=final, audits=())
    return [(one.name, one.stands) for one in stages(case, VISIT, intervals)]


def test_ahead_of_an_open_case_lies_the_first_of_its_proper_ends():
    ahead = [("fed_back", "ahead"), ("answered", "ahead"), ("closed", "ahead")]
    assert rail("visited", "planned") == [("planned", "done"), ("visited", "now"), *ahead]


def test_a_case_that_has_ended_shows_the_way_it_went_and_no_other_end():
    assert rail("clear", "planned", final="completed") == [("planned", "done"), ("clear", "done")]
    assert rail("cancelled", "planned", "visited", final="abandoned") == [
        ("planned", "done"),
        ("visited", "done"),
        ("cancelled", "done"),
    ]


def test_a_case_whose_state_its_scheme_does_not_know_has_no_way():
    nowhere = replace(VISIT, states={}, triggers={})
    for final in ("", "completed"):
        assert stages(replace(opened(), state="gone", final=final, audits=()), nowhere, []) == ()
