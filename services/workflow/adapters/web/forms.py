"""Forms of acts: which fields a trigger needs.

The one idea: the form follows the scheme. What a transition takes (a report, findings, scores,
decisions, a deadline, a reason) decides which fields are shown; `typed.py` reads them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.workflow.application.boards import Look
from services.workflow.application.boards.case import Act, CaseBoard
from services.workflow.domain.authority import REASONS
from services.workflow.domain.refusals import Blocker
from services.workflow.domain.scheme import Transition

DECISIONS = 3  # rows of the form
DECIDING_KINDS = ("organ_committee", "leadership_group", "unit_committee", "work_committee")


@dataclass(frozen=True, kw_only=True, slots=True)
class ActForm:
    """A trigger that can be fired, and the fields it takes."""

    trigger: str
    label: str
    kinds: tuple[str, ...]  # report, findings, scores, decisions, deadline
    scores: tuple[tuple[str, str], ...]  # (field, label)
    bodies: tuple[tuple[str, str], ...]  # (unit, name) that may have decided
    needs_reason: bool
    main: bool  # moves the case forward: shown first, in the colour of the house
    quiet: bool  # neither takes anything nor needs a reason: one button is enough


def form_of(act: Act) -> Transition | None:
    """Return the transition if its form is worth showing: what is missing, the form will carry."""
    open_ = act.possible.allowed or (
        act.fits
        and all(
            blocker.field == "reason" or blocker.field.startswith("data")
            for blocker in act.possible.blockers
        )
    )
    return act.transition if open_ else None


def forms_for(board: CaseBoard, look: Look) -> list[ActForm]:
    """Return the forms of a case, those that move it forward first."""
    forms = [_form(board, look, act) for act in board.acts if form_of(act)]
    return sorted(forms, key=lambda form: not form.main)


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """Acts that are in the way for the same reasons."""

    labels: tuple[str, ...]
    blockers: tuple[Blocker, ...]
    fits: bool  # the state allows them: somebody else may do it, or something is missing
    who: tuple[tuple[str, tuple[str, ...]], ...]  # units and roles that may, where not this person


def closed_acts(board: CaseBoard, look: Look) -> list[Closed]:
    """Return what cannot be done now, acts with the same reasons together."""
    groups: dict[tuple[Any, ...], list[Act]] = {}
    for act in board.acts:
        if form_of(act) is None:
            said = tuple((b.code, tuple(b.params.items())) for b in act.possible.blockers)
            groups.setdefault((act.fits, said, _others(act, look)), []).append(act)
    return [
        Closed(
            labels=tuple(act.transition.label for act in acts),
            blockers=acts[0].possible.blockers,
            fits=fits,
            who=who,
        )
        for (fits, _, who), acts in groups.items()
    ]


def _others(act: Act, look: Look) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return who may do what *act* may not be done for want of a post."""
    unposted = any(blocker.code in REASONS for blocker in act.possible.blockers)
    if not (act.fits and unposted):
        return ()
    # As the organisation lists them; one that it has given up comes last.
    rank = {role: n for n, role in enumerate(look.organisation.vocabulary.roles)}
    return tuple(
        (unit, tuple(sorted(roles, key=lambda role: rank.get(role, len(rank)))))
        for unit, roles in act.who
    )


def kinds_of(transition: Transition) -> tuple[str, ...]:
    """Return what kinds of data a transition takes."""
    data: str | Iterable[str] = transition.data
    return ((data,) if data else ()) if isinstance(data, str) else tuple(data)


def _form(board: CaseBoard, look: Look, act: Act) -> ActForm:
    transition, kinds = act.transition, kinds_of(act.transition)
    components = board.rules.scheme.scoring.components
    moves = transition.records == "state_changed" and transition.suspension == "refused"
    back = act.possible.to == board.review.initial
    return ActForm(
        trigger=transition.trigger,
        label=transition.label,
        kinds=kinds,
        scores=tuple((one.datum, one.label) for one in components) if "scores" in kinds else (),
        bodies=tuple(_bodies(board, look)) if "decisions" in kinds else (),
        needs_reason=transition.needs_reason,
        main=moves and not back,
        quiet=not kinds and not transition.needs_reason,
    )


def _bodies(board: CaseBoard, look: Look) -> Iterable[tuple[str, str]]:
    """Yield the bodies above the case that take decisions, the nearest first."""
    units = look.organisation.units
    above = [unit for unit in reversed(board.review.path) if unit in units]
    beside = [unit.id for unit in units.values() if unit.kind == "leadership_group"]
    for unit in dict.fromkeys([*above, *beside]):
        if units[unit].kind in DECIDING_KINDS:
            yield unit, units[unit].name
