"""What is said and checked and runs not yet is named, where a round would need it."""

from typing import Any

from schemas.document import Document
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.running import hindrances, not_yet_run
from services.workflow.domain.reasons import sentence
from tests.unit.workflow.language.examples import tree


def needed(tree: dict[str, Any]) -> list[tuple[str | int, ...]]:
    return not_yet_run(load(Document(tree, "f")))


def test_what_may_be_done_by_hand_as_well_is_no_hindrance():
    assert needed(tree()) == []


def test_a_poll_is_run_whether_or_not_its_figure_may_be_typed_in():
    made = tree()
    made["cases"]["review"]["triggers"]["score"]["takes"][0] = {"component": "ballot"}
    assert needed(made) == []


def test_a_poll_that_tells_who_said_what_is_run_and_so_is_what_somebody_wrote():
    made = tree()
    made["polls"]["hall"] |= {"secret": False, "comments": True}
    assert needed(made) == []


def by_hand() -> dict[str, Any]:
    """Return a scheme with a draw of which no trigger takes the steps."""
    made = tree()
    triggers = made["cases"]["draw"]["triggers"]
    del made["draws"]["on_site"]["numbers"], triggers["attest"], triggers["exempt_unit"]
    del triggers["freeze"]["takes"], triggers["enter_number"]["takes"]
    for state in made["cases"]["draw"]["states"]:  # no freeze says on which day a number comes
        state.pop("planned", None)
        if state["name"] == "frozen":
            state["due"] = {"working_days": 1}
    return made


def test_a_draw_whose_steps_are_taken_is_run():
    made = tree()
    made["cases"]["review"]["triggers"]["set_mode"]["by"] = [{"cause": True}]
    assert needed(made) == []


def test_a_draw_that_alone_may_fire_its_trigger_is_needed():
    made = by_hand()
    assert needed(made) == []
    made["cases"]["review"]["triggers"]["set_mode"]["by"] = [{"cause": True}]
    assert needed(made) == [("draws", "on_site")]


def test_each_is_a_refusal_with_its_path():
    made = by_hand()
    made["cases"]["review"]["triggers"]["set_mode"]["by"] = [{"cause": True}]
    (blocker,) = hindrances(load(Document(made, "f")))
    assert (blocker.code, blocker.params) == ("not_yet_run", {"path": "draws.on_site"})
    assert sentence(blocker, "en")[0] == "nothing runs draws.on_site of the scheme yet"


def test_a_quota_is_run():
    made = tree()
    made["quotas"] = {"low": {"grades": ["poor"], "at_least": [1, 10], "among": "hearing_body"}}
    guard = {"name": "quota_met", "quota": "low"}
    made["cases"]["review"]["triggers"]["give_opinion"]["guards"].append(guard)
    assert needed(made) == []


def test_a_cap_is_run():
    made = tree()
    made["caps"] = [{"where": {"flag": "serious"}, "at_best": "fair"}]
    assert needed(made) == []


def test_a_turn_of_a_kinds_own_is_run():
    made = tree()
    made["cases"]["review"]["every"] = "quarter"
    assert needed(made) == []
