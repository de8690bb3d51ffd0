"""What is kept of slips and ballots: nothing that ties one to the other, on either store."""

import secrets
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
import structlog

from services.workflow.adapters.database import Database, tables
from services.workflow.application.ballots.erasing import Erasing
from services.workflow.application.ballots.ports import PaperCount
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.application.ports import Key
from services.workflow.bootstrap.output import PROCESSORS
from services.workflow.domain.ballots.sheet import Answer, Comment
from services.workflow.domain.ballots.slips import drawn
from services.workflow.domain.refusals import NotYours, StoreUnavailable
from tests.contract.workflow.rooms import ABOUT, Room, all_rows, file_of


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def test_a_slip_counts_once_and_every_answer(room: Room):
    one, other = room.issued(2)
    room.opened()
    assert room.cast(one, "good")
    assert not room.cast(one, "poor")
    assert room.cast(other, "poor")
    room.kept.urn.close(room.poll.id)
    counted = Counter(
        {(one.about, one.value): one.n for one in room.kept.urn.counts(room.poll.id)[room.poll.id]}
    )
    assert counted == {(about, value): 1 for about in ABOUT for value in ("good", "poor")}


def test_fifty_phones_with_one_slip_leave_one_ballot(room: Room):
    (slip,) = room.issued(1)
    room.opened()
    with ThreadPoolExecutor(50) as phones:
        won = [*phones.map(lambda n: room.cast(slip, nonce=bytes([n] * 32)), range(50))]
    assert sum(won) == 1
    room.kept.urn.close(room.poll.id)
    assert room.n_counted() == len(ABOUT)


def test_three_hundred_at_once_are_all_counted(room: Room):
    slips = room.issued(300)
    room.opened()
    with ThreadPoolExecutor(30) as phones:
        assert all(phones.map(room.cast, slips))
    room.kept.urn.close(room.poll.id)
    assert room.n_counted() == 300 * len(ABOUT)


def test_what_meets_the_closing_is_counted_or_refused_and_never_neither(room: Room):
    slips = room.issued(200)
    room.opened()
    with ThreadPoolExecutor(20) as phones:
        cast = [phones.submit(room.cast, slip) for slip in slips[:100]]
        closing = phones.submit(room.kept.urn.close, room.poll.id)
        cast += [phones.submit(room.cast, slip) for slip in slips[100:]]
        n_taken = sum(one.result() for one in cast)
        closing.result()
    assert room.n_counted() == n_taken * len(ABOUT)
    (cadres, _) = sorted(
        room.kept.slips.sums(room.poll.id)[room.poll.id], key=lambda one: one.electorate
    )
    assert cadres.n_phone == n_taken


@pytest.mark.parametrize("state", ["waiting", "sealed"])
def test_no_ballot_is_taken_before_or_after(room: Room, state: str):
    (slip,) = room.issued(1)
    if state == "sealed":
        room.opened().kept.urn.close(room.poll.id)
    assert not room.cast(slip)
    assert all_rows(room.database, tables.urn) == []


def test_no_ballot_is_taken_once_the_case_has_left_the_state(room: Room):
    (slip,) = room.issued(1)
    room.opened()
    with room.database._connections.transaction() as connection:
        connection.execute(tables.case_head.update().values(state="elsewhere"))
    assert not room.cast(slip)


def test_ticket_and_urn_have_no_value_in_common_but_the_box(room: Room):
    slips = room.issued(20)
    room.opened()
    for slip in slips:
        room.cast(slip)
    tickets, urn = all_rows(room.database, tables.ticket), all_rows(room.database, tables.urn)
    boxes = {one.id for one in room.poll.electorates}
    common = {value for row in tickets for value in row} & {value for row in urn for value in row}
    assert common <= boxes
    assert len({row[0] for row in urn}) == len(urn)  # nor have the answers of one sheet


