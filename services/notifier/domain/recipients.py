"""Who a rung reaches on a given day, and who it passed over and why.

The one idea: a rung that would land on nobody, or on the very person it is about, climbs. The
climb follows the ladder itself: the rung's own target first, then the targets of the rungs above.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.limits import SKIPPED
from schemas.policy import Target
from services.notifier.domain.case import Stay
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.sight import Range, is_kept_from

LEFT_TO_OTHERS = "left_to_others"


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
    `no_such_body`, `left_to_others`.
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
    for target, unit, role in _desks(targets, stay, organisation):
        if unit is None:
            skipped.append(Skipped(unit=stay.case.path[0], role=role, reason="no_such_body"))
            continue
        people, passed = _people(target, unit, role, stay, organisation, day)
        # A desk named twice on the way up is passed over once.
        skipped.extend(entry for entry in passed if entry not in skipped)
        if people:
            return Reached(recipients=people, skipped=tuple(skipped[:SKIPPED]))
    return Reached(recipients=(), skipped=tuple(skipped[:SKIPPED]))


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
    if stay.case.person is not None:
        barred[stay.case.person] = "person_appraised"
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
    """Return who is in a range on *day*, each once; *below* are units, of whose range they are."""
    found: dict[str, Recipient] = {}
    for unit, roles in to.desks:
        for one in organisation.serving(unit, roles, day):
            found.setdefault(one.person, Recipient(person=one.person, unit=unit, role=one.role))
    for unit in (one for one, above in below.items() if above in to.everybody):
        for one in organisation.serving(unit, (), day):
            found.setdefault(one.person, Recipient(person=one.person, unit=unit, role=one.role))
    return tuple(found.values())
