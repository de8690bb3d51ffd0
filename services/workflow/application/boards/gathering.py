"""A case that people gather for: who is expected and there, what is gone through, and the votes.

The one idea: all of it is folded from what lies in the log and beside it, in a constant number of
statements, however many came and went and however many cases are on the agenda.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from schemas.envelope import Envelope
from schemas.instants import parse_instant
from services.workflow.application.boards.case import TEXTS, acts_of, is_open, seen_case
from services.workflow.application.boards.history import Entry, read_together
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.spoken import Spoken, spoken
from services.workflow.application.boards.versions import Version, versions_of
from services.workflow.application.firing.port import Wanted
from services.workflow.application.seeing import SeenCase, seen
from services.workflow.domain.case.head import Case, Graded
from services.workflow.domain.case.listing import (
    EXCUSED,
    IN,
    Attendant,
    Listing,
    is_in,
    read_listing,
)
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.rosters import Agenda, Roster
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import NotYours

MOST_HEARD = 60  # cases of the agenda on one page
_LAST = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """That somebody came, went or was excused."""

    at: datetime
    way: str
    why: str
    reason: str


@dataclass(kw_only=True, slots=True)
class Seat:
    """One row of the roster, and how often who has it came and went."""

    attendant: Attendant
    name: str = ""
    moves: list[Moved] = field(default_factory=list)

    @property
    def last(self) -> Moved | None:
        return self.moves[-1] if self.moves else None

    @property
    def is_in(self) -> bool:
        return bool(self.moves) and self.moves[-1].way == IN

    @property
    def came(self) -> bool:
        return any(one.way == IN for one in self.moves)

    @property
    def excused(self) -> bool:
        return bool(self.moves) and self.moves[-1].way == EXCUSED


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """The seats of one capacity."""

    label: str
    seats: tuple[Seat, ...]

    @property
    def n_came(self) -> int:
        return sum(one.came for one in self.seats)

    @property
    def n_excused(self) -> int:
        return sum(one.excused for one in self.seats)


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A point of the agenda or a vote, with how many were there when it was recorded."""

    at: datetime
    label: str
    told: str
    n_present: int
    n_expected: int
    n_needed: int
    position: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One case of the agenda: what was presented, said of it, and made of it."""

    case: Case
    here: Spoken
    name: str
    version: int | None  # of the document that is presented: the one in force
    passed_at: datetime | None
    comments: tuple[Version, ...]
    lacks_draft: bool
    graded: Graded | None
    grading: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathering:
    """Everything the page of a gathering shows."""

    case: Case
    here: Spoken
    names: Names
    roster: Roster
    bodies: tuple[Body, ...]
    points: tuple[Point, ...]
    agenda: tuple[Heard, ...]
    first: int  # of the agenda, where several pages show it
    n_agenda: int
    versions: tuple[Version, ...]
    code: str  # that is shown in the room now; "": none
    taking: tuple[Trigger, ...]  # that take who comes and goes
    entries: tuple[Entry, ...]

    @property
    def n_expected(self) -> int:
        return self.case.rosters.get(self.roster.name, 0)

    @property
    def n_there(self) -> int:
        return self.case.there.get(self.roster.name, 0).bit_count()

    @property
    def n_came(self) -> int:
        return sum(one.n_came for one in self.bodies)

    @property
    def last(self) -> Point | None:
        return self.points[-1] if self.points else None

    @property
    def seats(self) -> Iterator[Seat]:
        for body in self.bodies:
            yield from body.seats

    def latest(self, document: str) -> Version | None:
        return next((one for one in reversed(self.versions) if one.document == document), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """Where somebody on the roster says that they come or go."""

    case: Case
    trigger: Trigger
    roster: Roster
    is_in: bool


def gathering(sources: Sources, look: Look, case_id: str, first: int = 0) -> Gathering:
    """Return the board of a gathering, with the agenda from *first* on.

    Raises:
        NotYours: absent, nothing people gather for, or not theirs to see.
    """
    own_case = seen_case(sources, look, case_id)
    case = own_case.case
    rules = sources.rulebook.of(case.cycle)
    here = spoken(case, rules.scheme, look.organisation.vocabulary)
    roster = here.gathers
    whole = own_case.extent.shown is None and sources.watch.opens(look.actor, TEXTS, own_case)
    if roster is None or not whole:
        raise NotYours(case_id)
    heads = sources.heads(case)
    world = rules.running.world(heads, look.organisation, look.now, str)
    ordered, shown = _agenda(case, roster, world, look, first)
    listed = [one["sha256"] for name, one in case.listed.items() if name == roster.name]
    wanted = partial(_is_wanted, case=case, agenda=roster.agenda)
    entries, texts = read_together(sources, [own_case, *shown], wanted, listed)
    own = [one for one in entries if one.event.subject == case.stream]
    text = next(iter(texts.values()), None)
    listing = Listing() if text is None else read_listing(text.content, text.salt)
    names = Names(look)
    names.want(*listing.by_person, *(one.case.person for one in shown))
    names.want(*(one.event.actor for one in entries))
    names.look_up(sources.reads)
    acts = acts_of(sources, look, case, rules)
    # The code is for who lets others in: whoever else saw it could sign in from home.
    taking = tuple(one.trigger for one in acts if is_open(one) and _takes(one.trigger, roster))
    return Gathering(
        case=case,
        here=here,
        names=names,
        roster=roster,
        bodies=tuple(_bodies(roster, listing, own, names)),
        points=tuple(_points(own, roster, here)),
        agenda=tuple(_heard(one.case, roster.agenda, entries, here, names, look) for one in shown),
        first=first,
        n_agenda=len(ordered),
        versions=tuple(versions_of(own, here)),
        code=listing.code(case.stream, look.now) if taking and listing.rows else "",
        taking=taking,
        entries=tuple(own),
    )


def door(sources: Sources, look: Look, case_id: str) -> Door:
    """Return where one signs in oneself: only who stands on the roster finds it.

    They need not see the case.

    Raises:
        NotYours: there is no such door, or not for them.
    """
    case = sources.store.standing([Wanted(case=case_id)]).case(case_id)
    if case is None:
        raise NotYours(case_id)
    scheme = sources.rulebook.of(case.cycle).scheme
    here = spoken(case, scheme, look.organisation.vocabulary)
    for trigger in here.life.triggers_from(case.state):
        for take in trigger.takes:
            if take.by_code and take.name in case.listed:
                own = _listing(sources, case, take.name).by_person.get(look.actor.person or "")
                if own is not None:
                    there = is_in(case.there.get(take.name, 0), own.row)
                    roster = scheme.rosters[take.name]
                    return Door(case=case, trigger=trigger, roster=roster, is_in=there)
    raise NotYours(case_id)


def _listing(sources: Sources, case: Case, roster: str) -> Listing:
    hash_ = bytes.fromhex(case.listed[roster]["sha256"])
    text = sources.reads.texts([hash_]).get(hash_)
    return Listing() if text is None else read_listing(text.content, text.salt)


def _takes(trigger: Trigger, roster: Roster) -> bool:
    """Tell whether *trigger* says of others that they come or go."""
    return any(
        one.what == "presence" and one.name == roster.name and not one.by_code
        for one in trigger.takes
    )


# --- Who is expected, and there ---


def _bodies(roster: Roster, listing: Listing, own: Iterable[Entry], names: Names) -> Iterator[Body]:
    seats = {
        one.row: Seat(attendant=one, name=names(one.person) or one.guest) for one in listing.rows
    }
    for entry in own:
        for move in entry.event.data.get("presence", {}).get(roster.name, {}).get("moves", ()):
            if move["row"] in seats:
                seats[move["row"]].moves.append(_moved(move, entry, roster))
    for capacity in roster.capacities:
        of_it = tuple(one for one in seats.values() if one.attendant.capacity == capacity.name)
        if of_it:
            yield Body(label=capacity.label, seats=of_it)


def _moved(move: Mapping[str, Any], entry: Entry, roster: Roster) -> Moved:
    reason = move.get("reason")
    return Moved(
        at=parse_instant(move["at"]) if "at" in move else entry.effective_at,
        way=move["way"],
        why=roster.reason(move["why"]) if "why" in move else "",
        reason=(entry.texts.get(reason["sha256"]) or "") if reason else "",
    )


def _points(own: Iterable[Entry], roster: Roster, here: Spoken) -> Iterator[Point]:
    for entry in own:
        told = entry.event.data.get("presence", {}).get(roster.name, {})
        if "n_needed" in told:
            yield Point(
                at=entry.effective_at,
                label=here.trigger(entry.event.data["trigger"]),
                told="；".join(_rows_told(entry, here)),
                n_present=told["n_present"],
                n_expected=told["n_expected"],
                n_needed=told["n_needed"],
                position=entry.position,
            )


def _rows_told(entry: Entry, here: Spoken) -> Iterator[str]:
    for version in versions_of([entry], here):
        for row in version.rows:
            yield from (row.texts or {}).values()


# --- What is gone through ---


def _agenda(
    case: Case, roster: Roster, world: World, look: Look, first: int
) -> tuple[list[Case], list[SeenCase]]:
    if roster.agenda is None:
        return [], []
    modes = {one.name: n for n, one in enumerate(world.scheme.modes)}
    found = sorted(
        (one for one in world.heads.linked(case, roster.agenda.link) if _counts(one)),
        key=lambda one: (one.order or _LAST, modes.get(one.mode or "", len(modes)), one.number),
    )
    shown = (seen(look.actor, one, world) for one in found[first : first + MOST_HEARD])
    return found, [one for one in shown if isinstance(one, SeenCase)]


def _is_wanted(event: Envelope, case: Case, agenda: Agenda | None) -> bool:
    """Tell whether the page says something of an event: of the agenda's, what was said of each."""
    if event.subject == case.stream:
        return True
    documents = {one["name"] for one in event.data.get("documents", ())}
    said = agenda is not None and not documents.isdisjoint(agenda.comments)
    return said or event.data.get("verdict", {}).get("result") == "pass"


