"""Deriving again which cases had to be opened by what follows from others, and holding them to it.

Whether something followed is asked of the case before an event and after it, as when it was
decided. What rests on an attribute of a unit is left out: the organisation of that day is not at
hand here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from schemas.envelope import Envelope
from services.workflow.domain.case.consequences import COMPLETED, is_derived, may_follow, opening
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.scheme import Scheme

Opened = tuple[str, str, str]  # the case it follows from, the kind opened, because of what


@dataclass(kw_only=True, slots=True)
class Told:
    """A case that was opened because of a consequence."""

    stream: str
    cause: str | None  # the event that opened it
    at: datetime
    ended_at: datetime | None = None
    is_completed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """An event by which a consequence came to be true."""

    what: Opened
    event: str
    stream: str
    version: int
    at: datetime
    left_out: bool
    because_told: bool = False  # nothing but that is new: a release before had opened it by then


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfounded:
    """What does not fit: a case that is missing, or one that nothing opened."""

    stream: str
    version: int
    detail: str


class Openings:
    """What events derive and what they opened, gathered case by case."""

    def __init__(self) -> None:
        self._told = dict[Opened, list[Told]]()
        self._derived = list[Derived]()
        self._founded = set[tuple[Opened, str | None]]()

    def see(
        self, before: Case | None, case: Case, event: Envelope, scheme: Callable[[str], Scheme]
    ) -> None:
        """Take in one event of a case's own stream, oldest first."""
        because, of = case.because, case.of
        if because and of and is_derived(case.kind, because, scheme(case.scheme)):
            self._see_opened(before, case, event, (of, case.kind, because))
        if before is not None and may_follow(before, case):
            own = scheme(case.scheme)
            self._derived += _derived(before, case, event, own)
            was = set(opening(before, own, kept_too=True))
            for kind, why in set(opening(case, own, kept_too=True)) - was:
                self._founded.add(((case.stream, kind, why), event.id))

    def _see_opened(self, before: Case | None, case: Case, event: Envelope, what: Opened) -> None:
        told = self._told.setdefault(what, [])
        if before is None:
            told.append(Told(stream=case.stream, cause=event.causationid, at=event.time))
        elif not case.is_open:
            told[-1].ended_at = told[-1].ended_at or event.time
            told[-1].is_completed = case.final == COMPLETED

    def findings(self) -> Iterator[Unfounded]:
        """Yield what followed and opened nothing, and what was opened and followed from nothing."""
        founded = self._founded
        for one in self._derived:
            founded.add((one.what, one.event))
            known = self._told.get(one.what, [])
            if not one.left_out and not any(_answers(told, one) for told in known):
                detail = f"{one.what[1]} had to be opened because of {one.what[2]}"
                yield Unfounded(stream=one.stream, version=one.version, detail=detail)
        for what, known in self._told.items():
            for told in known:
                if (what, told.cause) not in founded:
                    detail = f"opened because of {what[2]}, which did not come to be true"
                    yield Unfounded(stream=told.stream, version=1, detail=detail)


def _answers(told: Told, one: Derived) -> bool:
    was_open = (
        told.ended_at is None or told.ended_at > one.at or (one.because_told and told.is_completed)
    )
    return told.cause == one.event or (told.at < one.at and was_open)


def _derived(before: Case, case: Case, event: Envelope, scheme: Scheme) -> Iterator[Derived]:
    was, kept = set(opening(before, scheme)), set(opening(before, scheme, kept_too=True))
    left = {one.get("opens") for one in event.data.get("left_out", ())}
    for kind, because in sorted(set(opening(case, scheme)) - was):
        yield Derived(
            what=(case.stream, kind, because),
            event=event.id,
            stream=case.stream,
            version=case.version,
            at=event.time,
            left_out=kind in left,
            because_told=(kind, because) in kept,
        )
