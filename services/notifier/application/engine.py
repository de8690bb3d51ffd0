"""The engine: read, accept, sweep, deliver, report, again and again.

The barrier is one comparison. Business time is taken *before* the feed is polled; the poll brings
the log's head as it was seen after that; once everything up to that head is accepted, whatever was
due by that time may fire, or, while events wait for a position, by the time the oldest of them was
recorded. If the feed is away there is no head, so a deadline that passes meanwhile waits until the
log has told whether it was met.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.notifier.application.accept import Accepted, accept, in_vain, take_up_again
from services.notifier.application.deliver import Delivering
from services.notifier.application.learn import Learning
from services.notifier.application.noting import Noting
from services.notifier.application.ports import Clock, Feed, Polled, Workflow
from services.notifier.application.report import report
from services.notifier.application.returned import Returns, take_back
from services.notifier.application.rules import Book, put_in_force, without_policy
from services.notifier.application.status import Status
from services.notifier.application.store_ports import Store
from services.notifier.application.sweep import sweep
from services.notifier.application.watching import Watching
from services.notifier.domain.errors import (
    FeedUnavailable,
    LeaseLost,
    StoreUnavailable,
    WorkflowRefused,
    WorkflowUnavailable,
)
from services.notifier.domain.reading import Barrier, Pass, Reading

# Well below the lease's life; a standby waits no longer for a dead leader than the lease lives.
RENEW_EVERY = timedelta(seconds=2)
MOST_AHEAD = timedelta(seconds=5)  # of the database's clock, or behind it: more is a wrong clock

Log = Callable[..., object]  # (event name, **facts without personal text)


@dataclass(kw_only=True, slots=True)
class Engine:
    """One notifier; `step` is one pass and never sleeps by itself, but for the feed's wait."""

    store: Store
    feed: Feed
    workflow: Workflow
    delivering: Delivering
    learning: Learning
    book: Book
    clock: Clock
    owner: str
    status: Status
    log: Log
    system_time: Callable[[], datetime]
    returns: Returns | None = None  # mail that came back; None: nobody reads it
    watching: Watching | None = None  # None: nobody looks, as in a simulation
    # By how much our clock is ahead of the database's.
    ahead: Callable[[], timedelta] = timedelta
    # Looks at how the gates of channels stand, which other processes move too.
    see_gates: Callable[[], None] = lambda: None
    _epoch: int | None = field(default=None, init=False)
    _started: bool = field(default=False, init=False)  # the feed knows where to read on
    _reading: Reading = field(default_factory=Reading, init=False)
    _asked_for_schemes: bool = field(default=False, init=False)  # of the cases that run
    _stopped_at: int = field(default=0, init=False)  # the last event that stopped the reading
    _barrier: Barrier | None = field(default=None, init=False)  # the oldest not reached yet
    _renew_at: datetime | None = field(default=None, init=False)  # system time

    def step(self, wait_s: float) -> bool:
        """Make one pass; return whether there is more to do at once.

        Everything that may go wrong outside is noted in the status and tried again with the
        next pass. Anything else is a bug and is let out.
        """
        self.status.last_pass_at = self.system_time()
        try:
            return self._hold_lease() and self._pass(wait_s)
        except StoreUnavailable as error:
            self._problem("database", str(error))
            # A call may have been made whose end could not be written down. Only a new epoch
            # looks for such calls, so the lease is taken anew as soon as the database is back.
            self._stand_by()
        except LeaseLost:
            self.log("lease_lost", epoch=self._epoch)
            self._stand_by()
        return False

    def hear(self) -> None:
        """Accept what has come, and do nothing about it yet."""
        if self._hold_lease() and self._epoch is not None:
            self._learn_schemes(self._epoch)
            polled = self._poll(0)
            if polled is not None:
                self._accept(self._epoch, polled)

    def release(self) -> None:
        """Let a successor take over at once; nothing may be running any more."""
        if self._epoch is not None:
            epoch = self._epoch
            self._stand_by()
            self.store.release(epoch)

    def _hold_lease(self) -> bool:
        now = self.system_time()
        if self._epoch is not None:
            if self._renew_at is not None and now < self._renew_at:
                return True
            if self._is_askew():
                self.release()  # whoever's clock is right may lead
                return False
            if self.store.renew(self._epoch):
                self._renew_at = now + RENEW_EVERY
                self.see_gates()
                self._fine("database")
                return True
        self._stand_by()
        if self._is_askew():
            return False
        epoch = self.store.claim(self.owner)
        self._fine("database")
        self.see_gates()
        if epoch is None:
            return False
        self.log("lease_taken", epoch=epoch)
        self._put_in_force(epoch)
        for stream in take_up_again(self.store, epoch, self.book):
            self.log("stream_taken_up_again", stream=stream)
        self._count_set_aside()
        self._count_parked()
        n_doubtful = self.delivering.recover(epoch, self.clock.now())
        if n_doubtful:
            self.log("deliveries_in_doubt", n_notices=n_doubtful)
        # Only now: a claim that was cut short is taken again from its beginning.
        self._epoch, self._renew_at = epoch, now + RENEW_EVERY
        self.status.active, self.status.leads_since, self.status.swept_at = True, now, None
        if self.watching is not None:
            self.watching.begin()
        return True

    def _is_askew(self) -> bool:
        """Tell whether our clock is far from the database's, by which a lease would be no lease.

        By a wrong clock people would be told too early, or that they are late.
        """
        ahead = self.ahead()
        if abs(ahead) <= MOST_AHEAD:
            self._fine("clocks")
            return False
        self._problem("clocks", f"{ahead.total_seconds():+.0f} s against the database's clock")
        return True

    def _stand_by(self) -> None:
        self._epoch, self._started, self._barrier = None, False, None
        self.status.active, self.status.leads_since = False, None
        self.status.swept_through = self.status.watch = None

    def _pass(self, wait_s: float) -> bool:
        epoch = self._epoch
        if epoch is None:
            return False
        now = self.clock.now()
        self._learn_schemes(epoch)
        polled = self._poll(wait_s)
        more = False
        if polled is not None:
            more = self._accept(epoch, polled)
        through = self._reached(polled, now)
        noting = Noting(Pass(reading=self._reading, at=now, through=through))
        if through is not None:
            if self.watching is not None:
                self.watching.plan(epoch, through)
            n_notices = sweep(self.store, epoch, through, self.book, noting)
            self.status.swept_at = self.system_time()
            self.status.count("decided", n_notices)
        self._take_back(epoch, now)
        handed_over = self._hand_over(epoch, noting)
        self.status.clock = now
        # Told only now: whoever waits for a position waits for what was to be done about it, too.
        waits_for_workflow = "workflow" in self.status.problems
        if handed_over or waits_for_workflow:
            self.status.feed_position = self._reading.position
        if through is not None and handed_over:
            self.status.swept_through = max(through, self.status.swept_through or through)
        if self.watching is not None:
            self.status.watch = (
                self.watching.look(epoch, now, self.status.swept_through) or self.status.watch
            )
        return more or not (handed_over or waits_for_workflow)

    def _reached(self, polled: Polled | None, now: datetime) -> datetime | None:
        """Return the instant through which may be swept; None: no head seen is reached.

        The newest head counts if it is reached. Where the log always goes on it never is by the
        poll that brought it, so the oldest that was not is waited for.
        """
        if polled is None:
            self._barrier = None
            return None
        barriers = [self._barrier] if self._barrier else []
        if polled.head is not None:
            barriers.append(Barrier.at(polled.head, now))
        reached = [one for one in barriers if one.position <= self._reading.position]
        ahead = [one for one in barriers if one.position > self._reading.position]
        self._barrier = ahead[0] if ahead else None
        return reached[-1].through if reached else None

    def _poll(self, wait_s: float) -> Polled | None:
        try:
            if not self._started:
                with self.store.seeing() as tx:
                    self._reading = tx.progress.reading(self.feed.name)
                    offsets = tx.progress.offsets(self.feed.name)
                self.status.feed_position = self._reading.position
                self.feed.start(offsets, self._reading)
                self._started = True
            polled = self.feed.poll(wait_s)
        except FeedUnavailable as error:
            self._problem("feed", str(error))
            self._started = False
            return None
        self._fine("feed")
        self._tell_of(polled)
        self.status.head = polled.head.position if polled.head else None
        return polled

    def _tell_of(self, polled: Polled) -> None:
        """Show what the feed passed over, and whether it goes another way than it should."""
        if polled.detour:
            self._problem("broker", polled.detour)
        else:
            self._fine("broker")
        for one in polled.foreign:
            where = {"partition": one.partition, "offset": one.offset}
            self.log("foreign_record", **where, reason=one.reason)
            self.status.foreign = one
        self.status.count("foreign_records", len(polled.foreign))

    def _accept(self, epoch: int, polled: Polled) -> bool:
        if not polled.deliveries:
            return False
        try:
            learnt = self._learn(epoch, polled)
            if learnt is None:
                self._started = False
                return False
            done = accept(self.store, epoch, self.feed.name, polled.deliveries, self.book)
        except BaseException:
            # The feed is ahead of what was kept: it must read on from the database's offsets.
            self._started = False
            raise
        if learnt or done.n_published:
            self._put_in_force(epoch)
        self._reading = done.reading
        self.status.n_parked, self.status.n_in_vain = done.n_parked, done.n_in_vain
        self.status.count("accepted", len(polled.deliveries))
        self._tell_unreadable(done)
        self.status.count("filled", sum(one.partition is None for one in polled.deliveries))
        if done.unreadable is not None:
            # Skipping it could mean telling people things that are not so.
            where = f" at position {done.stopped_at}" if done.stopped_at else ""
            self._problem("events", f"{done.unreadable}{where}")
            self._stopped_at, self._started = done.stopped_at or 0, False
            return False
        # Other partitions bring what they have meanwhile: that is no sign of being past it.
        if self._reading.has(self._stopped_at):
            self._fine("events")
        return True

    def _learn(self, epoch: int, polled: Polled) -> bool | None:
        """Have the texts that events name; return whether one is new, None: not to be had now."""
        try:
            learnt = self.learning.learn(epoch, polled.deliveries)
        except (WorkflowUnavailable, WorkflowRefused) as error:
            self._problem("texts", str(error))
            return None
        self._fine("texts")
        return learnt

    def _learn_schemes(self, epoch: int) -> None:
        """Once, ask for the schemes of cases that run; a workflow of before served none."""
        if self._asked_for_schemes:
            return
        # Who is away is told of where it stops something.
        with suppress(WorkflowUnavailable, WorkflowRefused):
            if self.learning.learn_schemes(epoch):
                self._put_in_force(epoch)
            self._asked_for_schemes = True

    def _put_in_force(self, epoch: int) -> None:
        n_cases = put_in_force(self.store, epoch, self.book)
        if n_cases:
            self.log("timers_set_anew", n_cases=n_cases)
        without = without_policy(self.store, self.book)
        if without:
            self._problem("policy", f"no policy for cases of {', '.join(sorted(without))}")
        else:
            self._fine("policy")

    def _tell_unreadable(self, done: Accepted) -> None:
        for name, found in (
            ("stream_set_aside", done.set_aside),
            ("reminder_by_hand_unreadable", done.passed_over),
        ):
            for one in found:
                self.log(
                    name,
                    stream=one.case,
                    position=one.position,
                    version=one.version,
                    reason=one.reason,
                )
        if done.set_aside:
            self._count_set_aside()

    def _count_set_aside(self) -> None:
        with self.store.seeing() as tx:
            self.status.n_set_aside = len(tx.progress.set_aside())

    def _count_parked(self) -> None:
        with self.store.seeing() as tx:
            parked, reading = tx.progress.parked(), tx.progress.reading(self.feed.name)
        self.status.n_parked, self.status.n_in_vain = len(parked), in_vain(parked, reading)

    def _hand_over(self, epoch: int, noting: Noting) -> bool:
        """Deliver and report one batch each; return whether nothing is left that could go now."""
        refusal = None
        try:
            try:
                n_looked_at = self.delivering.deliver(epoch, noting)
            except WorkflowRefused as error:
                refusal = error  # what it will not take holds no report back
            n_reported = len(report(self.store, self.workflow, epoch))
        except (WorkflowUnavailable, WorkflowRefused) as error:
            self._problem("workflow", str(error))
            return False
        self.status.count("reported", n_reported)
        if refusal is not None:
            self._problem("workflow", str(refusal))
            return False
        self._fine("workflow")
        if n_looked_at or n_reported or not self.status.backlog:
            with self.store.seeing() as tx:
                self.status.backlog = tx.ledger.backlog()
        return n_looked_at == 0 and n_reported == 0

    def _take_back(self, epoch: int, now: datetime) -> None:
        if self.returns is None:
            return
        self.status.count("bounced", take_back(self.store, epoch, self.returns, self.book, now))
        if self.returns.problem:
            self._problem("mailbox", self.returns.problem)
        else:
            self._fine("mailbox")

    def _problem(self, part: str, what: str) -> None:
        if self.status.problems.get(part) != what:
            self.log("problem", part=part, what=what)
        self.status.problems = {**self.status.problems, part: what}

    def _fine(self, part: str) -> None:
        if part in self.status.problems:
            self.log("recovered", part=part)
            self.status.problems = {
                key: what for key, what in self.status.problems.items() if key != part
            }
