"""What a scheme calls its kinds of case, its states and triggers: all that is read of it.

Whether a scheme is sound was decided where it was imported. So nothing is checked again, what is
not understood is left out, and a format to come is read as far as it says names like these.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from schemas.policy import Place, at_place
from schemas.upcast import KIND, LABEL
from services.notifier.domain.sight import bulletins

_Key = TypeVar("_Key")


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """The names that people read, by the names that stand in events."""

    scheme: str = ""  # id
    hash: str = ""  # of its text
    kinds: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[Place, str] = field(default_factory=dict)
    # What leads on from a state, each by itself.
    acts: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)
    triggers: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by kind and name
    bulletins: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by kind and name
    words: Mapping[str, str] = field(default_factory=dict)  # the scheme's own for pages and mails

    def state(self, place: Place) -> str | None:
        """Return what a state is called."""
        return at_place(self.states, place)

    def act(self, place: Place) -> tuple[str, ...]:
        """Return what may be done in a state, by the labels of its triggers."""
        return at_place(self.acts, place) or ()

    def told(self, said: Mapping[str, str]) -> Self:
        """Return these names with what is *said* for them in their place, as far as it says any."""
        return replace(
            self,
            kinds=_in(said, self.kinds),
            states=_in(said, self.states),
            acts={at: tuple(said.get(one, one) for one in acts) for at, acts in self.acts.items()},
            triggers=_in(said, self.triggers),
            bulletins=_in(said, self.bulletins),
            words=_in(said, self.words),
        )


def read_labels(tree: Mapping[str, Any]) -> Labels:
    """Return what the scheme *tree*, of whatever format, calls things."""
    # Format 1 knows one kind, and does not name it.
    kinds = _mapping(tree.get("cases")) or {KIND: {"label": LABEL, **tree}}
    states: dict[Place, str] = {}
    acts: dict[Place, tuple[str, ...]] = {}
    for kind, body in kinds.items():
        for tier, part in [("", body), *_mapping(body.get("tiers")).items()]:
            states |= {Place(kind, name, tier): label for name, label in _labelled(part, "states")}
        for state, labels in _leading_on(body).items():
            acts[Place(kind, state)] = tuple(labels)
    return Labels(
        scheme=str(tree.get("id", "")),
        kinds={kind: str(body["label"]) for kind, body in kinds.items() if "label" in body},
        states=states,
        acts=acts,
        triggers={
            (kind, name): str(trigger["label"])
            for kind, body in kinds.items()
            for name, trigger in _named(body.get("triggers", body.get("transitions")))
            if "label" in trigger
        },
        bulletins={
            (kind, str(take["bulletin"])): str(take["label"])
            for kind, body in kinds.items()
            for take in bulletins(_mapping(body))
            if "label" in take
        },
        words={name: str(word) for name, word in _mapping(tree.get("words")).items()},
    )


def _in(said: Mapping[str, str], names: Mapping[_Key, str]) -> dict[_Key, str]:
    return {key: said.get(name, name) for key, name in names.items()}


def _leading_on(body: Mapping[str, Any]) -> Mapping[str, list[str]]:
    """Return by state the labels of the triggers that are named as leading on from it."""
    found: dict[str, list[str]] = {}
    for _, trigger in _named(body.get("triggers", body.get("transitions"))):
        from_ = trigger.get("from")
        if isinstance(from_, list) and "label" in trigger:
            for state in from_:
                found.setdefault(str(state), []).append(str(trigger["label"]))
    return found


def _labelled(part: Mapping[str, Any], key: str) -> Iterator[tuple[str, str]]:
    for name, each in _named(part.get(key)):
        if "label" in each:
            yield name, str(each["label"])


def _named(value: Any) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Return the entries of a list of `{name, …}`, or of a mapping by name."""
    if isinstance(value, list):
        return [(str(each["name"]), each) for each in value if "name" in _mapping(each)]
    return _mapping(value).items()


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
