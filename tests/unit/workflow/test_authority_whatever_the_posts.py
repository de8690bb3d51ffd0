"""Authority: what must hold whatever the posts are."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import ADMINISTRATORS, default
from services.workflow.domain.authority import (
    OPERATIONS,
    REASONS,
    UnknownOperation,
    authorise,
    visible,
)
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Organisation
from tests.builders import (
    APPRAISAL,
    DAY,
    SCHEME,
    UNITS,
    asked,
    client,
    organisation,
    person,
    post,
    review,
)
from tests.unit.workflow.test_authority import TREE

PEOPLE = st.sampled_from(["p", "q"])
POSTS = st.lists(
    st.builds(
        post,
        PEOPLE,
        st.sampled_from([unit for unit, _, _ in UNITS]),
        st.sampled_from(sorted(default().roles.keys() | ADMINISTRATORS)),
        st.sampled_from([date(2019, 1, 1), DAY]),
        st.sampled_from([date(2019, 12, 31), DAY, None]),
    ),
    max_size=6,
).map(lambda posts: [p for p in posts if p.until is None or p.since <= p.until])
CASES = st.tuples(
    st.sampled_from([unit for unit, _, kind in UNITS if kind in APPRAISAL]),
    PEOPLE,
    st.sampled_from(["drafting", "unit_audit", "organ_audit", "cleared", "scored"]),
    st.sampled_from([None, "p", "q"]),
)


def case_in(tree: Organisation, case: tuple[str, str, str, str | None]) -> Case:
    unit, who, state, submitted_by = case
    return review(tree, unit, who, state, submitted_by=submitted_by)


@given(posts=POSTS, case=CASES)
def test_nobody_ever_decides_their_own_case(posts: list[Any], case: Any):
    tree = organisation(posts, people=["p", "q"])
    about = case_in(tree, case)
    for trigger in SCHEME.kinds["review"].life(about.tier).triggers:
        if trigger not in {"submit", "recall", "start_rectification"}:
            one = asked(about, trigger, tree)
            verdict = authorise(person(about.person), "case.trigger", tree, DAY, **one)
            assert verdict.reason in {"own_case", "admin_excluded"}


@given(posts=POSTS, case=CASES)
def test_a_list_shows_exactly_what_may_be_read(posts: list[Any], case: Any):
    tree = organisation(posts, people=["p", "q"])
    about = case_in(tree, case)
    for who in ("p", "q", "stranger"):
        read = authorise(person(who), "case.read", tree, DAY, case=about)
        assert visible(person(who), tree, DAY).holds(about) is read.allowed


@given(
    posts=POSTS,
    case=st.none() | CASES,
    scopes=st.sets(st.sampled_from(["read", "trigger", "act-for", "log", "notify", "admin"])),
    who=st.sampled_from([None, "p", "stranger"]),
    bound=st.sampled_from(["w", "c.h1", "nowhere"]),
)
def test_every_operation_is_answered_and_every_no_is_named(
    posts: list[Any], case: Any, scopes: set[str], who: str | None, bound: str
):
    tree = organisation(posts, people=["p", "q"])
    actor = client(*scopes, scope_unit=bound, on_behalf_of=who)
    about = None if case is None else case_in(tree, case)
    for operation in OPERATIONS:
        verdict = authorise(actor, operation, tree, DAY, case=about, unit="c", person="p")
        assert verdict.allowed is (verdict.reason == "")
        assert verdict.allowed or verdict.reason in REASONS


def test_an_operation_nobody_decided_about_is_an_error():
    with pytest.raises(UnknownOperation):
        authorise(person("c.office"), "case.erase", TREE, DAY)
