"""Lists of reviews: each filter, each order, and pages that neither repeat nor drop."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.workflow.adapters.database import Database, case_lists
from services.workflow.application.ports import NoticeRow
from services.workflow.application.reading_ports import (
    About,
    ListQuery,
    Narrowing,
    Part,
    Seats,
    View,
)
from services.workflow.domain.case.head import Holder
from tests.contract.workflow.appends import CYCLE, START, append, move, moved, opening, review

DAY = timedelta(days=1)


def desk(unit: str, role: str = "office") -> Holder:
    return Holder(unit=unit, role=role)


# number -> what is not as in the builder
CASES = {
    1: {},
    2: {"tier": "B", "unit": "c.h1", "path": ("w", "c", "c.h1"), "due_at": START + DAY},
    3: {"person": "li", "due_at": START + 3 * DAY, "state": "organ_audit", "holder": desk("c")},
    4: {"unit": "c.h2.a", "path": ("w", "c", "c.h2", "c.h2.a"), "due_at": None, "holder": None},
    5: {"cycle": "other", "due_at": START + DAY, "entered_at": START - DAY},
    6: {"due_at": START, "suspended_at": START, "holder": desk("c.h1", "secretary")},
    7: {
        "person": "wang",
        "holder": Holder(unit="c.h9", role="secretary", person="wang"),
        "parties": {"hearing_body": "c.h1", "host": "g"},
    },
    8: {
        "unit": "c.h10",
        "path": ("w", "c", "c.h10"),
        "year": 2020,
        "parties": {"hearing_body": "c.h1", "guest": "g"},
    },
}


@pytest.fixture
def listed(database: Database) -> Database:
    database.store.append([opening(review(n, **changes)) for n, changes in CASES.items()])
    return database


def numbers(database: Database, **query: Any) -> list[int]:
    page = database.reads.list_cases(ListQuery(**query))
    assert page.total == len(page.cases) == database.reads.count_cases(ListQuery(**query))
    return [int(one.number[-4:]) for one in page.cases]


DESKS = (("c", "office"), ("c.h1", "secretary"), ("c.h1", "office"))
LI = Seats(person="li", desks=DESKS)


def held_by(person: str, *desks: tuple[str, str]) -> dict[str, Any]:
    return {"held_by": (Seats(person=person, desks=desks),)}


def view(*units: str, desks: tuple[tuple[str, str], ...] = (), **more: Any) -> dict[str, Any]:
    """Return the view of one who holds *desks*, of *units* and of what they are about."""
    seats = Seats(person=more.get("person", "nobody"), desks=desks)
    return {"views": (View(units=units, seats=seats, **more),)}


def left_to(unit: str, state: str, tier: str = "C") -> Narrowing:
    """Return that reviews of this round are left, in *state*, to whom *unit* hears."""
    of = {"kind": "review", "tier": tier, "cycles": (CYCLE,)}
    return Narrowing(state=state, units=(("hearing_body", (unit,)),), **of)


def part_at(unit: str, *parties: str, tier: str = "C") -> Part:
    """Return that whoever is of *unit* has a part in reviews where it is one of *parties*."""
    units = tuple((one, (unit,)) for one in parties)
    return Part(kind="review", tier=tier, units=units, cycles=(CYCLE,))


AT_THE_DESKS = {"views": (View(units=(), person="li", seats=LI),)}
HELD_BY_LI = {"held_by": (LI,)}
FILTERS = [
    ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
    ({"cycle": "other"}, [5]),
    ({"states": ("organ_audit", "closed")}, [3]),
    ({"tier": "B"}, [2]),
    ({"unit": "c.h1"}, [1, 2, 3, 5, 6, 7]),
    ({"unit": "c.h"}, []),  # a unit is not a prefix of its name
    ({"unit": "w"}, [1, 2, 3, 4, 5, 6, 7, 8]),
    ({"person": "li"}, [3]),
    ({"holder_unit": "c"}, [3]),
    (held_by("wang"), [7]),
    (held_by("wang", ("c", "office")), [3, 7]),
    (held_by("nobody", ("c.h9", "secretary")), []),
    ({"overdue_at": START + DAY}, [2, 5, 6]),
    ({"not_overdue_at": START + 3 * DAY}, [1, 4, 7, 8]),
    ({"due_before": START + DAY}, [6]),
    ({"due_after": START + DAY, "due_before": START + 4 * DAY}, [2, 3, 5]),
    ({"entered_after": START}, [1, 2, 3, 4, 6, 7, 8]),
    ({"entered_after": START + DAY}, []),
    ({"ids": (review(2).id, review(5).id, "none")}, [2, 5]),
    ({"ids": ()}, []),
    ({"suspended": True}, [6]),
    ({"suspended": False, "tier": "C"}, [1, 3, 4, 5, 7, 8]),
    ({"text": "2020-"}, [8]),
    ({"text": "C-0008"}, [8]),
    ({"text": "08"}, [8]),
    ({"text": "8"}, []),  # a single digit ends too many
    ({"text": "_8"}, []),
    ({"text": "c-0008"}, [8]),
    ({"text": "x2019-C-0008"}, []),
    ({"text": "c0008"}, [8]),
    ({"text": "2020C0008"}, [8]),
    ({"text": "2020c"}, [8]),
    ({"text": "2020-c00"}, [8]),
    ({"text": "20200008"}, []),
    ({"text": "x0008"}, []),
    ({"text": "2020-", "persons": ("li",), "units": ("c.h1",)}, [2, 3, 8]),
    (view(), []),
    (view("c.h2", "c.h10"), [4, 8]),
    (view(own_units=("c.h1",)), [2]),
    (view(person="li"), [3]),
    (view(desks=(("c.h9", "secretary"),)), [7]),
    (
        {
            **view("c.h2", "w", person="li", desks=(("c", "office"),)),
            "tier": "C",
            "states": ("organ_audit",),
        },
        [3],
    ),
    (view("w", narrowed=(left_to("c", "drafting"), left_to("c", "organ_audit"))), [2, 5]),
    (view("w", narrowed=(left_to("c", "drafting"), left_to("c", "drafting", "B"))), [3, 5]),
    (
        view("w", narrowed=(left_to("c.h1", "drafting"), left_to("c", "organ_audit"))),
        [1, 2, 4, 5, 6, 7, 8],
    ),
    (view(parts=(part_at("g", "host"),)), [7]),
    (view(parts=(part_at("g", "host", "guest"),)), [7, 8]),
    (view(parts=(part_at("g", "host"), part_at("g", "guest", tier="B"))), [7]),
    (view(parts=(part_at("g", "host"), part_at("f", "guest"))), [7]),
    ({"within": "c.h1", **view("c"), "cycle": "other"}, [5]),
    ({"within": "c.h2"}, [4]),
    # What somebody else holds is seen where it may be seen anyway, and one's own everywhere.
    ({**view("c.h9"), **held_by("wang", ("c", "office"))}, []),
    ({**view("c.h1"), **held_by("zhao", ("c", "office"))}, [3]),
    ({**view(person="zhang"), **held_by("wang")}, []),
    ({**AT_THE_DESKS, **HELD_BY_LI}, [3, 6]),
    ({**AT_THE_DESKS, **HELD_BY_LI, "within": "c.h1.a", "cycle": CYCLE}, [3, 6]),
    ({**AT_THE_DESKS, **HELD_BY_LI, "suspended": False}, [3]),
    ({**AT_THE_DESKS, **held_by("wang", ("c.h9", "secretary"))}, []),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS, ids=lambda value: str(value)[:70])
def test_a_filter_gives_just_what_it_says(listed: Database, query: dict, expected: list[int]):
    assert numbers(listed, **query) == expected


ORDERS = {
    "number": [1, 2, 3, 4, 5, 6, 7, 8],
    "due_at": [6, 2, 5, 3, 1, 7, 8, 4],
    "-due_at": [4, 8, 7, 1, 3, 5, 2, 6],
    "entered_at": [5, 1, 2, 3, 4, 6, 7, 8],
    "-entered_at": [8, 7, 6, 4, 3, 2, 1, 5],
    "state": [3, 1, 2, 4, 5, 6, 7, 8],
    "-state": [8, 7, 6, 5, 4, 2, 1, 3],
    "holder": [3, 6, 1, 2, 5, 8, 7, 4],
    "-holder": [4, 7, 8, 5, 2, 1, 6, 3],
}
SEEN_BY_PARTS = view(
    "c.h1", "c.h1.a", own_units=("c.h2.a",), person="zhang", desks=(("c", "office"),)
)


@pytest.mark.parametrize("seen", [{}, SEEN_BY_PARTS], ids=["everything", "by-parts"])
@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("sort", ORDERS)
def test_pages_have_neither_gap_nor_repeat(listed: Database, sort: str, limit: int, seen: dict):
    found, after = [], None
    while len(found) <= 8:
        query = ListQuery(
            sort=sort, stages=("organ_audit", "drafting"), limit=limit, after=after, **seen
        )
        page = listed.reads.list_cases(query)
        found += [int(one.number[-4:]) for one in page.cases]
        assert page.total == 8
        if page.next is None:
            break
        after = page.next
    assert found == ORDERS[sort]


def test_a_cursor_of_another_order_is_refused(listed: Database):
    with pytest.raises(ValueError, match="not_an_instant"):
        listed.reads.list_cases(ListQuery(sort="due_at", after=("2019-C-0001", review().id)))


def test_a_cursor_without_an_id_is_refused(listed: Database):
    with pytest.raises(ValueError, match="no case has this id"):
        listed.reads.list_cases(ListQuery(after=("2019-C-0001", "x")))


def test_a_page_past_the_end_is_empty_but_counts(listed: Database):
    page = listed.reads.list_cases(ListQuery(after=("9", review().id)))
    assert (page.cases, page.next, page.total) == ((), None, 8)


def test_a_total_is_counted_only_so_far(database: Database):
    database.store.append([opening(review(n)) for n in range(1, 1010)])
    assert database.reads.list_cases(ListQuery(limit=5)).total == 1001
    assert database.reads.count_cases(ListQuery()) == 1009


def test_totals_asked_together_are_those_of_the_lists(listed: Database):
    queries = [ListQuery(**query) for query, _ in FILTERS]
    totals = [len(expected) for _, expected in FILTERS]
    assert listed.reads.count_each(queries) == totals
    assert listed.reads.count_each([]) == []


def test_totals_asked_together_are_counted_only_so_far(database: Database):
    database.store.append([opening(review(n)) for n in range(1, 1010)])
    few = ListQuery(text="2019-C-000")
    assert database.reads.count_each([ListQuery(), few]) == [1001, 9]


def test_a_list_of_another_moment_or_total_is_another_of_the_same_statement(listed: Database):
    def told(at: datetime, total: int | None) -> tuple[list[int], int]:
        page = listed.reads.list_cases(ListQuery(overdue_at=at), total)
        return [int(one.number[-4:]) for one in page.cases], page.total

    assert told(START + DAY, None) == ([2, 5, 6], 3)
    assert told(START + DAY, 40) == ([2, 5, 6], 40)
    made = case_lists._listing.cache_info().misses
    assert told(START, None) == ([6], 1)
    assert told(START, 50) == ([6], 50)
    assert case_lists._listing.cache_info().misses == made


def test_a_list_is_never_stale(listed: Database):
    before = review(1)
    listed.store.append([move(before, moved(before, "cleared"))])
    assert numbers(listed, states=("cleared",)) == [1]


def test_states_are_counted_by_tier(listed: Database):
    counted = listed.reads.count_by_state(review().cycle)
    assert counted == {("B", "drafting"): 1, ("C", "drafting"): 5, ("C", "organ_audit"): 1}


def test_heat_is_counted_by_the_unit_at_a_depth(listed: Database):
    query = ListQuery(cycle=review().cycle)
    assert listed.reads.heat(query, 2) == [
        ("c.h1", "drafting", 4),
        ("c.h1", "organ_audit", 1),
        ("c.h10", "drafting", 1),
        ("c.h2", "drafting", 1),
    ]
    assert ("c.h1", "drafting", 1) in listed.reads.heat(query, 3)


def test_cases_are_summed_by_what_they_have_in_common_the_latest_first(listed: Database):
    query, now = ListQuery(cycle=review().cycle), START + 2 * DAY
    done = ("organ_audit",)
    each = [(query, one) for one in ("unit", "state", "holder")]
    units, by_state, by_holder = listed.reads.sums(each, done, now, 2)
    assert [len(one) for one in (units, by_state, by_holder)] == [2, 2, 2]
    _, by_state, by_holder = listed.reads.sums(each, done, now, 10)
    assert [(one.key, one.n_late) for one in units] == [("c.h1", 1), ("c.h1.a", 0)]
    states = {one.key: one for one in by_state}
    assert (states["organ_audit"].n, states["organ_audit"].n_done) == (1, 1)
    holders = {one.key: one.n for one in by_holder}
    assert holders["wang"] == 1
    assert sum(holders.values()) == 6  # of seven in the round one lies with nobody


def test_what_is_summed_of_some_states_leaves_the_others_out_of_that_sum_alone(listed: Database):
    query, now = ListQuery(cycle=review().cycle), START + 2 * DAY
    some = replace(query, states=("organ_audit",))
    other = replace(query, unit="c.h2")
    each = [(query, "state"), (some, "state"), (some, "unit"), (other, "state")]
    found = listed.reads.sums(each, ("organ_audit",), now, 10)
    told = [[(one.key, one.n, one.n_done) for one in of] for of in found]
    assert sorted(told[0]) == [("drafting", 6, 0), ("organ_audit", 1, 1)]
    assert told[1] == [("organ_audit", 1, 1)]
    assert [(n, done) for _, n, done in told[2]] == [(1, 1)]
    assert told[3] == [("drafting", 1, 0)]


def test_deadlines_are_counted_the_earliest_first(listed: Database):
    due = listed.reads.count_by_due(ListQuery(due_before=START + 4 * DAY))
    assert due == [(START, 1), (START + DAY, 2), (START + 3 * DAY, 1)]
    everything = dict(listed.reads.count_by_due(ListQuery()))
    assert sum(everything.values()) == 7  # one has none
    assert listed.reads.count_by_due(ListQuery(**view())) == []


def notice_row(number: int, at: datetime = START, **changes: Any) -> NoticeRow:
    values = {
        "notice": f"n-{number}-{at.isoformat()}",
        "case_id": review(number).id,
        "kind": "reminder",
        "rung": "before",
        "channel": "email",
        "outcome": "sent",
        "person": "zhang",
        "unit": None,
        "role": None,
        "decided_at": at,
    }
    return NoticeRow(**{**values, **changes})


def record(database: Database, version: int, row: NoticeRow) -> None:
    stream = f"review/{row.case_id}/notices"
    assert database.store.append([append(stream, version, notice=row)]) == [True]


def test_reviews_are_found_by_notices_of_their_present_state(listed: Database):
    record(listed, 1, notice_row(1, outcome="failed", kind="escalation"))
    record(listed, 1, notice_row(2))
    record(listed, 1, notice_row(3, START - DAY, outcome="failed"))  # before it entered its state
    assert numbers(listed, notice_outcomes=("failed", "unknown")) == [1]
    assert numbers(listed, notice_kinds=("reminder",)) == [2]
    assert numbers(listed, notice_kinds=("reminder",), notice_outcomes=("failed",)) == []


def test_the_latest_notice_of_each_review_is_found(listed: Database):
    old, new = notice_row(1), notice_row(1, START + DAY, outcome="failed")
    record(listed, 1, old)
    record(listed, 2, new)
    record(listed, 1, notice_row(2))
    found = listed.reads.latest_notices([review(n).id for n in (1, 2, 3)])
    assert found == {review(1).id: new, review(2).id: notice_row(2)}


def test_reviews_with_notices_are_counted_once(listed: Database):
    record(listed, 1, notice_row(1))
    record(listed, 2, notice_row(1, START + DAY))
    record(listed, 1, notice_row(2, outcome="failed"))
    record(listed, 1, notice_row(5))
    asked = ListQuery(cycle=review().cycle)
    assert listed.reads.count_notices(asked, ["sent", "failed"], ["reminder"]) == 2
    theirs = replace(asked, views=(View(units=("c.h1.a",)),))
    assert listed.reads.count_notices(theirs, ["sent", "failed"], ["reminder"]) == 1


def test_of_a_case_that_was_about_a_deputy_they_are_shown_nothing_for_another(database: Database):
    """Its subject was replaced: it is about them for good, and a namesake's id is another."""
    first, other = review(1, unit="c.h1"), review(2, unit="c.h1")
    database.store.append([opening(first), opening(other)])
    for before, past in ((first, ("li", "a.deputy")), (other, ("a-deputy", "li"))):
        assert database.store.append([move(before, moved(before, past_subjects=past))]) == [True]
    seats = Seats(person="chief", desks=(), handed_to=About(person="a.deputy"))
    shown = View(units=("c.h1",), person="chief", seats=seats)
    assert numbers(database, views=(shown,)) == [2]
    assert numbers(database, views=(replace(shown, seats=Seats(person="chief")),)) == [1, 2]
