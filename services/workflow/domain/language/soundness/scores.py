"""Figures that add up, grades without a gap, and what rests on them naming what is there."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from itertools import pairwise

from schemas.document import Path
from schemas.said import said
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.parties import PartyRule, Subject
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import (
    Cap,
    Component,
    Consequence,
    Electorate,
    Grading,
    Point,
    Poll,
    Range,
)
from services.workflow.domain.language.soundness.documents import taken_by
from services.workflow.domain.language.soundness.noting import Note, note_unknown

HIGHEST = Decimal(100)
_HALF = Decimal("0.5")
_STEPS = (Decimal("0.01"), Decimal(100))  # a figure has two places
_STEP_WORDS = {"least": _STEPS[0], "most": _STEPS[1]}


def check_scores(scheme: Scheme, note: Note) -> None:
    """Note what is wrong with components, gradings, polls and what follows from them."""
    for component in scheme.components.values():
        _check_component(scheme, component, note)
    for grading in scheme.gradings.values():
        _check_grading(scheme, grading, note)
    for poll in scheme.polls.values():
        _check_poll(scheme, poll, note)
    for consequence in scheme.consequences:
        _check_consequence(scheme, consequence, note)
    for cap in scheme.caps:
        _check_cap(scheme, cap, note)


def _note_sum(weights: Collection[Decimal], at: Path, note: Note) -> None:
    total = sum(weights, Decimal(0))
    if total != 1:
        note(at, said("the weights add up to {total}, not to 1", total=total))


def _check_tiers(scheme: Scheme, tiers: Mapping[str, object], at: Path, note: Note) -> None:
    known = {life.tier for _, life in scheme.lives() if life.tier}
    for tier in tiers:
        note_unknown("tier", tier, known, (*at, "tiers", tier), note)


# --- Components ---


def _check_component(scheme: Scheme, component: Component, note: Note) -> None:
    _check_tiers(scheme, component.tiers, component.at, note)
    for each in (component, *component.tiers.values()):
        note_unknown("poll", each.poll, scheme.polls, (*each.at, "poll"), note)
        if each.parts:
            _note_sum([part.weight for part in each.parts], (*each.at, "parts"), note)
        if each.parts and each.poll:
            note(each.at, "a component has parts or comes from a poll")
        if each.until and not each.seen_by:
            note((*each.at, "until"), "nobody is left out until then: say seen_by")
    for kind, life in scheme.lives():
        own = component.of_tier(life.tier)
        if own.until and is_had(scheme, own.name, kind, life):
            note_unknown("state", own.until, life.states, (*own.at, "until"), note)


# --- Gradings ---


def _check_grading(scheme: Scheme, grading: Grading, note: Note) -> None:
    _check_tiers(scheme, grading.tiers, grading.at, note)
    for each in (grading, *grading.tiers.values()):
        _WAYS[each.by](scheme, each, note)
    for kind in scheme.kinds.values():
        for life in kind.lives:
            _check_life(scheme, grading, kind, life, note)


def _check_bands(scheme: Scheme, grading: Grading, note: Note) -> None:
    at = (*grading.at, "of")
    if not grading.weights:
        note(at, "bands are of components with their weights")
        return
    for name in grading.weights:
        note_unknown("component", name, scheme.components, (*at, name), note)
    _note_sum(grading.weights.values(), at, note)
    _note_figures(grading, "share", note)
    for index, grade in enumerate(grading.grades):
        if grade.least is None:
            note(grade.at, said("{grade} has no from", grade=grade.name))
        elif grade.least > HIGHEST:
            note(
                (*grade.at, "from"),
                said("{least} is over {highest}", least=grade.least, highest=HIGHEST),
            )
        elif index == len(grading.grades) - 1 and grade.least != 0:
            note(
                (*grade.at, "from"),
                said("gap: nothing below {least}; the worst begins at 0", least=grade.least),
            )
    for better, worse in pairwise(grading.grades):
        if better.least is not None and worse.least is not None and worse.least >= better.least:
            note(
                (*worse.at, "from"),
                said(
                    "{worse} begins at {least}, not below {better} at {bound}",
                    worse=worse.name,
                    least=worse.least,
                    better=better.name,
                    bound=better.least,
                ),
            )


def _check_decision(scheme: Scheme, grading: Grading, note: Note) -> None:
    if grading.weights or grading.of:
        note((*grading.at, "of"), "a body decides: there is nothing it is made of")
    _note_figures(grading, "from", note)
    _note_figures(grading, "share", note)
    if not any(grading.name in taken_by(kind, "grade") for kind in scheme.kinds.values()):
        note(grading.at, said("no trigger takes the grade {grading}", grading=grading.name))


def _check_votes(scheme: Scheme, grading: Grading, note: Note) -> None:
    at = (*grading.at, "of")
    if not grading.of:
        note(at, "votes are those of one component's poll")
    elif note_unknown("component", grading.of, scheme.components, at, note):
        component = scheme.components[grading.of]
        if not any(each.poll for each in (component, *component.tiers.values())):
            note(
                at,
                said("{component} comes from no poll, so there are no votes", component=grading.of),
            )
    _note_figures(grading, "from", note)
    for index, grade in enumerate(grading.grades):
        last = index == len(grading.grades) - 1
        if last and grade.share is not None:
            note((*grade.at, "share"), "the worst grade is everybody else's: it has no share")
        if not last and grade.share is None:
            note(grade.at, said("{grade} has no share", grade=grade.name))


_WAYS = {
    "": lambda *_: None,  # it was at fault where it was read
    "bands": _check_bands,
    "decision": _check_decision,
    "votes": _check_votes,
}


def _note_figures(grading: Grading, key: str, note: Note) -> None:
    """Note grades that have a figure this way of grading does not read."""
    for grade in grading.grades:
        if (grade.least if key == "from" else grade.share) is not None:
            note((*grade.at, key), said("by {by} nothing reads {key}", by=grading.by, key=key))


def _check_life(scheme: Scheme, grading: Grading, kind: Kind, life: Life, note: Note) -> None:
    """Every component of a grading is to be had in each tier that has one of them."""
    own = grading.of_tier(life.tier)
    had = {name for name in own.weights if is_had(scheme, name, kind, life)}
    for name in own.weights:
        if had and name not in had and name in scheme.components:
            tier = said(" in tier {tier}", tier=life.tier) if life.tier else ""
            note(
                (*own.at, "of", name),
                said(
                    "{kind} never has {name}{tier}, so it never has this grade",
                    kind=kind.name,
                    name=name,
                    tier=tier,
                ),
            )


def is_had(scheme: Scheme, name: str, kind: Kind, life: Life) -> bool:
    """Tell whether cases of *kind* that go through *life* have the component *name*."""
    taken = any(
        take.what == "component" and take.name == name
        for trigger in life.triggers.values()
        if trigger.sources
        for take in trigger.takes
    )
    component = scheme.components.get(name)
    poll = scheme.polls.get(component.of_tier(life.tier).poll) if component else None
    return taken or (poll is not None and covered_by(scheme, poll) == kind.name)


# --- Polls ---


def covered_by(scheme: Scheme, poll: Poll) -> str:
    """Return the kind of case that *poll* is about; "" if that cannot be told."""
    held_by = scheme.kinds.get(poll.held_by)
    link = held_by.links.get(poll.covers) if held_by else None
    return link.kind if link else ""


def _check_poll(scheme: Scheme, poll: Poll, note: Note) -> None:
    _check_tiers(scheme, poll.tiers, poll.at, note)
    for each in (poll, *poll.tiers.values()):
        if note_unknown("kind of case", each.held_by, scheme.kinds, (*each.at, "held_by"), note):
            _check_place(scheme.kinds[each.held_by], each, note)
        _check_scale(scheme, each, note)
        if each.drop_each_end >= _HALF:
            note((*each.at, "drop_each_end"), "of both ends together everything would be dropped")
        if each.electorates:  # without any that is what is told
            _note_sum([one.weight for one in each.electorates], (*each.at, "electorates"), note)
        for electorate in each.electorates:
            _check_electorate(scheme, electorate, note)


def _check_place(held_by: Kind, poll: Poll, note: Note) -> None:
    if held_by.origin.form != "one_for":
        note(
            (*poll.at, "held_by"),
            said("{held_by} is not one for a body, so it holds no poll", held_by=held_by.name),
        )
    states = {name: state for life in held_by.lives for name, state in life.states.items()}
    known = note_unknown("state", poll.state, states, (*poll.at, "in"), note)
    if known and states[poll.state].final:
        note((*poll.at, "in"), said("{state} is an end: nobody can vote there", state=poll.state))
    where = (*poll.at, "covers")
    known = note_unknown(
        said("link of {held_by}", held_by=held_by.name), poll.covers, held_by.links, where, note
    )
    if known and not held_by.links[poll.covers].many:
        note(
            where,
            said("{covers} leads to one case; one slip covers all of many", covers=poll.covers),
        )


def _check_scale(scheme: Scheme, poll: Poll, note: Note) -> None:
    at = (*poll.at, "scale")
    _check_most(poll, note)
    if isinstance(poll.scale, Range):
        if not _STEPS[0] <= poll.scale.step <= _STEPS[1]:
            note((*at, "step"), said("a step from {least} to {most} is expected", **_STEP_WORDS))
        if poll.scale.least >= poll.scale.most:
            note(
                at,
                said(
                    "from {least} to {most} is no range",
                    least=poll.scale.least,
                    most=poll.scale.most,
                ),
            )
        return
    known = {grade.name for each in scheme.gradings.values() for grade in each.grades}
    for point in poll.scale:
        note_unknown("grade", point.grade, known, point.at, note)
        if point.points > HIGHEST:
            note(point.at, said("{points} is over {highest}", points=point.points, highest=HIGHEST))
    for better, worse in pairwise(poll.scale):
        _check_order(better, worse, note)


def _check_most(poll: Poll, note: Note) -> None:
    known = () if isinstance(poll.scale, Range) else [point.grade for point in poll.scale]
    for grade in poll.at_most:
        note_unknown("grade", grade, known, (*poll.at, "at_most"), note)


def _check_order(better: Point, worse: Point, note: Note) -> None:
    if worse.points >= better.points:
        note(
            worse.at,
            said(
                "{grade} counts as much as {better}, which is better",
                grade=worse.grade,
                better=better.grade,
            ),
        )


def _check_electorate(scheme: Scheme, electorate: Electorate, note: Note) -> None:
    rules = [_rule(scheme, electors.grant.party) for electors in electorate.people]
    if rules and all(isinstance(rule, Subject) for rule in rules):
        note(electorate.at, "nobody votes on themselves, and here is nobody but the subject")
    for electors in electorate.people:
        rule = _rule(scheme, electors.grant.party)
        if rule is None:
            known = [*scheme.parties.units, *scheme.parties.people]
            note_unknown("party", electors.grant.party, known, electors.at, note)
        elif electors.grant.party in scheme.parties.units and not electors.grant.roles:
            note(
                electors.at,
                said(
                    "{party} is a unit: say in which roles people vote", party=electors.grant.party
                ),
            )


def _rule(scheme: Scheme, party: str) -> PartyRule | None:
    return scheme.parties.units.get(party) or scheme.parties.people.get(party)


# --- What follows ---


def _check_consequence(scheme: Scheme, consequence: Consequence, note: Note) -> None:
    at = (*consequence.at, "case")
    note_unknown("kind of case", consequence.kind, scheme.kinds, at, note)
    if not consequence.opens:
        return
    place = ("proposes", "decided_in") if consequence.proposes else ("opens",)
    at = (*consequence.at, *place)
    if not note_unknown("kind of case", consequence.opens, scheme.kinds, at, note):
        return
    opened = scheme.kinds[consequence.opens]
    parent = opened.origin.parent
    if not parent or consequence.kind not in ("", parent):
        note(
            at,
            said(
                "{opened} is no child of {parent}",
                opened=opened.name,
                parent=consequence.kind or said("a case"),
            ),
        )
    for life in opened.lives:
        if not _can_lapse(life):
            reason = said(
                "no cause leads {opened} to an end no_longer, for when this is not true",
                opened=opened.name,
            )
            note(at, said("{reason} any more", reason=reason))


def _can_lapse(life: Life) -> bool:
    ends = {name for name, end in life.ends.items() if end == "no_longer"}
    return any(
        target in ends
        for trigger in life.triggers.values()
        if trigger.caused
        for source in trigger.sources
        for target in trigger.targets(source, ())
    )


def grades_of(scheme: Scheme, grading: str) -> set[str]:
    chosen = (
        [scheme.gradings[grading]] if grading in scheme.gradings else [*scheme.gradings.values()]
    )
    return {grade.name for each in chosen for grade in each.grades}


def _check_cap(scheme: Scheme, cap: Cap, note: Note) -> None:
    note_unknown("grading", cap.grading, scheme.gradings, (*cap.at, "of"), note)
    known = grades_of(scheme, cap.grading)
    note_unknown("grade", cap.at_best, known, (*cap.at, "at_best"), note)
