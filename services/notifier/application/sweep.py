"""Sweeping: what is due becomes decisions in the ledger, in the transaction that moves the timer.

A crash before the commit leaves the timer due, after it the decision taken; there is nothing in
between. Nothing is sent here, so nothing here waits for anybody.

The caller sweeps for an instant only after the feed has been read to a head seen at or after it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from schemas.calendar import local_day
from schemas.policy import LATE_START, Track
from services.notifier.application.leaving import by_case, urge_targets
from services.notifier.application.noting import Noting
from services.notifier.application.rules import Book, InForce, Rules
from services.notifier.application.store_ports import Store, Timer, Transaction
from services.notifier.application.urging import Turning
from services.notifier.domain.case import Answered, Case, Readers, Stay, stays
from services.notifier.domain.late_starts import late_starts
from services.notifier.domain.letters import collected
from services.notifier.domain.notice import Notice, Terms, decide
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.plan import LATE, LateStart, NextDue, due_or_when
from services.notifier.domain.recipients import Recipient, climb, readers_of
from services.notifier.domain.sight import Range
from services.notifier.domain.turns import taken_over
from services.notifier.domain.urges import (
    Urge,
    decide_answered,
    decide_arrival,
    decide_bulletin,
    decide_urge,
    is_news,
    overtaken,
)

_BATCH = 500


def sweep(store: Store, epoch: int, now: datetime, book: Book, noting: Noting) -> int:
    """Decide everything due at *now*; return how many notices that came to.

    Raises:
        LeaseLost, StoreUnavailable: what was not decided stays due.
    """
    n_notices, turning = 0, Turning(now)
    # Most passes find nothing: they end with this one question, and write nothing.
    while store.is_anything_due(epoch, now):
        with store.writing(epoch) as tx:
            in_force = book.in_force(tx)
            if turning.look(tx, in_force):
                noting.into(tx)
                continue
            urges = tx.timers.urges(_BATCH)
            # Rungs come after all of them: whoever is told by hand needs no late start beside it.
            timers = tx.timers.due(now, _BATCH) if len(urges) < _BATCH else []
            if not timers and not urges:
                return n_notices
            noting.into(tx)
            known = with_awaited(tx, [*(one.case for one in timers), *(one.case for one in urges)])
            turned = {one.case for one in urges if one.turned}
            ranges = {one.event: book.ranges(tx, one, known, in_force) for one in urges}
            published = [to for each in ranges.values() for to in each.values()]
            below = tx.facts.below(unit for to in published for unit in to.everybody)
            desks = {unit for to in published for unit, _ in to.desks}
            sweeping = _Sweep(
                cases=known,
                readers=book.readers(tx, known, in_force),
                told={**tx.ledger.late_starts(timer.case for timer in timers)},
                reminded=by_case(tx.ledger.of_cases(_past_due(timers, known, now) | turned)),
                organisation=tx.facts.organisation(units_of(known.values()) | desks | below.keys()),
                ranges=ranges,
                below=below,
                in_force=in_force,
                now=now,
            )
            urged = sweeping.urges(tx, urges)
            notices = sweeping.letters(urged + sweeping.rungs(tx, timers))
            tx.ledger.add(notices)
            n_notices += len(notices)
    return n_notices


def _past_due(timers: Iterable[Timer], cases: Mapping[str, Case], now: datetime) -> set[str]:
    """Return the cases with a deadline that has gone by."""
    return {
        timer.case
        for timer in timers
        if any(one.due_at is not None and one.due_at <= now for one in cases[timer.case].desks)
    }


def with_awaited(tx: Transaction, streams: Iterable[str]) -> Mapping[str, Case]:
    """Return the cases in *streams*, those whose day they wait for, and those they belong to."""
    cases = dict(tx.facts.cases(streams))
    wanted = {desk.awaits for case in cases.values() for desk in case.desks if desk.awaits}
    wanted |= {case.of for case in cases.values() if case.of}
    while wanted - cases.keys():
        found = tx.facts.cases(wanted - cases.keys())
        cases.update(found)
        wanted = {case.of for case in found.values() if case.of}
    return cases


def units_of(cases: Iterable[Case]) -> set[str]:
    """Return the units that may have to do with *cases*: paths, parties, and those of desks."""
    found: set[str] = set()
    for case in cases:
        found.update(case.path, *(case.parties or {}).values())
        found.update(desk.holder.unit for desk in case.desks)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sweep:
    """What one batch of decisions is taken on."""

    cases: Mapping[str, Case]
    readers: Mapping[str, Readers | None]  # by case
    told: dict[str, list[Notice]]  # by case, what was decided about late starts
    # By case, to anybody, of those that are over; and what this batch tells by hand.
    reminded: dict[str, list[Notice]]
    organisation: Organisation
    ranges: Mapping[str, Mapping[str, Range]]  # of bulletins, by the event that published them
    below: Mapping[str, str]  # units, each with that of a range whose subtree it is in
    in_force: InForce
    now: datetime

    def rungs(self, tx: Transaction, timers: list[Timer]) -> list[Notice]:
        notices, moved = [], []
        for timer in timers:
            decided, after = self._fire(timer)
            notices += decided
            moved.append(after)
        tx.timers.move(moved)
        return notices

    def urges(self, tx: Transaction, urges: list[Urge]) -> list[Notice]:
        found = []
        # Last who came to a desk after the case: what else they are told of it is told first.
        for urge in sorted(urges, key=lambda one: one.turned):
            for notice in self._urge(urge):
                found.append(notice)
                self.reminded.setdefault(notice.case, []).append(notice)
                if notice.rung == LATE_START:
                    self.told.setdefault(notice.case, []).append(notice)
        tx.timers.settle(urges)
        return found

    def letters(self, notices: list[Notice]) -> list[Notice]:
        """Return *notices*, those that wait for the letter of a day in it."""
        found: list[Notice] = []
        for one in notices:
            rules = self.in_force.of(self.cases[one.case])
            held = collected([one], rules.policy, rules.calendar, self.now) if rules else [one]
            found += held
        return found

    def _fire(self, timer: Timer) -> tuple[list[Notice], Timer]:
        """Decide every rung of one track that is due, and say where its timer stands then."""
        case = self.cases[timer.case]
        rules = self.in_force.of(case)
        lying = stays(case, self.cases, self.readers[timer.case])
        stay = next((one for one in lying if one.desk.name == timer.desk), None)
        if rules is None or stay is None:  # set under rules that are gone
            return [], replace(timer, at=None)
        ladders = rules.policy.at(case.place)
        track = ladders.track(timer.track)
        if track is None:
            return [], replace(timer, at=None)
        notices: list[Notice] = []
        passed = timer.passed
        policy, calendar = rules.policy, rules.calendar
        today = local_day(self.now, policy.zone)
        while True:
            late = late_starts(stay, [*self.told.get(timer.case, ()), *notices])
            due = due_or_when(
                stay, track, passed, policy, calendar, self.organisation, self.now, late
            )
            if not isinstance(due, NextDue):
                return notices, replace(timer, passed=passed, at=due)
            if passed == LATE:
                due = self._but_for_those_told(due, stay)
            elif self._come_first(due, stay, track, today, late, notices):
                passed = LATE
                continue
            notices += decide(due, stay, self._terms(rules))
            passed = ladders.behind(timer.track, due.timed.rung.name)
            if track.name not in late and self._owes_a_late_start(due, passed, stay, track):
                passed = LATE

    def _owes_a_late_start(self, due: NextDue, passed: int, stay: Stay, track: Track) -> bool:
        """Tell whether the holder's last reminder fell into an outage over the deadline.

        Then they are told first, and those above a working day later: what was told before it, as
        that work came, does not say that it is over.
        """
        if track.late_start is None or passed < track.n_reminders:
            return False
        return due.reason == "too_late" and not self._is_told_in_time(stay, due.timed.at)

    def _come_first(
        self,
        due: NextDue,
        stay: Stay,
        track: Track,
        day: date,
        late: Mapping[str, LateStart],
        notices: Sequence[Notice],
    ) -> bool:
        """Tell whether those above would be told before anybody who has the desk now.

        As where no reminder was in time, or others have come to the desk since.
        """
        if due.timed.index < track.n_reminders or track.late_start is None:
            return False
        reached = climb((track.late_start.target,), stay, self.organisation, day)
        have = {one.person for one in reached.recipients}
        # Who could not be told that it is late has had their turn.
        told = {
            one.recipient.person
            for one in self._decided_of(stay, notices)
            if one.recipient and (one.status != "not_sent" or one.rung == LATE_START)
        }
        if have:
            return have.isdisjoint(told)
        is_first_above = due.timed.index == track.n_reminders
        return is_first_above and track.name not in late and not self._is_told_in_time(stay)

    def _is_told_in_time(self, stay: Stay, since: datetime | None = None) -> bool:
        """Tell whether anybody was told of the present deadline, *since* then, before it passed."""
        decided = [one.decided_at for one in self._told_of(stay)]
        return any(
            (stay.due_at is None or at < stay.due_at) and (since is None or at >= since)
            for at in decided
        )

    def _but_for_those_told(self, due: NextDue, stay: Stay) -> NextDue:
        """Return a late start without those who were told by hand, or that it came, since then.

        Where that was everybody it is on record as superseded, so that those above wait the same.
        """
        told = {
            one.recipient.person
            for one in self._told_of(stay)
            if one.recipient and one.rung != LATE_START and one.decided_at >= due.timed.at
        }
        left = tuple(one for one in due.recipients if one.person not in told)
        if left or not due.recipients:
            return replace(due, recipients=left)
        return replace(due, recipients=(), speaks=False, reason="superseded")

    def _told_of(self, stay: Stay) -> list[Notice]:
        """Return what told anybody of the present deadline since the desk is its holder's."""
        return [one for one in self._decided_of(stay) if one.status != "not_sent"]

    def _decided_of(self, stay: Stay, more: Iterable[Notice] = ()) -> list[Notice]:
        """Return what was decided about telling anybody of it, told or not."""
        return [
            one
            for one in (*self.reminded.get(stay.case.stream, ()), *more)
            if (one.case, one.desk, one.due_at) == (stay.case.stream, stay.desk.name, stay.due_at)
            and one.case_version >= stay.since
        ]

    def _urge(self, urge: Urge) -> list[Notice]:
        """Decide a reminder by hand: to every desk that the case still lies on."""
        case = self.cases[urge.case]
        rules = self.in_force.of(case)
        if rules is None:
            return []
        if urge.turned:
            return self._turn(urge, rules)
        if urge.arrived:
            return self._arrive(urge, rules)
        if urge.answered:
            return self._answered(urge, urge.answered, rules)
        if urge.told:
            return [one for name in urge.told for one in self._publish(urge, name, rules)]
        notices: list[Notice] = []
        for stay in stays(case, self.cases, self.readers[urge.case]):
            notices += self._urge_desk(urge, stay, rules)
        return notices or overtaken(urge, case, self._terms(rules))

    def _arrive(self, urge: Urge, rules: Rules) -> list[Notice]:
        """Decide that work came: to whoever sits today at the desks that still have it from then.

        Of what has gone on since, and of what came long ago, nobody is told and nothing is kept:
        a notifier that is set up anew reads of every move there ever was.
        """
        policy = rules.policy
        arrival = policy.at(self.cases[urge.case].place).arrival
        if arrival is None or not is_news(urge.at, policy, rules.calendar, self.now):
            return []
        day = local_day(self.now, policy.zone)
        notices: list[Notice] = []
        for stay in stays(self.cases[urge.case], self.cases, self.readers[urge.case]):
            came = stay.desk.came
            told = {one.recipient.person for one in notices if one.recipient}
            if came is None or came.version != urge.case_version:
                continue
            if stay.desk.name not in urge.arrived:
                continue
            reached = climb((arrival.target,), stay, self.organisation, day)
            decided = decide_arrival(urge, stay, reached, self._terms(rules))
            notices += [
                one for one in decided if not one.recipient or one.recipient.person not in told
            ]
        return notices

    def _answered(self, urge: Urge, answer: Answered, rules: Rules) -> list[Notice]:
        """Decide that what somebody asked for was answered: to them, while the case goes on."""
        policy, case = rules.policy, self.cases[urge.case]
        arrival = policy.at(case.place).arrival
        lying = stays(case, self.cases, self.readers[urge.case])
        if arrival is None or not lying or not is_news(urge.at, policy, rules.calendar, self.now):
            return []
        day = local_day(self.now, policy.zone)
        post = partial(self.organisation.desk_of, answer.person, day)
        own = (one.desk.holder for one in lying if one.desk.holder.person == answer.person)
        at = next(((one.unit, one.role) for one in own), post(case.unit) or post())
        to = at and Recipient(person=answer.person, unit=at[0], role=at[1])
        return decide_answered(urge, answer, lying[0], to, self._terms(rules))

    def _turn(self, urge: Urge, rules: Rules) -> list[Notice]:
        """Decide that work lies there: to whoever has one of the desks and was told nothing of it.

        Whoever has several is told of the first.
        """
        if not is_news(urge.at, rules.policy, rules.calendar, self.now):
            return []
        notices: list[Notice] = []
        for stay in stays(self.cases[urge.case], self.cases, self.readers[urge.case]):
            if stay.desk.name in urge.arrived:
                told = [*self.reminded.get(urge.case, ()), *notices]
                notices += taken_over(urge, stay, told, self.organisation, self._terms(rules))
        return notices

    def _publish(self, urge: Urge, name: str, rules: Rules) -> list[Notice]:
        """Decide that a bulletin was published: to everybody in its range, today."""
        day = local_day(self.now, rules.policy.zone)
        to = self.ranges[urge.event][name]
        readers = readers_of(to, self.below, self.organisation, day)
        return decide_bulletin(urge, name, self.cases[urge.case], readers, self._terms(rules))

    def _urge_desk(self, urge: Urge, stay: Stay, rules: Rules) -> list[Notice]:
        day = local_day(self.now, rules.policy.zone)
        reached = climb(urge_targets(stay, rules), stay, self.organisation, day)
        return decide_urge(urge, stay, reached, self._terms(rules))

    def _terms(self, rules: Rules) -> Terms:
        return rules.terms(self.organisation, self.now)
