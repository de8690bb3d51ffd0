"""Replaying the log: the read model must be what the events say, and nothing else.

The offline verifier (`services.workflow.audit`) shows that the bytes are those that were signed;
here the events are taken at their word and lived through again, by the same fold as when they
happened. Streams are read one after the other, so memory does not grow with the log.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import groupby

from schemas.envelope import Envelope, UnreadableEvent, peek
from schemas.instants import instant
from schemas.streams import RESERVED, NotAStream, Stream
from schemas.upcast import upcast
from services.workflow.application.audit_ports import (
    AuditStore,
    Comparison,
    Difference,
    StreamRow,
)
from services.workflow.application.closings_audit import Closings, Misclosed
from services.workflow.application.firing.refusing import verdict_digest
from services.workflow.application.folding import Life
from services.workflow.application.notices import inbox_item, notice_row
from services.workflow.application.openings_audit import Openings, Unfounded
from services.workflow.application.ports import Append, CycleRow, Refusal
from services.workflow.application.round_closing import CLOSED, cycle_after
from services.workflow.application.rulebook import Rulebook
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.slots import Slots

AT_ONCE = 500
STEPPED_OVER = RESERVED.keys() - {"cycle", "organisation"}  # they lead to no row here


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One way in which the read model, or an event, is not what replay leads to."""

    code: str  # stable; docs/audit-format.md
    detail: str
    position: int | None = None
    stream: str | None = None
    version: int | None = None


