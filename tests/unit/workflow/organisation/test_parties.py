"""Who a party is: one unit or a named reason, the people of roles and relations, filters."""

from datetime import date, timedelta

import pytest

from schemas.vocabulary import Vocabulary
from services.workflow.domain.organisation import parties
from services.workflow.domain.organisation.parties import Found, Seat, Selection
from tests.builders import DAY, changed, organisation, post, unit

TREE = organisation()


@pytest.mark.parametrize(
    ("of", "kind", "above", "child", "found"),
    [
        ("c.h1.a", "unit_committee", False, "", Found("c.h1")),
        ("c.h1", "unit_committee", False, "", Found("c.h1")),
        ("c.h1", "unit_committee", True, "", Found(None, "party_missing")),
        ("c.h1.a", "leadership_group", False, "", Found("g")),
        ("w", "organ_committee", False, "", Found(None, "party_missing")),
        ("c.h1.a", "organ_committee", False, "organ_branch", Found("c.o1")),
        ("c.h1.a", "unit_committee", False, "general_branch", Found("c.h1.g")),
        ("c.h1.a", "organ_committee", False, "grassroots_branch", Found(None, "party_missing")),
        ("c.h1.a", "organ_committee", False, "unit_committee",
         Found(None, "party_ambiguous", ("c.h1", "c.h2"))),
        ("nowhere", "organ_committee", False, "", Found(None, "unit_unknown", ("nowhere",))),
    ],
)  # fmt: skip
def test_a_unit_is_found_alone_or_not_at_all(
    of: str, kind: str, above: bool, child: str, found: Found
):
    assert parties.nearest(TREE, of, kind, above=above, child=child) == found


def test_a_named_unit_has_to_be_there():
    assert parties.named(TREE, "c.h2") == Found("c.h2")
    assert parties.named(TREE, "x") == Found(None, "unit_unknown", ("x",))


OFFICE, SECRETARY = post("o", "c", "office"), post("s", "c", "secretary")
ACTING = post("a", "c", "acting_secretary")
ROLES = ("secretary", "office")


def test_a_desk_takes_the_first_role_that_somebody_else_holds():
    tree = organisation([OFFICE, SECRETARY])
    assert parties.desk(tree, [("c", ROLES)], DAY) == Seat("c", "secretary", ("s",))
    assert parties.desk(tree, [("c", ROLES)], DAY, {"s"}) == Seat("c", "office", ("o",))


def test_a_desk_that_only_its_subjects_hold_goes_to_the_other_party():
    tree = organisation([OFFICE, SECRETARY, post("w", "w", "liaison")])
    places = [("c", ROLES), ("w", ("clerk", "liaison"))]
    assert parties.desk(tree, places, DAY, {"s", "o"}) == Seat("w", "liaison", ("w",))


def test_a_desk_that_nobody_may_take_is_vacant_and_shown_where_it_belongs():
    tree = organisation([OFFICE, SECRETARY])
    places = [("c", ROLES), ("w", ("clerk",))]
    assert parties.desk(tree, places, DAY, {"s", "o"}) == Seat("c", "secretary", ())


def test_a_stand_in_sits_there_only_while_nobody_holds_the_role():
    assert parties.desk(organisation([ACTING]), [("c", ROLES)], DAY).people == ("a",)
    tree = organisation([ACTING, SECRETARY, OFFICE])
    assert parties.desk(tree, [("c", ROLES)], DAY, {"s"}) == Seat("c", "office", ("o",))


def test_a_seat_is_taken_on_its_day():
    tree = organisation([post("s", "c", "secretary", until=DAY)])
    assert parties.seats(tree, "c", ROLES, DAY)
    assert parties.seats(tree, "c", ROLES, DAY + timedelta(days=1)) == ()


def test_everybody_is_who_holds_a_post_there_or_below_and_no_administrator():
    tree = organisation(
        [
            OFFICE,
            post("h", "c.h1", "office"),
            post("h", "c.h1.a", "secretary"),
            post("w", "w", "office"),
            post("admin", "c", "audit_administrator"),
            post("past", "c", "clerk", until=DAY - timedelta(days=1)),
        ]
    )
    assert sorted(parties.everybody(tree, "c", DAY)) == ["h", "o"]


# --- Filters ---


PLACES = {
    "old": {"founded": "2018-01-01", "staff": 40, "public_hospital": True},
    "new": {"founded": "2019-10-01", "staff": 100, "public_hospital": False},
    "one": {"staff": 1},
    "mute": {},
}


@pytest.mark.parametrize(
    ("condition", "chosen", "unknown"),
    [
        (lambda it: parties.is_within(it, "staff", below=100), ("old", "one"), ("mute",)),
        (lambda it: parties.is_within(it, "staff", least=40), ("old", "new"), ("mute",)),
        (lambda it: parties.is_within(it, "founded", least=date(2019, 10, 1)),
         ("new",), ("one", "mute")),
        (lambda it: parties.is_value(it, "public_hospital", value=True),
         ("old",), ("one", "mute")),
        (lambda it: parties.is_value(it, "staff", value=True), (), ("mute",)),
    ],
)  # fmt: skip
def test_what_is_not_filled_in_does_not_match_and_is_told(
    condition: parties.Condition, chosen: tuple[str, ...], unknown: tuple[str, ...]
):
    units = [unit(name, None, "organ_branch", attributes=told) for name, told in PLACES.items()]
    assert parties.select(units, [condition]) == Selection(chosen, unknown)
    assert parties.select(units, [condition, lambda _: False]) == Selection((), ())


def test_people_stand_in_a_relation_on_a_day():
    entry = {"person": "p", "unit": "c", "relation": "patron", "from": "2020-01-01"}
    tree = organisation().evolve({**changed(), "relations": [entry | {"until": "2020-01-31"}]})
    assert tree.related("c", "patron", date(2020, 1, 31)) == ("p",)
    assert tree.related("c", "patron", date(2020, 2, 1)) == ()
    gone = tree.evolve(changed(dropped_relations=[entry]))
    assert gone.related("c", "patron", date(2020, 1, 31)) == ()


def test_a_stand_in_may_have_one_of_their_own():
    roles = [
        {"name": "first", "label": "1", "powers": ["act"], "one": True, "stand_in": "second"},
        {"name": "second", "label": "2", "powers": [], "one": False, "stand_in": "third"},
        {"name": "third", "label": "3", "powers": [], "one": False},
    ]
    said = {"kinds": [], "attributes": [], "roles": roles, "relations": []}
    tree = organisation([post("p", "c", "third")]).evolve({**changed(), "vocabulary": said})
    assert parties.desk(tree, [("c", ("first",))], DAY) == Seat("c", "third", ("p",))
    assert Vocabulary.from_data(said).means("third", {"first"})
