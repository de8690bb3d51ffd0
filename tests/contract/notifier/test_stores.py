"""Whoever runs ahead in plain objects is answered as by a database, whatever is done and asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.adapters.database import SqlStore, contents
from services.notifier.adapters.memory import MemoryStore
from services.notifier.application.contents import NOTHING
from services.notifier.application.foretelling import whole
from services.notifier.application.store_ports import (
    Asked,
    Issue,
    KeptText,
    Parked,
    SetAside,
    Store,
    Timer,
    Transaction,
)
from services.notifier.domain.errors import LeaseLost
from services.notifier.domain.notice import Notice
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.reading import Pass, Reading
from services.notifier.domain.recipients import Recipient
from services.notifier.domain.turns import Turn
from services.notifier.domain.urges import Urge
from tests.contract.notifier.test_any_town import CASES, DONE, live
from tests.contract.notifier.town import Town, in_memory
from tests.unit.notifier.world import SHIPPED, at, due, review

OWNER = "here"
CASE_IDS = ["review/a", "review/b", "review/c"]
Act = Callable[[Transaction], Any]


@dataclass
class Two:
    """A database, and plain objects that are told and asked the same."""

    stores: tuple[Store, Store]

    @cached_property
    def epoch(self) -> int:
        (epoch,) = {store.claim(OWNER) for store in self.stores}
        return epoch or 0

    def do(self, act: Act) -> None:
        answers = []
        for store in self.stores:
            with store.writing(self.epoch) as tx:
                answers.append(act(tx))
        assert answers[0] == answers[1]

    def ask(self, question: Act) -> Any:
        """Return what both answer."""
        answers = []
        for store in self.stores:
            with store.seeing() as tx:
                answers.append(question(tx))
        assert answers[0] == answers[1]
        return answers[0]


# --- Whatever is done to ledger and timers ---

HOURS = [at(1, 9, hour) for hour in (9, 10, 11)]
TIMES = st.sampled_from(HOURS)
PERHAPS = st.none() | TIMES
WHO = Recipient(person="ws", unit="ward", role="secretary")


def a_notice(number: int, letter: str | None, retry_at: datetime | None, **others: Any) -> Notice:
    blank: dict[str, Any] = {
        "case_version": 1,
        "desk": "",
        "state": "drafting",
        "track": "deadline",
        "kind": "reminder",
        "channel": "email",
        "reason": "due_today",
        "skipped": (),
        "due_at": due(1, 10),
        "planned_at": HOURS[0],
        "policy": "0" * 64,
    }
    return Notice(id=f"n{number}", letter=letter, retry_at=retry_at, **blank | others)


NUMBERS = st.integers(0, 5)
STATUSES = st.sampled_from(["pending", "retry", "sending", "sent", "failed", "not_sent"])
NOTICES = st.builds(
    a_notice,
    NUMBERS,
    st.none() | st.sampled_from(["letter", "another"]),
    PERHAPS,
    case=st.sampled_from(CASE_IDS),
    rung=st.sampled_from(["due_day", "late_start"]),
    kind=st.sampled_from(["reminder", "bulletin"]),
    recipient=st.none() | st.just(WHO),
    status=STATUSES,
    decided_at=TIMES,
)
TIMERS = st.builds(
    Timer,
    case=st.sampled_from(CASE_IDS),
    desk=st.sampled_from(["", "other"]),
    track=st.just("deadline"),
    deadline=st.just("1/-"),
    passed=st.integers(-1, 3),
    at=PERHAPS,
)
URGES = st.builds(
    Urge,
    event=st.sampled_from(["e1", "e2", "e3"]),
    case=st.sampled_from(CASE_IDS),
    case_version=st.just(1),
    actor=st.none() | st.just("os"),
    at=TIMES,
    told=st.sampled_from([{}, {"result": "everybody"}]),
    arrived=st.sampled_from([(), ("",)]),
    turned=st.booleans(),
)
TURNS = st.builds(Turn, at=TIMES, where=st.sampled_from(["ward", "hospital"]))
PARKED = st.builds(
    Parked,
    subject=st.sampled_from(CASE_IDS),
    version=st.integers(1, 2),
    case=st.none() | st.sampled_from(CASE_IDS),
    position=st.integers(0, 9),
    body=st.just(b"{}"),
)


def saved(number: int, status: str, retry_at: datetime | None) -> Act:
    def act(tx: Transaction) -> None:
        known = tx.ledger.called([f"n{number}"])
        changed = {"status": status, "retry_at": retry_at, "attempts": 1}
        tx.ledger.save([replace(one, **changed) for one in known], 1)

    return act


ACTS = st.one_of(
    NOTICES.map(lambda one: lambda tx: tx.ledger.add([one])),
    st.builds(saved, NUMBERS, STATUSES, PERHAPS),
    NUMBERS.map(lambda number: lambda tx: tx.ledger.reported({f"n{number}": 201})),
    TIMERS.map(lambda one: lambda tx: tx.timers.move([one])),
    st.tuples(st.sampled_from(CASE_IDS), TIMERS).map(
        lambda two: lambda tx: tx.timers.replace([two[0], two[1].case], [two[1]])
    ),
    URGES.map(lambda one: lambda tx: tx.timers.urge([one])),
    URGES.map(lambda one: lambda tx: tx.timers.settle([one])),
    TURNS.map(lambda one: lambda tx: tx.timers.turn([one])),
    TIMES.map(lambda now: lambda tx: tx.timers.drop_turns(now)),
    PARKED.map(lambda one: lambda tx: tx.progress.park([one])),
    PARKED.map(lambda one: lambda tx: tx.progress.unpark([(one.subject, one.version)])),
)


def by_id(notices: list[Notice]) -> list[Notice]:
    return sorted(notices, key=lambda one: one.id)


def questions(now: datetime, limit: int, letters_at: datetime | None) -> list[Act]:
    def ready(tx: Transaction) -> Any:
        found = tx.ledger.open(now, limit, letters_at)
        # Which of a letter comes first is nobody's concern.
        alone = [one for one in found if not one.letter]
        return alone, by_id([one for one in found if one.letter])

    def late(tx: Transaction) -> Any:
        found = tx.ledger.late_starts(CASE_IDS)
        return {case: by_id(notices) for case, notices in found.items()}

    return [
        ready,
        late,
        lambda tx: tx.ledger.unreported(limit),
        lambda tx: by_id(tx.ledger.of_cases(CASE_IDS[1:])),
        lambda tx: by_id(tx.ledger.orphans(2)),
        lambda tx: tx.ledger.backlog(),
        lambda tx: tx.ledger.search(Asked(limit=limit, case=CASE_IDS[0])),
        lambda tx: tx.ledger.search(Asked(limit=limit, recipient="ws", status="sent")),
        lambda tx: tx.ledger.search(Asked(after=("2020-01-09T02:00:00.000000Z", "n3"))),
        lambda tx: tx.timers.due(now, limit),
        lambda tx: tx.timers.coming(now, limit),
        lambda tx: tx.timers.of(CASE_IDS[1:]),
        lambda tx: tx.timers.urges(limit),
        lambda tx: tx.progress.parked(),
    ]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    acts=st.lists(st.tuples(ACTS, TIMES, PERHAPS, st.integers(1, 4)), min_size=1, max_size=25),
)
def test_whatever_is_done_ledger_and_timers_answer_as_a_database_does(
    acts: list[tuple[Act, datetime, datetime | None, int]],
) -> None:
    with in_memory() as store:
        two = Two((store, MemoryStore()))
        for act, now, letters_at, limit in acts:
            two.do(act)
            for question in questions(now, limit, letters_at):
                two.ask(question)
            found = {one.is_anything_due(two.epoch, now) for one in two.stores}
            assert len(found) == 1


def test_the_timers_of_a_case_wait_for_an_event_of_it_that_is_parked() -> None:
    with in_memory() as store:
        two = Two((store, MemoryStore()))
        timers = [
            Timer(case=case, desk="", track="deadline", deadline="-", passed=0, at=HOURS[0])
            for case in CASE_IDS[:2]
        ]
        parked = [
            Parked(subject=subject, version=2, case=CASE_IDS[0], position=3, body=b"{}")
            for subject in (CASE_IDS[0], f"{CASE_IDS[0]}/notices")
        ]
        acts: list[tuple[Act, list[Timer]]] = [
            (lambda tx: tx.timers.move(timers), timers),
            (lambda tx: tx.progress.park(parked), timers[1:]),
            (lambda tx: tx.progress.park(parked), timers[1:]),
            (lambda tx: tx.progress.unpark([(parked[0].subject, 2)]), timers[1:]),
            (lambda tx: tx.timers.replace([CASE_IDS[1]], []), []),
            (lambda tx: tx.progress.unpark([(parked[1].subject, 2)]), timers[:1]),
        ]
        for act, due_now in acts:
            two.do(act)
            assert two.ask(lambda tx: tx.timers.due(HOURS[1], 5)) == due_now
            found = [one.is_anything_due(two.epoch, HOURS[1]) for one in two.stores]
            assert found == [bool(due_now)] * 2


def test_timers_of_one_case_and_instant_are_due_in_the_order_of_desks_and_tracks() -> None:
    with in_memory() as store:
        two = Two((store, MemoryStore()))
        places = [("", "a"), ("", "b"), ("desk", "a"), ("other", "a")]
        timers = [
            Timer(case=CASE_IDS[0], desk=desk, track=track, deadline="-", passed=0, at=HOURS[0])
            for desk, track in places
        ]
        for one in (*timers[::-2], *timers[::2]):
            two.do(lambda tx, one=one: tx.timers.move([one]))
        for limit in range(1, 5):
            assert two.ask(lambda tx, limit=limit: tx.timers.due(HOURS[1], limit)) == timers[:limit]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(acts=st.lists(ACTS, min_size=1, max_size=20), now=TIMES)
def test_what_comes_after_an_instant_is_the_first_of_all_that_waits(
    acts: list[Act], now: datetime
) -> None:
    store = MemoryStore()
    epoch = store.claim(OWNER) or 0
    with store.writing(epoch) as tx:
        for act in acts:
            act(tx)
        timers = [one.at for case in tx.timers.of(CASE_IDS).values() for one in case.values()]
        notices = tx.ledger.search(Asked(limit=100))
    waiting = [one.retry_at for one in notices if one.status in {"pending", "retry"}]
    found = store.next_after(now)
    with store.writing(epoch) as tx:
        turns = [one.at for one in tx.timers.turns(datetime.max.replace(tzinfo=UTC))]
    after = [one for one in (*timers, *waiting, *turns) if one is not None and one > now]
    assert found == min(after, default=None)


# --- Facts, texts and progress ---


@pytest.fixture
def two(store: SqlStore) -> Two:
    return Two((store, MemoryStore()))


def told(organisation: Organisation, below: Mapping[str, str]) -> Any:
    """Return what an extract says: units, and who serves and stands in, in which order."""
    days = [date(2020, 1, 9), date(2020, 3, 9)]
    return (
        dict(organisation.units),
        [*below.items()],
        organisation.role("secretary", "zh"),
        [
            (
                post,
                organisation.deputies(post.person, unit, post.role, day),
                organisation.is_away(post.person, day),
            )
            for unit in sorted(organisation.units)
            for day in days
            for post in organisation.serving(unit, (), day)
        ],
    )


def changed(units: list[Any], posts: list[Any], gone: Any = None, **others: Any) -> dict[str, Any]:
    dropped = gone or {"units": [], "posts": []}
    return {"units": units, "posts": posts, "dropped": dropped, **others}


def test_organisations_are_read_and_cut_out_alike(two: Two) -> None:
    units = [
        {"id": "root", "name": "根", "kind": "work_committee"},
        {"id": "ward", "parent": "root", "name": "支部", "kind": "grassroots_branch"},
        {"id": "bay", "parent": "root", "name": "病区", "kind": "grassroots_branch"},
        {"id": "cell", "parent": "ward", "name": "小组", "kind": "grassroots_branch"},
    ]
    posts = [
        {"unit": "ward", "role": "secretary", "person": "a", "from": "2019-01-01"},
        {"unit": "cell", "role": "secretary", "person": "b", "from": "2019-01-01"},
        {"unit": "root", "role": "secretary", "person": "c", "from": "2019-01-01"},
        {"unit": "root", "role": "office", "person": "c", "from": "2019-01-01"},
        {"unit": "root", "role": "member", "person": "b", "from": "2019-01-01"},
    ]
    posts[1]["until"] = "2020-02-01"
    hand_on = {"unit": "ward", "person": "a", "deputy": "d", "roles": ["secretary"]}
    hand_on |= {"from": "2020-01-01", "until": "2020-01-31"}
    leave = {"person": "a", "from": "2020-01-01", "until": "2020-01-31"}
    later = [{**posts[2], "from": "2020-01-09"}]
    gone = {"units": ["cell"], "posts": [posts[0]]}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("apply_organisation", changed(units, posts)),
        ("delegate", hand_on),
        ("leave", leave),
        ("leave", {**leave, "until": "2020-01-08"}),
        ("delegate", {**hand_on, "revoked": True}),
        ("leave", {**leave, "revoked": True}),
        ("apply_organisation", changed([{**units[1], "name": "改名"}], later, gone)),
    ]
    answers = []
    for version, (name, data) in enumerate(steps, start=1):
        two.do(lambda tx, n=name, v=version, d=data: getattr(tx.facts, n)("urn:here", v, d))
        assert two.ask(lambda tx: tx.facts.organisation_version("urn:here")) == version
        answers += [
            two.ask(
                lambda tx, asked=some: told(tx.facts.organisation(asked), tx.facts.below(asked))
            )
            for some in (["ward"], ["root", "cell"], ["nowhere"])
        ]
        two.ask(lambda tx: tx.facts.serving(["a", "b", "d", "nobody"]))
    assert len({repr(one) for one in answers}) > len(steps)
    # Before it was dropped the cell was the lowest; what was asked for itself comes last.
    assert [unit for unit, _ in answers[1][1]] == ["bay", "ward", "cell", "root"]
    assert [*two.ask(lambda tx: tx.facts.below(["root"]))] == ["bay", "ward", "root"]


def test_cases_texts_and_progress_answer_alike(two: Two) -> None:
    one = review().case
    other = replace(one, stream="review/other", desks=(), scheme="")
    two.do(lambda tx: tx.facts.save_cases([one, other]))
    for question in (
        lambda tx: dict(tx.facts.cases([one.stream, other.stream, "review/nobody"])),
        lambda tx: tx.facts.running("", 10),
        lambda tx: tx.facts.running(one.stream, 10),
        lambda tx: tx.facts.schemes_running(),
        lambda tx: tx.facts.answered(),
        lambda tx: tx.facts.lying_in({"ward"}, "", 10),
        lambda tx: tx.facts.lying_in({"ward"}, "", 1),
        lambda tx: tx.facts.lying_in({"ward"}, one.stream, 10),
        lambda tx: tx.facts.lying_in({"hospital"}, "", 10),
        lambda tx: tx.facts.lying_in((), "", 10),
    ):
        two.ask(question)
    texts = [KeptText(hash=str(n) * 64, kind="policy", id="s", body=b"%d" % n) for n in (1, 2)]
    texts.append(KeptText(hash="3" * 64, kind="scheme", id="s", body=b"3"))
    acts: list[Act] = [
        *(lambda tx, text=text: tx.texts.keep(text) for text in texts),
        lambda tx: tx.texts.save_timers_set_by({"s": ("p", "c"), "t": ("p", "c")}),
        lambda tx: tx.texts.publish("3" * 64, 4),
        lambda tx: tx.texts.publish("2" * 64, 2),
        lambda tx: tx.texts.publish("2" * 64, 1),  # older than what is known
        lambda tx: tx.texts.issue(Issue(version=2, hash="2" * 64, position=9, moves=False)),
        lambda tx: tx.texts.issue(Issue(version=1, hash="1" * 64, position=7, moves=True)),
        lambda tx: tx.texts.issue(Issue(version=3, hash="9" * 64, position=8, moves=True)),
        lambda tx: tx.texts.doubt_timers("t"),
        lambda tx: tx.texts.keep(replace(texts[0], body=b"another")),
        lambda tx: tx.progress.save("http", Reading(3, frozenset({5})), {0: 4}),
        lambda tx: tx.progress.save("http", Reading(3, frozenset({5})), {1: 2}),
        lambda tx: tx.progress.note(Pass(reading=Reading(3), at=HOURS[0], through=None)),
        lambda tx: tx.progress.put_aside(
            [
                SetAside(case=one.stream, position=n, version=n, reason=why, body=b"")
                for n, why in ((7, ""), (6, "bad"), (6, "again"))
            ]
        ),
    ]
    for act in acts:
        two.do(act)
        two.ask(lambda tx: tx.texts.index())
        two.ask(lambda tx: tx.texts.timers_set_by())
        two.ask(lambda tx: tx.texts.hashes(["1" * 64, "9" * 64]))
        two.ask(lambda tx: (tx.progress.reading("http"), dict(tx.progress.offsets("http"))))
        two.ask(lambda tx: tx.progress.set_aside())
        two.ask(lambda tx: tx.progress.set_aside(["review/other"]))
    assert two.ask(lambda tx: tx.texts.body("1" * 64)) == b"1"
    assert len(two.ask(lambda tx: [*tx.progress.passes()])) == 1
    taken = []
    two.do(lambda tx: taken.append(tx.progress.take_back(one.stream)))
    assert taken[0] == taken[1]
    assert [each.position for each in taken[0]] == [6, 7]
    assert two.ask(lambda tx: tx.progress.set_aside()) == []


def test_what_is_written_together_is_kept_as_it_was_and_of_one_key_the_last(two: Two) -> None:
    timer = Timer(case=CASE_IDS[0], desk="", track="t", deadline="-", passed=0, at=HOURS[0])
    after = replace(timer, passed=1, at=None)
    two.do(lambda tx: tx.timers.move([timer, replace(timer, desk="other"), after]))
    kept = {("", "t"): after, ("other", "t"): replace(timer, desk="other")}
    assert two.ask(lambda tx: tx.timers.of(CASE_IDS)) == {CASE_IDS[0]: kept}

    odd = ["", "\\x00", "null", '{"a": "b"}', "述评\n\t\"'", "\u2028🙂"]
    blank = {"case": CASE_IDS[0], "recipient": None, "status": "pending", "decided_at": HOURS[0]}
    notices = [a_notice(n, one or None, None, rung=one, **blank) for n, one in enumerate(odd)]
    two.do(lambda tx: tx.ledger.add([*notices, replace(notices[0], rung="again")]))
    ids = [one.id for one in notices]
    assert two.ask(lambda tx: by_id(tx.ledger.called(ids))) == notices

    bodies = [bytes(range(256)), b"", b"\\x00"]
    parked = [
        Parked(subject=CASE_IDS[0], version=n, case=None, position=2**40 + n, body=body)
        for n, body in enumerate(bodies)
    ]
    two.do(lambda tx: tx.progress.park(parked))
    assert two.ask(lambda tx: tx.progress.parked()) == parked


def test_a_lease_that_has_gone_writes_nothing(two: Two) -> None:
    assert two.epoch == 1
    for store in two.stores:
        assert store.claim("another") is None
        assert store.renew(two.epoch)
        assert store.claim(OWNER) == two.epoch + 1
        assert not store.renew(two.epoch)
        with pytest.raises(LeaseLost), store.writing(two.epoch):
            pass
        with pytest.raises(LeaseLost):
            store.is_anything_due(two.epoch, HOURS[0])
        store.release(two.epoch + 1)
        assert store.claim("another") == two.epoch + 2


# --- All of it, and from one into the other ---


@settings(max_examples=8, deadline=None, derandomize=True)
@given(cases=CASES, done=DONE)
def test_the_engine_decides_in_plain_objects_what_it_decides_in_a_database(
    cases: list[tuple[str, int]], done: list[Any]
) -> None:
    ledgers = []
    with in_memory() as store:
        both: list[Any] = [store, MemoryStore()]  # a town of the tests has a database
        for one in both:
            town = Town(one)
            live(town, cases, done)
            with one.seeing() as tx:
                begun = tx.ledger.search(Asked(limit=10_000))
            ledgers.append([replace(each, words=None) for each in begun])
    assert ledgers[0] == ledgers[1]
    assert ledgers[0]


def test_what_a_database_holds_is_taken_over_whole(town: Town) -> None:
    town.policy = SHIPPED
    town.restart()
    town.log.open("00000000-0000-7000-8000-0000000000d1", "hospital", due(1, 14))
    town.run(at(1, 8, 9))
    town.log.urge(at(1, 9, 11))
    town.run(at(1, 9, 12))
    town.run(at(1, 10, 15))
    town.log.change("unit_audit", at(1, 10, 15), ("hospital", "office"), due(1, 14))
    town.run()
    town.engine.release()
    begun = contents(town.store._engine)
    assert begun != NOTHING
    two = Two((town.store, MemoryStore(begun)))
    streams = [one.stream for one in begun.cases]
    for question in (
        lambda tx: dict(tx.facts.cases(streams)),
        lambda tx: told(tx.facts.organisation(["ward", "organ"]), tx.facts.below(["organ"])),
        lambda tx: tx.texts.index(),
        lambda tx: tx.texts.timers_set_by(),
        lambda tx: tx.timers.of(streams),
        lambda tx: tx.timers.due(at(1, 20), 100),
        lambda tx: tx.progress.reading("http"),
        lambda tx: by_id(tx.ledger.of_cases(streams)),
        lambda tx: {**tx.ledger.backlog(), "unreported": 0},
    ):
        assert two.ask(question)
    assert len(begun.notices) == len(whole(town.store))


def test_of_cases_that_are_over_nothing_is_taken_that_has_been_told(town: Town) -> None:
    town.run(at(1, 10, 15))
    assert town.notices()
    town.log.change("archived", at(1, 10, 16), None)
    town.run(at(1, 10, 17))
    assert contents(town.store._engine).notices == []
