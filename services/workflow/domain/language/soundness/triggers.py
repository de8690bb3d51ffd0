"""Triggers: what they name is there, and what they do fits together."""

from collections.abc import Collection
from typing import get_args

from schemas.document import Path
from schemas.said import said
from services.workflow.domain.case.agenda import goes_through
from services.workflow.domain.case.requests import requests
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.language.model.days import ROUND, Mark, Which
from services.workflow.domain.language.model.documents import Case, Choice
from services.workflow.domain.language.model.guards import (
    AllEnded,
    AllReached,
    CameBy,
    Guard,
    Heard,
    NoOverlap,
    NoRow,
    Quorum,
    QuotaMet,
    Reached,
    Taken,
    TakesUp,
)
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.parties import PeopleRule
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Fires, Opens, Take, Trigger
from services.workflow.domain.language.soundness.documents import taken_by
from services.workflow.domain.language.soundness.leading import led_to, states_of, triggers_of
from services.workflow.domain.language.soundness.noting import Note, note_unknown
from services.workflow.domain.language.soundness.use import polls_of


def check_triggers(scheme: Scheme, note: Note) -> None:
    """Note, of every trigger of every life, what names nothing or contradicts itself."""
    for kind, life in scheme.lives():
        here = _Here(scheme, kind, life, note)
        for trigger in life.triggers.values():
            if trigger.sources:
                here.check(trigger)
        _check_desks_of_requests(life, note)


def _check_desks_of_requests(life: Life, note: Note) -> None:
    """Note a desk called like what is asked for where it lies: two would bear one name."""
    for one in requests(life):
        for state in (life.states[name] for name in sorted(one.states)):
            for desk in (each for each in state.desks if each.name == one.document):
                note(
                    desk.at,
                    said(
                        "{desk} is what is asked for in {state}", desk=desk.name, state=state.name
                    ),
                )


