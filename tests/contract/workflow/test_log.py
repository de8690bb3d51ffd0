"""Positions, tree, checkpoints, the relay's lease."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from schemas.merkle import Frontier, inclusion_proof, leaf_hash, root_of, verify_inclusion
from services.workflow.adapters.database import Database, log_reads, tables
from services.workflow.application.firing.port import Wanted
from services.workflow.application.reading_ports import Stretch
from services.workflow.application.relay_ports import PublishedTo
from services.workflow.application.sequencing_ports import SavedCheckpoint, Sequencing
from tests.contract.workflow.appends import (
    START,
    append,
    move,
    moved,
    opening,
    refused,
    review,
    sealed,
    with_body,
)
from tests.unit.schemas.facts import DATA

STREAM = f"organisation/{'w' * 64}"
NASTY = ('𠮷野家 \U0001f600 "quoted" back\\slash é', "字" * 200)


def told_apart(one: Any) -> bytes:
    fact = one.type.split(".")[1]
    return sealed(one.stream, one.version, one.recorded_at, fact, correlationid="batch")


def sequenced(database: Database) -> list[tuple[str, int]]:
    return [(stream, version) for _, stream, version, _, _ in database.audit.entries()]


@pytest.mark.parametrize("name", NASTY, ids=["marks", "60-kilobytes"])
def test_bytes_come_back_as_they_went_in(database: Database, name: str):
    unit = DATA["organisation_changed"]["units"][0] | {"name": name}
    changed = DATA["organisation_changed"] | {"units": [unit] * (58_000 // len(str(unit).encode()))}
    data = sealed(STREAM, 1, START, "organisation_changed", data=changed)
    database.store.append([append(STREAM, 1, body=data)])
    database.sequencing.sequence(10)
    assert database.reads.stream(STREAM)[0].body == data
    assert database.reads.log_page(0, 10) == [(1, leaf_hash(data), data)]
    assert database.relay.read(0, 10) == [(1, STREAM, data)]
    assert next(database.audit.entries())[4] == data


def test_the_newest_are_told_by_sort_a_stretch_of_the_log_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    tried = review(1)
    calendar = sealed(STREAM, 1, START, "organisation_changed", data=DATA["organisation_changed"])
    database.store.append([opening(review(n)) for n in (1, 2, 3)])
    database.store.append([append(STREAM, 1, body=calendar), refused(tried, 1)])
    while database.sequencing.sequence(10):
        pass
    newest = database.reads.newest_of

    def told(sort: str, before: int | None = None, limit: int = 9) -> list[str]:
        return [one.stream for one in newest(sort, before, limit)[0]]

    assert told("refused") == [f"{tried.stream}/refusals"]
    assert told("notices") == []
    assert sorted(told("acts")) == sorted(review(n).stream for n in (1, 2, 3))
    assert sorted(told("all")) == sorted([*told("acts"), *told("refused")])
    first, further = newest("acts", None, 2)
    assert further == first[-1].position
    assert len(told("acts", further)) == 1
    monkeypatch.setattr(log_reads, "MOST_WALKED", 2)
    walked, at = told("all"), newest("all", None, 9)[1]
    while at is not None:
        walked, at = walked + told("all", at), newest("all", at, 9)[1]
    monkeypatch.undo()
    assert walked == told("all")


def test_a_day_and_a_case_are_found_in_a_long_log(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    """Three events a day: by the day, by the stream, by both, a few positions walked at a time."""
    days = [START + timedelta(days=n) for n in range(12)]
    for n, at in enumerate(days):
        events = [opening(review(3 * n + one), recorded_at=at) for one in range(3)]
        database.store.append(events)
        while database.sequencing.sequence(10):
            pass
    monkeypatch.setattr(log_reads, "_LATE", 1)
    monkeypatch.setattr(log_reads, "MOST_WALKED", 5)

    def told(stretch: Stretch) -> list[str]:
        found, before = [], None
        while True:
            stored, before = database.reads.newest_of("all", before, 2, stretch)
            found += [one.stream for one in stored]
            if before is None:
                return found

    for n, at in enumerate(days):
        day = Stretch(since=at, until=at + timedelta(days=1))
        assert sorted(told(day)) == sorted(review(3 * n + one).stream for one in range(3)), n
    stream = review(4).stream
    assert told(Stretch(streams=(stream,))) == [stream]
    assert told(Stretch(streams=(stream,), since=days[1], until=days[2])) == [stream]
    assert told(Stretch(streams=(stream,), since=days[2])) == []
    assert told(Stretch(until=days[0])) == []


def test_positions_are_contiguous_from_one(database: Database):
    reviews = [review(n) for n in range(1, 8)]
    database.store.append([opening(one) for one in reviews])
    assert database.reads.log_head() == (0, 7, START)
    assert [database.sequencing.sequence(3) for _ in range(4)] == [3, 3, 1, 0]
    assert [position for position, _, _ in database.reads.log_page(0, 100)] == list(range(1, 8))
    assert database.reads.log_head() == (7, 0, None)


def test_the_head_tells_since_when_the_oldest_event_is_pending(database: Database):
    for n, seconds in enumerate((5, 2, 9), start=1):
        late = START + timedelta(seconds=seconds)
        database.store.append([opening(review(n), recorded_at=late)])
    assert database.reads.log_head() == (0, 3, START + timedelta(seconds=2))
    database.sequencing.sequence(2)
    assert database.reads.log_head() == (2, 1, START + timedelta(seconds=9))


def test_a_stream_is_positioned_in_order_of_version(database: Database):
    at_once = START  # the same recorded time: only the version can order them
    for version in range(1, 12):
        database.store.append([refused(review(), version, at_once)])
    while database.sequencing.sequence(4):
        pass
    stream = f"review/{review().id}/refusals"
    assert sequenced(database) == [(stream, version) for version in range(1, 12)]


@pytest.mark.parametrize("mixed", [False, True], ids=["moves", "with-others"])
def test_each_of_a_batch_keeps_its_own_bytes_and_facts(database: Database, mixed: bool):
    store, reviews = database.store, [review(n) for n in range(1, 6)]
    store.append([opening(one) for one in reviews])
    store.append([move(reviews[0])])  # so that the first in order of stream loses
    afters = [moved(one, fired={"submit": (f"p{one.number}",)}) for one in reviews]
    batch = [move(*pair) for pair in zip(reviews, afters, strict=True)]
    if mixed:
        batch += [refused(reviews[1], 1), opening(review(9, fired={"submit": ("p9",)}))]
    batch = [with_body(one, told_apart(one)) for one in batch[::-1]]
    won = store.append(batch)
    assert won == [one.before is not reviews[0] for one in batch]
    for one in batch:
        stored = database.reads.stream(one.stream)[-1].body
        assert (stored == one.body) == (one.before is not reviews[0])
        if one.after is not None and one.before is not reviews[0]:
            assert store.standing([Wanted(case=one.stream)]).case(one.stream) == one.after


@pytest.mark.parametrize("version", [1, 9])
def test_a_pending_row_that_a_hand_changed_stops_no_other(database: Database, version: int):
    database.store.append([opening(review(1))])
    database.sequencing.sequence(10)
    with database._connections.transaction() as connection:  # of an event with a position, or none
        row = {"recorded_at": START, "stream": f"review/{review(1).id}", "version": version}
        connection.execute(tables.event_pending.insert(), row)
    database.store.append([opening(review(2))])
    assert database.sequencing.sequence(10) == 1
    assert sequenced(database)[-1] == (f"review/{review(2).id}", 1)
    assert database.reads.log_head().pending == 1


def test_readers_are_given_nothing_beyond_a_position_that_is_gone(database: Database):
    database.store.append([opening(review(n)) for n in (1, 2, 3, 4)])
    assert database.sequencing.sequence(2) == database.sequencing.sequence(1) + 1 == 2
    with database._connections.transaction() as connection:  # as if position 4 had no event
        row = {"position": 5, "stream": f"review/{review(4).id}", "version": 1, "leaf_hash": b"x"}
        connection.execute(tables.log_entry.insert(), row)
    for read in (database.reads.log_page, database.relay.read):
        assert [position for position, *_ in read(1, 10)] == [2, 3]
        assert read(3, 10) == []


def test_the_oldest_pending_event_comes_first(database: Database):
    late, early = review(1), review(2)
    after = START + timedelta(seconds=1)
    database.store.append([opening(late, recorded_at=after)])
    database.store.append([opening(early)])
    database.sequencing.sequence(10)
    assert [stream for stream, _ in sequenced(database)] == [
        f"review/{early.id}",
        f"review/{late.id}",
    ]


def grow(database: Database, tree: Frontier) -> None:
    """Keep the nodes of *tree*, grown over the entries there are, as signing does."""
    nodes = tree.extend(leaf for _, leaf in database.sequencing.leaves(tree.size, 1000))
    database.sequencing.save_checkpoint(SavedCheckpoint(tree.size, tree.root(), "n"), START, nodes)


def test_the_tree_covers_every_entry(database: Database):
    tree = Frontier()
    for n in range(1, 41):  # more than the two to the fourth of which a node is kept
        database.store.append([opening(review(n))])
        database.sequencing.sequence(n % 3 + 1)
        grow(database, tree)
    while database.sequencing.sequence(5):
        pass
    grow(database, tree)
    leaves = [leaf for _, leaf, _ in database.reads.log_page(0, 100)]
    root = root_of(leaves)
    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(index, len(leaves), database.sequencing.tree_node)
        verify_inclusion(leaf, index, len(leaves), proof, root)
    assert database.sequencing.tree_size() == 40
    node = database.sequencing.tree_node
    assert [node(level, 0) for level in (3, 4, 5)] == [root_of(leaves[:n]) for n in (8, 16, 32)]
    assert node(6, 0) is None
    assert node(4, 2) is None
    assert node(2, 10) is None


def test_leaves_come_in_the_order_of_their_positions(database: Database):
    database.store.append([opening(review(n)) for n in range(1, 6)])
    database.sequencing.sequence(10)
    leaves = [(position, leaf) for position, leaf, _ in database.reads.log_page(0, 10)]
    assert list(database.sequencing.leaves(0, 10)) == leaves
    assert list(database.sequencing.leaves(1, 2)) == leaves[1:3]
    assert list(database.sequencing.leaves(5, 2)) == []


def test_two_sequencers_at_once_leave_neither_gap_nor_repeat(database: Database):
    database.store.append([opening(review(n)) for n in range(1, 301)])
    others = [type(database.sequencing)(database.sequencing._connections) for _ in range(4)]

    def work(one: Sequencing) -> None:
        while database.reads.log_head()[1]:
            one.sequence(7)

    threads = [threading.Thread(target=work, args=(one,)) for one in others]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert len(set(sequenced(database))) == 300
    assert [entry[0] for entry in database.audit.entries()] == list(range(1, 301))


def test_checkpoints_are_kept_by_size(database: Database):
    assert database.sequencing.last_checkpoint() is None
    three = SavedCheckpoint(3, b"r" * 32, "three\n")
    five = SavedCheckpoint(5, b"s" * 32, "five\n")
    for saved in (three, five, five._replace(note="five again\n")):
        database.sequencing.save_checkpoint(saved, START, [(4, 0, b"n" * 32)])
    assert database.sequencing.last_checkpoint() == five
    assert database.sequencing.checkpoint(3) == three
    assert database.sequencing.checkpoint(4) is None


def made_at(one: Any, moment: int) -> Any:
    """The same append under an id of that moment; its recorded time stays."""
    fact = one.type.split(".")[1]
    id_ = f"0195a1f0-{moment:04x}-7000-8000-000000000001"
    return with_body(one, sealed(one.stream, one.version, one.recorded_at, fact, id=id_))


def at_one_time() -> list[Any]:
    """A refusal before the move that is accepted then, all recorded at one instant."""
    opened = review()
    after = moved(opened, recorded_at=START)
    made = [opening(opened), refused(opened, 1), move(opened, after), refused(opened, 2)]
    return [made_at(one, moment) for moment, one in enumerate(made)]


def test_events_of_one_time_are_positioned_in_order_of_their_ids(database: Database):
    made = at_one_time()
    for n in (0, 2, 1, 3):  # as they are committed
        database.store.append([made[n]])
    assert database.sequencing.sequence(10) == len(made)
    assert sequenced(database) == [(one.stream, one.version) for one in made]


def test_an_id_by_a_clock_that_is_behind_puts_no_later_version_first(database: Database):
    first, second = (made_at(refused(review(), n, START), 9 - n) for n in (1, 2))
    for one in (first, second):
        database.store.append([one])
    database.sequencing.sequence(10)
    assert [version for _, version in sequenced(database)] == [1, 2]


@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest", "newest"])
@pytest.mark.parametrize("n_positioned", [0, 2, 4])
def test_history_follows_positions_then_ids_page_by_page(
    database: Database, newest_first: bool, n_positioned: int
):
    made = at_one_time()
    for one in made:
        database.store.append([one])
    database.sequencing.sequence(n_positioned)
    streams = [f"review/{review().id}", f"review/{review().id}/refusals"]
    found, after = list[tuple[str, int]](), None
    while page := database.reads.events_of(streams, 1, after, newest_first=newest_first):
        after = (page[-1].stream, page[-1].version)
        found.append(after)
    in_order = [(one.stream, one.version) for one in made]
    assert found == (in_order[::-1] if newest_first else in_order)


@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest", "newest"])
def test_history_of_hundreds_of_streams_is_read_in_one_order(
    database: Database, newest_first: bool
):
    made = at_one_time()
    for one in made:
        database.store.append([one])
    database.sequencing.sequence(2)
    streams = [f"review/{review().id}", f"review/{review().id}/refusals"]
    streams += [f"review/{uuid4()}" for _ in range(2_000)]
    in_order = [(one.stream, one.version) for one in made]
    wanted = in_order[::-1] if newest_first else in_order
    first = database.reads.events_of(streams, 3, newest_first=newest_first)
    assert [(one.stream, one.version) for one in first] == wanted[:3]
    rest = database.reads.events_of(streams, 9, wanted[2], newest_first=newest_first)
    assert [(one.stream, one.version) for one in rest] == wanted[3:]


def test_what_has_a_position_comes_before_what_is_pending_whatever_the_times(database: Database):
    opened = review()
    late = refused(opened, 1, START + timedelta(hours=1))
    database.store.append([opening(opened), late])
    database.sequencing.sequence(10)
    database.store.append([move(opened)])
    streams = [f"review/{opened.id}", late.stream]
    found = database.reads.events_of(streams, 10)
    assert [(one.stream, one.version) for one in found][1:] == [(late.stream, 1), (streams[0], 2)]
    assert database.reads.events_of(streams, 10, ("review/of-another", 1)) == []


def test_the_last_event_of_each_review_is_found(database: Database):
    first, second = review(1), review(2)
    database.store.append([opening(first), opening(second)])
    database.store.append([move(first), refused(second, 1)])
    found = database.reads.latest_events([first.id, second.id, review(3).id])
    assert {key: one.version for key, one in found.items()} == {first.id: 2, second.id: 1}


def test_the_organisation_is_read_from_where_one_stands(database: Database):
    events = [append("organisation/w", version) for version in (1, 2, 3)]
    for one in events:
        database.store.append([one])
    assert database.reads.organisation() == (3, [one.body for one in events])
    assert database.reads.organisation(2) == (3, [events[2].body])
    assert database.reads.organisation(3) == (3, [])
    assert database.reads.versions() == (3, 0)


def test_a_lease_has_one_owner_until_it_ends(database: Database):
    assert database.relay.claim("a", START, 10) == 1
    assert database.relay.claim("b", START + timedelta(seconds=9), 10) is None
    assert database.relay.renew("a", 1, START + timedelta(seconds=9), 10)
    assert database.relay.claim("b", START + timedelta(seconds=18), 10) is None
    assert database.relay.claim("b", START + timedelta(seconds=19), 10) == 2
    assert not database.relay.renew("a", 1, START + timedelta(seconds=19), 10)


def test_a_relay_that_lost_its_lease_moves_no_cursor(database: Database):
    old = database.relay.claim("a", START, 10)
    assert database.relay.save(old, 5)
    new = database.relay.claim("b", START + timedelta(seconds=11), 10)
    assert not database.relay.save(old, 9)
    assert database.relay.cursor() == 5
    assert database.relay.save(new, 6)


def test_how_far_publishing_has_come_is_told(database: Database):
    assert database.relay.relaying(START) == (0, 0, False, None)
    database.store.append([refused(review(n), 1) for n in range(3)])
    database.sequencing.sequence(10)
    assert database.relay.relaying(START) == (0, 3, False, START)
    epoch = database.relay.claim("a", START, 10)
    database.relay.save(epoch, 2)
    assert database.relay.relaying(START + timedelta(seconds=9)) == (2, 1, True, START)
    assert database.relay.relaying(START + timedelta(seconds=10)) == (2, 1, False, START)
    database.relay.save(epoch, 3)
    assert database.relay.relaying(START) == (3, 0, True, None)


def test_the_cursor_never_goes_back(database: Database):
    epoch = database.relay.claim("a", START, 10)
    assert database.relay.save(epoch, 5)
    database.relay.save(epoch, 4)
    assert database.relay.cursor() == 5


def test_the_topic_that_is_published_to_is_kept_by_the_present_leader_alone(database: Database):
    assert database.relay.published_to() == ("", 0, 0)
    old = database.relay.claim("a", START, 10)
    database.relay.save(old, 5)
    assert database.relay.publish_to(old, PublishedTo(topic="first", after=2, cursor=2))
    assert database.relay.published_to() == ("first", 2, 2)
    database.relay.claim("b", START + timedelta(seconds=11), 10)
    assert not database.relay.publish_to(old, PublishedTo(topic="second", after=0, cursor=0))
    assert database.relay.published_to() == ("first", 2, 2)
