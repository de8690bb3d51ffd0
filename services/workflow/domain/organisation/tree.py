"""The organisation at one version: a fold over `organisation_changed` events, in newest words.

The value never changes once made, so requests share it between threads and an authority check
needs neither a lock nor a query. Two indexes carry every question of the hot path: the posts of a
person and the posts of a desk (unit and role). Names and addresses are not here: an event carries
only their commitment, and the text lies beside the log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Self

from schemas.vocabulary import Vocabulary, default
from services.workflow.domain.organisation.indexes import put_in, span_of, take_out
from services.workflow.domain.organisation.model import Post, Relation, Unit
from services.workflow.domain.organisation.standing_in import StandingIn

Desk = tuple[str, str]  # (unit, role)
Bond = tuple[str, str]  # (unit, relation)
_NO_POSTS: tuple[Post, ...] = ()
_NO_RELATIONS: tuple[Relation, ...] = ()


class Organisation:
    """Units, people, posts and relations at *version* of the organisation's stream."""

    __slots__ = (
        "_by_bond",
        "_by_desk",
        "_by_person",
        "_children",
        "_former_people",
        "_former_posts",
        "_former_units",
        "_people",
        "_units",
        "root",
        "standing_in",
        "version",
        "vocabulary",
    )

    version: int  # 0 before the first import
    root: str | None  # None before the first import
    vocabulary: Vocabulary  # of its units and posts
    standing_in: StandingIn  # deputies and absences

    def __init__(
        self,
        *,
        version: int,
        units: dict[str, Unit],
        people: dict[str, str],
        by_person: dict[str, tuple[Post, ...]],
        by_desk: dict[Desk, tuple[Post, ...]],
        by_bond: dict[Bond, tuple[Relation, ...]],
        standing_in: StandingIn,
        former_people: dict[str, str],
        former_posts: dict[str, tuple[Post, ...]],
        former_units: dict[str, tuple[tuple[int, str], ...]],
        vocabulary: Vocabulary,
    ) -> None:
        self.version = version
        self.vocabulary = vocabulary
        self.root = next((unit.id for unit in units.values() if unit.parent is None), None)
        self._units = units
        self._people = people
        self._by_person = by_person
        self._by_desk = by_desk
        self._by_bond = by_bond
        self.standing_in = standing_in
        self._former_people = former_people
        self._former_posts = former_posts
        self._former_units = former_units  # names given up, each with its last version
        self._children: dict[str, list[str]] | None = None

    @classmethod
    def empty(cls) -> Self:
        """Return the organisation before its first import."""
        return cls(
            version=0,
            units={},
            people={},
            by_person={},
            by_desk={},
            by_bond={},
            standing_in=StandingIn(),
            former_people={},
            former_posts={},
            former_units={},
            vocabulary=default(),
        )

    def evolve(self, data: Mapping[str, Any]) -> "Organisation":
        """Return the organisation after one event of its stream with *data*."""
        return self.evolve_all((data,))

    def evolve_all(self, events: Iterable[Mapping[str, Any]]) -> "Organisation":
        """Return the organisation after *events*, oldest first, copying everything once only."""
        draft = _Draft(
            version=self.version,
            units=dict(self._units),
            people=dict(self._people),
            by_person=dict(self._by_person),
            by_desk=dict(self._by_desk),
            by_bond=dict(self._by_bond),
            standing_in=self.standing_in,
            former_people=dict(self._former_people),
            former_posts=dict(self._former_posts),
            former_units=dict(self._former_units),
            vocabulary=self.vocabulary,
        )
        for data in events:
            draft.apply(data)
        return draft.finished()

    # --- Units ---

    @property
    def units(self) -> Mapping[str, Unit]:
        """All units by id; a parent does not always come before its children."""
        return MappingProxyType(self._units)

    def unit(self, unit: str) -> Unit | None:
        """Return a unit, or None if there is none of that id."""
        return self._units.get(unit)

    def unit_name(self, unit: str, version: int | None = None) -> str:
        """Return what a unit was called at *version*, by default now; of one gone its last name."""
        former = self._former_units.get(unit, ())
        then = next((name for last, name in former if version is not None and version <= last), "")
        known = self._units.get(unit)
        return then or (known.name if known else former[-1][1] if former else unit)

    def path(self, unit: str) -> tuple[str, ...]:
        """Return the ids from the root down to *unit*, both included; empty if it is unknown."""
        path: list[str] = []
        at = self._units.get(unit)
        while at is not None:
            path.append(at.id)
            at = None if at.parent is None else self._units.get(at.parent)
        return tuple(reversed(path))

    def is_within(self, unit: str, ancestor: str) -> bool:
        """Tell whether *unit* is *ancestor* itself or lies below it."""
        at = self._units.get(unit)
        while at is not None:
            if at.id == ancestor:
                return True
            at = None if at.parent is None else self._units.get(at.parent)
        return False

    def nearest(self, unit: str, kind: str) -> str | None:
        """Return the closest unit of *kind* above *unit*, never *unit* itself."""
        return next(
            (above for above in reversed(self.path(unit)[:-1]) if self._units[above].kind == kind),
            None,
        )

    def subtree(self, unit: str) -> Iterator[str]:
        """Yield *unit* and everything below it, each parent before its children."""
        if unit not in self._units:
            return
        children = self._child_index()
        waiting = [unit]
        while waiting:
            at = waiting.pop()
            yield at
            waiting.extend(reversed(children.get(at, ())))

    def children(self, unit: str) -> Sequence[str]:
        """Return the units right below *unit*."""
        return self._child_index().get(unit, ())

    def _child_index(self) -> Mapping[str, Sequence[str]]:
        # Made when first asked for: most versions of a long import are never asked. Two threads
        # that make it at once make the same.
        if self._children is None:
            index: dict[str, list[str]] = {}
            for unit in self._units.values():
                if unit.parent is not None:
                    index.setdefault(unit.parent, []).append(unit.id)
            self._children = index
        return self._children

    # --- People and posts ---

    @property
    def people(self) -> Mapping[str, str]:
        """All people: id to the SHA-256 (hex) under which their details are kept."""
        return MappingProxyType(self._people)

    @property
    def former_people(self) -> Mapping[str, str]:
        """Those taken out of the file: id to the SHA-256 (hex) of their last details."""
        return MappingProxyType(self._former_people)

    def has_person(self, person: str) -> bool:
        """Tell whether *person* is known, with or without a post."""
        return person in self._people

    def posts(self) -> Iterator[Post]:
        """Yield every post, past and to come included."""
        for posts in self._by_person.values():
            yield from posts

    def posts_of(self, person: str, day: date) -> tuple[Post, ...]:
        """Return the posts *person* holds on *day*."""
        return tuple(post for post in self.posts_of_ever(person) if post.holds_on(day))

    def posts_of_ever(self, person: str) -> tuple[Post, ...]:
        """Return all posts of *person*, the earliest first."""
        return self._by_person.get(person, _NO_POSTS)

    def post_then(self, person: str, day: date) -> Post | None:
        """Return a post of *person* on *day*, else the last begun before; given up ones as well.

        None where they never held one.
        """
        ever = (*self.posts_of_ever(person), *self._former_posts.get(person, _NO_POSTS))
        held = next((post for post in ever if post.holds_on(day)), None)
        begun = [post for post in ever if post.since <= day]
        return held or max(begun or ever, key=lambda post: post.since, default=None)

    def holders(self, unit: str, role: str, day: date) -> tuple[str, ...]:
        """Return who holds *role* in *unit* on *day*, the longest in office first."""
        posts = self._by_desk.get((unit, role), _NO_POSTS)
        return tuple(post.person for post in posts if post.holds_on(day))

    def first_holder(self, unit: str, roles: Sequence[str], day: date) -> tuple[str, str] | None:
        """Return (person, role) of who holds the first of *roles* that is held; None: nobody."""
        for role in roles:
            for person in self.holders(unit, role, day):
                return person, role
        return None

    def relations(self) -> Iterator[Relation]:
        """Yield every relation, past and to come included."""
        for relations in self._by_bond.values():
            yield from relations

    def related(self, unit: str, relation: str, day: date) -> tuple[str, ...]:
        """Return who stands in *relation* to *unit* on *day*, the longest first."""
        bonds = self._by_bond.get((unit, relation), _NO_RELATIONS)
        return tuple(bond.person for bond in bonds if bond.holds_on(day))

    def deputies(self, unit: str, role: str, day: date) -> tuple[str, ...]:
        """Return who stands in on *day* for somebody that holds *role* in *unit*."""
        found = (
            deputy
            for person in self.holders(unit, role, day)
            for deputy in self.standing_in.for_post(person, unit, role, day)
        )
        return tuple(deputy for deputy in dict.fromkeys(found) if self.has_person(deputy))

    def desk(
        self, unit: str, roles: Sequence[str], day: date, not_person: str | None = None
    ) -> str:
        """Return the first of *roles* that somebody other than *not_person* holds on *day*.

        When nobody holds any of them, the first: the desk is vacant, not absent, and the notifier
        climbs from there.
        """
        for role in roles:
            if any(person != not_person for person in self.holders(unit, role, day)):
                return role
        return roles[0]


