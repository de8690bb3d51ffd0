"""What the notifier knows of a case, of whatever kind: a fold over the events of its own stream.

It keeps no history: where the case stands, on whose desks, due when, and when that became known.
The one idea: facts are the same for every kind of case, and each says in full what holds after
it. So this one fold times every kind that there is and that there will be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.envelope import Envelope
from schemas.instants import instant, parse_instant
from schemas.policy import Place, Track
from schemas.upcast import upcast
from services.notifier.domain.answers import Answer, answered, ending
from services.notifier.domain.organisation import Organisation


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Who a desk belongs to; *person* only where the desk is a person's own."""

    unit: str
    role: str
    person: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """By what a case came to a desk."""

    version: int  # of the event
    trigger: str = ""  # empty: the case was opened
    back: bool = False  # a verdict sent it back
    actor: str | None = None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """One desk that a case lies on, and the deadline that runs there."""

    name: str = ""  # empty where the state has one desk only
    holder: Holder
    due_at: datetime | None
    since: int  # version of the last event that said anything about this desk
    awaits: str | None = None  # stream of the case whose day is waited for; the deadline is its own
    came: Came | None = None  # None: a release of before did not keep it
    had_since: int | None = None  # version by which *holder* has it; None: likewise
    # By what was asked for that is answered there; None: it is a desk of the state.
    asked: Came | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """That what somebody asked for was answered: to whom, and by what."""

    person: str
    trigger: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Acted:
    """That somebody acted whom a rung had told which is repeated until then."""

    desk: str
    track: str
    rung: str
    deadline: str  # of the stay that they had been told of, see `Stay.deadline`


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One case as of its last event."""

    stream: str  # its kind and its id
    of: str | None = None  # stream of the case that it belongs to
    label: str  # what its kind is called; empty: nobody said
    number: str
    person: str | None  # the one it is about, if it is about somebody
    unit: str
    tier: str  # empty where its kind has none
    path: tuple[str, ...]  # unit ids, root first, *unit* last
    state: str
    version: int
    desks: tuple[Desk, ...]  # none in a final state
    suspended: bool
    armed_at: datetime  # recorded time of the last event: what was due before was not ours to say
    entered_version: int  # of the event by which *state* was entered
    scheme: str  # hash of its scheme; empty: a release of before did not keep it
    # Units, by the name of the party that they are; None: a release of before did not keep them.
    parties: Mapping[str, tuple[str, ...]] | None = None
    answers: tuple[Answer, ...] = ()  # to what was told of it since it entered its state
    acted: "tuple[Acted, ...]" = ()  # what ends a repeat, since it entered its state
    opened: int = 0  # position of its opening in the log; 0: a release of before did not keep it

    @property
    def kind(self) -> str:
        """The kind of case, a name of its scheme."""
        return self.stream.partition("/")[0]

    @property
    def id(self) -> str:
        """The id; of no other case, of whatever kind."""
        return self.stream.partition("/")[2]

    @property
    def place(self) -> Place:
        """Where it is, as policies and schemes name it."""
        return Place(self.kind, self.state, self.tier)

    @property
    def stays(self) -> "tuple[Stay, ...]":
        """The case on each of its desks."""
        return tuple(Stay(case=self, desk=desk) for desk in self.desks)


@dataclass(frozen=True, kw_only=True, slots=True)
class Readers:
    """To whom a case is left, besides those it lies with."""

    desks: tuple[tuple[str, tuple[str, ...]], ...]  # units, each with roles there
    own_unit_apart: bool  # whoever serves in the unit that it is about learns nothing of it


@dataclass(frozen=True, kw_only=True, slots=True)
class Stay:
    """A case as it lies on one desk, from entering its state to leaving it."""

    case: Case
    desk: Desk
    awaited: Case | None = None  # whose day is waited for, where it lies on a desk
    readers: Readers | None = None  # None: it is left to nobody in particular
    above: tuple[Case, ...] = ()  # those that the case belongs to

    @property
    def about(self) -> frozenset[str]:
        """Whom the case, or one that it belongs to, is about."""
        return frozenset(one.person for one in (self.case, *self.above) if one.person is not None)

    @property
    def holder(self) -> Holder:
        """Who is reminded: whose desk it is, or who has the case that is waited for."""
        return _due_first(self.awaited.desks).holder if self.awaited else self.desk.holder

    @property
    def due_at(self) -> datetime | None:
        """The instant at which the deadline has passed."""
        return self.desk.due_at

    @property
    def since(self) -> int:
        """The version by which whoever has the desk came to it."""
        return max(self.case.entered_version, self.desk.had_since or 0)

    @property
    def deadline(self) -> str:
        """Name the deadline that rungs are counted on: this stay in this state, due then.

        A suspension does not change it, so what was told before is not told again after it.
        """
        return f"{self.case.entered_version}/{instant(self.due_at) if self.due_at else '-'}"

    def has_ended(self, track: Track) -> bool:
        """Tell whether the last rung of *track* is repeated no more: whom it told has acted."""
        named = track.until_acted
        return bool(named) and any(
            (one.desk, one.track, one.rung, one.deadline)
            == (self.desk.name, track.name, named, self.deadline)
            for one in self.case.acted
        )

    @property
    def is_late(self) -> bool:
        """Whether the deadline had passed when the last event made it known."""
        return self.due_at is not None and self.due_at <= self.case.armed_at

    @property
    def runs(self) -> bool:
        """Whether a deadline is running."""
        return self.due_at is not None and not self.case.suspended


def _due_first(desks: Sequence[Desk]) -> Desk:
    # Spelled as text an instant sorts as time does; what is never due comes last.
    return min(desks, key=lambda desk: instant(desk.due_at) if desk.due_at else "~")


def stays(
    case: Case, known: Mapping[str, Case], readers: Readers | None = None
) -> tuple[Stay, ...]:
    """Return *case* on each of its desks, beside the cases of *known* that it waits for."""
    above = tuple(_above(case, known))
    return tuple(
        Stay(case=case, desk=desk, awaited=_awaited(desk, known), readers=readers, above=above)
        for desk in case.desks
    )


def _above(case: Case, known: Mapping[str, Case]) -> Iterator[Case]:
    at = known.get(case.of or "")
    while at is not None:
        yield at
        at = known.get(at.of or "")


def published(case: Case) -> Stay:
    """Return *case* as those see it to whom something of it was published: on no desk of theirs."""
    desk = Desk(holder=Holder(unit=case.unit, role=""), due_at=None, since=0)
    return Stay(case=case, desk=desk)


def _awaited(desk: Desk, known: Mapping[str, Case]) -> Case | None:
    other = known.get(desk.awaits) if desk.awaits else None
    return other if other and other.desks else None


def evolve(case: Case | None, event: Envelope) -> Case:
    """Return the case as it stands after *event* of its own stream."""
    event = _newest(event)
    data = event.data
    if event.fact == "case_opened":
        return _opened(event, data)
    if case is None:
        raise ValueError(f"the stream {event.subject} does not begin with an opening")
    version = event.streamversion
    moved = replace(
        case,
        version=version,
        armed_at=event.time,
        scheme=event.schemehash or case.scheme,
        person=data.get("subject", case.person),
        desks=_desks_after(case, data, event),
        suspended=event.fact == "suspended" or (case.suspended and event.fact != "resumed"),
    )
    if "to" not in data:
        # What somebody promised is no promise of who has the desk after them; nor has anybody acted
        # on what is told of them.
        had = {desk.name: desk.holder for desk in case.desks}
        same = {desk.name for desk in moved.desks if had.get(desk.name) == desk.holder}
        return replace(
            moved,
            answers=tuple(one for one in case.answers if one.desk in same),
            acted=tuple(one for one in case.acted if one.desk in same),
        )
    return replace(
        moved, state=data["to"], suspended=False, entered_version=version, answers=(), acted=()
    )


def hear(case: Case, event: Envelope) -> Case:
    """Return the case after somebody's answer, an *event* beside it.

    Of a state that it has left since, it says nothing any more; nor for whoever has come to the
    desk since: an answer may be logged after the event by which its desk went to somebody else.
    """
    name = event.data.get("desk", "")
    had_since = (desk.had_since for desk in case.desks if desk.name == name)
    if event.data["version"] < max(case.entered_version, next(had_since, None) or 0):
        return case
    heard = answered(case.answers, event.streamversion, event.fact, event.data, event.actor)
    return replace(case, answers=heard)


def end_answers(case: Case, organisation: Organisation) -> Case:
    """Return *case*, its answers ending with the posts of *organisation* they were given by."""
    holders = {desk.name: desk.holder for desk in case.desks}
    return replace(case, answers=ending(case.answers, holders, organisation))


def _opened(event: Envelope, data: Mapping[str, Any]) -> Case:
    return Case(
        stream=event.subject,
        label=data["label"],
        number=data["number"],
        person=data.get("subject"),
        unit=data["unit"],
        tier=data.get("tier", ""),
        path=tuple(data["path"]),
        state=data["state"],
        version=event.streamversion,
        desks=tuple(_desk(holder, event) for holder in data["holders"]),
        suspended=False,
        armed_at=event.time,
        entered_version=event.streamversion,
        scheme=event.schemehash or "",
        of=data.get("of"),
        parties=_parties(data),
    )


def _parties(data: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """Return the units pinned when the case opened; its audits' bodies have names of their own."""
    bodies = tuple(audit["body"] for audit in data["audits"])
    audits = {"auditing_body": bodies, "passing_body": bodies[-1:]} if bodies else {}
    return {**{name: (unit,) for name, unit in data["parties"].items()}, **audits}


