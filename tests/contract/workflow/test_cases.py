"""What every store of cases promises, held by all of them."""

import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.workflow.adapters.database import Database, connect, tables
from services.workflow.adapters.database.postgres_cases import LoopCaseRounds
from services.workflow.adapters.database.rebuilding import Rebuild
from services.workflow.adapters.memory.cases import MemoryCases
from services.workflow.application.envelopes import Origin
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import CaseStore, Standing, Wanted, Write
from services.workflow.application.firing.sealing import Seal
from services.workflow.application.ports import Bulk, CycleRow, Key
from services.workflow.domain.case.acts import Act, Decided
from services.workflow.domain.case.deciding import decide
from services.workflow.domain.case.rounds import open_round
from services.workflow.domain.case.sights import Steps, Unread, sight_of
from services.workflow.domain.case.slots import Slots
from services.workflow.domain.case.world import Heads, Place
from tests.contract.workflow.appends import START, append, review, written
from tests.contract.workflow.conftest import POSTGRES, SQLITE
from tests.loops import run_apart
from tests.servers import DatabaseUrls
from tests.unit.workflow.case import test_races as races
from tests.unit.workflow.case.played import CYCLE, Play, as_read, at_page
from tests.unit.workflow.case.test_notice_2019 import ALONE, B


@pytest.fixture(params=[pytest.param("memory", id="memory"), SQLITE, POSTGRES])
def cases(request: pytest.FixtureRequest) -> Iterator[CaseStore]:
    if request.param == "memory":
        yield MemoryCases()
        return
    if request.param == "sqlite":
        found = connect(f"sqlite:///{request.getfixturevalue('sqlite_file')}")
        yield found.store
    else:
        found = connect(request.getfixturevalue("workflow_urls").app)
        yield found.store
    found.close()


@pytest.fixture
def play(cases: CaseStore) -> Play:
    made = Play(ALONE, store=cases)
    made.open()
    return made


def decided(play: Play, number: str, trigger: str, **more: object) -> Write:
    """What firing *trigger* would write, decided on what stands now."""
    case, world = play.case(number), play.world
    data = as_read(world, case, trigger, {})
    act = Act(trigger=trigger, effective_at=play.now, person="p", given=data, **more)
    made = decide(case, act, world)
    assert isinstance(made, Decided), made
    seal = Seal(sealer=play.sealer, root="w", organisation_version=1)
    return seal.write(made, Origin(client="web"), None)


def withdrawn(play: Play, number: str = B) -> Write:
    return decided(play, number, "withdraw", reason="r")


def stands(play: Play, number: str = B) -> int:
    return play.case(number).version


# --- Reading and writing back ---


def test_what_was_written_is_what_is_read(play: Play):
    races.items_open(play)
    written = {one.after.stream: one.after for one in play.written}
    assert dict(play.heads.cases) == written


def test_a_case_far_along_is_read_as_it_was_written(play: Play):
    races.unit_in_session_but_for_the_last_act(play)
    play.done(races.UNIT, "open_session", "office.c.h1")
    for number in ("2019-C-0001", "2019-C-0002", "2019-C-0003", "2019-C-0004"):
        races.commented(play, number)
    assert dict(play.heads.cases) == {one.after.stream: one.after for one in play.written}


def test_a_write_that_lost_anything_writes_nothing(play: Play):
    write = withdrawn(play)
    other = replace(write, versions={play.case("2019-B-0001").stream: 9})
    assert play.store.append([other]) == [False]
    assert stands(play) == 1
    assert play.store.append([write]) == [True]


def test_many_writes_are_all_taken_or_none(play: Play):
    """More than one statement takes, the one that is lost in the last of them."""
    many = [written(None, review(n, number=f"2019-X-{n:04d}")) for n in range(1, 601)]
    stale = replace(withdrawn(play), versions={play.case("2019-B-0001").stream: 9})
    before = dict(play.heads.cases)
    assert play.store.append_all([*many[:590], stale, *many[590:]]) is False
    assert dict(play.heads.cases) == before
    assert play.store.append_all(many) is True
    assert play.store.append_all([withdrawn(play), many[0]]) is False
    assert stands(play) == 1


def test_of_two_writes_of_one_version_one_is_taken(play: Play):
    write = withdrawn(play)
    assert [*play.store.append([write]), *play.store.append([write])] == [True, False]