class Auditing:
    """The use cases `audit verify` (its second half) and `audit rebuild`."""

    def __init__(self, *, store: AuditStore, rulebook: Rulebook) -> None:
        self._store = store
        self._rulebook = rulebook
        self._moves: dict[tuple[str, str, str, str], frozenset[tuple[str, str, str]]] = {}
        self._kept: set[str] = set()  # hashes under which there is a document
        self._openings, self._closings = Openings(), Closings()  # of one comparison
        self._altered: set[str] = set()  # documents that say nothing any more
        self._one_for: dict[str, frozenset[str]] = {}  # kinds of one at a time, by scheme

    def compare(self) -> Iterator[Finding]:
        """Yield every rule that is not as it was kept, and all else that events do not lead to."""
        yield from self._documents()
        slots, self._openings, self._closings = Slots(), Openings(), Closings()
        with self._store.comparing() as comparison:
            yield from map(_closed_otherwise, self._ends_of_rounds(comparison))
            for owner, rows in groupby(comparison.streams(), key=_owner):
                if owner.kind == "text" or owner.kind not in STEPPED_OVER:
                    yield from self._compared(comparison, owner, rows, slots)
            comparison.apply_slots(slots)
            yield from map(_finding, comparison.rest())
        yield from map(_opened_otherwise, self._openings.findings())
        yield from map(_closed_otherwise, self._closings.findings())

    def _documents(self) -> Iterator[Finding]:
        """Hold schemes and calendars against the hashes that events know them by."""
        for document in self._store.documents():
            self._kept.add(document.hash)
            if sha256(document.body).hexdigest() != document.hash:
                self._altered.add(document.hash)
                detail = f"the {document.kind} is not the one kept under this hash"
                name = f"document/{document.hash}"
                yield Finding(code="DOCUMENT_DIFFERS", detail=detail, stream=name)

    def _ends_of_rounds(self, comparison: Comparison) -> Iterator[Misclosed]:
        """Take in what rounds were closed over: cases of some kinds come before their round."""
        for body in comparison.ends_of_rounds():
            try:
                event = peek(body)
                if event.fact == CLOSED:
                    kept = comparison.text(bytes.fromhex(event.data["left_open"]["sha256"]))
                    yield from self._closings.add(event, kept)
            except (UnreadableEvent, LookupError, ValueError, TypeError, AttributeError):
                continue  # no event at all, as whoever verifies bytes tells

    def _compared(
        self, comparison: Comparison, owner: Stream, rows: Iterable[StreamRow], slots: Slots
    ) -> Iterator[Finding]:
        """Compare what follows from the streams of one case, one cycle or the organisation."""
        try:
            if owner.is_case:
                states, beside, unruly = self._lived(owner, rows)
                yield from unruly
                self._add(slots, states[-1:])
                yield from map(_closed_otherwise, self._closings.see(states))
                yield from map(_finding, comparison.case(owner, states, beside))
                return
            cycle: CycleRow | None = None
            for row in rows:
                event = peek(row[2])
                yield from _filed_otherwise(row, event)
                if owner.kind == "organisation":
                    comparison.apply_organisation(event.subject, upcast(event).data)
                elif owner.kind == "cycle":
                    cycle = cycle_after(cycle, owner.id, event)
                elif event.data["hash"] not in self._kept:
                    yield _gone(event)
            if cycle is not None:
                comparison.apply_cycle(cycle)
        except (UnreadableEvent, LookupError, ValueError, TypeError, AttributeError) as error:
            detail = f"{type(error).__name__}: {error}"
            yield Finding(code="REPLAY_FAILED", detail=detail, stream=str(owner))
            if owner.is_case and owner.id:
                self._closings.pass_over(str(owner))
                yield from map(_finding, comparison.skip(owner))

    def rebuild(self) -> int:
        """Drop the read model and live the whole log again, in one transaction.

        Returns how many events were applied.
        """
        n_events = 0
        with self._store.rebuilding() as rebuild:
            batch, slots = list[Append](), Slots()
            for name, rows in groupby(self._store.streams(), key=lambda row: row[0]):
                stream = Stream.parse(name)
                if stream.kind in STEPPED_OVER:
                    continue
                append: Append | None = None
                cycle: CycleRow | None = None
                for append, event in self._appends(stream, rows):
                    n_events += 1
                    if stream.kind == "organisation":
                        rebuild.apply_organisation(event.streamversion, upcast(event).data)
                    elif stream.kind == "cycle":
                        cycle = cycle_after(cycle, stream.id, event)
                    elif append is not None:
                        batch.append(append)
                if cycle is not None:
                    rebuild.apply_cycle(cycle)
                if append is not None and append.after is not None:
                    self._add(slots, [append.after])
                if len(batch) >= AT_ONCE:
                    rebuild.apply(batch)
                    batch = []
            rebuild.apply(batch)
            rebuild.apply_slots(slots)
        return n_events

    def _add(self, slots: Slots, cases: Sequence[Case]) -> None:
        for case in cases:
            slots.add(case, one_at_a_time=case.kind in self._kinds_of_one(case.scheme))

    def _kinds_of_one(self, scheme: str) -> frozenset[str]:
        """Return the kinds of which there is one at a time, by the scheme of a hash."""
        if scheme in self._altered:
            return frozenset()
        if scheme not in self._one_for:
            kinds = self._rulebook.scheme(scheme).kinds.values()
            found = frozenset(kind.name for kind in kinds if kind.origin.form == "one_for")
            self._one_for[scheme] = found
        return self._one_for[scheme]

    def _appends(
        self, stream: Stream, rows: Iterable[StreamRow]
    ) -> Iterator[tuple[Append | None, Envelope]]:
        life = Life(stream)
        for _, version, body, *_ in rows:
            event = peek(body)
            append = None
            if stream.is_case and stream.side:
                append = _beside(stream, version, event, body)
            elif stream.is_case:
                append = _step(life, event, body)
            yield append, event

    def _lived(
        self, owner: Stream, rows: Iterable[StreamRow]
    ) -> tuple[list[Case], list[Append], list[Finding]]:
        """Return a case after each of its events, what lies beside, and what is not in order."""
        states, beside, unruly = list[Case](), list[Append](), list[Finding]()
        life, own = Life(owner), str(owner)
        for row in rows:
            name, version, body, *_ = row
            event = peek(body)
            unruly += _filed_otherwise(row, event)
            if name != own:
                beside.append(_beside(Stream.parse(name), version, event, body))
                continue
            before, case = life.case, life.then(event)
            states.append(case)
            if case.scheme not in self._altered:
                self._openings.see(before, case, event, self._rulebook.scheme)
            changed = before is not None and before.state != case.state
            if before is not None and changed and case.scheme not in self._altered:
                move = event.data["trigger"], before.state, case.state
                if move not in self._known_moves(case):
                    unruly.append(_unruly(event, *move))
        return states, beside, unruly

    def _known_moves(self, case: Case) -> frozenset[tuple[str, str, str]]:
        key = (case.scheme, case.kind, case.tier or "", case.unit_kind)
        moves = self._moves.get(key)
        if moves is None:
            life = self._rulebook.scheme(case.scheme).kinds[case.kind].life(case.tier or "")
            edges = life.edges(case.unit_kind)
            moves = frozenset((move.name, source, target) for move, source, target in edges)
            self._moves[key] = moves
        return moves


