"""What is asked of cases and people and changes nothing: one, lists, history, notices.

The one idea: whoever asks, the authority function answers first. A case out of sight is answered
like one that does not exist, and a list is narrowed to what a click on its rows would open.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from schemas.envelope import UnreadableEvent, open_envelope
from schemas.instants import instant
from schemas.streams import NOTICES, REFUSALS
from services.workflow.application.access import Access, Linked
from services.workflow.application.ports import Text
from services.workflow.application.reading_ports import (
    ALL,
    ListQuery,
    Page,
    Reads,
    Sieve,
    Stored,
)
from services.workflow.application.rulebook import Rulebook
from services.workflow.application.seeing import SeenCase
from services.workflow.application.watch import Watch
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.case.again import Neighbours
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import bodies_of
from services.workflow.domain.case.seeing import EVERYTHING, Extent
from services.workflow.domain.case.world import Heads
from services.workflow.domain.refusals import (
    Blocker,
    NotAllowed,
    NotYours,
)

_HASH = re.compile("[0-9a-f]{64}", re.ASCII)
Place = tuple[str, int]  # (stream, version) of the last event of a page


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """A page of a case's events, with the texts that the reader may see."""

    events: tuple[Stored, ...]
    texts: Mapping[bytes, Text]  # by commitment; erased ones are missing
    next: Place | None
    withheld: frozenset[Place] = frozenset()  # events of which the reader sees no data


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One notice in an inbox."""

    notice: str
    case: str
    recorded_at: datetime
    read_at: datetime | None
    text: str | None  # None: erased


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbox:
    """A page of somebody's notices."""

    letters: tuple[Letter, ...]
    next: tuple[str, str] | None  # (recorded time, notice) of the last, if there are more


