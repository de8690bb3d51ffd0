"""Which records of the topic are ours: whoever may write to it can write anything into it.

A record is ours if its value is an event of our log's source and its header `position` names a
place that our log has. Anything else is set aside, and reading goes on behind it: if it stood in
the place of one of ours, that one is missing, and is read from the log.

What was written before there was an organisation names no root, so it could be any log's: it is
passed over without a word, and read from the log as well.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import orjson

from services.notifier.application.ports import Delivery, ForeignRecord

ROOTLESS = "urn:shuping:-"
_POSITION = re.compile(rb"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Ours:
    """What our log is known by: the source of its events, and how far it goes."""

    source: str
    end: int

    @classmethod
    def of(cls, bodies: Iterable[bytes], end: int) -> Self:
        """Return what a log is known by whose first events are *bodies*."""
        sources = (str(_source(body)) for body in bodies)
        return cls(next((one for one in sources if one != ROOTLESS), ""), end)

    def sort(self, records: Iterable[Any]) -> tuple[list[Delivery], list[ForeignRecord]]:
        """Return what of *records* is ours, and what is not with the reason."""
        deliveries, foreign = [], []
        for record in records:
            sorted_out = self._read(record)
            if isinstance(sorted_out, Delivery):
                deliveries.append(sorted_out)
            elif _source(record.value) != ROOTLESS:
                where = {"partition": record.partition, "offset": record.offset}
                foreign.append(ForeignRecord(**where, reason=sorted_out))
        return deliveries, foreign

    def _read(self, record: Any) -> Delivery | str:
        position = position_of(record)
        if position is None:
            return "no position"
        if _source(record.value) != self.source:
            return "no event of this log"
        if position > self.end:
            return "a position beyond the end of the log"
        return Delivery(
            position=position,
            body=record.value,
            partition=record.partition,
            offset=record.offset,
        )


def position_of(record: Any) -> int | None:
    """Return the position that *record* names; None if it names none, or several."""
    named = [value for name, value in record.headers if name == "position"]
    if len(named) != 1 or named[0] is None or _POSITION.fullmatch(named[0]) is None:
        return None
    return int(named[0])


def _source(body: bytes | None) -> object:
    try:
        event = orjson.loads(body or b"")
    except orjson.JSONDecodeError:
        return None
    return event.get("source") if isinstance(event, dict) else None
