"""The fold of a case: what an event says is what it changes, whatever the kind."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.instants import instant
from services.workflow.domain.case.evolving import evolve, open_case
from services.workflow.domain.case.head import Case

T0 = datetime(2030, 1, 7, 1, tzinfo=UTC)
ID = "018f0000-0000-7000-8000-000000000001"
OPENED = {
    "kind": "quork",
    "label": "Quork",
    "parties": {},
    "audits": [],
    "links": [],
    "number": "2030-quork-0001",
    "cycle": "018f0000-0000-7000-8000-00000000000c",
    "unit": "u1",
    "unit_kind": "lab",
    "path": ["root", "u1"],
    "subject": "ann",
    "state": "begun",
    "effective_at": instant(T0),
    "holders": [
        {"unit": "u1", "role": "head", "desk": "late", "due_at": instant(T0 + timedelta(days=9))},
        {
            "unit": "root",
            "role": "clerk",
            "desk": "soon",
            "due_at": instant(T0 + timedelta(days=2)),
        },
    ],
}


SIGNATURE = {"desk": "soon", "unit": "root", "role": "clerk", "person": "bob"}


def opened() -> Case:
    return open_case(ID, OPENED, "0" * 64, T0)


def after(
    case: Case, fact: str, minutes: int = 1, actor: str | None = "bob", **data: object
) -> Case:
    at = T0 + timedelta(minutes=minutes)
    return evolve(case, fact, {"effective_at": instant(at), **data}, actor, at)


def moved(case: Case, to: str, minutes: int = 1, **data: object) -> Case:
    said = {"trigger": "go", "from": case.state, "to": to, "holders": []}
    return after(case, "state_changed", minutes, **said, **data)


def test_a_case_lies_first_on_the_desk_that_is_due_first():
    case = opened()
    assert case.holder is not None
    assert (case.holder.desk, case.due_at) == ("soon", T0 + timedelta(days=2))


def test_a_desk_without_a_day_comes_after_those_that_have_one():
    desks = [{"unit": "u1", "role": "head", "desk": "never"}, *OPENED["holders"]]
    case = open_case(ID, OPENED | {"holders": desks}, "0" * 64, T0)
    assert (case.holder.desk, case.due_at) == ("soon", T0 + timedelta(days=2))


def test_every_kind_is_told_by_its_stream_and_is_its_own_family_where_it_belongs_to_none():
    assert (opened().stream, opened().family) == (f"quork/{ID}", f"quork/{ID}")


def test_a_case_has_reached_its_first_state_when_it_opens():
    reached = opened().reached
    assert {name: one.effective_at for name, one in reached.items()} == {"opened": T0, "begun": T0}


def test_entering_a_state_ends_what_belonged_to_the_stay():
    signed = after(opened(), "desk_signed", signature=SIGNATURE)
    assert [(one.desk, one.person) for one in signed.signatures] == [("soon", "bob")]
    entered = moved(signed, "going", minutes=2)
    assert (entered.signatures, entered.holders, entered.due_at) == ((), (), None)
    assert entered.reached["going"].effective_at == T0 + timedelta(minutes=2)


def test_what_was_reached_can_be_forgotten_and_when_that_was_is_kept():
    again = moved(moved(opened(), "going"), "begun", minutes=2, forgets=["reached"])
    assert set(again.reached) == {"opened", "begun"}
    assert again.forgot_at == T0 + timedelta(minutes=2)


def test_what_is_forgotten_without_a_move_leaves_the_state_it_stands_in():
    going = moved(opened(), "going")
    stays = after(going, "case_changed", 2, trigger="forget", forgets=["reached"])
    assert set(stays.reached) == {"opened", "going"}


def test_a_planned_day_is_replaced_by_the_entry_and_withdrawn_where_the_event_says_so():
    days = {"going": "2030-02-01", "done": "2030-03-01"}
    planned = after(opened(), "planned_day_set", sets={"planned": days})
    assert planned.planned["going"] == date(2030, 2, 1)
    assert set(moved(planned, "going", 2).planned) == {"done"}
    assert (
        moved(planned, "dropped", 2, final="abandoned", planned_withdrawn=["done", "going"]).planned
        == {}
    )


def test_what_a_case_was_stays_as_it_was_when_it_moves_on():
    before = moved(opened(), "going", verdict={"state": "begun", "result": "pass"})
    kept = asdict(before)
    back = moved(before, "begun", 2, forgets=["verdicts", "reached"])
    assert (back.state, back.verdicts) == ("begun", {})
    assert asdict(before) == kept


def test_who_ever_was_the_subject_stays_one_and_their_verdicts_are_forgotten_where_it_is_said():
    passed = moved(opened(), "going", verdict={"state": "begun", "result": "pass"})
    assert passed.verdicts["begun"].person == "bob"
    told = {"subject": "bob", "previous": "ann", "verdicts_forgotten": ["begun"], "holders": []}
    replaced = after(passed, "subject_replaced", 2, actor="eve", **told)
    assert (replaced.person, replaced.subjects) == ("bob", {"ann", "bob"})
    assert replaced.verdicts == {}


def test_a_suspension_stops_the_clock_and_days_of_it_are_counted():
    stopped = after(opened(), "suspended")
    assert stopped.suspended
    going = after(stopped, "resumed", 2, suspended_working_days=3)
    assert (going.suspended, going.paused_days) == (False, 3)


def test_a_resumption_leaves_it_as_it_was_whether_a_deadline_was_set_by_hand():
    by_hand = {"desk": "soon", "due_at": instant(T0 + timedelta(days=3)), "by_hand": True}
    fixed = after(opened(), "deadline_changed", dues=[by_hand])
    later = {"desk": "soon", "due_at": instant(T0 + timedelta(days=4))}
    going = after(fixed, "resumed", 2, suspended_working_days=1, dues=[later])
    assert (going.due_at, going.due.by_hand) == (T0 + timedelta(days=4), True)
    assert not after(fixed, "deadline_changed", 2, dues=[later]).due.by_hand


def test_forgetting_takes_the_document_out_of_force_and_keeps_its_number():
    paper = {"name": "paper", "version": 1, "rows": [{"row": 4, "values": {"n": "1"}}]}
    filed = after(opened(), "document_filed", documents=[paper], submitters={"paper": "ann"})
    assert (filed.submitters, filed.documents["paper"].rows) == ({"ann"}, {4: {"n": "1"}})
    back = moved(filed, "begun", 2, forgets=["submission"])
    assert (back.documents, back.n_filed, back.n_rows) == ({}, {"paper": 1}, {"paper": 4})


def test_a_document_that_nobody_counts_as_submitter_of_has_none():
    paper = {"name": "remarks", "version": 1, "parts": []}
    assert after(opened(), "document_filed", documents=[paper]).submitters == frozenset()


def test_a_fact_that_no_case_has_is_refused():
    with pytest.raises(ValueError, match="note_added"):
        after(opened(), "note_added")
