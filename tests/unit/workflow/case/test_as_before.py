"""A scheme of format 1 runs under this engine as it ran under its own: same answers, same days.

What was asked at random then is asked again: every reason against it is the same, and so is where
the case stands after.
"""

from datetime import datetime
from typing import Any

import pytest

from schemas.document import read_document
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.authority.actor import REASONS
from services.workflow.domain.language.loading import load
from tests.texts import EARLIER
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.recorded import lines, spelled

TEXT = EARLIER
LIFTED = load(read_document(TEXT, compose, "f"))
WALKS = lines("walks")


def standing(play: Play, number: str) -> Any:
    case = play.case(number)
    holder, graded = case.holder, next(iter(case.grades.values()), None)
    return spelled(
        (
            *(case.state, case.version),
            holder and (holder.unit, holder.role, holder.person),
            *(case.due_at, case.due.by_hand, case.entered_at, case.effective_at),
            *(case.suspended_at, case.paused_days),
            graded and graded.name,
            graded and f"{graded.figure:.2f}",
        )
    )


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk["number"])
def test_a_scheme_of_format_1_answers_and_leaves_a_case_as_it_did(walk: dict[str, Any]):
    play, number = Play(LIFTED), walk["number"]
    play.open()
    assert standing(play, number) == walk["stood"]
    for step in walk["steps"]:
        play.now = datetime.fromisoformat(step["now"])
        at = step["at"] and datetime.fromisoformat(step["at"])
        more = {"reason": step["reason"]} if "reason" in step else {}
        answer = play.act(
            *(number, step["trigger"], step["person"]), data=step["data"], effective_at=at, **more
        )
        if answer.outcome == "absent":  # not theirs to see: asked of the whole service, before all
            assert step["told"][0] in REASONS, step
        else:
            assert [one.code for one in answer.blockers] == step["told"], step
        assert answer.faults == (), step
        assert standing(play, number) == step["stood"], step
    play.replayed()
