"""What the store in memory promises the write loop: compared again, taken whole, or not at all.

The databases promise the same of writes that were decided (`test_cases.py`); these are made up.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.workflow.adapters.memory.cases import MemoryCases
from services.workflow.application.firing.port import CaseStore, Wanted, Write
from services.workflow.application.ports import Key
from services.workflow.domain.case.evolving import open_case
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import Place, Row
from tests.contract.workflow.appends import written

AT = datetime(2030, 1, 7, 1, tzinfo=UTC)
CYCLE = "018f0000-0000-7000-8000-00000000000c"
PLACE = Place(CYCLE, "quork", "u1")
OPENED = {
    "kind": "quork",
    "label": "Quork",
    "number": "2030-quork-0001",
    "cycle": CYCLE,
    "unit": "u1",
    "unit_kind": "lab",
    "path": ["u1"],
    "parties": {},
    "audits": [],
    "links": [],
    "state": "begun",
    "holders": [],
    "effective_at": "2030-01-07T01:00:00.000000Z",
}


@pytest.fixture(params=[pytest.param(MemoryCases, id="memory")])
def cases(request: pytest.FixtureRequest) -> CaseStore:
    made: CaseStore = request.param()
    return made


def case(n: int, version: int = 1) -> Case:
    opened = open_case(f"018f0000-0000-7000-8000-{n:012d}", OPENED, "0" * 64, AT)
    return replace(opened, version=version)


def write(*after: Case, **looked_at: object) -> Write:
    events = tuple(event for one in after for event in written(None, one).events)
    return Write(cycle=CYCLE, events=events, **looked_at)


def standing(cases: CaseStore, *streams: str):
    return cases.standing([Wanted(case=one, cycle=CYCLE) for one in streams or ("",)])


def done(cases: CaseStore, *after: Case, **looked_at: object) -> bool:
    (won,) = cases.append([write(*after, **looked_at)])
    return won


def test_what_was_written_stands(cases: CaseStore):
    assert done(cases, case(1))
    assert standing(cases).case(case(1).stream) == case(1)
    assert standing(cases).case(case(2).stream) is None


def test_of_two_who_write_one_version_one_does(cases: CaseStore):
    assert done(cases, case(1))
    assert done(cases, case(1, 2))
    assert not done(cases, replace(case(1, 2), state="elsewhere"))
    assert standing(cases).case(case(1).stream).state == "begun"


def test_a_version_is_not_left_out(cases: CaseStore):
    assert done(cases, case(1))
    assert not done(cases, case(1, 3))


def test_a_write_is_taken_whole_or_not_at_all(cases: CaseStore):
    assert done(cases, case(1))
    assert not done(cases, case(2), case(1, 3))
    assert standing(cases).case(case(2).stream) is None


def test_several_events_of_one_stream_may_stand_in_one_write(cases: CaseStore):
    assert done(cases, case(1), case(1, 2))
    assert standing(cases).case(case(1).stream).version == 2


def test_a_head_that_was_looked_at_must_not_have_moved(cases: CaseStore):
    assert done(cases, case(1))
    assert done(cases, case(1, 2))
    assert not done(cases, case(2), versions={case(1).stream: 1})
    assert done(cases, case(2), versions={case(1).stream: 2})


@pytest.mark.parametrize("row", [case(1).stream, PLACE], ids=["case", "place"])
def test_a_count_that_was_looked_at_must_not_have_moved(cases: CaseStore, row: Row):
    assert done(cases, case(1))
    assert done(cases, case(2), touches=frozenset({row}))
    assert not done(cases, case(3), touched={row: 0})
    assert standing(cases).heads[CYCLE].touched[row] == 1
    assert done(cases, case(3), touched={row: 1})


def test_what_is_counted_moves_no_version(cases: CaseStore):
    assert done(cases, case(1))
    assert done(cases, case(2), touches=frozenset({case(1).stream}))
    assert done(cases, case(1, 2))


def test_a_place_is_taken_by_one(cases: CaseStore):
    taken = {PLACE: (None, case(1).stream)}
    assert done(cases, case(1), slots=taken)
    assert not done(cases, case(2), slots={PLACE: (None, case(2).stream)})
    assert standing(cases).heads[CYCLE].current[PLACE] == case(1).stream
    assert done(cases, case(2), slots={PLACE: (case(1).stream, case(2).stream)})
    assert done(cases, case(2, 2), slots={PLACE: (case(2).stream, None)})
    assert PLACE not in standing(cases).heads[CYCLE].current


def test_a_number_is_given_once(cases: CaseStore):
    assert done(cases, case(1), numbers={"2030/quork": (0, 1)})
    assert not done(cases, case(2), numbers={"2030/quork": (0, 1)})
    assert done(cases, case(2), numbers={"2030/quork": (1, 3)})
    assert standing(cases).heads[CYCLE].numbered["2030/quork"] == 3


def test_a_key_is_used_up_by_what_was_accepted_alone(cases: CaseStore):
    key = Key(client="oa", key="k", fingerprint=b"f", left_open={"item": 2})
    assert not done(cases, case(1, 2), key=key)
    assert done(cases, case(1), key=key)
    assert not done(cases, case(2), key=key)
    found = cases.standing([Wanted(client="oa", key="k")]).used["oa", "k"]
    assert (found.stream, found.version, found.key) == (case(1).stream, 1, key)


def test_of_a_batch_each_is_taken_by_itself(cases: CaseStore):
    batch = [write(case(1)), write(case(2, 2)), write(case(3))]
    assert cases.append(batch) == [True, False, True]
