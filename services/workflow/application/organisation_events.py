"""Events of the organisation's stream, as the command line, pages and the API make them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.envelope import peek
from schemas.facts import EVENTS
from schemas.streams import Stream
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.ports import Append
from services.workflow.application.reading_ports import Reads
from services.workflow.domain.case.world import recorded_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """What all events of one command have in common."""

    reads: Reads
    sealer: Sealer
    now: Callable[[], datetime]
    root: str
    origin: Origin = field(default_factory=lambda: Origin(client="cli"))

    def appends(
        self, fact: str, version: int, data: Sequence[Mapping[str, Any]]
    ) -> Iterator[Append]:
        """Yield an event of *fact* for each of *data*, after *version* of the stream."""
        stream, last = str(Stream("organisation", self.root)), None
        if version:
            last = peek(self.reads.organisation(version - 1)[1][-1]).time
        now = recorded_at(self.now(), last)
        for step, change in enumerate(data, start=1):
            body = self.sealer.event(
                fact,
                stream,
                version + step,
                change,
                at=now,
                origin=self.origin,
                root=self.root,
                organisation_version=version + step,
            )
            yield Append(
                stream=stream,
                version=version + step,
                type=EVENTS.latest(fact),
                recorded_at=now,
                body=body,
            )
