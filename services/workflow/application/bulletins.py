"""Bulletins as their range reads them: what was composed when they were published, and no more.

Who is not in the range, and has no part in publishing, learns as little of a bulletin as of a case
that is not there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from schemas.calendar import local_day
from schemas.envelope import Envelope, peek
from services.workflow.application.boards.spoken import Spoken, spoken
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import CaseStore, Standing, Wanted
from services.workflow.application.reading_ports import ListQuery, Reads, Stored, View
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.seeing import is_granted, is_one_of
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.case.voices import voices
from services.workflow.domain.case.world import Heads, World
from services.workflow.domain.data.bulletin import (
    WHAT,
    Published,
    Range,
    publishing,
    row_of,
    taken_by,
)
from services.workflow.domain.data.kinds import GIVEN
from services.workflow.domain.refusals import NotYours

AT_ONCE = 500  # events of one statement
MOST_TOLD = 5_000  # cases of one bulletin
MOST_LISTED = 200  # of a kind in a round: those that moved last


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A published bulletin that somebody may read: its case, what it is, and for whom."""

    case: Case
    take: Published
    range: Range
    here: Spoken
    sha256: str  # of what it says, as its event commits to it


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A grade that a bulletin told of was corrected since; what was published stays as it was."""

    row: int  # of what it says, from 1
    position: int | None  # of the event that corrected it


@dataclass(frozen=True, kw_only=True, slots=True)
class Bulletin:
    """One bulletin with what it says; *content* is None where that was erased."""

    found: Found
    content: Mapping[str, Any] | None
    by: str | None
    at: datetime
    position: int | None  # of the event that published it
    corrected: Sequence[Correction]  # where the range sees grades, oldest first
    people: Mapping[str, str]  # names, where the range sees them
    units: Mapping[str, str]


class Bulletins:
    """The use cases of who reads bulletins."""

    def __init__(
        self,
        *,
        store: CaseStore,
        reads: Reads,
        directory: Directory,
        rulebook: Rulebook,
        now: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._reads = reads
        self._directory = directory
        self._rulebook = rulebook
        self._now = now
        self._zone = zone

    def listed(self, actor: Actor) -> list[Found]:
        """Return the bulletins *actor* may read, the newest first."""
        found = list[Found]()
        for row in self._reads.cycles():
            scheme = self._rulebook.running(row.id).scheme
            for kind in publishing(scheme):
                query = ListQuery(
                    views=(View(units=None),),
                    kind=kind,
                    cycle=row.id,
                    sort="-entered_at",
                    limit=MOST_LISTED,
                )
                for case in self._reads.list_cases(query).cases:
                    with suppress(NotYours, Unread):
                        found.append(self._found(actor, case, self._alone(case)))
        return sorted(found, key=lambda one: one.case.recorded_at, reverse=True)

    def read(self, actor: Actor, case_id: str) -> Bulletin:
        """Return a bulletin.

        Raises:
            NotYours: there is none, or it is for another range.
        """

        def ask(standing: Standing) -> Found:
            case = standing.case(case_id)
            if case is None:
                raise NotYours(case_id)
            rules, heads = self._rulebook.running(case.cycle), standing.heads[case.cycle]
            organisation = self._directory.at_least(standing.organisation_version)
            return self._found(actor, case, rules.world(heads, organisation, self._now(), str))

        found = looking(self._store, Wanted(case=case_id), ask)
        event, stored = self._published(found.case)
        hash_ = bytes.fromhex(found.sha256)
        text = self._reads.texts([hash_]).get(hash_)
        content = None if text is None else orjson.loads(text.content)
        people = {one["person"] for one in (content or {}).get("rows", ()) if one.get("person")}
        names = self._reads.people(sorted({*people, *([event.actor] if event.actor else [])}))
        return Bulletin(
            found=found,
            content=content,
            by=event.actor,
            at=event.time,
            position=stored.position,
            corrected=[*self._corrected(found, content or {}, event, stored)],
            people={person: told["name"] for person, told in names.items() if "name" in told},
            units=self._unit_names(),
        )

    def _corrected(
        self, found: Found, content: Mapping[str, Any], event: Envelope, published: Stored
    ) -> Iterator[Correction]:
        """Yield what was corrected since, oldest first, of the cases that *content* tells of."""
        rows = content.get("rows", ())
        if not rows or {"grade", "figure"}.isdisjoint(found.range.shows):
            return
        units = tuple(sorted({row["unit"] for row in rows if "unit" in row}))
        query = ListQuery(
            cycle=found.case.cycle, kind=found.take.about, units=units, limit=MOST_TOLD
        )
        moved = (one for one in self._reads.list_cases(query).cases if one.recorded_at > event.time)
        at = {one.stream: row for one in moved if (row := row_of(one, rows)) is not None}
        for stored in reversed([*self._since(published, [*at])]):
            told = peek(stored.body)
            if told.time > event.time and told.fact == "corrected" and "grades" in told.data:
                yield Correction(row=at[stored.stream], position=stored.position)

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
        units = self._directory.current().units
        return {unit.id: unit.name for unit in units.values()}

    def _alone(self, case: Case) -> World:
        rules = self._rulebook.running(case.cycle)
        heads = Heads(cases={case.stream: case}, seen=frozenset())
        return rules.world(heads, self._directory.current(), self._now(), str)

    def _found(self, actor: Actor, case: Case, world: World) -> Found:
        told = case.given.get(WHAT, {})
        for take in taken_by(world.life(case).triggers.values()):
            to = take.range(told[take.name]["range"]) if take.name in told else None
            if to is not None and self._may_read(actor, to, case, world):
                here = spoken(case, world.scheme, world.organisation.vocabulary)
                sha256 = told[take.name]["content"]["sha256"]
                return Found(case=case, take=take, range=to, here=here, sha256=sha256)
        raise NotYours(case.id)

    def _may_read(self, actor: Actor, to: Range, case: Case, world: World) -> bool:
        def reads(voice: Candidate) -> bool:
            return is_one_of(voice, to.readers, case, world) or is_granted(voice, case, world)

        verdict = authorise(
            actor,
            "case.read",
            world.organisation,
            local_day(self._now(), self._zone),
            case=case,
            narrowed=lambda voice: "" if reads(voice) else "other_tree",
            granted=reads,
            voices=lambda candidate: voices(candidate, case, world),
        )
        return verdict.allowed

    def _published(self, case: Case) -> tuple[Envelope, Stored]:
        for stored in reversed(self._reads.stream(case.stream)):
            event = peek(stored.body)
            if WHAT in event.data.get(GIVEN, {}):
                return event, stored
        raise NotYours(case.id)
