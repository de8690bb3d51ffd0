"""Closing a round: a decision, over what is still open, and what that is.

The one idea: a round ends by an event of its own, not by the end of its cases. Nothing begins in it
from then on but what belongs to a case that is open; those go on to their own end, and the event
keeps, by hash beside the log, which they were and how each of them stood.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from schemas.canonical import canonical_bytes
from schemas.envelope import Envelope, peek
from schemas.instants import instant
from schemas.registry import EVENTS
from schemas.streams import Stream
from services.workflow.application.access import Access
from services.workflow.application.cycles import openers_of
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.loop import MOST_ROUNDS
from services.workflow.application.firing.port import CaseStore, Wanted
from services.workflow.application.ports import Append, Bulk, CycleRow, Key, Text
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.application.round_opening import cycle_row
from services.workflow.application.rulebook import Rulebook, Rules
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.case.acts import clamp
from services.workflow.domain.case.deciding import untimely
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.rounds import begins_with_round
from services.workflow.domain.case.world import Heads, World
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Invalid,
    NotAllowed,
    NotYours,
    StoreUnavailable,
)

CLOSED = "cycle_closed"
AT_ONCE = 5_000  # heads of one statement
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What somebody decides about a round: to close it, and why."""

    reason: str = ""
    reference: str = ""  # number of the document
    effective_at: datetime | None = None  # None: now
    expected: int | None = None  # the version of the round that they saw; None: whatever it is


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """A round, and what is open in it."""

    rules: Rules
    open: Sequence[Case]  # all of it, whoever may see which
    seen: Sequence[Case]  # those of them that the one who asks may see
    n_moves: int = 0  # of all of its cases before these were read: who writes compares it
    blockers: tuple[Blocker, ...] = ()  # what stands in the way of closing it now

    @property
    def n_unseen(self) -> int:
        return len(self.open) - len(self.seen)


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """A round that was closed, now or under the same key before."""

    row: CycleRow
    told: "Told"
    replayed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What the event of a closing says, with its texts where they are there."""

    by: str
    at: datetime  # recorded
    effective_at: datetime
    kinds: Sequence[Mapping[str, Any]]  # name, tier and how many were open
    reason: str
    reference: str
    left_open: str  # hash of the list
    position: int | None

    @property
    def n_open(self) -> int:
        return sum(one["open"] for one in self.kinds)


class RoundClosing:
    """The use cases of closing a round."""

    def __init__(
        self,
        *,
        store: CaseStore,
        access: Access,
        reads: Reads,
        rulebook: Rulebook,
        sealer: Sealer,
    ) -> None:
        self._store = store
        self._access = access
        self._reads = reads
        self._rulebook = rulebook
        self._sealer = sealer

    def may_close(self, actor: Actor, rules: Rules) -> bool:
        """Tell whether *actor* may close a round, whether or not that is possible now."""
        return self._verdict(actor, rules) == ""

    def preview(self, actor: Actor, cycle: str, decision: Decision = Decision()) -> Closing:
        """Return what closing a round would leave open, and what stands in the way.

        Raises:
            NotYours: there is none, or it is not theirs to read.
            NotAllowed: the scheme names others to close it.
            Conflict: it is closed, or was since they saw it.
        """
        rules = self._read(actor, cycle)
        self._require(actor, rules, decision)
        return self._closing(actor, rules, decision, self._access.now())

    def close(
        self,
        actor: Actor,
        cycle: str,
        decision: Decision,
        correlation: str = "",
        key: Key | None = None,
    ) -> Closed:
        """Close a round; once done, the same request under the same *key* gets the same answer.

        Raises:
            NotYours, NotAllowed, Conflict: as `preview`.
            Invalid: no reason is given though something is open, the time is out of bounds, or the
                key was another request's.
        """
        rules = self._read(actor, cycle)
        for _ in range(MOST_ROUNDS):
            before = self._closed_under(key, rules.cycle)
            if before is not None:
                return before
            self._require(actor, rules, decision)
            now = self._access.now()
            closing = self._closing(actor, rules, decision, now)
            if closing.blockers:
                raise Invalid(closing.blockers)
            bulk = self._made(actor, closing, decision, now, correlation, key)
            if self._store.write(bulk):
                self._rulebook.follow()
                row = self._rulebook.of(cycle).cycle
                return Closed(row=row, told=self._told(row))
        raise StoreUnavailable("the round was written to by others, again and again")

    def told(self, actor: Actor, cycle: str) -> Told | None:
        """Return how a round that *actor* may read was closed; None: it runs."""
        rules = self._read(actor, cycle)
        return None if rules.cycle.closed_at is None else self._told(rules.cycle)

    # --- Asking ---

    def _read(self, actor: Actor, cycle: str) -> Rules:
        if not self._access.may_read(actor, self._rulebook.of(cycle).cycle):
            raise NotYours(cycle)
        return self._rulebook.of(cycle)  # that question brought the rules up to date

    def _require(self, actor: Actor, rules: Rules, decision: Decision) -> None:
        now = self._reads.cycle(rules.cycle.id) or rules.cycle
        if decision.expected not in (None, version_of(now)):
            params: dict[str, str | int] = {
                "expected": decision.expected or 0,
                "version": version_of(now),
            }
            raise Conflict(Blocker(code="stale_version", field="If-Match", params=params))
        why = self._verdict(actor, rules)
        if why:
            raise NotAllowed(Blocker(code=why))
        if now.closed_at is not None:
            told = self._told(now)
            params = {"round": now.label, "closed_by": told.by, "closed_at": instant(told.at)}
            raise Conflict(Blocker(code="cycle_closed", params=params))

    def _verdict(self, actor: Actor, rules: Rules) -> str:
        organisation, unit = self._access.asked_about, rules.cycle.unit
        closers = openers_of(rules.scheme.closers, rules.scheme, unit, organisation)
        verdict = authorise(
            actor, "cycle.close", organisation, self._access.today(), unit=unit, openers=closers
        )
        return verdict.reason

    def _closing(self, actor: Actor, rules: Rules, decision: Decision, now: datetime) -> Closing:
        n_moves = self._reads.count_moves(rules.cycle.id)  # before the first of their pages
        all_open = tuple(self._open(ListQuery(cycle=rules.cycle.id), rules))
        narrowed = self._access.seen_in_lists(actor, [rules.cycle])
        seen = {one.id for one in self._open(ListQuery(cycle=rules.cycle.id, **narrowed), rules)}
        at = clamp(decision.effective_at or now, now)
        world = rules.running.world(Heads(), self._access.asked_about, now, str)
        blockers = [*untimely(at, world)]
        last = self._last_opening(rules, world) if at < now else rules.cycle.opened_at
        if at < last:
            earliest = {"earliest": instant(last)}
            blockers.append(
                Blocker(code="effective_before_last", field="effective_at", params=earliest)
            )
        if all_open and not decision.reason.strip():
            blockers.append(Blocker(code="reason_required", field="reason"))
        return Closing(
            rules=rules,
            open=all_open,
            seen=tuple(one for one in all_open if one.id in seen),
            n_moves=n_moves,
            blockers=tuple(blockers),
        )

    def _open(self, query: ListQuery, rules: Rules) -> Iterator[Case]:
        """Yield the open cases of *query*, a few thousand at a time."""
        lives = [life for _, life in rules.scheme.lives()]
        running = {one for life in lives for one in life.states if one not in life.ends}
        found = self._all(replace(query, states=tuple(sorted(running))))
        yield from (one for one in found if one.is_open)

    def _last_opening(self, rules: Rules, world: World) -> datetime:
        """Return when the last case began that may not begin in a round that is closed."""
        kinds = [one for one in rules.scheme.kinds.values() if begins_with_round(one, world)]
        begun = (
            case.opened_at
            for kind in kinds
            for case in self._all(ListQuery(cycle=rules.cycle.id, kind=kind.name))
        )
        return max((rules.cycle.opened_at, *begun))

    def _all(self, query: ListQuery) -> Iterator[Case]:
        asked = replace(query, limit=AT_ONCE)
        page = self._reads.list_cases(asked)
        yield from page.cases
        while page.next is not None:
            page = self._reads.list_cases(replace(asked, after=page.next))
            yield from page.cases

    # --- Writing ---

    def _made(
        self,
        actor: Actor,
        closing: Closing,
        decision: Decision,
        now: datetime,
        correlation: str,
        key: Key | None,
    ) -> Bulk:
        row, texts = closing.rules.cycle, list[Text]()
        effective_at = clamp(decision.effective_at or now, now)
        # After all that it says of others, whichever clock those were recorded by.
        ends = (one.recorded_at + _TICK for one in closing.open)
        at = max((now, row.opened_at + _TICK, *ends))
        stream = str(Stream("cycle", row.id))
        data: dict[str, Any] = {
            "cycle": row.id,
            "round": row.label,
            "effective_at": instant(effective_at),
            "kinds": list(_counted(closing.open)),
            "left_open": self._committed(_listed(closing.open), texts),
        }
        for name, text in (("reason", decision.reason), ("reference", decision.reference)):
            if text.strip():
                data[name] = self._committed(text, texts)
        organisation = self._access.asked_about
        body = self._sealer.event(
            CLOSED,
            stream,
            version_of(row) + 1,
            data,
            at=at,
            origin=Origin.of(actor, correlation),
            root=organisation.root or "",
            organisation_version=organisation.version,
            scheme_hash=row.scheme_hash,
        )
        append = Append(
            stream=stream,
            version=version_of(row) + 1,
            type=EVENTS.latest(CLOSED),
            recorded_at=at,
            body=body,
            key=key,
            texts=tuple(texts),
        )
        after = cycle_after(row, row.id, peek(body))
        return Bulk(appends=(append,), closes=after, n_moves=closing.n_moves)

    def _committed(self, text: str, texts: list[Text]) -> dict[str, Any]:
        commitment, kept = self._sealer.commit(text)
        texts.append(kept)
        return commitment

    # --- What was done ---

    def _closed_under(self, key: Key | None, row: CycleRow) -> Closed | None:
        if key is None:
            return None
        used = self._store.standing([Wanted(client=key.client, key=key.key)]).used
        before = used.get((key.client, key.key))
        if before is None:
            return None
        now = self._reads.cycle(row.id)
        if before.key.fingerprint != key.fingerprint or now is None or now.closed_at is None:
            raise Invalid((Blocker(code="key_reused", field="Idempotency-Key"),))
        return Closed(row=now, told=self._told(now), replayed=True)

    def _told(self, row: CycleRow) -> Told:
        stored = self._reads.events_of([str(Stream("cycle", row.id))], 2, newest_first=True)
        last = next(one for one in stored if peek(one.body).fact == CLOSED)
        event = peek(last.body)
        named = {name: event.data[name]["sha256"] for name in _TEXTS if name in event.data}
        texts = self._reads.texts([bytes.fromhex(one) for one in named.values()]) if named else {}
        said = {
            name: texts[bytes.fromhex(one)].content.decode()
            for name, one in named.items()
            if bytes.fromhex(one) in texts
        }
        return Told(
            by=event.actor or event.client,
            at=event.time,
            effective_at=row.closed_at or event.time,
            kinds=event.data["kinds"],
            reason=said.get("reason", ""),
            reference=said.get("reference", ""),
            left_open=event.data["left_open"]["sha256"],
            position=last.position,
        )


_TEXTS = ("reason", "reference")


def version_of(row: CycleRow) -> int:
    """Return how many events a round has had: it is opened, and closed once."""
    return 1 if row.closed_at is None else 2


def cycle_after(before: CycleRow | None, cycle_id: str, event: Envelope) -> CycleRow:
    """Return the row of a round after its next *event*."""
    if before is None:
        return cycle_row(cycle_id, event)
    return replace(before, closed_at=datetime.fromisoformat(event.data["effective_at"]))


def _counted(cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
    counted = Counter((one.kind, one.tier or "") for one in cases)
    for (kind, tier), n in sorted(counted.items()):
        yield {"name": kind, **({"tier": tier} if tier else {}), "open": n}


def _listed(cases: Iterable[Case]) -> str:
    told = [
        {"case": one.stream, "number": one.number, "state": one.state, "version": one.version}
        for one in sorted(cases, key=lambda one: one.stream)
    ]
    return canonical_bytes(told).decode()
