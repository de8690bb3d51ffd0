"""Opening a round: a case for everybody it is for, and a reason for everybody it is not.

What lacks a body, a holder or one clear party is expected and not opened; who is exempt is neither.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.calendar import OutsideCalendar
from services.workflow.domain.case.acts import Blocked, Decided, Recorded, Undone
from services.workflow.domain.case.carrying import OldRow, carry_over
from services.workflow.domain.case.deciding import fire, unknown_day, untimely
from services.workflow.domain.case.effects import Transaction, is_taken
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.opening import (
    NotOpened,
    anchored,
    exemption,
    holders_of_posts,
    next_subject,
)
from services.workflow.domain.case.parties import OF, resolve
from services.workflow.domain.case.turns import share_turn
from services.workflow.domain.case.world import Place, World
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.parties import NamedUnit, Nearest, OwnUnit, UnitRule
from services.workflow.domain.refusals import Blocker

Sort = tuple[str, str]  # kind and tier


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """Everything the opening of a round writes besides its own event."""

    decided: Decided
    expected: Mapping[Sort, int]
    opened: Mapping[Sort, int]
    exempt: Mapping[Sort, int]
    left_out: tuple[NotOpened, ...]  # expected or exempt, and not opened


def open_round(
    world: World,
    at: datetime,
    person: str | None = None,
    followed: Sequence[World] = (),
    rows: Mapping[str, OldRow] | None = None,
) -> Opening:
    """Return the cases with which the round of *world* begins.

    What is left open in the rounds *followed* goes on in it, with the *rows* it was made from.
    """
    writing = Transaction(world, fire=fire, person=person, of_round=True)
    left: list[NotOpened] = []
    for kind in world.scheme.kinds.values():
        if kind.origin.form != "each":
            continue
        for unit in anchored(kind, world):
            left += _open_at(writing, kind, unit, at)
    if world.scheme.follows is not None:
        for old in followed:
            left += carry_over(old, writing, world.scheme.follows.carries, rows or {})
    opened = _opened(writing.events)
    exempt = Counter((one.kind, one.tier) for one in left if one.rule or one.reason == "exempt")
    lacking = Counter((one.kind, one.tier) for one in left if one.reason != "exempt")
    return Opening(
        decided=writing.finished(),
        expected=opened + lacking,
        opened=opened,
        exempt=exempt,
        left_out=tuple(left),
    )


def opened_with(first: Decided) -> Opening:
    """Return a round that begins with the case that somebody asked for, and nothing else."""
    opened = _opened(first.events)
    return Opening(decided=first, expected=opened, opened=opened, exempt=Counter(), left_out=())


def _opened(events: Iterable[Recorded]) -> Counter[Sort]:
    begun = (one.after for one in events if one.before is None)
    return Counter((case.kind, case.tier or "") for case in begun)


def _open_at(writing: Transaction, kind: Kind, unit: str, at: datetime) -> Iterator[NotOpened]:
    world = writing.world
    exempt = exemption(kind, unit, world)
    if exempt is not None:
        yield exempt
        return
    for person in _persons(kind, unit, at, world):
        try:
            made = writing.open(kind, unit, None, effective_at=at, person=person)
        except OutsideCalendar:
            life = kind.life_of(world.organisation.units[unit].kind)
            tier = "" if life is None else life.tier
            made = NotOpened(unit, kind.name, "outside_calendar", tier=tier)
        if isinstance(made, NotOpened):
            yield made


def _persons(kind: Kind, unit: str, at: datetime, world: World) -> list[str | None]:
    """Return for whom there is to be a case at *unit*; None: for whoever the opening finds."""
    if kind.origin.of != "post":
        return [None]
    return [*holders_of_posts(kind, unit, world.day(at), world)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What somebody asks to be opened: a case of a kind, at a unit or under a parent."""

    kind: str
    unit: str
    effective_at: datetime
    person: str | None = None
    parent: Case | None = None
    opened_from: str | None = None  # the unit in whose name


# What is there already, or is no more, stands in the way.
_TAKEN = frozenset({"slot_taken", "case_exists", "turn_has_case", "round_closed"})


