"""The organisation as a value: where units lie, who holds what on which day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.workflow.domain.organisation import Organisation
from tests.builders import DAY, changed, organisation, post, unit

APPRAISED_ROLES = ("secretary", "acting_secretary")


def test_before_the_first_import_there_is_nothing():
    empty = Organisation.empty()
    assert (empty.version, empty.root, dict(empty.units)) == (0, None, {})


def test_a_path_runs_from_the_root_to_the_unit():
    assert organisation().path("c.h1.g.a") == ("w", "g", "c", "c.h1", "c.h1.g", "c.h1.g.a")
    assert organisation().path("nowhere") == ()


@pytest.mark.parametrize(
    ("below", "above", "within"),
    [
        ("c.h1.a", "c.h1.a", True),
        ("c.h1.a", "c.h1", True),
        ("c.h1.a", "w", True),
        ("c.h1", "c.h1.a", False),
        ("c.h1.a", "c.h1.b", False),
        ("c.h2.a", "c.h1", False),
        ("nowhere", "w", False),
        ("c", "nowhere", False),
    ],
)
def test_within_means_the_unit_itself_or_below_it(below: str, above: str, within: bool):
    assert organisation().is_within(below, above) is within


def test_the_nearest_of_a_kind_is_above_and_never_the_unit_itself():
    tree = organisation()
    assert tree.nearest("c.h1.g.a", "unit_committee") == "c.h1"
    assert tree.nearest("c.h1", "unit_committee") is None
    assert tree.nearest("c.o1", "unit_committee") is None


def test_a_subtree_yields_parents_before_children_and_no_neighbour():
    found = list(organisation().subtree("c.h1"))
    assert found == ["c.h1", "c.h1.a", "c.h1.b", "c.h1.g", "c.h1.g.a"]
    assert list(organisation().subtree("nowhere")) == []


@pytest.mark.parametrize(("days", "held"), [(-1, False), (0, True), (9, True), (10, False)])
def test_a_post_holds_from_its_first_to_its_last_day(days: int, held: bool):
    tree = organisation([post("p", "c", "office", DAY, DAY + timedelta(days=9))])
    day = DAY + timedelta(days=days)
    assert tree.holders("c", "office", day) == (("p",) if held else ())
    assert bool(tree.posts_of("p", day)) is held


def test_an_open_post_holds_for_ever_and_a_past_one_is_remembered():
    old = post("p", "c", "office", date(2018, 1, 1), date(2018, 12, 31))
    tree = organisation([post("p", "c", "clerk", DAY, None), old])
    assert [p.role for p in tree.posts_of("p", date(2099, 1, 1))] == ["clerk"]
    assert [p.role for p in tree.posts_of_ever("p")] == ["office", "clerk"]


def test_the_secretary_comes_before_the_acting_one():
    acting = post("deputy", "c", "acting_secretary")
    assert organisation([acting, post("p", "c", "secretary")]).first_holder(
        "c", APPRAISED_ROLES, DAY
    ) == (
        "p",
        "secretary",
    )
    assert organisation([acting]).first_holder("c", APPRAISED_ROLES, DAY) == (
        "deputy",
        "acting_secretary",
    )
    assert organisation().first_holder("c", APPRAISED_ROLES, DAY) is None


def test_a_desk_is_the_first_role_somebody_else_holds():
    tree = organisation([post("p", "c.h1", "secretary"), post("q", "c.h1", "clerk")])
    assert tree.desk("c.h1", ("office", "secretary"), DAY) == "secretary"
    assert tree.desk("c.h1", ("secretary", "clerk"), DAY, not_person="p") == "clerk"


def test_a_vacant_desk_is_its_first_role():
    assert organisation().desk("c.h1", ("office", "secretary"), DAY) == "office"


def test_an_event_replaces_what_it_names_and_leaves_the_rest():
    before = organisation([post("p", "c", "office"), post("q", "c", "clerk")])
    shorter = post("p", "c", "office", until=DAY)
    after = before.evolve(changed(units=[unit("c", "w", "organ_committee")], posts=[shorter]))
    assert after.version == 2
    assert after.path("c.o1") == ("w", "c", "c.o1")
    assert after.posts_of_ever("p") == (shorter,)
    assert after.posts_of_ever("q") == before.posts_of_ever("q")


def test_an_event_drops_what_it_says():
    gone = post("p", "c.o1", "office")
    after = organisation([gone]).evolve(
        changed(dropped_units=["c.o1"], dropped_people=["p"], dropped_posts=[gone])
    )
    assert after.unit("c.o1") is None
    assert not after.has_person("p")
    assert after.holders("c.o1", "office", DAY) == ()


def test_an_earlier_version_does_not_change():
    before = organisation([post("p", "c", "office")])
    before.evolve(
        changed(units=[unit("new", "c", "organ_branch")], posts=[post("q", "c", "office")])
    )
    assert before.unit("new") is None
    assert before.holders("c", "office", DAY) == ("p",)
    assert "new" not in before.subtree("w")


def test_many_events_at_once_lead_where_one_by_one_leads():
    events = [
        changed(posts=[post("p", "c", "office"), post("a", "c", "office")], people=["p", "a"]),
        changed(posts=[replace(post("p", "c", "office"), until=None)]),
        changed(dropped_posts=[post("a", "c", "office")]),
    ]
    at_once = organisation().evolve_all(events)
    slowly = organisation()
    for event in events:
        slowly = slowly.evolve(event)
    assert list(at_once.posts()) == list(slowly.posts())
    assert at_once.version == slowly.version == 4
