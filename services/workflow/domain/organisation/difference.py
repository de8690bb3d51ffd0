"""What an import changes: the organisation as it is against a file of how it shall be.

Pure. The file is the whole truth: what it no longer holds is dropped, and the same file again
changes nothing. The events come in an order in which every version on the way is a sound tree:
parents before children, a post ended before its successor begins.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from schemas.canonical import canonical_bytes
from schemas.document import Fault, Faults
from schemas.limits import ATTRIBUTES_BYTES, EVENT_BYTES, ORGANISATION_ENTRIES
from schemas.vocabulary import Vocabulary
from services.workflow.domain.organisation.file import Details, OrganisationFile
from services.workflow.domain.organisation.model import Post, Relation, Unit
from services.workflow.domain.organisation.sentences import say
from services.workflow.domain.organisation.tree import Organisation

_SECTIONS = ("units", "people", "posts", "relations")
_BYTES = EVENT_BYTES - ATTRIBUTES_BYTES  # of the entries of one event
Commit = Callable[[str], Mapping[str, Any]]  # keeps a text, and returns its commitment
T = TypeVar("T")
S = TypeVar("S", bound=Post | Relation)
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Person:
    """A person, and what is known of them; None where the text was erased."""

    id: str
    details: Details | None


@dataclass(frozen=True, slots=True)
class Changes(Generic[T]):
    """What happened to one sort of entry, in the order in which it is recorded."""

    written: tuple[tuple[T | None, T], ...]  # before (None: added), after
    dropped: tuple[T, ...]

    def __bool__(self) -> bool:
        return bool(self.written or self.dropped)


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything one import changes; false when the file says what is known already."""

    units: Changes[Unit]  # written parents first, dropped children first
    people: Changes[Person]
    posts: Changes[Post]  # shortened ones before new ones
    relations: Changes[Relation]  # likewise
    was: Vocabulary
    vocabulary: Vocabulary

    def __bool__(self) -> bool:
        return bool(self.units or self.people or self.posts or self.relations or self.is_said_anew)

    @property
    def is_said_anew(self) -> bool:
        """Tell whether the vocabulary changes; the order of its words is part of it."""
        return self.was.data() != self.vocabulary.data()

    def events(self, commit: Commit) -> Iterator[dict[str, Any]]:
        """Yield the data of each `organisation_changed` event, oldest first; none if empty.

        *commit* is called once for each person written, with the canonical JSON of the details.
        """
        data, n_entries, n_bytes = _no_change(), 0, 0
        if self.is_said_anew:  # before what is made of its words
            data["vocabulary"] = self.vocabulary.data()
            n_entries, n_bytes = 1, len(canonical_bytes(data["vocabulary"]))
        for is_dropped, section, entry in self._entries(commit):
            size = len(canonical_bytes(entry)) + 1  # and a comma
            if n_entries == ORGANISATION_ENTRIES or n_bytes + size > _BYTES:
                yield data
                data, n_entries, n_bytes = _no_change(), 0, 0
            (data["dropped"] if is_dropped else data)[section].append(entry)
            n_entries, n_bytes = n_entries + 1, n_bytes + size
        if n_entries:
            yield data

    def _entries(self, commit: Commit) -> Iterator[tuple[bool, str, Any]]:
        for _, unit in self.units.written:
            yield False, "units", _unit_entry(unit)
        for _, person in self.people.written:
            text = canonical_bytes(person.details).decode()
            yield False, "people", {"id": person.id, "details": dict(commit(text))}
        for post in self.posts.dropped:
            yield True, "posts", _post_key(post)
        for _, post in self.posts.written:
            yield False, "posts", _post_key(post) | _until(post)
        for relation in self.relations.dropped:
            yield True, "relations", _relation_key(relation)
        for _, relation in self.relations.written:
            yield False, "relations", _relation_key(relation) | _until(relation)
        for unit in self.units.dropped:
            yield True, "units", unit.id
        for person in self.people.dropped:
            yield True, "people", person.id


def difference(
    old: Organisation, old_people: Mapping[str, Mapping[str, Any]], new: OrganisationFile
) -> Difference:
    """Return what *new* changes in *old*.

    *old_people* holds the stored details by person. One whose text was erased is missing there,
    and written anew if the file still names them.

    Raises:
        Faults: the file has another root; the root names the stream of the organisation's own
            history, so it stays.
    """
    if old.root is not None and old.root != new.root:
        place = new.root_place
        reason = say("root_stays", root=old.root)
        raise Faults([Fault(file=place.file, line=place.line, path=place.path, reason=reason)])
    return Difference(
        units=_units(old, new),
        people=_changes(
            {person: Person(person, old_people.get(person)) for person in old.people},
            {person: Person(person, details) for person, details in new.people.items()},
        ),
        posts=_held(old.posts(), new.posts),
        relations=_held(old.relations(), new.relations),
        was=old.vocabulary,
        vocabulary=new.vocabulary,
    )


def _units(old: Organisation, new: OrganisationFile) -> Changes[Unit]:
    changes = _changes(old.units, new.units)
    gone = {unit.id: unit for unit in changes.dropped}
    # Children first: on no version on the way does a unit hang on a parent that is gone.
    children_first = reversed(list(old.subtree(old.root))) if old.root and gone else ()
    return Changes(changes.written, tuple(gone[unit] for unit in children_first if unit in gone))


def _held(old: Iterable[S], new: Iterable[S]) -> Changes[S]:
    changes = _changes({one.key: one for one in old}, {one.key: one for one in new})
    ended_first = sorted(changes.written, key=lambda change: change[0] is None)
    return Changes(tuple(ended_first), changes.dropped)


def _changes(old: Mapping[K, T], new: Mapping[K, T]) -> Changes[T]:
    return Changes(
        tuple((old.get(key), after) for key, after in new.items() if old.get(key) != after),
        tuple(before for key, before in old.items() if key not in new),
    )


def _no_change() -> dict[str, Any]:
    dropped: dict[str, list[Any]] = {section: [] for section in _SECTIONS}
    return {**{section: [] for section in _SECTIONS}, "dropped": dropped}


def _unit_entry(unit: Unit) -> dict[str, Any]:
    parent = {} if unit.parent is None else {"parent": unit.parent}
    return parent | {
        "id": unit.id,
        "name": unit.name,
        "kind": unit.kind,
        "attributes": dict(unit.attributes),
    }


def _post_key(post: Post) -> dict[str, str]:
    return {
        "person": post.person,
        "unit": post.unit,
        "role": post.role,
        "from": post.since.isoformat(),
    }


def _relation_key(relation: Relation) -> dict[str, str]:
    return {
        "person": relation.person,
        "unit": relation.unit,
        "relation": relation.relation,
        "from": relation.since.isoformat(),
    }


def _until(held: Post | Relation) -> dict[str, str]:
    return {} if held.until is None else {"until": held.until.isoformat()}
