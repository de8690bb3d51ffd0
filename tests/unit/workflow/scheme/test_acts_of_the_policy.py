"""Every desk of the shipped scheme is told what it has to do, by the policy that goes with it."""

import yaml

from services.workflow import schemes
from tests.unit.workflow.case.test_notice_2019 import SCHEME

POLICY = yaml.safe_load(schemes.policy("jilin-health-2019"))


def test_each_state_with_a_desk_has_an_act_in_each_of_its_tiers():
    told = {(one["kind"], one["state"], one.get("tier")) for one in POLICY["acts"]}
    silent = {
        f"{kind.name} {life.tier} {state.name}"
        for kind in SCHEME.kinds.values()
        for life in kind.lives
        for state in life.states.values()
        if not state.final
        and not {(kind.name, state.name, None), (kind.name, state.name, life.tier)} & told
    }
    assert silent == set()
