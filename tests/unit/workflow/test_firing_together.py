"""What callers who came together, and those of a bulk, hear when the store fails them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from services.workflow.application.envelopes import Sealer
from services.workflow.application.firing import waves
from services.workflow.application.firing.commands import Answer, CaseCommand
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.port import Standing, Wanted
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.domain.authority import Actor
from services.workflow.domain.refusals import OutcomeUnknown, Refused, StoreUnavailable
from tests.loops import run_apart


class Failing:
    """A `CaseRounds` that raises what it is given, one after another, the last for ever."""

    def __init__(self, *failures: Refused) -> None:
        self.failures = list(failures)
        self.n_asked = 0

    async def standing(self, _wanted: Any) -> Any:
        self.n_asked += 1
        raise self.failures.pop(0) if len(self.failures) > 1 else self.failures[0]


ACTOR = Actor(client="oa", person=None, scopes=frozenset(), scope_unit="w")


def firing_over(store: Any = None) -> Firing:
    none: Any = None
    return Firing(
        store=store,
        rulebook=Rulebook(none),
        directory=Directory(none),
        sealer=Sealer(),
        now=lambda: datetime(2020, 1, 8, tzinfo=UTC),
    )


def told(store: Failing, n: int) -> list[type]:
    firing = firing_over()
    commands = [CaseCommand(case=f"review/r{i}", trigger="submit", actor=ACTOR) for i in range(n)]
    fired = run_apart(firing.fire_together(commands, store))  # type: ignore[arg-type]
    return [type(answer) for answer in fired]


def test_a_store_out_of_reach_is_asked_for_one_more_and_not_for_everybody():
    store = Failing(StoreUnavailable("gone"))
    assert told(store, 5) == [StoreUnavailable] * 5
    assert store.n_asked == 2


def test_what_may_have_been_written_stays_unknown_though_asking_again_fails():
    store = Failing(OutcomeUnknown("lost"), StoreUnavailable("gone"))
    assert told(store, 3) == [OutcomeUnknown] * 3


class Reachable:
    """A `CaseStore` that knows no review, and fails where it is asked for one of *failing*.

    It knows of what family each is: the first letter of its name.
    """

    def __init__(self, failing: dict[str, Refused]) -> None:
        self.failing = failing
        self.asked: list[str] = []

    def families(self, cases: Sequence[str]) -> dict[str, str]:
        if "families" in self.failing:
            raise self.failing["families"]
        return {case: case[0] for case in cases}

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        self.asked += [one.case for one in wanted]
        for one in wanted:
            if one.case in self.failing:
                raise self.failing[one.case]
        return Standing(heads={})


def told_each(store: Any, reviews: Sequence[str]) -> dict[int, Any]:
    firing = firing_over(store)
    commands = (CaseCommand(case=review, trigger="submit", actor=ACTOR) for review in reviews)
    return {
        place: answer.outcome if isinstance(answer, Answer) else type(answer)
        for place, answer in firing.fire_each(commands)
    }


@pytest.mark.parametrize("failure", [StoreUnavailable("gone"), OutcomeUnknown("lost")])
def test_in_a_bulk_those_hear_of_a_failure_whom_it_met_and_no_more_is_sent(
    monkeypatch: pytest.MonkeyPatch, failure: Refused
):
    monkeypatch.setattr(waves, "MOST_AT_ONCE", 1)
    store = Reachable({"b": failure})
    assert told_each(store, "abc") == {0: "not_allowed", 1: type(failure), 2: StoreUnavailable}
    assert store.asked == ["a", "b"]


def test_the_second_command_for_a_review_is_read_after_the_first_was_written():
    store = Reachable({})
    assert told_each(store, "aab") == dict.fromkeys(range(3), "not_allowed")
    assert store.asked == ["a", "b", "a"]


def test_the_second_command_for_a_family_is_read_after_the_first_was_written():
    store = Reachable({})
    told_each(store, ["a", "a/part", "b"])
    assert store.asked == ["a", "b", "a/part"]


def test_families_that_are_known_are_kept_to_and_all_others_asked_for():
    store = Reachable({})
    firing = firing_over(store)
    names = ["review/x", "review/y", "a", "ab"]
    commands = [CaseCommand(case=name, trigger="submit", actor=ACTOR) for name in names]
    assert len([*firing.fire_each(commands, {"x": "one", "y": "one"})]) == 4
    assert store.asked == ["review/x", "a", "review/y", "ab"]


def test_of_a_bulk_whose_families_cannot_be_read_nothing_is_sent():
    store = Reachable({"families": StoreUnavailable("gone")})
    assert told_each(store, "ab") == dict.fromkeys(range(2), StoreUnavailable)
    assert store.asked == []
