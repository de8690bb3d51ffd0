"""What one command does elsewhere, all in one transaction: cases opened, triggers fired.

Each effect is decided on its own case, with that case's state and guards, in the world as the
events before it have left it. What an effect does not fit is named in its cause's event as left
out, with the reason, unless it is kept from those it is about; the cause stands.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.workflow.domain.case.acts import (
    MOST_EFFECTS,
    Act,
    Blocked,
    Decided,
    Recorded,
    Undone,
)
from services.workflow.domain.case.answering import not_left_open
from services.workflow.domain.case.between import rows_moved
from services.workflow.domain.case.consequences import Follows, follows, may_follow
from services.workflow.domain.case.drawing import told_of
from services.workflow.domain.case.handing import REASON, handed, members_of, unmoved
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.hearing import heard_here
from services.workflow.domain.case.numbering import Numbers
from services.workflow.domain.case.opening import Beginning, NotOpened, begin
from services.workflow.domain.case.parties import unit_of
from services.workflow.domain.case.rows import made_of_rows
from services.workflow.domain.case.seeing import is_kept_from_its_own
from services.workflow.domain.case.slots import newest
from services.workflow.domain.case.world import SOON, Looks, Place, Row, World
from services.workflow.domain.data.setting import DUE_AT
from services.workflow.domain.language.model.lives import Kind, Origin
from services.workflow.domain.language.model.triggers import Fires, Opens, Trigger
from services.workflow.domain.refusals import Blocker

DEEPEST = 50  # causes one behind the other: triggers that fire each other end here
Fire = Callable[["Transaction", Case, Act, int | None], Undone | None]


class Transaction:
    """The events of one command as they come to be, and what the write has to compare."""

    def __init__(
        self, world: World, fire: Fire, person: str | None = None, *, of_round: bool = False
    ) -> None:
        self._world = world
        self._of_round = of_round  # a round's opening is no effect: it has no bound
        self._unseen: list[Case] = []  # what was decided, and the world is not told of yet
        self.person = person  # who answers for the command, and so for its effects
        self.events: list[Recorded] = []
        self._fire = fire
        self._looks = Looks()
        self._touches: set[Row] = set()
        self._slots: dict[Place, tuple[str | None, str | None]] = {}
        self._numbers = Numbers()

    @property
    def world(self) -> World:
        """The world as the events so far have left it."""
        # Most commands write one event and look at nothing after it: they pay no copy for it.
        while self._unseen:
            self._world = self._world.with_case(self._unseen.pop(0))
        return self._world

    def finished(self) -> Decided:
        """Return all of it."""
        for event in self.events:  # what is written is compared anyway
            self._looks.versions.pop(event.after.stream, None)
        return Decided(
            events=tuple(self.events),
            looks=self._looks,
            touches=frozenset(self._touches),
            slots=self._slots,
            numbers=self._numbers.counted,
            left_open=tuple(self._left_open()),
        )

    def _left_open(self) -> Iterator[Case]:
        """Yield what belongs to the command's own case, and lives on after that has ended."""
        own = self.events[0] if self.events else None
        if own is None or own.before is None or own.after.is_open:
            return
        for kind in self.world.scheme.kinds.values():
            if kind.origin.parent == own.after.kind:
                found = self.world.heads.children(own.after, kind.name)
                yield from (one for one in found if one.is_open)

    # --- One event, and what follows from it ---

    def add(self, event: Recorded, trigger: Trigger, looks: Looks, act: Act) -> None:
        """Add the event of *trigger*, then everything it does elsewhere."""
        at = self.note(event, looks)
        if event.fact == "desk_signed":  # what the trigger does comes with the last signature
            return
        left: list[dict[str, Any]] = []
        for opens in trigger.opens:
            self._open_one(at, opens, trigger, act, left)
        self._open_rows(at, trigger, left)
        self._follow(at, left)
        for fires in trigger.fires:
            self._fire_all(at, fires, trigger, act, left)
        if trigger.draws is not None:
            for told in told_of(event, self.world):
                self.fire_at(at, told.case, told.trigger, told.given, left)
        if trigger.only_fires and event.cause is None and len(self.events) == at + 1:
            targets = self._targets(event.after, trigger.fires[0], trigger)
            # Whether it is possible is asked before there are data to hand on: by states alone.
            given = act.given or not trigger.takes
            if given or not any(self._may_take(trigger.fires[0].trigger, one) for one in targets):
                raise Blocked(unmoved(trigger, targets, self.world))
        if left:
            event.data["left_out"] = left

    def _may_take(self, trigger: str, case: Case) -> bool:
        """Tell whether *case* stands where it takes *trigger*."""
        known = self.world.life(case).triggers.get(trigger)
        return known is not None and case.is_open and case.state in known.sources

    def note(self, event: Recorded, looks: Looks) -> int:
        too_many = len(self.events) > MOST_EFFECTS and not self._of_round
        if too_many or self._depth(event) > DEEPEST:
            raise Blocked(Blocker(code="too_many_effects", params={"most": MOST_EFFECTS}))
        self.events.append(event)
        self._looks.join(looks)
        self._touches.update(rows_moved(event.before, event.after, self.world))
        self._unseen.append(event.after)
        self._move_slot(event)
        return len(self.events) - 1

    def _depth(self, event: Recorded) -> int:
        """Return how many causes stand one behind the other before *event*."""
        depth, at = 0, event.cause
        while at is not None:
            depth, at = depth + 1, self.events[at].cause
        return depth

    def _move_slot(self, event: Recorded) -> None:
        """Keep which case of its kind is current at its place: the newest not abandoned."""
        case = event.after
        if self._world.kind(case).origin.form != "one_for":
            return
        place = Place(case.cycle, case.kind, case.unit)
        before = self.world.heads.current_at(place, case)
        if event.before is None:
            self._set_current(place, case.stream)
        elif case.final == "abandoned" and before == case.stream:
            self._set_current(place, self._last_not_abandoned(case))

    def _set_current(self, place: Place, stream: str | None) -> None:
        heads = self.world.heads
        was = self._slots[place][0] if place in self._slots else heads.current_at(place)
        self._slots[place] = (was, stream)
        self._world = replace(self.world, heads=heads.with_current(place, stream))

    def _last_not_abandoned(self, case: Case) -> str | None:
        last = newest(self.world.heads.standing(Place(case.cycle, case.kind, case.unit), case))
        return None if last is None else last.stream

    # --- Opening ---

    def open(
        self,
        kind: Kind,
        unit: str,
        cause: int | None,
        *,
        effective_at: datetime,
        parent: Case | None = None,
        opened_from: str | None = None,
        person: str | None = None,
        members: Mapping[str, Any] | None = None,
        due_at: datetime | None = None,
    ) -> Case | NotOpened:
        """Open a case, and with it those of slots that open with the first case that links."""
        earliest = self.world.now
        if cause is not None:
            earliest = self.events[cause].recorded_at + SOON
        if parent is not None:
            parent = self.world.heads.cases.get(parent.stream, parent)
            earliest = max(earliest, parent.recorded_at + SOON)
        made = begin(
            Beginning(
                kind=kind,
                unit=unit,
                effective_at=effective_at,
                recorded_at=earliest,
                number=self._numbers.following(kind, unit, parent, self.world),
                parent=parent,
                opened_from=opened_from,
                person=person,
                members=members or {},
                due_at=due_at,
                actor=self.person,
            ),
            self.world,
        )
        if isinstance(made, NotOpened):
            return made
        data, case = made
        self._numbers.count(kind, unit, parent, self.world)
        event = Recorded(fact="case_opened", data=data, before=None, after=case, cause=cause)
        at = self.note(event, Looks())
        self._open_slots(at)
        return case

    def carry(
        self,
        end: Decided,
        kind: Kind,
        unit: str,
        *,
        effective_at: datetime,
        parent: Case | None,
        members: Mapping[str, Any],
    ) -> Case | NotOpened:
        """Open the case in which one of another round goes on, with its *end* as the cause."""
        at = len(self.events)
        self.events += (
            replace(event, cause=None if event.cause is None else at + event.cause)
            for event in end.events
        )
        made = self.open(kind, unit, at, effective_at=effective_at, parent=parent, members=members)
        if isinstance(made, NotOpened):
            del self.events[at:]
            return made
        self._looks.join(end.looks)
        self._touches.update(end.touches)
        self._slots.update(end.slots)
        self._numbers.counted.update(end.numbers)
        return made

    def _open_slots(self, at: int) -> None:
        case = self.events[at].after
        for link in case.links:
            kind = self.world.scheme.kinds[link.kind]
            waits_for_an_act = kind.opened_by or kind.origin.form != "one_for"
            if link.way != "slot" or link.unit is None or waits_for_an_act:
                continue
            if self.world.heads.current_at(Place(case.cycle, kind.name, link.unit), case) is None:
                self.open(kind, link.unit, at, effective_at=case.effective_at)

    def _open_one(
        self, at: int, opens: Opens, trigger: Trigger, act: Act, left: list[dict[str, Any]]
    ) -> None:
        event = self.events[at]
        kind, case = self.world.scheme.kinds[opens.kind], event.after
        unit = unit_of(case, opens.party, self.world) if opens.party else case.unit
        parent = case if kind.origin.parent == case.kind and not opens.party else None
        members = members_of(opens.given, trigger, event.data)
        due_at = act.given.get(DUE_AT) if "deadline" in opens.given else None
        if unit is None:
            left.append({"opens": kind.name, "reason": "party_missing"})
            return
        made = self._open_if_free(kind, unit, at, parent, members, due_at)
        if not isinstance(made, Case):
            left.append({"opens": kind.name, "reason": made, "units": [unit]})

    def _open_if_free(
        self,
        kind: Kind,
        unit: str,
        at: int,
        parent: Case | None,
        members: Mapping[str, Any],
        due_at: datetime | None,
    ) -> Case | str:
        case = self.events[at].after
        if is_taken(kind.origin, Place(case.cycle, kind.name, unit), self.world):
            return "slot_taken"
        made = self.open(
            kind,
            unit,
            at,
            effective_at=case.effective_at,
            parent=parent,
            opened_from=case.unit,
            members=members,
            due_at=due_at,
        )
        return made.reason if isinstance(made, NotOpened) else made

    def _open_rows(self, at: int, trigger: Trigger, left: list[dict[str, Any]]) -> None:
        """Make a case of each row in force that is none yet, where *trigger* makes them."""
        case = self.events[at].after
        for kind in self._world.scheme.kinds.values():
            for made in kind.made_from:
                if made.by == trigger.name and kind.origin.parent == case.kind:
                    self._open_rows_of(at, kind, made.document, left)

    def _open_rows_of(self, at: int, kind: Kind, document: str, left: list[dict[str, Any]]) -> None:
        case = self.events[at].after
        filed = case.documents.get(document)
        known = made_of_rows(case, document, self.world)
        for number, values in () if filed is None else sorted(filed.rows.items()):
            if number in known or filed is None:
                continue
            row: dict[str, Any] = {"document": document, "version": filed.version, "row": number}
            if number in filed.texts:
                row["text"] = filed.texts[number]
            members = {"row": row, "values": dict(values)}
            made = self.open(
                kind, case.unit, at, effective_at=case.effective_at, parent=case, members=members
            )
            if isinstance(made, NotOpened):
                left.append({"opens": kind.name, "reason": made.reason, "units": [made.unit]})

    def _follow(self, at: int, left: list[dict[str, Any]]) -> None:
        """Open what follows from grade, flags and mode now, and end what followed and does not."""
        event = self.events[at]
        if event.before is None:
            return
        if not may_follow(event.before, event.after):  # most moves: nothing to ask
            return
        for one in follows(event.before, event.after, self.world):
            if one.ends is None:
                self._open_what_follows(at, one, left)
            else:
                case, trigger = one.ends
                self.fire_at(at, case, trigger, {}, left)

    def _open_what_follows(self, at: int, one: Follows, left: list[dict[str, Any]]) -> None:
        case = self.events[at].after
        kind = self.world.scheme.kinds[one.kind]
        made = self.open(
            kind,
            case.unit,
            at,
            effective_at=case.effective_at,
            parent=case if kind.origin.parent == case.kind else None,
            members={"because": one.because},
        )
        if isinstance(made, NotOpened):
            left.append({"opens": kind.name, "reason": made.reason, "units": [made.unit]})

    # --- Firing ---

    def _fire_all(
        self, at: int, fires: Fires, trigger: Trigger, act: Act, left: list[dict[str, Any]]
    ) -> None:
        targets = self._targets(self.events[at].after, fires, trigger)
        if not targets:
            return
        given = handed(fires.given, trigger, act)
        reason = act.reason if REASON in fires.given else None
        for target in targets:
            self.fire_at(at, target, fires.trigger, given, left, reason)

    def _targets(self, case: Case, fires: Fires, trigger: Trigger) -> Sequence[Case]:
        linked = not_left_open(self.world.heads.linked(case, fires.link), trigger, case, self.world)
        linked = heard_here(linked, case, fires.link, self.world)
        if fires.which == "first":
            return linked[:1]
        return linked[-1:] if fires.which == "last" else linked

    def fire_at(
        self,
        at: int,
        target: Case,
        trigger: str,
        given: Mapping[str, Any],
        left: list[dict[str, Any]],
        reason: str | None = None,
    ) -> None:
        target = self.world.heads.cases.get(target.stream, target)
        cause = self.events[at].after
        act = Act(
            trigger=trigger,
            effective_at=max(cause.effective_at, target.effective_at),
            person=self.person,
            given=given,
            reason=reason,
            caused=True,
        )
        undone = self._fire(self, target, act, at)
        # Whoever reads this event would learn of a case that is kept from them.
        if undone is not None and not is_kept_from_its_own(target, self.world):
            leave_out(left, trigger, undone.blockers[0].code, target.stream)


def is_taken(origin: Origin, place: Place, world: World) -> bool:
    """Tell whether a kind of which there is one at a time has a case at *place* that holds it."""
    if origin.form != "one_for":
        return False
    stream = world.heads.current_at(place)
    case = None if stream is None else world.heads.case(stream)
    return case is not None and case.is_open and origin.until not in case.reached


def leave_out(left: list[dict[str, Any]], trigger: str, reason: str, stream: str) -> None:
    for one in left:
        if one.get("trigger") == trigger and one["reason"] == reason:
            one["cases"].append(stream)
            return
    left.append({"trigger": trigger, "reason": reason, "cases": [stream]})
