"""Who of a roster is expected, came, went, was excused or is struck off, by capacity."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.instants import parse_instant
from services.workflow.application.boards.history import Entry
from services.workflow.application.boards.look import Names
from services.workflow.domain.case.listing import EXCUSED, IN, Attendant, Listing
from services.workflow.domain.language.model.rosters import Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """That somebody came, went or was excused."""

    at: datetime
    way: str
    why: str
    reason: str


@dataclass(slots=True)
class Seat:
    """One row of the roster, and how often who has it came and went."""

    attendant: Attendant
    name: str = ""
    lacks_post: bool = False  # listed in a capacity that comes with a post, without holding it
    moves: list[Moved] = field(default_factory=list)
    struck_by: Entry | None = None  # None: it stands, or what struck it off is not shown

    @property
    def struck(self) -> str:
        """Why it was struck off; "": it stands."""
        return self.attendant.struck.reason if self.attendant.struck else ""

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
    """The seats of one capacity, those that were struck off among them."""

    label: str
    seats: tuple[Seat, ...]

    @property
    def n_expected(self) -> int:
        return sum(not one.struck for one in self.seats)

    @property
    def n_came(self) -> int:
        return sum(one.came for one in self.seats)

    @property
    def n_excused(self) -> int:
        return sum(one.excused for one in self.seats)


def bodies_of(
    roster: Roster,
    listing: Listing,
    own: Iterable[Entry],
    names: Names,
    posts: Mapping[str, Collection[str | None]],
) -> Iterator[Body]:
    """Yield each capacity in which somebody was listed; *own* are the events of who gathers."""
    entries = list(own)
    seats = {one.row: Seat(one, names(one.person) or one.guest) for one in listing.rows}
    by_version = {one.event.streamversion: one for one in entries}
    for one in seats.values():
        who = one.attendant
        if who.struck is None:
            one.lacks_post = who.person not in posts.get(who.capacity, (who.person,))
        else:
            one.struck_by = by_version.get(who.struck.version)
    for entry in entries:
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
