"""A bug of ours that makes a broken event: nothing of it is stored, and it spoils nothing else."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from services.workflow.application.access import Access
from services.workflow.application.envelopes import Sealer
from services.workflow.application.firing.commands import Answer
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.notices import Notices
from services.workflow.domain.authority import Actor
from tests.loops import run_apart
from tests.unit.workflow.hospital import LISTS, OPENED, Hospital


@dataclass(frozen=True, kw_only=True, slots=True)
class Careless(Sealer):
    """Makes events of one review that do not fit their schema."""

    review: str

    def event(self, fact: str, stream: str, version: int, data: Any, **rest: Any) -> bytes:
        wrong = {"somebody": "某人"} if self.review in stream else {}
        return Sealer.event(self, fact, stream, version, {**data, **wrong}, **rest)


@pytest.fixture
def hospital() -> Hospital:
    """Zhang's review meets the bug; wang's does not."""
    return Hospital()


@pytest.fixture
def firing(hospital: Hospital) -> Firing:
    return hospital.firing_with(Careless(review=hospital.id))


def other(hospital: Hospital) -> str:
    (found,) = (one.id for one in hospital.store.heads.values() if one.person == "wang")
    return found


def both(hospital: Hospital) -> list[Any]:
    mine = hospital.command("zhang", "submit", data={"report": LISTS}, key="k1")
    wangs = hospital.command("wang", "submit", data={"report": LISTS}, key="k2")
    return [mine, replace(wangs, case=f"review/{other(hospital)}")]


def told(answer: Any) -> Any:
    return answer.outcome if isinstance(answer, Answer) else type(answer)


def test_one_alone_hears_of_the_bug_and_keeps_the_key(hospital: Hospital, firing: Firing):
    with pytest.raises(UnfitEvent):
        firing.fire(both(hospital)[0])
    assert (hospital.events, hospital.review.version) == ([], 1)
    assert hospital.firing.fire(both(hospital)[0]).outcome == "done"


def test_of_a_bulk_the_others_are_done(hospital: Hospital, firing: Firing):
    answers = {place: told(answer) for place, answer in firing.fire_each(both(hospital))}
    assert answers == {0: UnfitEvent, 1: "done"}
    assert (hospital.events, hospital.store.heads[other(hospital)].version) == ([], 2)


def test_of_those_who_came_together_the_others_are_done(hospital: Hospital, firing: Firing):
    fired = run_apart(firing.fire_together(both(hospital)))
    assert [told(answer) for answer in fired] == [UnfitEvent, "done"]
    assert (hospital.events, hospital.store.heads[other(hospital)].version) == ([], 2)


def test_of_the_reported_notices_the_others_are_recorded(hospital: Hospital):
    store: Any = hospital.store
    access = Access(store, hospital.directory, hospital.rulebook, lambda: hospital.clock, ZONE)
    sealer = Careless(review=hospital.id)
    notices = Notices(
        store=store, reads=store, access=access, sealer=sealer, now=lambda: hospital.clock
    )
    notifier = Actor(client="notifier", person=None, scopes=frozenset({"notify"}), scope_unit="w")
    reported = [notice(hospital.id), notice(other(hospital))]
    found = notices.report(notifier, reported, "request-1")
    assert [(one.outcome, told(one.failure)) for one in found] == [
        ("broken", UnfitEvent),
        ("recorded", type(None)),
    ]
    assert hospital.events == []


def notice(review: str) -> dict[str, Any]:
    return {
        "notice": str(uuid4()),
        "subject": f"review/{review}",
        "version": 1,
        "state": "drafting",
        "track": "due",
        "rung": "due_day",
        "kind": "reminder",
        "channel": "email",
        "outcome": "not_sent",
        "reason": "vacant",
        "skipped": [],
        "planned_at": OPENED,
        "decided_at": OPENED,
        "policyhash": "0" * 64,
    }
