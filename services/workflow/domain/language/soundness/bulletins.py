"""Bulletins: what they tell of exists, is heard where they are, and its children can be counted."""

from schemas.said import said
from services.workflow.domain.data.bulletin import Published
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.noting import Note, note_unknown
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
    components = ", ".join(_figures_left_to_some(about, scheme))
    for to in take.ranges:
        # Where nothing of each case is shown, how many have which grade is.
        if components and not (to.shows and _OF_FIGURES.isdisjoint(to.shows)):
            note(
                (*to.at, "shows"),
                said("grades are made of {components}, left to some", components=components),
            )


def _figures_left_to_some(about: Kind, scheme: Scheme) -> list[str]:
    """Return the components of grades of *about* that not everybody sees who sees the case."""
    weighed = {
        name
        for grading in scheme.gradings.values()
        for one in (grading, *grading.tiers.values())
        for name in (*one.weights, one.of)
    }
    return [
        one.name
        for one in scheme.components.values()
        if one.seen_by
        and one.name in weighed
        and any(is_had(scheme, one.name, about, life) for life in about.lives)
    ]
