"""The words an organisation is made of: kinds of units, attributes, roles with powers, relations.

An organisation file declares them, and its events carry them whole. Where none ever did, the
default applies, which lies beside this module as data: it is what stored events rest on, so it is
added to by a new file and never edited. In code stand the three administrators alone, because
they watch the program itself.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Self, TypeVar

Value = str | int | bool  # of an attribute: a day is `YYYY-MM-DD`, a choice one of its names

# The three administrators watch each other: nobody is two of them, and none touches a case.
ADMINISTRATORS: frozenset[str] = frozenset(
    {"system_administrator", "security_administrator", "audit_administrator"}
)
# What a role may do at most; who of those that may does, a scheme chooses.
POWERS = (
    "act",  # be granted a trigger, or a desk
    "read_own",  # the cases of the unit itself
    "read_below",  # those, and all of the units below
    "read_refusals",  # what was refused; who has it without `note` is an observer, and is watched
    "supervise",  # remind by hand whoever a case lies with
    "open",  # a round
    "note",  # leave a remark
)
TYPES = ("day", "flag", "number", "choice")


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A name, and what people read for it."""

    name: str
    label: str
    label_en: str = ""

    def read_in(self, language: str) -> str:
        """Return the label in *language*; in Chinese where there is no other."""
        return (self.label_en if language == "en" else "") or self.label


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute(Word):
    """Something that is told of units, and of what type."""

    type: str  # one of TYPES
    choices: tuple[str, ...] = ()  # of type `choice`
    default: Value | None = None  # of a unit that tells nothing; None: then it is not known


@dataclass(frozen=True, kw_only=True, slots=True)
class Role(Word):
    """What people do in a unit, and what they may."""

    powers: frozenset[str] = frozenset()
    one: bool = False  # at most one holder at a time
    stand_in: str | None = None  # the role whose holder serves while nobody holds this one


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """All words of an organisation, each sort in the order in which it was declared."""

    kinds: Mapping[str, Word] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    relations: Mapping[str, Word] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the vocabulary that an event tells."""
        return cls(
            kinds=_by_name(Word(**entry) for entry in data["kinds"]),
            attributes=_by_name(
                Attribute(**{**entry, "choices": tuple(entry.get("choices", ()))})
                for entry in data["attributes"]
            ),
            roles=_by_name(
                Role(**{**entry, "powers": frozenset(entry["powers"])}) for entry in data["roles"]
            ),
            relations=_by_name(Word(**entry) for entry in data["relations"]),
        )

    def data(self) -> dict[str, Any]:
        """Return the vocabulary as an event tells it."""
        return {
            "kinds": [_word(one) for one in self.kinds.values()],
            "attributes": [_attribute(one) for one in self.attributes.values()],
            "roles": [_role(one) for one in self.roles.values()],
            "relations": [_word(one) for one in self.relations.values()],
        }

    def having(self, power: str) -> frozenset[str]:
        """Return the roles that have *power*; an administrator has none."""
        return self._having[power]

    @property
    def observers(self) -> frozenset[str]:
        """The roles that read what was refused and write nothing: they watch, and are watched."""
        return self._having["read_refusals"] - self._having["note"]

    def principals(self, role: str) -> tuple[str, ...]:
        """Return the roles that a holder of *role* stands in for."""
        return self._principals.get(role, ())

    def means(self, role: str, roles: Collection[str]) -> bool:
        """Tell whether who holds *role* may come to serve in one of *roles*, if by standing in."""
        return role in roles or any(self.means(one, roles) for one in self.principals(role))

    def role_label(self, role: str, language: str = "zh") -> str:
        """Return what people read for *role*; its name where it is not one of these words."""
        word = self.roles.get(role) or administrators().get(role)
        return word.read_in(language) if word else role

    def kind_label(self, kind: str, language: str = "zh") -> str:
        """Return what people read for *kind*; its name where it is not one of these words."""
        word = self.kinds.get(kind)
        return word.read_in(language) if word else kind

    # Asked with every command, and the same for ever.
    @cached_property
    def _having(self) -> Mapping[str, frozenset[str]]:
        return {
            power: frozenset(one.name for one in self.roles.values() if power in one.powers)
            for power in POWERS
        }

    @cached_property
    def _principals(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for role in self.roles.values():
            if role.stand_in is not None:
                found[role.stand_in] = (*found.get(role.stand_in, ()), role.name)
        return found


@cache
def default() -> Vocabulary:
    """Return what applies until an organisation says otherwise."""
    return Vocabulary.from_data(_shipped()["default"])


@cache
def administrators() -> Mapping[str, Word]:
    """Return the three administrators, with what people read for them."""
    return _by_name(Word(**entry) for entry in _shipped()["administrators"])


@cache
def _shipped() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(files("schemas").joinpath("vocabulary.json").read_bytes())
    return found


W = TypeVar("W", bound=Word)


def _by_name(words: Iterable[W]) -> dict[str, W]:
    return {word.name: word for word in words}


def _word(word: Word) -> dict[str, Any]:
    return {"name": word.name, "label": word.label} | (
        {"label_en": word.label_en} if word.label_en else {}
    )


def _attribute(attribute: Attribute) -> dict[str, Any]:
    choices = {"choices": list(attribute.choices)} if attribute.choices else {}
    default = {} if attribute.default is None else {"default": attribute.default}
    return {**_word(attribute), "type": attribute.type, **choices, **default}


def _role(role: Role) -> dict[str, Any]:
    stand_in = {} if role.stand_in is None else {"stand_in": role.stand_in}
    return {**_word(role), "powers": sorted(role.powers), "one": role.one, **stand_in}