def _gone(event: Envelope) -> Finding:
    """Return the finding that what an event published is not there."""
    return Finding(
        code="DOCUMENT_MISSING",
        detail="what was published is not kept any more",
        stream=event.subject,
        version=event.streamversion,
    )


def _filed_otherwise(row: StreamRow, event: Envelope) -> Sequence[Finding]:
    """Hold what is kept beside an event's bytes against them."""
    stream, version, _, type_, recorded = row
    said = instant(event.time)
    if type_ == event.type and recorded == said:
        return ()
    kept = (("type", type_ == event.type), ("recorded_at", recorded == said))
    detail = f"event: {', '.join(name for name, is_so in kept if not is_so)}"
    return [Finding(code="ROWS_DIFFER", detail=detail, stream=stream, version=version)]


def _opened_otherwise(one: Unfounded) -> Finding:
    """Return the finding that what followed from a case, and what was opened, do not agree."""
    return Finding(
        code="CONSEQUENCE_DIFFERS", detail=one.detail, stream=one.stream, version=one.version
    )


def _closed_otherwise(one: Misclosed) -> Finding:
    """Return the finding that a round was closed over other cases than it says."""
    return Finding(
        code="CLOSING_DIFFERS", detail=one.detail, stream=one.stream, version=one.version
    )


def _unruly(event: Envelope, trigger: str, source: str, target: str) -> Finding:
    """Return the finding that the scheme of the event's own hash has no such move."""
    return Finding(
        code="NOT_BY_SCHEME",
        detail=f"{trigger}: {source} → {target}",
        stream=event.subject,
        version=event.streamversion,
    )


def _step(life: Life, event: Envelope, body: bytes) -> Append:
    """Return one event of a case's own stream as it was appended."""
    before = life.case
    return Append(
        stream=event.subject,
        version=event.streamversion,
        type=event.type,
        recorded_at=event.time,
        body=body,
        before=before,
        after=life.then(event),
    )


def _beside(stream: Stream, version: int, event: Envelope, body: bytes) -> Append:
    """Return one event of a refusals or notices stream as it was appended."""
    refusal = notice = inbox = None
    if event.fact == "trigger_refused":
        refusal = Refusal(
            case=stream.id,
            actor=event.actor or f"client:{event.client}",
            trigger=event.data["trigger"],
            case_version=event.data["version"],
            verdict=verdict_digest(event.data["status"], event.data["blockers"]),
        )
    elif event.fact == "notice_recorded":
        notice = notice_row(stream.id, event.data)
        inbox = inbox_item(stream.id, event.data, event.time)
    return Append(
        stream=str(stream),
        version=version,
        type=event.type,
        recorded_at=event.time,
        body=body,
        refusal=refusal,
        notice=notice,
        inbox=inbox,
    )


def _owner(row: StreamRow) -> Stream:
    """Return whose a stream is: a case's own and those beside it come one after the other."""
    return _whose(row[0])


@lru_cache(16)  # the events of a stream come one after the other
def _whose(name: str) -> Stream:
    try:
        return Stream.parse(name).own
    except NotAStream:  # somebody was at the database: replay says so
        return Stream(name, "")


def _finding(difference: Difference) -> Finding:
    detail = difference.table
    if difference.columns:
        detail += f": {', '.join(difference.columns)}"
    else:
        detail += f": {difference.n_missing} missing, {difference.n_surplus} of no event"
    code = "ROWS_DIFFER"
    if difference.table in ("case_record", "case_head"):
        code = "HEAD_DIFFERS" if difference.n_surplus else "HEAD_MISSING"
        code = code if difference.n_missing else "HEAD_WITHOUT_EVENTS"
    return Finding(code=code, detail=detail, stream=difference.stream)
