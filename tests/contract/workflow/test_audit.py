"""Reading everything, and filling the read model anew."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

import pytest

from schemas.streams import Stream
from services.workflow.adapters.database import Database, audit_store, comparing
from services.workflow.application.audit_ports import Difference
from services.workflow.application.ports import Append, Bulk, InboxItem
from tests.contract.workflow.appends import (
    CYCLE,
    START,
    append,
    key,
    move,
    moved,
    opening,
    refused,
    review,
)
from tests.contract.workflow.test_lists import notice_row
from tests.contract.workflow.test_store import cycle


def lives() -> Iterator[Append]:
    for n in range(1, 6):
        states = [review(n)]
        yield opening(states[0])
        for state in ("unit_audit", "cleared", "presented")[: n - 1]:
            states.append(moved(states[-1], state, fired={"score": ("li",)}))
            yield move(states[-2], states[-1], key=key(f"{n}{state}"))
        yield refused(states[-1], 1)
    item = InboxItem(
        person="li",
        notice="n",
        case_id=review(1).id,
        sha256=b"h" * 32,
        recorded_at=START,
        asks_in="drafting",
        asks_desk="",
    )
    yield append(review(1).stream + "/notices", 1, notice=notice_row(1), inbox=item)


ORGANISATION = {
    "units": [{"id": "c", "name": "机关党委", "kind": "organ_committee", "staff": 3}],
    "people": [{"id": "li", "details": {"sha256": "ab" * 32, "length": 9}}],
    "posts": [{"person": "li", "unit": "c", "role": "office", "from": "2019-01-01"}],
}


@pytest.fixture
def lived(database: Database) -> Database:
    organised = Bulk(appends=(append("organisation/w", 1),), organisation=(ORGANISATION,))
    assert database.store.write(organised)
    assert database.store.write(Bulk(appends=(append(f"cycle/{CYCLE}", 1),), cycle=cycle()))
    for one in lives():
        assert database.store.append([one]) == [True]
    return database


def rebuild(database: Database, at_once: int = 500) -> None:
    appends = list(lives())
    with database.audit.rebuilding() as fresh:
        fresh.apply_organisation(1, ORGANISATION)
        fresh.apply_cycle(cycle())
        for start in range(0, len(appends), at_once):
            fresh.apply(appends[start : start + at_once])


@pytest.mark.parametrize("at_once", [1, 4, 500])
def test_rebuilding_leads_to_the_very_same_rows(lived: Database, at_once: int):
    before = list(lived.audit.dump())
    rebuild(lived, at_once)
    assert list(lived.audit.dump()) == before
    assert len({line.split(b",")[0] for line in before}) == 11  # every table of the read model


def test_a_rebuild_that_fails_changes_nothing(lived: Database):
    before = list(lived.audit.dump())
    with pytest.raises(AttributeError), lived.audit.rebuilding() as fresh:
        fresh.apply([*list(lives())[:1], None])
    assert list(lived.audit.dump()) == before


def test_the_dump_shows_a_changed_row(lived: Database):
    before = list(lived.audit.dump())
    with lived._connections.transaction() as connection:
        connection.exec_driver_sql("UPDATE case_head SET state = 'closed' WHERE version = 2")
    assert list(lived.audit.dump()) != before


def test_after_a_rebuild_reviews_go_on(lived: Database):
    rebuild(lived)
    first = review(1)
    assert lived.store.append([move(first)]) == [True]
    assert lived.store.append([move(review(2), key=key("2unit_audit"))]) == [False]


def test_streams_come_whole_and_in_order(lived: Database):
    found = [(stream, version) for stream, version, *_ in lived.audit.streams()]
    assert found == sorted(found)
    assert len(found) == len(list(lives())) + 2


def differing(database: Database, lives: list[Append]) -> set[tuple[str, int, int]]:
    """Hold the rows against *lives*; return (table, missing, surplus) of what differs."""
    found: list[Difference] = []
    with database.audit.comparing() as comparison:
        comparison.apply_organisation("organisation/w", ORGANISATION)
        comparison.apply_cycle(cycle())
        lives = sorted(lives, key=lambda one: one.stream)
        for case, appends in groupby(lives, key=lambda one: Stream.parse(one.stream).own):
            mixed = list(appends)
            states = [one.after for one in mixed if one.after]
            found += comparison.case(case, states, [one for one in mixed if not one.after])
        found += comparison.rest()
    return {(one.table, one.n_missing, one.n_surplus) for one in found}


def test_what_was_written_is_what_a_replay_leads_to(lived: Database):
    assert differing(lived, list(lives())) == set()


def test_instants_are_compared_to_the_microsecond(database: Database):
    lived = opening(review(1, due_at=START + timedelta(microseconds=1)))
    assert database.store.append([lived]) == [True]
    with database.audit.comparing() as comparison:
        assert lived.after is not None
        assert list(comparison.case(Stream.parse(lived.stream), [lived.after], [])) == []


def test_a_review_without_events_and_one_without_rows_are_told(lived: Database):
    first, second = review(1), review(9)
    others = [one for one in lives() if first.id not in one.stream]
    found = differing(lived, [*others, opening(second)])
    heads = ("case_record", "case_head", "case_interval", "refusal", "notice", "inbox")
    assert found == {(table, 0, 1) for table in heads} | {("case_within", 0, 4)} | {
        ("case_record", 1, 0), ("case_head", 1, 0), ("case_interval", 1, 0), ("case_within", 4, 0),
    }  # fmt: skip


def test_of_a_case_whose_record_is_gone_nothing_else_differs(lived: Database):
    with lived._connections.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM case_record WHERE number = '2019-C-0001'")
    assert differing(lived, list(lives())) == {("case_record", 1, 0)}


def test_comparing_sees_one_instant(lived: Database):
    with lived.audit.comparing() as comparison:
        lived.store.append([move(review(1))])
        assert len(list(comparison.streams())) == len(list(lives())) + 2
        found = comparison.case(Stream.parse(review(1).stream), [review(1)], [])
        assert {one.table for one in found} == {"refusal", "notice", "inbox"}  # not the head
    assert {table for table, *_ in differing(lived, list(lives()))} == {
        "case_head",
        "case_interval",
    }


def test_what_is_read_in_many_pieces_comes_whole(lived: Database, monkeypatch: pytest.MonkeyPatch):
    while lived.sequencing.sequence(100):
        pass
    whole, entries = list(lived.audit.streams()), list(lived.audit.entries())
    for size in (1, 2, 3, len(whole)):
        monkeypatch.setattr(audit_store, "_PIECE", size)
        monkeypatch.setattr(comparing, "_AT_ONCE", size)
        assert list(lived.audit.streams()) == whole
        assert list(lived.audit.entries()) == entries
        assert [position for position, *_ in entries] == list(range(1, len(whole) + 1))
        with lived.audit.comparing() as comparison:
            assert list(comparison.streams()) == whole
        assert differing(lived, list(lives())) == set()


def test_comparing_can_be_left_half_way(lived: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit_store, "_PIECE", 2)
    for _ in range(30):  # more often than there are connections
        with lived.audit.comparing() as comparison:
            next(comparison.streams())
    assert differing(lived, list(lives())) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_interval SET due_at = 'infinity' WHERE version = 2",
        "UPDATE case_interval SET due_at = '-infinity' WHERE version = 2",
        "UPDATE case_interval SET due_at = '0044-03-15 12:00:00 BC' WHERE version = 2",
        # a microsecond later
        "UPDATE case_interval SET due_at = '2020-01-14T16:00:00.000001Z' WHERE version = 2",
    ],
)
def test_any_other_instant_makes_a_difference(lived: Database, statement: str):
    with lived._connections.transaction() as connection:
        connection.exec_driver_sql(statement)
    assert differing(lived, list(lives())) == {("case_interval", 1, 1)}


def test_entries_can_be_left_half_read(lived: Database):
    while lived.sequencing.sequence(100):
        pass
    entries = lived.audit.entries()
    assert next(entries)[0] == 1
    entries.close()
    assert len(list(lived.audit.entries())) == len(list(lives())) + 2