def decide_opening(request: Request, world: World) -> Decided | Undone:
    """Return what opening the case writes, or why it cannot be opened.

    Whether somebody may open it is asked before.
    """
    kind = world.scheme.kinds[request.kind]
    if is_over(kind, world):
        return _refused("round_closed", request, round=world.round.label)
    if is_nobodys(kind, request.unit, world):
        return _refused("not_its_unit", request)
    if is_taken(kind.origin, Place(world.round.id, kind.name, request.unit), world):
        return _refused("slot_taken", request)
    person = _whom(kind, request, world)
    if person is None and kind.origin.form == "each" and _has_case(kind, request, world):
        return _refused("turn_has_case" if kind.every else "case_exists", request)
    exempt = exemption(kind, request.unit, world)
    if exempt is not None:
        return _refused("exempt", request)
    when = tuple(untimely(request.effective_at, world))
    if when:
        return Undone(fits=True, blockers=when)
    writing = Transaction(world, fire=fire, person=request.person)
    try:
        made = writing.open(
            kind,
            request.unit,
            None,
            effective_at=request.effective_at,
            parent=request.parent,
            opened_from=request.opened_from,
            person=person,
        )
    except Blocked as blocked:
        return Undone(fits=True, blockers=blocked.blockers)
    except OutsideCalendar as outside:
        return Undone(fits=True, blockers=(unknown_day(outside),))
    return _refused(made.reason, request) if isinstance(made, NotOpened) else writing.finished()


def _whom(kind: Kind, request: Request, world: World) -> str | None:
    """Return whom the case is to be about; None: whoever the opening finds, or nobody.

    What somebody asks for is about them, if it is about anybody in their post. Of several who hold
    posts, the next is the first who has no case.
    """
    day = world.day(request.effective_at)
    if kind.origin.form == "on_request":
        holders = set(holders_of_posts(kind, request.unit, day, world))
        return request.person if request.person in holders else None
    if kind.origin.of != "post":
        return None
    return next_subject(kind, request.unit, day, world, request.effective_at)


def _has_case(kind: Kind, request: Request, world: World) -> bool:
    """Tell whether one stands in the way: after an end, a new case alone changes anything.

    But what a turn of the kind's own asked for, and was completed, is not asked for twice. What was
    opened in a turn that is over stands in nobody's way, open or not.
    """
    place = Place(world.round.id, kind.name, request.unit)
    ends = {"exempt", "completed"} if kind.every else {"exempt"}
    return any(
        (one.is_open or one.final in ends) and share_turn(kind, one, request.effective_at, world)
        for one in world.heads.standing(place)
    )


def is_over(kind: Kind, world: World) -> bool:
    """Tell whether none of *kind* begins any more: its round is closed."""
    return world.round.is_closed and begins_with_round(kind, world)


def begins_with_round(kind: Kind, world: World) -> bool:
    """Tell whether a case of *kind* stands for itself, and so begins in a round that runs alone.

    What belongs to an open case does not, nor what such cases share: a meeting, a bulletin.
    """
    return kind.origin.form != "one_for" and kind.origin.parent not in world.scheme.kinds


def is_nobodys(kind: Kind, unit: str, world: World) -> bool:
    """Tell whether *unit* is the party of no unit of the round: nothing would lead to the case."""
    if kind.origin.form != "one_for":
        return False
    rules = set(_leading_to(kind, world))
    return not any(
        resolve(rule, one, world.organisation).unit == unit
        for one in world.organisation.subtree(world.round.unit)
        for rule in rules
    )


def may_be_for(kind: Kind, unit: str, world: World) -> bool:
    """Tell whether *unit* is of a sort that a case of *kind* is for, whoever leads to it."""
    if kind.origin.form != "one_for":
        return True
    sort = world.organisation.units[unit].kind
    return any(_may_name(rule, unit, sort) for rule in _leading_to(kind, world))


def _may_name(rule: UnitRule, unit: str, sort: str) -> bool:
    if isinstance(rule, Nearest):
        return sort == (rule.child or rule.kind)
    return isinstance(rule, OwnUnit) or unit == rule.id


def _leading_to(kind: Kind, world: World) -> Iterator[UnitRule]:
    """Yield the rules of the party that *kind* is for, and of those whose link leads to it."""
    for other, life in world.scheme.lives():
        links = (link for link in other.links.values() if link.form == "slot")
        parties = [link.party.removeprefix(OF) for link in links if link.kind == kind.name]
        for party in (kind.origin.of, *parties):
            rule = life.parties.get(party)
            if isinstance(rule, OwnUnit | NamedUnit | Nearest):
                yield rule


def _refused(code: str, request: Request, **more: str) -> Undone:
    params: dict[str, str | int] = {"unit": request.unit, "kind": request.kind, **more}
    return Undone(fits=code not in _TAKEN, blockers=(Blocker(code=code, params=params),))
