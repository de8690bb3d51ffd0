"""From kinds as they are written to the lives that run: what a tier changes, resolved (§1).

Here a key that a tier says again takes the place of the kind's; a state or trigger it names has to
be one of the kind's. Everything else about names is asked later, of the whole.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from schemas.document import Path
from schemas.reading import unknown
from services.workflow.domain.language.model.days import OF
from services.workflow.domain.language.model.lives import Kind, Life, Link, State
from services.workflow.domain.language.model.parties import PartyRule
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.reading.kinds import WrittenKind, WrittenTier
from services.workflow.domain.language.reading.triggers import OPEN_STATES, fields

Note = Callable[[Path, str], None]


def kind_of(name: str, written: WrittenKind, parties: Mapping[str, PartyRule], note: Note) -> Kind:
    """Return the kind *name* with all its lives."""
    states = {given["name"]: _state(given) for given in written.states}
    _note_sources(written.triggers, states, note)
    ground = _Ground(written, states, parties, note)
    lives = [ground.tier(tier, each) for tier, each in written.tiers.items()]
    return Kind(
        name=name,
        label=written.label,
        origin=written.origin,
        lives=tuple(lives or [ground.whole()]),
        person=written.person,
        exempt=written.exempt,
        links=_links(name, written),
        opened_by=written.opened_by,
        made_from=written.made_from,
        every=written.every,
        seen_by=written.seen_by,
        shows=written.shows,
        at=written.at,
    )


class _Ground:
    """One kind, from which each of its tiers takes."""

    def __init__(
        self,
        kind: WrittenKind,
        states: Mapping[str, State],
        parties: Mapping[str, PartyRule],
        note: Note,
    ) -> None:
        self._kind = kind
        self._states = states
        self._parties = parties
        self._note = note

    def whole(self) -> Life:
        """Return the one life of a kind without tiers."""
        kind = self._kind
        return self._life("", kind.label, kind.initial, self._states, kind.triggers, kind.at)

    def tier(self, name: str, tier: WrittenTier) -> Life:
        """Return the life of one tier."""
        triggers = dict(self._kind.triggers)
        for trigger, changes in tier.triggers.items():
            if self._is_known(trigger, triggers, "trigger", changes["at"]):
                triggers[trigger] = {**triggers[trigger], **fields(changes)}
        for index, trigger in enumerate(tier.without):
            if self._is_known(trigger, triggers, "trigger", (*tier.at, "without", index)):
                del triggers[trigger]
        made = self._life(
            name,
            tier.label,
            tier.initial or self._kind.initial,
            self._states_of(tier),
            triggers,
            tier.at,
        )
        return replace(
            made,
            unit_kinds=tuple(tier.kinds),
            audits=tier.kinds,
            parties={**self._parties, **tier.parties},
        )

    def _life(
        self,
        tier: str,
        label: str,
        initial: str,
        states: Mapping[str, State],
        triggers: Mapping[str, dict[str, Any]],
        at: Path,
    ) -> Life:
        initial = initial or next(iter(states), "")
        if initial not in states:
            self._note((*at, "initial"), unknown("state", initial, states))
        made = [
            Trigger(name=name, **{**given, "sources": _sources(given["sources"], states)})
            for name, given in triggers.items()
        ]
        order = list(states)
        made.sort(key=lambda each: (_places(each, order), each.name))
        return Life(
            tier=tier,
            label=label,
            unit_kinds=(),
            initial=initial,
            states=states,
            triggers={each.name: each for each in made},
            audits={},
            parties=self._parties,
            at=at,
        )

    def _states_of(self, tier: WrittenTier) -> Mapping[str, State]:
        if not tier.states:
            return self._states
        return {
            given["name"]: _state(given, self._states[given["name"]])
            for given in tier.states
            if given.get("name")
            and self._is_known(given["name"], self._states, "state", given["at"])
        }

    def _is_known(self, name: str, known: Iterable[str], what: str, at: Path) -> bool:
        names = list(known)
        if name not in names:
            self._note(at, unknown(what, name, names))
        return name in names


def _state(given: Mapping[str, Any], base: State | None = None) -> State:
    """Return a state; as a tier changes it where there is a *base*."""
    values = {key: value for key, value in given.items() if key not in ("desk", "desks")}
    if given.get("desks"):
        values["desks"] = given["desks"]
    elif given.get("desk"):
        values["desks"] = (given["desk"],)
    return State(**values) if base is None else replace(base, **values)


def _sources(written: tuple[str, ...], states: Mapping[str, State]) -> tuple[str, ...]:
    if written == (OPEN_STATES,):
        return tuple(name for name, state in states.items() if not state.final)
    return tuple(name for name in states if name in written)


def _places(trigger: Trigger, order: list[str]) -> list[int]:
    """Say when in a case's life *trigger* comes: what leaves an early state is early."""
    return [order.index(source) for source in trigger.sources] or [len(order)]


def _note_sources(
    triggers: Mapping[str, dict[str, Any]], states: Mapping[str, State], note: Note
) -> None:
    for given in triggers.values():
        for index, source in enumerate(given["sources"]):
            if source not in states and given["sources"] != (OPEN_STATES,):
                note((*given["at"], "from", index), unknown("state", source, states))


def _links(name: str, written: WrittenKind) -> dict[str, Link]:
    """Return the links of a kind; every child has one more, to its parent."""
    made = {
        key: replace(link, kind=name if link.form == "peers" else link.kind or key)
        for key, link in written.links.items()
    }
    if written.origin.parent:
        made[OF] = Link(name=OF, kind=written.origin.parent, form="parent", at=written.at)
    return made