def test_a_loser_does_not_disturb_the_others_of_its_batch(play: Play):
    lost = replace(withdrawn(play), versions={play.case("2019-A-0001").stream: 9})
    other = withdrawn(play, "2019-B-0001")
    assert play.store.append([lost, other]) == [False, True]


def test_of_two_that_looked_at_what_the_other_moves_one_is_taken(play: Play):
    one, other = withdrawn(play), withdrawn(play, "2019-B-0001")
    one = replace(one, versions={other.events[0].stream: 1})
    other = replace(other, versions={one.events[0].stream: 1})
    assert play.store.append([one, other]) == [True, False]


def test_a_count_that_moved_meanwhile_loses_the_write(play: Play):
    row = play.case("2019-B-0001").stream
    one, other = withdrawn(play), withdrawn(play, "2019-C-0001")
    assert play.store.append([replace(other, touches=frozenset({row}))]) == [True]
    assert play.store.append([replace(one, touched={row: 0})]) == [False]
    assert play.store.append([replace(one, touched={row: 1})]) == [True]


def test_counting_on_a_case_moves_no_version_of_it(play: Play):
    row = play.case("2019-B-0001").stream
    play.store.append([replace(withdrawn(play), touches=frozenset({row}))])
    assert (stands(play, "2019-B-0001"), play.heads.touched[row]) == (1, 1)


def test_a_number_given_meanwhile_is_not_given_again(play: Play):
    counter, first = "2019/Z", withdrawn(play)
    other = withdrawn(play, "2019-C-0001")
    assert play.store.append([replace(first, numbers={counter: (0, 1)})]) == [True]
    assert play.store.append([replace(other, numbers={counter: (0, 1)})]) == [False]
    assert play.store.append([replace(other, numbers={counter: (1, 2)})]) == [True]


def test_of_two_who_take_a_place_one_has_it(play: Play):
    place, stream = Place(CYCLE, "draw", "c.h2"), play.case(B).stream
    first, other = withdrawn(play), withdrawn(play, "2019-C-0001")
    assert play.store.append([replace(first, slots={place: (None, stream)})]) == [True]
    assert play.store.append([replace(other, slots={place: (None, stream)})]) == [False]
    assert play.store.append([replace(other, slots={place: (stream, None)})]) == [True]
    assert place not in play.heads.current


def test_an_ordinal_of_a_parent_given_meanwhile_is_not_given_again(play: Play):
    parent = play.case("2019-B-0001").stream
    first, other = withdrawn(play), withdrawn(play, "2019-C-0001")
    assert play.store.append([replace(first, numbers={parent: (0, 1)})]) == [True]
    assert play.store.append([replace(other, numbers={parent: (0, 1)})]) == [False]
    assert play.heads.numbered[parent] == 1


def test_a_move_that_changes_no_answer_counts_on_nothing(play: Play):
    data = {"documents": {"report": races.text_of("achievements", "problems", "tasks")}}
    before = play.heads.touched
    play.done(B, "submit", "secretary.c.h1", data=data)
    assert play.heads.touched == before


def test_a_key_is_used_once_and_finds_the_event_it_was_used_on(play: Play):
    key = Key(client="oa", key="k", fingerprint=hashlib.sha256(b"k").digest())
    first, other = withdrawn(play), withdrawn(play, "2019-C-0001")
    assert play.store.append([replace(first, key=key)]) == [True]
    assert play.store.append([replace(other, key=key)]) == [False]
    used = play.store.standing([Wanted(client="oa", key="k")]).used["oa", "k"]
    own = first.events[0]
    assert (used.stream, used.version, used.body) == (own.stream, own.version, own.body)


def test_what_goes_beside_a_case_shares_the_batch(play: Play):
    case = play.case(B)
    noted = append(f"{case.stream}/notices", 1, recorded_at=play.now)
    assert play.store.append([noted, withdrawn(play)]) == [True, True]
    assert play.store.append([noted]) == [False]
    assert play.store.side_streams([noted.stream], play.now)[noted.stream].version == 1


def test_a_round_opens_whole_or_not_at_all(cases: CaseStore):
    play = Play(ALONE, store=cases)
    opening = open_round(play.world, play.now)
    seal = Seal(sealer=play.sealer, root="w", organisation_version=1)
    write = seal.write(opening.decided, Origin(client="cli"), None)
    assert cases.write(Bulk(appends=()), replace(write, numbers={"2019/A": (7, 8)})) is False
    assert not play.heads.cases
    assert cases.write(Bulk(appends=()), write) is True
    assert dict(play.heads.cases) == {one.stream: one.after for one in write.events}


