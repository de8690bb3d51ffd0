"""What importing a calendar would record, as the notifier would read it.

The one idea: deadlines are the workflow's to set. It says what its events would say, and here they
become events behind all that has been read, so that they are heard as those of an import are.
"""

from collections.abc import Iterator
from datetime import datetime

from schemas.envelope import Envelope, seal
from schemas.facts import EVENTS
from services.notifier.application.contents import Contents
from services.notifier.application.ports import Delivery, Moved
from services.notifier.domain.reading import Reading

_CLIENT = "replanning"


def recorded(moved: Moved, begun: Contents, feed: str, at: datetime) -> tuple[Delivery, ...]:
    """Return what is recorded at *at* where deadlines are *moved*, behind what *feed* has read."""
    first = begun.readings.get(feed, Reading()).position + 1
    return tuple(
        Delivery(position=position, offset=position, body=seal(event))
        for position, event in enumerate(_events(moved, begun, at), start=first)
    )


def _events(moved: Moved, begun: Contents, at: datetime) -> Iterator[Envelope]:
    source, known = next(iter(begun.versions.items()), ("", 0))
    for number, case in enumerate(begun.cases):
        if case.desks and case.stream in moved.cases:
            yield Envelope(
                id=f"00000000-0000-7000-8000-{number:012x}",
                source=source,
                type=EVENTS.latest("deadline_changed"),
                subject=case.stream,
                time=at,
                streamversion=case.version + 1,
                correlationid=_CLIENT,
                client=_CLIENT,
                organisationversion=known,
                schemehash=case.scheme or None,
                data=dict(moved.cases[case.stream]),
            )
