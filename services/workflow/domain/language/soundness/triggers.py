"""Triggers: what they name is there, and what they do fits together."""

from typing import get_args

from schemas.document import Path
from schemas.said import said
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.language.model.parties import PeopleRule
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Fires, Opens, Take, Trigger
from services.workflow.domain.language.soundness.documents import taken_by
from services.workflow.domain.language.soundness.guards import check_guard
from services.workflow.domain.language.soundness.leading import led_to, triggers_of
from services.workflow.domain.language.soundness.linking import Here
from services.workflow.domain.language.soundness.noting import Note
from services.workflow.domain.language.soundness.use import polls_of


def check_triggers(scheme: Scheme, note: Note) -> None:
    """Note, of every trigger of every life, what names nothing or contradicts itself."""
    for kind, life in scheme.lives():
        here = _Life(scheme, kind, life, note)
        for trigger in life.triggers.values():
            if trigger.sources:
                here.check(trigger)


class _Life(Here):
    """One life, whose triggers are looked at."""

    def check(self, trigger: Trigger) -> None:
        self._check_way(trigger)
        self._check_shape(trigger)
        self._check_eyes(trigger)
        for take in (*trigger.takes, *trigger.corrects):
            self._check_take(take)
        for take in trigger.corrects:
            self._check_corrected(take)
        for component in trigger.waives:
            self.unknown("component", component, self.scheme.components, (*trigger.at, "waives"))
        self._check_presents(trigger)
        for guard in trigger.guards:
            check_guard(self, trigger, guard)
        for opened in trigger.opens:
            self._check_opens(trigger, opened)
        for fired in trigger.fires:
            self._check_fires(trigger, fired)
        for setting in trigger.sets:
            if setting.what == "planned":
                self._check_planned(setting.name, (*setting.at, "planned"))

    def _check_way(self, trigger: Trigger) -> None:
        life, at = self.life, (*trigger.at, "to")
        for source in trigger.sources:
            if life.states[source].final:
                self.note(
                    (*trigger.at, "from"),
                    said("{source} is final: nothing leaves it", source=source),
                )
        targets = {t for s in trigger.sources for k in self._ways() for t in trigger.targets(s, k)}
        tier = said("tier {tier}", tier=life.tier) if life.tier else self.kind.name
        for target in sorted(targets - set(life.states)):
            self.note(at, said("{tier} has no state {target}", tier=tier, target=target))

    def _ways(self) -> list[tuple[str, ...]]:
        return [self.life.stages(unit_kind) for unit_kind in self.life.unit_kinds] or [()]

    def _check_shape(self, trigger: Trigger) -> None:
        at = trigger.at
        if trigger.to is not None and (trigger.records or trigger.replaces):
            self.note((*at, "to"), "what is recorded or replaced leaves the case where it is")
        if (trigger.records == "resumed") != (trigger.suspended == "required"):
            self.note(at, "records resumed if it requires a suspended case, and only then")
        if trigger.records == "suspended" and trigger.suspended != "refused":
            self.note(at, "suspends a case that may be suspended already")
        if trigger.records == "deadline_changed" and trigger.sets_what("deadline") is None:
            self.note(at, "records deadline_changed, but sets no deadline")
        if trigger.corrects and (trigger.takes or trigger.replaces or trigger.records):
            self.note(at, "a correction does nothing else: what it corrects it takes")
        if trigger.by_desk and trigger.to is None:
            self.note((*at, "by"), "desks sign for a move: to is missing")
        if not self._does_something(trigger):
            self.note(at, said("{trigger} changes nothing", trigger=trigger.name))

    def _does_something(self, trigger: Trigger) -> bool:
        return bool(
            trigger.to
            or trigger.records
            or trigger.replaces
            or trigger.corrects
            or trigger.takes
            or trigger.sets
            or trigger.waives
            or trigger.presents
            or trigger.opens
            or trigger.fires
            or trigger.forgets
        )

    def _check_eyes(self, trigger: Trigger) -> None:
        parties = self.life.parties.items()
        people = {name for name, rule in parties if isinstance(rule, get_args(PeopleRule))}
        known = self.life.triggers.keys() | people
        for name in trigger.other_than:
            self.unknown("trigger or party of people", name, known, (*trigger.at, "four_eyes"))

    def _check_presents(self, trigger: Trigger) -> None:
        at = (*trigger.at, "presents")
        self.unknown("document", trigger.presents, self.scheme.documents, at)
        if trigger.presents and trigger.presents in (one.name for one in trigger.takes):
            told = said("{document} is presented as it passed before", document=trigger.presents)
            self.note(at, told)

    def _check_take(self, take: Take) -> None:
        datum, at = DATA[take.what], (*take.at, take.what)
        if datum.known is not None:
            self.unknown(datum.noun or take.what, take.name, datum.known(self.scheme), at)
        if take.name in _DATA_WORDS:
            self.note(at, said("{take} is a word of what a trigger brings", take=take.name))
        if unsound := datum.unsound(take):
            self.note(take.at, unsound)

    def _check_corrected(self, take: Take) -> None:
        """Note a figure that a case of this kind never has: there is none to put right."""
        component = self.scheme.components.get(take.name) if take.what == "component" else None
        if component is None or polls_of(component):
            return
        if take.name not in taken_by(self.kind, "component"):
            told = said(
                "no trigger of {kind} takes {component}: there is none to correct",
                kind=self.kind.name,
                component=take.name,
            )
            self.note((*take.at, take.what), told)

    def _check_planned(self, state: str, at: Path) -> None:
        states = self.life.states
        if self.unknown("state", state, states, at) and states[state].planned is None:
            self.note(
                at,
                said(
                    "{state} has no planned day: say planned there, {{}} if without bounds",
                    state=state,
                ),
            )

    def _check_opens(self, trigger: Trigger, opened: Opens) -> None:
        at = (*opened.at, "case")
        if not self.unknown("kind of case", opened.kind, self.scheme.kinds, at):
            return
        kind = self.scheme.kinds[opened.kind]
        if kind.origin.parent and kind.origin.parent != self.kind.name:
            self.note(
                at,
                said(
                    "{kind} is a child of {parent}, not of this",
                    kind=kind.name,
                    parent=kind.origin.parent,
                ),
            )
        if kind.origin.form in ("one_for", "many_for") and not (kind.origin.parent or opened.party):
            self.note(
                opened.at, said("for which unit {kind} is opened is missing: for", kind=kind.name)
            )
        self._check_given(trigger, opened.given, opened.at)

    def _check_fires(self, trigger: Trigger, fired: Fires) -> None:
        if not self.check_link(fired.link, fired.which, (*fired.at, "case")):
            return
        linked = self.scheme.kinds[self.kind.links[fired.link].kind]
        at = (*fired.at, "trigger")
        if self.unknown(
            said("trigger of {linked}", linked=linked.name), fired.trigger, triggers_of(linked), at
        ):
            lives = [
                life
                for _, life in led_to(
                    self.scheme, self.kind, self.life, self.kind.links[fired.link]
                )
            ]
            for life in lives:
                other = life.triggers.get(fired.trigger)
                if other is not None and other.sources and not other.caused:
                    self.note(
                        at, said("{trigger} is not by {{cause: true}}", trigger=fired.trigger)
                    )
                    break
        self._check_given(trigger, fired.given, fired.at)

    def _check_given(self, trigger: Trigger, given: tuple[str, ...], at: Path) -> None:
        known = {take.name for take in trigger.takes} | {one.what for one in trigger.sets}
        known.add("reason")
        for index, name in enumerate(given):
            self.unknown("datum of the trigger", name, known, (*at, "with", index))


# What a trigger brings beside what it takes by name; `with` lists both.
_DATA_WORDS = frozenset({"deadline", "mode", "flag", "order", "planned", "reason"})
