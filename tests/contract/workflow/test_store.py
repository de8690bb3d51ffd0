"""What every store of reviews promises to who decides."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.workflow.adapters.database import Database
from services.workflow.application.ports import Bulk, CycleRow, EventStore, Numbers, Wanted
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
    text,
)


def head(store: EventStore, review_id: str):
    return store.standing([Wanted(case=review_id)]).cases.get(review_id)


def test_a_review_comes_back_as_it_went_in(store: EventStore):
    opened = review()
    after = moved(
        opened,
        suspended_at=START,
        n_reports=2,
        submitted_by="zhang",
        passed_by={"unit_audit": "li"},
    )
    assert store.append([opening(opened)]) == [True]
    assert head(store, opened.id) == opened
    assert store.append([move(opened, after)]) == [True]
    assert head(store, opened.id) == after


def test_a_review_without_holder_and_due_date_comes_back(store: EventStore):
    closed = review(state="closed", holder=None, due_at=None)
    store.append([opening(closed)])
    assert head(store, closed.id) == closed


def test_what_is_absent_is_missing(store: EventStore):
    standing = store.standing([Wanted(case=review().id, client="oa", key="k")])
    assert (standing.cases, standing.seen, standing.organisation_version) == ({}, {}, 0)
    assert store.standing([]).organisation_version == 0


def test_what_is_no_uuid_is_the_id_of_no_review(store: EventStore):
    for wrong in ("", "x", review().id.upper() + "0", "a' OR ''='"):
        assert store.standing([Wanted(case=wrong)]).cases == {}


def test_a_stale_version_is_refused_and_writes_nothing(store: EventStore):
    opened = review()
    store.append([opening(opened)])
    store.append([move(opened)])
    late = move(opened, moved(opened, "withdrawn"), key=key("late"))
    assert store.append([late]) == [False]
    standing = store.standing([Wanted(case=opened.id, client="oa", key="late")])
    assert standing.cases[opened.id].state == "unit_audit"
    assert standing.seen == {}


def test_a_version_ahead_of_the_stream_is_refused(store: EventStore):
    opened = review()
    store.append([opening(opened)])
    ahead = moved(moved(opened))
    assert store.append([move(moved(opened), ahead)]) == [False]
    assert store.append([refused(opened, 2)]) == [False]


def test_a_review_is_opened_once(store: EventStore):
    assert store.append([opening(review())]) == [True]
    assert store.append([opening(review())]) == [False]


def test_a_used_key_writes_nothing(store: EventStore):
    first, second = review(1), review(2)
    store.append([opening(first), opening(second)])
    assert store.append([move(first, key=key("k"))]) == [True]
    assert store.append([move(second, key=key("k"))]) == [False]
    assert head(store, second.id) == second


def test_one_key_twice_in_a_batch_is_used_once(store: EventStore):
    first, second = review(1), review(2)
    store.append([opening(first), opening(second)])
    won = store.append([move(first, key=key("k")), move(second, key=key("k"))])
    assert sorted(won) == [False, True]
    assert [head(store, one.id).version for one in (first, second)] in ([1, 2], [2, 1])


def test_a_seen_key_shows_its_event(store: EventStore):
    opened = review()
    store.append([opening(opened)])
    written = move(opened, key=key("k"))
    store.append([written])
    seen = store.standing([Wanted(case=opened.id, client="oa", key="k")]).seen["oa", "k"]
    assert (seen.key, seen.stream, seen.version, seen.body) == (
        key("k"),
        written.stream,
        2,
        written.body,
    )


def test_the_key_of_another_client_is_another_key(store: EventStore):
    opened = review()
    store.append([opening(opened, key=key("k", "oa"))])
    assert store.append([move(opened, key=key("k", "platform"))]) == [True]
    assert store.standing([Wanted(case=opened.id, client="web", key="k")]).seen == {}


def test_a_batch_where_some_lose_writes_the_others(store: EventStore):
    reviews = [review(n) for n in range(1, 9)]
    assert all(store.append([opening(one) for one in reviews]))
    store.append([move(reviews[2]), move(reviews[5])])
    won = store.append([move(one, moved(one, "cleared")) for one in reviews])
    assert won == [n not in {2, 5} for n in range(8)]
    states = [head(store, one.id).state for one in reviews]
    assert states.count("cleared") == 6


def test_openings_moves_and_refusals_share_a_batch(store: EventStore):
    first, second = review(1), review(2)
    store.append([opening(first)])
    assert store.append([move(first), opening(second), refused(first, 1)]) == [True] * 3
    assert head(store, second.id) == second


def test_refusals_have_versions_of_their_own(store: EventStore):
    opened = review()
    store.append([opening(opened)])
    assert store.append([refused(opened, 1)]) == [True]
    assert store.append([refused(opened, 1)]) == [False]
    assert store.append([refused(opened, 2)]) == [True]
    assert head(store, opened.id) == opened


def test_side_streams_show_recent_refusals_only(store: EventStore):
    opened = review()
    store.append([opening(opened)])
    old, new = refused(opened, 1), refused(opened, 2, START + timedelta(minutes=11), "wang")
    store.append([old])
    store.append([new])
    stream, other = old.stream, f"review/{opened.id}/notices"
    found = store.side_streams([stream, other], START + timedelta(minutes=1))
    assert (found[stream].version, found[other].version) == (2, 0)
    assert found[stream].recent == ((new.refusal, 2, new.body),)
    assert found[other].recent == ()


def test_the_organisation_version_is_that_of_its_stream(store: EventStore):
    changes = tuple(append("organisation/w", version) for version in (1, 2, 3))
    assert store.write(Bulk(appends=changes))
    assert store.standing([]).organisation_version == 3


def test_an_import_that_lost_its_version_writes_nothing(store: EventStore):
    store.write(Bulk(appends=(append("organisation/w", 1),)))
    late = (append("organisation/w", 2), append("organisation/w", 4))
    assert not store.write(Bulk(appends=late))
    assert store.standing([]).organisation_version == 1


def cycle(cycle_id: str = CYCLE) -> CycleRow:
    return CycleRow(
        id=cycle_id,
        scheme="jilin-health-2019",
        scheme_hash="5" * 64,
        calendar_hash="c" * 64,
        unit="c",
        year=2019,
        tiers={"C": {"expected": 3, "opened": 2}},
        opened_at=START,
    )


def test_opening_a_cycle_is_one_transaction(store: EventStore):
    taken = review(2)
    store.append([opening(taken)])
    bulk = Bulk(
        appends=(append(f"cycle/{CYCLE}", 1), opening(review(1)), opening(taken)), cycle=cycle()
    )
    assert not store.write(bulk)
    assert head(store, review(1).id) is None
    assert store.write(replace(bulk, appends=bulk.appends[:2]))
    assert head(store, review(1).id) == review(1)


def test_a_cycle_is_opened_once_for_a_scheme_a_unit_and_a_year(store: EventStore):
    assert store.write(Bulk(appends=(append(f"cycle/{CYCLE}", 1),), cycle=cycle()))
    again = "00000000-0000-4000-8000-00000000c1c2"
    assert not store.write(Bulk(appends=(append(f"cycle/{again}", 1),), cycle=cycle(again)))


def test_a_unit_is_in_one_cycle_of_a_scheme_and_a_year(store: EventStore):
    def opens(n: int, *units: str, **of: Any) -> bool:
        row = replace(cycle(f"00000000-0000-4000-8000-{n:012}"), unit=f"u{n}", **of)
        return store.write(Bulk(appends=(append(f"cycle/{row.id}", 1),), cycle=row, units=units))

    assert opens(1, "a", "b")
    assert not opens(2, "c", "b")
    assert [opens(3, "c"), opens(4, "b", year=2020), opens(5, "b", scheme="other")] == [True] * 3


def test_numbers_are_given_once(store: EventStore):
    def gives(n: int, before: int, last: int) -> bool:
        numbers = Numbers(unit="w", label="2019", letter="C", before=before, last=last)
        opened = append(f"cycle/00000000-0000-4000-8000-{n:012}", 1)
        return store.write(Bulk(appends=(opened,), numbers=(numbers,)))

    assert [gives(1, 0, 3), gives(2, 0, 2), gives(3, 2, 4), gives(4, 3, 5)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_large_cycle_opens_at_once(store: EventStore):
    opened = [review(n) for n in range(1, 1203)]
    assert store.write(Bulk(appends=tuple(map(opening, opened))))
    standing = store.standing([Wanted(case=one.id) for one in opened])
    assert standing.cases == {one.id: one for one in opened}


def test_texts_of_a_loser_are_not_kept(database: Database):
    opened = review()
    database.store.append([opening(opened), opening(review(2))])
    database.store.append([move(opened, texts=(text("赢"),))])
    lost, won = text("输"), text("成")
    assert database.store.append([move(opened, texts=(lost,)), move(review(2), texts=(won,))]) == [
        False,
        True,
    ]
    assert database.reads.texts([lost.sha256, won.sha256]) == {won.sha256: won}
