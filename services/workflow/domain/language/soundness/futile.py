"""What a scheme says and what can never come to matter: it was meant to do something."""

from collections.abc import Iterator

from schemas.said import said
from services.workflow.domain.language.model.days import marks
from services.workflow.domain.language.model.guards import Matches, Taken
from services.workflow.domain.language.model.lives import Kind, Life, State
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.model.where import ModeIs, TierIn, UnitKindIn
from services.workflow.domain.language.soundness.documents import taken_by
from services.workflow.domain.language.soundness.noting import Note
from services.workflow.domain.language.soundness.reach import Edge, closure, edges, unit_kinds


def check_futile(scheme: Scheme, note: Note) -> None:
    """Note what nothing would ever come of."""
    for kind in scheme.kinds.values():
        _check_shown(kind, note)
        _check_exempt(kind, note)
    for _, life in scheme.lives():
        for trigger in life.triggers.values():
            if trigger.sources:
                _check_repeated(trigger, note)
                _check_modes(trigger, note)
                _check_eyes(life, trigger, note)
                _check_taken(life, trigger, note)
        for state in life.states.values():
            _check_planned(life, state, note)
    _check_clients(scheme, note)
    _check_caps(scheme, note)
    _check_agendas(scheme, note)


def _check_shown(kind: Kind, note: Note) -> None:
    known = taken_by(kind, "document")
    for document in sorted(kind.shows.keys() - known):
        told = said("no trigger of {kind} takes {document}", kind=kind.name, document=document)
        note((*kind.at, "shows", document), told)


def _check_exempt(kind: Kind, note: Note) -> None:
    for exemption in kind.exempt:
        for life in kind.lives:
            whole = [
                (
                    isinstance(one, UnitKindIn)
                    and life.unit_kinds
                    and {*one.kinds} >= {*life.unit_kinds}
                )
                or (isinstance(one, TierIn) and life.tier in one.tiers)
                for one in exemption.where.conditions
            ]
            if whole and all(whole):
                whose = said("tier {tier}", tier=life.tier) if life.tier else kind.name
                note((*exemption.at, "where"), said("nobody is left of {whose}", whose=whose))


def _check_repeated(trigger: Trigger, note: Note) -> None:
    takes = [(one.what, one.name, one.where) for one in trigger.takes]
    sets = [(one.what, one.name) for one in trigger.sets]
    for said_of, placed in ((takes, trigger.takes), (sets, trigger.sets)):
        for index, one in enumerate(said_of):
            if one in said_of[:index]:
                note(placed[index].at, said("{word} is repeated", word=one[1] or one[0]))
    for component in trigger.waives:
        if ("component", component) in {one[:2] for one in takes}:
            told = said("{component} is taken by the same act", component=component)
            note((*trigger.at, "waives"), told)


def _check_modes(trigger: Trigger, note: Note) -> None:
    guards = [one for one in trigger.guards if isinstance(one, Matches)]
    modes = [
        (guard, one.mode)
        for guard in guards
        for one in guard.where.conditions
        if isinstance(one, ModeIs)
    ]
    for guard, mode in modes[1:]:
        if mode != modes[0][1]:
            note(
                (*guard.at, "where"),
                said("no case has two modes, {first} and {mode}", first=modes[0][1], mode=mode),
            )


def _check_eyes(life: Life, trigger: Trigger, note: Note) -> None:
    for other in map(life.triggers.get, trigger.other_than):
        if other is None or not other.sources:
            continue
        if any(_comes_after(life, unit_kind, other, trigger) for unit_kind in unit_kinds(life)):
            continue
        told = said("{other} never comes before {trigger}", other=other.name, trigger=trigger.name)
        note((*trigger.at, "four_eyes"), told)


def _comes_after(life: Life, unit_kind: str, first: Trigger, then: Trigger) -> bool:
    left = [to for by, _, to in life.edges(unit_kind) if by is first] or first.sources
    return not closure(left, edges(life, unit_kind)).isdisjoint(then.sources)


def _check_taken(life: Life, trigger: Trigger, note: Note) -> None:
    """Note what only this very act could make possible to take."""
    for guard in trigger.guards:
        if not isinstance(guard, Taken):
            continue
        sort, name = (
            ("document", guard.document) if guard.document else ("component", guard.component)
        )
        takers = [
            one
            for one in life.triggers.values()
            if any((take.what, take.name) == (sort, name) for take in one.takes)
        ]
        if not takers or trigger in takers:
            continue  # noted as not taken at all; or brought with the act
        without = [
            (source, to)
            for kind in unit_kinds(life)
            for source, to in _without(life, kind, trigger)
        ]
        there = closure({life.initial}, without)
        if all(there.isdisjoint(one.sources) for one in takers):
            told = said("{name} is taken only after {trigger}", name=name, trigger=trigger.name)
            note(guard.at, told)


def _without(life: Life, unit_kind: str, trigger: Trigger) -> Iterator[Edge]:
    return ((source, to) for by, source, to in life.edges(unit_kind) if by is not trigger)


def _check_planned(life: Life, state: State, note: Note) -> None:
    """Note bounds of a planned day that hang on what comes after it."""
    if state.planned is None:
        return
    pairs = [pair for unit_kind in unit_kinds(life) for pair in edges(life, unit_kind)]
    for key, rule in (
        ("from", state.planned.first),
        ("by", state.planned.last),
        ("not_before", state.planned.not_before),
    ):
        for mark in marks(rule) if rule is not None else ():
            own = not mark.link and mark.state in life.states
            after = [to for source, to in pairs if source == mark.state]
            if own and (mark.state == state.name or state.name not in closure(after, pairs)):
                told = said("{mark} never comes before {state}", mark=mark.state, state=state.name)
                note((*state.at, "planned", key), told)


def _check_clients(scheme: Scheme, note: Note) -> None:
    triggers = [one for _, life in scheme.lives() for one in life.triggers.values() if one.sources]
    for name in sorted(scheme.clients):
        named = [one for one in triggers if one.name == name]
        if named and all(not one.by_desk and all(grant.cause for grant in one.by) for one in named):
            note(("clients",), said("nobody fires {trigger}: other acts do", trigger=name))


def _check_caps(scheme: Scheme, note: Note) -> None:
    for cap in scheme.caps:
        limited = [
            one
            for one in scheme.gradings.values()
            if cap.grading in ("", one.name) and cap.at_best in (each.name for each in one.grades)
        ]
        if limited and all(one.grades[0].name == cap.at_best for one in limited):
            note((*cap.at, "at_best"), said("{grade} is the best grade anyway", grade=cap.at_best))


def _check_agendas(scheme: Scheme, note: Note) -> None:
    for roster in scheme.rosters.values():
        agenda = roster.agenda
        if agenda is None:
            continue
        links = [
            one.links[agenda.link]
            for one in scheme.kinds.values()
            if agenda.link in one.links and roster.name in taken_by(one, "roster")
        ]
        heard = {
            name
            for link in links
            if link.kind in scheme.kinds
            for name in taken_by(scheme.kinds[link.kind], "document")
        }
        for key, names in (
            ("pins", (agenda.pins,)),
            ("comments", agenda.comments),
            ("drafts", agenda.drafts),
        ):
            for name in names:
                if links and name in scheme.documents and name not in heard:
                    note(
                        (*agenda.at, key),
                        said("nothing that is heard takes {document}", document=name),
                    )
