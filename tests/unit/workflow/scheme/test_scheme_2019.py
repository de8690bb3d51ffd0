"""What the shipped scheme says, read against the contract by eye."""

import json
from datetime import date, timedelta

import pytest

from services.workflow import schemes
from services.workflow.domain.scheme import DeskRule, Scheme
from tests.unit.workflow.scheme.cases import NAME, SCHEME

AUDITORS = ("secretary", "deputy_secretary", "committee_member", "office", "liaison")
HEARING = {"secretary", "office", "liaison"}


def test_the_shipped_scheme_is_named():
    assert NAME in schemes.names()
    with pytest.raises(KeyError):
        schemes.text("../settings")


def test_the_head_is_that_of_the_notice():
    assert (SCHEME.id, SCHEME.year, SCHEME.zone.key) == (NAME, 2019, "Asia/Shanghai")
    assert (SCHEME.opens, SCHEME.max_backdating) == (date(2020, 1, 8), timedelta(days=15))


def test_a_client_may_fire_nothing_in_its_own_name():
    assert SCHEME.client_triggers == frozenset()


def test_a_scheme_is_rebuilt_from_its_canonical_bytes():
    again = Scheme.from_canonical(SCHEME.canonical)
    assert (again.hash, again.canonical) == (SCHEME.hash, SCHEME.canonical)
    for name, tier in SCHEME.tiers.items():
        assert again.tiers[name].states == tier.states
        assert list(again.tiers[name].transitions.items()) == list(tier.transitions.items())


def test_the_canonical_bytes_are_those_of_the_whole_file():
    assert json.loads(SCHEME.canonical)["content_areas"][7]["public_hospitals_only"] is True


@pytest.mark.parametrize(
    ("tier", "kind", "audits", "hearing"),
    [
        ("A", "organ_committee", [("organ_audit", "work_committee")], "work_committee"),
        (
            "B",
            "unit_committee",
            [("unit_audit", None), ("organ_audit", "organ_committee")],
            "organ_committee",
        ),
        ("B", "organ_branch", [("organ_audit", "organ_committee")], "organ_committee"),
        ("B", "unit_branch", [("organ_audit", "organ_committee")], "organ_committee"),
        ("C", "general_branch", [("unit_audit", "unit_committee")], "unit_committee"),
        ("C", "grassroots_branch", [("unit_audit", "unit_committee")], "unit_committee"),
    ],
)
def test_audits_and_hearing_body_follow_the_kind(
    tier: str, kind: str, audits: list[tuple[str, str | None]], hearing: str
):
    here = SCHEME.tiers[tier]
    assert [(rule.stage, rule.body.nearest) for rule in here.audits(kind)] == audits
    assert here.hearing_body.nearest == hearing


@pytest.mark.parametrize(
    ("tier", "state", "party", "roles"),
    [
        ("A", "drafting", "appraised", ("secretary", "acting_secretary")),
        ("A", "organ_audit", "auditing_body", ("liaison",)),
        ("A", "scored", "hearing_body", ("liaison",)),
        ("B", "unit_audit", "auditing_body", ("office", "secretary", "deputy_secretary")),
        ("B", "organ_audit", "auditing_body", ("office",)),
        ("B", "presented", "hearing_body", ("office",)),
        ("C", "cleared", "hearing_body", ("office", "secretary")),
        ("C", "rectification", "appraised", ("secretary", "acting_secretary")),
    ],
)
def test_each_state_lies_on_the_desk_of_the_contract(
    tier: str, state: str, party: str, roles: tuple[str, ...]
):
    assert SCHEME.tiers[tier].state(state).desk == DeskRule(party=party, roles=roles)


def test_the_label_of_a_stage_is_the_tiers_own():
    labels = [SCHEME.tiers[name].state("organ_audit").label for name in "AB"]
    assert labels == ["省直机关工委审核", "机关党委审核"]


@pytest.mark.parametrize(
    "trigger",
    ["pass_unit_audit", "return_unit_audit", "pass_organ_audit", "return_organ_audit"],
)
def test_the_auditing_body_gives_verdicts_and_never_on_its_own_report(trigger: str):
    verdict = SCHEME.tiers["B"].transition(trigger)
    assert [(grant.party, grant.roles) for grant in verdict.grants] == [("auditing_body", AUDITORS)]
    assert verdict.four_eyes
    assert trigger.endswith(verdict.stage)


@pytest.mark.parametrize("trigger", ["present", "score", "give_feedback", "close", "withdraw"])
@pytest.mark.parametrize("tier", "ABC")
def test_the_hearing_body_carries_a_review_on(tier: str, trigger: str):
    (grant,) = SCHEME.tiers[tier].transition(trigger).grants
    assert (grant.party, set(grant.roles)) == ("hearing_body", HEARING)


def test_a_redo_of_tier_a_is_ordered_by_the_work_committees_liaison():
    (grant,) = SCHEME.tiers["A"].transition("redo").grants
    assert (grant.party, grant.roles) == ("work_committee", ("liaison",))
    assert SCHEME.tiers["B"].transition("redo").grants[0].party == "organ_committee"


@pytest.mark.parametrize(
    ("trigger", "records", "data"),
    [
        ("submit", "state_changed", "report"),
        ("return_organ_audit", "state_changed", "findings"),
        ("score", "state_changed", "scores"),
        ("give_feedback", "state_changed", "decisions"),
        ("redo", "state_changed", "deadline"),
        ("suspend", "suspended", ""),
        ("resume", "resumed", ""),
        ("change_deadline", "deadline_changed", "deadline"),
    ],
)
def test_each_trigger_takes_and_records_what_the_contract_says(
    trigger: str, records: str, data: str
):
    transition = SCHEME.tiers["C"].transition(trigger)
    assert (transition.records, transition.data) == (records, data)


def test_a_report_covers_ten_areas_the_eighth_for_public_hospitals():
    areas = SCHEME.content_areas
    assert [area.number for area in areas] == list(range(1, 11))
    assert [len(area.points) for area in areas] == [4, 6, 4, 9, 4, 0, 4, 4, 6, 3]
    assert [area.number for area in areas if area.public_hospitals_only] == [8]
