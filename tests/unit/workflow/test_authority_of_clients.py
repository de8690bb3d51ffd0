"""Authority of clients: what a token may in its own name, for a person, and in its subtree."""

from typing import Any

import pytest

from services.workflow.domain.authority import authorise
from tests.builders import DAY, client, review
from tests.unit.workflow.test_authority import A_BRANCH, THE_ORGAN, TREE, fire


def test_a_client_fires_in_its_own_name_only_what_the_scheme_lists():
    machine, listed = client("trigger"), frozenset({"present"})
    assert fire(machine, "present", A_BRANCH).reason == "person_required"
    assert fire(machine, "present", A_BRANCH, client_triggers=listed).allowed
    assert fire(machine, "submit", A_BRANCH, client_triggers=listed).reason == "person_required"


@pytest.mark.parametrize("scopes", [(), ("read",), ("trigger",), ("act-for",), ("read", "act-for")])
def test_acting_for_a_person_takes_both_scopes(scopes: tuple[str, ...]):
    machine = client(*scopes, on_behalf_of="h1.a.secretary")
    assert fire(machine, "submit", A_BRANCH).reason == "client_scope"
    machine = client("trigger", "act-for", on_behalf_of="h1.a.secretary")
    assert fire(machine, "submit", A_BRANCH).allowed


def test_a_token_reaches_its_subtree_and_no_further():
    machine = client("trigger", "act-for", scope_unit="c.h1", on_behalf_of="c.office")
    assert fire(machine, "redo", A_BRANCH).allowed
    elsewhere = review(TREE, "c.h2.a", "h2.a.secretary")
    assert fire(machine, "redo", elsewhere).reason == "client_subtree"


@pytest.mark.parametrize(
    ("operation", "scopes", "about", "reason"),
    [
        ("log.read", ["log"], {}, ""),
        ("log.read", ["read", "trigger", "notify", "admin"], {}, "client_scope"),
        ("log.checkpoint", ["read"], {}, ""),
        ("log.proof", ["notify"], {}, "client_scope"),
        ("people.read", ["notify"], {"person": "c.office"}, ""),
        ("people.read", ["read"], {"person": "c.office"}, "client_scope"),
        ("notices.report", ["notify"], {}, ""),
        ("notice.record", ["notify"], {"case": A_BRANCH}, ""),
        ("notice.record", ["trigger"], {"case": A_BRANCH}, "client_scope"),
        ("case.refusals.read", ["log"], {"case": A_BRANCH}, ""),
        ("case.refusals.read", ["read"], {"case": A_BRANCH}, "client_scope"),
        ("case.read", ["trigger"], {"case": A_BRANCH}, "client_scope"),
        ("case.find", ["trigger"], {"case": A_BRANCH}, ""),
        ("case.note", ["trigger"], {"case": A_BRANCH}, "person_required"),
        ("case.urge", ["read"], {"case": A_BRANCH}, "client_scope"),
        ("cycle.open", ["trigger"], {"unit": "c"}, "person_required"),
        ("cycle.read", ["read"], {"unit": "c"}, ""),
        ("inbox.read", ["read"], {"person": "c.office"}, "person_required"),
        ("admin.operate", ["admin"], {}, ""),
        ("public", [], {}, ""),
    ],
)
def test_what_a_client_may_in_its_own_name(
    operation: str, scopes: list[str], about: dict[str, Any], reason: str
):
    assert authorise(client(*scopes), operation, TREE, DAY, **about).reason == reason


@pytest.mark.parametrize(
    ("operation", "about", "reason"),
    [
        ("log.read", {}, "client_subtree"),  # a part of the log would not verify
        ("admin.operate", {}, "client_subtree"),
        ("case.read", {"case": A_BRANCH}, ""),
        ("case.read", {"case": THE_ORGAN}, "client_subtree"),
        ("cycle.read", {"unit": "c"}, "client_subtree"),
        ("people.read", {"person": "h1.clerk"}, ""),
        ("people.read", {"person": "h2.deputy"}, "client_subtree"),
        ("notice.record", {"case": THE_ORGAN}, "client_subtree"),
    ],
)
def test_a_token_for_a_part_of_the_tree_reaches_that_part(
    operation: str, about: dict[str, Any], reason: str
):
    bound = client("read", "log", "notify", "admin", scope_unit="c.h1")
    assert authorise(bound, operation, TREE, DAY, **about).reason == reason


def test_the_log_and_the_people_are_not_read_in_a_persons_name():
    machine = client("log", "notify", "act-for", on_behalf_of="c.office")
    assert authorise(machine, "log.read", TREE, DAY).reason == "no_post"
    assert authorise(machine, "people.read", TREE, DAY, person="c.office").reason == "no_post"