def _desks_after(case: Case, data: Mapping[str, Any], event: Envelope) -> tuple[Desk, ...]:
    version = event.streamversion
    if "holders" in data:
        found = tuple(_desk(holder, event) for holder in data["holders"])
        if "to" in data:
            return found
        asked = _asked_after(case, data, event)
        found = tuple(replace(desk, asked=asked.get(desk.name, desk.came)) for desk in found)
        # Another's signature leaves a desk as it was, and what is under way to it as well.
        return tuple(_as_before(desk, case) for desk in found)
    dues = {due.get("desk", ""): due for due in data.get("dues", ())}
    return tuple(
        replace(desk, since=version, **_due(dues[desk.name]))
        if desk.name in dues
        else replace(desk, since=version)
        for desk in case.desks
    )


def _asked_after(case: Case, data: Mapping[str, Any], event: Envelope) -> dict[str, Came | None]:
    """Return by what was asked for that each desk of *case*, by name, is there for.

    A desk more, where the case stays, is there for what *event* asks for; who has to answer may
    change, and who asked does not, until it is asked for again.
    """
    filed = {one["name"] for one in data.get("documents", ())}
    return {
        desk.name: _came(event) if desk.asked and desk.name in filed else desk.asked
        for desk in case.desks
    }


def _as_before(desk: Desk, case: Case) -> Desk:
    had = {(one.name, one.holder): one for one in case.desks}.get((desk.name, desk.holder))
    if had is None:
        return desk
    now = replace(desk, had_since=had.had_since, came=had.came)
    return had if replace(had, since=desk.since) == now else now


