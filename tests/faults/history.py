"""The history checker: what clients were told, held against what the log says.

Every review has an observed total order, its versions, so checking takes one pass over the log and
one sort; nothing needs to be searched. A request carries its own id as `X-Request-Id`, which the
event keeps as `correlationid`: so each event names the request that made it.

- `ok`: answered with an event. It is in the log once, at the version that was answered.
- `info`: no answer, or one that says the outcome is unknown. It is in the log once or not at all.
- `fail`: refused. It is not in the review's own stream.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a client knows about one request; times are of one monotonic clock."""

    id: str
    review: str
    outcome: Literal["ok", "info", "fail"]
    asked_at: float
    answered_at: float
    version: int = 0  # as answered; of `ok` alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """One event of a review's own stream, in the order of the log."""

    review: str
    version: int
    request: str


def faults(requests: Sequence[Request], log: Iterable[Recorded]) -> list[str]:
    """Return everything in which *log* and *requests* contradict each other; empty if nothing."""
    entries = list(log)
    return [
        *_gaps(entries),
        *_miscounted(requests, entries),
        *_strangers(requests, entries),
        *_out_of_real_time(requests),
    ]


def _gaps(entries: Sequence[Recorded]) -> Iterator[str]:
    """Versions of a review run 1, 2, 3 … in the order of the log."""
    last: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.version != last[entry.review] + 1:
            yield f"{entry.review}: version {entry.version} after {last[entry.review]}"
        last[entry.review] = max(last[entry.review], entry.version)


def _miscounted(requests: Sequence[Request], entries: Sequence[Recorded]) -> Iterator[str]:
    found: dict[str, list[Recorded]] = defaultdict(list)
    for entry in entries:
        found[entry.request].append(entry)
    for request in requests:
        there = [(entry.review, entry.version) for entry in found[request.id]]
        match request.outcome:
            case "ok" if there != [(request.review, request.version)]:
                told = f"acknowledged as version {request.version} of {request.review}"
                yield f"{request.id} was {told}, is in the log as {there}"
            case "info" if len(there) > 1:
                yield f"{request.id} of unknown outcome is in the log as {there}"
            case "fail" if there:
                yield f"{request.id} was refused, is in the log as {there}"


def _strangers(requests: Sequence[Request], entries: Sequence[Recorded]) -> Iterator[str]:
    """Nothing is recorded that nobody asked for, but a review's opening."""
    known = {request.id for request in requests}
    for entry in entries:
        if entry.version > 1 and entry.request not in known:
            yield f"{entry.review}: nobody asked for version {entry.version}"


def _out_of_real_time(requests: Sequence[Request]) -> Iterator[str]:
    """Who was answered before another one asked has the earlier version of the same review."""
    done: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        if request.outcome == "ok":
            done[request.review].append(request)
    for review, several in done.items():
        several.sort(key=lambda request: request.version)
        # By version, nobody may have been answered before the latest asker so far asked.
        latest = 0.0
        for earlier, later in pairwise(several):
            latest = max(latest, earlier.asked_at)
            if later.answered_at < latest:
                yield f"{review}: version {later.version} was answered before {earlier.version}"
