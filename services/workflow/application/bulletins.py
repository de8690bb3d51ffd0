"""Bulletins as their range reads them: what was composed when they were published, and no more.

Who is not in the range, and has no part in publishing, learns as little of a bulletin as of a case
that is not there.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from schemas.envelope import Envelope, peek
from schemas.instants import instant
from schemas.streams import Stream
from services.workflow.application.access import Access
from services.workflow.application.boards.spoken import Spoken, spoken
from services.workflow.application.folding import Life
from services.workflow.application.reading_ports import ListQuery, Reads, Stored, View
from services.workflow.application.rulebook import Rulebook
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.seeing import is_granted, is_one_of
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.case.world import World
from services.workflow.domain.data.bulletin import (
    KNOWN_BY,
    WHAT,
    Published,
    Range,
    is_heard_at,
    publishing,
    row_of,
    taken_by,
)
from services.workflow.domain.data.kinds import GIVEN
from services.workflow.domain.refusals import NotYours

AT_ONCE = 500  # events of one statement
MOST_TOLD = 5_000  # cases of one bulletin, or their events
FIRST_ASKED = 200  # cases that are looked at for a page: mostly enough
MOST_ASKED = 5_000  # of a further statement, where others' fill what came before
Place = tuple[str, str]  # when a case came to where it stands, and its id
_NEWEST = ListQuery(views=(View(units=None),), sort="-entered_at")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A published bulletin that somebody may read: its case, what it is, and for whom."""

    case: Case
    take: Published
    range: Range
    here: Spoken
    sha256: str  # of what it says, as its event commits to it


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A page of bulletins, the newest first."""

    found: Sequence[Found]
    next: Place | None  # of the last case that is theirs, if more of theirs follow


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A grade that a bulletin told of was corrected since; what was published stays as it was."""

    row: int | None  # of what it says, from 1; None: it is one of those that were counted
    position: int | None  # of the event that corrected it


@dataclass(frozen=True, kw_only=True, slots=True)
class Bulletin:
    """One bulletin with what it says; *content* is None where that was erased."""

    found: Found
    content: Mapping[str, Any] | None
    by: str | None
    at: datetime
    position: int | None  # of the event that published it
    reference: str  # the number that the office gave it as a paper; "": none
    corrected: Sequence[Correction]  # where the range sees grades, oldest first
    people: Mapping[str, str]  # names, where the range sees them
    units: Mapping[str, str]