def _desk(holder: Mapping[str, Any], event: Envelope) -> Desk:
    return Desk(
        name=holder.get("desk", ""),
        holder=Holder(unit=holder["unit"], role=holder["role"], person=holder.get("person")),
        since=event.streamversion,
        came=_came(event),
        had_since=event.streamversion,
        **_due(holder),
    )


def _came(event: Envelope) -> Came:
    return Came(
        version=event.streamversion,
        trigger=event.data.get("trigger", ""),
        back=event.data.get("verdict", {}).get("result") == "back",
        actor=event.actor,
        at=event.time,
    )


def arrivals(before: Case | None, after: Case) -> tuple[str, ...]:
    """Return the desks that *after* has come to, by name, since *before*.

    A case that goes on with the same holder has not come to them, unless it was sent back.
    """
    had = {desk.holder for desk in before.desks} if before else set[Holder]()
    return tuple(
        desk.name
        for desk in after.desks
        if desk.came
        and desk.came.version == after.version
        and (desk.came.back or desk.holder not in had)
    )


def answers(before: Case | None, event: Envelope) -> tuple[Answered, ...]:
    """Return to whom *event* answered what they had asked for in the case as it stood *before*.

    Nobody is told of what they did themselves, nor of what a case that goes on has left behind.
    """
    data = event.data
    if before is None or "to" in data:
        return ()
    names = (holder.get("desk", "") for holder in data.get("holders", ()))
    left = {*names} if "holders" in data else {desk.name for desk in before.desks}
    gone = (desk.asked for desk in before.desks if desk.name not in left)
    asked = dict.fromkeys(one.actor for one in gone if one)
    # Whose request of before is answered that lay on no desk: no document of this event is it.
    filed = {one["name"] for one in data.get("documents", ())}
    whose = data.get("submitters", {})
    asked |= dict.fromkeys(person for name, person in whose.items() if name not in filed)
    return tuple(
        Answered(person=one, trigger=data["trigger"])
        for one in asked
        if one is not None and one != event.actor
    )


def _due(due: Mapping[str, Any]) -> dict[str, Any]:
    """Return when something is due, and the case that it waits for."""
    at, waits_for = due.get("due_at"), due.get("waits_for", {})
    awaited = (
        source.get("stream")
        for source in due.get("sources", ())
        if "link" in waits_for and source.get("link") == waits_for["link"]
    )
    return {"due_at": None if at is None else parse_instant(at), "awaits": next(awaited, None)}


def _newest(event: Envelope) -> Envelope:
    """Return *event* in the newest words.

    What older events say of verdicts rests on how their case was opened, and no clock reads it.
    """
    return upcast(event, replace(event, data={"audits": [], "state": ""}))
