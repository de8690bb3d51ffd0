"""Who needs a word that an import takes away."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.document import Fault, Faults
from schemas.vocabulary import default
from services.workflow.domain.organisation.giving_up import (
    SHOWN,
    Need,
    Word,
    ended_in,
    given_up,
    named_in,
    needs_of_posts,
    refuse,
)
from tests.builders import DAY, organisation, post

OFFICE = Word("roles", "office")


def test_a_post_needs_its_role_until_it_has_ended():
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    over = organisation([post("p", "c", "office", until=before), post("q", "c", "clerk")])
    assert list(needs_of_posts(over, [OFFICE], DAY)) == []
    last_day = post("p", "c", "office", until=DAY)
    coming = post("p", "c", "office", since=after, until=None)
    for needing in (last_day, coming):
        (need,) = needs_of_posts(organisation([needing]), [OFFICE], DAY)
        assert (need.shown, need.total) == (["p @ c"], 1)


def test_a_role_that_goes_is_given_up_and_one_that_may_act_no_more_loses_that_alone():
    was = default()
    office, roles = was.roles["office"], dict(was.roles)
    watching = {**roles, "office": replace(office, powers=office.powers - {"act"})}
    kinds = {name: kind for name, kind in was.kinds.items() if name != "general_branch"}
    assert "act" in office.powers
    assert given_up(was, was) == ()
    assert given_up(was, replace(was, roles=watching)) == (Word("acts", "office"),)
    assert given_up(replace(was, roles=watching), was) == ()
    del roles["office"]
    assert given_up(was, replace(was, roles=roles)) == (OFFICE,)
    assert given_up(was, replace(was, kinds=kinds)) == (Word("kinds", "general_branch"),)


def test_a_refusal_lists_the_first_and_counts_all():
    tree = organisation([post(f"p{n}", "c", "office") for n in range(SHOWN + 1)])
    (need,) = needs_of_posts(tree, [OFFICE], DAY)
    assert (len(need.shown), need.total) == (SHOWN, SHOWN + 1)


@pytest.mark.parametrize(
    ("need", "path", "reason"),
    [
        (
            Need(Word("roles", "office"), "posts", ["p @ c"], 1),
            "roles",
            "不能去掉“office”（办公室）：现任或将任 1 人：p @ c",
        ),
        (
            Need(Word("kinds", "general_branch"), "cases", ["一", "二"], 3),
            "kinds",
            "不能去掉“general_branch”（党总支）：3 个未结案件的规则用到它：一、二…",
        ),
        (
            Need(Word("acts", "office"), "cases", ["一"], 1),
            "roles",
            "不能收回“office”（办公室）的 act 权限：1 个未结案件的规则由它办理：一",
        ),
    ],
)
def test_a_word_that_is_needed_is_told_with_its_label_and_who_needs_it(
    need: Need, path: str, reason: str
):
    place = Fault(file="org.yaml", line=4, path="vocabulary", reason="")
    file: Any = SimpleNamespace(vocabulary_place=place)
    with pytest.raises(Faults) as refused:
        refuse(file, default(), [need])
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.path) == ("org.yaml", 4, f"vocabulary.{path}")
    assert fault.told("zh").reason == reason
    refuse(file, default(), [])


def test_what_is_listed_otherwise_ends_no_case():
    assert ended_in({"columns": [{"name": "date", "final": "completed"}]}) == set()


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
