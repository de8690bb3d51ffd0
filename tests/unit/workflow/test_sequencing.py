"""How often the sequencer works: often while there is little to do, seldom under load."""

import pytest

from services.workflow.application.sequencing import rest_s


@pytest.mark.parametrize(
    ("worked_s", "rested_s"), [(0, 0.05), (0.002, 0.05), (0.005, 0.1), (0.01, 0.2), (3, 0.25)]
)
def test_the_sequencer_rests_twenty_times_as_long_as_it_worked_within_bounds(
    worked_s: float, rested_s: float
):
    assert rest_s(worked_s) == pytest.approx(rested_s)
