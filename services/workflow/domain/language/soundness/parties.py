"""Every party that is named is declared, and is of the sort its place asks for."""

from collections.abc import Iterator

from schemas.document import Path
from schemas.reading import unknown
from schemas.said import said
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.language.model.documents import ColumnType, Document, Person
from services.workflow.domain.language.model.guards import Taken
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.parties import (
    AUDITING_BODY,
    BUILT_IN,
    PASSING_BODY,
    Desk,
    Everybody,
    FieldPerson,
    Grant,
    Listed,
    OtherSubjects,
    PartyRule,
    Related,
    Subject,
    Submitter,
    UnitRule,
)
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.leading import ancestors
from services.workflow.domain.language.soundness.noting import Note, note_unknown
from services.workflow.domain.language.walking import every

_PARENT = "of."


def check_parties(scheme: Scheme, note: Note) -> None:
    """Note every party that does not exist, or cannot be found for the case that names it."""
    _check_declared(scheme, note)
    _check_openers(scheme, note)
    for kind, life in scheme.lives():
        here = _Here(scheme, kind, life, note)
        here.check_overrides()
        for desk in every(life.states, Desk):
            here.check_desk(desk)
        for grant in every((life.states, life.triggers), Grant):
            here.check_grant(grant, (*grant.at, "party"))
        here.check_units()
    for kind in scheme.kinds.values():
        here = _Here(scheme, kind, kind.lives[0], note)
        for grant in every((kind.seen_by, kind.shows, kind.opened_by), Grant):
            here.check_grant(grant, (*grant.at, "party"))
        for grant in kind.opened_by:
            here.check_opener(grant)


def row_documents(scheme: Scheme, kind: Kind) -> Iterator[Document]:
    """Yield the documents whose row a case of *kind* is made from, or that are its own form."""
    for made in kind.made_from:
        if made.document in scheme.documents:
            yield scheme.documents[made.document]
    taken = {
        take.name
        for life in kind.lives
        for trigger in life.triggers.values()
        for take in trigger.takes
    }
    for document in scheme.documents.values():
        if document.single and document.name in taken:
            yield document


def check_field(
    scheme: Scheme, kind: Kind, name: str, sort: type[ColumnType], at: Path, note: Note
) -> None:
    """Note a field that no row behind a case of *kind* has, or that is of another sort."""
    columns = {one.name: one.type for each in row_documents(scheme, kind) for one in each.columns}
    if note_unknown(
        said("column behind {kind}", kind=kind.name), name, columns, at, note
    ) and not isinstance(columns[name], sort):
        note(
            at,
            said("{name} is no column of the sort {sort}", name=name, sort=sort.__name__.lower()),
        )


