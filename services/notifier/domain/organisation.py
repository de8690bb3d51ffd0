"""Who sits where: the part of the organisation that one decision needs.

The one idea: an `Organisation` here is an extract, a value holding some units with those
above them, and their posts. It is cut out of the database when a rung fires, so that a message goes
to whoever holds the post on that day and not to whoever held it when the timer was set.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain

from schemas.vocabulary import ADMINISTRATORS, Vocabulary, default


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit; the root has no parent."""

    id: str
    parent: str | None
    name: str
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Span:
    """Days, both inclusive; without *until* for good."""

    since: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on *day*."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, kw_only=True, slots=True)
class Post(_Span):
    """One person in one role of one unit."""

    person: str
    unit: str
    role: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delegation(_Span):
    """*deputy* may do what *person* may in these roles of a unit, while that person may."""

    deputy: str
    person: str
    unit: str
    roles: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence(_Span):
    """A person is away."""

    person: str


class Organisation:
    """Some units with their posts, who stands in there, and who is away; immutable."""

    def __init__(
        self,
        units: Iterable[Unit] = (),
        posts: Iterable[Post] = (),
        vocabulary: Vocabulary | None = None,
        *,
        delegations: Iterable[Delegation] = (),
        absences: Iterable[Absence] = (),
        wishes: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.units: Mapping[str, Unit] = {unit.id: unit for unit in units}
        self._vocabulary = vocabulary or default()
        self._posts: dict[str, list[Post]] = {}
        # In an order of their own: a database has none.
        for post in sorted(posts, key=lambda post: (post.since, post.person, post.role)):
            self._posts.setdefault(post.unit, []).append(post)
        self._delegations = sorted(
            delegations, key=lambda one: (one.since, one.deputy, one.person, one.unit)
        )
        self._absences = tuple(absences)
        self._wishes = wishes or {}

    def deputies(self, person: str, unit: str, role: str, day: date) -> tuple[str, ...]:
        """Return who stands in for *person* in one role of *unit* on *day*, each once."""
        found = (
            one.deputy
            for one in self._delegations
            if (one.person, one.unit) == (person, unit) and role in one.roles and one.holds_on(day)
        )
        return tuple(dict.fromkeys(found))

    def stood_in_for(self, deputy: str, day: date) -> Iterator[Delegation]:
        """Yield for whom *deputy* stands in on *day*, and in what."""
        yield from (one for one in self._delegations if one.deputy == deputy and one.holds_on(day))

    def principals(self, deputy: str) -> Iterator[str]:
        """Yield for whom *deputy* stands in on whatever day."""
        yield from (one.person for one in self._delegations if one.deputy == deputy)

    def is_away(self, person: str, day: date) -> bool:
        """Tell whether *person* is away on *day*."""
        return any(one.person == person and one.holds_on(day) for one in self._absences)

    def wanted(self, person: str) -> tuple[str, ...] | None:
        """Return the channels that *person* chose to be told by; None: they chose nothing."""
        return self._wishes.get(person)

    def upwards(self, unit: str) -> Iterator[str]:
        """Yield *unit* and all above it, as they stand today."""
        at = self.units.get(unit)
        while at is not None:
            yield at.id
            at = self.units.get(at.parent or "")

    def nearest(self, way_up: Iterable[str], kinds: Collection[str]) -> str | None:
        """Return the first unit of one of *kinds* on *way_up*; None: there is none."""
        known = (self.units.get(unit) for unit in way_up)
        return next((unit.id for unit in known if unit and unit.kind in kinds), None)

    def name(self, unit: str) -> str:
        """Return the name of *unit*, its id if it is unknown."""
        found = self.units.get(unit)
        return found.name if found else unit

    def role(self, name: str, language: str) -> str:
        """Return what the role *name* is called in *language*; its name if nobody says."""
        return self._vocabulary.role_label(name, language)

    def stand_in(self, role: str) -> str | None:
        """Return the role whose holder serves while nobody holds *role*."""
        found = self._vocabulary.roles.get(role)
        return found.stand_in if found else None

    def holders(self, unit: str, role: str, day: date) -> tuple[str, ...]:
        """Return who holds *role* in *unit* on *day*, longest in post first; empty: a vacancy."""
        return tuple(
            post.person
            for post in self._posts.get(unit, ())
            if post.role == role and post.holds_on(day)
        )

    def is_wanting(self, unit: str, role: str, day: date) -> bool:
        """Tell whether it matters that nobody holds *role*: a stand-in's, only in a vacancy."""
        principals = self._vocabulary.principals(role)
        return not principals or any(not self.holders(unit, one, day) for one in principals)

    def has_post(self, person: str, unit: str, role: str, day: date) -> bool:
        """Tell whether *person* holds *role* in *unit* on *day*."""
        return person in self.holders(unit, role, day)

    def serves(self, person: str, unit: str, roles: Collection[str], day: date) -> bool:
        """Tell whether *person* serves in one of *roles* at *unit*; in another's, in a vacancy."""
        return any(
            post.person == person and post.holds_on(day) and self._gives(post, roles, day)
            for post in self._posts.get(unit, ())
        )

    def serving(self, unit: str, roles: Collection[str], day: date) -> Iterator[Post]:
        """Yield the posts at *unit* that give one of *roles*; of none, any but administrators'."""
        for post in self._posts.get(unit, ()):
            if not post.holds_on(day):
                continue
            if self._gives(post, roles, day) if roles else post.role not in ADMINISTRATORS:
                yield post

    def _gives(self, post: Post, roles: Collection[str], day: date) -> bool:
        principals = self._vocabulary.principals(post.role)
        if not principals:
            return post.role in roles
        vacant = (one for one in principals if not self.holders(post.unit, one, day))
        return any(
            post.role in roles or self._gives(replace(post, role=one), roles, day) for one in vacant
        )

    def desk_of(self, person: str, day: date, unit: str | None = None) -> tuple[str, str] | None:
        """Return unit and role that *person* holds on *day*, there if named; None: not known."""
        known = self._posts.get(unit, ()) if unit else chain.from_iterable(self._posts.values())
        held = (post for post in known if post.person == person and post.holds_on(day))
        return next(((post.unit, post.role) for post in held), None)

    def has_desk(self, person: str, unit: str, role: str, own: str | None, day: date) -> bool:
        """Tell whether a desk is *person*'s on *day*, or of whom they stand in for.

        *own* is whose own it is; it is theirs as long as they belong to the unit. What was handed
        on with a post is also what that post brings with it while another is vacant.
        """
        principals = (
            one.person
            for one in self.stood_in_for(person, day)
            if one.unit == unit and (role in one.roles or self._brings(one, role, day))
        )
        able = (person, *principals)
        if own is not None:
            return own in able and self.belongs(own, unit, day)
        return any(self.serves(one, unit, (role,), day) for one in able)

    def _brings(self, handed_on: Delegation, role: str, day: date) -> bool:
        """Tell whether a post that was *handed_on* gives *role* on *day*: in a vacancy, too."""
        return any(
            post.person == handed_on.person
            and post.role in handed_on.roles
            and post.holds_on(day)
            and self._gives(post, (role,), day)
            for post in self._posts.get(handed_on.unit, ())
        )

    def turns(self, unit: str) -> Iterator[date]:
        """Yield the days after which it may be another who serves in *unit*, in no order."""
        for span in (*self._posts.get(unit, ()), *self._delegations):
            if span.since > date.min:
                yield span.since - timedelta(days=1)
            if span.until is not None:
                yield span.until

    def belongs(self, person: str, unit: str, day: date) -> bool:
        """Tell whether *person* holds any post in *unit* on *day*."""
        return any(
            post.person == person and post.holds_on(day) for post in self._posts.get(unit, ())
        )
