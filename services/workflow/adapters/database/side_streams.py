"""What `side_streams` reads, made of the rows either database answers with."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from schemas.streams import Stream
from services.workflow.adapters.database.rows import moment
from services.workflow.application.ports import Refusal, SideStream


def side_streams_of(rows: Iterable[Any]) -> dict[str, SideStream]:
    """Return what the rows of SIDE_STREAMS say, by stream; oldest refusal first."""
    ends: dict[str, tuple[int, datetime | None]] = {}
    recent: dict[str, list[tuple[Refusal, int, bytes]]] = {}
    for row in rows:
        ends[row.stream] = row.at_version, moment(row.last_at)
        refusals = recent.setdefault(row.stream, [])
        if row.actor is not None:
            refusal = Refusal(
                case=Stream.parse(row.stream).id,
                actor=row.actor,
                trigger=row.trigger,
                case_version=row.case_version,
                verdict=row.verdict,
            )
            refusals.append((refusal, row.version, row.body))
    return {
        stream: SideStream(version=version, recorded_at=at, recent=tuple(recent[stream]))
        for stream, (version, at) in ends.items()
    }
