"""A notifier told naively: on paper, case by case and day by day, with lists of working days.

No timers, no instants, no database and nothing of the engine: what stands here says again, in other
words, whom the ladder of the shipped policy tells on which day. It is told what happened in the
order in which it happened, and asked twice a day: in the morning, when what came is heard, and at
noon, when the hour of rungs is over.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.unit.notifier.world import POSTS, UNITS, path

LATE = "late"
REMINDERS = 2  # of the ladder: before, and on the day
COMMITTEES = ("unit_committee", "organ_committee", "work_committee")
Desk = tuple[str, str, str | None]  # unit, role, and whose own it is
Told = tuple[date, str, str, str]  # day, case, rung, person


@dataclass(frozen=True)
class Figures:
    """The figures of one publication of the policy."""

    before: int
    committee: int
    organ: int
    every: int = 5
    times: int = 12
    moves: bool = False
    until_acted: bool = False
    asks: bool = False  # the first rung is to be acknowledged

    def rungs(self) -> list[tuple[str, int]]:
        """Return name and working days of each rung, those over counted from above nought."""
        ladder = [("before", -self.before), ("due_day", 0), ("committee", self.committee)]
        again = [
            (f"organ_office/{nth + 1}" if nth else "organ_office", nth * self.every)
            for nth in range(self.times + 1)
        ]
        return [*ladder, *((name, self.organ + more) for name, more in again)]


@dataclass
class Days:
    """Which days are worked."""

    holidays: set[date]
    working_weekends: set[date]

    def is_working(self, day: date) -> bool:
        if day in self.working_weekends:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def after(self, day: date, n: int) -> date:
        """Return the *n*th working day after *day*."""
        while n:
            day += timedelta(days=1)
            n -= self.is_working(day)
        return day

    def before(self, day: date, n: int) -> date:
        """Return the working day *n* before *day*, or before the last one up to it."""
        while not self.is_working(day):
            day -= timedelta(days=1)
        for _ in range(n):
            day -= timedelta(days=1)
            while not self.is_working(day):
                day -= timedelta(days=1)
        return day

    def rung(self, due: date, working_days: int) -> date:
        if working_days > 0:
            return self.after(due, working_days + 1)
        return self.before(due, -working_days)

    def between(self, since: date, until: date) -> int:
        """Return how many working days there are after *since*, up to *until*."""
        days = (since + timedelta(days=one) for one in range(1, (until - since).days + 1))
        return sum(map(self.is_working, days))


@dataclass
class Case:
    """One case, as whoever keeps it on paper sees it."""

    id: str
    unit: str
    person: str
    number: int  # which publication of the policy was the latest when it was opened
    desk: Desk
    due: date
    is_open: bool = True
    stands_still: bool = False
    stay: int = 0  # how often it has gone on to another state
    passed: int | str | None = None  # rungs that are behind; None: none was counted yet
    counted: tuple[int, date] | None = None  # the stay and deadline that they are counted on
    answer: tuple[date, str] | None = None  # its last day, and by whom
    arrived: date | None = None  # when it came to this desk, not told yet
    urged: int = 0  # how often, not told yet
    now: set[str] = field(default_factory=set)  # who is told in the very look that is taken
    told_before_due: set[date] = field(default_factory=set)  # deadlines of which anybody was told
    # By stay and deadline, when anybody was told last before it was over: the day, and at noon.
    last_told: dict[tuple[int, date], tuple[date, bool]] = field(default_factory=dict)
    know: dict[tuple[int, date], set[str]] = field(default_factory=dict)  # who was told at all
    late_told: dict[tuple[int, date], date] = field(default_factory=dict)
    has: set[tuple[int, str]] = field(default_factory=set)  # by stay, who was told it is theirs
    # By stay and deadline, who was told by the rung that is repeated, and whether one has acted.
    asked: dict[tuple[int, date], set[str]] = field(default_factory=dict)
    acted: set[tuple[int, date]] = field(default_factory=set)


@dataclass
class Paper:
    """All that is so, and who was told of what on which day."""

    days: Days
    policies: list[Figures]
    cases: dict[str, Case] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # people without a post
    away: list[tuple[str, date, date]] = field(default_factory=list)
    deputies: list[tuple[str, str, str, str, date]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    turns: list[tuple[date, str]] = field(default_factory=list)  # days, units; not looked at yet
    comings: list[tuple[date, str]] = field(default_factory=list)  # likewise, of people
    is_noon: bool = False  # whether it is the second look of the day that is taken

    # --- What happens ---

    def open(self, case: str, unit: str, due: date, today: date) -> None:
        person = next(p for u, role, p in POSTS if (u, role) == (unit, "secretary"))
        desk = (unit, "secretary", person)
        self.cases[case] = Case(case, unit, person, len(self.policies) - 1, desk, due)
        self.cases[case].arrived = today
        self._begin(self.cases[case], today)

    def move(self, case: str, desk: Desk, due: date, today: date) -> None:
        it = self.cases[case]
        if it.desk != desk:
            it.arrived = today
        else:
            it.arrived = None
        it.desk, it.due, it.stands_still, it.answer = desk, due, False, None
        it.stay += 1
        self._begin(it, today)

    def change_deadline(self, case: str, due: date, today: date) -> None:
        it = self.cases[case]
        if it.due != due:
            it.due = due
            it.passed = it.counted = None
            self._begin_anew(it, today)

    def suspend(self, case: str) -> None:
        self.cases[case].stands_still = True

    def resume(self, case: str, due: date, today: date) -> None:
        it = self.cases[case]
        it.stands_still, it.due = False, due
        if it.counted != (it.stay, due):
            self._begin_anew(it, today)
        elif isinstance(it.passed, int) and it.passed < REMINDERS and due < today:
            it.passed = LATE

    def close(self, case: str) -> None:
        self.cases[case].is_open = False

    def posts_change(self, gone: set[str], today: date) -> None:
        self.gone = gone
        self.turns += [(today, unit) for unit in UNITS]

    def stands_in(
        self, deputy: str, person: str, desk: tuple[str, str], since: date, today: date
    ) -> None:
        self.deputies.append((deputy, person, *desk, since))
        self.turns.append((max(since, today), desk[0]))

    def leaves(self, person: str, since: date, until: date, today: date) -> None:
        self.away.append((person, since, until))
        back = until + timedelta(days=1)
        self.comings += [
            (max(one, today), person) for one in (since, back) if one != back or one > today
        ]

    def noted(self, case: str, by: str) -> None:
        """Somebody said something of it, as a remark or to remind."""
        it = self.cases[case]
        key = (it.stay, it.due)
        if self.figures(it).until_acted and by in it.asked.get(key, ()):
            it.acted.add(key)

    def waiting(self) -> list[tuple[str, str]]:
        """Return each case of which somebody is told again until they act, and one of them."""
        return [
            (it.id, min(it.asked[it.stay, it.due]))
            for it in self.cases.values()
            if it.is_open and not it.stands_still and self.figures(it).until_acted
            if (it.stay, it.due) not in it.acted and it.asked.get((it.stay, it.due))
        ]

    def answered(self, case: str, until: date, by: str) -> None:
        self.cases[case].answer = (until, by)

    def _begin(self, it: Case, today: date) -> None:
        if it.stands_still:
            it.passed = it.counted = None
            return
        it.counted = (it.stay, it.due)
        if it.due < today:
            it.passed = LATE
            return
        # What was put off until a day that is to come has not gone by.
        gone_by = [self._put_off(it, index) < today for index in range(REMINDERS)]
        it.passed = next((nth for nth, gone in enumerate(gone_by) if not gone), REMINDERS)

    def _begin_anew(self, it: Case, today: date) -> None:
        """Count another deadline than the one that was told as the case came."""
        self._begin(it, today)
        if it.passed == REMINDERS:
            it.passed = REMINDERS - 1

    # --- Whom it reaches ---

    def figures(self, it: Case) -> Figures:
        """Return the policy that a case goes by: of its opening, or the last that took it along."""
        moved = [nth for nth, one in enumerate(self.policies) if one.moves]
        return self.policies[max(it.number, max(moved, default=0))]

    def _holders(self, unit: str, role: str) -> list[str]:
        return [p for u, r, p in POSTS if (u, r) == (unit, role) and p not in self.gone]

    def _is_away(self, person: str, day: date) -> bool:
        return any(one == person and since <= day <= until for one, since, until in self.away)

    def _nearest(self, way_up: Iterable[str], kinds: Sequence[str]) -> str:
        return next(unit for unit in way_up if UNITS[unit][1] in kinds)

    def _above(self, it: Case) -> Iterator[tuple[str, str, list[str]]]:
        """Yield the desks of the rungs above, each with whom of it may be told."""
        unit, role, own = it.desk
        holding = [own] if own else self._holders(unit, role)
        barred = {it.person, *holding}
        body = self._nearest(reversed(path(unit)), COMMITTEES)
        organ = self._nearest(reversed(path(it.unit)), ("organ_committee",))
        above = [(body, one) for one in ("secretary", "acting_secretary", "deputy_secretary")]
        for there, what in [*above, (organ, "office")]:
            yield there, what, [one for one in self._holders(there, what) if one not in barred]

    def _own(self, it: Case) -> Iterator[tuple[str, str, list[str]]]:
        unit, role, own = it.desk
        if own is None:
            yield unit, role, [one for one in self._holders(unit, role) if one != it.person]
        else:
            yield unit, role, [] if own in self.gone else [own]
            yield unit, "acting_secretary", self._holders(unit, "acting_secretary")

    def reached(self, it: Case, rung: str, day: date) -> set[str]:
        """Return who is told of a rung; of one told again, its holder where nobody is above."""
        return self._climbed(it, rung, day) or (
            self._climbed(it, LATE, day) if "/" in rung else set()
        )

    def _climbed(self, it: Case, rung: str, day: date) -> set[str]:
        """Return the first desk of the ladder of a rung at which anybody may be."""
        own, above = list(self._own(it)), list(self._above(it))
        desks = {LATE: own, "arrival": own, "organ": above[-1:], "committee": above}.get(
            rung.partition("_")[0], [*own, *above]
        )
        back: set[str] = set()
        for unit, role, people in desks:
            told = {one for one in people if not self._is_away(one, day)}
            for deputy, person, of, what, since in self.deputies:
                stands_in = (of, what) == (unit, role) and person in people and since <= day
                if stands_in and deputy != it.person and not self._is_away(deputy, day):
                    told.add(deputy)
            if told:
                return told
            back = back or set(people)
        return back  # better told when they are back than never

    # --- Who is told when ---

    def look(self, today: date, *, noon: bool) -> None:
        """Tell whatever there is to tell by now."""
        self.is_noon = noon
        turned = {unit: day for day, unit in sorted(self.turns) if day <= today}
        self.turns = [one for one in self.turns if one[0] > today]
        for day, person in sorted(one for one in self.comings if one[0] <= today):
            for unit in self._where(person):
                turned[unit] = max(day, turned.get(unit, day))
        self.comings = [one for one in self.comings if one[0] > today]
        for it in self.cases.values():
            self._tell_by_hand(it, today)
            day = turned.get(it.desk[0])
            if it.is_open and day and self.days.between(day, today) <= 2:
                self._taken_over(it, today)
            if it.is_open and not it.stands_still and it.passed is not None:
                self._climb(it, today, noon=noon)
            it.urged = 0

    def _where(self, person: str) -> set[str]:
        """Return where somebody serves, or stands in for others."""
        own = {unit for unit, _, one in POSTS if one == person and person not in self.gone}
        return own | {unit for deputy, _, unit, _, _ in self.deputies if deputy == person}

    def _tell_by_hand(self, it: Case, today: date) -> None:
        it.now = set()
        if it.is_open:
            for _ in range(it.urged):
                self._tell(it, "urge", self.reached(it, "urge", today), today)
            if it.arrived and self.days.between(it.arrived, today) <= 2:
                self._tell(it, "arrival", self.reached(it, "arrival", today), today)
        it.arrived = None

    def _taken_over(self, it: Case, today: date) -> None:
        """Tell whoever has the desk by now and was never told so."""
        have, key = self.reached(it, "arrival", today), (it.stay, it.due)
        fresh = {one for one in have if (it.stay, one) not in it.has}
        is_late = today > it.due and not it.stands_still
        if fresh and is_late and have.isdisjoint(it.know.get(key, ())):
            self._tell(it, "late_start", have, today)
            it.late_told[key] = today
        else:
            self._tell(it, "arrival", fresh, today)

    def _tell(self, it: Case, rung: str, people: Iterable[str], today: date) -> None:
        found = set(people)
        self.told += [(today, it.id, rung, one) for one in found]
        it.now |= found
        goes_above = rung.startswith(("committee", "organ")) and self._climbed(it, rung, today)
        if not goes_above:
            it.has |= {(it.stay, one) for one in found}
        it.know.setdefault((it.stay, it.due), set()).update(found)
        if goes_above and rung.startswith("organ_office"):
            it.asked.setdefault((it.stay, it.due), set()).update(found)
        if found and today <= it.due:
            it.told_before_due.add(it.due)
            it.last_told[it.stay, it.due] = (today, self.is_noon)

    def _rungs(self, it: Case) -> list[tuple[str, int]]:
        """Return the rungs that there are, without times of the last that nobody waits for."""
        rungs = self.figures(it).rungs()
        ended = self.figures(it).until_acted and (it.stay, it.due) in it.acted
        return rungs[: REMINDERS + 2] if ended else rungs

    def _put_off(self, it: Case, index: int) -> date:
        """Return on which day the rung at *index* is due, for all that its holder has promised."""
        rungs, until = self.figures(it).rungs(), self._promised(it)
        day, above = (self.days.rung(it.due, rungs[one][1]) for one in (index, REMINDERS))
        if until and index < REMINDERS and day <= until:
            return max(day, min(self.days.after(until, 1), above))
        return day

    def _day(self, it: Case, index: int) -> date:
        """Return on which day the rung at *index* is due, for all that holds it back."""
        day = self._put_off(it, index)
        told = it.late_told.get((it.stay, it.due))
        if told:
            had = told if self.days.is_working(told) else self.days.after(told, 1)
            day = max(day, self.days.after(had, 1))
        return day

    def _promised(self, it: Case) -> date | None:
        if it.answer is None or it.answer[1] in self.gone:
            return None
        return min(it.answer[0], self.days.before(it.due, 1))  # never on the last day

    def _climb(self, it: Case, today: date, *, noon: bool) -> None:
        key, rungs = (it.stay, it.due), self._rungs(it)
        while it.passed == LATE or it.passed < len(rungs):  # type: ignore[operator]
            if it.passed == LATE:
                left = self.reached(it, LATE, today) - it.now
                self._tell(it, "late_start", left, today)
                it.late_told[key], it.passed = today, REMINDERS
                continue
            index = int(it.passed)  # type: ignore[arg-type]
            if not self._is_due(it, index, today, noon=noon):
                return
            if self._come_first(it, index, today):
                it.passed = LATE  # nobody above is told before the holder was
                continue
            self._rung(it, index, today, follows=self._follows(it, index, today, noon=noon))
            it.passed = index + 1
            too_late = index + 1 == REMINDERS and today > it.due and not it.late_told.get(key)
            # The last reminder is owed, whatever was told before it.
            last = (self._day(it, index), True)
            if too_late and it.last_told.get(key, (date.min, False)) < last:
                it.passed = LATE

    def _come_first(self, it: Case, index: int, today: date) -> bool:
        """Tell whether those above would be told before anybody who has the desk today."""
        key, have = (it.stay, it.due), self.reached(it, LATE, today)
        if have:
            return index >= REMINDERS and have.isdisjoint(it.know.get(key, ()))
        first = index == REMINDERS and it.due not in it.told_before_due
        return first and not it.late_told.get(key)

    def _is_due(self, it: Case, index: int, today: date, *, noon: bool) -> bool:
        day = self._day(it, index)
        return day < today or (noon and day == today)

    def _follows(self, it: Case, index: int, today: date, *, noon: bool) -> bool:
        """Tell whether the rung after *index* is due as well, and is told in its place.

        Of those due together the highest is told: of reminders, and of what goes to those above,
        where the higher one reaches anybody.
        """
        following, rungs = index + 1, self._rungs(it)
        is_alike = following < REMINDERS or index >= REMINDERS
        is_there = following < len(rungs)
        if not (is_alike and is_there and self._is_due(it, following, today, noon=noon)):
            return False
        return following < REMINDERS or bool(self.reached(it, rungs[following][0], today))

    def _rung(self, it: Case, index: int, today: date, *, follows: bool) -> None:
        name = self.figures(it).rungs()[index][0]
        until = self._promised(it)
        is_reminder = index < REMINDERS
        held = is_reminder and (today > it.due or (until is not None and today <= until))
        if not follows and not held:
            self._tell(it, name, self.reached(it, name, today), today)
