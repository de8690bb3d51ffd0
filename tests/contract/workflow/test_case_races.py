"""Two writers for one family at the very same time, on a real database.

What comes of them is what one after the other could have given, and nobody waits for whom waits
for him. A few rounds here; `SHUPING_RACES=10000` makes a drill of it.
"""

import itertools
import os
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from services.workflow.adapters.database import Database
from services.workflow.domain.language.model.scheme import Scheme
from tests.unit.workflow.case import test_of_posts as posts
from tests.unit.workflow.case import test_races as races
from tests.unit.workflow.case.played import Play, scheme
from tests.unit.workflow.case.test_carrying import carried, following, left_open
from tests.unit.workflow.case.test_links_2019 import COMMISSION, PROVINCIAL, scheduled
from tests.unit.workflow.case.test_made_up_kinds import NUMBER, Names, handed_in
from tests.unit.workflow.case.test_made_up_kinds import SCHEME as MADE_UP
from tests.unit.workflow.case.test_notice_2019 import ALONE, FINDINGS, B, submitted

ROUNDS = int(os.environ.get("SHUPING_RACES", "16"))
NAMES = Names(7)
pytestmark = pytest.mark.timeout(0 if ROUNDS > 100 else 900)


@dataclass(frozen=True)
class Meeting:
    """A family somebody prepared, and the acts that meet over it."""

    rules: Scheme
    prepare: races.Step
    acts: Sequence[races.Step]
    unit: str = "c"
    could_give: dict[tuple[int, int], list[Any]] = field(default_factory=dict)

    def in_order(self, one: int, other: int) -> list[Any]:
        """What is there to see after the one and then the other, alone in memory."""
        if (one, other) not in self.could_give:
            play = Play(self.rules, unit=self.unit)
            play.open()
            self.prepare(play)
            start = play.now
            for act in (one, other):
                play.now = start
                self.acts[act](play)
            self.could_give[one, other] = in_the_end(play)
        return self.could_give[one, other]


def in_the_end(play: Play) -> list[Any]:
    """Let what waits for moved days follow, whoever came first; return what there is to see."""
    play.replanning.run(play.round.id)
    return races.outcome(play) + races.outcome(following(play))


def but_for_one_signature(play: Play) -> None:
    handed_in(play, NAMES)
    play.done(NUMBER, NAMES.sign, "deputy_secretary.c.h1")


def before_the_last_audit(play: Play) -> None:
    submitted(play)
    play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    scheduled(play, COMMISSION, "office.c", "2020-02-10")


# To be cleared is to wait for the day of the meeting.
ENTERING = (
    races.does(B, "pass_organ_audit", "office.c"),
    races.does(B, "return_organ_audit", "office.c", data=FINDINGS),
    *races.DAYS[:2],
    races.DAYS[-1],
)
CARRYING = (
    carried,
    races.does(f"{B}/01", "verify", "office.c"),
    races.does(f"{B}/02", "withdraw", "office.c", reason="r"),
    races.does(B, "close", "office.c"),
)
RECALLED = """
      @recall:
        label: 收回
        from: [@both]
        to: @started
        by: [{party: @own, roles: [office]}]
        forgets: [submission, signatures]
      @weigh:"""
SIGNED = scheme(NAMES.written(MADE_UP.replace("\n      @weigh:", RECALLED, 1)))
# Two of three have to be of the lower band when a figure is corrected: of two corrections that
# each find both, the second finds one.
CORRECTING = """\
      correct: {label: 改, from: [told], by: [{party: upper, roles: [secretary]}],
                takes: [{component: merit}, {component: zeal}],
                guards: [{name: quota_met, quota: few}]}
"""
DEPUTY = "deputy_secretary.c.o1"
OF_POSTS = posts.TEXT.replace("at_least: [1, 4]", "at_least: [2, 3]").replace(
    "person: {roles: [office, liaison]}", "person: {roles: [office, liaison, deputy_secretary]}"
)


