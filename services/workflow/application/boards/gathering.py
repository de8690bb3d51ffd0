"""A case that people gather for: who is expected and there, what is gone through, and the votes.

The one idea: all of it is folded from what lies in the log and beside it, in a constant number of
statements, however many came and went and however many cases are on the agenda.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal

from services.workflow.application.boards.acts import Act, acts_of, is_open
from services.workflow.application.boards.agenda import (
    Heard,
    agenda_of,
    heard_of,
    is_wanted,
    ordered,
    over_since,
)
from services.workflow.application.boards.calls import Call, calls, words_of
from services.workflow.application.boards.case import seen_case
from services.workflow.application.boards.history import Entry, read_together
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.outcomes import (
    Counted,
    Decision,
    approved,
    approving,
    counted_of,
    decisions_of,
)
from services.workflow.application.boards.seats import Body, Seat, bodies_of
from services.workflow.application.boards.spoken import Spoken, spoken
from services.workflow.application.boards.to_answer import TEXTS, Points
from services.workflow.application.boards.versions import Version, versions_of
from services.workflow.application.firing.port import Wanted
from services.workflow.application.ports import Text
from services.workflow.application.seeing import SeenCase
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import (
    OUT,
    Listing,
    code_until,
    is_in,
    read_listing,
)
from services.workflow.domain.case.world import Heads
from services.workflow.domain.data.datum import Filing
from services.workflow.domain.data.roster import by_posts
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import NotYours


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A point of the agenda or a vote, with how many were there when it was recorded."""

    at: datetime
    recorded_at: datetime
    label: str
    told: str
    n_present: int
    n_expected: int
    n_needed: int
    position: int | None
    aside: tuple[str, ...] = ()  # whom it was about, and who was not counted for that


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathering:
    """Everything the page of a gathering shows."""

    case: Case
    here: Spoken
    names: Names
    roster: Roster
    calls: tuple[Call, ...]  # its day, when on it and where
    bodies: tuple[Body, ...]
    points: tuple[Point, ...]
    agenda: tuple[Heard, ...]
    first: int  # of the agenda, where several pages show it
    n_agenda: int
    versions: tuple[Version, ...]
    code: str  # that is shown in the room now; "": none
    code_until: datetime  # when another one is shown
    acts: tuple[Act, ...]
    taking: tuple[Trigger, ...]  # that take who comes and goes
    striking: tuple[Trigger, ...]  # that strike off who was listed by mistake
    entries: tuple[Entry, ...]
    counted: tuple[Counted, ...]
    decisions: tuple[Decision, ...]

    # As forms have it of any case: nobody is named in them, and nothing passes unread from here.
    people: tuple[str, ...] = ()
    drawable: tuple[str, ...] = ()  # nobody is drawn where people gather
    to_answer: Points = field(default_factory=dict)
    opened: bool = False

    @property
    def numbers(self) -> Mapping[str, str]:
        """What the cases of the agenda are called where one is chosen, by stream."""
        return {one.case.stream: f"{one.case.number} {one.name}" for one in self.agenda}

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
    def record(self) -> str:
        """The document that tells how it went; "": there is none."""
        return self.here.record

    @property
    def approved(self) -> Entry | None:
        """The act by which somebody else let the record stand, if one did since it was filed."""
        return approved(self.entries, self.here.life, self.record)

    @property
    def approving(self) -> frozenset[str]:
        """The triggers by which the record is let stand; none: it stands as it was filed."""
        return approving(self.here.life, self.record)

    @property
    def annexes(self) -> tuple[Version, ...]:
        """What was put right of the record since: each stands, none takes another's place."""
        known = self.here.scheme.documents.values()
        about = {one.name for one in known if self.record and one.about == self.record}
        return tuple(one for one in self.versions if one.document in about)

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
    here: Spoken
    calls: tuple[Call, ...]
    agenda: tuple[Case, ...]  # what is gone through, in order


Of = int | Literal["whole", "nothing"]  # where a page of an agenda begins; instead of a page


