"""What callers who came together hear when the store fails them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from services.workflow.application.commands import Command
from services.workflow.application.envelopes import Sealer
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.transitions import Transitions
from services.workflow.domain.authority import Actor
from services.workflow.domain.refusals import OutcomeUnknown, Refused, StoreUnavailable


class Failing:
    """A `RoundStore` that raises what it is given, one after another, the last for ever."""

    def __init__(self, *failures: Refused) -> None:
        self.failures = list(failures)
        self.n_asked = 0

    async def standing(self, _wanted: Any) -> Any:
        self.n_asked += 1
        raise self.failures.pop(0) if len(self.failures) > 1 else self.failures[0]


def told(store: Failing, n: int) -> list[type]:
    none: Any = None
    transitions = Transitions(
        store=none,
        reads=none,
        rulebook=Rulebook(none),
        directory=Directory(none),
        sealer=Sealer(),
        now=none,
    )
    actor = Actor(client="oa", person=None, scopes=frozenset(), scope_unit="w")
    commands = [Command(review=f"r{i}", trigger="submit", actor=actor) for i in range(n)]
    with ThreadPoolExecutor(1) as thread:
        fired = thread.submit(asyncio.run, transitions.fire_together(commands, store))  # type: ignore[arg-type]
        return [type(answer) for answer in fired.result()]


def test_a_store_out_of_reach_is_asked_for_one_more_and_not_for_everybody():
    store = Failing(StoreUnavailable("gone"))
    assert told(store, 5) == [StoreUnavailable] * 5
    assert store.n_asked == 2


def test_what_may_have_been_written_stays_unknown_though_asking_again_fails():
    store = Failing(OutcomeUnknown("lost"), StoreUnavailable("gone"))
    assert told(store, 3) == [OutcomeUnknown] * 3