def test_a_round_is_closed_once_as_it_was_looked_at_and_nothing_begins_in_it(cases: CaseStore):
    row = CycleRow(
        id=CYCLE,
        scheme="s",
        scheme_hash="5" * 64,
        calendar_hash="c" * 64,
        unit="c",
        label="2019",
        kinds=(),
        opened_at=START,
    )
    opening = append(f"cycle/{CYCLE}", 1)
    assert cases.write(Bulk(appends=(opening,), cycle=row))
    play = Play(ALONE, store=cases)
    play.open()
    moves = sum(one.version for one in play.heads.cases.values())
    late = written(None, review(1, number="2019-X-0001", cycle=CYCLE), running=CYCLE)
    closing = append(f"cycle/{CYCLE}", 2)
    closes = Bulk(appends=(closing,), closes=replace(row, closed_at=START), n_moves=moves)
    assert not cases.write(replace(closes, n_moves=moves - 1))
    assert not cases.write(replace(closes, appends=(opening,)))  # whole or not at all
    early = review(2, number="2019-X-0002", cycle=CYCLE)
    assert cases.append([written(None, early, running=CYCLE)]) == [True]
    assert not cases.write(closes)
    assert cases.write(replace(closes, n_moves=moves + 1))
    assert cases.append([late]) == [False]
    assert cases.append([replace(late, running="")]) == [True]
    again = append(f"cycle/{CYCLE}", 3)
    assert not cases.write(replace(closes, appends=(again,), n_moves=moves + 2))


# --- What is read of others ---


@pytest.fixture
def stored(database: Database) -> Play:
    """The same on a database only: memory has every round whole."""
    made = Play(ALONE, store=database.store)
    made.open()
    return made


def read(play: Play, number: str, **more: Any) -> Heads:
    wanted = Wanted(case=play.case(number).stream, **more)
    return play.store.standing([wanted]).heads[CYCLE]


def test_what_looks_at_nothing_reads_its_own_case_alone(stored: Play):
    heads = read(stored, B)
    assert set(heads.cases) == {stored.case(B).stream}
    assert heads.seen == frozenset()


def test_what_was_not_read_is_not_taken_for_what_is_not_there(stored: Play):
    case = stored.case(B)
    with pytest.raises(Unread):
        read(stored, B).linked(case, "items")
    assert read(stored, B, steps={"items": {}}).linked(case, "items") == ()


def test_an_item_that_ends_reads_its_parent_and_none_of_its_siblings(stored: Play):
    races.rectifying(stored, *[races.row() for _ in range(5)])
    data = races.document("evidence", "done")
    for n in (1, 2, 3):
        stored.done(f"{B}/0{n}", "report", "office.c.h1", data=data)
        stored.done(f"{B}/0{n}", "verify", "office.c")
    item, steps = stored.case(f"{B}/04"), stored.firing._lookout._steps["item", "verify"]
    assert set(read(stored, item.number, steps=steps).cases) == {item.stream, item.of}


def test_a_case_asked_for_by_its_id_is_read_with_what_it_looks_at(stored: Play):
    races.rectifying(stored, *[races.row() for _ in range(3)])
    items = [stored.case(f"{B}/0{n}") for n in (1, 2, 3)]
    for item in items:
        stored.done(item.number, "report", "office.c.h1", data=races.document("evidence", "done"))
    read: list[Sequence[Wanted]] = []
    under = stored.store.standing
    stored.store.standing = lambda wanted: (read.append(wanted), under(wanted))[1]
    for item in items:
        looked = as_read(stored.world, item, "verify", {})
        del read[:]
        verify = CaseCommand(
            case=item.id, trigger="verify", actor=at_page("office.c"), key=item.id, data=looked
        )
        assert stored.firing.fire(verify).outcome == "done"
    assert len(read) == 1  # the first of them found out


