"""Bulletins: what they tell of exists, is heard where they are, and its children can be counted."""

from schemas.said import said
from services.workflow.domain.data.bulletin import Published
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.noting import Note, note_unknown


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
    states = {state for life in about.lives for state in life.states}
    for state in take.states:
        note_unknown("state", state, states, (*take.at, "in"), note)
    counted = scheme.kinds.get(take.progress)
    if take.progress and (counted is None or counted.origin.parent != about.name):
        told = said("{opened} is no child of {parent}", opened=take.progress, parent=about.name)
        note((*take.at, "progress"), told)
    if not take.progress and any("progress" in one.shows for one in take.ranges):
        note((*take.at, "ranges"), said("progress is shown, and nothing is counted"))
