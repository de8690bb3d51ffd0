"""Authority: who may do what, and the reason when not, on the real 2019 scheme."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.workflow.domain.authority import (
    Actor,
    Opener,
    Verdict,
    authorise,
    visible,
)
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import bodies_of
from tests.builders import (
    DAY,
    asked,
    changed,
    client,
    organisation,
    person,
    post,
    review,
    world,
)

# One person per part; the id says where and what.
TREE = organisation(
    [
        post("w.liaison", "w", "liaison"),
        post("g.member", "g", "committee_member"),
        post("c.secretary", "c", "secretary"),
        post("c.deputy", "c", "deputy_secretary"),
        post("c.member", "c", "committee_member"),
        post("c.office", "c", "office"),
        post("c.inspector", "c", "inspector"),
        post("o1.secretary", "c.o1", "secretary"),
        post("b1.acting", "c.b1", "acting_secretary"),
        post("h1.secretary", "c.h1", "secretary"),
        post("h1.deputy", "c.h1", "deputy_secretary"),
        post("h1.member", "c.h1", "committee_member"),
        post("h1.discipline", "c.h1", "discipline_member"),
        post("h1.office", "c.h1", "office"),
        post("h1.head", "c.h1", "head"),
        post("h1.clerk", "c.h1", "clerk"),
        post("h1.past", "c.h1", "deputy_secretary", until=date(2019, 12, 31)),
        post("h1.coming", "c.h1", "office", since=date(2020, 2, 1)),
        post("h1.a.secretary", "c.h1.a", "secretary"),
        post("h1.b.secretary", "c.h1.b", "secretary"),
        post("h1.b.acting", "c.h1.b", "acting_secretary"),
        post("h2.secretary", "c.h2", "secretary"),
        post("h2.deputy", "c.h2", "deputy_secretary"),
        post("h2.a.secretary", "c.h2.a", "secretary"),
        post("admin.system", "w", "system_administrator"),
        post("admin.audit", "w", "audit_administrator"),
    ],
    people=["nobody"],
)
A_BRANCH = review(TREE, "c.h1.a", "h1.a.secretary")
A_HOSPITAL = review(TREE, "c.h1", "h1.secretary")
THE_ORGAN = review(TREE, "c", "c.secretary")


def fire(actor: Actor, trigger: str, case: Case, **others: Any) -> Verdict:
    day = others.pop("day", DAY)
    return authorise(actor, "case.trigger", TREE, day, **asked(case, trigger, TREE, **others))


def in_audit(case: Case, stage: str = "unit_audit", by: str | None = None) -> Case:
    return review(TREE, case.unit, case.person, stage, submitted_by=by or case.person)


# --- Firing: person, trigger, case, reason ("" is allowed) ---

BRANCH_AUDIT, HOSPITAL_AUDIT = in_audit(A_BRANCH), in_audit(A_HOSPITAL)
HOSPITAL_ABOVE, ORGAN_AUDIT = (
    in_audit(A_HOSPITAL, "organ_audit"),
    in_audit(THE_ORGAN, "organ_audit"),
)
VACANT = review(TREE, "c.b1", "b1.acting")
BESIDE = review(TREE, "c.h1.b", "h1.b.secretary")
CLEARED = review(TREE, "c.h1", "h1.secretary", "cleared")


@pytest.mark.parametrize(
    ("who", "trigger", "case", "reason"),
    [
        # The person appraised, and who stands in
        ("h1.a.secretary", "submit", A_BRANCH, ""),
        ("b1.acting", "submit", VACANT, ""),
        ("h1.b.acting", "submit", BESIDE, "no_post"),  # there is a secretary
        ("h1.b.secretary", "submit", A_BRANCH, "other_tree"),
        ("h1.deputy", "submit", A_BRANCH, "no_post"),
        ("h1.secretary", "submit", A_BRANCH, "wrong_tier"),
        ("h1.a.secretary", "recall", BRANCH_AUDIT, ""),
        ("h1.secretary", "recall", BRANCH_AUDIT, "not_submitter"),
        ("h1.a.secretary", "recall", A_BRANCH, ""),  # nothing submitted: the state says no
        ("h1.secretary", "start_rectification", A_HOSPITAL, ""),
        ("c.office", "start_rectification", A_HOSPITAL, "no_post"),
        # Auditing
        ("h1.secretary", "pass_unit_audit", BRANCH_AUDIT, ""),
        ("h1.deputy", "pass_unit_audit", BRANCH_AUDIT, ""),
        ("h1.member", "return_unit_audit", BRANCH_AUDIT, ""),
        ("h1.office", "pass_unit_audit", BRANCH_AUDIT, ""),
        ("h1.clerk", "pass_unit_audit", BRANCH_AUDIT, "no_post"),
        ("h1.discipline", "pass_unit_audit", BRANCH_AUDIT, "no_post"),
        ("h1.head", "pass_unit_audit", BRANCH_AUDIT, "no_post"),
        ("c.inspector", "pass_unit_audit", BRANCH_AUDIT, "no_post"),
        ("h1.past", "pass_unit_audit", BRANCH_AUDIT, "post_expired"),
        ("h1.coming", "pass_unit_audit", BRANCH_AUDIT, "post_expired"),
        ("h2.deputy", "pass_unit_audit", BRANCH_AUDIT, "other_tree"),
        ("c.office", "pass_unit_audit", BRANCH_AUDIT, "wrong_tier"),
        ("h1.a.secretary", "pass_unit_audit", BRANCH_AUDIT, "own_case"),
        ("h1.deputy", "pass_unit_audit", HOSPITAL_AUDIT, ""),
        ("h1.secretary", "pass_unit_audit", HOSPITAL_AUDIT, "own_case"),
        ("h1.deputy", "pass_organ_audit", HOSPITAL_ABOVE, "wrong_tier"),
        ("c.member", "pass_organ_audit", HOSPITAL_ABOVE, ""),
        ("c.office", "pass_organ_audit", HOSPITAL_AUDIT, ""),  # not yet there: the state says no
        ("w.liaison", "pass_organ_audit", ORGAN_AUDIT, ""),
        ("c.office", "pass_organ_audit", ORGAN_AUDIT, "wrong_tier"),
        ("c.secretary", "pass_organ_audit", ORGAN_AUDIT, "own_case"),
        ("c.office", "revoke_clearance", CLEARED, ""),
        ("h1.deputy", "revoke_clearance", CLEARED, "wrong_tier"),
        # Hearing
        ("c.office", "score", CLEARED, ""),
        ("c.deputy", "score", CLEARED, "no_post"),
        ("h1.secretary", "score", CLEARED, "own_case"),
        ("h1.office", "present", A_BRANCH, ""),
        ("c.office", "present", A_BRANCH, "wrong_tier"),
        ("h2.secretary", "present", A_BRANCH, "other_tree"),
        ("h1.a.secretary", "withdraw", A_BRANCH, "own_case"),
        ("c.office", "redo", A_BRANCH, ""),
        ("h1.secretary", "redo", A_BRANCH, "wrong_tier"),
        ("w.liaison", "redo", THE_ORGAN, ""),
        ("c.office", "redo", THE_ORGAN, "no_post"),
        # Nobody, and those who touch no case
        ("nobody", "submit", A_BRANCH, "no_post"),
        ("stranger", "submit", A_BRANCH, "unknown_person"),
        ("admin.system", "pass_unit_audit", BRANCH_AUDIT, "admin_excluded"),
    ],
)  # fmt: skip
def test_a_trigger_is_for_its_party_alone(who: str, trigger: str, case: Case, reason: str):
    assert fire(person(who), trigger, case) == Verdict(allowed=not reason, reason=reason)


def test_who_submitted_in_the_secretarys_stead_does_not_audit_it():
    by_deputy = in_audit(A_BRANCH, by="h1.deputy")
    assert fire(person("h1.deputy"), "pass_unit_audit", by_deputy).reason == "four_eyes"
    assert fire(person("h1.office"), "pass_unit_audit", by_deputy).allowed


def test_a_post_has_to_hold_on_the_day_the_act_takes_effect():
    then = date(2019, 12, 31)
    assert fire(person("h1.past"), "pass_unit_audit", BRANCH_AUDIT, day=then).allowed
    later = fire(person("h1.past"), "pass_unit_audit", BRANCH_AUDIT, day=then + timedelta(days=1))
    assert later.reason == "post_expired"


def test_a_secretary_whose_post_ended_no_longer_submits():
    case = review(TREE, "c.h1.a", "h1.past")
    tree = organisation([post("h1.past", "c.h1.a", "secretary", until=DAY)])
    tomorrow = DAY + timedelta(days=1)
    about = asked(case, "submit", tree)
    verdict = authorise(person("h1.past"), "case.trigger", tree, tomorrow, **about)
    assert verdict.reason == "post_expired"


def test_an_acting_secretary_has_the_secretarys_powers_in_a_vacancy_only():
    acting, secretary = post("p", "c.h1", "acting_secretary"), post("q", "c.h1", "secretary")
    verdicts = [
        authorise(person("p"), "case.trigger", tree, DAY, **asked(A_BRANCH, "present", tree))
        for tree in (organisation([acting]), organisation([acting, secretary]))
    ]
    assert [verdict.reason for verdict in verdicts] == ["", "no_post"]


def test_a_trigger_the_scheme_does_not_know_is_told_to_those_who_see_the_case():
    assert fire(person("h1.head"), "explode", A_HOSPITAL).allowed
    hidden = fire(person("h2.deputy"), "explode", A_HOSPITAL)
    assert hidden.reason == "other_tree"


# --- Seeing ---


@pytest.mark.parametrize(
    ("who", "case", "reason"),
    [
        ("h1.a.secretary", A_BRANCH, ""),
        ("h1.clerk", A_BRANCH, ""),
        ("h1.discipline", A_BRANCH, ""),
        ("c.inspector", A_BRANCH, ""),
        ("g.member", A_BRANCH, ""),
        ("w.liaison", THE_ORGAN, ""),
        ("h1.head", A_HOSPITAL, ""),
        ("h1.head", A_BRANCH, "other_tree"),
        ("h1.b.secretary", A_BRANCH, "other_tree"),  # a sibling
        ("h1.a.secretary", A_HOSPITAL, "other_tree"),  # above
        ("h2.deputy", A_BRANCH, "other_tree"),
        ("h1.past", A_BRANCH, "post_expired"),
        ("nobody", A_BRANCH, "no_post"),
        ("admin.audit", A_BRANCH, "admin_excluded"),
        ("stranger", A_BRANCH, "unknown_person"),
    ],
)
def test_a_case_is_seen_by_its_own_line_of_the_tree(who: str, case: Case, reason: str):
    assert authorise(person(who), "case.read", TREE, DAY, case=case).reason == reason


def test_the_person_appraised_sees_their_case_when_their_post_is_gone():
    case = review(TREE, "c.h1.a", "nobody")
    assert authorise(person("nobody"), "case.read", TREE, DAY, case=case).allowed


def test_an_absent_case_is_refused_like_one_out_of_sight():
    for actor in (person("c.office"), client("read"), client("read", scope_unit="c.h1")):
        assert not authorise(actor, "case.read", TREE, DAY, case=None).allowed


def test_a_running_case_stays_in_its_line_when_its_unit_moves():
    branch = replace(TREE.units["c.h1.a"], parent="c.h2")
    moved = TREE.evolve(changed(units=[branch]))
    assert authorise(person("h1.deputy"), "case.read", moved, DAY, case=A_BRANCH).allowed
    assert not authorise(person("h2.deputy"), "case.read", moved, DAY, case=A_BRANCH).allowed


@pytest.mark.parametrize(
    ("who", "operation", "reason"),
    [
        ("c.inspector", "case.refusals.read", ""),
        ("c.office", "case.refusals.read", ""),
        ("h1.office", "case.refusals.read", ""),  # the hearing body of a branch
        ("h1.discipline", "case.refusals.read", ""),
        ("h1.clerk", "case.refusals.read", "no_post"),
        ("h1.a.secretary", "case.refusals.read", "own_case"),
        ("h2.secretary", "case.refusals.read", "other_tree"),
        ("h1.clerk", "case.note", ""),
        ("h1.a.secretary", "case.note", ""),
        ("c.inspector", "case.note", "no_post"),
        ("h1.b.secretary", "case.note", "other_tree"),
        ("c.office", "case.urge", ""),
        ("h1.member", "case.urge", "no_post"),
        ("h1.a.secretary", "case.urge", "own_case"),
    ],
)
def test_beside_the_case(who: str, operation: str, reason: str):
    about = {"case": A_BRANCH, "bodies": bodies_of(A_BRANCH, world(A_BRANCH, TREE))}
    assert authorise(person(who), operation, TREE, DAY, **about).reason == reason


def opened_by(unit: str, party: str, *roles: str) -> tuple[Opener, ...]:
    """Who opens a round by one line of a scheme: the nearest of a kind, the unit's own included."""
    path = TREE.path(unit)
    bodies = [one for one in path if TREE.units[one].kind == party][-1:]
    return (Opener(bodies=tuple(bodies), roles=roles),)


