"""Proof of notice: what was planned for whom about a case, what came of it, and who read it.

The one idea: every line is an event beside the case, told with its place in the log, its policy by
hash and the digest of its words. What was not sent stands there as well, with its reason; nothing
is summed up or left out, so that the file can be held against the log line by line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from schemas.calendar import local_day
from schemas.envelope import Envelope, UnreadableEvent, open_envelope
from schemas.instants import parse_instant
from schemas.policy import BULLETIN
from schemas.streams import NOTICES
from services.workflow.application.boards.case import seen_case
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.spoken import Spoken, lifted, spoken
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.reading_ports import Stored
from services.workflow.domain.case.head import Case
from services.workflow.domain.refusals import NotYours

# Events beside one case: one that ran for years has some hundreds. What was published to a large
# range has a line for each of its readers and may have more; the file then says that it is cut.
MOST_PROVED = 5000
_ANSWERS = frozenset({"notice_acknowledged", "notice_snoozed"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Which notices of a case are to be proved; all given conditions hold together."""

    person: str = ""  # "": to whomever
    since: date | None = None  # planned on that day or later
    until: date | None = None  # planned on that day or before


@dataclass(frozen=True, kw_only=True, slots=True)
class Proved:
    """One notice of the ledger."""

    data: Mapping[str, Any]  # of its event
    position: int | None  # in the log; None: not numbered yet
    planned_at: datetime
    settled_at: datetime  # when its outcome was known
    read_at: datetime | None  # None: not read, or where it went nobody can tell
    answered_at: datetime | None  # when a promise or a delay was said to it, by whichever channel

    @property
    def is_read_unrecorded(self) -> bool:
        """Tell whether no event says who read it: of what was published none is written."""
        return bool(self.data["kind"] == BULLETIN)

    @property
    def asks(self) -> bool:
        """Tell whether who was told was asked to acknowledge it."""
        return bool(self.data.get("acknowledgement")) and self.data["outcome"] != "not_sent"

    @property
    def instead_of(self) -> str:
        """The notice whose channel failed, which this one stands in for; "": none."""
        told: str = self.data.get("instead_of", "")
        return told

    @property
    def words(self) -> str:
        """The digest of the very words that left; of a notice kept here that of its text."""
        told: str = self.data.get("wordshash") or self.data.get("text", {}).get("sha256", "")
        return told


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """The notices of one case, in the order of the log."""

    case: Case
    here: Spoken
    lines: Sequence[Proved]
    n_withheld: int  # events whose content is not the reader's to see, or cannot be read
    has_more: bool  # than can be proved in one file
    names: Names

    def n_of(self, *outcomes: str) -> int:
        """Return how many notices came to one of *outcomes*."""
        return sum(one.data["outcome"] in outcomes for one in self.lines)

    @property
    def n_read_unrecorded(self) -> int:
        """How many notices may have been read without the log saying so."""
        return sum(one.is_read_unrecorded for one in self.lines)

    def line_of(self, notice: str) -> int | None:
        """Return in which line a notice stands, from 1; None: in none of these."""
        known = (nth for nth, one in enumerate(self.lines, 1) if one.data["notice"] == notice)
        return next(known, None)

    @property
    def policies(self) -> Sequence[str]:
        """The policies by hash, each once."""
        return list(dict.fromkeys(one.data["policyhash"] for one in self.lines))


def proof(sources: Sources, look: Look, case_id: str, span: Span) -> Proof:
    """Return what can be proved of the notices of a case.

    Raises:
        NotYours: the case is absent or out of sight, or its history is not theirs to read.
    """
    seen = seen_case(sources, look, case_id)
    if not sources.watch.opens(look.actor, "case.events.read", seen):
        raise NotYours(case_id)
    case = seen.case
    stored = sources.reads.events_of([f"{case.stream}/{NOTICES}"], MOST_PROVED + 1)
    events = [(one, _opened(one, case)) for one in stored[:MOST_PROVED]]
    told = [
        (one, event) for one, event in events if event and not seen.extent.withholds(event.data)
    ]
    names, lines = Names(look), [one for one in _lines(told) if _fits(one, span)]
    names.want(*(one.data.get("recipient", {}).get("person") for one in lines))
    names.look_up(sources.reads)
    scheme = sources.rulebook.of(case.cycle).scheme
    return Proof(
        case=case,
        here=spoken(case, scheme, look.organisation.vocabulary, look.say),
        lines=lines,
        n_withheld=len(events) - len(told),
        has_more=len(stored) > MOST_PROVED,
        names=names,
    )


def _lines(told: Sequence[tuple[Stored, Envelope]]) -> Iterator[Proved]:
    read = {event.data["notice"]: event.time for _, event in told if event.fact == "notice_read"}
    # Answered, and so read, is what lies in the inbox; each other channel said the same.
    said = {event.data["notice"]: event.time for _, event in told if event.fact in _ANSWERS}
    recorded = [event.data for _, event in told if event.fact == "notice_recorded"]
    answered = {_rung(one): said[one["notice"]] for one in recorded if one["notice"] in said}
    for one, event in told:
        if event.fact == "notice_recorded":
            settled = event.data.get("settled_at") or event.data["decided_at"]
            yield Proved(
                data=event.data,
                position=one.position,
                planned_at=parse_instant(event.data["planned_at"]),
                settled_at=parse_instant(settled),
                read_at=read.get(event.data["notice"]) or said.get(event.data["notice"]),
                answered_at=answered.get(_rung(event.data)),
            )


def _rung(data: Mapping[str, Any]) -> tuple[object, ...]:
    """Return of what, and to whom, a notice is, by whichever channel."""
    to = data.get("recipient", {}).get("person")
    return (data["version"], data.get("desk"), data["track"], data["rung"], data["planned_at"], to)


def _fits(one: Proved, span: Span) -> bool:
    day = local_day(one.planned_at, ZONE)
    return (
        span.person in ("", one.data.get("recipient", {}).get("person"))
        and (span.since is None or span.since <= day)
        and (span.until is None or day <= span.until)
    )


def _opened(stored: Stored, case: Case) -> Envelope | None:
    try:
        return lifted(open_envelope(stored.body), case)
    except UnreadableEvent:  # stored before every event was held against its schema
        return None
