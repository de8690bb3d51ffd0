"""A place in a list is held against what it is made of, whoever made it up."""

from typing import Any
from uuid import UUID

import pytest

from services.workflow.application.places import BadPlace, of_cases, require_place

CASE = str(UUID(int=1))


@pytest.mark.parametrize("due", [0, False, [], {}, None, 5, "yesterday"])
def test_a_place_among_due_dates_is_an_instant_or_the_empty_text(due: Any):
    require_place(("", CASE), of_cases("due_at"))
    with pytest.raises(BadPlace):
        require_place((due, CASE), of_cases("due_at"))
