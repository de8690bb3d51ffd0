"""Who a party is, asked of the organisation: units, the people of roles and relations, filters.

Pure questions on a day. What finds nobody, or more than the one there has to be, is told by name
instead of being guessed: a party that is not clear leaves a case unopened, with the reason.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.vocabulary import ADMINISTRATORS, Value
from services.workflow.domain.organisation.model import Post, Unit
from services.workflow.domain.organisation.tree import Organisation


@dataclass(frozen=True, slots=True)
class Found:
    """The one unit a rule finds; else why there is none, and what was found instead."""

    unit: str | None
    reason: str = ""  # unit_unknown, party_missing, party_ambiguous
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seat:
    """One role of a unit, and who sits there."""

    unit: str
    role: str
    people: tuple[str, ...]  # the longest in office first; empty: it is vacant


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of some units a condition chooses."""

    units: tuple[str, ...]
    not_filled_in: tuple[str, ...]  # not chosen, for what is asked about is not told of them


# --- Units ---


def named(organisation: Organisation, unit: str) -> Found:
    """Find the unit of that id."""
    if organisation.unit(unit) is None:
        return Found(None, "unit_unknown", (unit,))
    return Found(unit)


def nearest(
    organisation: Organisation, unit: str, kind: str, *, above: bool, child: str = ""
) -> Found:
    """Find the nearest unit of *kind* on the way up; of it, if named, the one *child* of a kind.

    *unit* itself counts, unless only what lies *above* it does.
    """
    path = organisation.path(unit)
    if not path:
        return Found(None, "unit_unknown", (unit,))
    upwards = reversed(path[:-1] if above else path)
    body = next((one for one in upwards if organisation.units[one].kind == kind), None)
    if body is None or not child:
        return Found(body, "" if body else "party_missing")
    children = organisation.children(body)
    return _only(tuple(one for one in children if organisation.units[one].kind == child))


def _only(found: tuple[str, ...]) -> Found:
    if len(found) == 1:
        return Found(found[0])
    return Found(None, "party_ambiguous" if found else "party_missing", found)


# --- People ---


def seats(
    organisation: Organisation,
    unit: str,
    roles: Sequence[str],
    day: date,
    leaving_out: Collection[str] = (),
) -> tuple[Seat, ...]:
    """Return who holds each of *roles* on *day*, those that somebody holds, in that order.

    A role that nobody holds is served by whoever stands in for it.
    """
    found = (
        Seat(unit, held, people)
        for role in roles
        for held, holders in _serving(organisation, unit, role, day)
        if (people := tuple(one for one in holders if one not in leaving_out))
    )
    return tuple(dict.fromkeys(found))


def desk(
    organisation: Organisation,
    places: Sequence[tuple[str, Sequence[str]]],
    day: date,
    leaving_out: Collection[str] = (),
) -> Seat:
    """Return the first seat of *places* (unit, roles) that somebody may take.

    Who is *left out*, every subject of the case, past or present, never decides it. Where nobody
    is left the desk is the first place's first role, vacant: shown, not absent.
    """
    for unit, roles in places:
        for seat in seats(organisation, unit, roles, day, leaving_out):
            return seat
    unit, roles = places[0]
    return Seat(unit, roles[0], ())


def everybody(organisation: Organisation, unit: str, day: date) -> tuple[str, ...]:
    """Return who holds a post in *unit* or below it on *day*; no administrator counts."""
    within = frozenset(organisation.subtree(unit))
    return tuple(
        dict.fromkeys(
            post.person
            for post in organisation.posts()
            if post.unit in within and post.role not in ADMINISTRATORS and post.holds_on(day)
        )
    )


def nearest_post(
    organisation: Organisation, person: str, path: Sequence[str], day: date
) -> Post | None:
    """Return the post of *person* on *day* that is nearest to the end of *path*; None: no post."""
    posts = organisation.posts_of(person, day)
    return max(
        posts, key=lambda post: path.index(post.unit) if post.unit in path else -1, default=None
    )


def _serving(
    organisation: Organisation, unit: str, role: str, day: date
) -> Iterable[tuple[str, tuple[str, ...]]]:
    at: str | None = role
    while at is not None:
        if holders := organisation.holders(unit, at, day):
            yield at, holders
            return
        word = organisation.vocabulary.roles.get(at)
        at = word.stand_in if word else None


# --- Filters over what is told of units; None: it is not filled in ---

Condition = Callable[[Unit], bool | None]


def is_value(unit: Unit, attribute: str, value: Value) -> bool | None:
    """Tell whether *attribute* is *value*."""
    told = unit.attributes.get(attribute)
    # In Python true equals one.
    return None if told is None else type(told) is type(value) and told == value


def is_within(
    unit: Unit,
    attribute: str,
    *,
    least: int | date | None = None,
    below: int | date | None = None,
) -> bool | None:
    """Tell whether *attribute*, a number or a day, is at least *least* and below *below*."""
    told = unit.attributes.get(attribute)
    if told is None:
        return None
    at = date.fromisoformat(told) if isinstance(told, str) else told
    return (least is None or least <= at) and (below is None or at < below)  # type: ignore[operator] # both of the attribute's type, which the check of the file has seen to


def select(units: Iterable[Unit], conditions: Sequence[Condition]) -> Selection:
    """Return which of *units* fulfil all *conditions*, and which might, were more told of them."""
    chosen, unknown = list[str](), list[str]()
    for unit in units:
        answers = [condition(unit) for condition in conditions]
        if all(answers):
            chosen.append(unit.id)
        elif False not in answers:
            unknown.append(unit.id)
    return Selection(tuple(chosen), tuple(unknown))
