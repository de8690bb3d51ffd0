"""Commands that are all done or none: what stands in one another's way, and what is told of it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.workflow.application.firing.commands import Answer, CaseCommand
from services.workflow.application.firing.port import Write
from services.workflow.application.firing.together import Together, _clash
from services.workflow.domain.refusals import StoreUnavailable
from tests.contract.workflow.test_case_races import DEPUTY, QUOTA, two_in_the_lower_band
from tests.contract.workflow.test_case_store import CYCLE, PLACE, case, write
from tests.unit.workflow.case import test_of_posts as posts
from tests.unit.workflow.case.played import Play, at_page


@pytest.fixture
def play() -> Play:
    made = Play(QUOTA.rules, unit=QUOTA.unit)
    made.open()
    two_in_the_lower_band(made)
    return made


def fired(play: Play, people: Sequence[str], *, rehearsed: bool = False) -> list[Answer]:
    """Correct the figures of *people* within the lower band, whom each asks about the others."""
    play.now += timedelta(minutes=1)
    commands = [
        CaseCommand(
            case=play.case(posts.number_of(play, person)).stream,
            trigger="correct",
            actor=at_page("secretary.c"),
            data={"components": {"merit": "55", "zeal": "55"}},
        )
        for person in people
    ]
    return Together(firing=play.firing, store=play.store).fire(commands, rehearsed=rehearsed)


@pytest.mark.parametrize("rehearsed", [True, False])
def test_one_that_rests_on_what_another_moves_is_told_so_at_the_rehearsal_too(
    play: Play, *, rehearsed: bool
):
    before = play.heads.cases
    first, second = fired(play, (posts.OFFICE, posts.LIAISON), rehearsed=rehearsed)
    assert first.outcome == "rehearsed", (first.blockers, first.faults)
    assert [one.code for one in second.blockers] == ["waits_for_another"]
    assert play.heads.cases == before


def test_a_rehearsal_writes_nothing(play: Play):
    before = play.heads.cases
    (told,) = fired(play, [DEPUTY], rehearsed=True)
    assert told.outcome == "rehearsed"
    assert play.heads.cases == before
    assert [one.outcome for one in fired(play, [DEPUTY])] == ["done"]
    assert play.heads.cases != before


def test_who_loses_every_race_hears_that_the_store_is_not_there(
    play: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(play.store, "append_all", lambda _: False, raising=False)
    with pytest.raises(StoreUnavailable):
        fired(play, [DEPUTY])


def of(n: int, **looked_at: object) -> Write:
    return write(case(n), **looked_at)


STREAM = case(1).stream
CLASHES = {
    "looks at what the first moves": of(2, versions={STREAM: 1}),
    "counts what the first moves": of(2, touched={STREAM: 1}),
    "counts on what the first moves": of(2, touches=frozenset({STREAM})),
    "moves it itself": of(1),
    "takes its place": of(2, slots={PLACE: (None, case(2).stream)}),
    "looks at what the first counts on": of(2, touched={"quork/x": 0}),
    "takes its number": of(2, numbers={"2030/quork": (0, 1)}),
}


@pytest.mark.parametrize("second", CLASHES.values(), ids=CLASHES)
def test_who_rests_on_what_one_before_moves_is_found(second: Write):
    first = of(
        1,
        slots={PLACE: (None, STREAM)},
        touches=frozenset({"quork/x"}),
        numbers={"2030/quork": (0, 1)},
    )
    between = write(case(3))
    assert _clash([first, between, second]) == 2


def test_two_that_count_on_one_row_are_both_done():
    row = frozenset({f"{CYCLE}/x"})
    assert _clash([of(1, touches=row), of(2, touches=row), of(3)]) is None
    assert _clash([]) is None
