"""A review evolves into another one; what it was stays as it was."""

from dataclasses import FrozenInstanceError, asdict

import pytest

from services.workflow.domain.review import evolve
from tests.contract.workflow.appends import START, review

MOVED = {
    "trigger": "submit",
    "from": "drafting",
    "to": "unit_audit",
    "effective_at": "2020-01-08T01:30:00.000000Z",
    "holder": {"unit": "c.h1", "role": "office"},
    "report": {"version": 1},
}


def test_what_a_review_was_stays_as_it_was():
    before = review()
    kept = asdict(before)
    after = evolve(before, "state_changed", MOVED, "zhang", START)
    assert asdict(before) == kept
    assert (after.state, after.version, after.n_reports) == ("unit_audit", 2, 1)
    assert after.marks == {"opened": START, "drafting": START, "unit_audit": START}


def test_a_review_that_evolved_is_one_like_any_other():
    after = evolve(review(), "suspended", MOVED, "zhang", START)
    assert after == review(version=2, suspended_at=START)
    with pytest.raises(FrozenInstanceError):
        after.state = "closed"  # type: ignore[misc]


def test_who_passed_an_audit_is_known_until_the_report_goes_back():
    audited = evolve(review(), "state_changed", MOVED, "zhang", START)
    passed = MOVED | {"trigger": "pass_unit_audit", "from": "unit_audit", "to": "cleared"}
    passed = {name: value for name, value in passed.items() if name != "report"}
    cleared = evolve(audited, "state_changed", passed, "li", START)
    assert (cleared.submitted_by, cleared.passed_by) == ("zhang", {"unit_audit": "li"})
    back = passed | {"trigger": "revoke_clearance", "from": "cleared", "to": "drafting"}
    again = evolve(cleared, "state_changed", back, "li", START)
    assert (again.submitted_by, again.passed_by) == (None, {})
