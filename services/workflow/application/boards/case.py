"""One case: what happened, what will happen unless somebody acts, and who must act.

The one idea: past and future are one line. The past is the case's three streams, the future comes
from the notifier's planner, the deadline in force and the calendar; nothing here is decided anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.workflow.application.boards.held import Held, held_times
from services.workflow.application.boards.history import (
    Entry,
    Missed,
    Place,
    Rest,
    Unreadable,
    Version,
    past_of,
    read_entries,
    read_own,
    rests_ahead,
    versions_of,
)
from services.workflow.application.boards.lists import desks_of
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.rows import Row, read_rows
from services.workflow.application.boards.stages import Stage, stages
from services.workflow.application.commands import Possible
from services.workflow.application.ports import Wanted
from services.workflow.application.rulebook import Rules
from services.workflow.domain.authority import authorise, who_may
from services.workflow.domain.refusals import NotYours
from services.workflow.domain.review import Review
from services.workflow.domain.scheme import Transition


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One trigger as the one who looks sees it."""

    possible: Possible
    transition: Transition
    fits: bool  # the state allows it: what is in the way is something else
    who: tuple[tuple[str, tuple[str, ...]], ...]  # units and roles that may do it


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
    past: tuple[Entry | Unreadable | Missed, ...]  # oldest first
    older: Place | None  # there are older events, and the page with them ends before this one
    before: Place | None  # ... as this one does: there are newer ones
    rests: tuple[Rest, ...]
    acts: tuple[Act, ...]
    held: tuple[Held, ...]
    versions: tuple[Version, ...]
    proof: Proof
    may_note: bool
    may_urge: bool
    may_see_refusals: bool


def case_board(
    sources: Sources,
    look: Look,
    review_id: str,
    checkpoint: int | None,
    before: Place | None = None,
) -> CaseBoard:
    """Return the board of one case, with its newest events or those *before* one.

    Raises:
        NotYours: absent, or not theirs to see.
    """
    review = seen_review(sources, look, review_id)
    shown = "review.texts.read"  # and the history that they stand in
    if not sources.watch.opens(look.actor, shown, review, look.organisation, look.day):
        raise NotYours(review_id)
    rules = sources.rulebook.of(review.cycle)
    names = Names()
    rows, away = read_rows(sources, look, (review,), names)
    sees_refusals = may(look, "review.refusals.read", review)
    entries, older = read_entries(sources, review, before, with_refusals=sees_refusals)
    intervals = sources.reads.intervals(review.id)
    readable = [entry for entry in entries if isinstance(entry, Entry)]
    # A page of a long history may lack what the form begins with, and what is compared.
    is_whole = older is None and before is None
    versions = tuple(versions_of(readable if is_whole else read_own(sources, review)))
    acts = tuple(_acts(sources, look, review, rules))
    held = held_times(intervals, look, rules)
    _want_names(names, readable)
    names.want(*(version.actor for version in versions))
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
        past=tuple(
            past_of(
                entries,
                intervals,
                look,
                rules,
                review,
                is_first=older is None,
                is_last=before is None,
            )
        ),
        older=older,
        before=before,
        rests=tuple(rests_ahead(rows[0], look, rules)),
        acts=acts,
        held=held,
        versions=versions,
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
    standing = sources.store.standing([Wanted(case=review_id)])
    review = standing.cases.get(review_id)
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
            who = who_may(review, transition, look.organisation)
            yield Act(possible=possible, transition=transition, fits=fits, who=who)


def _proof(entries: list[Entry | Unreadable], checkpoint: int | None) -> Proof:
    positions = [entry.position for entry in entries if entry.position is not None]
    return Proof(
        n_events=len(entries),
        first=min(positions, default=None),
        last=max(positions, default=None),
        n_pending=len(entries) - len(positions),
        checkpoint=checkpoint,
    )


def _want_names(names: Names, entries: list[Entry]) -> None:
    for entry in entries:
        names.want(entry.event.actor)
        data = entry.event.data
        for key in ("holder", "recipient"):
            names.want((data.get(key) or {}).get("person"))
        names.want(*(skipped.get("person") for skipped in data.get("skipped", ())))
