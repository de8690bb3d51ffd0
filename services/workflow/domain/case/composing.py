"""From an act that nothing stands in the way of to the data of its event.

The event is made member by member, and the case is folded over it as it grows: what a grade, a
route, a desk or a day follows from is then read off the case as it will stand, by the very fold
that replay uses.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from schemas.calendar import local_day
from schemas.instants import instant
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import signable
from services.workflow.domain.case.acts import Act, Blocked
from services.workflow.domain.case.concerned import aside, named
from services.workflow.domain.case.desks import Stay, answering, asked_in, due_of, lying
from services.workflow.domain.case.evolving import evolve, lain
from services.workflow.domain.case.grading import grades_of
from services.workflow.domain.case.head import Case, Due, Holder
from services.workflow.domain.case.listing import IN, OUT
from services.workflow.domain.case.opening import next_subject
from services.workflow.domain.case.shares import rounded_up
from services.workflow.domain.case.times import raised
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.wire import (
    told_change,
    told_grade,
    told_holders,
    told_signature,
)
from services.workflow.domain.case.world import World, stages
from services.workflow.domain.data import kinds
from services.workflow.domain.data.datum import Filing
from services.workflow.domain.data.setting import DUE_AT
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.guards import Guarded, Quorum
from services.workflow.domain.language.model.triggers import Route, Trigger
from services.workflow.domain.refusals import Blocker

_REGRADED_BY = frozenset({"components", "grades", "waived", "sets"})


class Composing:
    """One event on its way: its data so far, and the case as it stands with them."""

    def __init__(
        self, case: Case, trigger: Trigger, act: Act, world: World, recorded_at: datetime
    ) -> None:
        self.before = case
        self.trigger = trigger
        self.act = act
        self.world = world
        self.recorded_at = recorded_at
        self.fact: str = trigger.fact
        self.data: dict[str, Any] = {
            "trigger": trigger.name,
            "effective_at": instant(act.effective_at),
        }
        self.day = world.day(act.effective_at)
        self._after: Case | None = None  # once nothing more is told that would move it

    @property
    def case(self) -> Case:
        """The case as it stands with what is told so far."""
        # A fact that stops the clock or starts it anew is told by its name, whatever its data.
        return evolve(self.before, self.fact, self.data, self.act.person, self.recorded_at)

    @property
    def after(self) -> Case:
        """The case as the whole event leaves it."""
        return self._after or self.case

    @property
    def stay(self) -> Stay:
        return Stay(case=self.case, world=self.world, day=self.day)

    def compose(self) -> dict[str, Any]:
        """Return the data of the event.

        Raises:
            Blocked: something turned up that stands in the way.
        """
        self._say_why()
        moves = self._sign()
        self._take()
        moves = moves and self._completes()
        self._count()
        self._pin()
        if moves:
            self._forget()
            self._replace()
            self._judge()
        self._grade()
        if moves:
            self._move()
        elif self.trigger.by_desk:
            self._stay_on()
        self._move_days()
        self._ask()
        return self.data

    def _completes(self) -> bool:
        """Tell whether a draw is completed where its number is entered; if not, that is all."""
        draws = self.trigger.draws
        if draws is None or draws.step != "enter" or "drawn" in self.data.get("draw", {}):
            return True
        self.fact = "draw_number_entered"
        return False

    def graded(self) -> Case:
        """Return the case with the grades that the act would give it, where it stands now."""
        self._take()
        if self.trigger.waives:
            self.data["waived"] = list(self.trigger.waives)
        self._grade()
        return self.case

    def _say_why(self) -> None:
        if self.act.reason:
            self.data["reason"] = Words(self.act.reason)
        if self.act.reference:
            self.data["reference"] = Words(self.act.reference)

    def _take(self) -> None:
        if not (self.act.given or self.trigger.sets or self.trigger.takes):
            return  # most triggers take nothing
        filing = Filing(case=self.before, world=self.world, person=self.act.person, day=self.day)
        self.data |= kinds.record(self.trigger, self.act.given, filing)
        filed = [one["name"] for one in self.data.get("documents", ())]
        # What comes with a verdict is said of what was submitted, and is no submission.
        if filed and self.act.person is not None and not self.trigger.verdict:
            # What a deputy hands in is the other's: they may take it back, and neither judges it.
            whose = self.act.deputy_for or self.act.person
            self.data["submitters"] = dict.fromkeys(filed, whose)

    def _count(self) -> None:
        """Keep how many were there where a quorum was asked for: with each vote, for good."""
        for guard in self.trigger.guards:
            if isinstance(guard, Quorum) and not guard.number and self._applies(guard):
                told = self.data.setdefault("presence", {})
                told[guard.roster] = {**self._counted(guard), **told.get(guard.roster, {})}

    def _counted(self, guard: Quorum) -> Mapping[str, Any]:
        n_listed = self.before.rosters.get(guard.roster, 0)
        out = aside(self.act, self.before, guard.roster, self.world)
        n_there = self.before.there.get(guard.roster, 0).bit_count() - len(out)
        counted: dict[str, Any] = {"n_present": n_there, "n_expected": n_listed}
        counted["n_needed"] = rounded_up(n_listed, guard.share)
        if self.world.scheme.rosters[guard.roster].agenda is not None:
            heard = [one.stream for one in named(self.act, self.before, self.world)]
            counted |= {"heard": heard} if heard else {}
        why = self.world.scheme.rosters[guard.roster].concerned
        moves = [{"row": row, "way": way, "why": why} for way in (OUT, IN) for row in out]
        return {**counted, "moves": moves} if moves else counted

    def _pin(self) -> None:
        """Pin what is presented, or was read and is passed: it is said of this version for good."""
        names = (*filter(None, (self.trigger.presents,)), *self.act.given.get(kinds.READ, ()))
        if names:
            self.data["pins"] = [self._pinned(name) for name in dict.fromkeys(names)]

    def _pinned(self, name: str) -> Mapping[str, Any]:
        filed = self.before.documents[name]
        return {"document": name, "version": filed.version, "sha256": filed.sha256}

    def _applies(self, guard: Guarded) -> bool:
        return matches(guard.where, self.before, self.world.organisation)

    def _forget(self) -> None:
        if self.trigger.forgets:
            self.data["forgets"] = list(self.trigger.forgets)
        if "reached" in self.trigger.forgets:
            self._withdraw_planned()
        if self.trigger.waives:
            self.data["waived"] = list(self.trigger.waives)

    def _replace(self) -> None:
        if not self.trigger.replaces:
            return
        kind, day = self.world.kind(self.before), self.day
        person = self.act.given.get(kinds.SUBJECT) or next_subject(
            kind, self.before.unit, day, self.world, self.before.opened_at
        )
        if person is None or person == self.before.person or not self._holds(person):
            raise Blocked(Blocker(code="no_such_post", field=f"data.{kinds.SUBJECT}"))
        gone = [state for state, one in self.before.verdicts.items() if one.person == person]
        self.data |= {"subject": person, "previous": self.before.person}
        if gone:  # verdicts they gave about what is their own case now
            self.data["verdicts_forgotten"] = gone

    def _holds(self, person: str) -> bool:
        roles, day = self.world.kind(self.before).person, self.day
        unit, organisation = self.before.unit, self.world.organisation
        return any(person in organisation.holders(unit, role, day) for role in roles)

    def _judge(self) -> None:
        if not self.trigger.verdict:
            return
        state = self.before.state
        verdict = {"state": state, "result": self.trigger.verdict}
        body = next((one.body for one in self.before.audits if one.stage == state), None)
        self.data["verdict"] = verdict if body is None else verdict | {"body": body}

    def _grade(self) -> None:
        if not _REGRADED_BY & self.data.keys():
            return
        case = self.case
        told = {
            name: told_grade(graded)
            for name, graded in grades_of(case, self.world).items()
            if name in self.data.get("grades", {}) or case.grades.get(name) != graded
        }
        if told:
            self.data["grades"] = told

    # --- Where it leads ---

    def _move(self) -> None:
        to = self._target()
        if to is not None:
            self.data |= {"from": self.before.state, "to": to}
            self._enter(to)
        elif self.trigger.replaces:
            self.data["holders"] = told_holders(self._found_anew())

    def _stay_on(self) -> None:
        """Tell that one desk has signed, and which are still to."""
        self.fact = "desk_signed"
        self.data["state"] = self.before.state
        desk = self.data["signature"]["desk"]
        left = [one for one in self.before.holders if one.desk != desk]
        self.data["holders"] = told_holders(left)

    def _target(self) -> str | None:
        case, route = self.before, self.trigger.to
        if route is None:
            return None
        graded = self.case.grades.get(route.grading) if isinstance(route, Route) else None
        grade = None if graded is None else graded.name
        ways = self.world.life(case).ways
        to = ways.lead(self.trigger.name, case.state, stages(case), grade)
        if isinstance(route, Route):
            told = {"grading": route.grading, "to": to}
            self.data["route"] = told if grade is None else told | {"grade": grade}
        # A correction that leads to where the case is moves nothing.
        return None if self.trigger.corrects and to == case.state else to

    def _enter(self, to: str) -> None:
        final = self.world.life(self.before).states[to].final
        if final:
            self.data["final"] = final
        if final == "abandoned":  # what will not happen is planned for no day
            self._withdraw_planned(to)
        # What nothing follows that moves the case: it need not be folded a second time.
        stay = self.stay
        holders = lying(stay, self._by_hand())
        self.data["holders"] = told_holders(holders)
        self._after = lain(stay.case, holders)

    def _withdraw_planned(self, entered: str = "") -> None:
        """Withdraw the days that were planned; what is entered, or planned now, is no such day."""
        kept = {entered, *self.data.get("sets", {}).get("planned", {})}
        gone = [state for state in self.before.planned if state not in kept]
        if gone:
            self.data["planned_withdrawn"] = gone

    def _found_anew(self) -> Iterator[Holder]:
        """Yield the desks as they lie now, each with the deadline it had."""
        due = {one.desk: one.due for one in self.before.holders}
        for holder in lying(self.stay):
            if holder.desk in due:
                yield replace(holder, due=due[holder.desk])

    def _ask(self) -> None:
        """Tell the desks where something is asked for in a case that stays, or was answered."""
        if "to" in self.data:
            return
        known = {one.desk for one in self.before.holders}
        known |= {one["name"] for one in self.data.get("documents", ())}
        stay = self.stay
        # What was asked for before requests lay with anybody has no desk: this event asks nothing.
        asked = tuple(one for one in answering(stay) if one.desk in known)
        there = stay.case.holders
        own = tuple(one for one in there if stay.state.has(one.desk))
        if there != (*own, *asked):
            self.data["holders"] = told_holders((*own, *asked))
        # Some of what waits may lie on no desk.
        self._name_who_asked({*known, *(one.document for one in asked_in(stay.case, self.world))})

    def _name_who_asked(self, known: Collection[str]) -> None:
        """Say whose request this answers where no desk of before says it."""
        for one in asked_in(self.before, self.world):
            whose = self.before.documents[one.document].submitter
            if one.document not in known and whose is not None:
                self.data.setdefault("submitters", {})[one.document] = whose

    # --- Several desks ---

    def _sign(self) -> bool:
        """Sign a desk where the trigger is one's to sign; tell whether the trigger then moves."""
        if not self.trigger.by_desk:
            return True
        holder = self._desk()
        state = self.world.life(self.before).states[self.before.state]
        name = holder.desk or state.desks[0].name
        self.data["signature"] = told_signature(name, holder, self.act.person)
        if self.trigger.verdict == "back" or state.until == "any" or len(state.desks) == 1:
            return True
        needed = len(state.desks) if state.until == "all" else int(state.until)
        return len(self.before.signatures) + 1 >= needed

    def _desk(self) -> Holder:
        person = self.act.person or ""
        if any(one.person == person for one in self.before.signatures):
            raise Blocked(Blocker(code="signed_already"))
        candidate = Candidate(person, self.world.organisation, self.day)
        theirs = signable(candidate, self.before, self.world)
        if self.act.desk:
            theirs = tuple(one for one in theirs if one.desk == self.act.desk)
        if len(theirs) > 1:
            named = {"desks": ", ".join(one.desk for one in theirs)}
            raise Blocked(Blocker(code="desk_needed", field="desk", params=named))
        if not theirs:
            raise Blocked(Blocker(code="not_your_desk", field="desk"))
        return theirs[0]

    # --- Days of desks that stay ---

    def _move_days(self) -> None:
        if "holders" in self.data or self.trigger.records == "suspended":
            return
        if self.trigger.records == "resumed":
            self.data["suspended_working_days"] = self._suspended_days()
        changes = [
            told_change(replace(one, due=due), one.due)
            for one in self.before.holders
            if (due := self._due_now(one)) is not None
        ]
        if changes:
            self.data["dues"] = changes

    def _due_now(self, holder: Holder) -> Due | None:
        """Return the deadline a desk has from now on; None where it stays as it is."""
        by_hand = self._by_hand()
        if by_hand is not None:
            return by_hand if self.stay.state.has(holder.desk) else None
        moves = self.trigger.records == "resumed" or "planned" in self.data.get("sets", {})
        if holder.due.by_hand or not moves:
            return None
        due = due_of(self.stay, holder.desk)
        if self.trigger.records != "resumed" and due.at != holder.due.at:
            due = raised(due, self.world, self.recorded_at)
        return None if due == holder.due else due

    def _by_hand(self) -> Due | None:
        at = self.act.given.get(DUE_AT)
        if at is None or self.trigger.sets_what("deadline") is None:
            return None
        # Reminders count working days up to it: a day that no table knows is refused here, by the
        # name that people give it, whose end it is.
        for one in (at - timedelta(microseconds=1), at):
            self.world.calendar.is_working(local_day(one, self.world.scheme.zone))
        return Due(at=at, by_hand=True)

    def _suspended_days(self) -> int:
        since = self.before.suspended_at or self.act.effective_at
        day = self.world.day
        return self.world.calendar.between(day(since), self.day)
