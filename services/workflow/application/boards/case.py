"""One case: what happened, what will happen unless somebody acts, and who must act.

The one idea: past and future are one line. The past is the case's three streams, the future comes
from the notifier's planner, the deadline in force and the calendar; nothing here is decided anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from schemas.calendar import OutsideCalendar, WorkingDays, local_day
from schemas.envelope import Envelope, open_envelope
from services.workflow.application.boards.held import Held, held_times
from services.workflow.application.boards.lists import Row, desks_of, read_rows
from services.workflow.application.boards.look import ZONE, Look, Names, Sources
from services.workflow.application.boards.stages import Stage, stages
from services.workflow.application.commands import Possible
from services.workflow.application.ports import Stored, Wanted
from services.workflow.application.rulebook import Rules
from services.workflow.domain.authority import authorise
from services.workflow.domain.refusals import NotYours
from services.workflow.domain.review import Review
from services.workflow.domain.scheme import Transition

MOST_EVENTS = 500  # of one page; the API pages through the rest
HORIZON = timedelta(days=21)  # how far ahead holidays are shown when nothing else is further
LONG_REST = 3  # days in a row without work; a plain weekend is not news
LISTS = ("achievements", "problems", "tasks")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One event of the case with the texts that its commitments stand for."""

    event: Envelope
    texts: Mapping[str, str | None]  # by hex hash; None: erased
    position: int | None
    effective_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """A deadline that passed while the case stayed where it was."""

    at: datetime
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """Days in a row on which nobody works and nothing is sent."""

    first: date
    last: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One submitted version of the report."""

    number: int
    at: datetime
    actor: str | None
    characters: Mapping[str, int]
    warnings: tuple[str, ...]
    lists: Mapping[str, str | None]  # None: erased


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One trigger as the one who looks sees it."""

    possible: Possible
    transition: Transition
    fits: bool  # the state allows it: what is in the way is something else


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """Where the case's records lie in the log."""

    n_events: int
    first: int | None
    last: int | None
    n_pending: int  # recorded, but without a position yet
    checkpoint: int | None  # size of the last signed one


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseBoard:
    """Everything the page of a case shows."""

    review: Review
    rules: Rules
    row: Row
    names: Names
    notifier_away: bool
    stages: tuple[Stage, ...]
    past: tuple[Entry | Missed, ...]  # oldest first
    cut: bool  # there are more events than one page shows
    rests: tuple[Rest, ...]
    acts: tuple[Act, ...]
    held: tuple[Held, ...]
    versions: tuple[Version, ...]
    proof: Proof
    may_note: bool
    may_urge: bool
    may_see_refusals: bool


def case_board(sources: Sources, look: Look, review_id: str, checkpoint: int | None) -> CaseBoard:
    """Return the board of one case.

    Raises:
        NotYours: absent, or not theirs to see.
    """
    review = seen_review(sources, look, review_id)
    rules = sources.rulebook.of(review.cycle)
    names = Names()
    rows, away = read_rows(sources, look, (review,), names)
    sees_refusals = may(look, "review.refusals.read", review)
    entries, cut = _entries(sources, review, with_refusals=sees_refusals)
    intervals = sources.reads.intervals(review.id)
    acts = tuple(_acts(sources, look, review, rules))
    held = held_times(intervals, look, rules)
    _want_names(names, entries)
    for one in held:
        names.want(*one.desk.people)
    names.look_up(sources.reads)
    return CaseBoard(
        review=review,
        rules=rules,
        row=rows[0],
        names=names,
        notifier_away=away,
        stages=stages(review, rules, intervals),
        past=tuple(_past(entries, intervals, look, rules, review)),
        cut=cut,
        rests=tuple(_rests(rows[0], look, rules)),
        acts=acts,
        held=held,
        versions=tuple(_versions(entries)),
        proof=_proof(entries, checkpoint),
        may_note=may(look, "review.note", review),
        may_urge=review.holder is not None and may(look, "review.urge", review),
        may_see_refusals=sees_refusals,
    )


def seen_review(sources: Sources, look: Look, review_id: str) -> Review:
    """Return a review the one who looks may see; one statement.

    Raises:
        NotYours: absent, or not theirs to see.
    """
    standing = sources.store.standing([Wanted(review=review_id)])
    review = standing.reviews.get(review_id)
    if review is None or not may(look, "review.read", review):
        raise NotYours(review_id)
    return review


def may(look: Look, operation: str, review: Review) -> bool:
    """Tell whether the one who looks may do *operation* on *review*."""
    verdict = authorise(look.actor, operation, look.organisation, look.day, review=review)
    return verdict.allowed


def quick_acts(look: Look, review: Review, rules: Rules) -> Iterator[Transition]:
    """Yield the triggers that fit the state and that the one who looks may fire; no statement."""
    tier = rules.scheme.tiers[review.tier]
    for trigger in tier.triggers_from(review.state, review.suspended_at is not None):
        transition = tier.transition(trigger)
        if transition is None:
            continue
        verdict = authorise(
            look.actor,
            "review.trigger",
            look.organisation,
            look.day,
            review=review,
            transition=transition,
            trigger=trigger,
            client_triggers=rules.scheme.client_triggers,
        )
        if verdict.allowed:
            yield transition


