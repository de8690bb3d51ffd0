"""Everything that is asked and changes nothing: cases, lists, history, the log and its proofs.

The one idea: whoever asks, the authority function answers first. A case out of sight is answered
like one that does not exist, and a list is narrowed to what a click on its rows would open.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import BoundedSemaphore, Event
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from schemas.calendar import local_day
from schemas.checkpoint import format_proof, parse_checkpoint
from schemas.envelope import UnreadableEvent, open_envelope
from schemas.instants import instant
from schemas.merkle import BadProof, inclusion_proof, verify_inclusion
from schemas.note import BadNote, note_text
from schemas.streams import NOTICES, REFUSALS
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import CaseStore, Standing, Wanted, case_named
from services.workflow.application.ports import CycleRow, Text
from services.workflow.application.reading_ports import (
    ListQuery,
    LogHead,
    Page,
    Reads,
    Stored,
)
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.seeing import SeenCase, cycle_read, seen, seen_in_lists
from services.workflow.application.sequencing_ports import SavedCheckpoint, Sequencing
from services.workflow.application.watch import Watch
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.case.head import Case, Link
from services.workflow.domain.case.parties import bodies_of
from services.workflow.domain.case.seeing import EVERYTHING, Extent, is_narrowed
from services.workflow.domain.case.world import Heads, World
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import (
    Blocker,
    Invalid,
    LogDamaged,
    NotAllowed,
    NotYours,
)

MOST_LINKED = 200  # cases of one link that are told
POLL_S = 0.05  # how often a waiting reader of the log looks; the sequencer's own pace
_HASH = re.compile("[0-9a-f]{64}", re.ASCII)
Place = tuple[str, int]  # (stream, version) of the last event of a page


@dataclass(frozen=True, kw_only=True, slots=True)
class LogPage:
    """A stretch of the log, positions contiguous."""

    entries: tuple[tuple[int, bytes, bytes], ...]  # (position, leaf hash, body)
    next: int  # where to go on: the *after* of the next page
    head: LogHead


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """Where a link of a case leads, as somebody sees it."""

    link: Link
    n: int  # how many cases are there that are not left to others, whoever sees them
    cases: tuple[Case, ...]  # the first of those they see, in the order of opening


class Access:
    """Asks the authority function with the organisation of now and the local day."""

    def __init__(
        self,
        store: CaseStore,
        directory: Directory,
        rulebook: Rulebook,
        now: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self.directory = directory
        self.now = now
        self._zone = zone

    def today(self) -> date:
        """Return the local day."""
        return local_day(self.now(), self._zone)

    def case(self, actor: Actor, case_id: str, kind: str | None = None) -> SeenCase:
        """Return a case *actor* may see, of *kind* if given; one statement for nearly all.

        Raises:
            NotYours: absent, or not theirs, or of another kind.
            NotAllowed: the token may not read at all.
        """
        name = case_named(case_id, kind)
        return looking(
            self._store, Wanted(case=name), lambda standing: self._seen(actor, name, standing)
        )

    def _seen(self, actor: Actor, name: str, standing: Standing) -> SeenCase:
        organisation = self.directory.at_least(standing.organisation_version)
        self._rulebook.at_least(standing.calendars)
        case, day = standing.case(name), self.today()
        if case is None:
            verdict = authorise(actor, "case.read", organisation, day)
        else:
            world = self._world(case, standing, organisation)
            found = seen(actor, case, world)
            if isinstance(found, SeenCase):
                return found
            verdict = found
        if verdict.reason == "client_scope":
            raise NotAllowed(Blocker(code=verdict.reason))
        raise NotYours(name)

    def _world(self, case: Case, standing: Standing, organisation: Organisation) -> World:
        rules, heads = self._rulebook.running(case.cycle), standing.heads[case.cycle]
        return rules.world(heads, organisation, self.now(), str)

    def with_links(self, actor: Actor, case_id: str) -> tuple[Case, tuple[Linked, ...]]:
        """Return a case *actor* may see, and where its links lead; two statements at most.

        Raises:
            NotYours, NotAllowed: as `case`.
        """
        seen = self.case(actor, case_id)
        if not seen.case.links:
            return seen.case, ()
        steps = {link.name: dict[str, Any]() for link in seen.case.links}
        wanted = Wanted(case=seen.case.stream, steps=steps)
        return looking(
            self._store, wanted, lambda standing: self._linked(actor, seen.case, standing)
        )

    def _linked(
        self, actor: Actor, case: Case, standing: Standing
    ) -> tuple[Case, tuple[Linked, ...]]:
        case = standing.case(case.stream) or case
        organisation = self.directory.at_least(standing.organisation_version)
        world, heads = self._world(case, standing, organisation), standing.heads[case.cycle]

        def there(link: Link) -> Linked:
            n, theirs = 0, []
            for one in heads.linked(case, link.name):
                is_theirs = isinstance(seen(actor, one, world), SeenCase)
                # That there is a case which is left to others is theirs to know as well.
                n += is_theirs or not is_narrowed(one, world)
                if is_theirs:
                    theirs.append(one)
            return Linked(link=link, n=n, cases=tuple(theirs[:MOST_LINKED]))

        return case, tuple(map(there, case.links))

    def seen_in_lists(self, actor: Actor, rows: Iterable[CycleRow]) -> Mapping[str, Any]:
        """Return what narrows a list query to what *actor* may see of these rounds."""
        rounds = [self._rulebook.running(row.id) for row in rows]
        return seen_in_lists(actor, rounds, self.directory.current(), self.today())

    def may_read(self, actor: Actor, row: CycleRow) -> bool:
        """Tell whether *actor* may read the figures of a round."""
        rules, organisation = self._rulebook.running(row.id), self.directory.current()
        return cycle_read(actor, rules, organisation, self.today()).allowed

    def require(self, actor: Actor, operation: str, **about: Any) -> None:
        """Return if *actor* may do *operation*.

        Raises:
            NotAllowed: with the reason.
        """
        organisation = self.directory.current()
        verdict = authorise(actor, operation, organisation, self.today(), **about)
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))


class Reading:
    """The use cases that only read."""

    def __init__(
        self,
        *,
        access: Access,
        reads: Reads,
        rulebook: Rulebook,
        watch: Watch,
        sequencing: Sequencing,
        stopping: Event | None = None,
        most_waiting: int = 8,
    ) -> None:
        """*most_waiting* may wait for news of the log."""
        self._access = access
        self._reads = reads
        self._rulebook = rulebook
        self._watch = watch
        self._sequencing = sequencing
        self._stopping = stopping or Event()  # set on SIGTERM: nobody goes on waiting
        self._waiting = BoundedSemaphore(most_waiting)

    # --- Cases ---

    def case(self, actor: Actor, case_id: str, kind: str | None = None) -> Case:
        """Return a case as it stands, of *kind* if given. Raises `NotYours`."""
        return self._access.case(actor, case_id, kind).case

    def with_links(self, actor: Actor, case_id: str) -> tuple[Case, tuple[Linked, ...]]:
        """Return a case as it stands, and where its links lead. Raises `NotYours`."""
        return self._access.with_links(actor, case_id)

    def list_cases(self, actor: Actor, query: ListQuery) -> Page:
        """Return one page of the cases *actor* may see, narrowed by *query*.

        A `holder_unit` that is no unit is taken for a person, with the desks they hold.
        """
        self._access.require(actor, "case.list")
        organisation, day = self._access.directory.current(), self._access.today()
        if query.holder_unit is not None and organisation.unit(query.holder_unit) is None:
            query = replace(query, holder_unit=None, holder_person=query.holder_unit)
        if query.holder_person is not None:
            desks = organisation.desks_of(query.holder_person, day)
            query = replace(query, holder_desks=desks)
        narrowed = self._access.seen_in_lists(actor, self._reads.cycles())
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
        texts = authorise(
            actor, "case.texts.read", organisation, day, case=case, granted=found.granted
        )
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

    # --- The log ---

    def log_page(self, actor: Actor, after: int, limit: int, wait_s: float = 0.0) -> LogPage:
        """Return up to *limit* entries after position *after*; waits up to *wait_s* for the first.

        No connection is held while waiting, but a thread is: where too many wait already, the
        answer comes soon, so that others find a thread. The head is read after the entries: a
        reader whose `next` equals it with nothing pending has everything that was committed
        before; with something pending, everything that was recorded before the oldest of it.
        """
        self._access.require(actor, "log.read")
        entries = self._reads.log_page(after, limit)
        if not entries and wait_s:
            entries = self._wait(after, limit, wait_s)
        head = self._reads.log_head()
        last = entries[-1][0] if entries else after
        return LogPage(entries=tuple(entries), next=last, head=head)

    def _wait(self, after: int, limit: int, wait_s: float) -> list[tuple[int, bytes, bytes]]:
        """Return the next entries once there are any; nothing when the time is over."""
        there_is_room = self._waiting.acquire(blocking=False)
        until = monotonic() + (wait_s if there_is_room else min(wait_s, POLL_S))
        try:
            while (left := until - monotonic()) > 0:
                if self._stopping.wait(min(POLL_S, left)):
                    break
                if entries := self._reads.log_page(after, limit):
                    return entries
        finally:
            if there_is_room:
                self._waiting.release()
        return []

    def checkpoint(self, actor: Actor) -> str:
        """Return the latest signed checkpoint, a C2SP signed note.

        Raises:
            NotYours: there is none yet.
            LogDamaged: what is kept as the latest is none.
        """
        self._access.require(actor, "log.checkpoint")
        latest = self._sequencing.last_checkpoint()
        if latest is None:
            raise NotYours("checkpoint")
        _signed_root(latest)
        return latest.note

    def proof(self, actor: Actor, position: int, size: int) -> str:
        """Return the C2SP proof that the entry at *position* is in the log of signed *size*.

        Raises:
            Invalid: no checkpoint was signed at that size, or the position lies beyond it.
            LogDamaged: what is kept of the tree does not lead to the root that was signed.
        """
        self._access.require(actor, "log.proof")
        if position > size:
            params = {"size": size}
            raise Invalid((Blocker(code="position_beyond_size", field="position", params=params),))
        saved = self._sequencing.checkpoint(size)
        if saved is None:
            raise Invalid((Blocker(code="size_not_signed", field="size", params={"size": size}),))
        leaf, hashes = self._node(0, position - 1), inclusion_proof(position - 1, size, self._node)
        try:
            # The nodes are a cache: a damaged one must not make a proof that proves nothing.
            verify_inclusion(leaf, position - 1, size, hashes, _signed_root(saved))
        except BadProof as error:
            raise LogDamaged(f"no proof of position {position} in {size}: {error}") from error
        return format_proof(position - 1, hashes, saved.note)

    # --- People ---

    def people(self, actor: Actor, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return names and addresses by id; unknown, erased and foreign people are missing."""
        organisation, day = self._access.directory.current(), self._access.today()
        allowed = []
        for person in dict.fromkeys(ids):
            verdict = authorise(actor, "people.read", organisation, day, person=person)
            if verdict.allowed:
                allowed.append(person)
            elif verdict.reason != "client_subtree":
                raise NotAllowed(Blocker(code=verdict.reason))
        found = self._reads.people(allowed) if allowed else {}
        return {person: found[person] for person in allowed if person in found}

    def inbox(self, actor: Actor, limit: int, after: tuple[str, str] | None = None) -> Inbox:
        """Return a page of the notices to the person *actor* acts for, unread first, then newest.

        Raises:
            NotAllowed: nobody is acted for, or the token may not read.
        """
        self._access.require(actor, "inbox.read", person=actor.person)
        found = self._reads.inbox(str(actor.person), limit + 1, after)
        rows = found[:limit]
        texts = self._reads.texts([row["sha256"] for row in rows]) if rows else {}
        last = rows[-1] if len(found) > limit else None
        return Inbox(
            letters=tuple(_letter(row, texts) for row in rows),
            next=None if last is None else (instant(last["recorded_at"]), last["notice"]),
        )

    def mark_read(self, actor: Actor, notice: str) -> None:
        """Mark a notice of one's own as read; again is no harm. Raises `NotYours`."""
        self._access.require(actor, "inbox.mark", person=actor.person)
        if not self._reads.mark_read(str(actor.person), notice, self._access.now()):
            raise NotYours(notice)

    def _node(self, level: int, index: int) -> bytes:
        node = self._sequencing.tree_node(level, index)
        if node is None:
            raise LogDamaged(f"the tree has no node {index} on level {level}")
        return node


def is_readable(body: bytes) -> bool:
    """Tell whether an event fits its schema; those of before all were held against it may not."""
    try:
        open_envelope(body)
    except UnreadableEvent:
        return False
    return True


def _signed_root(saved: SavedCheckpoint) -> bytes:
    """Return the root in the note itself; whoever asked checks its signature."""
    try:
        signed = parse_checkpoint(note_text(saved.note))
    except BadNote as error:
        raise LogDamaged(f"the checkpoint over {saved.size} entries: {error}") from error
    if signed.size != saved.size:
        raise LogDamaged(f"the checkpoint over {saved.size} entries is another one")
    return signed.root


def _withheld(page: Sequence[Stored], extent: Extent) -> Iterator[Place]:
    """Yield the events that say what is not the reader's to see; none for who sees everything."""
    if extent is EVERYTHING:
        return
    for row in page:
        if extent.withholds(orjson.loads(row.body)["data"]):
            yield row.stream, row.version


def commitments(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (JSON path, SHA-256) of every commitment in an event's data.

    What only looks like one, in an event that cannot be read, has no text and is left out.
    """
    yield from _commitments(orjson.loads(body)["data"], "data")


def _commitments(value: Any, path: str) -> Iterator[tuple[str, bytes]]:
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
