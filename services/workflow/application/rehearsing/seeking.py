"""Bringing a case to a state: the shortest way, and whatever stands in it done first.

A refusal says what would lift it; so what is lacking elsewhere is sought in the same way, some
levels deep. A trigger that cannot be made to pass is left, and another way is taken.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from schemas.draw import ENOUGH
from schemas.instants import parse_instant
from services.workflow.application.rehearsing.agenda import have_gone_through, heard_by
from services.workflow.application.rehearsing.causing import DEEPEST, have_fired
from services.workflow.application.rehearsing.offering import Offer, Wishes
from services.workflow.application.rehearsing.polling import holders, poll_for
from services.workflow.application.rehearsing.rehearsal import Rehearsal
from services.workflow.application.rehearsing.sharing import have_quotas_met
from services.workflow.application.rehearsing.suiting import suit
from services.workflow.application.rehearsing.ways import (
    grades_for,
    has_come,
    moves,
    other_ways,
    way_to,
)
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import stages
from services.workflow.domain.data.bulletin import taken_by
from services.workflow.domain.language.model.guards import Quorum
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker

MOST_TRIES = 12  # of one trigger
MOST_STEPS = 60  # of one case


@dataclass(slots=True)
class Seeker:
    """Seeks states in one rehearsal."""

    play: Rehearsal
    depth: int = 0
    wishes: Wishes = field(default_factory=Wishes)
    avoid: frozenset[str] = frozenset()  # triggers that are not taken on the way
    still: frozenset[str] = frozenset()  # cases that stay where they are, whatever asks them on

    def reach(self, stream: str, state: str) -> bool:
        """Bring a case to *state*; tell whether it stands there."""
        barred: set[tuple[str, str, str]] = set()
        wished = dict(self.wishes.grades)
        for _ in range(MOST_STEPS):
            case = self.play.case(stream)
            if case.state == state:
                return True
            way = way_to(case, state, self.play.world, barred, self.avoid)
            if not way:
                return False
            trigger, target = way[0]
            # What a later step routes by may be given long before it.
            self.wishes.grades = grades_for(way, self.play.world) | wished
            done = self.do(stream, trigger, target)
            self.wishes.grades = wished
            if not done:
                barred.add((trigger.name, case.state, target))
        return False

    def do(self, stream: str, trigger: Trigger, target: str = "") -> bool:
        """Fire a trigger, everything it asks for done first; tell whether it was done."""
        self.wishes.to = target
        if stream in self.still:
            return False
        for _ in range(MOST_TRIES):
            case = self.play.case(stream)
            if case.state not in trigger.sources:
                return False
            person = next(self.play.who_may(case, trigger), None)
            if person is None and trigger.replaces:
                return False
            if person is None and self._list(case, trigger):
                continue
            if person is None:
                return have_fired(self, case, trigger)
            answer = self.play.fire(case, trigger, person, self.wishes)
            if self.play.diary[-1].done:
                after = self.play.case(stream)
                if not trigger.by_desk or after.state != case.state or not after.signatures:
                    return True
            elif not self._lift(case, trigger, answer.blockers):
                return False
        return False

    def cause(self, stream: str, trigger: Trigger) -> bool:
        """Bring a case to where *trigger* may be fired, and fire it."""
        case = self.play.case(stream)
        others = other_ways(trigger, self.play.world.life(case), stages(case))
        way = replace(self, avoid=self.avoid | others)
        for _ in range(2):  # what had to be done first may have moved it on
            stands = self.play.case(stream).state in trigger.sources
            if not stands and not any(way.reach(stream, source) for source in trigger.sources):
                return False
            if self.do(stream, trigger):
                return True
        return False

    # --- What stands in the way ---

    def _lift(self, case: Case, trigger: Trigger, blockers: Iterable[Blocker]) -> bool:
        """Do what *blockers* ask for; tell whether anything was done about each."""
        return all(self._lift_one(case, trigger, one) for one in blockers)

    def _lift_one(self, case: Case, trigger: Trigger, blocker: Blocker) -> bool:
        lift = _LIFTS.get(blocker.code)
        if self.depth < DEEPEST and lift is not None and lift(self, case, trigger, blocker):
            return True
        self.play.hindrance = self.play.hindrance or blocker  # what lies deepest was told first
        return False

    def inner(self) -> "Seeker":
        """Return who seeks what has to be done first, one level deeper."""
        return Seeker(self.play, self.depth + 1, still=self.still)

    def open_linked(self, case: Case, _trigger: Trigger, blocker: Blocker) -> bool:
        """Open the case that a link leads to, or one more of those it leads to."""
        link = case.link(str(blocker.params["link"]))
        if link is None:
            return False
        if link.way == "children":
            return self._make_child(case, link.kind)
        return self.play.open_case(link.kind, link.unit or case.unit) is not None

    def _make_child(self, case: Case, kind: str) -> bool:
        world = self.play.world
        made_by = {one.by for one in world.scheme.kinds[kind].made_from}
        for trigger in world.life(case).triggers.values():
            makes = trigger.name in made_by and case.state in trigger.sources
            if makes and trigger.to is None and self.inner().do(case.stream, trigger):
                return True
        return self.play.open_case(kind, case.unit, case) is not None

    def bring_linked(self, case: Case, _trigger: Trigger, blocker: Blocker) -> bool:
        """Bring every linked case that is not there yet to the state asked for."""
        state = str(blocker.params["state"])
        linked = self.play.world.heads.linked(case, str(blocker.params["link"]))
        lacking = [one for one in linked if one.is_open and not has_come(one, state, case)]
        return bool(lacking) and all(self.inner().come_to(one, state) for one in lacking)

    def bring_some(self, case: Case, _trigger: Trigger, blocker: Blocker) -> bool:
        """Bring one of the cases that an act is to move to where it can be moved."""
        name = str(blocker.params["trigger"])
        return any(
            self.inner().reach(one.stream, source)
            for one in self.play.world.heads.linked(case, str(blocker.params["link"]))
            if one.is_open
            for source in self.play.world.life(one).triggers[name].sources
        )

    def bring_there(self, case: Case, _trigger: Trigger, blocker: Blocker) -> bool:
        """Bring the linked case to the state that it has to be in meanwhile."""
        state = str(blocker.params["state"])
        linked = self.play.world.heads.linked(case, str(blocker.params["link"]))
        return any(one.is_open and self.inner().reach(one.stream, state) for one in linked)

    def come_to(self, case: Case, state: str) -> bool:
        """Bring a case to *state*; one that stands there leaves it, and comes again."""
        if case.state != state:
            return self.reach(case.stream, state)
        ends = self.play.world.life(case).ends
        return any(
            self.do(case.stream, trigger, target) and self.reach(case.stream, state)
            for trigger, target in moves(self.play.world.life(case), state, stages(case))
            if target != state and target not in ends
        )

    def end_linked(self, case: Case, trigger: Trigger, blocker: Blocker) -> bool:
        """Bring every linked case that is open to a proper end; make one where there is none."""
        linked = self.play.world.heads.linked(case, str(blocker.params["link"]))
        if not linked:
            return self.open_linked(case, trigger, blocker)
        return all(self.inner().end(one) for one in linked if one.is_open)

    def end(self, case: Case) -> bool:
        """Bring a case to its end: the proper one, else any."""
        ends = self.play.world.life(case).ends
        in_order = sorted(ends, key=lambda state: ends[state] != "completed")
        return any(self.reach(case.stream, state) for state in in_order)

    def attest(self, case: Case, _trigger: Trigger, _blocker: Blocker) -> bool:
        """Have as many people sign a checkpoint as have to."""
        for trigger in self.play.world.life(case).triggers.values():
            if trigger.draws is not None and trigger.draws.step == "attest":
                return all(
                    self.inner().do(case.stream, trigger) for _ in range(self._lacking(case))
                )
        return False

    def _lacking(self, case: Case) -> int:
        drawing = self.play.case(case.stream).drawing
        return ENOUGH - (0 if drawing is None else len(drawing.in_time))

    def wait_for_number(self, _case: Case, _trigger: Trigger, blocker: Blocker) -> bool:
        """Let time pass until the number of a draw is known."""
        self.play.now = max(self.play.now, parse_instant(str(blocker.params["at"])))
        return True

    def wait(self, _case: Case, _trigger: Trigger, blocker: Blocker) -> bool:
        """Let it become the day before which nothing can be done."""
        self.play.go_to(date.fromisoformat(str(blocker.params["date"])))
        return True

    def plan_on(self, _case: Case, trigger: Trigger, blocker: Blocker) -> bool:
        """Plan the day that is just possible."""
        day = date.fromisoformat(str(blocker.params["date"]))
        fresh = [
            one.name
            for one in trigger.sets
            if one.what == "planned" and self.wishes.days.get(one.name) != day
        ]
        self.wishes.days |= dict.fromkeys(fresh, day)
        return bool(fresh)

    def make_known(self, case: Case, _trigger: Trigger, blocker: Blocker) -> bool:
        """Have the day set, or the state entered, that a day depends on."""
        mark = str(blocker.params["mark"])
        linked = self.play.world.heads.linked(case, str(blocker.params["link"]))
        return bool(linked) and all(self.inner().plan(one, mark) for one in linked)

    def plan(self, case: Case, state: str) -> bool:
        """Have a day planned for *state* of a case, or bring it there."""
        return self.set_day(case, state) or self.reach(case.stream, state)

    def set_day(self, case: Case, state: str) -> bool:
        """Have a day planned for *state* of a case."""
        for trigger in self.play.world.life(case).triggers.values():
            sets = any(one.what == "planned" and one.name == state for one in trigger.sets)
            if sets and self.cause(case.stream, trigger):
                return True
        return False

    def complete(self, stream: str) -> bool:
        """Bring a case to a proper end."""
        ends = self.play.world.life(self.play.case(stream)).ends
        return any(self.reach(stream, one) for one in ends if ends[one] == "completed")

    def suit(self, case: Case, trigger: Trigger, _blocker: Blocker) -> bool:
        """Set the mode or the flag that a trigger is for."""
        return suit(self, case, trigger)

    def bring(self, case: Case, trigger: Trigger, blocker: Blocker) -> bool:
        """Do something here that takes what is lacking: a document, a figure, a roster."""
        what = next(one for one in ("document", "component", "roster") if one in blocker.params)
        name = str(blocker.params[what])
        there = [case, *(one for one, roster in heard_by(self, case, trigger) if roster == name)]
        if any(self._take(one, what, name) for one in there):
            return True
        return what == "component" and self.be_voted_on(case, trigger, name)

    def meet_quotas(self, case: Case, trigger: Trigger, _blocker: Blocker) -> bool:
        """Have others graded as the quotas ask that *trigger* asks for."""
        return have_quotas_met(self, case, trigger)

    def be_voted_on(self, case: Case, trigger: Trigger, component: str) -> bool:
        """Have the poll held and counted that *case* gets a figure from."""
        poll = poll_for(case, component, self.play.world)
        if poll is None:
            return False
        for one in list(holders(case, poll, self.play.world)):
            own = poll.of_tier(one.tier)
            if self.inner().reach(one.stream, own.state):
                there, world = self.play.case(one.stream), self.play.world
                offer = Offer(
                    case=case, trigger=trigger, world=world, person="", wishes=self.wishes
                )
                return self.play.count(there, own, component, offer)
        return False

    def let_come(self, case: Case, trigger: Trigger, _blocker: Blocker) -> bool:
        """Let those come in of whom there are too few."""
        rosters = (one.roster for one in trigger.guards if isinstance(one, Quorum))
        return any(self._take(case, "presence", roster) for roster in rosters) or any(
            self._take(one, "presence", roster) for one, roster in heard_by(self, case, trigger)
        )

    def have_heard(self, case: Case, trigger: Trigger, _blocker: Blocker) -> bool:
        """Have the linked case go through its agenda until it has come to this one."""
        return have_gone_through(self, case, trigger)

    def _take(self, case: Case, what: str, name: str) -> bool:
        for trigger in self.play.world.life(case).triggers_from(case.state):
            takes = any(
                (one.what, one.name) == (what, name) and not one.strikes for one in trigger.takes
            )
            stays = trigger.to is None and not trigger.corrects
            inner = self.inner()
            inner.wishes.grades |= self.wishes.grades
            if takes and stays and inner.do(case.stream, trigger):
                return True
        return False

    def _list(self, case: Case, trigger: Trigger) -> bool:
        """Make the roster that those stand on who tell of themselves; tell whether it was made."""
        rosters = {one.name for one in trigger.takes if one.by_code} - case.rosters.keys()
        deeper = self.depth < DEEPEST
        return deeper and any(self._take(case, "roster", one) for one in sorted(rosters))

    def have_told(self, case: Case, trigger: Trigger, _blocker: Blocker) -> bool:
        """Bring one of the cases that a bulletin tells of to where it is told of."""
        party = self.play.world.kind(case).origin.of
        return any(
            self.inner().reach(one.stream, state)
            for take in taken_by([trigger])
            for one in self.play.cases(take.about)
            if one.parties.get(party, one.unit) == case.unit
            for state in take.states
        )

    def go_on_again(self, case: Case, _trigger: Trigger, _blocker: Blocker) -> bool:
        """Let the clock go on where it was stopped."""
        return self._record(case, "resumed")

    def stop(self, case: Case, _trigger: Trigger, _blocker: Blocker) -> bool:
        """Stop the clock, for what is done only then."""
        return self._record(case, "suspended")

    def _record(self, case: Case, fact: str) -> bool:
        for trigger in self.play.world.life(case).triggers_from(case.state):
            if trigger.records == fact and self.inner().do(case.stream, trigger):
                return True
        return False

    def keep_apart(self, _case: Case, _trigger: Trigger, _blocker: Blocker) -> bool:
        """Choose another span."""
        self.wishes.apart += 2
        return True

    def hand_over(self, case: Case, _trigger: Trigger, _blocker: Blocker) -> bool:
        """Have somebody new hold the post."""
        return self.play.hand_over(case)


Lift = Callable[[Seeker, Case, Trigger, Blocker], bool]
_LIFTS: Mapping[str, Lift] = {
    "link_none_yet": Seeker.open_linked,
    "link_too_few": Seeker.open_linked,
    "link_not_reached": Seeker.bring_linked,
    "link_not_there": Seeker.bring_there,
    "moves_nobody": Seeker.open_linked,
    "moves_nothing": Seeker.bring_some,
    "link_not_all_reached": Seeker.bring_linked,
    "link_not_all_ended": Seeker.end_linked,
    "none_has_ended": Seeker.end_linked,
    "too_early": Seeker.wait,
    "moved_too_early": Seeker.wait,
    "planned_too_early": Seeker.plan_on,
    "planned_too_late": Seeker.plan_on,
    "day_unknown": Seeker.make_known,
    "not_for_this_case": Seeker.suit,
    "document_lacking": Seeker.bring,
    "request_answered": Seeker.bring,
    "component_lacking": Seeker.bring,
    "roster_lacking": Seeker.bring,
    "quorum_lacking": Seeker.let_come,
    "not_heard_yet": Seeker.have_heard,
    "quota_lacking": Seeker.meet_quotas,
    "quota_exceeded": Seeker.meet_quotas,
    "suspended": Seeker.go_on_again,
    "not_suspended": Seeker.stop,
    "span_overlaps": Seeker.keep_apart,
    "no_such_post": Seeker.hand_over,
    "root_not_attested": Seeker.attest,
    "number_too_early": Seeker.wait_for_number,
    "nothing_to_publish": Seeker.have_told,
}