def _counts(case: Case) -> bool:
    return case.is_open or case.final == "completed"


def _heard(
    case: Case,
    agenda: Agenda | None,
    entries: Sequence[Entry],
    here: Spoken,
    names: Names,
    look: Look,
) -> Heard:
    assert agenda is not None  # noqa: S101 - without one nothing is heard
    there = spoken(case, here.scheme, here.vocabulary)
    own = [one for one in entries if one.event.subject == case.stream]
    passed = [one for one in own if one.event.data.get("verdict", {}).get("result") == "pass"]
    filed = case.documents.get(agenda.pins)
    comments = [one for one in versions_of(own, there) if one.document in agenda.comments]
    grading, graded = next(iter(case.grades.items()), ("", None))
    return Heard(
        case=case,
        here=there,
        name=names(case.person) or look.unit_name(case.unit),
        version=filed.version if filed else None,
        passed_at=passed[-1].effective_at if passed and filed else None,
        comments=tuple(comments),
        lacks_draft=_lacks_draft(case, agenda, there, look),
        graded=graded,
        grading=grading,
    )


def _lacks_draft(case: Case, agenda: Agenda, there: Spoken, look: Look) -> bool:
    """Tell whether something is to be prepared of cases like this one, and was not."""
    wanted = {
        take.name
        for trigger in there.life.triggers.values()
        for take in trigger.takes
        if take.name in agenda.drafts
        and take.where.conditions
        and matches(take.where, case, look.organisation)
    }
    return not wanted <= case.documents.keys()