def gathering(sources: Sources, look: Look, case_id: str, first: Of = 0) -> Gathering:
    """Return the board of a gathering, with the agenda from *first* on, or whole, or nothing of it.

    Raises:
        NotYours: absent, nothing people gather for, or not theirs to see.
    """
    own_case = seen_case(sources, look, case_id)
    case = own_case.case
    rules = sources.rulebook.of(case.cycle)
    here = spoken(case, rules.scheme, look.organisation.vocabulary, look.say)
    roster = here.gathers
    whole = own_case.extent.shown is None and sources.watch.opens(look.actor, TEXTS, own_case)
    if roster is None or not whole:
        raise NotYours(case_id)
    start, in_order, shown, over = 0, list[Case](), list[SeenCase](), None
    heads = sources.heads(case) if (goes_through := first != "nothing") else Heads()
    world = rules.running.world(heads, look.organisation, look.now, str)
    if goes_through:
        page = first if isinstance(first, int) else None
        start, in_order, shown = agenda_of(sources, case, roster, world, look, page)
        over = over_since(case, roster, world)
    listed = [one["sha256"] for name, one in case.listed.items() if name == roster.name]
    wanted = partial(is_wanted, case=case, agenda=roster.agenda)
    beside = [*listed, *words_of(case, here)]
    entries, texts = read_together(sources, [own_case, *shown], wanted, beside)
    own = [one for one in entries if one.event.subject == case.stream]
    listing = _listing(next((texts[one] for one in listed if one in texts), None))
    names = Names(look)
    names.want(*(one.person for one in listing.rows), *(one.case.person for one in shown))
    names.want(*(who for one in entries for who in (one.event.actor, one.event.deputyfor)))
    names.look_up(sources.reads)
    # Once all is over, who holds a post today says nothing of who did.
    filing = Filing(case=case, world=world, person=None, day=look.day)
    posts = by_posts(roster, filing) if case.is_open else {}
    takes, strikes = partial(_takes, roster=roster), partial(_strikes, roster=roster)
    # Who asks of the people alone is told no other act.
    only = None if goes_through else lambda one: takes(one) or strikes(one)
    acts = tuple(acts_of(sources, look, case, rules, only))
    # The code is for who lets others in: whoever else saw it could sign in from home.
    can = [one.trigger for one in acts if is_open(one)]
    taking = tuple(filter(takes, can))
    return Gathering(
        case=case,
        here=here,
        names=names,
        roster=roster,
        calls=calls(case, here, texts),
        bodies=tuple(bodies_of(roster, listing, own, names, posts)),
        points=tuple(_points(own, roster, here, listing, names)),
        agenda=tuple(
            heard_of(one, case, world, over, roster.agenda, entries, rules, names, look)
            for one in shown
        ),
        first=start,
        n_agenda=len(in_order),
        versions=tuple(versions_of(own, here)),
        code=listing.code(case.stream, look.now) if taking and listing.rows else "",
        code_until=code_until(look.now),
        acts=acts,
        taking=taking,
        striking=tuple(filter(strikes, can)),
        entries=tuple(own),
        counted=tuple(counted_of(own, here)),
        decisions=tuple(decisions_of(own, here)),
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
    rules = sources.rulebook.of(case.cycle)
    here = spoken(case, rules.scheme, look.organisation.vocabulary, look.say)
    for trigger in here.life.triggers_from(case.state):
        for take in trigger.takes:
            if take.by_code and take.name in case.listed:
                listed = case.listed[take.name]["sha256"]
                texts = _texts(sources, [listed, *words_of(case, here)])
                own = _listing(texts.get(listed)).by_person.get(look.actor.person or "")
                if own is not None:
                    roster, there = rules.scheme.rosters[take.name], case.there.get(take.name, 0)
                    heads = sources.heads(case)
                    world = rules.running.world(heads, look.organisation, look.now, str)
                    return Door(
                        case=case,
                        trigger=trigger,
                        roster=roster,
                        is_in=is_in(there, own.row),
                        here=here,
                        calls=calls(case, here, texts),
                        agenda=tuple(ordered(sources, case, roster, world)),
                    )
    raise NotYours(case_id)


def _texts(sources: Sources, hashes: Iterable[str]) -> Mapping[str, Text]:
    found = sources.reads.texts([bytes.fromhex(one) for one in hashes])
    return {hash_.hex(): text for hash_, text in found.items()}


def _listing(text: Text | None) -> Listing:
    return Listing() if text is None else read_listing(text.content, text.salt)


def _takes(trigger: Trigger, roster: Roster) -> bool:
    """Tell whether *trigger* says of others that they come or go."""
    return any(
        one.what == "presence" and one.name == roster.name and not one.by_code
        for one in trigger.takes
    )


def _strikes(trigger: Trigger, roster: Roster) -> bool:
    """Tell whether *trigger* strikes off who was listed by mistake."""
    return any(one.strikes and one.name == roster.name for one in trigger.takes)


def _points(
    own: Iterable[Entry], roster: Roster, here: Spoken, listing: Listing, names: Names
) -> Iterator[Point]:
    for entry in own:
        told = entry.event.data.get("presence", {}).get(roster.name, {})
        if "n_needed" in told:
            yield Point(
                at=entry.effective_at,
                recorded_at=entry.event.time,
                label=here.trigger(entry.event.data["trigger"]),
                told="；".join(_rows_told(entry, here)),
                n_present=told["n_present"],
                n_expected=told["n_expected"],
                n_needed=told["n_needed"],
                position=entry.position,
                aside=tuple(
                    names(listing.by_row[move["row"]].person)
                    for move in told.get("moves", ())
                    if move["way"] == OUT and move["row"] in listing.by_row
                ),
            )


def _rows_told(entry: Entry, here: Spoken) -> Iterator[str]:
    for version in versions_of([entry], here):
        for row in version.rows:
            yield from (row.texts or {}).values()
