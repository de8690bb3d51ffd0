"""What `scheme show` prints: all of what runs, as diagrams and tables."""

from pathlib import Path

import pytest

from services.workflow.domain.guards import DATA, GUARDS
from services.workflow.domain.scheme import Scheme, show
from services.workflow.domain.scheme.model import FACTS, PARTIES, SUSPENSIONS
from services.workflow.domain.scheme.parsing import RESERVED, TRIGGERS
from tests.unit.workflow.scheme.cases import SCHEME

SHOWN = show(SCHEME)


@pytest.mark.parametrize("tier", "ABC")
def test_each_tier_shows_all_its_states_and_triggers(tier: str):
    here = SHOWN.split(f"## 层级 {tier}")[1].split("## ")[0]
    assert here.count("stateDiagram-v2") == 1
    for state in SCHEME.tiers[tier].states:
        assert f"| `{state.name}` | {state.label} |" in here
    for each in SCHEME.tiers[tier].transitions.values():
        assert (f"| `{each.trigger}` |" in here) == bool(each.sources)


def test_the_diagram_draws_the_ways_of_all_kinds():
    tier_b = SHOWN.split("## 层级 B")[1]
    for edge in (
        "[*] --> drafting",
        "drafting --> unit_audit: submit",
        "drafting --> organ_audit: submit",
        "organ_audit --> drafting: return_organ_audit",
        "closed --> [*]",
    ):
        assert f"    {edge}\n" in tier_b


def test_the_table_says_who_when_and_on_what_condition():
    assert "本人：书记、主持工作负责人 | 三张清单都有内容；字数不超过上限 |" in SHOWN
    assert "2020-01-14、进入本环节后3个工作日，取较晚者" in SHOWN
    assert "2020-01-10、进入本环节后2个工作日，取较晚者" in SHOWN
    assert "须已中止；写明理由" in SHOWN


def test_weights_grades_and_content_are_shown():
    assert "现场评议得分 × 0.70 + 上级党组织评议得分 × 0.30" in SHOWN
    assert "8. 公立医院党建工作情况（仅公立医院）" in SHOWN


def test_a_stored_scheme_shows_the_same():
    assert show(Scheme.from_canonical(SCHEME.canonical)) == SHOWN


def test_the_reference_names_every_guard_trigger_party_and_parameter():
    reference = Path("docs/reference/scheme.md").read_text()
    words = {*GUARDS, *PARTIES, *DATA, *TRIGGERS, *RESERVED, *SUSPENSIONS, *FACTS}
    words |= {name for kind in GUARDS.values() for name in kind.parameters}
    assert [word for word in sorted(words) if word not in reference] == []
