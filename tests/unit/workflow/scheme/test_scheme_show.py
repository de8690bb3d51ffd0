"""What `scheme show` prints of a text of format 1: all of what runs, as diagrams and tables."""

import pytest

from services.workflow.domain.language.loading import from_canonical
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.showing import show
from tests.unit.workflow.scheme.cases import SCHEME

SHOWN = show(SCHEME)


def shown(life: Life) -> str:
    return SHOWN.split(f"（`{life.tier}`：")[1].split("\n### ")[0]


@pytest.mark.parametrize("life", SCHEME.kinds["review"].lives, ids=lambda life: life.tier)
def test_each_tier_shows_all_its_states_and_triggers(life: Life):
    here = shown(life)
    assert here.count("stateDiagram-v2") == 1
    for state in life.states.values():
        assert f"| `{state.name}` | {state.label} |" in here
    for trigger in life.triggers.values():
        assert (f"| `{trigger.name}` | {trigger.label} |" in here) == bool(trigger.sources)


def test_the_diagram_draws_the_ways_of_all_kinds_of_units():
    here = shown(SCHEME.kinds["review"].life("B"))
    for edge in (
        "[*] --> drafting",
        "drafting --> unit_audit: submit",
        "drafting --> organ_audit: submit",
        "organ_audit --> drafting: return_organ_audit",
        "closed --> [*]",
    ):
        assert f"    {edge}\n" in here


def test_the_table_says_who_when_and_on_what_condition():
    assert "本人：书记、主持工作负责人 | 附“述职报告” | “述职报告”各部分齐全；" in SHOWN
    assert "2020-01-14、进入后3个工作日，取较晚者" in SHOWN
    assert "2020-01-10、进入后2个工作日，取较晚者" in SHOWN
    assert "须已中止；写明理由" in SHOWN


def test_weights_grades_and_content_are_shown():
    assert "现场评议得分 × 0.70" in SHOWN
    assert "公立医院党建工作情况" in SHOWN


def test_a_stored_scheme_shows_the_same():
    assert show(from_canonical(SCHEME.canonical)) == SHOWN
