"""Filters take every name that a scheme or an organisation may have."""

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from schemas import limits
from services.workflow.adapters.http.cases import ReviewQuery
from services.workflow.adapters.web import filters

STATES = st.from_regex(rf"\A{limits.CODE}\Z")
TIERS = st.from_regex(rf"\A{limits.TIER}\Z")
IDS = st.from_regex(rf"\A{limits.IDENTIFIER}\Z")


@given(states=st.lists(STATES, min_size=1, max_size=20), tier=TIERS, unit=IDS)
def test_the_api_asks_for_any_state_tier_and_unit(states: list[str], tier: str, unit: str):
    asked = {"state": ",".join(states), "tier": tier, "unit": unit, "holder": unit, "person": unit}
    found = ReviewQuery().load(asked)
    assert {name: found[name] for name in asked} == asked


@given(state=STATES, tier=TIERS, unit=IDS, number=IDS)
def test_pages_ask_for_any_state_tier_unit_and_number(
    state: str, tier: str, unit: str, number: str
):
    asked = {"state": state, "tier": tier, "unit": unit, "holder": unit, "text": number}
    found = filters.read(MultiDict(asked))
    assert {name: getattr(found, name) for name in asked} == asked