@pytest.mark.parametrize(
    ("who", "operation", "unit", "reason"),
    [
        ("c.office", "cycle.open", "c", ""),
        ("c.secretary", "cycle.open", "c", ""),
        ("c.member", "cycle.open", "c", "no_post"),
        ("h1.office", "cycle.open", "c", "other_tree"),
        ("c.office", "cycle.open", "c.h1", ""),
        ("h1.office", "cycle.open", "c.h1", "wrong_tier"),
        ("h1.secretary", "cycle.open", "c.h1.a", "wrong_tier"),
        ("h1.office", "cycle.open", "c.h2", "other_tree"),
        ("c.office", "cycle.open", "g", "other_tree"),  # no organ committee there or above it
        ("c.office", "cycle.open", "nowhere", "no_post"),
        ("c.member", "cycle.read", "c", ""),
        ("w.liaison", "cycle.read", "c", ""),
        ("h1.secretary", "cycle.read", "c", "other_tree"),
        ("admin.system", "cycle.read", "c", "admin_excluded"),
    ],
)
def test_cycles(who: str, operation: str, unit: str, reason: str):
    openers = opened_by(unit, "organ_committee", "office", "secretary")
    assert authorise(person(who), operation, TREE, DAY, unit=unit, openers=openers).reason == reason


