"""Ballots that arrive together, where nothing can be said of them: who sent one pays nothing."""

from typing import Any

import pytest

from services.workflow.application.ballots.together import Filled, Together
from services.workflow.application.rate import RateLimit
from services.workflow.domain.ballots.slips import drawn
from services.workflow.domain.refusals import StoreUnavailable
from tests.loops import run_apart

WHENCE = "192.0.2.7"


class Away:
    """Rounds of a store that is out of reach."""

    async def tickets(self, hashes: Any) -> Any:
        raise StoreUnavailable(f"{len(hashes)} slips")

    async def cast(self, ballots: Any) -> Any:
        raise AssertionError(ballots)


def test_a_permit_is_given_back_where_the_store_is_away() -> None:
    reads = RateLimit(per_s=0.001, burst=1, monotonic_s=lambda: 0.0)
    secret = drawn("cadres", lambda signs: signs[0]).secret
    sheet = Filled(secret=secret, nonce="n" * 22, answers=(), whence=WHENCE)
    with pytest.raises(StoreUnavailable, match="1 slips"):
        run_apart(Together(Away(), reads).cast([sheet, sheet]))
    assert reads.wait_s(WHENCE) == 0
    assert reads.wait_s(WHENCE) > 0  # and no more than was taken
