"""Requests: what is asked for in a case lies on a desk of its own, beside those of the state."""

from schemas.limits import DESKS
from schemas.said import said
from services.workflow.domain.case.requests import requests
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.noting import Note


def check_requests(scheme: Scheme, note: Note) -> None:
    """Note where what may be asked for in a state finds no desk there."""
    for _, life in scheme.lives():
        _check_names(life, note)
        _check_room(life, note)


def _check_names(life: Life, note: Note) -> None:
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


def _check_room(life: Life, note: Note) -> None:
    """Note a state with more desks, of requests too, than an event tells."""
    known = [*requests(life)]
    for state in life.states.values():
        asked = {one.document for one in known if state.name in one.states}
        if asked and len(state.desks) + len(asked) > DESKS:
            note(
                state.at,
                said("with what may be asked for there, at most {most} desks fit", most=DESKS),
            )
