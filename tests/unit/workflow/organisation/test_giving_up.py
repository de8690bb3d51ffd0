"""Who needs a word that an import takes away."""

from datetime import timedelta

from services.workflow.domain.organisation.giving_up import (
    SHOWN,
    Word,
    ended_in,
    named_in,
    needs_of_posts,
)
from tests.builders import DAY, organisation, post

OFFICE = Word("roles", "office")


def test_a_post_needs_its_role_until_it_has_ended():
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    over = organisation([post("p", "c", "office", until=before), post("q", "c", "clerk")])
    assert list(needs_of_posts(over, [OFFICE], DAY)) == []
    coming = organisation([post("p", "c", "office", since=after, until=None)])
    (need,) = needs_of_posts(coming, [OFFICE], DAY)
    assert (need.shown, need.total) == (["p @ c"], 1)


def test_a_refusal_lists_the_first_and_counts_all():
    tree = organisation([post(f"p{n}", "c", "office") for n in range(SHOWN + 1)])
    (need,) = needs_of_posts(tree, [OFFICE], DAY)
    assert (len(need.shown), need.total) == (SHOWN, SHOWN + 1)


def test_rules_of_either_format_name_roles_and_kinds_and_say_what_ends_a_case():
    first = {
        "states": {"open": {"desk": {"roles": ["office"]}}, "done": {"final": "completed"}},
        "tiers": {"A": {"kinds": {"lab": {}}, "hearing_body": {"nearest": "faculty"}}},
    }
    second = {
        "parties": {"units": {"body": {"nearest": "faculty"}}},
        "cases": {
            "visit": {
                "states": [{"name": "open"}, {"name": "done", "final": "completed"}],
                "tiers": {"A": {"kinds": ["lab"]}},
                "opened_by": [{"party": "body", "roles": ["office"]}],
            }
        },
    }
    for rules in (first, second):
        assert {OFFICE, Word("kinds", "lab"), Word("kinds", "faculty")} <= named_in(rules)
        assert ended_in(rules) == {"done"}
