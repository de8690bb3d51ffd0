"""A grade decides a route once; corrected later it decides again, from wherever it had led."""

from schemas.said import said
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Route, Trigger
from services.workflow.domain.language.soundness.noting import Note, note_unknown


def check_routes(scheme: Scheme, note: Note) -> None:
    """Note routes by what is no grade, and those that no correction goes back to."""
    for kind, life in scheme.lives():
        for trigger in life.triggers.values():
            if isinstance(trigger.to, Route) and trigger.sources:
                _check_route(scheme, trigger.to, note)
                if not trigger.corrects:
                    _check_correction(scheme, kind, life, trigger, trigger.to, note)


def _check_route(scheme: Scheme, route: Route, note: Note) -> None:
    at = route.at
    if note_unknown("grading", route.grading, scheme.gradings, (*at, "by"), note):
        grades = [grade.name for grade in scheme.gradings[route.grading].grades]
        for grade in route.routes:
            note_unknown("grade", grade, grades, (*at, "routes", grade), note)
        if set(grades) == set(route.routes) and route.otherwise:
            note((*at, "else"), "every grade has its route: nothing leads here")


def _check_correction(
    scheme: Scheme, kind: Kind, life: Life, trigger: Trigger, route: Route, note: Note
) -> None:
    for state in dict.fromkeys(trigger.targets(trigger.sources[0], ())):
        if state not in life.states or life.states[state].final:
            continue
        if not any(_corrects(scheme, each, state, route) for each in life.triggers.values()):
            tier = said(" of tier {tier}", tier=life.tier) if life.tier else ""
            note(
                trigger.at,
                said(
                    "no trigger corrects {grading} from {state}{tier}, where this leads: {kind}"
                    " would stay on a route of a grade that is no more",
                    grading=route.grading,
                    state=state,
                    tier=tier,
                    kind=kind.name,
                ),
            )


def _corrects(scheme: Scheme, trigger: Trigger, state: str, route: Route) -> bool:
    """Tell whether *trigger* decides *route* anew for a case in *state*."""
    grading = scheme.gradings.get(route.grading)
    names = {*(grading.weights if grading else ()), grading.of if grading else "", route.grading}
    return (
        state in trigger.sources
        and any(take.name in names for take in trigger.corrects)
        and isinstance(trigger.to, Route)
        and trigger.to.grading == route.grading
    )