def test_who_looks_on_from_each_of_many_asks_once_and_not_once_for_each(stored: Play):
    races.rectifying(stored, *[races.row() for _ in range(5)])
    read: list[Sequence[Wanted]] = []
    under = stored.store.standing
    stored.store.standing = lambda wanted: (read.append(wanted), under(wanted))[1]

    def beyond(standing: Standing) -> list[str]:
        heads, case = standing.heads[CYCLE], standing.case(stored_at)
        found = heads.linked(case, "items")
        return [one.number for one in found if not [*heads.children(one, "interview")]]

    stored_at = stored.case(B).id
    del read[:]
    told = looking(stored.store, Wanted(case=stored_at), beyond)
    assert told == [f"{B}/0{n}" for n in range(1, 6)]
    assert len(read) == 3  # the case, its items, what is beyond all of them


LOOKS = [
    pytest.param(B, {"meeting": {}}, {"2019-commission-0001"}, id="a slot"),
    pytest.param(f"{B}/01", {"of": {"items": {}}}, {B, f"{B}/02"}, id="the parent and its others"),
    pytest.param(B, {"/item": {}}, {f"{B}/01", f"{B}/02"}, id="children"),
    pytest.param(B, {"visits": {}}, {"2019-visit-0001"}, id="an anchor"),
    pytest.param("2019-visit-0001", {"#": {}}, set(), id="its own slot, empty"),
    pytest.param("2019-visit-0001", {"@": {}}, {"2019-visit-0001"}, id="peers"),
    pytest.param("2019-provincial-0001", {"reviews": {}}, {"2019-A-0001"}, id="what leads back"),
    pytest.param("2019-A-0001", {"&hearing_body": {}}, {"2019-A-0001"}, id="sharing a party"),
    pytest.param(
        "2019-unit-0001",
        {"*": {}},
        {"2019-unit-0002", "2019-commission-0001", "2019-provincial-0001"},
        id="all of a kind",
    ),
]


@pytest.mark.parametrize(("number", "steps", "others"), LOOKS)
def test_steps_lead_where_the_case_itself_would_look(
    stored: Play, number: str, steps: Steps, others: set[str]
):
    races.items_open(stored)
    stored.opened("visit", "c.h1", "office.c")
    found = {one.number for one in read(stored, number, steps=steps).cases.values()}
    assert found == {number} | others


@pytest.mark.parametrize("name", ["stream", "id"])
def test_what_is_looked_at_is_found_whatever_name_the_case_is_asked_for_by(stored: Play, name: str):
    races.items_open(stored)
    stored.opened("visit", "c.h1", "office.c")
    for number, (step, further), others in (
        (number, *steps.items(), others) for number, steps, others in (one.values for one in LOOKS)
    ):
        case = stored.case(number)
        sights = frozenset({sight_of(case, step)})
        asked = Wanted(case=getattr(case, name), sights=sights)
        found = stored.store.standing([asked]).heads[CYCLE].cases.values()
        assert {one.number for one in found} == {number} | ({B} if further else others), step


# --- Races ---


@pytest.mark.parametrize(
    ("prepare", "one", "other"),
    [
        pytest.param(races.items_open, *pair, id=f"items {n}")
        for n, pair in enumerate(itertools.permutations(races.ITEMS, 2))
    ]
    + [
        pytest.param(races.meetings, *pair, id=f"days {n}")
        for n, pair in enumerate(itertools.permutations(races.DAYS, 2))
    ],
)
def test_two_at_once_end_as_one_after_the_other_could(
    play: Play, prepare: races.Step, one: races.Step, other: races.Step
):
    prepare(play)
    races.interleaved(play, one, other)
    play.replanning.run(play.round.id)
    play.replayed()
    found = []
    for way in ((one, other), (other, one)):
        alone = races.opened()
        prepare(alone)
        for step in way:
            step(alone)
        alone.replanning.run(alone.round.id)
        found.append(races.outcome(alone))
    assert races.outcome(play) in found


@pytest.mark.postgres
@pytest.mark.parametrize(
    "moving",
    [
        "UPDATE case_head SET touched = 5 WHERE case_id = :case",
        "UPDATE case_slot SET touched = 5 WHERE kind = 'meeting' AND unit = 'c'",
    ],
)
def test_what_somebody_is_moving_is_waited_for_before_it_is_compared(
    workflow_urls: DatabaseUrls, moving: str
):
    database = connect(workflow_urls.app)
    play = Play(ALONE, store=database.store)
    play.open()
    other, place = play.case("2019-B-0001"), Place(CYCLE, "meeting", "c")
    counted = {row: play.heads.touched[row] for row in (other.stream, place)}
    write, won = replace(withdrawn(play), touched=counted), list[bool]()
    writer = threading.Thread(target=lambda: won.extend(database.store.append([write])))
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with database._connections.transaction() as connection:
        connection.execute(sa.text(moving), {"case": other.id} if ":case" in moving else {})
        writer.start()
        while writer.is_alive() and not connection.execute(sa.text(waiting)).scalar_one():
            connection.exec_driver_sql("SELECT pg_stat_clear_snapshot()")
    writer.join()
    database.close()
    assert won == [False]


