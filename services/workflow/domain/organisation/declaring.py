"""The `vocabulary` of an organisation file, read word by word, every fault noted, none fatal."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from schemas.canonical import canonical_bytes
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
from services.workflow.domain.organisation.entry import NO_NAME, Entry, Path, is_name

_SORTS = ("kinds", "attributes", "roles", "relations")
UNIT_WORDS = ("id", "parent", "name", "kind", "attributes")
# These stand beside the names of attributes: of a unit, and in a filter of the scheme's language.
_TAKEN = frozenset({*UNIT_WORDS, "mode", "flag", "grade", "tier", "unit_kind"})
PLAIN_TYPES = tuple(type_ for type_ in TYPES if type_ != "choice")  # `founded: day` says it all
_NO_TYPE = ""  # the file is refused: what units tell of it is no second fault
W = TypeVar("W", bound=Word)


def read_vocabulary(
    section: Any, report: Callable[[Path, str], None], warn: Callable[[Path, str], None]
) -> Vocabulary:
    """Return the words of *section*; what is at fault is reported, and left out."""
    if not isinstance(section, dict):
        report(("vocabulary",), "此处应为键值对")
        return Vocabulary()
    reading = _Reading(section, report, warn)
    for key in section.keys() - set(_SORTS):
        report(("vocabulary", key), "没有规则会读取此项")
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
    section: Mapping[str, Any]
    report: Callable[[Path, str], None]
    warn: Callable[[Path, str], None]
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
                entry.fault("name", f"“{name}”在此处重复")
            else:
                self.places[sort, name] = entry.path
                found[name] = word
        return found

    def attributes(self) -> dict[str, Attribute]:
        """Read `{name: type}`, or `{name: {type, label, …}}`."""
        path: Path = ("vocabulary", "attributes")
        section = self.section.get("attributes", {})
        if not isinstance(section, dict):
            self.report(path, "此处应为键值对")
            return {}
        every, found = Entry(section, path, self.report, self.warn), {}
        for name, told in section.items():
            if not is_name(name):
                every.fault(name, NO_NAME)
            elif name in _TAKEN:
                every.fault(name, f"“{name}”另有含义，不能作为属性的名称")
            elif isinstance(told, dict):
                found[name] = _attribute(Entry(told, (*path, name), self.report, self.warn), name)
            else:
                type_ = every.choice(name, PLAIN_TYPES, "类型") or _NO_TYPE
                found[name] = Attribute(name=name, label=name, type=type_)
        return found

    def judge(self, vocabulary: Vocabulary) -> None:
        """Note what only the whole can tell."""
        for name in ADMINISTRATORS & vocabulary.roles.keys():
            path = (*self.places["roles", name], "name")
            self.report(path, f"“{name}”是三员之一，由系统规定，不能另行声明")
        for name in vocabulary.relations.keys() & vocabulary.roles.keys():
            path = (*self.places["relations", name], "name")
            self.report(path, f"“{name}”已是职务的名称")
        for name, reason in _stand_in_faults(vocabulary.roles):
            self.report((*self.places["roles", name], "stand_in"), reason)
        if len(canonical_bytes(vocabulary.data())) > VOCABULARY_BYTES:
            self.report(("vocabulary",), f"词表超过 {VOCABULARY_BYTES} 字节")

    def _entries(self, sort: str, *, required: bool) -> Iterator[Entry]:
        listed = self.section.get(sort, None if required else [])
        if not isinstance(listed, list) or (required and not listed):
            self.report(("vocabulary", sort), f"缺少列表“{sort}”，或它不是列表")
            return
        if len(listed) > WORDS:
            self.report(("vocabulary", sort), f"超过 {WORDS} 项")
            return
        for index, value in enumerate(listed):
            path: Path = ("vocabulary", sort, index)
            if isinstance(value, dict):
                yield Entry(value, path, self.report, self.warn)
            else:
                self.report(path, "此处应为键值对")


def _word(entry: Entry, name: str, *others: str) -> Word:
    entry.allow("name", "label", "label_en", *others)
    return Word(name=name, **_labels(entry, name, required=True))


def _role(entry: Entry, name: str) -> Role:
    word = _word(entry, name, "powers", "one", "stand_in")
    return Role(
        name=name,
        label=word.label,
        label_en=word.label_en,
        powers=frozenset(entry.words("powers", POWERS, "权限")),
        one=entry.flag("one"),
        stand_in=entry.name("stand_in", required=False),
    )


def _attribute(entry: Entry, name: str) -> Attribute:
    entry.allow("type", "label", "label_en", "choices", "default")
    type_ = entry.choice("type", TYPES, "类型")
    choices = entry.names("choices", CHOICES)
    if type_ is not None and (type_ == "choice") is not bool(choices):
        entry.fault("choices", "类型 choice 应列出可选的名称，其他类型不列")
    attribute = Attribute(
        name=name,
        **_labels(entry, name, required=False),
        type=type_ or _NO_TYPE,
        choices=choices,
    )
    return (
        attribute
        if type_ is None
        else replace(attribute, default=entry.value("default", attribute))
    )


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
            yield role.name, f"没有名为“{role.stand_in}”的职务"
            continue
        ring = _ring(role.name, roles)
        if ring and told.isdisjoint(ring):
            told.update(ring)
            yield role.name, f"代行关系成环：{' → '.join((*ring, role.name))}"


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
