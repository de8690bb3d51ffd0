"""Two policies held against each other, neither of which need be in force."""

from typing import Any

from flask.testing import FlaskClient

from tests.contract.notifier.conftest import HEADERS
from tests.contract.notifier.test_simulations import DAYS, SIMULATIONS, asking
from tests.unit.schemas.test_policy import TEXT

__all__ = ["asking"]  # a fixture


def over(n_days: int) -> dict[str, str]:
    return {"text": TEXT.replace("over: 3", f"over: {n_days}")}


def test_two_policies_are_held_against_each_other_neither_of_which_is_in_force(
    asking: FlaskClient,
) -> None:
    def told(**asked: dict[str, str]) -> Any:
        return asking.post(SIMULATIONS, json=DAYS | asked, headers=HEADERS).json

    both, by_one, by_other = (
        told(policy=over(5), against=over(4)),
        told(policy=over(5)),
        told(policy=over(4)),
    )
    assert both["notices"] == by_one["notices"]
    assert both["otherwise"]["before"] == {
        name: by_other[name] for name in both["otherwise"]["before"]
    }
    come = {one["notice"] for one in both["otherwise"]["come"]}
    before = [one for one in both["notices"] if one["notice"] not in come]
    everything = [*before, *both["otherwise"]["gone"]]
    assert {one["notice"] for one in everything} == {one["notice"] for one in by_other["notices"]}
    in_force = told(against=over(4))
    assert in_force["notices"] == told()["notices"], "alone it is held against what is in force"
    assert in_force["otherwise"]["before"] == both["otherwise"]["before"]


def test_a_policy_is_not_held_against_one_of_another_scheme(asking: FlaskClient) -> None:
    other = {"text": TEXT.replace("scheme: jilin-health-2019", "scheme: another-2019")}
    asked = DAYS | {"policy": over(5), "against": other}
    told = asking.post(SIMULATIONS, json=asked, headers=HEADERS)
    assert (told.status_code, told.json["code"]) == (400, "text_refused")
    (error,) = told.json["errors"]
    assert (error["field"], error["path"]) == ("against", "")
    assert "another-2019" in error["reason"]["zh"]
