"""Who a body is, found from the unit of the case."""

import pytest

from services.workflow.domain.scheme import BodyRule
from tests import builders
from tests.unit.workflow.scheme.cases import SCHEME

ORGANISATION = builders.organisation()


@pytest.mark.parametrize(
    ("unit", "nearest", "body"),
    [
        ("c.h1", None, "c.h1"),
        ("c.h1.a", "unit_committee", "c.h1"),
        ("c.h1.g.a", "unit_committee", "c.h1"),
        ("c.h1", "unit_committee", None),  # itself does not count
        ("c", "work_committee", "w"),
        ("c.o1", "organ_committee", "c"),
        ("w", "work_committee", None),
        ("nowhere", "work_committee", None),
    ],
)
def test_a_body_is_the_nearest_above_of_its_kind(unit: str, nearest: str | None, body: str | None):
    assert BodyRule(nearest=nearest).resolve(unit, ORGANISATION) == body


def test_every_appraised_unit_finds_its_bodies():
    for unit in ORGANISATION.units.values():
        tier = SCHEME.tier_of(unit.kind)
        rules = [rule.body for rule in tier.audits(unit.kind)] if tier else []
        rules += [tier.hearing_body] if tier else []
        assert all(rule.resolve(unit.id, ORGANISATION) for rule in rules), unit.id
