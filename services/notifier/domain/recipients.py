"""Who a rung reaches on a given day, and who it passed over and why.

The one idea: a rung that would land on nobody, or on the very person it is about, climbs. The
climb follows the ladder itself: the rung's own target first, then the targets of the rungs above.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.limits import SKIPPED
from schemas.policy import Target
from services.notifier.domain.organisation import COMMITTEE_KINDS, Organisation
from services.notifier.domain.review import Holder, Review

# A branch whose secretary has gone is led by the acting one, who may also submit in his place.
SUBSTITUTE_ROLE = "acting_secretary"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """A person, addressed as holder of a role."""

    person: str
    unit: str
    role: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """A desk or person passed over.

    *reason* is one of `vacant`, `holder`, `person_appraised`, `post_ended`, `no_such_body`.
    """

    unit: str
    role: str
    reason: str
    person: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """Where a climb ended; *recipients* is empty when it went over the top of the ladder."""

    recipients: tuple[Recipient, ...]
    skipped: tuple[Skipped, ...]


def climb(
    targets: Sequence[Target], review: Review, organisation: Organisation, day: date
) -> Reached:
    """Return the first desk of *targets* that may be told, and what was passed over below it.

    Of that, the first hundred: an event takes no more.
    """
    skipped: list[Skipped] = []
    for target, unit, role in _desks(targets, review, organisation):
        if unit is None:
            skipped.append(Skipped(unit=review.path[0], role=role, reason="no_such_body"))
            continue
        people, passed = _people(target, unit, role, review, organisation, day)
        # A desk named twice on the way up is passed over once.
        skipped.extend(entry for entry in passed if entry not in skipped)
        if people:
            return Reached(recipients=people, skipped=tuple(skipped[:SKIPPED]))
    return Reached(recipients=(), skipped=tuple(skipped[:SKIPPED]))


def committee_of(holder: Holder, review: Review, organisation: Organisation) -> str | None:
    """Return the holder's committee: the nearest one at or above the holder's unit."""
    path = review.path
    end = path.index(holder.unit) + 1 if holder.unit in path else len(path)
    return next(
        (unit for unit in reversed(path[:end]) if organisation.kind(unit) in COMMITTEE_KINDS), None
    )


def _desks(
    targets: Sequence[Target], review: Review, organisation: Organisation
) -> Iterator[tuple[Target, str | None, str]]:
    holder = review.holder
    if holder is None:
        return
    for target in targets:
        if target.body == "holder":
            yield target, holder.unit, holder.role
            if holder.person is not None and holder.role != SUBSTITUTE_ROLE:
                yield target, holder.unit, SUBSTITUTE_ROLE
            continue
        unit = (
            committee_of(holder, review, organisation)
            if target.body == "holders_committee"
            else _organ_committee(review, organisation)
        )
        for role in target.roles:
            yield target, unit, role


def _organ_committee(review: Review, organisation: Organisation) -> str | None:
    path = reversed(review.path)
    return next((unit for unit in path if organisation.kind(unit) == "organ_committee"), None)


def _people(
    target: Target,
    unit: str,
    role: str,
    review: Review,
    organisation: Organisation,
    day: date,
) -> tuple[tuple[Recipient, ...], list[Skipped]]:
    own = target.body == "holder"
    holder = review.holder
    if own and holder and holder.person and role == holder.role:
        # The case stays a person's own until it is handed over, but a person who has left the
        # unit is not told about it any more.
        if organisation.belongs(holder.person, unit, day):
            return (Recipient(person=holder.person, unit=unit, role=role),), []
        return (), [Skipped(unit=unit, role=role, person=holder.person, reason="post_ended")]
    found = organisation.holders(unit, role, day)
    if not found:
        return (), [Skipped(unit=unit, role=role, reason="vacant")]
    barred = {} if own else dict.fromkeys(_holding(review, organisation, day), "holder")
    barred[review.person] = "person_appraised"
    return (
        tuple(Recipient(person=p, unit=unit, role=role) for p in found if p not in barred),
        [Skipped(unit=unit, role=role, person=p, reason=barred[p]) for p in found if p in barred],
    )


def _holding(review: Review, organisation: Organisation, day: date) -> tuple[str, ...]:
    holder = review.holder
    if holder is None:
        return ()
    if holder.person is not None:
        return (holder.person,)
    return organisation.holders(holder.unit, holder.role, day)
