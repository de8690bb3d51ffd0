"""The `vocabulary` of an organisation file, read word by word, every fault noted, none fatal."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from schemas.canonical import canonical_bytes
from schemas.document import Path
from schemas.limits import CHOICES, LABEL, VOCABULARY_BYTES, WORDS
from schemas.vocabulary import (
    ADMINISTRATORS,
    POWERS,
    TYPES,
    Attribute,
    Role,
    Vocabulary,
    Word,
)
from services.workflow.domain.organisation.entry import NO_NAME, Entry, is_name
from services.workflow.domain.organisation.sentences import say

UNIT_WORDS = ("id", "parent", "name", "kind", "attributes")
# These stand beside the names of attributes: of a unit, and in a filter of the scheme's language.
_TAKEN = frozenset({*UNIT_WORDS, "mode", "flag", "grade", "tier", "unit_kind"})
PLAIN_TYPES = tuple(type_ for type_ in TYPES if type_ != "choice")  # `founded: day` says it all
_NO_TYPE = ""  # the file is refused: what units tell of it is no second fault
W = TypeVar("W", bound=Word)


def read_vocabulary(section: Entry, report: Callable[[Path, str], None]) -> Vocabulary:
    """Return the words of *section*; what is at fault is reported, and left out."""
    reading = _Reading(section, report)
    vocabulary = Vocabulary(
        kinds=reading.listed("kinds", _word, required=True),
        attributes=reading.attributes(),
        roles=reading.listed("roles", _role, required=True),
        relations=reading.listed("relations", _word),
    )
    reading.judge(vocabulary)
    return vocabulary


@dataclass
class _Reading:
    section: Entry
    report: Callable[[Path, str], None]
    places: dict[tuple[str, str], Path] = field(default_factory=dict)  # of (sort, name)

    def listed(
        self, sort: str, read: Callable[[Entry, str], W], *, required: bool = False
    ) -> dict[str, W]:
        found: dict[str, W] = {}
        for entry in self._entries(sort, required=required):
            name = entry.name("name")
            if name is None:
                read(entry, "")  # for the faults of the rest
                continue
            word = read(entry, name)
            if name in found:
                entry.fault("name", say("repeated", name=name))
            else:
                self.places[sort, name] = entry.path
                found[name] = word
        return found

    def attributes(self) -> dict[str, Attribute]:
        """Read `{name: type}`, or `{name: {type, label, …}}`."""
        every, found = self.section.below("attributes"), {}
        for name in every.all_keys():
            if not is_name(name):
                every.fault(name, NO_NAME)
            elif name in _TAKEN:
                every.fault(name, say("name_taken", name=name))
            elif isinstance(every.raw(name), dict):
                found[name] = _attribute(every.below(name), name)
            else:
                type_ = every.choice(name, PLAIN_TYPES, say("type")) or _NO_TYPE
                found[name] = Attribute(name=name, label=name, type=type_)
        return found

    def judge(self, vocabulary: Vocabulary) -> None:
        """Note what only the whole can tell."""
        for name in ADMINISTRATORS & vocabulary.roles.keys():
            path = (*self.places["roles", name], "name")
            self.report(path, say("is_administrator", name=name))
        for name in vocabulary.relations.keys() & vocabulary.roles.keys():
            path = (*self.places["relations", name], "name")
            self.report(path, say("is_role", name=name))
        for name, reason in _stand_in_faults(vocabulary.roles):
            self.report((*self.places["roles", name], "stand_in"), reason)
        if len(canonical_bytes(vocabulary.data())) > VOCABULARY_BYTES:
            self.report(("vocabulary",), say("vocabulary_too_long", most=VOCABULARY_BYTES))

    def _entries(self, sort: str, *, required: bool) -> Iterator[Entry]:
        listed = self.section.raw(sort) if required or self.section.mentions(sort) else []
        if not isinstance(listed, list) or (required and not listed):
            self.section.fault(sort, say("list_lacking", name=sort))
        elif len(listed) > WORDS:
            self.section.fault(sort, say("too_many", most=WORDS))
        elif listed:
            yield from self.section.entries(sort)


def _word(entry: Entry, name: str) -> Word:
    return Word(name=name, **_labels(entry, name, required=True))


def _role(entry: Entry, name: str) -> Role:
    word = _word(entry, name)
    return Role(
        name=name,
        label=word.label,
        label_en=word.label_en,
        powers=frozenset(entry.words("powers", POWERS, say("power"))),
        one=entry.flag("one"),
        stand_in=entry.name("stand_in", required=False),
    )


def _attribute(entry: Entry, name: str) -> Attribute:
    type_ = entry.choice("type", TYPES, say("type"))
    choices = entry.names("choices", CHOICES)
    if type_ is not None and (type_ == "choice") is not bool(choices):
        entry.fault("choices", say("choices_misplaced"))
    attribute = Attribute(
        name=name,
        **_labels(entry, name, required=False),
        type=type_ or _NO_TYPE,
        choices=choices,
    )
    if not entry.has("default") or type_ is None:  # of no type it is no second fault
        return attribute
    return replace(attribute, default=entry.value("default", attribute))


def _labels(entry: Entry, name: str, *, required: bool) -> dict[str, str]:
    label = entry.text("label", most=LABEL, required=required)
    english = entry.text("label_en", most=LABEL, required=False)
    return {"label": label or name, "label_en": english or ""}


def _stand_in_faults(roles: Mapping[str, Role]) -> Iterator[tuple[str, str]]:
    told: set[str] = set()
    for role in roles.values():
        if role.stand_in is None:
            continue
        if role.stand_in in ADMINISTRATORS or role.stand_in not in roles:
            yield role.name, say("no_such_role", name=role.stand_in)
            continue
        ring = _ring(role.name, roles)
        if ring and told.isdisjoint(ring):
            told.update(ring)
            yield role.name, say("stand_in_ring", ring=" → ".join((*ring, role.name)))


def _ring(start: str, roles: Mapping[str, Role]) -> tuple[str, ...]:
    """Return the roles from *start* through their stand-ins back to it; empty if it ends."""
    trail = [start]
    while True:
        at = roles[trail[-1]].stand_in
        if at == start:
            return tuple(trail)
        if at is None or at not in roles or at in trail:
            return ()
        trail.append(at)
