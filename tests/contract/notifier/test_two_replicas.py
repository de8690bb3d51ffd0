"""Two replicas over one database, killed and paused at whatever step, against a model on paper.

Whom they tell on which day is what the model says, once each. Rules: every kind of event, answers,
absences and deputies, channels that people choose, changes of the organisation, policies and
calendars that are published, events that come again, a provider that fails, days on which nobody
runs; and in each look one replica may be killed at one of the steps K12 to K15, or stop in the
middle of a call until the other has taken over. `SHUPING_LIVES` lets more lives be tried.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from deploy.servers.postgres import NOTIFIER
from schemas.calendar import end_of_day, local_day
from schemas.calendars import read as read_calendar
from schemas.canonical import canonical_bytes, parse_strict
from schemas.instants import instant
from services.notifier.adapters.database import SqlStore, connect
from services.notifier.adapters.database.ledger import SqlLedger
from services.notifier.adapters.database.progress import SqlProgress
from services.notifier.adapters.database.timers import SqlTimers
from services.notifier.application.foretelling import whole
from services.notifier.application.ports import Message, Recorded, Way
from services.notifier.domain.errors import (
    ChannelFailed,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from services.notifier.domain.notice import Notice
from tests.contract.notifier.conftest import brought_to_head
from tests.contract.notifier.day_by_day import Days, Desk, Figures, Paper
from tests.contract.notifier.town import Killed, ListChannel, ListWorkflow, Town
from tests.servers import Databases
from tests.unit.notifier.world import POSTS, SCHEME_TEXT, SHIPPED, ZONE, ListFeed, at

LIVES = int(os.environ.get("SHUPING_LIVES", "0"))
FIRST_DAY = date(2020, 1, 8)
HOLDERS = {"ward": "ws", "hospital": "hs", "outpost": "ts", "organ": "os"}
PEOPLE = [person for _, _, person in POSTS if person != "wl"]
TREE = parse_strict(read_calendar())
YEARS = [one for one in TREE["years"] if one["year"] in {2019, 2020, 2021}]
HOLIDAYS = {date.fromisoformat(day) for year in YEARS for day in year["holidays"]}
WORKED = {date.fromisoformat(day) for year in YEARS for day in year["working_weekends"]}
# K12 to K15: polled and not kept, decided and not kept, decided and not handed over, handed over
# and not written down, written down and not reported.
STEPS = (
    (SqlProgress, "reading"),
    (SqlProgress, "save"),
    (SqlLedger, "add"),
    (SqlTimers, "move"),
    (SqlTimers, "settle"),
    (SqlLedger, "open"),
    (SqlLedger, "save"),
    (SqlLedger, "reported"),
    (SqlLedger, "unreported"),
)
CALLS = ("mail_before", "mail_after", "inbox_after", "pause_in_mail", "pause_in_inbox")
FAULTS = st.sampled_from([None, None, *STEPS, *CALLS])
FAILURES = st.lists(
    st.sampled_from(
        [TemporaryFailure("smtp_451"), PermanentFailure("smtp_550"), OutcomeUnknown("lost")]
    ),
    max_size=3,
)
MAY_DO_WITHOUT = {rung for one in SHIPPED.choices for rung in one.rungs or ()}
AHEAD = st.integers(0, 6)  # days from today to a deadline
MOST_AWAY = 6  # days
WHICH = st.integers(0, 5)


def policy_text(figures: Figures) -> bytes:
    """Return the shipped policy with other *figures*, a mail for each notice, at any hour."""
    tree = parse_strict(SHIPPED.canonical)
    for word in ("digest", "windows", "quiet"):
        del tree[word]
    rungs = tree["tracks"][0]["rungs"]
    rungs[0]["before"], rungs[2]["over"] = figures.before, figures.committee
    rungs[3]["over"] = figures.organ
    rungs[3]["repeat"] = {"every": figures.every, "times": figures.times}
    if figures.asks:
        rungs[0]["acknowledgement"] = True
    if figures.until_acted:
        rungs[3]["repeat"]["until"] = "acted"
    return canonical_bytes(tree)


@dataclass
class Times:
    """The machine's time, in the test's hands: a lease is over when it says so."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_a_lease(self) -> None:
        self.now += timedelta(seconds=11)


