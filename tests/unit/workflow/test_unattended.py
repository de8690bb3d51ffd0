"""A duty goes on whatever happens; trouble is told once for each kind."""

import errno
import itertools

from services.workflow.application.unattended import Duty
from services.workflow.domain.refusals import LogDamaged

FULL = OSError(errno.ENOSPC, "full")


class Told(list):
    def __call__(self, event: str, **about: object) -> None:
        self.append((event, about.get("kind")))


def test_what_stops_one_attempt_is_told_once_for_each_kind():
    results: list[Exception | int] = [FULL, RuntimeError(), FULL, LogDamaged("x"), 7, FULL]
    told, clock = Told(), iter(range(0, 1000, 40))

    def act() -> int:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    duty = Duty("signing", act, told, lambda: next(clock))
    assert [duty.attempt() for _ in range(6)] == [None, None, None, None, 7, None]
    in_trouble = "duty_in_trouble"
    assert told == [
        (in_trouble, f"OSError[{errno.ENOSPC}]"),
        (in_trouble, "RuntimeError"),
        (in_trouble, "TREE_DAMAGED"),
        ("duty_goes_on", None),
        (in_trouble, f"OSError[{errno.ENOSPC}]"),
    ]
    assert duty.trouble == f"OSError[{errno.ENOSPC}]"


def test_the_next_attempt_comes_later_and_later_but_comes():
    now, tried = [0.0], list[float]()

    def act() -> None:
        tried.append(now[0])
        raise FULL

    duty = Duty("signing", act, Told(), lambda: now[0])
    while now[0] < 200:
        duty.attempt()
        now[0] += 0.5
    pauses = [later - sooner for sooner, later in itertools.pairwise(tried)]
    assert pauses[:7] == [0.5, 1, 2, 4, 8, 16, 30]
    assert set(pauses[7:]) == {30}
