"""Cases that releases before this engine wrote, taken up in each state and led on to their end.

The events are those that lie in the recorded histories; whoever may do the next thing is found by
asking, those at the desk first.
"""

import gzip
import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.envelope import Envelope, peek
from schemas.streams import Stream
from schemas.upcast import upcast
from services.workflow.adapters.memory.cases import MemoryCases
from services.workflow.application.folding import Life
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.loading import from_canonical
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation
from tests.unit.workflow.case.played import Play, text_of

HISTORIES = Path(__file__).parents[3] / "histories"
AHEAD: dict[str, dict[str, Any]] = {  # what leads on, and what it takes
    "submit": {"documents": {"report": text_of("achievements", "problems", "tasks")}},
    "pass_unit_audit": {},
    "pass_organ_audit": {},
    "present": {},
    "score": {"components": {"ballot": "91.00", "superior": "88.00"}},
    "give_feedback": {},
    "start_rectification": {},
    "close": {},
}


class Found(NamedTuple):
    """A case as it came into a state, by which rules, and who was there then."""

    case: Case
    scheme: Scheme
    people: Organisation


@cache
def histories() -> dict[tuple[str, str, str], Found]:
    """Return the first case that came into each state, by history, tier and state."""
    found: dict[tuple[str, str, str], Found] = {}
    for log in sorted(HISTORIES.glob("*/sqlite/log.jsonl.gz")):
        rules = rules_in(log.with_name("workflow.db.gz"))
        people, lives = Organisation.empty(), dict[str, Life]()
        for event in map(peek, gzip.decompress(log.read_bytes()).splitlines()):
            if event.fact == "organisation_changed":
                people = people.evolve(upcast(event).data)
            elif is_of_a_case(event):
                life = lives.setdefault(event.subject, Life(Stream.parse(event.subject)))
                case = life.then(event)
                place = (log.parents[1].name, case.tier or "", case.state)
                if case.is_open and case.suspended_at is None:
                    found.setdefault(place, Found(case, rules, people))
    return found


def rules_in(database: Path) -> Scheme:
    """Return the one scheme that a recorded database keeps, of format 1, lifted."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(gzip.decompress(database.read_bytes()))
        ((body,),) = connection.execute("SELECT body FROM document WHERE kind = 'scheme'")
    return from_canonical(body)


def is_of_a_case(event: Envelope) -> bool:
    return event.subject.startswith("review/") and event.subject.count("/") == 1


def taken_up(found: Found) -> Play:
    """Return the round of an old case, over a store that holds it, right after its last event."""
    store = MemoryCases()
    store._cases[found.case.stream] = found.case  # what the migration does
    now = found.case.recorded_at + timedelta(minutes=1)
    return Play(found.scheme, found.people, now=now, store=store, cycle=found.case.cycle)


def led_on(play: Play, number: str) -> str:
    """Do the next thing that leads on, by whoever may; return what it was."""
    case = play.case(number)
    ahead = {one.name for one in play.world.life(case).triggers_from(case.state)}
    units = {holder.unit for holder in case.holders}
    near = [post.person for post in play.organisation.posts() if post.unit in units]
    for trigger, data in AHEAD.items():
        for person in dict.fromkeys((*near, *play.organisation.people)) if trigger in ahead else ():
            if play.act(number, trigger, person, data=data).outcome == "done":
                return trigger
    raise AssertionError(f"nobody leads {number} on from {play.case(number).state}")


@pytest.mark.parametrize("tier", ["A", "B", "C"])
@pytest.mark.parametrize("history", ["before_the_gate", "cycle_2019"])
def test_an_old_case_goes_on_from_each_state_to_its_end(history: str, tier: str):
    begun = {place: one for place, one in histories().items() if place[:2] == (history, tier)}
    for found in begun.values():
        assert found.case.scheme == found.scheme.hash
        play, number = taken_up(found), found.case.number
        while play.case(number).is_open:
            led_on(play, number)
        assert play.case(number).final == "completed"
        assert {one.case.state for one in begun.values()} == open_states(found)
        assert {one.type for one in play.written} == {"workflow.state_changed.v2"}


def open_states(found: Found) -> set[str]:
    life = found.scheme.kinds[found.case.kind].life(found.case.tier or "")
    return {name for name in life.states if name not in life.ends}