@dataclass
class Interrupted:
    """What is done in the middle of a call, once: the process dies, or another takes over."""

    what: Callable[[], None] | None = None

    def __call__(self) -> None:
        what, self.what = self.what, None
        if what:
            what()


@dataclass
class Mail(ListChannel):
    """A mail server in whose calls processes die or stand still."""

    before: Interrupted = field(default_factory=Interrupted)
    after: Interrupted = field(default_factory=Interrupted)

    def send(self, message: Message) -> None:
        self.before()
        super().send(message)
        self.after()


@dataclass
class Inbox(ListWorkflow):
    """A workflow in whose calls processes die or stand still."""

    after: Interrupted = field(default_factory=Interrupted)

    def record(self, notices: Sequence[Mapping[str, Any]]) -> Mapping[str, Recorded]:
        answers = super().record(notices)
        if any(one["channel"] == "inapp" for one in notices):
            self.after()
        return answers


class Replica(Town):
    """One process of two: what is outside is shared, the store is its own."""

    def __init__(self, owner: str, store: SqlStore, times: Times) -> None:
        self.owner, self.times = owner, times
        super().__init__(store)
        self.policy = None

    def begin(self, other: "Replica | None" = None) -> None:
        """Start as a process does; *other* has the same outside."""
        if other is not None:
            self.log, self.clock = other.log, other.clock
            self.workflow, self.mail, self.ways = other.workflow, other.mail, other.ways
        self.feed = ListFeed(self.log)
        self.engine = self.another_engine(self.owner)
        self.engine.feed = self.feed
        self.engine.system_time = self.times

    def go(self, n_passes: int = 60) -> None:
        for _ in range(n_passes):
            if not self.engine.step(0):
                return


