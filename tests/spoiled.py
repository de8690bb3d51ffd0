"""Events as a release of before could store them: of a known type, with data that does not fit."""

from datetime import datetime
from typing import Any
from zlib import crc32

from sqlalchemy import create_engine, insert

from schemas.envelope import Envelope, event_type, seal
from services.workflow.adapters.database import tables

REFUSED = {
    "trigger": "示例一",
    "state": "drafting",
    "version": 1,
    "status": 403,
    "blockers": [{"code": "role_missing"}],
    "effective_at": "0019-12-20T02:00:00.000000Z",
}


def store_unchecked(
    url: str, stream: str, fact: str, at: datetime, data: dict[str, Any], version: int = 1
) -> None:
    """Put an event into *stream* of the database at *url*, past every check."""
    event = Envelope(
        id=f"ffffffff-0000-7000-8000-{crc32(f'{stream}/{version}'.encode()):012x}",
        source="urn:shuping:w",
        type=event_type(fact),
        subject=stream,
        time=at,
        streamversion=version,
        correlationid="spoiled",
        client="web",
        organisationversion=1,
        data=data,
        actor="p-0016",
        schemehash="0" * 64,
    )
    place = {"stream": stream, "version": version, "recorded_at": at}
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(tables.event).values(**place, type=event.type, body=seal(event)))
        connection.execute(insert(tables.event_pending).values(**place, id=event.id))
    engine.dispose()
