"""What lies beside the log of the rows that cases were made from, and goes on with them.

A case's head keeps the values of its row; the texts stand behind the commitment in the event that
opened it. One that was erased does not go on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from schemas.envelope import peek
from services.workflow.application.reading_ports import Reads
from services.workflow.domain.case.carrying import OldRow

_AT_ONCE = 1_000


def rows_of(streams: Sequence[str], reads: Reads) -> dict[str, OldRow]:
    """Return the rows that the cases of *streams* were made from; two statements a thousand."""
    found: dict[str, OldRow] = {}
    for start in range(0, len(streams), _AT_ONCE):
        found |= _rows_of(streams[start : start + _AT_ONCE], reads)
    return found


def _rows_of(streams: Sequence[str], reads: Reads) -> dict[str, OldRow]:
    rows = told_rows(streams, reads)
    hashes = {stream: hash_ for stream, row in rows.items() if (hash_ := hash_of(row))}
    texts = reads.texts([*hashes.values()]) if hashes else {}
    return {
        stream: OldRow(
            document=row["document"],
            version=row["version"],
            number=row["row"],
            texts=orjson.loads(kept.content)
            if (kept := texts.get(hashes.get(stream, b"")))
            else {},
        )
        for stream, row in rows.items()
    }


def told_rows(streams: Sequence[str], reads: Reads) -> dict[str, Mapping[str, Any]]:
    """Return by stream what the opening tells of the row a case was made from; one statement."""
    opened = {one.stream: peek(one.body).data for one in reads.first_events(streams)}
    return {stream: data["row"] for stream, data in opened.items() if "row" in data}


def hash_of(row: Mapping[str, Any]) -> bytes:
    """Return under which hash the texts of a row lie; empty where it has none."""
    return bytes.fromhex(row["text"]["sha256"]) if "text" in row else b""
