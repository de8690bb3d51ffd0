"""Holding what rounds were closed over against the cases: how each of them stood at that moment.

A closing compares in its write how many events the cases of its round have had, so its list is
what stood when it was committed. Of what was committed within moments of it replay cannot tell
which came first: positions are given by the times that processes read off their own clocks. So
an event recorded within `_MOMENTS` of the closing may count as before it or after it; what the
closing says of all others is exact, as is what it counts of its own list.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from schemas.envelope import Envelope
from services.workflow.domain.case.head import Case

_MOMENTS = timedelta(seconds=60)  # as far as clocks may be apart

_Line = tuple[str, str, int]  # number, state, version


@dataclass(frozen=True, kw_only=True, slots=True)
class Misclosed:
    """What a closing says of a case, or of its list, that is not so."""

    stream: str  # the round's
    version: int
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Closing:
    stream: str
    version: int
    at: datetime
    counted: Counter[tuple[str, str]]  # by kind and tier
    left: dict[str, _Line]  # by stream: what was listed and not come to yet
    found: Counter[tuple[str, str]] = field(default_factory=Counter)

    def wrong(self, detail: str) -> Misclosed:
        return Misclosed(stream=self.stream, version=self.version, detail=detail)


class Closings:
    """The rounds that were closed, and what they say of the cases that come by."""

    def __init__(self) -> None:
        self._of = dict[str, _Closing]()

    def add(self, event: Envelope, listed: bytes | None) -> Iterator[Misclosed]:
        """Take in a closing and the list kept beside it, before any case."""
        lines = _lines(listed)
        counted = {(one["name"], one.get("tier", "")): one["open"] for one in event.data["kinds"]}
        closing = _Closing(
            stream=event.subject,
            version=event.streamversion,
            at=event.time,
            counted=Counter(counted),
            left=lines or {},
        )
        if lines is None:
            told = "gone" if listed is None else "no such list"
            yield closing.wrong(f"what is kept of what was open is {told}")
        else:
            self._of[event.data["cycle"]] = closing

    def see(self, states: Sequence[Case]) -> Iterator[Misclosed]:
        """Hold a case, as it stood after each of its events, against the closing of its round."""
        closing = self._of.get(states[0].cycle) if states else None
        if closing is None:
            return
        case = states[0]
        line = closing.left.pop(case.stream, None)
        could_be = list(_standing(states, closing.at))
        if line is None:
            if all(one is not None and one.is_open for one in could_be):
                yield closing.wrong(f"{case.stream} was open, and is not among what was")
            return
        closing.found[case.kind, case.tier or ""] += 1
        if not any(one is not None and _fits(one, line) for one in could_be):
            number, state, version = line
            yield closing.wrong(
                f"{case.stream} did not stand open as {number} in {state} at version {version}"
            )

    def pass_over(self, stream: str) -> None:
        """Leave out a case that cannot be lived through again: that is told already."""
        for closing in self._of.values():
            if closing.left.pop(stream, None) is not None:
                closing.found[_UNKNOWN] += 1

    def findings(self) -> Iterator[Misclosed]:
        """Yield, when all cases have come by, what was listed and is no case, and wrong counts."""
        for closing in self._of.values():
            for stream in sorted(closing.left):
                yield closing.wrong(f"{stream} was listed as open, and is no case of the round")
            is_whole = not closing.left and _UNKNOWN not in closing.found
            if is_whole and closing.found != closing.counted:
                yield closing.wrong("it counts other than it lists")


_UNKNOWN = ("", "")  # kind and tier of what cannot be lived through


def _fits(case: Case, line: _Line) -> bool:
    return case.is_open and (case.number, case.state, case.version) == line


def _standing(states: Sequence[Case], at: datetime) -> Iterator[Case | None]:
    """Yield how a case may have stood *at* an instant; None: it was not there yet."""
    since, until = at - _MOMENTS, at + _MOMENTS
    ends: Iterable[datetime | None] = [*(one.recorded_at for one in states), None]
    for case, end in zip((None, *states), ends, strict=True):
        if (case is None or case.recorded_at <= until) and (end is None or end >= since):
            yield case


def _lines(listed: bytes | None) -> dict[str, _Line] | None:
    """Return what a list says by stream; None where there is none, or nothing like it."""
    try:
        told = orjson.loads(listed or b"")
        lines = {one["case"]: (one["number"], one["state"], one["version"]) for one in told}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return lines if isinstance(told, list) else None