Appending = Callable[[Sequence[Write]], list[bool]]


def on_loop(database: Database) -> Appending:
    def append(batch: Sequence[Write]) -> list[bool]:
        connection = database._connections.on_loop()
        try:
            return run_apart(LoopCaseRounds(connection.run).append(batch))
        finally:
            connection.close()

    return append


WAYS = {"in a thread": lambda database: database.store.append, "on a loop": on_loop}


@pytest.fixture(params=WAYS)
def postgres(
    request: pytest.FixtureRequest, workflow_urls: DatabaseUrls
) -> Iterator[tuple[Play, Database, Appending]]:
    """A play on PostgreSQL with two open items of one parent, and a way to write."""
    database = connect(workflow_urls.app)
    play = Play(ALONE, store=database.store)
    play.open()
    races.items_open(play)
    yield play, database, WAYS[request.param](database)
    database.close()


def both_ends(play: Play, key: Key | None = None) -> list[Write]:
    ends = (decided(play, f"{B}/01", "verify"), decided(play, f"{B}/02", "withdraw", reason="r"))
    return [replace(one, key=key) for one in ends]


@pytest.mark.postgres
def test_what_only_counts_on_one_parent_follows_each_other_in_one_commit(
    postgres: tuple[Play, Database, Appending],
):
    play, database, append = postgres
    parent, both = play.case(B).stream, both_ends(play)
    before = play.heads.touched[parent]
    assert append(both) == [True, True]
    assert play.heads.touched[parent] == before + 2
    last = """SELECT DISTINCT ON (stream) xmin::text FROM event WHERE stream IN (:one, :other)
        ORDER BY stream, version DESC"""
    streams = dict(zip(("one", "other"), (one.events[0].stream for one in both), strict=True))
    with database._connections.transaction() as connection:
        commits = connection.execute(sa.text(last), streams).scalars().all()
    assert (len(commits), len(set(commits))) == (2, 1)


@pytest.mark.postgres
def test_what_moves_a_parent_and_what_counts_on_it_share_a_commit(
    postgres: tuple[Play, Database, Appending],
):
    play, _, append = postgres
    parent = play.case(B)
    before = play.heads.touched[parent.stream]
    counts = decided(play, f"{B}/01", "verify")
    moves = decided(play, B, "suspend", reason="r")
    assert append([moves, counts]) == [True, True]
    assert play.case(B).version == parent.version + 1
    assert play.case(B).suspended
    assert play.heads.touched[parent.stream] == before + 1


@pytest.mark.postgres
def test_where_what_shares_a_commit_meets_in_a_key_one_is_written(
    postgres: tuple[Play, Database, Appending],
):
    play, _, append = postgres
    key = Key(client="oa", key="k", fingerprint=hashlib.sha256(b"k").digest())
    assert append(both_ends(play, key)) == [True, False]
    assert append([decided(play, f"{B}/02", "withdraw", reason="r")]) == [True]


# --- Rebuilding ---


def test_slots_filled_anew_have_the_same_cases_and_higher_counts(database: Database):
    play = Play(ALONE, store=database.store)
    play.open()
    races.meetings(play)
    play.done(races.COMMISSION, "cancel", "office.c", reason="r")
    play.opened("draw", "c", "office.c")
    before = play.heads
    slots = Slots()
    for case in before.cases.values():
        one_at_a_time = ALONE.kinds[case.kind].origin.form == "one_for"
        slots.add(case, one_at_a_time=one_at_a_time)
    with database._connections.transaction() as connection:
        connection.execute(tables.case_slot.delete())
        Rebuild(connection).apply_slots(slots)
    assert play.heads.current == before.current
    counted = {row: n for row, n in before.touched.items() if isinstance(row, Place)}
    assert counted
    assert all(play.heads.touched[row] > n for row, n in counted.items())