class TwoReplicas(RuleBasedStateMachine):
    """What may happen, in any order."""

    stores: Callable[[Times], tuple[SqlStore, SqlStore]]

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.times = pytest.MonkeyPatch(), Times()
        self.both = [
            Replica(owner, store, self.times)
            for owner, store in zip("ab", type(self).stores(self.times), strict=True)
        ]
        first, second = self.both
        first.workflow, first.mail = Inbox(), Mail()
        first.ways = {"email": Way(channel=first.mail, address="email")}
        first.begin()
        second.begin(first)
        self.log, self.ids, self.seconds = first.log, count(), count()
        self.today = self.looked = FIRST_DAY
        self.touched: set[str] = set()  # cases, since somebody looked
        self.published = self.begun = False  # likewise
        self.without_mail: set[str] = set()  # people who chose so
        figures = Figures(before=2, committee=1, organ=3)
        self.paper = Paper(Days(set(HOLIDAYS), set(WORKED)), [figures])

    # --- What happens in the morning ---

    @property
    def now(self) -> datetime:
        early = at(self.today.month, self.today.day, 7, 30)
        return early + timedelta(seconds=next(self.seconds) % 600)

    def a_case(self, which: int, *, still: bool | None = None) -> str:
        """Return one that is open and of which nothing was heard yet today; "": there is none."""
        found = [
            one.id
            for one in self.paper.cases.values()
            if one.is_open and one.id not in self.touched and still in {None, one.stands_still}
        ]
        if not found:
            return ""
        case = found[which % len(found)]
        self.touched.add(case)
        return case

    def due(self, ahead: int) -> date:
        return self.today + timedelta(days=ahead)

    def midnight(self, day: date) -> datetime:
        return end_of_day(day, ZONE)

    @initialize(
        units=st.lists(st.sampled_from([*HOLDERS]), min_size=2, max_size=3),
        ahead=AHEAD,
        until=st.booleans(),
    )
    def begin(self, units: list[str], ahead: int, *, until: bool) -> None:
        self.paper.policies[0] = replace(
            self.paper.policies[0], until_acted=until, every=2 if until else 5
        )
        text = policy_text(self.paper.policies[0])
        self.both[0].serve(SCHEME_TEXT, text)
        self.log.organise()
        self.log.publish("scheme", SCHEME_TEXT)
        self.log.publish("policy", text)
        for unit in units:
            self.opens(unit, ahead)

    @precondition(lambda self: not self.published)
    @rule(unit=st.sampled_from([*HOLDERS]), ahead=AHEAD)
    def opens(self, unit: str, ahead: int) -> None:
        case = f"00000000-0000-7000-8000-{next(self.ids):012d}"
        self.log.open(case, unit, self.midnight(self.due(ahead)), self.now)
        self.paper.open(case, unit, self.due(ahead), self.today)
        self.touched.add(case)
        self.begun = True

    @precondition(lambda self: not self.published)
    @rule(which=WHICH, ahead=AHEAD, to=st.sampled_from(["office", "secretary"]))
    def moves(self, which: int, ahead: int, to: str) -> None:
        if case := self.a_case(which):
            desk: Desk = ("hospital", "office", None)
            if to == "secretary":
                unit = self.paper.cases[case].unit
                desk = (unit, "secretary", HOLDERS[unit])
            held = tuple(part for part in desk if part)
            state = "unit_audit" if to == "office" else "drafting"
            self.log.change(state, self.now, held, self.midnight(self.due(ahead)), case)
            self.paper.move(case, desk, self.due(ahead), self.today)
            self.begun = True

    @precondition(lambda self: not self.published)
    @rule(which=WHICH, ahead=AHEAD)
    def deadline_changes(self, which: int, ahead: int) -> None:
        if case := self.a_case(which):
            due_at = instant(self.midnight(self.due(ahead)))
            self.log.fact("deadline_changed", self.now, case, due_at=due_at)
            self.paper.change_deadline(case, self.due(ahead), self.today)
            self.begun = True

    @rule(which=WHICH)
    def stands_still(self, which: int) -> None:
        if case := self.a_case(which, still=False):
            self.log.fact("suspended", self.now, case)
            self.paper.suspend(case)

    @precondition(lambda self: not self.published)
    @rule(which=WHICH, ahead=st.one_of(st.none(), AHEAD))
    def goes_on(self, which: int, ahead: int | None) -> None:
        """With another deadline, or the one that it had, which may be over by now."""
        if case := self.a_case(which, still=True):
            due = self.paper.cases[case].due if ahead is None else self.due(ahead)
            known = {"due_at": instant(self.midnight(due)), "suspended_working_days": 1}
            self.log.fact("resumed", self.now, case, **known)
            self.paper.resume(case, due, self.today)
            self.begun = True

    @rule(which=WHICH)
    def closes(self, which: int) -> None:
        if case := self.a_case(which):
            self.log.change("closed", self.now, None, None, case)
            self.paper.close(case)

    @rule(which=WHICH)
    def is_asked_for_by_hand(self, which: int) -> None:
        if case := self.a_case(which):
            self.log.urge(self.now, review=case)
            self.paper.noted(case, "oo")
            self.paper.cases[case].urged += 1

    @rule(which=WHICH, by=st.sampled_from(["oo", "ho", "hs"]))
    def somebody_remarks(self, which: int, by: str) -> None:
        if case := self.a_case(which):
            self.log.note(self.now, by, review=case)
            self.paper.noted(case, by)

    @precondition(lambda self: self.paper.waiting())
    @rule(n_days=st.integers(2, 9))
    def somebody_above_remarks(self, n_days: int) -> None:
        case, by = self.paper.waiting()[0]
        if case not in self.touched:
            self.log.note(self.now, by, review=case)
            self.paper.noted(case, by)
            self.touched.add(case)
            self.quiet_days_pass(n_days)

    @rule(
        which=WHICH,
        ahead=st.integers(0, 8),
        fact=st.sampled_from(["notice_acknowledged", "notice_snoozed"]),
    )
    def is_answered(self, which: int, ahead: int, fact: str) -> None:
        case = self.a_case(which)
        if not case:
            return
        by = self.paper.cases[case].desk[2] or "ho"
        if by in self.paper.gone:
            return
        stream = f"review/{case}"
        data: dict[str, Any] = {
            "notice": "00000000-0000-5000-8000-000000000001",
            "version": self.log.versions[stream],
            "track": "deadline",
            "rung": "before",
            "until": self.due(ahead).isoformat(),
        }
        if fact == "notice_snoozed":
            data |= {"working_days": 1, "reason": {"sha256": "ab" * 32, "length": 6}}
        self.log.append(f"{stream}/notices", fact, self.now, data, actor=by)
        self.paper.answered(case, self.due(ahead), by)

    @precondition(lambda self: not self.begun)
    @rule(
        before=st.integers(1, 4),
        committee=st.integers(1, 3),
        more=st.integers(1, 3),
        every=st.integers(1, 5),
        moves=st.booleans(),
        until=st.booleans(),
        asks=st.booleans(),
    )
    def a_policy_is_published(
        self,
        before: int,
        committee: int,
        more: int,
        every: int,
        *,
        moves: bool,
        until: bool,
        asks: bool,
    ) -> None:
        over = (before, committee, committee + more, every)
        figures = Figures(*over, moves=moves, until_acted=until, asks=asks)
        text = policy_text(figures)
        if text in map(policy_text, self.paper.policies):
            return
        self.both[0].serve(text)
        self.log.publish("policy", text, when=self.now, running="move" if moves else "pin")
        self.paper.policies.append(figures)
        self.published = True

    @precondition(lambda self: not self.begun)
    @rule(ahead=st.sets(st.integers(1, 12), max_size=4))
    def a_calendar_is_published(self, ahead: set[int]) -> None:
        """Days that were worked are free, as a prolonged holiday is."""
        free = {self.due(one) for one in ahead} - WORKED
        years = [dict(one) for one in TREE["years"]]
        for year in years:
            more = {one.isoformat() for one in free if one.year == year["year"]}
            year["holidays"] = sorted({*year["holidays"], *more})
        text = canonical_bytes({**TREE, "years": years, "version": f"2020.{len(self.log.bodies)}"})
        self.both[0].serve(text)
        self.log.publish("calendar", text, TREE["id"], self.now)
        self.paper.days = Days(HOLIDAYS | free, set(WORKED))
        self.published = True

    @rule(gone=st.sets(st.sampled_from(PEOPLE), max_size=4))
    def posts_change(self, gone: set[str]) -> None:
        posts = [
            {"person": person, "unit": unit, "role": role, "from": "2019-01-01"}
            for unit, role, person in POSTS
        ]
        kept = [one for one in posts if one["person"] not in gone]
        dropped = [one for one in posts if one["person"] in gone]
        data: dict[str, Any] = {"units": [], "people": [], "posts": kept}
        data["dropped"] = {"units": [], "people": [], "posts": dropped}
        self.log.append("organisation/work", "organisation_changed", self.now, data)
        self.paper.posts_change(gone, self.today)

    @rule(person=st.sampled_from(PEOPLE), since=st.integers(0, 5), n_days=st.integers(0, 9))
    def somebody_is_away(self, person: str, since: int, n_days: int) -> None:
        began, until = self.due(since), self.due(since + n_days)
        told = {"person": person, "from": began.isoformat(), "until": until.isoformat()}
        self.log.append("organisation/work", "absent", self.now, told)
        self.paper.leaves(person, began, until, self.today)

    @rule(deputy=st.sampled_from(PEOPLE), post=st.sampled_from(POSTS), since=st.integers(0, 5))
    def somebody_stands_in(self, deputy: str, post: tuple[str, str, str], since: int) -> None:
        unit, role, person = post
        if deputy == person:
            return
        told: dict[str, Any] = {"deputy": deputy, "person": person, "unit": unit, "roles": [role]}
        told |= {"from": self.due(since).isoformat(), "until": "2021-12-31"}
        self.log.append("organisation/work", "delegated", self.now, told)
        self.paper.stands_in(deputy, person, (unit, role), self.due(since), self.today)

    @rule(person=st.sampled_from(PEOPLE), chosen=st.sampled_from([[], ["email"], None]))
    def somebody_chooses_channels(self, person: str, chosen: list[str] | None) -> None:
        told = {"person": person, "channels": chosen or [], "revoked": chosen is None}
        self.log.append("organisation/work", "channels_chosen", self.now, told)
        self.without_mail = self.without_mail - {person} | ({person} if chosen == [] else set())

    @rule(which=st.integers(0, 1))
    def what_was_read_comes_again(self, which: int) -> None:
        self.both[which].feed._next = 1

    # --- And they look ---

    @rule(
        leads=st.integers(0, 1),
        faults=st.tuples(FAULTS, FAULTS),
        failures=FAILURES,
        comes_back=st.booleans(),
    )
    def a_day_passes(
        self,
        leads: int,
        faults: tuple[Any, Any],
        failures: list[ChannelFailed],
        *,
        comes_back: bool,
    ) -> None:
        self.both[0].mail.failures = list(failures)
        early, late = at(self.today.month, self.today.day, 7, 45), timedelta(hours=2, minutes=20)
        for fault, when, noon in ((faults[0], early, False), (faults[1], early + late, True)):
            self.both[0].clock.set(when)
            self.look(leads, fault, comes_back=comes_back)
            self.paper.look(self.today, noon=noon)
            self.touched.clear()
            self.published = self.begun = False
        self.both[0].mail.failures = []
        self.agree()
        self.today += timedelta(days=1)
        self.looked = self.today

    @rule(n_days=st.integers(2, 9))
    def quiet_days_pass(self, n_days: int) -> None:
        for _ in range(n_days):
            self.a_day_passes(0, (None, None), [], comes_back=True)

    # No longer than news is news: of what is older by the time somebody runs nobody is told.
    @precondition(lambda self: (self.today - self.looked).days < MOST_AWAY)
    @rule(n_days=st.integers(1, 5))
    def nobody_runs(self, n_days: int) -> None:
        self.today += timedelta(days=n_days)

    def look(self, leads: int, fault: Any, *, comes_back: bool) -> None:
        """Let both make their passes, one first; where it dies the other goes on, or it again."""
        first, second = self.both[leads], self.both[1 - leads]
        with pytest.MonkeyPatch.context() as patch:
            self.arm(patch, fault, second)
            self.times.pass_a_lease()
            for one, other in ((first, second), (second, first)):
                try:
                    one.go()
                except Killed:
                    one.begin(other)
                    if comes_back:
                        break
        self.disarm()
        if not comes_back:
            self.times.pass_a_lease()  # the other one takes over, by whose address it is none
            second.go()
        for one in (first, second, first):
            one.go()
        assert [one.engine.status.active for one in self.both].count(True) == 1

    def arm(self, patch: pytest.MonkeyPatch, fault: Any, other: Replica) -> None:
        mail, inbox = self.both[0].mail, self.both[0].workflow

        def dies(*_: object, **__: object) -> None:
            raise Killed

        def pauses() -> None:
            self.times.pass_a_lease()
            other.go()

        if isinstance(fault, tuple):
            patch.setattr(*fault, dies)
        at_calls = {
            "mail_before": (mail.before, dies),
            "mail_after": (mail.after, dies),
            "inbox_after": (inbox.after, dies),
            "pause_in_mail": (mail.before, pauses),
            "pause_in_inbox": (inbox.after, pauses),
        }
        if isinstance(fault, str):
            interrupted, what = at_calls[fault]
            interrupted.what = what

    def disarm(self) -> None:
        mail, inbox = self.both[0].mail, self.both[0].workflow
        mail.before.what = mail.after.what = inbox.after.what = None

    # --- What must be so ---

    def agree(self) -> None:
        """Hold ledger, inbox and mails against the paper."""
        with self.both[0].store.seeing() as tx:
            assert tx.progress.set_aside() == [], "what is done is what a workflow tells"
        ledger = whole(self.both[0].store)
        told, on_paper = self.told(ledger), Counter(self.paper.told)
        too_much, too_little = [*(told - on_paper)], [*(on_paper - told)]
        assert told == on_paper, f"{too_much=} {too_little=}"
        self.require_each_once(ledger)
        self.require_asked(ledger)
        self.require_what_was_chosen(ledger)
        assert [one.engine.status.problems for one in self.both] == [{}, {}]

    def told(self, ledger: list[Notice]) -> Counter[tuple[date, str, str, str]]:
        return Counter(
            (local_day(one.decided_at, ZONE), one.case.partition("/")[2], one.rung, to.person)
            for one in ledger
            if one.channel == "inapp" and one.status == "sent" and (to := one.recipient)
        )

    def require_asked(self, ledger: list[Notice]) -> None:
        """Hold what was to be acknowledged against the policy that it was told under."""
        asking = {sha256(policy_text(one)).hexdigest() for one in self.paper.policies if one.asks}
        for one in ledger:
            if one.recipient and one.status == "sent":
                assert one.asks is (one.rung == "before" and one.policy in asking)

    def require_each_once(self, ledger: list[Notice]) -> None:
        workflow, sent = self.both[0].workflow, Counter(m.notice for m in self.both[0].mail.sent)
        inbox = {id_ for id_, one in workflow.recorded.items() if "text" in one}
        assert inbox == {n.id for n in ledger if n.channel == "inapp" and n.status == "sent"}
        by_id = {one.id: one for one in ledger if one.channel == "email"}
        assert all(n <= 2 for n in sent.values())
        for id_, one in by_id.items():
            if one.status == "sent":
                assert sent[id_] == 1
            if one.status in {"failed", "not_sent", "pending"}:
                assert sent[id_] == 0
        assert set(sent) <= set(by_id)
        assert not any(one.status == "sending" for one in ledger), "nobody is in a call any more"
        # Whoever is told is told by both ways, or there is a reason.
        both = {(n.case, n.rung, n.recipient, n.planned_at) for n in ledger if n.status == "sent"}
        mailed = {(n.case, n.rung, n.recipient, n.planned_at) for n in by_id.values()}
        assert both <= mailed

    def require_what_was_chosen(self, ledger: list[Notice]) -> None:
        """Whoever did without mails gets none of those that the policy lets them, from that day."""
        for one in ledger:
            to = one.recipient
            if to and one.channel == "email" and local_day(one.decided_at, ZONE) == self.today:
                may_choose = one.rung in MAY_DO_WITHOUT and to.person in self.without_mail
                assert (one.reason == "not_chosen") == may_choose, one

    def teardown(self) -> None:
        for one in self.both:
            one.store.close()