def test_of_who_may_open_a_cycle_the_scheme_chooses():
    def why(who: str, party: str, *roles: str) -> str:
        openers = opened_by("c.h1", party, *roles)
        return authorise(person(who), "cycle.open", TREE, DAY, unit="c.h1", openers=openers).reason

    assert why("c.secretary", "organ_committee", "office") == "no_post"
    assert why("c.member", "organ_committee", "committee_member") == "no_post"  # has no power to
    assert why("h1.office", "work_committee", "office") == "wrong_tier"
    assert why("c.office", "work_committee", "office") == "wrong_tier"


def test_an_inbox_is_ones_own_administrators_included():
    for who in ("h1.clerk", "admin.system", "nobody"):
        assert authorise(person(who), "inbox.read", TREE, DAY, person=who).allowed
        assert not authorise(person(who), "inbox.read", TREE, DAY, person="c.office").allowed


@pytest.mark.parametrize(
    "page",
    [
        "page.stuck",
        "page.cases",
        "page.gatherings",
        "page.opening",
        "page.ledger",
        "page.tasks",
        "case.list",
        "bulk.trigger",
    ],
)
def test_an_administrator_opens_no_page_of_cases(page: str):
    assert authorise(person("admin.audit"), page, TREE, DAY).reason == "admin_excluded"
    assert authorise(person("h1.clerk"), page, TREE, DAY).allowed


# --- Lists ---


def test_lists_are_cut_to_the_posts_of_the_day():
    scope = visible(person("h1.head"), TREE, DAY)
    assert (scope.everything, scope.subtrees, scope.units) == (False, (), ("c.h1",))
    assert visible(person("w.liaison"), TREE, DAY).everything
    assert visible(person("h1.past"), TREE, DAY).subtrees == ()


@pytest.mark.parametrize("who", ["admin.system", "stranger"])
def test_an_administrator_and_a_stranger_see_an_empty_list(who: str):
    scope = visible(person(who), TREE, DAY)
    own = review(TREE, "c.h1", who)
    assert not any(scope.holds(case) for case in (A_BRANCH, A_HOSPITAL, THE_ORGAN, own))


def test_a_token_bound_to_a_unit_cuts_what_a_person_sees():
    machine = client("read", "act-for", scope_unit="c.h2", on_behalf_of="w.liaison")
    scope = visible(machine, TREE, DAY)
    assert not scope.holds(A_BRANCH)
    assert scope.holds(review(TREE, "c.h2.a", "h2.a.secretary"))