class Bulletins:
    """The use cases of who reads bulletins."""

    def __init__(self, *, access: Access, reads: Reads, rulebook: Rulebook) -> None:
        self._access = access
        self._reads = reads
        self._rulebook = rulebook

    def listed(self, actor: Actor, limit: int, after: Place | None = None) -> Listed:
        """Return a page of the bulletins *actor* may read, those of *limit* cases at most.

        Two statements, and one for each few thousand that are others' in between. Where a page ends
        is told by a bulletin of theirs alone: where others' stand is nothing to them.
        """
        schemes = [self._rulebook.running(row.id).scheme for row in self._reads.cycles()]
        kinds = tuple({kind for scheme in schemes for kind in publishing(scheme)})
        if not kinds:
            return Listed(found=(), next=None)
        found, n_cases, last = list[Found](), 0, after
        for case in self._newest(replace(_NEWEST, kinds=kinds, after=after)):
            theirs = self._theirs(actor, case)
            if theirs and n_cases == limit:
                return Listed(found=found, next=last)
            if theirs:
                last, n_cases = (instant(case.entered_at), case.id), n_cases + 1
                found += theirs
        return Listed(found=found, next=None)

    def _newest(self, query: ListQuery) -> Iterator[Case]:
        page = self._reads.list_cases(replace(query, limit=FIRST_ASKED))
        yield from page.cases
        while page.next is not None:
            page = self._reads.list_cases(replace(query, after=page.next, limit=MOST_ASKED))
            yield from page.cases

    def _theirs(self, actor: Actor, case: Case) -> list[Found]:
        with suppress(Unread):
            return [*self._found(actor, case, self._access.alone(case))]
        return []

    def read(self, actor: Actor, case_id: str, name: str = "") -> Bulletin:
        """Return a bulletin of a case: that called *name*, else the first that is theirs.

        Raises:
            NotYours: there is none, or it is for another range.
        """
        found = self._access.look(case_id, lambda case, world: self._one(actor, case, world, name))
        event, stored = self._published(found)
        hash_ = bytes.fromhex(found.sha256)
        reference = bytes.fromhex(event.data.get("reference", {}).get("sha256", ""))
        texts = self._reads.texts([hash_, *([reference] if reference else [])])
        text, numbered = texts.get(hash_), texts.get(reference)
        content = None if text is None else orjson.loads(text.content)
        people = {one["person"] for one in (content or {}).get("rows", ()) if one.get("person")}
        names = self._reads.people(sorted({*people, *([event.actor] if event.actor else [])}))
        return Bulletin(
            found=found,
            content=content,
            by=event.actor,
            at=event.time,
            position=stored.position,
            reference="" if numbered is None else numbered.content.decode(),
            corrected=[*self._corrected(found, content or {}, event, stored)],
            people={person: told["name"] for person, told in names.items() if "name" in told},
            units=self._unit_names(),
        )

    def _corrected(
        self, found: Found, content: Mapping[str, Any], event: Envelope, published: Stored
    ) -> Iterator[Correction]:
        """Yield what was corrected since, oldest first, of the cases that *content* tells of."""
        if "grades" not in content and "figure" not in found.range.shows:
            return
        query = ListQuery(cycle=found.case.cycle, kind=found.take.about, limit=MOST_TOLD)
        moved = (one for one in self._reads.list_cases(query).cases if one.recorded_at > event.time)
        party, rows = found.here.kind.origin.of, content.get("rows", ())
        here = {one.stream: one for one in moved if is_heard_at(found.case.unit, one, party)}
        corrected = [one for one in self._since(published, [*here]) if _corrects(one, event)]
        tells_apart = any(KNOWN_BY & row.keys() for row in rows)
        told = {one.stream for one in corrected}
        told = told if tells_apart else {*self._told(told, found.take, event.time)}
        for stored in reversed(corrected):
            row = row_of(here[stored.stream], rows)
            if stored.stream in told and (row is not None or not tells_apart):
                yield Correction(row=row, position=stored.position)

    def _told(self, streams: Collection[str], take: Published, at: datetime) -> Iterator[str]:
        """Yield those of *streams* whose cases stood *at* that time where they are told of."""
        lives = {stream: Life(Stream.parse(stream)) for stream in streams}
        for stored in self._reads.events_of([*streams], MOST_TOLD) if streams else ():
            event = peek(stored.body)
            if event.time <= at:
                lives[stored.stream].then(event)
        for stream, life in lives.items():
            if life.case is not None and life.case.state in take.states:
                yield stream

    def _since(self, published: Stored, streams: Sequence[str]) -> Iterator[Stored]:
        """Yield the events of *streams* after one of another, newest first."""
        after = None
        while streams:
            page = self._reads.events_of(streams, AT_ONCE, after, newest_first=True)
            for one in page:
                if one.position is not None and one.position < (published.position or 0):
                    return
                yield one
            if len(page) < AT_ONCE:
                return
            after = (page[-1].stream, page[-1].version)

    def _unit_names(self) -> Mapping[str, str]:
        units = self._access.directory.current().units
        return {unit.id: unit.name for unit in units.values()}

    def _one(self, actor: Actor, case: Case, world: World, name: str) -> Found:
        for found in self._found(actor, case, world):
            if name in ("", found.take.name):
                return found
        raise NotYours(case.id)

    def _found(self, actor: Actor, case: Case, world: World) -> Iterator[Found]:
        """Yield the bulletins of *case* that are for a range of *actor*'s."""
        told = case.given.get(WHAT, {})
        takes = {take.name: take for take in taken_by(world.life(case).triggers.values())}
        for take in takes.values():
            to = take.range(told[take.name]["range"]) if take.name in told else None
            if to is not None and self._may_read(actor, to, case, world):
                here = spoken(case, world.scheme, world.organisation.vocabulary)
                sha256 = told[take.name]["content"]["sha256"]
                yield Found(case=case, take=take, range=to, here=here, sha256=sha256)

    def _may_read(self, actor: Actor, to: Range, case: Case, world: World) -> bool:
        return self._access.reads(
            actor,
            case,
            world,
            lambda voice: (
                is_one_of(voice, to.readers, case, world) or is_granted(voice, case, world)
            ),
        )

    def _published(self, found: Found) -> tuple[Envelope, Stored]:
        """Return the event by which a bulletin was published as it stands, and where it lies."""
        for stored in reversed(self._reads.stream(found.case.stream)):
            event = peek(stored.body)
            if found.take.name in event.data.get(GIVEN, {}).get(WHAT, {}):
                return event, stored
        raise NotYours(found.case.id)


def _corrects(stored: Stored, since: Envelope) -> bool:
    event = peek(stored.body)
    return event.time > since.time and event.fact == "corrected" and "grades" in event.data