def lives(
    stores: Callable[[Times], tuple[SqlStore, SqlStore]], n_lives: int, n_steps: int = 40
) -> None:
    machine = type("Lives", (TwoReplicas,), {"stores": staticmethod(stores)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=LIVES or n_lives,
            stateful_step_count=n_steps,
            deadline=None,
            derandomize=not LIVES,
        ),
    )


def opened(url: str, times: Times) -> tuple[SqlStore, SqlStore]:
    first, second = (SqlStore(connect(url), times, timedelta(seconds=10)) for _ in range(2))
    return first, second


def test_on_sqlite(migrated_file: Path, tmp_path: Path) -> None:
    numbers = count()

    def stores(times: Times) -> tuple[SqlStore, SqlStore]:
        file = copy(migrated_file, tmp_path / f"{next(numbers)}.db")
        return opened(f"sqlite:///{file}", times)

    lives(stores, 25)


@pytest.mark.postgres
def test_on_postgres(postgres_databases: Databases) -> None:
    made: list[Any] = []

    def stores(times: Times) -> tuple[SqlStore, SqlStore]:
        while made:
            postgres_databases.drop(made.pop())
        made.append(postgres_databases.prepared("notifier", brought_to_head, NOTIFIER))
        return opened(made[0].app, times)

    try:
        lives(stores, 5)
    finally:
        while made:
            postgres_databases.drop(made.pop())
