"""A reminder so long before a deadline that its time has always gone by is not taken in silence."""

import pytest

from schemas.document import read_document, spell
from schemas.policy_reading import read_new_policy
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.fitting.reaching import check_reach
from services.workflow.domain.language.loading import load
from tests.texts import POLICY
from tests.unit.workflow.fitting.test_telling import LABORATORY, SHIPPED

APPROVAL = LABORATORY.with_name("change-approval")


def found(policy: str, scheme: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is refused and what is told, by where."""
    refused, warned = dict[str, str](), dict[str, str]()
    check_reach(
        read_new_policy(read_document(policy, compose)),
        load(read_document(scheme, compose)),
        lambda at, reason: refused.update({spell(at): reason}),
        lambda at, reason: warned.update({spell(at): reason}),
    )
    return refused, warned


def files(name: str) -> tuple[str, str]:
    policy, scheme = (
        APPROVAL.with_name(f"{name}{part}.yaml").read_text(encoding="utf-8")
        for part in (".policy", "")
    )
    return policy, scheme


def test_what_is_shipped_reaches_those_whom_it_names():
    assert found(POLICY, SHIPPED) == ({}, {})
    for name in ("laboratory-safety", "change-approval"):
        assert found(*files(name)) == ({}, {})


@pytest.mark.parametrize("before", [10, 11])
def test_what_no_day_of_the_scheme_lets_fall_due_is_refused(before: int):
    policy, scheme = files("change-approval")
    assert "before: 1" in policy
    refused, warned = found(policy.replace("before: 1", f"before: {before}", 1), scheme)
    longest = {"tracks[0].rungs[0].before": "no deadline is ever more than 10 working days off"}
    assert (refused, warned) == (longest if before > 10 else {}, {})


def test_where_somebody_may_set_another_day_it_is_told_and_taken():
    refused, warned = found(POLICY.replace("before: 2", "before: 200"), SHIPPED)
    assert refused == {}
    ((at, reason),) = warned.items()
    assert at == "tracks[0].rungs[0].before"
    assert "no deadline is more than 60 working days off" in reason
