"""A round opens however many cases it is for, and what it takes grows as they do."""

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from services.workflow.domain.case.rounds import open_round
from services.workflow.domain.organisation import Organisation
from tests.builders import UNITS, organisation, post, unit
from tests.unit.workflow.case.played import NOTICE, Play, scheme

SCHEME = scheme(NOTICE.read_text(encoding="utf-8"))


def with_branches(n: int) -> Organisation:
    branches = [(f"c.h1.n{i}", "c.h1", "grassroots_branch") for i in range(n)]
    tree = (*UNITS, *branches)
    roles = [("c", "office"), ("c", "secretary"), ("c.h1", "secretary"), ("g", "office")]
    roles += [(one, "secretary") for one, _, _ in branches]
    held = [post(f"{role}.{at}", at, role) for at, role in roles]
    return organisation(held, units=[unit(*one) for one in tree])


def calls(function: Callable[[], Any]) -> int:
    """Count every call that *function* makes, of what is written in C too."""
    seen: Counter[str] = Counter()
    sys.setprofile(lambda _, event, __: seen.update([event]))
    try:
        function()
    finally:
        sys.setprofile(None)
    return seen["call"] + seen["c_call"]


def test_a_round_of_two_thousand_cases_is_opened_whole():
    play = Play(SCHEME, with_branches(2000))
    opening = play.open()
    assert len([one for one in play.cases("review") if one.unit.startswith("c.h1.n")]) == 2000
    assert {one.reason for one in opening.left_out} <= {"post_vacant"}


def test_what_a_case_of_a_round_takes_does_not_grow_with_the_cases_before_it():
    few, many = Play(SCHEME, with_branches(250)), Play(SCHEME, with_branches(1000))
    n_few = calls(lambda: open_round(few.world, few.now))
    n_many = calls(lambda: open_round(many.world, many.now))
    assert n_many < 4.4 * n_few
