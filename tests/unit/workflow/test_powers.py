"""What a role may do is what the organisation says, whatever the role is called."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.vocabulary import default
from services.workflow.domain.authority import Verdict, authorise
from services.workflow.domain.case.parties import bodies_of
from services.workflow.domain.language.model.parties import OwnUnit
from services.workflow.domain.organisation import Organisation
from tests import builders
from tests.builders import DAY, changed, organisation, person, post, review, world

UNIT = "c.h1.a"


def said(*powers: str, role: str = "warden") -> Organisation:
    """Return an organisation in which "one" holds at c.h1 a *role* that has *powers*."""
    words = default().data()
    words["roles"] = [one for one in words["roles"] if one["name"] != role]
    words["roles"].append({"name": role, "label": "x", "powers": [*powers], "one": False})
    tree = organisation([post("one", "c.h1", role)], people=["another"])
    return tree.evolve(changed() | {"vocabulary": words})


def asked(tree: Organisation, operation: str, unit: str = UNIT, **others: Any) -> Verdict:
    case = review(tree, unit, "another", "unit_audit")
    about = {"case": case, "unit": unit, "bodies": bodies_of(case, world(case, tree)), **others}
    return authorise(person("one"), operation, tree, DAY, **about)


@pytest.mark.parametrize(
    ("power", "operation", "unit"),
    [
        ("read_below", "case.read", UNIT),
        ("read_below", "cycle.read", UNIT),
        ("read_own", "case.read", "c.h1"),
        ("read_refusals", "case.refusals.read", UNIT),
        ("note", "case.note", UNIT),
        ("supervise", "case.urge", UNIT),
        ("open", "cycle.open", "c.h1"),
    ],
)
def test_a_role_may_what_its_power_allows_and_nothing_without_it(
    power: str, operation: str, unit: str
):
    assert asked(said(power), operation, unit).allowed
    others = {"read_own", "read_refusals", "note", "supervise", "open", "act"} - {power}
    assert not asked(said(*others), operation, unit).allowed


def test_who_reads_the_own_unit_alone_sees_nothing_below():
    assert not asked(said("read_own"), "case.read").allowed


def test_a_scheme_grants_no_more_than_the_organisation_allows():
    def fired(tree: Organisation) -> Verdict:
        about = builders.asked(review(tree, UNIT, "another", "unit_audit"), "pass_unit_audit", tree)
        return authorise(person("one"), "case.trigger", tree, DAY, **about)

    assert fired(said("act", role="office")).allowed
    assert fired(said("read_below", "note", role="office")).reason == "no_post"


def test_an_observer_reads_refusals_wherever_they_see_who_notes_only_where_it_was_heard():
    above = said("read_refusals", "note")  # of the unit committee, which hears tier C alone
    assert not asked(above, "case.refusals.read", "c.h1").allowed
    assert asked(said("read_refusals"), "case.refusals.read", "c.h1").allowed


def test_the_own_unit_reads_refusals_only_where_a_party_that_looks_upwards_ends_there():
    tree = organisation([post("one", "c", "office")], people=["another"])
    case = review(tree, "c", "another", "organ_audit")
    at = world(case, tree)
    nearest = at.life(case)
    own = replace(nearest, parties={**nearest.parties, "organ_committee": OwnUnit()})
    for life, may in ((nearest, True), (own, False)):
        kind = replace(at.kind(case), lives=(life,))
        scheme = replace(at.scheme, kinds={**at.scheme.kinds, case.kind: kind})
        about = {"case": case, "bodies": bodies_of(case, replace(at, scheme=scheme))}
        assert authorise(person("one"), "case.refusals.read", tree, DAY, **about).allowed is may
