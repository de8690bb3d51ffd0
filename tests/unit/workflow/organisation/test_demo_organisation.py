"""The demo organisation: of realistic size and shape, with every case the story needs."""

from collections import Counter
from pathlib import Path

import pytest

from schemas.vocabulary import ADMINISTRATORS
from services.workflow.adapters.files.organisation_file import load
from services.workflow.domain.organisation import (
    Organisation,
    OrganisationFile,
    difference,
)
from tests.builders import DAY

APPRAISED_ROLES = ("secretary", "acting_secretary")

FILE = Path(__file__).parents[4] / "deploy" / "demo" / "organisation.yaml"
APPRAISED = {"organ_committee", "organ_branch", "unit_committee", "unit_branch"} | {
    "general_branch",
    "grassroots_branch",
}


@pytest.fixture(scope="module")
def demo() -> OrganisationFile:
    return load(FILE)


@pytest.fixture(scope="module")
def organisation(demo: OrganisationFile) -> Organisation:
    changes = difference(Organisation.empty(), {}, demo)
    commitment = {"sha256": "0" * 64, "length": 1}
    return Organisation.empty().evolve_all(changes.events(lambda _: commitment))


def test_it_has_the_shape_of_the_commission(demo: OrganisationFile):
    kinds = Counter(unit.kind for unit in demo.units.values())
    below_organ = [unit for unit in demo.units.values() if unit.parent == "u-organ"]
    assert (demo.root, kinds["organ_branch"], kinds["unit_committee"]) == ("u-work-committee", 6, 5)
    assert len(below_organ) - kinds["organ_branch"] == 20
    assert kinds["general_branch"] == 1


def test_the_biggest_hospital_has_more_than_a_dozen_branches(organisation: Organisation):
    assert len(list(organisation.subtree("u-hospital-1"))) > 12
    assert list(organisation.subtree("u-hospital-1-general"))[1:]


def test_every_secretary_but_one_is_there(organisation: Organisation):
    in_scope = [unit.id for unit in organisation.units.values() if unit.kind in APPRAISED]
    found = {unit: organisation.first_holder(unit, APPRAISED_ROLES, DAY) for unit in in_scope}
    assert [unit for unit, secretary in found.items() if secretary is None] == [
        "u-health-education"
    ]
    acting = [
        unit for unit, secretary in found.items() if secretary and secretary[1] != "secretary"
    ]
    assert acting == ["u-hospital-1-11", "u-care"]


def test_it_holds_what_the_story_refuses(organisation: Organisation):
    past = {post.person for post in organisation.posts() if not post.holds_on(DAY)}
    assert any(not organisation.posts_of(person, DAY) for person in past)
    ((appraised, _),) = [organisation.first_holder("u-hospital-1", APPRAISED_ROLES, DAY)]
    assert appraised in organisation.holders("u-organ", "committee_member", DAY)
    assert organisation.holders("u-school", "office", DAY) == ()
    assert organisation.units["u-school"].attributes["staff"] < 100
    assert all(organisation.holders("u-organ", role, DAY) for role in ADMINISTRATORS)


def test_its_people_are_made_up(demo: OrganisationFile):
    assert 120 <= len(demo.people) <= 180
    for details in demo.people.values():
        assert details["name"][:2] in {"演示", "示例", "样例", "假名"}
        assert details["email"].endswith("@mail.example")