def two_in_the_lower_band(play: Play) -> None:
    for person, figure in ((posts.OFFICE, "50"), (posts.LIAISON, "50"), (DEPUTY, "90")):
        posts.rated(play, posts.told(play, person), figure, figure)


def of(person: str, trigger: str, **more: Any) -> races.Step:
    return lambda play: play.act(posts.number_of(play, person), trigger, "secretary.c", **more)


RAISED = {"components": {"merit": "90", "zeal": "90"}}
QUOTA = Meeting(
    scheme(OF_POSTS.replace("      spare:", f"{CORRECTING}      spare:")),
    two_in_the_lower_band,
    (
        of(posts.OFFICE, "correct", data=RAISED),
        of(posts.LIAISON, "correct", data=RAISED),
        of(DEPUTY, "settle"),
        of(posts.OFFICE, "settle"),
    ),
    unit="c.o1",
)
SIGNING = (
    races.does(NUMBER, NAMES.sign, "office.c"),
    races.does(NUMBER, NAMES.refuse, "office.c"),
    races.does(NUMBER, NAMES.recall, "office.c.h1"),
    races.does(f"{NUMBER}/01", NAMES.finish, "liaison.c.h1"),
)
MEETINGS = (
    Meeting(ALONE, races.items_open, races.ITEMS),
    Meeting(ALONE, races.meetings, races.DAYS),
    Meeting(ALONE, before_the_last_audit, ENTERING),
    Meeting(ALONE, lambda play: left_open(play, 2), CARRYING),
    Meeting(SIGNED, but_for_one_signature, SIGNING),
    QUOTA,
)
PAIRS = [
    (nth, one, other)
    for nth, met in enumerate(MEETINGS)
    for one, other in itertools.product(range(len(met.acts)), repeat=2)
    if one != other
]


def fresh_ids() -> Iterator[str]:
    while True:
        yield str(uuid.uuid4())


def at_once(database: Database, met: Meeting, one: int, other: int) -> Any:
    """Let two writers, each with what it has learnt itself, act at the same time."""
    cycle = str(uuid.uuid4())
    sides = [
        Play(met.rules, unit=met.unit, store=database.store, cycle=cycle, ids=fresh_ids())
        for _ in "ab"
    ]
    sides[0].open()
    met.prepare(sides[0])
    sides[1].now = sides[0].now
    together = threading.Barrier(2)

    def act(side: Play, nth: int) -> None:
        together.wait()
        met.acts[nth](side)

    writers = [
        threading.Thread(target=act, args=pair) for pair in zip(sides, (one, other), strict=True)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = in_the_end(sides[0])
    with database._connections.transaction() as connection:  # the next round counts from 1 again
        connection.execute(sa.text("UPDATE case_number SET last = 0"))
    return found


def deadlocks(database: Database) -> int:
    if not database.is_postgres:
        return 0
    counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    with database._connections.transaction() as connection:
        return int(connection.execute(sa.text(counted)).scalar_one())


def test_no_history_that_one_by_one_could_not_give_and_no_deadlock(database: Database):
    class Writers(RuleBasedStateMachine):
        @rule(pair=st.sampled_from(PAIRS))
        def meet(self, pair: tuple[int, int, int]) -> None:
            nth, one, other = pair
            met = MEETINGS[nth]
            found = at_once(database, met, one, other)
            assert found in (met.in_order(one, other), met.in_order(other, one))

    many = settings(
        max_examples=max(1, ROUNDS // 8),
        stateful_step_count=8,
        deadline=None,
        database=None,
        derandomize=ROUNDS <= 100,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Writers, settings=many)
    assert deadlocks(database) == 0


def test_two_who_each_find_a_quota_met_do_not_both_pass_it(database: Database):
    for _ in range(ROUNDS // 2):
        found = at_once(database, QUOTA, 0, 1)
        assert found in (QUOTA.in_order(0, 1), QUOTA.in_order(1, 0))
    assert deadlocks(database) == 0