class Reading:
    """The use cases that only read."""

    def __init__(
        self,
        *,
        access: Access,
        reads: Reads,
        rulebook: Rulebook,
        watch: Watch,
    ) -> None:
        self._access = access
        self._reads = reads
        self._rulebook = rulebook
        self._watch = watch

    # --- Cases ---

    def case(self, actor: Actor, case_id: str, kind: str | None = None) -> Case:
        """Return a case as it stands, of *kind* if given. Raises `NotYours`."""
        return self._access.case(actor, case_id, kind).case

    def with_links(self, actor: Actor, case_id: str) -> tuple[Case, tuple[Linked, ...], Neighbours]:
        """Return a case as it stands, where its links lead, and what is next to it at its place.

        Raises `NotYours`.
        """
        return self._access.with_links(actor, case_id)

    def list_cases(self, actor: Actor, query: ListQuery) -> Page:
        """Return one page of the cases *actor* may see, narrowed by *query*.

        A `holder_unit` that is no unit is taken for a person, with the desks they hold.
        """
        self._access.require(actor, "case.list")
        holder, rows = query.holder_unit, self._reads.cycles()
        if holder is not None and self._access.directory.current().unit(holder) is None:
            seats = self._access.seats_of(holder, rows)
            query = replace(query, holder_unit=None, held_by=seats)
        narrowed = self._access.seen_in_lists(actor, rows)
        return self._reads.list_cases(replace(query, **narrowed))

    def history(
        self,
        actor: Actor,
        case_id: str,
        *,
        kind: str | None = None,
        limit: int,
        after: Place | None = None,
        refused: bool = False,
        newest_first: bool = False,
    ) -> History:
        """Return what happened to a case, its events and its notices, oldest first or newest.

        With *refused*, what was attempted and refused as well.

        Raises:
            NotYours: absent, or not theirs.
            NotAllowed: refusals are not theirs to read.
        """
        found = self._access.case(actor, case_id, kind)
        case, organisation, day = found.case, found.organisation, found.day
        whole = found.extent.shown is None
        if whole and not self._watch.opens(actor, "case.events.read", found):
            raise NotYours(case_id)
        streams = [case.stream, f"{case.stream}/{NOTICES}"]
        if refused:
            bodies = self._bodies(found)
            self._access.require(actor, "case.refusals.read", case=case, bodies=bodies)
            streams.append(f"{case.stream}/{REFUSALS}")
        events = self._reads.events_of(streams, limit + 1, after, newest_first=newest_first)
        page = events[:limit]
        texts = authorise(actor, "case.texts.read", organisation, day, case=case, **found.asking)
        withheld = frozenset(_withheld(page, found.extent))
        wanted = [
            sha
            for row in page
            if (texts.allowed or not whole) and (row.stream, row.version) not in withheld
            for _, sha in commitments(row.body)
        ]
        last = page[-1] if len(events) > limit else None
        return History(
            events=tuple(page),
            texts=self._reads.texts(wanted) if wanted else {},
            next=None if last is None else (last.stream, last.version),
            withheld=withheld,
        )

    def _bodies(self, seen: SeenCase) -> frozenset[str]:
        """Return the units that decide about a case."""
        case, now = seen.case, self._access.now()
        heads = Heads(cases={case.stream: case})
        rules = self._rulebook.running(case.cycle)
        return bodies_of(case, rules.world(heads, seen.organisation, now, str))

    # --- People ---

    def people(self, actor: Actor, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return names and addresses by id; unknown, erased and foreign people are missing.

        With the language that they chose to be written to in, where they chose one.
        """
        organisation, day = self._access.directory.current(), self._access.today()
        allowed = []
        for person in dict.fromkeys(ids):
            verdict = authorise(actor, "people.read", organisation, day, person=person)
            if verdict.allowed:
                allowed.append(person)
            elif verdict.reason != "client_subtree":
                raise NotAllowed(Blocker(code=verdict.reason))
        found = self._reads.people(allowed) if allowed else {}
        chosen = self._reads.languages(list(found)) if found else {}
        return {
            person: {**found[person], **_spoken(chosen.get(person))}
            for person in allowed
            if person in found
        }

    def inbox(
        self,
        actor: Actor,
        limit: int,
        after: tuple[str, str] | None = None,
        sieve: Sieve = ALL,
    ) -> Inbox:
        """Return a page of the notices to the person *actor* acts for, unread first, then newest.

        Of those that *sieve* lets by.

        Raises:
            NotAllowed: nobody is acted for, or the token may not read.
        """
        self._access.require(actor, "inbox.read", person=actor.person)
        found = self._reads.inbox(str(actor.person), limit + 1, after, sieve)
        rows = found[:limit]
        texts = self._reads.texts([row["sha256"] for row in rows]) if rows else {}
        last = rows[-1] if len(found) > limit else None
        return Inbox(
            letters=tuple(_letter(row, texts) for row in rows),
            next=None if last is None else (instant(last["recorded_at"]), last["notice"]),
        )


def _spoken(language: str | None) -> Mapping[str, str]:
    return {"language": language} if language else {}


def is_readable(body: bytes) -> bool:
    """Tell whether an event fits its schema; those of before all were held against it may not."""
    try:
        open_envelope(body)
    except UnreadableEvent:
        return False
    return True


def _withheld(page: Sequence[Stored], extent: Extent) -> Iterator[Place]:
    """Yield the events that say what is not the reader's to see; none for who sees everything."""
    if extent is EVERYTHING:
        return
    for row in page:
        if extent.withholds(orjson.loads(row.body)["data"]):
            yield row.stream, row.version


NEVER_TOLD = "data.draw.entered"  # one number would tell who enters the second what to enter


def commitments(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (JSON path, SHA-256) of every commitment in an event's data.

    What only looks like one, in an event that cannot be read, has no text and is left out.
    """
    yield from _commitments(orjson.loads(body)["data"], "data")


def _commitments(value: Any, path: str) -> Iterator[tuple[str, bytes]]:
    if path == NEVER_TOLD:
        return
    if isinstance(value, dict):
        if value.keys() >= {"sha256", "length"} and _HASH.fullmatch(str(value["sha256"])):
            yield path, bytes.fromhex(value["sha256"])
            return
        for key, below in value.items():
            yield from _commitments(below, f"{path}.{key}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _commitments(below, f"{path}[{index}]")


def _letter(row: Mapping[str, Any], texts: Mapping[bytes, Text]) -> Letter:
    text = texts.get(row["sha256"])
    return Letter(
        notice=row["notice"],
        case=row["case_id"],
        recorded_at=row["recorded_at"],
        read_at=row["read_at"],
        text=None if text is None else text.content.decode(),
    )
