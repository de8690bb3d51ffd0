"""Who a rung reaches on a given day, and who it passed over and why.

The one idea: a rung that would land on nobody, or on the very person it is about, climbs. The
climb follows the ladder itself: the rung's own target first, then the targets of the rungs above.
Whoever stands in for somebody is told as they are, and in their place while they are away; who is
away and has handed nothing on is passed over as long as anybody else can be told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from schemas.limits import SKIPPED
from schemas.policy import Target
from services.notifier.domain.case import Stay
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.sight import Range, is_kept_from

LEFT_TO_OTHERS = "left_to_others"
AWAY = "absent"
# Why a rung found nobody to tell: by the end of its ladder, or where it may not climb.
NOBODY = (
    *("top_of_ladder", "vacant", "holder", "person_appraised", "post_ended", "no_such_body"),
    *(LEFT_TO_OTHERS, AWAY),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """A person, addressed as holder of a role."""

    person: str
    unit: str
    role: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """A desk or person passed over.

    *reason* is one of `vacant`, `holder`, `person_appraised`, `post_ended`,
    `no_such_body`, `left_to_others`, `absent`.
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


def climb(targets: Sequence[Target], stay: Stay, organisation: Organisation, day: date) -> Reached:
    """Return the first desk of *targets* that may be told, and what was passed over below it.

    Of that, the first hundred: an event takes no more.
    """
    skipped: list[Skipped] = []
    away: tuple[Recipient, ...] = ()
    for target, unit, role in _desks(targets, stay, organisation):
        if unit is None:
            skipped.append(Skipped(unit=stay.case.path[0], role=role, reason="no_such_body"))
            continue
        people, passed = _people(target, unit, role, stay, organisation, day)
        told, absent = _standing_in(people, passed, stay, organisation, day)
        # A desk named twice on the way up is passed over once.
        skipped.extend(entry for entry in passed if entry not in skipped)
        if told:
            return Reached(recipients=told, skipped=tuple(skipped[:SKIPPED]))
        away = away or absent
    # Better told when they are back than never.
    skipped = [one for one in skipped if one.reason != AWAY or all(map(_differs(one), away))]
    return Reached(recipients=away, skipped=tuple(skipped[:SKIPPED]))


def _differs(entry: Skipped) -> Callable[[Recipient], bool]:
    place = (entry.unit, entry.role, entry.person)
    return lambda to: place != (to.unit, to.role, to.person)


def _standing_in(
    people: Iterable[Recipient],
    passed: list[Skipped],
    stay: Stay,
    organisation: Organisation,
    day: date,
) -> tuple[tuple[Recipient, ...], tuple[Recipient, ...]]:
    """Return whom of a desk to tell, deputies beside or in the place of whom they stand in for.

    And who is away; these, and deputies who may not be told, are *passed* over as well.
    """
    told, away = dict[str, Recipient](), []
    for one in people:
        if not organisation.is_away(one.person, day):
            told[one.person] = one
        else:
            away.append(one)
            passed.append(Skipped(unit=one.unit, role=one.role, person=one.person, reason=AWAY))
        for deputy in organisation.deputies(one.person, one.unit, one.role, day):
            reason = _why_no_deputy(deputy, stay, organisation, day)
            if not reason:
                told.setdefault(deputy, replace(one, person=deputy))
            elif reason != AWAY:
                entry = Skipped(unit=one.unit, role=one.role, person=deputy, reason=reason)
                passed.append(entry)
    return tuple(told.values()), tuple(away)


def _why_no_deputy(deputy: str, stay: Stay, organisation: Organisation, day: date) -> str:
    if deputy in stay.about:
        return "person_appraised"
    if is_kept_from(deputy, stay, organisation, day):
        return LEFT_TO_OTHERS
    return AWAY if organisation.is_away(deputy, day) else ""


def _desks(
    targets: Sequence[Target], stay: Stay, organisation: Organisation
) -> Iterator[tuple[Target, str | None, str]]:
    holder = stay.holder
    for target in targets:
        if target.is_holder:
            yield target, holder.unit, holder.role
            stand_in = organisation.stand_in(holder.role)
            if holder.person is not None and stand_in is not None:
                yield target, holder.unit, stand_in
            continue
        unit = organisation.nearest(_way_up(target, stay, organisation), target.nearest)
        for role in target.roles:
            yield target, unit, role


def _way_up(target: Target, stay: Stay, organisation: Organisation) -> Iterable[str]:
    """Return the units from where *target* is looked for, upwards; a case's own were pinned."""
    path, unit = stay.case.path, stay.holder.unit
    if not target.of_holder:
        return reversed(path)
    return reversed(path[: path.index(unit) + 1]) if unit in path else organisation.upwards(unit)


def _people(
    target: Target,
    unit: str,
    role: str,
    stay: Stay,
    organisation: Organisation,
    day: date,
) -> tuple[tuple[Recipient, ...], list[Skipped]]:
    holder = stay.holder
    if target.is_holder and holder.person and role == holder.role:
        # The case stays a person's own until it is handed over, but a person who has left the
        # unit is not told about it any more.
        reason = "" if organisation.belongs(holder.person, unit, day) else "post_ended"
        if not reason and is_kept_from(holder.person, stay, organisation, day):
            reason = LEFT_TO_OTHERS
        if reason:
            return (), [Skipped(unit=unit, role=role, person=holder.person, reason=reason)]
        return (Recipient(person=holder.person, unit=unit, role=role),), []
    found = organisation.holders(unit, role, day)
    if not found:
        return (), [Skipped(unit=unit, role=role, reason="vacant")]
    kept = (one for one in found if is_kept_from(one, stay, organisation, day))
    barred = dict.fromkeys(kept, LEFT_TO_OTHERS)
    if not target.is_holder:
        barred |= dict.fromkeys(_holding(stay, organisation, day), "holder")
    # A desk is reminded of a part though whoever sits there answers for the whole; but those above
    # are no supervisors of a part of their own review.
    own = {stay.case.person} if target.is_holder else stay.about
    barred |= dict.fromkeys((one for one in found if one in own), "person_appraised")
    return (
        tuple(Recipient(person=p, unit=unit, role=role) for p in found if p not in barred),
        [Skipped(unit=unit, role=role, person=p, reason=barred[p]) for p in found if p in barred],
    )


def _holding(stay: Stay, organisation: Organisation, day: date) -> tuple[str, ...]:
    holder = stay.holder
    if holder.person is not None:
        return (holder.person,)
    return organisation.holders(holder.unit, holder.role, day)


def readers_of(
    to: Range, below: Mapping[str, str], organisation: Organisation, day: date
) -> tuple[Recipient, ...]:
    """Return who is in a range on *day*, each once, deputies too; *below* are units in a range."""
    everybody = ((unit, ()) for unit, above in below.items() if above in to.everybody)
    found: dict[str, Recipient] = {}
    for unit, roles in (*to.desks, *everybody):
        for one in organisation.serving(unit, roles, day):
            deputies = organisation.deputies(one.person, unit, one.role, day)
            for person in (one.person, *deputies):
                found.setdefault(person, Recipient(person=person, unit=unit, role=one.role))
    return tuple(found.values())
