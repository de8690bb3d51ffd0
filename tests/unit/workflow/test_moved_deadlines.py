"""What the notifier is told of a deadline that a calendar would move, and what is left out."""

from schemas.facts.acts import DeadlineChangedV2
from services.workflow.application.moved_deadlines import told_to_clocks

AWAITED, OTHER = (f"review/00000000-0000-7000-8000-00000000000{n}" for n in "12")
READ = {"desk": "a", "due_at": "2020-01-20T16:00:00.000000Z", "waits_for": {"mark": "held"}}


def test_of_a_deadline_that_waits_the_case_is_told_that_it_waits_for_and_not_how_it_was_counted():
    waits_for = {"link": "meeting", "mark": "held"}
    awaited = {"link": "meeting", "stream": AWAITED, "version": 3}
    due = READ | {
        "rule": {"working_days": 3},
        "calendar": {"id": "cn", "hash": "0" * 64},
        "raised_from": "2020-01-18",
        "waits_for": waits_for,
        "sources": [awaited, {"link": "item", "stream": OTHER, "version": 1}],
    }
    told = told_to_clocks({"effective_at": "2020-01-10T16:00:00.000000Z", "dues": [due]})
    assert told["dues"] == [READ | {"waits_for": waits_for, "sources": [awaited]}]
    DeadlineChangedV2().load(told)


def test_of_a_deadline_that_waits_for_a_mark_of_its_own_case_no_other_case_is_told():
    due = READ | {"sources": [{"version": 2}, {"link": "item", "stream": OTHER, "version": 1}]}
    assert told_to_clocks({"dues": [due]})["dues"] == [READ]