def test_after_the_mix_no_transaction_and_no_order_tells_who_voted_when(room: Room):
    slips = room.issued(60)
    before = Room(room.database, 2)  # another poll, open all the while
    others = before.issued(20)
    before.opened()
    room.opened()
    for slip in slips:
        room.cast(slip)
    for slip in others:
        before.cast(slip)
    room.kept.urn.close(room.poll.id)
    room.kept.urn.scrub()
    assert len(all_rows(room.database, tables.urn)) == 20 * len(ABOUT)
    assert before.cast(before.issued(1)[0])
    if not room.database.is_postgres:
        with (
            pytest.raises(sqlite3.OperationalError),
            sqlite3.connect(file_of(room.database)) as file,
        ):
            file.execute("SELECT rowid FROM urn")  # a table without rowids has no order of its own
        return
    with room.database._connections.reading() as connection:
        told = connection.exec_driver_sql(
            "SELECT secret_hash, xmin::text FROM ticket WHERE state = 'phone' ORDER BY ctid"
        ).all()
    of_room = [slip.hash for slip in slips]
    mixed = [row for row in told if row[0] in of_room]
    assert len({xmin for _, xmin in mixed}) == 1
    assert [row[0] for row in mixed] != of_room


def test_a_poll_that_is_open_when_its_case_ends_lapses_in_that_write_and_ties_nothing(room: Room):
    slips = room.issued(40)
    other = Room(room.database, 2)
    kept = other.issued(20)
    for each in (room, other):
        each.opened()
    for slip in slips[:30]:
        said = [Comment(ABOUT[0], "words")]
        assert room.kept.urn.cast(
            room.poll, slip.hash, b"n", [Answer(ABOUT[0], "overall", "x")], said
        )
    for slip in kept:
        assert other.cast(slip)
    with room.database._connections.transaction() as connection:
        mine = tables.case_head.c.case_id == room.case.id
        connection.execute(tables.case_head.update().where(mine).values(holder_unit=None))
    assert room.kept.polls.poll(room.poll.id).state == "gone"
    assert not room.cast(slips[35])
    assert len(all_rows(room.database, tables.urn)) == 20 * len(ABOUT)
    assert all_rows(room.database, tables.ballot_comment) == []
    assert {*room.kept.slips.states(room.poll.id).values()} == {"spoilt"}
    assert room.kept.slips.ticket(slips[0].hash).nonce_hash is None
    assert other.n_used() == 20
    if room.database.is_postgres:
        with room.database._connections.reading() as connection:
            told = connection.exec_driver_sql("SELECT DISTINCT xmin::text FROM ticket").all()
            order = connection.exec_driver_sql("SELECT secret_hash FROM ticket ORDER BY ctid").all()
        assert len(told) == 1
        assert [row[0] for row in order if row[0] in {s.hash for s in kept}] != [
            s.hash for s in kept
        ]


def test_what_was_written_is_mixed_like_the_slips(room: Room):
    slips = room.issued(30)
    room.opened()
    words = [f"words {nth}" for nth in range(30)]
    for slip, said in zip(slips, words, strict=True):
        assert room.kept.urn.cast(room.poll, slip.hash, b"n", [], [Comment(ABOUT[0], said)])
    room.kept.urn.close(room.poll.id)
    shown = [one.text for one in room.kept.urn.comments(room.poll.id).values()]
    assert sorted(shown) == sorted(words)
    assert shown != words
    if room.database.is_postgres:
        with room.database._connections.reading() as connection:
            query = "SELECT said, xmin::text FROM ballot_comment ORDER BY ctid"
            told = connection.exec_driver_sql(query).all()
        assert len({xmin for _, xmin in told}) == 1
        assert [row[0].decode() for row in told] != words


