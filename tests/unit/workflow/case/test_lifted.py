"""Reviews that a release wrote, lifted event by event, stand where its own fold had them stand."""

import gzip
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from schemas.envelope import Envelope, peek
from schemas.streams import Stream
from schemas.upcast import GRADING, upcast
from services.workflow.domain.case.evolving import evolve, open_case
from services.workflow.domain.case.head import Case
from tests.unit.schemas.facts import DATA, envelope
from tests.unit.schemas.parts_of_facts import AT, DUE
from tests.unit.workflow.case.recorded import lines, spelled

SECRETARY = DATA["review_opened"]["holder"]
HISTORIES = sorted((Path(__file__).parents[3] / "histories").glob("*/sqlite/log.jsonl.gz"))


def lives(log: Path) -> Iterator[list[Envelope]]:
    """Yield the events of each review's own stream."""
    with gzip.open(log) as lines:
        events = sorted(map(peek, lines), key=lambda event: (event.subject, event.streamversion))
    for name, life in groupby(events, key=lambda event: event.subject):
        if Stream.parse(name).is_case and not Stream.parse(name).side:
            yield list(life)


def as_case(opened: Envelope, *life: Envelope) -> Iterator[Case]:
    id_, first = Stream.parse(opened.subject).id, upcast(opened)
    case = open_case(id_, first.data, first.schemehash or "", first.time, actor=first.actor)
    yield case
    for event in (upcast(each, opened) for each in life):
        case = evolve(case, event.fact, event.data, event.actor, event.time)
        yield case


def where(case: Case) -> dict[str, object]:
    holder, report = case.holder, case.documents.get("report")
    scores = {name: str(given.figure) for name, given in case.components.items()}
    if GRADING in case.grades:
        grade = case.grades[GRADING]
        scores |= {"final": str(grade.figure), "grade": grade.name}
    return {
        "own": (case.id, case.number, case.cycle, case.person, case.unit, case.path),
        "state": (case.state, case.version, case.entered_at, case.initial),
        "times": (case.effective_at, case.recorded_at, case.opened_at),
        "desk": holder and (holder.unit, holder.role, holder.person),
        "due": (case.due_at, case.due.by_hand),
        "paused": (case.suspended_at, case.paused_days),
        "report": (case.n_filed.get("report", 0), report.submitter if report else None),
        "passed_by": {state: one.person for state, one in case.verdicts.items() if one.passed},
        "marks": {state: one.effective_at for state, one in case.reached.items()},
        "scores": scores,
    }


@pytest.mark.parametrize("log", HISTORIES, ids=lambda log: log.parts[-3])
def test_a_lifted_review_stands_after_each_event_where_it_stood(log: Path):
    n_events = 0
    for life, stood in zip(lives(log), lines(log.parts[-3]), strict=True):
        for case, there in zip(as_case(*life), stood, strict=True):
            assert spelled(where(case)) == there
            n_events += 1
        assert case.is_open == bool(case.holders)
    assert n_events > 400


def made_up() -> list[Envelope]:
    """A life with what the recorded ones lack: deadlines set by hand, a withdrawal."""
    back = {"from": "cleared", "to": "drafting", "holder": SECRETARY, "due_at": AT}
    acts: list[tuple[str, dict[str, object]]] = [
        ("state_changed", {**DATA["state_changed"]}),
        ("state_changed", {"trigger": "redo", **back}),
        ("suspended", {"trigger": "suspend"}),
        ("resumed", {"trigger": "resume", "suspended_working_days": 2, "due_at": AT}),
        ("state_changed", {"trigger": "revoke_clearance", **back}),
        ("deadline_changed", {"trigger": "change_deadline", "due_at": DUE, "previous_due_at": AT}),
        ("suspended", {"trigger": "suspend"}),
        ("resumed", {"trigger": "resume", "suspended_working_days": 1, "due_at": DUE}),
        ("state_changed", {"trigger": "withdraw", "from": "drafting", "to": "withdrawn"}),
    ]
    life = [envelope("review_opened")]
    for version, (fact, data) in enumerate(acts, start=2):
        told = {"effective_at": AT, **data}
        life.append(envelope(fact, streamversion=version, data=told))
    return life


def test_what_was_set_by_hand_stays_so_until_the_state_is_left():
    cases = list(as_case(*made_up()))
    (stood,) = lines("made_up")
    assert [spelled(where(case)) for case in cases] == stood
    assert cases[-1].final == "abandoned"
