"""The organisation file: read whole, every fault told at once, each with its line.

The file says how the organisation *is*, not what changes; what changes is `difference`'s to find.
So a file is judged alone: one tree, known ids, no desk held twice, and no word but those of its
own vocabulary, or of the default one. Format, in words: docs/reference/organisation-file.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.document import Document, Fault, Faults, Path
from schemas.reading import Reading
from schemas.vocabulary import Value, Vocabulary, administrators, default
from services.workflow.domain.organisation.declaring import read_vocabulary
from services.workflow.domain.organisation.entry import ADDRESSES, Entry, wording
from services.workflow.domain.organisation.lineage import line_faults, parents_first
from services.workflow.domain.organisation.model import Post, Relation, Unit
from services.workflow.domain.organisation.offices import Place, post_faults, relation_faults
from services.workflow.domain.organisation.sentences import say
from services.workflow.domain.organisation.spelling import AS_A_FILE, Spelling

Details = Mapping[str, str]  # name and addresses of one person


@dataclass(frozen=True, kw_only=True)
class OrganisationFile:
    """A file without a fault."""

    root: str
    units: Mapping[str, Unit]  # parents before their children
    people: Mapping[str, Details | None]  # None: erased, and stays so
    posts: tuple[Post, ...]  # in the order of the file
    relations: tuple[Relation, ...]  # likewise
    vocabulary: Vocabulary
    root_place: Fault  # where the root stands; its reason is empty
    vocabulary_place: Fault  # where the words are, or would be
    warnings: tuple[Fault, ...] = ()  # what is taken, and may not look the same everywhere


def parse(document: Document, spelling: Spelling = AS_A_FILE) -> OrganisationFile:
    """Read *document* as an organisation file; what is wrong is told in the words of *spelling*.

    Raises:
        Faults: all of them, in the order of their lines.
    """
    draft = _Draft(document, spelling)
    draft.read()
    if draft.faults:
        raise Faults(draft.faults)
    units = parents_first(draft.units)
    root = next(iter(units))
    return OrganisationFile(
        root=root,
        units=units,
        people=draft.people,
        posts=tuple(place.held for place in draft.posts),
        relations=tuple(place.held for place in draft.relations),
        vocabulary=draft.vocabulary,
        root_place=document.fault(draft.places["units"][root], ""),
        vocabulary_place=document.fault(("vocabulary",), ""),
        warnings=tuple(draft.warnings),
    )


@dataclass
class _Draft:
    """What has been read so far, and everything that was wrong with it."""

    document: Document
    spelling: Spelling
    warnings: list[Fault] = field(default_factory=list)
    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Details] = field(default_factory=dict)
    posts: list[Place[Post]] = field(default_factory=list)
    relations: list[Place[Relation]] = field(default_factory=list)
    vocabulary: Vocabulary = field(default_factory=default)
    # Every id that was written, also where the rest of its entry is at fault: a post that names
    # it is then no second fault.
    places: dict[str, dict[str, Path]] = field(default_factory=lambda: {"units": {}, "people": {}})
    _folded: set[tuple[str, str]] = field(default_factory=set)
    _clashes: list[Fault] = field(default_factory=list)  # between entries

    def __post_init__(self) -> None:
        self._reading = Reading(self.document, wording=wording(self.spelling))

    def read(self) -> None:
        root = Entry(self._reading.root(), self.warn, self.spelling)
        if root.mentions("vocabulary"):
            self.vocabulary = read_vocabulary(root.below("vocabulary"), self.fault)
        for entry in self._entries(root, "units"):
            self._unit(entry)
        for entry in self._entries(root, "people"):
            self._person(entry)
        for entry in self._entries(root, "posts"):
            self._post(entry)
        for entry in self._entries(root, "relations") if root.mentions("relations") else ():
            self._relation(entry)
        self._check_tree()
        self._reading.finish()
        self._clashes += post_faults(self.document, self.posts, self.vocabulary)
        self._clashes += relation_faults(self.document, self.relations)

    @property
    def faults(self) -> list[Fault]:
        return [*self._reading.faults, *self._clashes]

    def fault(self, path: Path, reason: str) -> None:
        self._reading.fault(path, reason)

    def warn(self, path: Path, reason: str) -> None:
        self.warnings.append(self.document.fault(path, reason))

    def _line(self, section: str, entry_id: str) -> int:
        return self.document.line_of(self.places[section][entry_id])

    def _entries(self, root: Entry, section: str) -> Iterator[Entry]:
        listed = root.raw(section)
        if not isinstance(listed, list) or (section == "units" and not listed):
            root.fault(section, say("list_lacking", name=root.called(section)))
        elif listed:
            yield from root.entries(section)

    def _new_id(self, entry: Entry) -> str | None:
        section, found = str(entry.path[0]), entry.identifier("id")
        if found is None:
            return None
        places = self.places[section]
        if found in places:
            entry.fault("id", say("id_repeated", id=found, line=self._line(section, found)))
            return None
        if (section, found.casefold()) in self._folded:
            entry.fault("id", say("id_differs_in_case", id=found))
        self._folded.add((section, found.casefold()))
        places[found] = entry.path
        return found

    def _unit(self, entry: Entry) -> None:
        unit_id = self._new_id(entry)
        parent = entry.identifier("parent", required=False)
        name = entry.text("name")
        kind = entry.choice("kind", self.vocabulary.kinds, say("unit_kind"))
        attributes = self._attributes(entry)
        if unit_id is not None:
            # A wrong name or kind becomes "": the file is refused, but its tree is still judged.
            self.units[unit_id] = Unit(
                id=unit_id,
                parent=parent,
                name=name or "",
                kind=kind or "",
                attributes=attributes,
            )

    def _attributes(self, entry: Entry) -> dict[str, Value]:
        """Read what is told of a unit, among its words or in a mapping of its own."""
        told, found = entry.below("attributes"), {}
        for attribute in self.vocabulary.attributes.values():
            if entry.has(attribute.name) and told.has(attribute.name):
                told.fault(attribute.name, say("told_twice"))
            place = told if told.has(attribute.name) else entry
            value = place.value(attribute.name, attribute)
            value = attribute.default if value is None else value
            if value is not None:
                found[attribute.name] = value
        return found

    def _person(self, entry: Entry) -> None:
        person = self._new_id(entry)
        details = {"name": entry.text("name"), **{key: entry.address(key) for key in ADDRESSES}}
        if person is not None:
            self.people[person] = {key: value for key, value in details.items() if value}

    def _post(self, entry: Entry) -> None:
        held, span = self._held(entry), self._span(entry)
        role = entry.choice("role", (*self.vocabulary.roles, *administrators()), say("role"))
        if held and role and span:
            self.posts.append(Place(entry.path, Post(role=role, **held, **span)))

    def _relation(self, entry: Entry) -> None:
        held, span = self._held(entry), self._span(entry)
        relation = entry.choice("relation", self.vocabulary.relations, say("relation"))
        if held and relation and span:
            self.relations.append(Place(entry.path, Relation(relation=relation, **held, **span)))

    def _held(self, entry: Entry) -> dict[str, Any]:
        """Return who, and in which unit; empty where one of them is at fault."""
        person = self._known(entry, "person", "people", say("person"))
        unit = self._known(entry, "unit", "units", say("unit"))
        return {"person": person, "unit": unit} if person and unit else {}

    def _span(self, entry: Entry) -> dict[str, Any]:
        since, until = entry.day("from"), entry.day("until", required=False)
        if since and until and until < since:
            entry.fault("until", say("ends_before_it_begins", until=until, since=since))
            return {}
        return {"since": since, "until": until} if since else {}

    def _known(self, entry: Entry, key: str, section: str, word: str) -> str | None:
        found = entry.identifier(key)
        if found is not None and found not in self.places[section]:
            entry.fault(key, say("unknown_id", id=found, word=word))
            return None
        return found

    def _check_tree(self) -> None:
        roots = []
        for unit in self.units.values():
            path = self.places["units"][unit.id]
            if unit.parent is None:
                # A parent that is written but malformed is a fault of its own, not a root.
                written = self.document.tree["units"][path[1]].get("parent")
                roots += [unit.id] if written is None else []
            elif unit.parent not in self.places["units"]:
                self.fault((*path, "parent"), say("unknown_id", id=unit.parent, word=say("unit")))
        for root in roots[1:]:
            more = say("several_roots", line=self._line("units", roots[0]), id=roots[0])
            self.fault(self.places["units"][root], more)
        if self.units and not roots:
            self.fault(("units",), say("no_root"))
        for unit_id, reason in line_faults(self.units):
            self.fault((*self.places["units"][unit_id], "parent"), reason)