class _Here:
    """The parties as one life has them."""

    def __init__(self, scheme: Scheme, kind: Kind, life: Life, note: Note) -> None:
        self._scheme = scheme
        self._kind = kind
        self._life = life
        self._note = note
        self._of = scheme.kinds.get(kind.origin.parent)
        self._audited = any(life.audits.values())

    def rule(self, party: str) -> PartyRule | str | None:
        """Return the rule of *party*, its own name where every case has it; None: unknown."""
        if party in BUILT_IN:
            return party
        if not party.startswith(_PARENT):
            return self._life.parties.get(party)
        above = self._above()
        return None if above is None else above.rule(party.removeprefix(_PARENT))

    def _above(self) -> "_Here | None":
        """Return the parent's parties; of several tiers those of one that is audited, if any is."""
        if self._of is None:
            return None
        lives = sorted(self._of.lives, key=lambda life: not any(life.audits.values()))
        return _Here(self._scheme, self._of, lives[0], self._note)

    def owner(self, party: str) -> "_Here":
        """Return whose party is meant: this life's, or that of a parent it is `of`."""
        above = self._above() if party.startswith(_PARENT) else None
        return self if above is None else above.owner(party.removeprefix(_PARENT))

    def check(self, party: str, at: Path) -> PartyRule | str | None:
        """Note *party* where it is unknown here; return its rule."""
        rule = self.rule(party)
        if party and rule is None:
            known = [*BUILT_IN, *self._life.parties]
            known += [f"{_PARENT}{name}" for name in (self._life.parties if self._of else ())]
            self._note(at, unknown("party", party, known))
        self.owner(party).check_rule(rule, at)
        return rule

    def check_rule(self, rule: PartyRule | str | None, at: Path) -> None:
        """Note a party that cases here never have, for what it is found by."""
        if rule in (AUDITING_BODY, PASSING_BODY) and not self._audited:
            self._note(
                at,
                said(
                    "{kind} passes no audits, so it has no {rule}", kind=self._kind.name, rule=rule
                ),
            )
        if isinstance(rule, FieldPerson):
            check_field(self._scheme, self._kind, rule.column, Person, at, self._note)
        if isinstance(rule, Subject) and not self._has_subject():
            self._note(at, said("{kind} is about no person", kind=self._kind.name))

    def check_grant(self, grant: Grant | Desk, at: Path) -> None:
        rule = self.check(grant.party, at)
        if isinstance(rule, UnitRule | str) and not grant.roles:
            self._note(grant.at, said("{party} is a unit: it acts in roles", party=grant.party))
        if isinstance(rule, FieldPerson | Submitter | Related) and grant.roles:
            self._note(
                (*grant.at, "roles"),
                said("{party} are people, whatever role they have", party=grant.party),
            )

    def check_desk(self, desk: Desk) -> None:
        self.check_grant(desk, (*desk.at, "party"))
        if isinstance(self.rule(desk.party), Everybody | OtherSubjects | Listed):
            self._note(
                (*desk.at, "party"),
                said("{party} is a crowd: nobody in it holds a case", party=desk.party),
            )

    def check_opener(self, grant: Grant) -> None:
        """Note people who are found by what only a case that is there already holds."""
        of_parent = grant.party.startswith(_PARENT)
        rule = None if of_parent else self._life.parties.get(grant.party)
        unknown_yet = isinstance(rule, FieldPerson | Submitter | Listed) or (
            isinstance(rule, OtherSubjects) and self._of is None
        )
        if unknown_yet:
            self._note(
                (*grant.at, "party"),
                said(
                    "{party} is nobody before there is a {kind}: it cannot open one",
                    party=grant.party,
                    kind=self._kind.name,
                ),
            )

    def check_overrides(self) -> None:
        for name, rule in self._life.parties.items():
            first = self._scheme.parties.units.get(name) or self._scheme.parties.people.get(name)
            if first is None:
                declared = [*self._scheme.parties.units, *self._scheme.parties.people]
                self._note(rule.at, unknown("party", name, declared))
            elif isinstance(first, UnitRule) != isinstance(rule, UnitRule):
                self._note(
                    rule.at,
                    said("{name} is declared as the other sort: units, or people", name=name),
                )

    def check_units(self) -> None:
        """Note each place that asks for a unit and names people."""
        for party, at in _unit_places(self._kind, self._life):
            rule = self.check(party, at)
            if party and rule is not None and not isinstance(rule, UnitRule | str):
                self._note(at, said("{party} is people; a unit is asked for here", party=party))

    def _has_subject(self) -> bool:
        """Tell whether the case is about a person: its own, or its parent's."""
        above = ancestors(self._scheme, self._kind)
        return bool(self._kind.person) or any(self._scheme.kinds[one].person for one in above)


def _unit_places(kind: Kind, life: Life) -> Iterator[tuple[str, Path]]:
    if kind.origin.form == "one_for":
        yield kind.origin.of, (*kind.at, "one_for")
    for link in kind.links.values():
        yield link.party, (*link.at, "for" if link.form == "slot" else "of")
    for trigger in life.triggers.values():
        for effect in trigger.opens:
            yield effect.party, (*effect.at, "for")
        for take in trigger.takes:
            if DATA[take.what].of_party:
                yield take.name, (*take.at, take.what)
        for guard in trigger.guards:
            if isinstance(guard, Taken):
                yield guard.decision, (*guard.at, "decision")


def _check_declared(scheme: Scheme, note: Note) -> None:
    for name, rule in {**scheme.parties.units, **scheme.parties.people}.items():
        if name in BUILT_IN:
            note(rule.at, said("every case has {name} already", name=name))
        for party, key in _parties_in(rule):
            note_unknown("party of units", party, scheme.parties.units, (*rule.at, key), note)
        if isinstance(rule, Submitter):
            known = [*scheme.documents, *scheme.components]
            note_unknown("document or component", rule.of, known, (*rule.at, "submitter"), note)


def _parties_in(rule: PartyRule) -> Iterator[tuple[str, str]]:
    match rule:
        case Related(_, party):
            yield party, "of"
        case Everybody(party):
            yield party, "everybody"
        case OtherSubjects(party):
            yield party, "other_subjects"


def _check_openers(scheme: Scheme, note: Note) -> None:
    """Who opens or closes a round is found from the unit it is over: there is no case to ask."""
    for grant in (*scheme.opened_by, *scheme.closed_by):
        at = (*grant.at, "party")
        if note_unknown("party of units", grant.party, scheme.parties.units, at, note) and not (
            grant.roles
        ):
            note(grant.at, said("{party} is a unit: it acts in roles", party=grant.party))
