"""Other schemes than the 2019 one: what the format carries without other code.

These are the promises of docs/decisions/0002-scheme-format.md, each tried on a changed scheme.
"""

from datetime import date
from decimal import Decimal

from services.workflow.domain.scheme import Scheme
from tests.unit.workflow.scheme.cases import A_REPORT, SCHEME, TEXT, attempt, live, scheme_with

GRADES = TEXT[TEXT.index("  - {name: good,") : TEXT.index("# ---- What a report is about")]
SCORES = TEXT[TEXT.index("  - {name: ballot,") : TEXT.index("grades:")]
BRANCH = "      organ_branch:\n        audits:"
TWO_AUDITS = """          - {stage: unit_audit, body: {unit: own}}
          - {stage: organ_audit, body: {nearest: organ_committee}}
"""


def test_other_grades():
    five = """  - {name: excellent, label: 优秀, from: "95"}
  - {name: good, label: 良好, from: "85", below: "95"}
  - {name: fair, label: 中等, from: "75", below: "85"}
  - {name: pass, label: 合格, from: "60", below: "75"}
  - {name: fail, label: 不合格, from: "0", below: "60"}

"""
    scoring = scheme_with((GRADES, five)).scoring
    graded = [scoring.grade(Decimal(score)).name for score in ("95", "94.99", "75", "60", "0")]
    assert graded == ["excellent", "good", "fair", "pass", "fail"]


def test_more_components_of_the_score():
    three = """  - {name: ballot, label: 现场评议得分, weight: "0.5"}
  - {name: superior, label: 上级评议得分, weight: "0.3"}
  - {name: inspection, label: 督查得分, weight: "0.2"}

"""
    scheme = scheme_with((SCORES, three))
    scores = {"ballot": Decimal(90), "superior": Decimal(80), "inspection": Decimal(70)}
    assert scheme.scoring.final(scores) == Decimal("83.00")
    del scores["inspection"]
    tried = attempt(scheme.tiers["B"], "unit_branch", "score", "presented", scores=scores)
    assert [blocker.field for blocker in tried.blockers] == ["data.inspection_score"]


def test_stages_in_another_order():
    reverse = "".join(reversed(TWO_AUDITS.splitlines(keepends=True)))
    tier = scheme_with((TWO_AUDITS, reverse)).tiers["B"]
    states = live(tier, "unit_committee", ("submit", "pass_organ_audit", "pass_unit_audit"))
    assert states == ["drafting", "organ_audit", "unit_audit", "cleared"]


def test_an_audit_of_another_name():
    text = TEXT.replace("unit_audit", "city_audit")
    tier = scheme_with((TEXT, text)).tiers["C"]
    assert live(tier, "general_branch", ("submit", "pass_city_audit"))[-1] == "cleared"
    assert tier.transition("pass_city_audit").stage == "city_audit"


def test_no_audit_at_all():
    tier = scheme_with(
        (
            BRANCH + "\n          - {stage: organ_audit, body: {nearest: organ_committee}}\n",
            BRANCH + " []\n",
        )
    ).tiers["B"]
    assert live(tier, "organ_branch", ("submit",)) == ["drafting", "cleared"]


def test_a_limit_that_only_warns():
    tier = scheme_with(("over_limit: refuse", "over_limit: warn")).tiers["B"]
    longer = A_REPORT.__class__(achievements=2000, problems=2000, tasks=2000)
    assert attempt(tier, "unit_branch", "submit", "drafting", characters=longer).passes


def test_decisions_that_are_required():
    tier = scheme_with(
        ("- {name: decisions_taken}", "- {name: decisions_given, at_least: 2}")
    ).tiers["B"]
    tried = attempt(
        tier, "unit_branch", "give_feedback", "scored", decision_days=(date(2020, 1, 8),)
    )
    assert tried.blockers[0].params == {"given": 1, "at_least": 2}


def test_a_trigger_with_a_first_day():
    tier = scheme_with(
        (
            "    to: presented\n",
            "    to: presented\n    guards:\n      - {name: not_before_date, day: 2020-01-10}\n",
        )
    ).tiers["B"]
    assert attempt(tier, "unit_branch", "present", "cleared").blockers[0].code == "too_early"
    day = date(2020, 1, 10)
    assert attempt(tier, "unit_branch", "present", "cleared", effective_on=day).passes


def test_a_client_that_may_fire_in_its_own_name():
    assert scheme_with(("clients: []", "clients: [present]")).client_triggers == {"present"}


def test_the_hash_follows_every_change_and_no_rewording_of_comments():
    assert scheme_with(("limit: 3000", "limit: 3001")).hash != SCHEME.hash
    assert scheme_with(("# ---- States", "# States")).hash == SCHEME.hash
    assert Scheme.from_canonical(SCHEME.canonical).hash == SCHEME.hash
