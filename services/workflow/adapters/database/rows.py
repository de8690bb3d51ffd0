"""Appends as the rows that hold them, the same for every database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.envelope import event_id
from schemas.fields import CANONICAL_UUID
from schemas.instants import instant
from services.workflow.application.gate import hold
from services.workflow.application.ports import Append, Key

is_case_id: Callable[[str], object] = CANONICAL_UUID.fullmatch


def path_text(path: Sequence[str]) -> str:
    """Return a path of unit ids as one string of which every subtree is a prefix."""
    return f"/{'/'.join(path)}/"


def moment(value: Any) -> Any:
    """Return an instant as either database answers it, aware and in UTC."""
    if value is None:
        return None
    # SQLite keeps our spelling; psycopg answers in a zone object of its own.
    return datetime.fromisoformat(value) if type(value) is str else value.astimezone(UTC)


def append_row(append: Append) -> dict[str, Any]:
    """Return everything an append writes as one flat row; bytes stay bytes.

    It is no event of a case's own stream: those come with their heads, see `case_writes`.

    Raises:
        UnfitEvent: it may not be written.
    """
    hold(append)
    row: dict[str, Any] = {
        "stream": append.stream,
        "version": append.version,
        "type": append.type,
        "recorded_at": instant(append.recorded_at),
        "id": event_id(append.body),
        "body": append.body,
    }
    if append.key is not None:
        row |= key_row(append.key)
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


def key_row(key: Key) -> dict[str, Any]:
    """Return an idempotency key as a row."""
    return {
        "client": key.client,
        "key": key.key,
        "fingerprint": key.fingerprint,
        "left_open": orjson.dumps(key.left_open).decode() if key.left_open else None,
    }
