"""Rosters that are taken, whose capacities name people, and whose agenda is there."""

from collections.abc import Iterator

from schemas.said import said
from services.workflow.domain.language.model.guards import Quorum
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.parties import Listed
from services.workflow.domain.language.model.rosters import Agenda, Roster
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Electorate
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.soundness.documents import taken_by
from services.workflow.domain.language.soundness.noting import Note, note_unknown
from services.workflow.domain.language.walking import every


def check_rosters(scheme: Scheme, note: Note) -> None:
    """Note rosters that nobody takes, and what they or whoever looks at them names."""
    for roster in scheme.rosters.values():
        takers = list(_takers(scheme, roster.name))
        if not takers:
            told = said("no trigger takes the roster {electorate}", electorate=roster.name)
            note(roster.at, told)
        if roster.agenda is not None:
            _check_agenda(scheme, roster.agenda, takers, note)
            _check_concerned(scheme, roster, roster.agenda, note)
        _check_people(scheme, roster, note)
    for name, rule in scheme.parties.people.items():
        if isinstance(rule, Listed):
            at = (*scheme.parties.people[name].at, "roster")
            note_unknown("roster", rule.roster, scheme.rosters, at, note)
    for guard in every(scheme.kinds, Quorum):
        _check_quorum(scheme, guard, note)
    for trigger in every(scheme.kinds, Trigger):
        _check_strikes(scheme, trigger, note)


def _takers(scheme: Scheme, roster: str) -> Iterator[Kind]:
    return (kind for kind in scheme.kinds.values() if roster in taken_by(kind, "roster"))


def _check_strikes(scheme: Scheme, trigger: Trigger, note: Note) -> None:
    """Only a declared roster has rows; and an act either lists people or strikes them off."""
    for take in trigger.takes:
        if not take.strikes:
            continue
        if take.name not in scheme.rosters:
            told = said("{roster} has no rows: nobody is struck off it", roster=take.name)
            note((*take.at, "strikes"), told)
        twice = [one for one in trigger.takes if (one.what, one.name) == (take.what, take.name)]
        if len(twice) > 1:
            told = said("{roster} is taken twice: one act lists or strikes off", roster=take.name)
            note((*take.at, "strikes"), told)


def _check_people(scheme: Scheme, roster: Roster, note: Note) -> None:
    declared = {*scheme.parties.units, *scheme.parties.people}
    for capacity in roster.capacities:
        for electors in capacity.people:
            at = (*electors.at, "party")
            note_unknown("party", electors.grant.party, declared, at, note)


def _check_agenda(scheme: Scheme, agenda: Agenda, takers: list[Kind], note: Note) -> None:
    for kind in takers:
        link = said("link of {kind}", kind=kind.name)
        note_unknown(link, agenda.link, kind.links, (*agenda.at, "of"), note)
    for key, names in (
        ("pins", (agenda.pins,)),
        ("comments", agenda.comments),
        ("drafts", agenda.drafts),
        ("record", (agenda.record,)),
    ):
        for name in names:
            note_unknown("document", name, scheme.documents, (*agenda.at, key), note)


def _check_concerned(scheme: Scheme, roster: Roster, agenda: Agenda, note: Note) -> None:
    """Whoever a case is about is out where others are counted: with a point that names the case."""
    at, reasons = (*agenda.at, "concerned"), [one.name for one in roster.reasons]
    note_unknown("reason", agenda.concerned, reasons, at, note)
    counted = (one.roster for one in every(scheme.kinds, Quorum) if not one.number)
    if agenda.concerned and roster.name not in counted:
        told = said(
            "no quorum is asked of {roster}: nobody is counted out of it", roster=roster.name
        )
        note(at, told)


def _check_quorum(scheme: Scheme, guard: Quorum, note: Note) -> None:
    """Who is there is typed in as a number, of an electorate, or counted, of a roster."""
    if not guard.number:
        note_unknown("roster", guard.roster, scheme.rosters, (*guard.at, "roster"), note)
        return
    numbers = {name for kind in scheme.kinds.values() for name in taken_by(kind, "number")}
    named = {each.name for each in every(scheme.polls, Electorate) if each.roster}
    if guard.number not in numbers:
        note(guard.at, said("no trigger takes the number {number}", number=guard.number))
    if guard.roster not in named:
        note(guard.at, said("no electorate is the roster {roster}", roster=guard.roster))
