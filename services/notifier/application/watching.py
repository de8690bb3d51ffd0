"""Watching itself: each minute a look at what has to hold, by index and in bounded bites.

The engine asks; nothing here decides or sends. The plan of a day is what is armed for it once
everything up to its first pass has been read and before anything of it fires; when the day is over
each line of it is held against the ledger.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.calendar import OutsideCalendar, end_of_day, local_day
from schemas.policy import Track
from services.notifier.application.rules import Book, InForce, Rules
from services.notifier.application.store_ports import Store, Timer, Transaction
from services.notifier.domain.case import Case, Stay
from services.notifier.domain.plan import LATE, ladder
from services.notifier.domain.watch import (
    ARMED,
    MOST_NAMED,
    UNARMED,
    DayHeld,
    OnTrack,
    Planned,
    Stands,
    Tracks,
    Watch,
    verdict,
)

EVERY = timedelta(minutes=1)
BITE = 1000  # cases, and lines of a plan, that one look reads
_KEPT = timedelta(days=7)  # how long a plan is kept after its day
_DAY = timedelta(days=1)
_Kept = Mapping[tuple[str, str], Timer]


@dataclass(kw_only=True, slots=True)
class Watching:
    """Looks after one notifier; used by its engine's thread alone."""

    store: Store
    book: Book
    system_time: Callable[[], datetime]
    zone: ZoneInfo
    bite: int = BITE
    _planned: date | None = field(default=None, init=False)
    _looked_at: datetime | None = field(default=None, init=False)
    _after: str = field(default="", init=False)  # the case that the last bite ended with
    _counted: Counter[str] = field(default_factory=Counter, init=False)
    _unarmed: list[OnTrack] = field(default_factory=list, init=False)
    _tracks: Tracks | None = field(default=None, init=False)
    _yesterday: DayHeld | None = field(default=None, init=False)
    _held_on: date | None = field(default=None, init=False)  # business day of that

    def plan(self, epoch: int, through: datetime) -> None:
        """Keep what is armed for the day of *through*; what is kept already stays as it is.

        Raises:
            LeaseLost, StoreUnavailable
        """
        day = local_day(through, self.zone)
        if day == self._planned:
            return
        with self.store.writing(epoch) as tx:
            tx.watch.forget(day - _KEPT)
            tx.watch.plan(day, end_of_day(day, self.zone))
        self._planned = day

    def begin(self) -> None:
        """Begin anew, as whoever has just taken the lease: another may have planned meanwhile."""
        self._planned = self._looked_at = self._tracks = self._yesterday = None
        self._start_round()

    def look(self, epoch: int, now: datetime, swept: datetime | None) -> Watch | None:
        """Look at what has to hold; None: the last look is less than a minute ago.

        Of a day nothing is said before all that was due on it has been decided: *swept* says until
        when.

        Raises:
            LeaseLost, StoreUnavailable
        """
        at = self.system_time()
        if self._looked_at is not None and at - self._looked_at < EVERY:
            return None
        if swept is not None:
            self._judge(epoch, local_day(swept, self.zone))
        with self.store.seeing() as tx:
            self._bite(tx, at, now)
            unreached = tx.watch.unreached(now - _DAY, MOST_NAMED)
            seen = Watch(
                at=at,
                tracks=self._tracks,
                n_sending=tx.watch.n_sending(),
                oldest_due=next((one.at for one in tx.timers.due(now, 1)), None),
                n_unreached=tx.watch.n_unreached(now - _DAY),
                unreached=tuple(unreached),
                yesterday=self._yesterday,
            )
        self._looked_at = at
        return seen

    def _bite(self, tx: Transaction, at: datetime, now: datetime) -> None:
        cases = tx.facts.running(self._after, self.bite)
        streams = [case.stream for case in cases]
        aside = {event.case for event in tx.progress.set_aside(streams)}
        in_force, kept = self.book.in_force(tx), tx.timers.of(streams)
        for case in cases:
            self._take(case, kept.get(case.stream, {}), in_force, now, case.stream in aside)
        self._after = streams[-1] if streams else self._after
        if len(cases) < self.bite:
            named = tuple(self._unarmed[:MOST_NAMED])
            self._tracks = Tracks(at=at, n=dict(self._counted), unarmed=named)
            self._start_round()

    def _start_round(self) -> None:
        self._after, self._counted, self._unarmed = "", Counter(), []

    def _take(
        self,
        case: Case,
        kept: _Kept,
        in_force: InForce,
        now: datetime,
        aside: bool,  # noqa: FBT001
    ) -> None:
        rules = in_force.of(case)
        for stay in case.stays:
            if stay.due_at is None:
                continue
            if rules is None:
                self._counted["no_policy"] += 1
                continue
            ladders = rules.policy.at(case.place).tracks
            if not ladders:
                self._counted["no_ladder"] += 1
            for track in ladders:
                timer = kept.get((stay.desk.name, track.name))
                found = "set_aside" if aside else how_armed(stay, track, timer, rules, now)
                self._counted[found] += 1
                if found == UNARMED:
                    on = OnTrack(case=case.stream, desk=stay.desk.name, track=track.name)
                    self._unarmed.append(on)

    def _judge(self, epoch: int, today: date) -> None:
        """Hold the plans of days before *today* against the ledger, one bite of them."""
        with self.store.seeing() as tx:
            lines = tx.watch.unjudged(today, self.bite)
            streams = [one.on.case for one, _ in lines]
            timers, waiting = tx.timers.of(streams), tx.watch.waiting(streams)
        found: dict[Planned, str] = {}
        for one, in_ledger in lines:
            timer = timers.get(one.on.case, {}).get((one.on.desk, one.on.track))
            found[one] = verdict(
                one,
                _stands(timer),
                end_of_day(one.day, self.zone),
                in_ledger=in_ledger,
                waits=one.on.case in waiting,
            )
        if found:
            with self.store.writing(epoch) as tx:
                tx.watch.judge(found, today)
        if found or self._yesterday is None or self._held_on != today:
            with self.store.seeing() as tx:
                self._yesterday = tx.watch.held(today, MOST_NAMED)
            self._held_on = today


def _stands(timer: Timer | None) -> Stands | None:
    if timer is None:
        return None
    return Stands(deadline=timer.deadline, passed=timer.passed, at=timer.at)


def how_armed(stay: Stay, track: Track, timer: Timer | None, rules: Rules, now: datetime) -> str:
    """Return ARMED, why *track* of a desk with a deadline is not, or UNARMED: nothing says why."""
    if timer is not None and timer.at is not None:
        return ARMED
    if stay.case.suspended:
        return "suspended"
    rungs = ladder(stay, track, rules.policy, rules.calendar)
    if (len(rungs) < len(track.rungs) and not stay.has_ended(track)) or _ends(rules, now):
        return "outside_calendar"
    if timer is None or timer.deadline != stay.deadline:
        return UNARMED
    return UNARMED if timer.passed == LATE or timer.passed < len(rungs) else "ladder_over"


def _ends(rules: Rules, now: datetime) -> bool:
    """Tell whether the calendar has no working day after the next."""
    try:
        rules.calendar.add(local_day(now, rules.policy.zone), 2)
    except OutsideCalendar:
        return True
    return False