class _Here:
    """One life, whose triggers are looked at."""

    def __init__(self, scheme: Scheme, kind: Kind, life: Life, note: Note) -> None:
        self._scheme = scheme
        self._kind = kind
        self._life = life
        self._note = note

    def check(self, trigger: Trigger) -> None:
        self._check_way(trigger)
        self._check_shape(trigger)
        self._check_eyes(trigger)
        for take in (*trigger.takes, *trigger.corrects):
            self._check_take(take)
        for take in trigger.corrects:
            self._check_corrected(take)
        for component in trigger.waives:
            self._unknown("component", component, self._scheme.components, (*trigger.at, "waives"))
        self._check_presents(trigger)
        for guard in trigger.guards:
            self._check_guard(trigger, guard)
        for opened in trigger.opens:
            self._check_opens(trigger, opened)
        for fired in trigger.fires:
            self._check_fires(trigger, fired)
        for setting in trigger.sets:
            if setting.what == "planned":
                self._check_planned(setting.name, (*setting.at, "planned"))

    def _unknown(self, what: str, word: str, known: Collection[str], at: Path) -> bool:
        return note_unknown(what, word, known, at, self._note)

    def _check_way(self, trigger: Trigger) -> None:
        life, at = self._life, (*trigger.at, "to")
        for source in trigger.sources:
            if life.states[source].final:
                self._note(
                    (*trigger.at, "from"),
                    said("{source} is final: nothing leaves it", source=source),
                )
        targets = {t for s in trigger.sources for k in self._ways() for t in trigger.targets(s, k)}
        tier = said("tier {tier}", tier=life.tier) if life.tier else self._kind.name
        for target in sorted(targets - set(life.states)):
            self._note(at, said("{tier} has no state {target}", tier=tier, target=target))

    def _ways(self) -> list[tuple[str, ...]]:
        return [self._life.stages(unit_kind) for unit_kind in self._life.unit_kinds] or [()]

    def _check_shape(self, trigger: Trigger) -> None:
        at = trigger.at
        if trigger.to is not None and (trigger.records or trigger.replaces):
            self._note((*at, "to"), "what is recorded or replaced leaves the case where it is")
        if (trigger.records == "resumed") != (trigger.suspended == "required"):
            self._note(at, "records resumed if it requires a suspended case, and only then")
        if trigger.records == "suspended" and trigger.suspended != "refused":
            self._note(at, "suspends a case that may be suspended already")
        if trigger.records == "deadline_changed" and trigger.sets_what("deadline") is None:
            self._note(at, "records deadline_changed, but sets no deadline")
        if trigger.corrects and (trigger.takes or trigger.replaces or trigger.records):
            self._note(at, "a correction does nothing else: what it corrects it takes")
        if trigger.by_desk and trigger.to is None:
            self._note((*at, "by"), "desks sign for a move: to is missing")
        if not self._does_something(trigger):
            self._note(at, said("{trigger} changes nothing", trigger=trigger.name))

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
        parties = self._life.parties.items()
        people = {name for name, rule in parties if isinstance(rule, get_args(PeopleRule))}
        known = self._life.triggers.keys() | people
        for name in trigger.other_than:
            self._unknown("trigger or party of people", name, known, (*trigger.at, "four_eyes"))

    def _check_presents(self, trigger: Trigger) -> None:
        at = (*trigger.at, "presents")
        self._unknown("document", trigger.presents, self._scheme.documents, at)
        if trigger.presents and trigger.presents in (one.name for one in trigger.takes):
            told = said("{document} is presented as it passed before", document=trigger.presents)
            self._note(at, told)

    def _check_take(self, take: Take) -> None:
        datum, at = DATA[take.what], (*take.at, take.what)
        if datum.known is not None:
            self._unknown(datum.noun or take.what, take.name, datum.known(self._scheme), at)
        if take.name in _DATA_WORDS:
            self._note(at, said("{take} is a word of what a trigger brings", take=take.name))
        if unsound := datum.unsound(take):
            self._note(take.at, unsound)

    def _check_corrected(self, take: Take) -> None:
        """Note a figure that a case of this kind never has: there is none to put right."""
        component = self._scheme.components.get(take.name) if take.what == "component" else None
        if component is None or polls_of(component):
            return
        if take.name not in taken_by(self._kind, "component"):
            told = said(
                "no trigger of {kind} takes {component}: there is none to correct",
                kind=self._kind.name,
                component=take.name,
            )
            self._note((*take.at, take.what), told)

    def _check_guard(self, trigger: Trigger, guard: Guard) -> None:
        match guard:
            case Reached() | AllReached() | AllEnded():
                which = guard.which if isinstance(guard, Reached) else "all"
                if self.check_link(guard.link, which, (*guard.at, "link")) and not isinstance(
                    guard, AllEnded
                ):
                    self._check_state(guard.link, guard.state, (*guard.at, "state"))
            case QuotaMet(quota=quota):
                self._unknown("quota", quota, self._scheme.quotas, (*guard.at, "quota"))
            case CameBy(triggers=names):
                for index, name in enumerate(names):
                    self._check_came_by(trigger, name, (*guard.at, "triggers", index))
            case Heard(link=link):
                self.check_link(link, "one", (*guard.at, "link"))
                self._check_heard(guard)
            case NoRow():
                self._check_brought(trigger, guard)
                self._check_said(guard)
            case TakesUp():
                self._check_brought(trigger, guard)
                self._check_taken_up(guard)
            case NoOverlap() | Taken() | Quorum():
                self._check_things(guard)
            case _:
                self._check_brought(trigger, guard)

    def _check_things(self, guard: NoOverlap | Taken | Quorum) -> None:
        documents = self._scheme.documents
        if isinstance(guard, Taken):
            self._unknown("component", guard.component, self._scheme.components, guard.at)
            self._check_decided(guard)
            self._check_unanswered(guard)
        if isinstance(guard, Taken | NoOverlap):
            self._unknown("document", guard.document, documents, (*guard.at, "document"))
        if isinstance(guard, NoOverlap) and guard.document in documents:
            columns = [one.name for one in documents[guard.document].columns]
            self._unknown("column", guard.column, columns, (*guard.at, "column"))

    def _check_decided(self, guard: Taken) -> None:
        """Note a decision that is waited for and that no trigger of this life takes."""
        every = (take for one in self._life.triggers.values() for take in one.takes)
        bodies = {take.name for take in every if take.what == "decision"}
        if guard.decision and bodies.isdisjoint({"", guard.decision}):
            told = said("no trigger takes a decision of {party}", party=guard.decision)
            self._note((*guard.at, "decision"), told)

    def _check_unanswered(self, guard: Taken) -> None:
        """Note an answer that is waited for to what nobody asks for."""
        asked = {one.document for one in requests(self._life)}
        if guard.unanswered and guard.document not in asked:
            told = said("no act asks for {document} where it is answered", document=guard.document)
            self._note((*guard.at, "unanswered"), told)

    def _check_came_by(self, trigger: Trigger, name: str, at: Path) -> None:
        """Note a trigger by which a case comes nowhere from where this one is fired."""
        if not self._unknown("trigger", name, self._life.triggers, at):
            return
        other = self._life.triggers[name]
        stages = tuple(one.stage for of_kind in self._life.audits.values() for one in of_kind)
        led_to = {to for source in other.sources for to in other.targets(source, stages)}
        if trigger.sources and led_to.isdisjoint(trigger.sources):
            told = said("{name} leads to no state of {trigger}", name=name, trigger=trigger.name)
            self._note(at, told)

    def _check_heard(self, guard: Heard) -> None:
        """Note a wait for being gone through where the linked case goes through nothing."""
        self._unknown("roster", guard.roster, self._scheme.rosters, (*guard.at, "roster"))
        link = self._kind.links.get(guard.link)
        linked = None if link is None else self._scheme.kinds.get(link.kind)
        if linked is None or guard.roster not in self._scheme.rosters:
            return
        if not any(
            goes_through(trigger, guard.roster, self._scheme)
            for life in linked.lives
            for trigger in life.triggers.values()
        ):
            told = said("no act of {kind} goes through what it hears", kind=linked.name)
            self._note((*guard.at, "link"), told)

    def _check_said(self, guard: NoRow) -> None:
        """Note what no row can say."""
        document = self._scheme.documents.get(guard.document)
        column = None if document is None else document.column(guard.column)
        if document is None or column is None or not isinstance(column.type, Choice):
            told = said(
                "{column} is no choice of {document}", column=guard.column, document=guard.document
            )
            self._note((*guard.at, "column"), told)
            return
        known = [one.name for one in column.type.options]
        for index, name in enumerate(guard.says):
            self._unknown("choice", name, known, (*guard.at, "says", index))

    def _check_taken_up(self, guard: TakesUp) -> None:
        """Note a column in which no case that the link leads to can be named."""
        if not self.check_link(guard.link, "all", (*guard.at, "link")):
            return
        kind = self._kind.links[guard.link].kind
        document = self._scheme.documents.get(guard.document)
        column = None if document is None else document.column(guard.column)
        of = column.type if column and isinstance(column.type, Case) else None
        if of is None or of.kind not in ("", kind):
            told = said("{column} is no case of {kind}", column=guard.column, kind=kind)
            self._note((*guard.at, "column"), told)

    def _check_brought(self, trigger: Trigger, guard: Guard) -> None:
        """Note a guard that looks at what its trigger does not bring."""
        brought = {take.what for take in (*trigger.takes, *trigger.corrects)}
        wanted = _LOOKS_AT.get(type(guard).__name__, "")
        if wanted == "deadline":
            if trigger.sets_what("deadline") is None:
                self._note(guard.at, "looks at a deadline, which its trigger does not set")
        elif wanted and wanted not in brought:
            self._note(
                guard.at,
                said("looks at a {wanted}, which its trigger does not take", wanted=wanted),
            )
        document = getattr(guard, "document", "")
        taken = {take.name for take in trigger.takes if take.what == "document"}
        if document and document not in taken:
            self._note(
                (*guard.at, "document"),
                said("its trigger does not take {document}", document=document),
            )

    def check_link(self, name: str, which: Which, at: Path) -> bool:
        """Note a link that is not there, or is to many and not told which of them."""
        links = self._kind.links
        if not self._unknown(said("link of {kind}", kind=self._kind.name), name, links, at):
            return False
        if links[name].many and which == "one":
            self._note(at, said("{name} leads to many: say which, any, first or last", name=name))
        return links[name].kind in self._scheme.kinds

    def _check_state(self, link: str, state: str, at: Path) -> None:
        linked = self._scheme.kinds[self._kind.links[link].kind]
        self._unknown(said("state of {linked}", linked=linked.name), state, states_of(linked), at)

    def _check_planned(self, state: str, at: Path) -> None:
        states = self._life.states
        if self._unknown("state", state, states, at) and states[state].planned is None:
            self._note(
                at,
                said(
                    "{state} has no planned day: say planned there, {{}} if without bounds",
                    state=state,
                ),
            )

    def _check_opens(self, trigger: Trigger, opened: Opens) -> None:
        at = (*opened.at, "case")
        if not self._unknown("kind of case", opened.kind, self._scheme.kinds, at):
            return
        kind = self._scheme.kinds[opened.kind]
        if kind.origin.parent and kind.origin.parent != self._kind.name:
            self._note(
                at,
                said(
                    "{kind} is a child of {parent}, not of this",
                    kind=kind.name,
                    parent=kind.origin.parent,
                ),
            )
        if kind.origin.form in ("one_for", "many_for") and not (kind.origin.parent or opened.party):
            self._note(
                opened.at, said("for which unit {kind} is opened is missing: for", kind=kind.name)
            )
        self._check_given(trigger, opened.given, opened.at)

    def _check_fires(self, trigger: Trigger, fired: Fires) -> None:
        if not self.check_link(fired.link, fired.which, (*fired.at, "case")):
            return
        linked = self._scheme.kinds[self._kind.links[fired.link].kind]
        at = (*fired.at, "trigger")
        if self._unknown(
            said("trigger of {linked}", linked=linked.name), fired.trigger, triggers_of(linked), at
        ):
            lives = [
                life
                for _, life in led_to(
                    self._scheme, self._kind, self._life, self._kind.links[fired.link]
                )
            ]
            for life in lives:
                other = life.triggers.get(fired.trigger)
                if other is not None and other.sources and not other.caused:
                    self._note(
                        at, said("{trigger} is not by {{cause: true}}", trigger=fired.trigger)
                    )
                    break
        self._check_given(trigger, fired.given, fired.at)

    def _check_given(self, trigger: Trigger, given: tuple[str, ...], at: Path) -> None:
        known = {take.name for take in trigger.takes} | {one.what for one in trigger.sets}
        known.add("reason")
        for index, name in enumerate(given):
            self._unknown("datum of the trigger", name, known, (*at, "with", index))


# What a trigger brings beside what it takes by name; `with` lists both.
_DATA_WORDS = frozenset({"deadline", "mode", "flag", "order", "planned", "reason"})
_LOOKS_AT = {
    "Complete": "document",
    "WithinLimit": "document",
    "InRange": "component",
    "DecisionsGiven": "decision",
    "DecisionsTaken": "decision",
    "DeadlineAhead": "deadline",
    "DeadlineDiffers": "deadline",
}


def check_mark(scheme: Scheme, kind: Kind, life: Life, mark: Mark, at: Path, note: Note) -> bool:
    """Note a mark that cannot be: a link or a state that is not there."""
    if mark.link == ROUND:
        return note_unknown("mark of a round", mark.state, ("begins", "ends"), at, note)
    if not mark.link:
        return note_unknown("mark", mark.state, ("opened", *life.states), at, note)
    here = _Here(scheme, kind, life, note)
    if not here.check_link(mark.link, mark.which, at):
        return False
    linked = scheme.kinds[kind.links[mark.link].kind]
    known = {"opened", *states_of(linked)}
    return note_unknown(said("state of {linked}", linked=linked.name), mark.state, known, at, note)