def holds(look: Look, review: Review) -> bool:
    """Tell whether the case lies on the desk of the one who looks."""
    holder, person = review.holder, look.actor.person
    if holder is None or person is None:
        return False
    return holder.person == person or (
        holder.person is None and (holder.unit, holder.role) in desks_of(look, person)
    )


def _acts(sources: Sources, look: Look, review: Review, rules: Rules) -> Iterator[Act]:
    tier = rules.scheme.tiers[review.tier]
    fitting = tier.triggers_from(review.state, review.suspended_at is not None)
    for possible in sources.possible(look.actor, review.id):
        transition = tier.transition(possible.trigger)
        if transition is not None:
            fits = possible.trigger in fitting
            yield Act(possible=possible, transition=transition, fits=fits)


def _entries(sources: Sources, review: Review, *, with_refusals: bool) -> tuple[list[Entry], bool]:
    stream = f"review/{review.id}"
    streams = [stream, f"{stream}/notices"]
    if with_refusals:
        streams.append(f"{stream}/refusals")
    stored = sources.reads.events_of(streams, MOST_EVENTS + 1)
    opened = [(one, open_envelope(one.body)) for one in stored[:MOST_EVENTS]]
    hashes = sorted({hash_ for _, event in opened for hash_ in commitments(event.data)})
    found = sources.reads.texts([bytes.fromhex(hash_) for hash_ in hashes]) if hashes else {}
    texts = {text.sha256.hex(): text.content.decode() for text in found.values()}
    return [_entry(one, event, texts) for one, event in opened], len(stored) > MOST_EVENTS


def _entry(stored: Stored, event: Envelope, texts: Mapping[str, str]) -> Entry:
    effective_at = event.data.get("effective_at")
    return Entry(
        event=event,
        texts={hash_: texts.get(hash_) for hash_ in commitments(event.data)},
        position=stored.position,
        effective_at=_instant(effective_at) if effective_at else event.time,
    )


def commitments(data: Any) -> Iterator[str]:
    """Yield the hex hash of every commitment in *data*."""
    if isinstance(data, Mapping):
        if data.keys() == {"sha256", "length"}:
            yield data["sha256"]
            return
        for value in data.values():
            yield from commitments(value)
    elif isinstance(data, list):
        for value in data:
            yield from commitments(value)


def _past(
    entries: list[Entry],
    intervals: list[Mapping[str, Any]],
    look: Look,
    rules: Rules,
    review: Review,
) -> Iterator[Entry | Missed]:
    """Yield events and missed deadlines, in the order in which people came to know of them."""
    tier = rules.scheme.tiers[review.tier]
    missed = [
        Missed(at=row["due_at"], label=tier.state(row["state"]).label)
        for row in intervals
        if row["due_at"] is not None
        and not row["suspended"]
        and row["effective_from"] <= row["due_at"] <= look.now
        and (row["effective_to"] is None or row["due_at"] < row["effective_to"])
    ]
    for entry in entries:
        while missed and missed[0].at <= entry.event.time:
            yield missed.pop(0)
        yield entry
    yield from missed


def _versions(entries: list[Entry]) -> Iterator[Version]:
    for entry in entries:
        report = entry.event.data.get("report")
        if report:
            yield Version(
                number=report["version"],
                at=entry.effective_at,
                actor=entry.event.actor,
                characters=report["characters"],
                warnings=tuple(report["warnings"]),
                lists={name: entry.texts.get(report[name]["sha256"]) for name in LISTS},
            )


def _proof(entries: list[Entry], checkpoint: int | None) -> Proof:
    positions = [entry.position for entry in entries if entry.position is not None]
    return Proof(
        n_events=len(entries),
        first=min(positions, default=None),
        last=max(positions, default=None),
        n_pending=len(entries) - len(positions),
        checkpoint=checkpoint,
    )


def _rests(row: Row, look: Look, rules: Rules) -> Iterator[Rest]:
    if row.review.holder is None:
        return
    ends = [look.now + HORIZON]
    ends += [row.review.due_at] if row.review.due_at else []
    ends += [row.next.at] if row.next else []
    last = min(max(ends), look.now + 4 * HORIZON)
    yield from rests(rules.calendar, look.day, local_day(last, ZONE))


def rests(calendar: WorkingDays, first: date, last: date) -> Iterator[Rest]:
    """Yield the long rests that begin between *first* and *last*."""
    day = first
    try:
        while day <= last:
            end = day
            while not calendar.is_working(end):
                end += timedelta(days=1)
            if (end - day).days >= LONG_REST:
                yield Rest(first=day, last=end - timedelta(days=1))
            day = max(end, day) + timedelta(days=1)
    except OutsideCalendar:
        return  # nobody knows the holidays of a year that is not in the table


def _want_names(names: Names, entries: list[Entry]) -> None:
    for entry in entries:
        names.want(entry.event.actor)
        data = entry.event.data
        for key in ("holder", "recipient"):
            names.want((data.get(key) or {}).get("person"))
        names.want(*(skipped.get("person") for skipped in data.get("skipped", ())))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
