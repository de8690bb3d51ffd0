"""Cases and appends as the rows that hold them, the same for every database.

A case's fields that lists filter and sort by are columns; all others are canonical JSON, in
`pinned` (never changes) or `facts` (moves). A field added to `Review` later lands in `facts`
without a migration; one that equals its default is left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, get_type_hints

import orjson

from schemas.canonical import canonical_bytes, write_plain
from schemas.envelope import event_id
from schemas.fields import CANONICAL_UUID
from schemas.instants import instant
from services.workflow.application.gate import hold
from services.workflow.application.ports import Append
from services.workflow.domain.review import DEFAULTS, FIELDS, Audit, Review, desk, restore

_PINNED = ("scheme", "unit_kind", "audits", "hearing_body", "opened_at", "initial")
_COLUMNS = frozenset(
    "id kind of family number cycle tier person unit path version state holder entered_at due_at"  # noqa: SIM905
    " suspended_at effective_at recorded_at".split()
)


Spell = Callable[[datetime], Any]  # how an instant is put for a database

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


_FACTS = tuple(
    (name, default)
    for name, default in DEFAULTS.items()
    if name not in _COLUMNS and name not in _PINNED
)

is_case_id: Callable[[str], object] = CANONICAL_UUID.fullmatch


def path_text(path: Sequence[str]) -> str:
    """Return a path of unit ids as one string of which every subtree is a prefix."""
    return f"/{'/'.join(path)}/"


@lru_cache(4096)  # as `_instant_of`
def _microseconds(at: datetime) -> int:
    """Return *at* half as long as our spelling; a head holds one for each state it entered."""
    return (at - _EPOCH) // _MICROSECOND


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is datetime:
        return _microseconds(value)
    if kind is dict:
        return {key: _plain(item) for key, item in value.items()}
    if kind is tuple:
        return [_plain(item) for item in value]
    # By hand: `asdict` looks for dataclasses in every value of the two.
    return {"stage": value.stage, "body": value.body} if kind is Audit else value


@lru_cache(4096)  # one instant stands in many heads, and in one head for all its life
def _instant_of(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND


def _mapping_of_instants(value: Mapping[str, int]) -> dict[str, datetime]:
    return {key: _instant_of(at) for key, at in value.items()}


def _audits(value: Sequence[Mapping[str, str]]) -> tuple[Audit, ...]:
    return tuple(Audit(stage=audit["stage"], body=audit["body"]) for audit in value)


_READ_AS: Mapping[Any, Callable[[Any], Any]] = {
    datetime: _instant_of,
    datetime | None: _instant_of,
    Mapping[str, datetime]: _mapping_of_instants,
    tuple[Audit, ...]: _audits,
    tuple[str, ...]: tuple,
}
_READERS = {
    name: _READ_AS[hint] for name, hint in get_type_hints(Review).items() if hint in _READ_AS
}


def _read(text: str) -> dict[str, Any]:
    values: dict[str, Any] = orjson.loads(text)
    for name in values.keys() & _READERS.keys():
        values[name] = _READERS[name](values[name])
    return values


@lru_cache(1024)
def _pinned(text: str) -> dict[str, Any]:
    """Read what never changes of a case: the same text for all that one body audits and hears."""
    return _read(text)


def pinned_row(review: Review) -> dict[str, Any]:
    """Return the row of `case_record`."""
    pinned = {name: _plain(getattr(review, name)) for name in _PINNED}
    return {
        "id": review.id,
        "kind": review.kind,
        "of": review.of,
        "family": review.family,
        "number": review.number,
        "cycle": review.cycle,
        "tier": review.tier,
        "person": review.person,
        "unit": review.unit,
        "path": path_text(review.path),
        "pinned": canonical_bytes(pinned).decode(),
    }


def head_row(review: Review, spell: Spell = instant) -> dict[str, Any]:
    """Return the row of `case_head`, instants as *spell* has them."""
    values = vars(review)
    facts = {
        name: _plain(value)
        for name, default in _FACTS
        if (value := values[name]) is not None and value != default
    }
    holder = review.holder
    return {
        "case_id": review.id,
        "version": review.version,
        "state": review.state,
        "holder_unit": holder and holder.unit,
        "holder_role": holder and holder.role,
        "holder_person": holder and holder.person,
        "entered_at": spell(review.entered_at),
        "due_at": review.due_at and spell(review.due_at),
        "suspended_at": review.suspended_at and spell(review.suspended_at),
        "effective_at": spell(review.effective_at),
        "recorded_at": spell(review.recorded_at),
        "facts": write_plain(facts).decode(),
    }


def interval_row(review: Review, spell: Spell = instant) -> dict[str, Any]:
    """Return the row of `case_interval` that the event leading to *review* begins."""
    holder = review.holder
    return {
        "case_id": review.id,
        "version": review.version,
        "state": review.state,
        "holder_unit": holder and holder.unit,
        "holder_role": holder and holder.role,
        "holder_person": holder and holder.person,
        "due_at": review.due_at and spell(review.due_at),
        "suspended": review.suspended_at is not None,
        "effective_from": spell(review.effective_at),
        "recorded_from": spell(review.recorded_at),
    }


def moment(value: Any) -> Any:
    """Return an instant as either database answers it, aware and in UTC."""
    if value is None:
        return None
    # SQLite keeps our spelling; psycopg answers in a zone object of its own.
    return datetime.fromisoformat(value) if type(value) is str else value.astimezone(UTC)


def review_of(row: Any) -> Review:
    """Return the review of a row joined from `case_record` and `case_head` (attributes by name)."""
    values = DEFAULTS | _pinned(row.pinned) | _read(row.facts)
    values |= {
        "id": row.id,
        "kind": row.kind,
        "of": row.of,
        "family": row.family,
        "number": row.number,
        "cycle": row.cycle,
        "tier": row.tier,
        "person": row.person,
        "unit": row.unit,
        "path": tuple(row.path[1:-1].split("/")),
        "version": row.version,
        "state": row.state,
        "holder": row.holder_unit and desk(row.holder_unit, row.holder_role, row.holder_person),
        "entered_at": moment(row.entered_at),
        "due_at": moment(row.due_at),
        "suspended_at": moment(row.suspended_at),
        "effective_at": moment(row.effective_at),
        "recorded_at": moment(row.recorded_at),
    }
    if values.keys() != FIELDS:
        raise LookupError(f"a case of another release: {sorted(values.keys() ^ FIELDS)}")
    return restore(values)


def append_row(append: Append) -> dict[str, Any]:
    """Return everything an append writes as one flat row; bytes stay bytes.

    Every event that either store writes passes here.

    Raises:
        UnfitEvent: it may not be written.
    """
    hold(append)
    row: dict[str, Any] = {}
    if append.after is not None:
        row = head_row(append.after)
        if append.before is None:
            row["opening"] = pinned_row(append.after) | {"within": append.after.path}
    row |= {
        "stream": append.stream,
        "version": append.version,
        "type": append.type,
        "recorded_at": instant(append.recorded_at),
        "id": event_id(append.body),
        "body": append.body,
    }
    if append.key is not None:
        row |= {
            "client": append.key.client,
            "key": append.key.key,
            "fingerprint": append.key.fingerprint,
        }
    if append.refusal is not None:
        row["refusal"] = {
            "actor": append.refusal.actor,
            "trigger": append.refusal.trigger,
            "case_version": append.refusal.case_version,
            "verdict": append.refusal.verdict,
        }
    if append.notice is not None:
        row["notice"] = asdict(append.notice) | {"decided_at": instant(append.notice.decided_at)}
    if append.inbox is not None:
        row["inbox"] = asdict(append.inbox) | {"recorded_at": instant(append.inbox.recorded_at)}
    if append.texts:
        row["texts"] = [asdict(text) for text in append.texts]
    return row


def chunks(appends: Sequence[Append], most: int) -> Iterator[Sequence[Append]]:
    """Cut *appends* into pieces of at most *most*, none with two events of one stream."""
    chunk: list[Append] = []
    streams: set[str] = set()
    for append in appends:
        if len(chunk) == most or append.stream in streams:
            yield chunk
            chunk, streams = [], set()
        chunk.append(append)
        streams.add(append.stream)
    if chunk:
        yield chunk
