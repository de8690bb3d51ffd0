"""What `standing` and `side_streams` read, made of the rows either database answers with."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from schemas.streams import Stream
from services.workflow.adapters.database.rows import is_case_id, moment, review_of
from services.workflow.application.ports import Key, Refusal, Seen, SideStream, Standing, Wanted


def standing_of(rows: Iterable[Any]) -> Standing:
    """Return what the rows of STANDING say; there is always at least one."""
    cases, seen = {}, {}
    row: Any = None
    for row in rows:
        if row.id is not None and row.id not in cases:
            cases[row.id] = review_of(row)
        if row.client is not None:
            key = Key(client=row.client, key=row.key, fingerprint=row.fingerprint)
            seen[row.client, row.key] = Seen(
                key=key, stream=row.stream, version=row.key_version, body=row.body
            )
    return Standing(
        organisation_version=row.organisation_version or 0,
        identity_version=row.identity_version,
        cases=cases,
        seen=seen,
    )


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


def wanted_rows(wanted: Sequence[Wanted]) -> list[dict[str, str | None]]:
    """Return the parameter of STANDING; what is no UUID is the id of no case."""
    return [
        {
            "case_id": one.case if is_case_id(one.case) else None,
            "client": one.client,
            "key": one.key,
        }
        for one in wanted
    ]