def test_who_asks_again_takes_it_out_of_the_files_that_somebody_read(room: Room):
    """SQLite alone: what a reader holds there cannot be left behind."""
    if room.database.is_postgres:
        pytest.skip("the files of PostgreSQL are left behind in the transaction itself")
    (slip,) = room.issued(1)
    room.opened()
    assert room.kept.urn.cast(room.poll, slip.hash, b"n", [], [Comment(ABOUT[0], "defamation")])
    room.kept.urn.close(room.poll.id)
    (gone,) = room.kept.urn.comments(room.poll.id)
    remarks = list[str]()
    erasing = Erasing(room.kept, Remarks(remarks))
    with closing(sqlite3.connect(file_of(room.database))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM ballot_comment").fetchone()
        with pytest.raises(StoreUnavailable):
            erasing.erase(room.poll.id, gone, "why")
        assert held(room)
    with pytest.raises(NotYours):
        erasing.erase(room.poll.id, gone, "why")
    assert not held(room)
    assert remarks == ["why"]


@dataclass
class Remarks:
    """Remarks beside cases, as far as an erasure needs them."""

    kept: list[str]

    def told_by_operator(self, _case: str, remark: str, _key: Key) -> Outcome:
        self.kept.append(remark)
        return Outcome(outcome="done")


def held(room: Room) -> bool:
    """Tell whether what was written stands in the files yet."""
    path = file_of(room.database)
    return any(b"defamation" in one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def test_what_was_written_is_erased_and_no_page_of_ours_holds_it(room: Room):
    slips = room.issued(3)
    room.opened()
    for slip, said in zip(slips, ("one", "defamation", "three"), strict=True):
        assert room.kept.urn.cast(room.poll, slip.hash, b"n", [], [Comment(ABOUT[0], said)])
    room.kept.urn.close(room.poll.id)
    there = room.kept.urn.comments(room.poll.id)
    (gone,) = (id_ for id_, one in there.items() if one.text == "defamation")
    assert not room.kept.urn.erase_comment(room.poll.id, "00" * 16)
    assert not room.kept.urn.erase_comment("0191f3a0-0000-7000-8000-000000000001", gone)
    assert room.kept.urn.erase_comment(room.poll.id, gone)
    assert not room.kept.urn.erase_comment(room.poll.id, gone)
    left = {one.text for one in room.kept.urn.comments(room.poll.id).values()}
    assert left == {"one", "three"}
    if room.database.is_postgres:  # what is only taken out stays in its page
        with room.database._connections.reading() as connection:
            size = connection.exec_driver_sql(
                "SELECT count(*), pg_relation_size('ballot_comment') FROM ballot_comment"
            ).one()
            told = connection.exec_driver_sql(
                "SELECT DISTINCT xmin::text FROM ballot_comment"
            ).all()
        assert (size[0], len(told)) == (2, 1)
        return
    paths = (Path(f"{file_of(room.database)}{suffix}") for suffix in ("", "-wal"))
    assert not any(b"defamation" in path.read_bytes() for path in paths if path.exists())


def test_after_the_mix_no_file_of_ours_holds_an_answer(room: Room):
    if room.database.is_postgres:
        pytest.skip("its WAL is the operator's, and said to be")
    (slip,) = room.issued(1)
    room.opened().cast(slip, "plantedvalue")
    room.kept.urn.close(room.poll.id)
    room.kept.counts.settle(room.poll.id, {})
    room.kept.urn.scrub()
    for suffix in ("", "-wal"):
        path = Path(f"{file_of(room.database)}{suffix}")
        assert b"plantedvalue" not in (path.read_bytes() if path.exists() else b"")


def test_slips_made_anew_take_the_place_of_unused_ones_until_the_poll_opens(room: Room):
    old = room.issued(5)
    new = drawn("cadres", secrets.choice)
    box = room.poll.electorates[0].id

    def anew() -> bool:
        return room.kept.slips.issue(room.poll.id, box, [new.hash], most=5_000, anew=True)

    assert anew()
    assert room.kept.slips.states(room.poll.id) == {new.hash: "unused"}
    assert room.kept.slips.ticket(old[0].hash) is None
    room.opened()
    assert not anew()


def test_a_rehearsal_is_another_poll_and_goes_without_a_trace(room: Room):
    (slip,) = room.issued(1)
    room.opened().cast(slip)
    room.kept.polls.discard(room.poll.id)
    for table in (tables.poll, tables.electorate, tables.ticket, tables.urn, tables.counted):
        assert all_rows(room.database, table) == []


def counted(person: str) -> PaperCount:
    return PaperCount(person=person, body={})


def test_of_many_who_count_the_paper_at_once_two_have_counted(room: Room):
    room.opened().kept.urn.close(room.poll.id)
    together = Barrier(8)

    def count(n: int) -> bool:
        together.wait()
        return room.kept.counts.keep_paper(room.poll.id, counted(f"p-{n}"), ())

    with ThreadPoolExecutor(8) as people:
        kept = [*people.map(count, range(8))]
    assert sum(kept) == len(room.kept.counts.papers(room.poll.id)[room.poll.id]) == 2


def test_one_pair_of_eyes_does_not_count_the_paper_twice(room: Room):
    room.opened().kept.urn.close(room.poll.id)
    assert room.kept.counts.keep_paper(room.poll.id, counted("p-1"), ())
    assert not room.kept.counts.keep_paper(room.poll.id, counted("p-2"), ("p-1",))
    assert room.kept.counts.keep_paper(room.poll.id, counted("p-1"), ("p-2",))
    assert [one.person for one in room.kept.counts.papers(room.poll.id)[room.poll.id]] == ["p-1"]


def test_no_slip_and_no_paper_is_entered_while_a_poll_is_told(room: Room):
    (slip,) = room.issued(1)
    room.opened().kept.urn.close(room.poll.id)
    assert room.kept.counts.hold(room.poll.id)
    assert not room.kept.slips.mark(room.poll.id, [slip.hash], "paper")
    assert not room.kept.counts.keep_paper(room.poll.id, counted("p-1"), ())
    assert room.kept.slips.states(room.poll.id) == {slip.hash: "unused"}
    assert not room.kept.counts.hold(room.poll.id)  # by another who tells it
    room.kept.counts.release(room.poll.id)
    assert room.kept.slips.mark(room.poll.id, [slip.hash], "paper")


def test_what_is_told_stays_told_and_keeps_no_slip(room: Room):
    room.issued(3)
    room.opened().kept.urn.close(room.poll.id)
    room.kept.counts.hold(room.poll.id)
    room.kept.counts.settle(room.poll.id, {"codes": "c"})
    room.kept.counts.settle(room.poll.id, {"codes": "d"})
    room.kept.counts.release(room.poll.id)
    kept = room.kept.polls.poll(room.poll.id)
    assert kept is not None
    assert (kept.state, kept.told) == ("counted", {"codes": "c"})
    assert all_rows(room.database, tables.ticket) == []


def test_slips_that_are_made_and_entered_meet_the_closing_and_all_end(room: Room):
    rooms = [room, *(Room(room.database, nth) for nth in range(2, 9))]
    with ThreadPoolExecutor(24) as people:
        under_way = []
        for one in rooms:
            made = [slip.hash for slip in one.issued(20)]
            one.opened()
            under_way += [
                people.submit(one.issued_or_late, 5),
                people.submit(one.kept.slips.mark, one.poll.id, made, "paper"),
                people.submit(one.kept.urn.close, one.poll.id),
                people.submit(one.issued_or_late, 5),
            ]
        for each in under_way:
            each.result()
    assert {one.kept.polls.poll(one.poll.id).state for one in rooms} == {"sealed"}


def test_no_column_of_a_poll_is_a_time_and_no_row_lies_where_it_came():
    kept = (tables.poll, tables.electorate, tables.ticket, tables.urn, tables.counted)
    kept += (tables.ballot_comment, tables.paper_count, tables.elector)
    columns = [column for table in kept for column in table.columns]
    assert not [column for column in columns if isinstance(column.type, tables.Instant)]
    assert all(not table.dialect_options["sqlite"]["with_rowid"] for table in kept)


def test_what_goes_wrong_in_a_statement_tells_no_ballot(room: Room):
    row = {"id": b"1", "electorate": room.poll.electorates[0].id, "value": "planted"}
    with (
        pytest.raises(sa.exc.DBAPIError) as error,
        room.database._connections.at_once() as connection,
    ):
        connection.execute(tables.urn.insert(), row)  # neither case nor question
    log = BytesIO()
    logger = structlog.wrap_logger(structlog.BytesLogger(log), processors=PROCESSORS)
    logger.error("went_wrong", exc_info=error.value)
    assert b"Error" in log.getvalue()
    assert b"planted" not in log.getvalue()