@dataclass(kw_only=True)
class _Draft:
    """An organisation while events are applied to it; thrown away afterwards."""

    version: int
    units: dict[str, Unit]
    people: dict[str, str]
    by_person: dict[str, tuple[Post, ...]]
    by_desk: dict[Desk, tuple[Post, ...]]
    by_bond: dict[Bond, tuple[Relation, ...]]
    standing_in: StandingIn
    former_people: dict[str, str]
    former_posts: dict[str, tuple[Post, ...]]
    former_units: dict[str, tuple[tuple[int, str], ...]]
    vocabulary: Vocabulary
    told_since: list[Mapping[str, Any]] = field(default_factory=list)  # of deputies and absences

    def apply(self, data: Mapping[str, Any]) -> None:
        """Apply one event, told by what it says."""
        if "dropped" in data:
            self._import(data)
        else:
            self.told_since.append(data)
        self.version += 1

    def _import(self, data: Mapping[str, Any]) -> None:
        """Apply one import: posts go first, so that a desk is never held twice on the way."""
        if "vocabulary" in data:
            self.vocabulary = Vocabulary.from_data(data["vocabulary"])
        dropped = data["dropped"]
        for entry in dropped["posts"]:
            self._remove(_post(entry))
            put_in(self.former_posts, entry["person"], _post(entry))
        for entry in dropped["relations"]:
            self._loosen(_relation(entry))
        for entry in data["units"]:
            self._keep_name(entry["id"], entry["name"])
            self.units[entry["id"]] = _unit(entry)
        for entry in data["people"]:
            self.people[entry["id"]] = entry["details"]["sha256"]
        for entry in data["posts"]:
            post = _post(entry)
            self._remove(post)
            self._add(post)
        for entry in data["relations"]:
            relation = _relation(entry)
            self._loosen(relation)
            put_in(self.by_bond, (relation.unit, relation.relation), relation)
        for unit in dropped["units"]:
            self._keep_name(unit, "")
            self.units.pop(unit, None)
        self.former_people |= {
            person: self.people.pop(person) for person in dropped["people"] if person in self.people
        }

    def _keep_name(self, unit: str, now: str) -> None:
        """Keep what a unit was called until this version, where it is called otherwise *now*."""
        before = self.units.get(unit)
        if before is not None and before.name != now:
            names = self.former_units.get(unit, ())
            self.former_units[unit] = (*names, (self.version, before.name))

    def finished(self) -> Organisation:
        return Organisation(
            version=self.version,
            units=self.units,
            people=self.people,
            by_person=self.by_person,
            by_desk=self.by_desk,
            by_bond=self.by_bond,
            standing_in=self.standing_in.evolve_all(self.told_since),
            former_people=self.former_people,
            former_posts=self.former_posts,
            former_units=self.former_units,
            vocabulary=self.vocabulary,
        )

    def _add(self, post: Post) -> None:
        put_in(self.by_person, post.person, post)
        put_in(self.by_desk, (post.unit, post.role), post)

    def _remove(self, post: Post) -> None:
        take_out(self.by_person, post.person, post)
        take_out(self.by_desk, (post.unit, post.role), post)

    def _loosen(self, relation: Relation) -> None:
        take_out(self.by_bond, (relation.unit, relation.relation), relation)


def _unit(entry: Mapping[str, Any]) -> Unit:
    return Unit(
        id=entry["id"],
        parent=entry.get("parent"),
        name=entry["name"],
        kind=entry["kind"],
        attributes=entry["attributes"],
    )


def _post(entry: Mapping[str, Any]) -> Post:
    return Post(person=entry["person"], unit=entry["unit"], role=entry["role"], **span_of(entry))


def _relation(entry: Mapping[str, Any]) -> Relation:
    return Relation(
        person=entry["person"],
        unit=entry["unit"],
        relation=entry["relation"],
        **span_of(entry),
    )
