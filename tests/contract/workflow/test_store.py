"""What every store of reviews promises to who decides."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.workflow.adapters.database import Database
from services.workflow.application.firing.port import CaseStore, Wanted
from services.workflow.application.ports import Bulk, CycleRow, Sort
from services.workflow.domain.case.head import Verdict
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


def head(store: CaseStore, review_id: str):
    return store.standing([Wanted(case=review_id)]).case(review_id)


def test_a_review_comes_back_as_it_went_in(store: CaseStore):
    opened = review()
    after = moved(
        opened,
        suspended_at=START,
        n_filed={"report": 2},
        verdicts={"unit_audit": Verdict(passed=True, person="li", body="c.h1")},
    )
    assert store.append([opening(opened)]) == [True]
    assert head(store, opened.id) == opened
    assert store.append([move(opened, after)]) == [True]
    assert head(store, opened.id) == after


def test_a_review_without_holder_and_due_date_comes_back(store: CaseStore):
    closed = review(state="closed", holder=None, due_at=None)
    store.append([opening(closed)])
    assert head(store, closed.id) == closed


def test_what_is_absent_is_missing(store: CaseStore):
    standing = store.standing([Wanted(case=review().id, client="oa", key="k")])
    assert standing.case(review().id) is None
    assert (standing.used, standing.organisation_version) == ({}, 0)
    assert store.standing([]).organisation_version == 0


def test_what_is_no_uuid_is_the_id_of_no_review(store: CaseStore):
    for wrong in ("", "x", review().id.upper() + "0", "a' OR ''='"):
        assert store.standing([Wanted(case=wrong)]).case(wrong) is None


def test_families_are_told_of_what_is_there_by_stream_or_id(store: CaseStore):
    whole = review()
    part = replace(review(), kind="thing", of=whole.stream, family=whole.stream, number="1/01")
    store.append([opening(whole)])
    store.append([opening(part)])
    asked = [whole.stream, part.id, review().id, "x", ""]
    assert store.families(asked) == {whole.stream: whole.stream, part.id: whole.stream}
    assert store.families([]) == {}


def test_a_stale_version_is_refused_and_writes_nothing(store: CaseStore):
    opened = review()
    store.append([opening(opened)])
    store.append([move(opened)])
    late = move(opened, moved(opened, "withdrawn"), key=key("late"))
    assert store.append([late]) == [False]
    standing = store.standing([Wanted(case=opened.id, client="oa", key="late")])
    assert standing.case(opened.id).state == "unit_audit"
    assert standing.used == {}


def test_a_version_ahead_of_the_stream_is_refused(store: CaseStore):
    opened = review()
    store.append([opening(opened)])
    ahead = moved(moved(opened))
    assert store.append([move(moved(opened), ahead)]) == [False]
    assert store.append([refused(opened, 2)]) == [False]


def test_a_review_is_opened_once(store: CaseStore):
    assert store.append([opening(review())]) == [True]
    assert store.append([opening(review())]) == [False]


def test_a_used_key_writes_nothing(store: CaseStore):
    first, second = review(1), review(2)
    store.append([opening(first), opening(second)])
    assert store.append([move(first, key=key("k"))]) == [True]
    assert store.append([move(second, key=key("k"))]) == [False]
    assert head(store, second.id) == second


def test_one_key_twice_in_a_batch_is_used_once(store: CaseStore):
    first, second = review(1), review(2)
    store.append([opening(first), opening(second)])
    won = store.append([move(first, key=key("k")), move(second, key=key("k"))])
    assert sorted(won) == [False, True]
    assert [head(store, one.id).version for one in (first, second)] in ([1, 2], [2, 1])


def test_a_seen_key_shows_its_event(store: CaseStore):
    opened = review()
    store.append([opening(opened)])
    written = move(opened, key=key("k"))
    store.append([written])
    seen = store.standing([Wanted(case=opened.id, client="oa", key="k")]).used["oa", "k"]
    assert (seen.key, seen.stream, seen.version, seen.body) == (
        key("k"),
        written.stream,
        2,
        written.body,
    )


def test_the_key_of_another_client_is_another_key(store: CaseStore):
    opened = review()
    store.append([opening(opened, key=key("k", "oa"))])
    assert store.append([move(opened, key=key("k", "platform"))]) == [True]
    assert store.standing([Wanted(case=opened.id, client="web", key="k")]).used == {}


def test_a_batch_where_some_lose_writes_the_others(store: CaseStore):
    reviews = [review(n) for n in range(1, 9)]
    assert all(store.append([opening(one) for one in reviews]))
    store.append([move(reviews[2]), move(reviews[5])])
    won = store.append([move(one, moved(one, "cleared")) for one in reviews])
    assert won == [n not in {2, 5} for n in range(8)]
    states = [head(store, one.id).state for one in reviews]
    assert states.count("cleared") == 6


def test_openings_moves_and_refusals_share_a_batch(store: CaseStore):
    first, second = review(1), review(2)
    store.append([opening(first)])
    assert store.append([move(first), opening(second), refused(first, 1)]) == [True] * 3
    assert head(store, second.id) == second


def test_refusals_have_versions_of_their_own(store: CaseStore):
    opened = review()
    store.append([opening(opened)])
    assert store.append([refused(opened, 1)]) == [True]
    assert store.append([refused(opened, 1)]) == [False]
    assert store.append([refused(opened, 2)]) == [True]
    assert head(store, opened.id) == opened


@pytest.mark.parametrize("mixed", [False, True])
def test_what_another_wrote_later_is_followed_by_nothing_of_before(store: CaseStore, mixed: bool):
    opened = review()
    store.append([opening(opened)])
    store.append([refused(opened, 1)])
    stream = refused(opened, 1).stream
    read = store.side_streams([stream], START)[stream]
    at, later = START + timedelta(minutes=1), START + timedelta(minutes=2)
    assert store.append([refused(opened, read.version + 1, later, "wang")]) == [True]
    assert store.append([refused(opened, read.version + n, at) for n in (1, 2)]) == [False, False]
    # What is written beside something that begins goes by another statement.
    beside = [opening(review(2))] if mixed else []
    assert store.append([refused(opened, 3, at), *beside]) == [False] + [True] * mixed
    end = store.side_streams([stream], START)[stream]
    assert (end.version, end.recorded_at) == (read.version + 1, later)
    assert store.append([refused(opened, n, later) for n in (3, 4)]) == [True, True]


def test_side_streams_show_recent_refusals_only(store: CaseStore):
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


def test_the_organisation_version_is_that_of_its_stream(store: CaseStore):
    changes = tuple(append("organisation/w", version) for version in (1, 2, 3))
    assert store.write(Bulk(appends=changes))
    assert store.standing([]).organisation_version == 3


def test_an_import_that_lost_its_version_writes_nothing(store: CaseStore):
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
        label="2019",
        kinds=(Sort(kind="review", tier="C", expected=3, opened=2),),
        opened_at=START,
    )


def test_opening_a_cycle_is_one_transaction(store: CaseStore):
    taken = review(2)
    store.append([opening(taken)])
    bulk = Bulk(appends=(append(f"cycle/{CYCLE}", 1),), cycle=cycle())
    both = replace(opening(review(1)), events=(*opening(review(1)).events, *opening(taken).events))
    assert not store.write(bulk, both)
    assert head(store, review(1).id) is None
    assert store.write(bulk, opening(review(1)))
    assert head(store, review(1).id) == review(1)


def test_a_cycle_is_opened_once_for_a_scheme_a_unit_and_a_year(store: CaseStore):
    assert store.write(Bulk(appends=(append(f"cycle/{CYCLE}", 1),), cycle=cycle()))
    again = "00000000-0000-4000-8000-00000000c1c2"
    assert not store.write(Bulk(appends=(append(f"cycle/{again}", 1),), cycle=cycle(again)))


def test_a_unit_is_in_one_cycle_of_a_scheme_and_a_year(store: CaseStore):
    def opens(n: int, *units: str, **of: Any) -> bool:
        row = replace(cycle(f"00000000-0000-4000-8000-{n:012}"), unit=f"u{n}", **of)
        return store.write(Bulk(appends=(append(f"cycle/{row.id}", 1),), cycle=row, units=units))

    assert opens(1, "a", "b")
    assert not opens(2, "c", "b")
    assert [opens(3, "c"), opens(4, "b", label="2020"), opens(5, "b", scheme="other")] == [True] * 3


def test_numbers_are_given_once(store: CaseStore):
    def gives(n: int, before: int, last: int) -> bool:
        write = replace(opening(review(n)), numbers={"2019/C": (before, last)})
        return store.write(Bulk(appends=()), write)

    assert [gives(1, 0, 3), gives(2, 0, 2), gives(3, 2, 4), gives(4, 3, 5)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_large_cycle_opens_at_once(store: CaseStore):
    opened = [review(n) for n in range(1, 1203)]
    events = tuple(event for one in opened for event in opening(one).events)
    assert store.write(Bulk(appends=()), replace(opening(opened[0]), events=events))
    standing = store.standing([Wanted(case=one.stream) for one in opened])
    assert [standing.case(one.stream) for one in opened] == opened


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
