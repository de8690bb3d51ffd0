"""Whatever a scheme declares is brought about by somebody, and looked at by something."""

from schemas.said import said
from services.workflow.domain.language.model.guards import QuotaMet, Taken
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Component, Electorate
from services.workflow.domain.language.model.where import FlagSet, ModeIs
from services.workflow.domain.language.soundness.documents import taken_by
from services.workflow.domain.language.soundness.noting import Note
from services.workflow.domain.language.walking import every


def check_use(scheme: Scheme, note: Note) -> None:
    """Note each component, flag, mode, poll, roster and quota without a taker or a reader."""
    _check_components(scheme, note)
    _check_flags(scheme, note)
    _check_modes(scheme, note)
    _check_polls(scheme, note)
    asked = {guard.quota for guard in every(scheme.kinds, QuotaMet)}
    for quota in scheme.quotas.values():
        if quota.name not in asked:
            note(
                quota.at,
                said(
                    "no guard asks whether {quota} is met: {{name: quota_met, quota: {quota}}}",
                    quota=quota.name,
                ),
            )


def sets(kind: Kind, what: str, name: str) -> bool:
    """Tell whether some trigger of *kind* sets the mode or flag *name*."""
    return any(
        setting.what == what and setting.name in ("", name)
        for life in kind.lives
        for trigger in life.triggers.values()
        for setting in trigger.sets
    )


def _check_components(scheme: Scheme, note: Note) -> None:
    kinds = scheme.kinds.values()
    taken = {name for kind in kinds for name in taken_by(kind, "component")}
    weighed = {
        name
        for grading in scheme.gradings.values()
        for each in (grading, *grading.tiers.values())
        for name in (*each.weights, each.of)
    }
    looked_at = {guard.component for guard in every(scheme.kinds, Taken)}
    for component in scheme.components.values():
        if not polls_of(component) and component.name not in taken:
            note(
                component.at,
                said(
                    "no trigger takes {component}, and it comes from no poll",
                    component=component.name,
                ),
            )
        if component.name not in weighed | looked_at:
            note(
                component.at,
                said(
                    "no grading weighs {component}, and no guard looks at it",
                    component=component.name,
                ),
            )


def polls_of(component: Component) -> set[str]:
    """Return the polls that *component* comes from, in any tier."""
    return {each.poll for each in (component, *component.tiers.values()) if each.poll}


def _check_flags(scheme: Scheme, note: Note) -> None:
    read = {condition.flag for condition in every(scheme, FlagSet)}
    for flag in scheme.flags:
        if not any(sets(kind, "flag", flag.name) for kind in scheme.kinds.values()):
            note(flag.at, said("no trigger sets {flag}", flag=flag.name))
        if flag.name not in read and not flag.listed:
            note(
                flag.at,
                said(
                    "nothing looks at {flag}; one that only reports name says listed",
                    flag=flag.name,
                ),
            )
    for kind in scheme.kinds.values():
        for condition in every(kind, FlagSet):
            if not sets(kind, "flag", condition.flag):
                note(
                    condition.at,
                    said("no trigger of {kind} sets {flag}", kind=kind.name, flag=condition.flag),
                )


def _check_modes(scheme: Scheme, note: Note) -> None:
    for mode in scheme.modes:
        if not any(sets(kind, "mode", mode.name) for kind in scheme.kinds.values()):
            note(mode.at, said("no trigger sets {mode}", mode=mode.name))
    # One that is looked at tells all of them apart: the others are what it is not.
    if scheme.modes and not any(every(scheme, ModeIs)):
        note(("modes",), "nothing looks at the mode")
    for kind in scheme.kinds.values():
        for condition in every(kind, ModeIs):
            if not sets(kind, "mode", condition.mode):
                note(
                    condition.at,
                    said("no trigger of {kind} sets {mode}", kind=kind.name, mode=condition.mode),
                )


def _check_polls(scheme: Scheme, note: Note) -> None:
    polled = {poll for component in scheme.components.values() for poll in polls_of(component)}
    for poll in scheme.polls.values():
        if poll.name not in polled:
            note(poll.at, said("no component comes from the poll {poll}", poll=poll.name))
    rosters = {name for kind in scheme.kinds.values() for name in taken_by(kind, "roster")}
    for electorate in every(scheme.polls, Electorate):
        if electorate.roster and electorate.name not in rosters:
            note(
                electorate.at,
                said("no trigger takes the roster {electorate}", electorate=electorate.name),
            )
