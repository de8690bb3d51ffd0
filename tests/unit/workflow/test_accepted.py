"""What was wrong with what a caller sent is told with what would be accepted."""

import pytest

from services.workflow.domain.reasons import REASONS

# Where nothing the caller could send would pass, or somebody else has to do something first.
HOPELESS = {"exempt", "internal", "no_file_taken", "no_life", "not_carried", "not_for_this_case"}


@pytest.mark.parametrize("status", [400, 422])
def test_whatever_a_caller_got_wrong_says_what_would_be_accepted(status: int):
    silent = {
        code
        for code, reason in REASONS.items()
        if reason.status == status and not (reason.zh_if and reason.en_if)
    }
    assert silent - HOPELESS == set()
