"""Of several decisions that one act takes, each is that of the body it names, in any order."""

import pytest

from services.workflow.domain.data.decision import whose


@pytest.mark.parametrize(
    ("named", "bodies", "found"),
    [
        (["b", "a"], ["a", "b"], ["b", "a"]),
        (["b", ""], ["a", "b"], ["b", "a"]),
        (["", ""], ["a", "b"], ["a", "b"]),
        (["c", "b"], ["a", "b"], ["a", "b"]),  # c is told that a's is expected
        (["a", "a"], ["a", "b"], ["a", "b"]),
        (["c"], [], [None]),  # any body's
        (["c"], [None], [None]),
    ],
)
def test_a_decision_is_that_of_the_body_it_names(
    named: list[str], bodies: list[str | None], found: list[str | None]
):
    assert whose([{"body": one} if one else {} for one in named], bodies) == found
