"""Bulletins: what they tell of exists, is heard where they are, and its children can be counted."""

from collections.abc import Collection, Iterator

from schemas.said import said
from services.workflow.domain.data.bulletin import Published
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Component
from services.workflow.domain.language.soundness.noting import Note, note_unknown
from services.workflow.domain.language.soundness.reach import closure, edges, unit_kinds
from services.workflow.domain.language.soundness.scores import is_had

_OF_FIGURES = frozenset({"grade", "figure"})


def check_bulletins(scheme: Scheme, note: Note) -> None:
    """Note what is wrong with the bulletins that triggers take."""
    for kind, life in scheme.lives():
        for trigger in life.triggers.values():
            for take in trigger.takes:
                if isinstance(take, Published):
                    _check(take, kind, scheme, note)


def _check(take: Published, kind: Kind, scheme: Scheme, note: Note) -> None:
    if kind.origin.form != "one_for":
        note(take.at, said("a bulletin is published by cases of which there is one for a party"))
    if not note_unknown("kind of case", take.about, scheme.kinds, (*take.at, "about"), note):
        return
    about = scheme.kinds[take.about]
    _check_left_to_some(take, about, scheme, note)
    states = {state for life in about.lives for state in life.states}
    for state in take.states:
        note_unknown("state", state, states, (*take.at, "in"), note)
    counted = scheme.kinds.get(take.progress)
    if take.progress and (counted is None or counted.origin.parent != about.name):
        told = said("{opened} is no child of {parent}", opened=take.progress, parent=about.name)
        note((*take.at, "progress"), told)
    if not take.progress and any("progress" in one.shows for one in take.ranges):
        note((*take.at, "ranges"), said("progress is shown, and nothing is counted"))


def _check_left_to_some(take: Published, about: Kind, scheme: Scheme, note: Note) -> None:
    """Note what the scheme leaves to some: a range may be others, and reads what is composed."""
    told = {
        life.states[name] for life in about.lives for name in take.states if name in life.states
    }
    if about.seen_by or any(state.seen_by for state in told):
        note((*take.at, "about"), said("seen_by leaves {kind} to some", kind=about.name))
    components = ", ".join(_figures_left_to_some(take, about, scheme))
    for to in take.ranges:
        # Where nothing of each case is shown, how many have which grade is.
        if components and not (to.shows and _OF_FIGURES.isdisjoint(to.shows)):
            note(
                (*to.at, "shows"),
                said("grades are made of {components}, left to some", components=components),
            )


def _figures_left_to_some(take: Published, about: Kind, scheme: Scheme) -> Iterator[str]:
    """Yield the components of grades that not everybody sees who sees the case that is told of."""
    weighed = {
        name
        for grading in scheme.gradings.values()
        for one in (grading, *grading.tiers.values())
        for name in (*one.weights, one.of)
    }
    for name in scheme.components.keys() & weighed:
        if any(
            is_had(scheme, name, about, life)
            and _is_left_in(scheme.components[name].of_tier(life.tier), life, take.states)
            for life in about.lives
        ):
            yield name


def _is_left_in(component: Component, life: Life, states: Collection[str]) -> bool:
    """Tell whether *component* is left to some in one of *states*, come to by whatever way."""
    if not component.seen_by:
        return False
    if component.until not in life.states:
        return True
    moves = (move for unit_kind in unit_kinds(life) for move in edges(life, unit_kind))
    before = [move for move in moves if component.until not in move]
    return not closure({life.initial} - {component.until}, before).isdisjoint(states)
